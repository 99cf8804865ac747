//! nginx, Caddy and Traefik: who may tell of other people's requests.

use crate::support::{PLAIN, Server};

#[test]
fn proxies_are_answered_with_four_statuses_and_no_others() {
    let server = Server::plain();
    let shown: Vec<String> = [
        &[("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/cart?x=1")][..],
        &[("X-Original-Method", "GET"), ("X-Original-URI", "/admin/users")],
        &[("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/odd")],
        &[("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/team")],
        &[("X-Forwarded-Uri", "/cart"), ("X-Original-URI", "/admin")],
        &[("X-Forwarded-Uri", "/cart"), ("X-Forwarded-Uri", "/admin")],
        &[],
    ]
    .map(|headers| {
        let reply = server.send("GET", "/v1/authz", headers, "");
        format!("{} {:?}", reply.shown(), reply.header("x-decision-alert").unwrap_or_default())
    })
    .into();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    200 allowed; decision ID ""
    403 blocked by policy; decision ID ""
    200 allowed; decision ID "high"
    500 no decision could be made; decision ID "low"
    500 no decision could be made; decision ID ""
    500 no decision could be made; decision ID ""
    500 no decision could be made; decision ID ""
    "#);
}

#[test]
fn fields_come_from_where_the_configuration_says() {
    let config = format!(
        "{PLAIN}\n[entry.teams]\nrequest = \"HttpRequest\"\nfields.team = \"{{http.headers.x-team}}\"\n"
    );
    let server = Server::of(&config);
    let ask = |team: &str| {
        let headers = [("X-Forwarded-Uri", "/team"), ("X-Team", team)];
        server.send("GET", "/v1/authz/teams", &headers, "").status
    };
    assert_eq!((ask("red"), ask("blue")), (403, 200));
    // The entry that the configuration names is asked where nobody names one.
    let headers = [("X-Forwarded-Uri", "/team"), ("X-Team", "red")];
    assert_eq!(server.send("GET", "/v1/authz", &headers, "").status, 403);
}

#[test]
fn whoever_is_not_trusted_is_not_believed() {
    let server = Server::of(&format!("{PLAIN}\n[forward]\ntrusted = [\"10.0.0.0/8\"]\n"));
    let reply = server.send("GET", "/v1/authz", &[("X-Forwarded-Uri", "/cart")], "");
    assert_eq!(
        reply.shown(),
        "403 whoever asks here tells of other people's requests; name him in `[forward] trusted`"
    );
}
