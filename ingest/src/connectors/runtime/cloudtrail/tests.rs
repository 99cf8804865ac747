use serde_json::json;

use super::*;
use crate::testing::{context, fact, facts, samples, show, survives_damage};

const FIXTURE: &[u8] = include_bytes!("../../../../fixtures/cloudtrail/records.json");
const ACCOUNT: &str = "111122223333";

fn read(input: &[u8]) -> Output {
    CloudTrail.ingest(input, "records.json", &context()).unwrap()
}

/// An event with the fields that all have, and others.
fn event(n: u32, at: &str, action: (&str, &str), more: Value) -> Value {
    let mut event = json!({
        "eventID": format!("e{n}"), "eventTime": at, "eventSource": format!("{}.amazonaws.com", action.0),
        "eventName": action.1, "recipientAccountId": ACCOUNT, "awsRegion": if n.is_multiple_of(2) { "eu-central-1" } else { "us-east-1" },
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ci", "userName": "ci", "accountId": ACCOUNT, "accessKeyId": "AKIAQEXAMPLE0000CIC1"},
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn records(events: &[Value]) -> Output {
    read(json!({ "Records": events }).to_string().as_bytes())
}

fn holes(output: &Output) -> Vec<(String, String, String)> {
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let holes = |it: &Value| it["hole"] == true && it["signal"] == "cloud_mgmt";
    let all = facts(output, "Coverage").into_iter().filter(holes);
    all.map(|it| (text(&it, "scope"), text(&it, "from"), text(&it, "until"))).collect()
}

#[test]
fn the_fixture_as_facts() {
    insta::assert_snapshot!(show(&read(FIXTURE)));
}

#[test]
fn a_new_key_is_tied_to_its_place_in_the_credential_report() {
    let output = read(FIXTURE);
    let alias = output.lines.iter().find_map(|line| match line {
        assize::facts::Line::SameAs(it) => Some((it.alias.as_str(), it.is.as_str())),
        _ => None,
    });
    assert_eq!(
        alias,
        Some((
            "arn:aws:iam::111122223333:user/automation/ci-deploy/key@2026-02-01T09:00:00Z",
            "AKIAQEXAMPLE00CIDEP1"
        ))
    );
}

#[test]
fn a_later_call_does_not_replace_what_was_said_when_the_key_was_made() {
    let sources: Vec<_> = read(FIXTURE)
        .lines
        .into_iter()
        .filter_map(|line| match line {
            assize::facts::Line::Report(it) if it.fields["id"] == "AKIAQEXAMPLE00CIDEP1" => {
                Some((it.source.instance, it.fields.contains_key("created_at")))
            }
            _ => None,
        })
        .collect();
    let issued = Some("issued".to_owned());
    assert_eq!(sources, [(None, false), (issued, true), (Some("state".to_owned()), false)]);
}

#[test]
fn no_token_and_no_parameter_that_is_not_a_name_gets_out() {
    let text = show(&read(FIXTURE));
    assert!(!text.contains("SECRETTOKEN") && !text.contains("hunter2"));
}

#[test]
fn the_role_behind_a_session_is_the_identity_with_its_path() {
    let output = read(FIXTURE);
    let call =
        facts(&output, "ApiCall").into_iter().find(|it| it["action"] == "lambda:UpdateFunctionCode").unwrap();
    assert_eq!(call["identity"], "arn:aws:iam::111122223333:role/ci/deployer");
}

#[test]
fn a_session_without_an_issuer_is_known_by_the_unique_id_of_its_role() {
    let user = json!({"type": "AssumedRole", "principalId": "AROAQEXAMPLE:i-1", "arn": "arn:aws:sts::111122223333:assumed-role/r/i-1"});
    let output = records(&[event(
        1,
        "2026-05-01T00:00:00Z",
        ("ec2", "DescribeInstances"),
        json!({"userIdentity": user}),
    )]);
    assert_eq!(facts(&output, "ApiCall")[0]["identity"], "AROAQEXAMPLE");
}

#[test]
fn a_record_without_type_or_arn_is_a_call_of_nobody_known() {
    let output = records(&[event(
        1,
        "2026-05-01T00:00:00Z",
        ("sts", "GetCallerIdentity"),
        json!({"userIdentity": {"accountId": ACCOUNT}}),
    )]);
    let call = &facts(&output, "ApiCall")[0];
    assert!(call.get("identity").is_none() && call.get("secret").is_none());
    assert_eq!(output.rejects, []);
    assert_eq!(facts(&output, "SecretUse").len(), 0);
}

#[test]
fn a_service_in_place_of_an_address_is_no_address() {
    for (said, address) in [
        ("203.0.113.7", true),
        ("083.252.254.011", true),
        ("2001:db8::7", true),
        ("ec2.amazonaws.com", false),
        ("AWS Internal", false),
    ] {
        let call = json!({"sourceIPAddress": said});
        let output = records(&[event(1, "2026-05-01T00:00:00Z", ("sts", "GetCallerIdentity"), call)]);
        let told = facts(&output, "ApiCall")[0].get("source_ip").is_some();
        let used = facts(&output, "SecretUse")[0].get("source_ip").is_some();
        assert_eq!((told, used), (address, address), "{said}");
    }
}

#[test]
fn a_region_that_nobody_has_and_an_agent_in_brackets_are_no_reject() {
    let odd = json!({"awsRegion": "us-north-2r", "userAgent": "[S3Console/0.4]"});
    let output = records(&[event(1, "2026-05-01T00:00:00Z", ("s3", "ListBuckets"), odd)]);
    assert_eq!(output.rejects, []);
    assert_eq!(facts(&output, "ApiCall").len(), 1);
    assert!(!show(&output).contains("S3Console"), "what callers call themselves is not told");
}

#[test]
fn root_with_an_empty_key_uses_no_key() {
    let user = json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": ACCOUNT, "accessKeyId": ""});
    let output =
        records(&[event(1, "2026-05-01T00:00:00Z", ("s3", "ListBuckets"), json!({"userIdentity": user}))]);
    assert!(facts(&output, "ApiCall")[0].get("secret").is_none());
    assert_eq!(facts(&output, "Secret"), Vec::<Value>::new());
}

#[test]
fn a_failed_call_is_an_error_and_a_refused_one_is_denied() {
    for (code, outcome) in [
        ("AccessDenied", "denied"),
        ("AccessDeniedException", "denied"),
        ("Client.UnauthorizedOperation", "denied"),
        ("TrailNotFoundException", "error"),
        ("VcpuLimitExceeded", "error"),
    ] {
        let output = records(&[event(
            1,
            "2026-05-01T00:00:00Z",
            ("iam", "CreateAccessKey"),
            json!({"errorCode": code, "responseElements": {"accessKey": {"accessKeyId": "AKIAQEXAMPLE00000NEW"}}}),
        )]);
        assert_eq!(facts(&output, "ApiCall")[0]["outcome"], outcome, "{code}");
        assert_eq!(facts(&output, "Secret").len(), 1, "{code}: no key was made");
    }
}

#[test]
fn coverage_reaches_from_the_first_to_the_last_management_event() {
    let output = records(&[
        event(2, "2026-05-03T00:00:00Z", ("ec2", "DescribeInstances"), json!({})),
        event(1, "2026-05-01T00:00:00Z", ("ec2", "DescribeInstances"), json!({})),
        event(4, "2026-05-09T00:00:00Z", ("s3", "GetObject"), json!({"eventCategory": "Data"})),
    ]);
    let coverage = &facts(&output, "Coverage")[0];
    assert_eq!(
        (&coverage["from"], &coverage["until"], &coverage["scope"]),
        (&json!("2026-05-01T00:00:00Z"), &json!("2026-05-03T00:00:00Z"), &json!(ACCOUNT))
    );
    assert_eq!(output.notes, Vec::<String>::new());
}

#[test]
fn a_trail_that_is_stopped_leaves_a_hole_until_it_starts_again() {
    let selectors = ["StopLogging", "DeleteTrail", "PutEventSelectors"];
    for name in selectors {
        let stop = |more| event(2, "2026-05-02T00:00:00Z", ("cloudtrail", name), more);
        let rest = [
            event(1, "2026-05-01T00:00:00Z", ("ec2", "A"), json!({})),
            event(4, "2026-05-09T00:00:00Z", ("ec2", "B"), json!({})),
        ];
        let output = records(&[rest[0].clone(), stop(json!({})), rest[1].clone()]);
        assert_eq!(
            holes(&output),
            [(ACCOUNT.to_owned(), "2026-05-02T00:00:00Z".to_owned(), "2026-05-09T00:00:00Z".to_owned())],
            "{name}"
        );
        let failed = records(&[
            rest[0].clone(),
            stop(json!({"errorCode": "TrailNotFoundException"})),
            rest[1].clone(),
        ]);
        assert_eq!(holes(&failed), [], "{name}: intent without effect");
    }
    let output = records(&[
        event(2, "2026-05-02T00:00:00Z", ("cloudtrail", "StopLogging"), json!({})),
        event(3, "2026-05-04T00:00:00Z", ("cloudtrail", "StartLogging"), json!({})),
        event(4, "2026-05-09T00:00:00Z", ("ec2", "B"), json!({})),
    ]);
    assert_eq!(holes(&output)[0].2, "2026-05-04T00:00:00Z");
}

#[test]
fn an_event_that_cannot_be_read_is_a_hole_where_it_was() {
    let whole = [
        event(2, "2026-05-01T00:00:00Z", ("ec2", "A"), json!({})),
        event(1, "2026-05-09T00:00:00Z", ("ec2", "B"), json!({})),
    ];
    let with = |broken: Value| records(&[whole[0].clone(), broken, whole[1].clone()]);
    let hole = |from: &str, until: &str| vec![(ACCOUNT.to_owned(), from.to_owned(), until.to_owned())];
    let no_id = with(event(4, "2026-05-02T00:00:00Z", ("ec2", "C"), json!({"eventID": null})));
    assert_eq!(holes(&no_id), hole("2026-05-02T00:00:00Z", "2026-05-02T00:00:01Z"));
    let no_time = with(event(4, "", ("ec2", "C"), json!({})));
    assert_eq!(holes(&no_time), hole("2026-05-01T00:00:00Z", "2026-05-09T00:00:00Z"));
    let no_account = with(event(
        4,
        "2026-05-02T00:00:00Z",
        ("ec2", "C"),
        json!({"recipientAccountId": null, "userIdentity": 1, "eventID": 7}),
    ));
    assert_eq!(holes(&no_account), hole("2026-05-02T00:00:00Z", "2026-05-02T00:00:01Z"));
    for output in [no_id, no_time, no_account] {
        assert_eq!(output.rejects.len(), 1);
    }
}

#[test]
fn a_file_of_one_region_says_what_its_coverage_rests_on() {
    let output = records(&[event(2, "2026-05-01T00:00:00Z", ("ec2", "A"), json!({}))]);
    insta::assert_snapshot!(output.notes.join("\n"), @"every event is of region eu-central-1; the coverage holds only if the account is used in no other or if the file is of all of them");
}

#[test]
fn every_wrapping_holds_the_same_events() {
    let events = [
        event(1, "2026-05-01T00:00:00Z", ("ec2", "A"), json!({})),
        event(2, "2026-05-02T00:00:00Z", ("ec2", "B"), json!({})),
    ];
    let ids = |text: String| {
        assert!(CloudTrail.detect(&Head::new(text.as_bytes(), "")), "{text}");
        let output = read(text.as_bytes());
        facts(&output, "ApiCall").iter().map(|it| it["id"].clone()).collect::<Vec<_>>()
    };
    let wrapped = |it: &Value| json!({"EventId": "x", "EventName": "A", "CloudTrailEvent": it.to_string()});
    for text in [
        json!({ "Records": events }).to_string(),
        json!(events).to_string(),
        format!("{}\n{}\n", events[0], events[1]),
        json!({ "Events": [wrapped(&events[0]), wrapped(&events[1])] }).to_string(),
        format!("{}\n{}\n", json!({"Records": [events[0]]}), json!({"Records": [events[1]]})),
    ] {
        assert_eq!(ids(text), ["e1", "e2"]);
    }
}

#[test]
fn what_is_no_log_is_refused() {
    for text in ["{}", "[1]", "{\"Statement\": []}", "nothing"] {
        assert!(CloudTrail.ingest(text.as_bytes(), "x", &context()).is_err(), "{text}");
    }
    let empty = read(b"{\"Records\": []}");
    assert_eq!(empty.lines, []);
}

#[test]
fn damage_never_panics() {
    survives_damage(&CloudTrail, FIXTURE);
}

#[test]
fn every_real_log_loads_whole() {
    for (path, bytes) in samples("cloudtrail/stratus", &[".json"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "ApiCall").is_empty(), "{}", path.display());
        let shown = show(&output);
        assert!(!shown.contains("IQoJ") && !shown.contains("sessionToken"), "{}", path.display());
    }
}

#[test]
fn a_real_key_that_was_made_is_tied_to_its_place() {
    for (_, bytes) in samples("cloudtrail/stratus", &["iam-backdoor-user.json"]) {
        let output = read(&bytes);
        let made = facts(&output, "Secret").into_iter().find(|it| it.get("created_at").is_some()).unwrap();
        assert_eq!(made["created_at"], "2024-07-30T21:53:13Z");
        assert!(output.lines.iter().any(|line| matches!(line, assize::facts::Line::SameAs(_))));
    }
}

#[test]
fn a_key_that_was_deleted_has_ended() {
    let output = read(FIXTURE);
    let states: Vec<_> =
        facts(&output, "Secret").into_iter().filter(|it| it["id"] == "AKIAQEXAMPLE0000TEL2").collect();
    assert_eq!(states[0]["status"], "inactive");
    assert_eq!(
        (&states[1]["status"], &states[1]["ended_at"]),
        (&json!("revoked"), &json!("2026-05-21T10:05:00Z"))
    );
    assert_eq!(fact(&output, "SecretUse", "0000000d-1111-4222-8333-444455556666")["action"], "s3:GetObject");
}

const RIGHTS: &[u8] = include_bytes!("../../../../fixtures/cloudtrail/rights_and_secrets.json");

#[test]
fn rights_secrets_and_sign_ins_as_facts() {
    let calls = facts(&read(RIGHTS), "ApiCall");
    let told = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
        let given = [text("action"), text("grantee"), text("gives"), text("deletes_after")];
        (given[1] != "-" || given[2] != "-" || given[3] != "-").then(|| given.join(" "))
    };
    insta::assert_snapshot!(calls.iter().filter_map(told).collect::<Vec<_>>().join("\n"), @"
    iam:AttachUserPolicy arn:aws:iam::111122223333:user/automation/ci-deploy total -
    iam:PutRolePolicy arn:aws:iam::111122223333:role/deployer total -
    iam:AttachRolePolicy arn:aws:iam::111122223333:role/people/platform-admin - -
    iam:UpdateAssumeRolePolicy arn:aws:iam::111122223333:role/people/platform-admin - -
    iam:AddUserToGroup arn:aws:iam::111122223333:user/automation/ci-deploy - -
    s3:PutBucketLifecycle - - 7d
    ");
    let reads = facts(&read(RIGHTS), "SecretRead");
    let told = |it: &Value| format!("{} {} {}", it["holder"], it["secret"], it["outcome"]);
    insta::assert_snapshot!(reads.iter().map(told).collect::<Vec<_>>().join("\n"), @r#"
    "arn:aws:secretsmanager::111122223333" "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/arm/db-a1B2c3" "success"
    "arn:aws:secretsmanager::111122223333" "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/arm/cloud" "denied"
    "arn:aws:secretsmanager::111122223333" "arn:aws:secretsmanager:eu-central-1:111122223333:secret:one" "success"
    "arn:aws:secretsmanager::111122223333" "arn:aws:secretsmanager:eu-central-1:111122223333:secret:two" "success"
    "arn:aws:secretsmanager::111122223333" null "success"
    "arn:aws:ssm::111122223333" "arn:aws:ssm:eu-central-1:111122223333:parameter/arm/db/password" "success"
    "arn:aws:ssm::111122223333" null "success"
    "#);
    let data = facts(&read(RIGHTS), "DataCall");
    let told =
        |it: &Value| format!("{} {}", it["action"], it.get("encrypted_with").unwrap_or(&json!("not told")));
    insta::assert_snapshot!(data.iter().map(told).collect::<Vec<_>>().join("\n"), @r#"
    "s3:PutObject" "caller"
    "s3:CopyObject" "stranger"
    "s3:PutObject" "ours"
    "s3:PutObject" "provider"
    "s3:PutObject" "not told"
    "s3:GetObject" null
    "#);
    let sign_in = &facts(&read(RIGHTS), "SignIn")[0];
    assert_eq!((&sign_in["interactive"], &sign_in["outcome"]), (&json!(true), &json!("success")));
}

#[test]
fn a_secret_that_nobody_read_is_known_not_to_be_where_the_log_goes_on() {
    let scopes = |output: &Output| {
        let all = facts(output, "Coverage").into_iter().filter(|it| it["signal"] == "secret_access");
        all.map(|it| (it["scope"].as_str().unwrap().to_owned(), it["hole"] == true)).collect::<Vec<_>>()
    };
    let holders = ["arn:aws:secretsmanager::111122223333", "arn:aws:ssm::111122223333"];
    assert_eq!(scopes(&read(RIGHTS)), holders.map(|it| (it.to_owned(), false)));
    let calls = [
        event(1, "2026-06-01T08:00:00Z", ("ec2", "DescribeInstances"), json!({})),
        event(2, "2026-06-01T08:10:00Z", ("cloudtrail", "StopLogging"), json!({})),
        event(3, "2026-06-01T09:00:00Z", ("ec2", "DescribeInstances"), json!({})),
    ];
    assert_eq!(scopes(&records(&calls)).iter().filter(|(_, hole)| *hole).count(), 2);
}
