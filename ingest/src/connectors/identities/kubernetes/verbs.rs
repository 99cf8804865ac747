//! Which verbs on which resources reach far, as data.
//!
//! A grant of any of these without a limit to one namespace or to named objects is `total`, else
//! `elevated`; whatever is not in the table is `limited`.

/// Verbs on resources of one API group.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    group: &'static str,
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
}

/// What reaches further than it says: reading credentials, running code as somebody else, or taking
/// somebody's place.
const DANGEROUS: &[Entry] = &[
    // Credentials.
    Entry { group: "", resources: &["secrets"], verbs: &["get", "list", "watch"] },
    Entry { group: "", resources: &["serviceaccounts/token"], verbs: &["create"] },
    Entry {
        group: "certificates.k8s.io",
        resources: &["certificatesigningrequests/approval"],
        verbs: &["update", "patch"],
    },
    // Code with the service account of a pod.
    Entry {
        group: "",
        resources: &["pods", "replicationcontrollers"],
        verbs: &["create", "update", "patch"],
    },
    Entry { group: "", resources: &["pods/exec", "pods/attach"], verbs: &["create", "get"] },
    Entry { group: "", resources: &["pods/ephemeralcontainers"], verbs: &["update", "patch"] },
    Entry {
        group: "apps",
        resources: &["deployments", "daemonsets", "statefulsets", "replicasets"],
        verbs: &["create", "update", "patch"],
    },
    Entry { group: "batch", resources: &["jobs", "cronjobs"], verbs: &["create", "update", "patch"] },
    // Code on a node, or files of it.
    Entry { group: "", resources: &["nodes/proxy"], verbs: &["get", "create"] },
    Entry { group: "", resources: &["persistentvolumes"], verbs: &["create", "update", "patch"] },
    // Somebody else's place.
    Entry { group: "", resources: &["users", "groups", "serviceaccounts"], verbs: &["impersonate"] },
    Entry {
        group: "rbac.authorization.k8s.io",
        resources: &["roles", "clusterroles"],
        verbs: &["escalate", "bind"],
    },
    // Every request to the API.
    Entry {
        group: "admissionregistration.k8s.io",
        resources: &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        verbs: &["create", "update", "patch"],
    },
];

/// Whether a rule's group, resource and verb, each of which may be `*`, take in an entry.
#[must_use]
pub fn dangerous(group: &str, resource: &str, verb: &str) -> bool {
    DANGEROUS.iter().any(|entry| {
        let fits = |known: &str| match resource.split_once('/') {
            Some(("*", sub)) => known.split_once('/').is_some_and(|(_, it)| it == sub),
            Some((parent, "*")) => known.split_once('/').is_some_and(|(it, _)| it == parent),
            _ => resource == "*" || resource == known,
        };
        (group == "*" || group == entry.group)
            && entry.resources.iter().any(|known| fits(known))
            && (verb == "*" || entry.verbs.contains(&verb))
    })
}

#[cfg(test)]
mod tests {
    use super::dangerous;

    #[test]
    fn wildcards_take_in_what_is_dangerous() {
        for (group, resource, verb, expected) in [
            ("", "secrets", "get", true),
            ("", "secrets", "delete", false),
            ("vendor.example", "secrets", "get", false),
            ("*", "*", "*", true),
            ("", "*", "get", true),
            ("apps", "*", "get", false),
            ("apps", "deployments", "patch", true),
            ("", "pods", "get", false),
            ("", "pods/exec", "create", true),
            ("", "pods/*", "create", true),
            ("", "*/exec", "create", true),
            ("", "*/log", "get", false),
            ("", "pods/log", "get", false),
            ("", "users", "impersonate", true),
            ("rbac.authorization.k8s.io", "clusterroles", "bind", true),
            ("rbac.authorization.k8s.io", "clusterroles", "create", false),
        ] {
            assert_eq!(dangerous(group, resource, verb), expected, "{group}/{resource}:{verb}");
        }
    }
}
