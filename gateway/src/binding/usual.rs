//! What fields are usually called: where nothing is said of a field, its name says where it comes from.

use super::Template;

/// Names of fields, and where they come from.
pub const NAMES: &[(&str, &str)] = &[
    ("id", "{id}"),
    ("at", "{now}"),
    // Who asks, and for whom.
    ("agent", "{context.agent|subject.id}"),
    ("on_behalf_of", "{context.on_behalf_of?}"),
    ("caller", "{caller}"),
    ("subject", "{subject.id}"),
    ("subject_id", "{subject.id}"),
    ("subject_type", "{subject.type}"),
    // What is asked for.
    ("tool", "{resource.id}"),
    ("action", "{action.name}"),
    ("resource", "{resource.id}"),
    ("resource_id", "{resource.id}"),
    ("resource_type", "{resource.type}"),
    // HTTP.
    ("method", "{http.method}"),
    ("scheme", "{http.scheme}"),
    ("host", "{http.host}"),
    ("path", "{http.path}"),
    ("query", "{http.query?}"),
    ("size", "{http.size}"),
    ("source_ip", "{source.ip}"),
    // Kubernetes.
    ("operation", "{admission.operation}"),
    ("api_group", "{admission.group}"),
    ("kind", "{admission.kind}"),
    ("subresource", "{admission.subresource?}"),
    ("namespace", "{admission.namespace?}"),
    ("name", "{admission.name?}"),
    ("cluster", "{admission.cluster}"),
    ("user", "{admission.user}"),
    ("groups", "{admission.groups}"),
    ("asker", "{admission.asker}"),
    ("identity", "{admission.identity}"),
    ("image", "{admission.image}"),
    ("images", "{admission.images}"),
    ("dry_run", "{admission.dry_run}"),
];

/// Where the field of this name comes from: what was asked for in so many words, then what the name usually
/// means, then what the caller gives as context.
#[must_use]
pub fn template(field: &str) -> Template {
    let usual = NAMES.iter().find(|(name, _)| *name == field).map(|(_, text)| *text);
    let inner = usual.unwrap_or_default().trim_start_matches('{').trim_end_matches('}');
    let (paths, mark) = match inner.strip_suffix('?') {
        Some(paths) => (paths, "?"),
        None => (inner, ""),
    };
    let between = if paths.is_empty() { "" } else { "|" };
    let text = format!("{{input.{field}{between}{paths}|context.{field}{mark}}}");
    text.parse().unwrap_or_else(|_| Template::nothing())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_name_is_looked_for_where_it_is_said_to_be() {
        for (name, text) in NAMES {
            assert!(text.parse::<Template>().is_ok(), "{text}");
            let asked = json!({"input": {*name: "asked"}});
            assert_eq!(template(name).value(&asked), Some(json!("asked")), "{name}");
            let given = json!({"context": {*name: "given"}});
            assert_eq!(template(name).value(&given), Some(json!("given")), "{name}");
        }
        assert_eq!(template("agent").value(&json!({"subject": {"id": "a1"}})), Some(json!("a1")));
        assert_eq!(template("on_behalf_of").value(&json!({})), Some(json!(null)));
        assert_eq!(template("anything").value(&json!({"anything": 1})), None);
    }
}
