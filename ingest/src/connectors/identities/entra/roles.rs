//! How far app permissions and directory roles reach, as data.

/// A level, and whether it allows taking more rights than it gives.
pub type Reach = (&'static str, bool);

/// App permissions of Microsoft Graph: id, name, and how far they reach.
const PERMISSIONS: &[(&str, &str, Reach)] = &[
    ("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "RoleManagement.ReadWrite.Directory", ("total", true)),
    ("06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All", ("total", true)),
    ("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Application.ReadWrite.All", ("total", true)),
    ("19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Directory.ReadWrite.All", ("elevated", true)),
    ("62a82d76-70ea-41e2-9197-370581804d09", "Group.ReadWrite.All", ("elevated", true)),
    ("741f803b-c850-494e-b5df-cde7c675a1ca", "User.ReadWrite.All", ("elevated", false)),
    ("e2a3a72e-5f79-4c64-b1b1-878b674786c9", "Mail.ReadWrite", ("elevated", false)),
    ("b633e1c5-b582-4048-a93e-9f11b44c7e96", "Mail.Send", ("elevated", false)),
    ("75359482-378d-4052-8f01-80520e7db3cd", "Files.ReadWrite.All", ("elevated", false)),
    ("a82116e5-55eb-4c41-a434-62fe8a61c773", "Sites.FullControl.All", ("elevated", false)),
];

/// Directory roles by their template's id, which is the same in every tenant.
const ROLES: &[(&str, &str, Reach)] = &[
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", ("total", true)),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", ("total", true)),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator", ("total", true)),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", ("elevated", true)),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator", ("elevated", true)),
    ("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator", ("elevated", true)),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", ("elevated", true)),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", ("elevated", false)),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", ("limited", false)),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", ("limited", false)),
    ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", ("limited", false)),
];

/// An app permission's name and reach, by its id or by the name that its resource gives it. Of those that
/// only read nothing more is known than that.
pub fn permission(id: &str, named: Option<&str>) -> (String, Option<Reach>) {
    let known = PERMISSIONS.iter().find(|(it, name, _)| it.eq_ignore_ascii_case(id) || named == Some(*name));
    match known {
        Some((_, name, reach)) => ((*name).to_owned(), Some(*reach)),
        None => {
            let reads = named.is_some_and(|name| name.contains(".Read.") || name.ends_with(".Read"));
            (named.unwrap_or(id).to_owned(), reads.then_some(("limited", false)))
        }
    }
}

/// A directory role's name and reach.
pub fn directory(id: &str) -> (String, Option<Reach>) {
    let known = ROLES.iter().find(|(it, ..)| it.eq_ignore_ascii_case(id));
    known.map_or((id.to_owned(), None), |(_, name, reach)| ((*name).to_owned(), Some(*reach)))
}
