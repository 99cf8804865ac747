//! What a request gives of secrets.

/// What a request reads of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing.
    None,
    /// The value of the one that its path names.
    Kept,
    /// One that is made for whoever asks.
    Made,
    /// The log does not say.
    Unknown,
}

impl Given {
    /// What reading a path of a mount gives.
    pub fn of(operation: &str, kind: Option<&str>, mount: Option<&str>, path: &str) -> Self {
        if operation != "read" {
            return Self::None;
        }
        let inside = match mount.and_then(|mount| path.strip_prefix(mount)) {
            Some(inside) => inside,
            None => path.split_once('/').map_or("", |(_, inside)| inside),
        };
        let part = inside.split('/').next().unwrap_or_default();
        match (kind, part) {
            (None, _) => Self::Unknown,
            // What version 2 keeps beside the values.
            (Some("kv" | "generic"), "metadata" | "subkeys" | "config") => Self::None,
            (Some("kv" | "generic"), _) => Self::Kept,
            (Some(_), "creds" | "static-creds" | "static-cred" | "sts") => Self::Made,
            (Some(_), _) => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Given;

    #[test]
    fn values_are_given_by_reading_what_mounts_of_secrets_keep_or_make() {
        for (operation, kind, mount, path, given) in [
            ("read", Some("kv"), None, "secret/data/arm/db", Given::Kept),
            ("read", Some("kv"), None, "secret/arm/db", Given::Kept),
            ("read", Some("kv"), Some("team/kv/"), "team/kv/data/arm", Given::Kept),
            ("read", Some("kv"), Some("team/kv/"), "team/kv/metadata/arm", Given::None),
            ("list", Some("kv"), None, "secret/metadata/arm", Given::None),
            ("update", Some("kv"), None, "secret/data/arm/db", Given::None),
            ("read", Some("database"), None, "database/creds/reader", Given::Made),
            ("read", Some("database"), None, "database/config/main", Given::None),
            ("read", Some("pki"), None, "pki/cert/ca", Given::None),
            ("read", Some("cubbyhole"), None, "cubbyhole/response", Given::None),
            ("read", None, None, "secret/data/arm/db", Given::Unknown),
        ] {
            assert_eq!(Given::of(operation, kind, mount, path), given, "{operation} {path}");
        }
    }
}
