use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::testing::{context, fact, facts, samples, show};

const FIXTURE: &[u8] = include_bytes!("../../../../fixtures/aws-authorization-details/details.json");

fn read(input: &[u8]) -> Output {
    AwsAuthorizationDetails.ingest(input, "details.json", &context()).unwrap()
}

/// What one user with these statements may do.
fn user(statements: &Value, more: Value) -> Output {
    let mut user = json!({
        "UserName": "u", "UserId": "AIDAQEXAMPLE00000USR", "Arn": "arn:aws:iam::111122223333:user/u",
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": statements}}],
    });
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let boundary = json!({"Arn": "arn:aws:iam::111122223333:policy/b", "PolicyVersionList": [
        {"IsDefaultVersion": true, "Document": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}]});
    read(json!({"UserDetailList": [user], "Policies": [boundary]}).to_string().as_bytes())
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn deny(action: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*"})
}

/// A user's level, and whether one of its grants is dangerous.
fn judged(statements: &[Value]) -> (String, bool) {
    let output = user(&json!(statements), json!({}));
    let level = facts(&output, "Identity")[0]["level"].as_str().unwrap().to_owned();
    (level, facts(&output, "Grant").iter().any(|it| it["dangerous"] == true))
}

#[test]
fn the_fixture_as_facts() {
    insta::assert_snapshot!(show(&read(FIXTURE)));
}

#[test]
fn levels_follow_what_is_left_after_denials() {
    let pass = allow("iam:PassRole", "*");
    let pass_one = allow("iam:PassRole", "arn:aws:iam::111122223333:role/job");
    let when = |operator: &str, at: &str| json!({"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*", "Condition": {operator: {"aws:TokenIssueTime": at}}});
    let but = json!({"Effect": "Allow", "NotAction": ["iam:Create*"], "Resource": "*"});
    for (statements, level, dangerous) in [
        (vec![], "none", false),
        (vec![allow("*", "*")], "total", true),
        (vec![allow("ec2:Describe*", "*")], "limited", false),
        (vec![allow("s3:PutObject", "*")], "elevated", false),
        (vec![allow("iam:putuserpolicy", "*")], "total", true),
        (vec![allow("ssm:SendCommand", "*")], "elevated", true),
        (vec![pass.clone()], "elevated", false),
        (vec![pass.clone(), allow("ec2:RunInstances", "*")], "total", true),
        (vec![pass_one, allow("lambda:*", "*")], "elevated", true),
        (vec![pass, allow("ec2:RunInstances", "*"), deny("ec2:*")], "elevated", false),
        (vec![allow("iam:*", "*"), deny("iam:*")], "none", false),
        (vec![allow("*", "*"), deny("*")], "none", false),
        (vec![allow("iam:*", "*"), deny("iam:Put*")], "total", true),
        (vec![but], "total", true),
        (vec![allow("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/x-*")], "limited", false),
        (vec![allow("iam:CreatePolicyVersion", "arn:aws:iam::*:policy/x-*")], "total", true),
        (vec![allow("iam:*", "arn:aws:s3:::bucket")], "limited", false),
        (vec![when("DateLessThan", "2020-01-01T00:00:01Z")], "none", false),
        (vec![when("DateLessThan", "2026-06-01T11:00:00Z")], "total", true),
        (vec![when("DateGreaterThan", "2020-01-01T00:00:01Z")], "total", true),
    ] {
        assert_eq!(judged(&statements), (level.to_owned(), dangerous), "{statements:?}");
    }
}

#[test]
fn a_conditional_denial_takes_nothing_away() {
    let denial = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}});
    assert_eq!(judged(&[allow("iam:PutUserPolicy", "*"), denial]), ("total".to_owned(), true));
}

#[test]
fn a_boundary_takes_away_what_it_does_not_allow() {
    let boundary = |name: &str| json!({"PermissionsBoundary": {"PermissionsBoundaryArn": format!("arn:aws:iam::111122223333:policy/{name}")}});
    let inside = user(&json!([allow("*", "*")]), boundary("b"));
    assert_eq!(facts(&inside, "Identity")[0]["level"], "elevated");
    assert_eq!(facts(&inside, "Grant")[0]["dangerous"], false);
    let unknown = user(&json!([allow("*", "*")]), boundary("gone"));
    assert!(facts(&unknown, "Identity")[0].get("level").is_none());
}

#[test]
fn a_level_is_not_known_where_a_policy_is_not_in_the_input_unless_it_is_total_already() {
    let attached =
        json!({"AttachedManagedPolicies": [{"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}]});
    let some = user(&json!([allow("s3:GetObject", "*")]), attached.clone());
    assert!(facts(&some, "Identity")[0].get("level").is_none());
    assert_eq!(
        some.notes[0],
        "the policy arn:aws:iam::aws:policy/x is attached and not in the input: what it allows is not known"
    );
    let all = user(&json!([allow("*", "*")]), attached);
    assert_eq!(facts(&all, "Identity")[0]["level"], "total");
}

#[test]
fn what_a_group_gives_is_the_users_too() {
    let output = read(FIXTURE);
    let user = fact(&output, "Identity", "user/automation/ci-deploy");
    assert_eq!((&user["level"], &user["owner"]), (&json!("elevated"), &json!("p-100")));
    let grants = facts(&output, "Grant");
    let pass = |subject: &str| {
        grants
            .iter()
            .find(|it| it["action"] == "iam:PassRole" && it["subject"].as_str().unwrap().ends_with(subject))
            .unwrap()
    };
    assert_eq!(pass("ci-deploy")["dangerous"], true, "with its own right to start something");
    assert_eq!(pass("deployers")["dangerous"], false);
    assert_eq!(pass("ci-deploy")["condition"], "iam:PassedToService");
}

#[test]
fn a_unique_id_is_an_alias_of_the_arn() {
    let aliases: Vec<_> = read(FIXTURE)
        .lines
        .into_iter()
        .filter_map(|line| match line {
            assize::facts::Line::SameAs(it) => Some((it.alias, it.is)),
            _ => None,
        })
        .collect();
    assert!(aliases.contains(&(
        "AROAQEXAMPLE0000ADMN".to_owned(),
        "arn:aws:iam::111122223333:role/people/platform-admin".to_owned()
    )));
}

#[test]
fn every_form_of_a_principal_is_trusted() {
    let output = read(FIXTURE);
    let sources: BTreeSet<_> =
        facts(&output, "Trust").iter().map(|it| it["source"].as_str().unwrap().to_owned()).collect();
    let expected = [
        "*",
        "arn:aws:iam::111122223333:user/automation/ci-deploy",
        "arn:aws:iam::444455556666:root",
        "ecs-tasks.amazonaws.com",
        "oidc:oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE#system:serviceaccount:arm:arm-api",
    ];
    assert_eq!(sources, expected.map(str::to_owned).into());
    assert_eq!(fact(&output, "Trust", "#*")["condition"], "aws:MultiFactorAuthPresent, aws:PrincipalOrgID");
}

#[test]
fn a_part_of_an_account_proves_no_absence() {
    let complete = |output: &Output| {
        let runs = output.lines.iter().filter_map(|line| match line {
            assize::facts::Line::Run(run) => Some((run.types.join(" "), run.complete)),
            _ => None,
        });
        runs.filter(|(_, complete)| *complete).map(|(types, _)| types).collect::<Vec<_>>()
    };
    assert_eq!(complete(&read(FIXTURE)), ["Identity Trust"], "the policy of one user is not in it");
    assert!(complete(&user(&json!([]), json!({}))).is_empty(), "users alone");
    let mut page: Value = serde_json::from_slice(FIXTURE).unwrap();
    page["IsTruncated"] = json!(true);
    assert!(complete(&read(page.to_string().as_bytes())).is_empty());
}

#[test]
fn a_policy_on_a_later_page_is_found() {
    let whole: Value = serde_json::from_slice(FIXTURE).unwrap();
    let pages = [
        json!({"UserDetailList": whole["UserDetailList"], "IsTruncated": true}),
        json!({"GroupDetailList": whole["GroupDetailList"], "RoleDetailList": whole["RoleDetailList"], "Policies": whole["Policies"], "IsTruncated": false}),
    ];
    let output = read(format!("{}\n{}\n", pages[0], pages[1]).as_bytes());
    assert_eq!(facts(&output, "Grant"), facts(&read(FIXTURE), "Grant"));
}

#[test]
fn what_is_no_account_is_refused() {
    let refused = AwsAuthorizationDetails.ingest(b"{\"Users\": []}", "x", &context()).unwrap_err();
    insta::assert_snapshot!(refused, @"this is not the output of `aws-authorization-details`: there is no `UserDetailList`, `GroupDetailList` or `RoleDetailList` in it");
}

/// Who can take more rights than it was given: by a grant, or by acting as somebody who can.
fn escalating(output: &Output) -> BTreeSet<String> {
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let grants = facts(output, "Grant");
    let mut found: BTreeSet<String> =
        grants.iter().filter(|it| it["dangerous"] == true).map(|it| text(it, "subject")).collect();
    let trusts: Vec<(String, String)> =
        facts(output, "Trust").iter().map(|it| (text(it, "source"), text(it, "target"))).collect();
    loop {
        let before = found.len();
        let more: Vec<_> = trusts
            .iter()
            .filter(|(_, target)| found.contains(target))
            .map(|(source, _)| source.clone())
            .collect();
        found.extend(more);
        if found.len() == before {
            return found;
        }
    }
}

/// A public account that was made to hold every known way up (`privesc…`), ways that simple checks miss
/// (`fn…`) and lookalikes that lead nowhere (`fp…`).
#[test]
fn every_known_way_up_is_found_and_no_lookalike() {
    for (_, bytes) in samples("aws_account_authorization_details", &["/example.json"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, []);
        let found = escalating(&output);
        let mut counts: BTreeMap<(bool, bool), Vec<String>> = BTreeMap::new();
        for it in facts(&output, "Identity").iter().filter(|it| it["kind"] != "group") {
            let name = it["name"].as_str().unwrap();
            let escalates = name.starts_with("privesc") || name.starts_with("fn");
            if escalates || name.starts_with("fp") {
                let flagged = found.contains(it["id"].as_str().unwrap());
                counts.entry((escalates, flagged)).or_default().push(name.to_owned());
            }
        }
        let count = |escalates: bool, flagged: bool| counts.get(&(escalates, flagged)).map_or(0, Vec::len);
        assert_eq!((count(false, true), count(false, false)), (0, 10), "precision 1: {counts:?}");
        // These hold no policy and nobody trusts them: in the recorded account their way up is cut off.
        assert_eq!(
            counts[&(true, false)],
            ["privesc-AssumeRole-start-user", "privesc-permissive-role-trust"]
        );
        assert_eq!(count(true, true), 74, "recall 74 of 76");
    }
}

#[test]
fn every_real_account_loads_whole() {
    for (path, bytes) in samples("aws_account_authorization_details", &[".json"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Grant").is_empty(), "{}", path.display());
    }
}
