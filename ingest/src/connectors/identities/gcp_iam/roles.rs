//! How far Google's own roles reach, as data. Of other roles nobody knows it from their names.

/// Roles with their level, and whether they allow taking more rights than they give.
const ROLES: &[(&str, &str, bool)] = &[
    ("owner", "total", true),
    ("editor", "elevated", true),
    ("viewer", "limited", false),
    ("browser", "limited", false),
    ("iam.securityAdmin", "total", true),
    ("iam.roleAdmin", "total", true),
    ("iam.organizationRoleAdmin", "total", true),
    ("iam.serviceAccountAdmin", "elevated", true),
    ("iam.serviceAccountKeyAdmin", "elevated", true),
    ("iam.serviceAccountTokenCreator", "elevated", true),
    ("iam.serviceAccountUser", "elevated", true),
    ("iam.serviceAccountOpenIdTokenCreator", "elevated", true),
    ("iam.workloadIdentityUser", "elevated", true),
    ("iam.workloadIdentityPoolAdmin", "elevated", true),
    ("resourcemanager.organizationAdmin", "total", true),
    ("resourcemanager.folderAdmin", "total", true),
    ("resourcemanager.folderIamAdmin", "total", true),
    ("resourcemanager.projectIamAdmin", "total", true),
    ("deploymentmanager.editor", "elevated", true),
    ("cloudbuild.builds.editor", "elevated", true),
    ("cloudfunctions.admin", "elevated", true),
    ("cloudfunctions.developer", "elevated", true),
    ("run.admin", "elevated", true),
    ("compute.admin", "elevated", true),
    ("compute.instanceAdmin", "elevated", true),
    ("compute.instanceAdmin.v1", "elevated", true),
    ("container.admin", "elevated", true),
    ("dataproc.editor", "elevated", true),
    ("secretmanager.admin", "elevated", false),
    ("secretmanager.secretAccessor", "elevated", false),
    ("cloudkms.admin", "elevated", false),
    ("cloudkms.cryptoKeyDecrypter", "elevated", false),
    ("cloudkms.cryptoKeyEncrypterDecrypter", "elevated", false),
    ("logging.admin", "elevated", false),
    ("storage.admin", "elevated", false),
    ("storage.objectAdmin", "elevated", false),
    ("bigquery.admin", "elevated", false),
    ("bigquery.dataOwner", "elevated", false),
];

/// How far a role reaches and whether it is dangerous. `None` for custom roles, and for those of Google's
/// that are not in the table and not read-only by their names.
pub fn reach(role: &str) -> Option<(&'static str, bool)> {
    let name = role.strip_prefix("roles/")?;
    let known = ROLES.iter().find(|(it, ..)| *it == name).map(|(_, level, dangerous)| (*level, *dangerous));
    let reads = ["Viewer", "viewer", "Reader", "reader"].iter().any(|ending| name.ends_with(ending));
    known.or(reads.then_some(("limited", false)))
}

/// Whether whoever has the role on a service account may act as it.
pub fn acts_as(role: &str) -> bool {
    matches!(
        role,
        "roles/iam.workloadIdentityUser"
            | "roles/iam.serviceAccountTokenCreator"
            | "roles/iam.serviceAccountUser"
            | "roles/iam.serviceAccountKeyAdmin"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn googles_roles_are_known_and_custom_ones_are_not() {
        for (role, expected) in [
            ("roles/owner", Some(("total", true))),
            ("roles/storage.objectViewer", Some(("limited", false))),
            ("roles/secretmanager.secretAccessor", Some(("elevated", false))),
            ("roles/iam.somethingNew", None),
            ("projects/p/roles/owner", None),
        ] {
            assert_eq!(reach(role), expected, "{role}");
        }
    }
}
