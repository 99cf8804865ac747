//! Values of secrets that a call reads.

use serde_json::Value;

use super::event::Event;

/// What a call reads of one of the services that hold secrets.
pub struct Read {
    /// The service: `secretsmanager`, `ssm`.
    pub service: &'static str,
    /// The secrets' ARNs, as far as the event says them.
    pub secrets: Vec<String>,
    /// Whether it takes what there is, and names none.
    pub all: bool,
}

/// The secrets that a call reads; `None` for a call that reads none.
pub fn read(event: &Event<'_>) -> Option<Read> {
    let list = |name: &str| {
        let path = format!("requestParameters.{name}");
        let all = event.fields.list(&path).unwrap_or_default();
        all.iter().filter_map(Value::as_str).filter_map(|name| arn(event, name)).collect::<Vec<_>>()
    };
    let one = |name: &str| event.parameter(name).and_then(|name| arn(event, name)).into_iter().collect();
    let (service, secrets): (_, Vec<String>) = match event.action.as_str() {
        "secretsmanager:GetSecretValue" => ("secretsmanager", one("secretId")),
        "secretsmanager:BatchGetSecretValue" => ("secretsmanager", list("secretIdList")),
        "ssm:GetParameter" | "ssm:GetParameterHistory" => ("ssm", one("name")),
        "ssm:GetParameters" => ("ssm", list("names")),
        "ssm:GetParametersByPath" => ("ssm", Vec::new()),
        _ => return None,
    };
    // Undecrypted, a parameter is either no secret or stays one.
    let decrypted = event.fields.bool("requestParameters.withDecryption").ok().flatten() == Some(true);
    let all = secrets.is_empty() && (event.action.ends_with("ByPath") || event.action.contains(":Batch"));
    (service != "ssm" || decrypted).then_some(Read { service, secrets, all })
}

/// The ARN of a secret: as it is given, or made of its name, as AWS takes it too. A secret's own ARN ends in six
/// letters more, which a name does not have.
fn arn(event: &Event<'_>, name: &str) -> Option<String> {
    if name.starts_with("arn:") {
        return Some(name.to_owned());
    }
    let region = event.fields.text("awsRegion").ok()??;
    let account = event.account.as_deref()?;
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let plain = name.len() <= 512 && !name.chars().any(|c| c.is_control() || c.is_whitespace());
    let of = |service: &str, kind: &str, name: &str| {
        format!("arn:{partition}:{service}:{region}:{account}:{kind}{name}")
    };
    plain.then(|| match event.action.starts_with("ssm:") {
        true => of("ssm", "parameter/", name.trim_start_matches('/')),
        false => of("secretsmanager", "secret:", name),
    })
}
