//! AuthZEN, beyond what its certification asks.

use crate::support::{PLAIN, Server};

#[test]
fn one_decision() {
    let server = Server::plain();
    let ask = |action: &str| {
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "alice"}}, "action": {{"name": "{action}"}}, "resource": {{"type": "record", "id": "record-2"}}}}"#
        );
        server.post("/access/v1/evaluation", &body)
    };
    let agent = r#"{"subject": {"type": "identity", "id": "alice"}, "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "delete_repo"}, "context": {"agent": "a1"}}"#;
    let shown = [ask("read"), ask("write"), ask("guess"), server.post("/access/v1/evaluation", agent)];
    insta::assert_snapshot!(shown.join("\n"), @r#"
    200 {"context":{"decision_id":"ID","entry":"access","fact_watermark":"0@2026-06-01T00:00:00Z","policy_revision":"REVISION"},"decision":true}
    200 {"context":{"decision_id":"ID","entry":"access","fact_watermark":"0@2026-06-01T00:00:00Z","policy_revision":"REVISION","reason_admin":{"en":"archived"},"reasons":[{"because":"archived","outcomes":["block"],"policy":"shop.access"}]},"decision":false}
    200 {"context":{"alert":"low","decision_id":"ID","entry":"access","fact_watermark":"0@2026-06-01T00:00:00Z","obligations":[{"id":"out_REVISION","properties":{"body":"nobody knows what that is","policy":"shop.access","severity":"low"},"type":"notification"}],"policy_revision":"REVISION","reasons":[{"because":"nobody knows what that is","outcomes":["alert"],"policy":"shop.access"}]},"decision":true}
    200 {"context":{"decision_id":"ID","entry":"ToolCall","fact_watermark":"0@2026-06-01T00:00:00Z","policy_revision":"REVISION","reason_admin":{"en":"nobody deletes for alice"},"reasons":[{"because":"nobody deletes for alice","outcomes":["block"],"policy":"shop.tools"}]},"decision":false}
    "#);
}

#[test]
fn what_cannot_be_told_is_an_error_and_of_many_a_denial_that_says_so() {
    let policies = PLAIN.replace("[authzen]", "[authzen]\nentry = \"open\"")
        + "\n[entry.open]\nrequest = \"AccessRequest\"\nfields.status = \"{nowhere}\"\n";
    let server = Server::of(&policies);
    let one = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "write"}, "resource": {"type": "record", "id": "record-9"}}"#;
    insta::assert_snapshot!(server.post("/access/v1/evaluation", one), @r#"
    500 evidence is missing: `role` of AccessRequest `request` was not collected; `status` of AccessRequest `request` was not collected; `status` of Record `record-9` was not collected
    "#);
    let body = format!(r#"{{"evaluations": [{one}]}}"#);
    insta::assert_snapshot!(server.post("/access/v1/evaluations", &body), @r#"
    200 {"evaluations":[{"context":{"alert":"low","decision":"undetermined","decision_id":"ID","entry":"open","error":{"message":"evidence is missing: `role` of AccessRequest `request` was not collected; `status` of AccessRequest `request` was not collected; `status` of Record `record-9` was not collected","status":500},"fact_watermark":"0@2026-06-01T00:00:00Z","obligations":[{"id":"out_REVISION","properties":{"body":"cannot tell: `role` of AccessRequest `request` was not collected; `status` of AccessRequest `request` was not collected; `status` of Record `record-9` was not collected","policy":"shop.access","severity":"low"},"type":"notification"}],"policy_revision":"REVISION","reasons":[{"because":"cannot tell: `role` of AccessRequest `request` was not collected; `status` of AccessRequest `request` was not collected; `status` of Record `record-9` was not collected","outcomes":["alert"],"policy":"shop.access"}],"undetermined":"evidence is missing: `role` of AccessRequest `request` was not collected; `status` of AccessRequest `request` was not collected; `status` of Record `record-9` was not collected"},"decision":false}]}
    "#);
}

#[test]
fn batches_stop_when_they_are_told_to() {
    let server = Server::plain();
    let decisions = |semantic: &str| {
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "alice"}}, "resource": {{"type": "record", "id": "record-1"}},
            "options": {{"evaluations_semantic": "{semantic}"}},
            "evaluations": [{{"action": {{"name": "delete"}}}}, {{"action": {{"name": "read"}}}}, {{"action": {{"name": "delete"}}}}, {{"action": {{"name": "write"}}}}]}}"#
        );
        let reply =
            server.send("POST", "/access/v1/evaluations", &[("Content-Type", "application/json")], &body);
        let json = reply.json();
        let list = json["evaluations"].as_array().cloned().unwrap_or_default();
        let decisions: Vec<bool> = list.iter().map(|one| one["decision"].as_bool().unwrap()).collect();
        (reply.status, decisions)
    };
    assert_eq!(decisions("execute_all"), (200, vec![false, true, false, true]));
    assert_eq!(decisions("deny_on_first_deny"), (200, vec![false]));
    assert_eq!(decisions("permit_on_first_permit"), (200, vec![false, true]));
    assert_eq!(decisions("whatever"), (400, vec![]));
}

#[test]
fn a_search_comes_in_pages() {
    let server = Server::plain();
    let search = |page: &str| {
        let body = format!(
            r#"{{"subject": {{"type": "user"}}, "action": {{"name": "read"}}, "resource": {{"type": "record", "id": "record-1"}}, "page": {page}}}"#
        );
        server.post("/access/v1/search/subject", &body)
    };
    let shown = [
        search(r#"{"limit": 1}"#),
        search(r#"{"token": "616c696365"}"#),
        search(r#"{"token": "zz"}"#),
        search(r#"{"limit": 0}"#),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r#"
    200 {"context":{"undetermined":0},"page":{"count":1,"next_token":"616c696365"},"results":[{"id":"alice","type":"user"}]}
    200 {"context":{"undetermined":0},"page":{"count":1,"next_token":""},"results":[{"id":"bob","type":"user"}]}
    400 `page.token` is none of ours
    400 `page.limit` is no number above 0
    "#);
}
