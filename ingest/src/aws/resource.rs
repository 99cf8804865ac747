//! What a resource of AWS is to others: an identity, a secret, an image.

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::findings::{ImageNames, Scanned, ScannedKind};
use crate::secret::is_access_key_id;
use crate::{Collector, keys};

/// The ARN of a user, a role, a group or the root of an account, which is its identity's key. A session of a
/// role (`arn:aws:sts::…:assumed-role/…`) leaves out the role's path, so it names no identity.
#[must_use]
pub fn identity(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, service) = (parts.next()?, parts.nth(1)?);
    let name = parts.nth(2)?;
    let kind = name.split('/').next()?;
    let is_one = name == "root" || (["user", "role", "group"].contains(&kind) && name.contains('/'));
    (scheme == "arn" && service == "iam" && keys::arn_account(arn).is_some() && is_one).then_some(arn)
}

/// The identity of a principal's unique id, alone or with a session's name: `AIDA…`, `AROA…:session`. The
/// listings of identities make these ids aliases of ARNs.
#[must_use]
pub fn principal(id: &str) -> Option<&str> {
    let id = id.split(':').next()?;
    let plain = id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (plain && (id.starts_with("AIDA") || id.starts_with("AROA"))).then_some(id)
}

/// The access key that a resource is: `AWS::IAM::AccessKey:AKIA…` or the id alone.
#[must_use]
pub fn access_key(id: &str) -> Option<&str> {
    id.rsplit(':').next().filter(|id| is_access_key_id(id))
}

/// An image in a registry: `arn:aws:ecr:REGION:ACCOUNT:repository/NAME/sha256:DIGEST`, as the reference that
/// is pulled.
#[must_use]
pub fn image(arn: &str) -> Option<String> {
    let digest = keys::digest(arn)?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, "ecr", region, account, rest] = parts.as_slice() else { return None };
    let name = rest.strip_prefix("repository/")?.rsplit_once("/sha256:")?.0;
    let ending = if *partition == "aws-cn" { ".cn" } else { "" };
    Some(format!("{account}.dkr.ecr.{region}.amazonaws.com{ending}/{name}@{digest}"))
}

/// Reports the image of a registry, with its tags, and gives back its key.
pub fn report_image(
    arn: &str,
    tags: &[&str],
    facts: &mut Collector,
    record: &str,
    at: Instant,
) -> Option<String> {
    let reference = image(arn)?;
    let (name, _) = reference.split_once('@')?;
    let tags: Vec<String> = tags.iter().map(|tag| format!("{name}:{tag}")).collect();
    let names = ImageNames {
        repo_digests: vec![&reference],
        tags: tags.iter().map(String::as_str).collect(),
        ..ImageNames::default()
    };
    names.report(facts, record, at)
}

/// What a finding is about: the image that its first resource is, which is reported, else the account.
pub fn scanned(
    first: &str,
    tags: &[Value],
    account: &str,
    facts: &mut Collector,
    record: &str,
    at: Instant,
) -> Scanned {
    let tags: Vec<&str> = tags.iter().filter_map(Value::as_str).collect();
    match report_image(first, &tags, facts, record, at) {
        Some(key) => Scanned { artifact: key.clone(), kind: ScannedKind::Image(Some(key)) },
        None => Scanned::place(account),
    }
}

/// Adds when a finding was seen first and last.
#[must_use]
pub fn seen(finding: Report, (first, last): (Option<Instant>, Option<Instant>)) -> Report {
    finding
        .with_known("first_seen", first.map(|at| at.to_string()))
        .with_known("last_seen", last.map(|at| at.to_string()))
}

/// Adds to a finding what its resources are to others. What none of them is is known absent, unless a key's
/// owner or a user's keys may be meant.
#[must_use]
pub fn about(finding: Report, resources: &[&str]) -> Report {
    let who = resources.iter().find_map(|id| identity(id));
    let key = resources.iter().find_map(|id| access_key(id));
    let of_key = resources.iter().any(|id| id.contains("AccessKey"));
    let of_user = who.is_some_and(|arn| arn.contains(":user/"));
    let absent = |may_be: bool| (!may_be).then_some(Value::Null);
    finding
        .with_known("resource", resources.first().copied())
        .with_known("identity", who.map(Value::from).or(absent(of_key)))
        .with_known("secret", key.map(Value::from).or(absent(of_key || of_user)))
}

/// The account that a principal is of: a user, a role, a session or a root. `None` for providers, whose users are
/// somebody else's, and for services.
#[must_use]
pub fn principals_account(principal: &str) -> Option<&str> {
    let service = principal.split(':').nth(2)?;
    let is_one = matches!(service, "iam" | "sts") && !principal.contains("-provider/");
    keys::arn_account(principal).filter(|_| is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_an_identity_where_it_names_all_of_it() {
        for (arn, known) in [
            ("arn:aws:iam::111122223333:user/automation/ci-deploy", true),
            ("arn:aws-us-gov:iam::111122223333:role/arm-api", true),
            ("arn:aws:iam::111122223333:root", true),
            ("arn:aws:iam::111122223333:instance-profile/arm", false),
            ("arn:aws:iam::aws:policy/AdministratorAccess", false),
            ("arn:aws:sts::111122223333:assumed-role/arm-api/i-1", false),
            ("arn:aws:s3:::northwind-logs", false),
            ("AWS::::Account:111122223333", false),
            ("", false),
        ] {
            assert_eq!(identity(arn).is_some(), known, "{arn}");
        }
        assert_eq!(principal("AROAQEXAMPLE00ARMAPI:session"), Some("AROAQEXAMPLE00ARMAPI"));
        assert_eq!(principal("GeneratedFindingPrincipalId"), None);
    }

    #[test]
    fn a_principal_is_of_an_account_and_a_provider_of_nobody() {
        for (principal, account) in [
            ("arn:aws:iam::111122223333:root", Some("111122223333")),
            ("arn:aws:sts::111122223333:assumed-role/arm-api/i-1", Some("111122223333")),
            ("arn:aws:iam::111122223333:saml-provider/people", None),
            ("arn:aws:iam::111122223333:oidc-provider/example.org", None),
            ("ecs-tasks.amazonaws.com", None),
            ("*", None),
        ] {
            assert_eq!(principals_account(principal), account, "{principal}");
        }
    }

    #[test]
    fn keys_and_images_are_known_by_others_names() {
        assert_eq!(access_key("AWS::IAM::AccessKey:AKIAQEXAMPLE0000CIC1"), Some("AKIAQEXAMPLE0000CIC1"));
        assert_eq!(access_key("AWS::IAM::AccessKey:GeneratedFindingAccessKeyId"), None);
        let digest = format!("sha256:{}", "a".repeat(64));
        let arn = format!("arn:aws:ecr:eu-central-1:111122223333:repository/robots/arm/{digest}");
        assert_eq!(
            image(&arn).as_deref(),
            Some(format!("111122223333.dkr.ecr.eu-central-1.amazonaws.com/robots/arm@{digest}").as_str())
        );
        assert_eq!(image("arn:aws:ecr:eu-central-1:111122223333:repository/arm"), None);
    }
}
