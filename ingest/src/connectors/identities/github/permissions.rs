//! How far GitHub's permissions reach, as data.

use crate::fields::Bad;

/// Permissions that reach far when they may write: the level, and whether they allow taking more rights
/// than they give. Every other one that may write is limited, as all are that only read.
const WRITES: &[(&str, &str, bool)] = &[
    ("administration", "total", true),
    ("organization_administration", "total", true),
    ("organization_custom_roles", "total", true),
    ("members", "elevated", true),
    ("workflows", "elevated", true),
    ("actions", "elevated", false),
    ("secrets", "elevated", true),
    ("organization_secrets", "elevated", true),
    ("organization_self_hosted_runners", "elevated", true),
    ("contents", "elevated", false),
    ("deployments", "elevated", false),
    ("environments", "elevated", false),
    ("packages", "elevated", false),
    ("organization_packages", "elevated", false),
    ("pages", "elevated", false),
    ("repository_hooks", "elevated", false),
    ("organization_hooks", "elevated", false),
    ("organization_personal_access_tokens", "elevated", true),
];

/// Which of a permission's words it is, how far it reaches, and whether it is dangerous.
pub fn reach(permission: &str, access: &str) -> Result<(&'static str, bool), Bad> {
    match access {
        "read" => Ok(("limited", false)),
        "write" | "admin" => {
            let known = WRITES.iter().find(|(name, ..)| *name == permission);
            Ok(known.map_or(("limited", false), |(_, level, dangerous)| (*level, *dangerous)))
        }
        _ => Err(Bad::field("permissions", "is none of read, write and admin")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_written_reaches_far_and_what_is_read_does_not() {
        for (permission, access, expected) in [
            ("administration", "write", ("total", true)),
            ("administration", "read", ("limited", false)),
            ("contents", "write", ("elevated", false)),
            ("issues", "write", ("limited", false)),
        ] {
            assert_eq!(reach(permission, access), Ok(expected), "{permission}:{access}");
        }
        assert!(reach("contents", "everything").is_err());
    }
}
