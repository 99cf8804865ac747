use super::*;
use crate::ide::fixture::{self, Fixture};

/// The hover at the cursor, without the code fences.
fn shown(text: &str) -> String {
    let fixture = Fixture::new(text);
    let Some(found) = hover(&fixture.db, fixture::PATH, fixture.cursor) else {
        return "nothing".to_owned();
    };
    let plain: Vec<&str> =
        found.markdown.lines().filter(|line| !line.starts_with("```") && !line.is_empty()).collect();
    format!("[{}]\n{}", found.span.text(&fixture.text), plain.join("\n"))
}

#[test]
fn items() {
    let texts = [
        "policy q { for s: Sec<CURSOR>ret }",
        "policy q { for f: Fix<CURSOR>ed }",
        "/// How long.\nparam id<CURSOR>le: duration = 45d in 7d..400d source \"CIS\"",
        "/// Lives.\nfn live(s: Secret): bool = s.static\nfn g(s: Secret): bool = s.li<CURSOR>ve()",
        "table t<CURSOR>(a: bool): bool { true => false  false => true }",
        "/// Why.\npolicy q<CURSOR> { mode monitor maps csf.DE_CM_03 for s: Secret }",
        "use model.{cloud_<CURSOR>mgmt}",
        "use model.{cs<CURSOR>f}",
        "use mod<CURSOR>el.{csf}",
        "test \"t\" { now 2026-06-01T00:00:00Z given assize.core.Coverage { signal: Sig<CURSOR>nal.cloud_mgmt } }",
    ];
    insta::assert_snapshot!(texts.map(shown).join("\n\n"), @r#"
    [Secret]
    entity Secret { … } fresh for 24h lives created_at .. rotated_at covered by inventory
    A credential.
    Fields: `id`, `static`, `status`, `created_at`, `rotated_at`.
    That there is no `Secret` is known where this is covered: `inventory`.

    [Fixed]
    entity Fixed { … } closed
    Fields: `id`.
    The list of every `Fixed` is complete (`closed`).

    [idle]
    param idle: duration = 45d in 7d..400d source "CIS"
    How long.
    ---
    **W0602**: a parameter that nothing reads (`assize doc W0602` says more)

    [live]
    fn live(s: Secret): bool = s.static
    Lives.

    [t]
    table t(a: bool): bool
    Rows: 2.

    [q]
    policy q
    Why.
    Serves `csf.DE_CM_03`.
    Decides and shows; carries nothing out (`mode monitor`).
    ---
    **E0101**: the text does not follow the grammar (`assize doc E0101` says more)

    [cloud_mgmt]
    signal cloud_mgmt { lag 15m gap 15m loss 0.1% basis heartbeat }
    What the control plane records.

    [csf]
    catalog csf "NIST CSF" version "2.0" prefix "nist-csf-2.0"
    Entries: 1.

    [model]
    package model

    [Signal]
    enum Signal
    One member a `signal`.
    "#);
}

#[test]
fn fields_lists_members_and_controls() {
    let texts = [
        "fn f(s: Secret): bool = s.sta<CURSOR>tic",
        "fn f(s: Secret): bool = s.stat<CURSOR>us == Status.active",
        "fn f(u: SecretUse): string = u.i<CURSOR>d",
        "fn f(u: SecretUse): bool = u.sec<CURSOR>ret.static",
        "fn f(s: Secret): int = s.us<CURSOR>es.size()",
        "fn f(s: Secret): bool = s.status == Status.act<CURSOR>ive",
        "table t(l: Level): bool { >= lim<CURSOR>ited => true  none => false }",
        "policy q { maps csf.DE_<CURSOR>CM_03 for s: Secret }",
        "policy q { maps csf.DE_CM_3<CURSOR> for s: Secret }",
    ];
    insta::assert_snapshot!(texts.map(shown).join("\n\n"), @r"
    [static]
    static: bool
    Lives until somebody ends it.
    A field of entity `Secret`.
    That there is no `Secret` is known where this is covered: `inventory`.

    [status]
    status: Status = Status.active
    A field of entity `Secret`.
    That there is no `Secret` is known where this is covered: `inventory`.

    [id]
    key id: string
    A field of event `SecretUse`.
    That there is no `SecretUse` is known where this is covered: `cloud_mgmt on secret or inventory`.

    [secret]
    secret: Secret inverse uses
    A field of event `SecretUse`.
    That there is no `SecretUse` is known where this is covered: `cloud_mgmt on secret or inventory`.

    [uses]
    uses: list<SecretUse>
    Every `SecretUse` whose `secret` is this one.
    That there is no `SecretUse` is known where this is covered: `cloud_mgmt on secret or inventory`.

    [active]
    Status.active
    enum Status { active, revoked }
    What the issuer says.

    [limited]
    Level.limited
    enum Level { none < limited < total }

    [DE_CM_03]
    csf.DE_CM_03
    **DE.CM-03**: Personnel activity
    NIST CSF 2.0

    [DE_CM_3]
    csf.DE_CM_03
    **DE.CM-03**: Personnel activity
    NIST CSF 2.0
    An alias; the name is `DE_CM_03`.
    ");
}

#[test]
fn locals_and_words() {
    let texts = [
        "policy q { for s<CURSOR>: Secret }",
        "policy q {\n  for s: Secret\n  /// Whether anybody used it.\n  let used = s.uses.exists(u, u.at > now - 1d)\n  where use<CURSOR>d\n}",
        "policy q { for s: Secret where s.uses.exists(u<CURSOR>, u.at > now - 1d) }",
        "fn f(at: timestamp?): bool = a<CURSOR>t == null",
        "policy q { for s: Secret where s.uses.exi<CURSOR>sts(u, true) }",
        "policy q { for s: Secret where s.created_at > no<CURSOR>w }",
    ];
    insta::assert_snapshot!(texts.map(shown).join("\n\n"), @r"
    [s]
    s: Secret

    [used]
    let used: bool
    Whether anybody used it.
    used = s.uses.exists(u, u.at > now - 1d)

    [u]
    u: SecretUse

    [at]
    at: timestamp?

    [exists]
    list.exists(x, condition)
    Whether the condition holds of some member. Over an open list: true as soon as one is there, false only where coverage rules out further ones.

    [now]
    now
    The instant of the evaluation. It stands only in comparisons with something free of `now`, so that every flip can be computed.
    ");
}

#[test]
fn codes_of_the_diagnostics_there() {
    let texts = [
        "fn f(s: Secret): bool = s.no<CURSOR>pe",
        "param nev<CURSOR>er: int = 1",
        "fn f(s: Secret): bool = s.static <CURSOR> && true",
    ];
    insta::assert_snapshot!(texts.map(shown).join("\n\n"), @r"
    [nope]
    **E0202**: a field that the type does not have (`assize doc E0202` says more)

    [never]
    param never: int = 1
    ---
    **W0602**: a parameter that nothing reads (`assize doc W0602` says more)

    nothing
    ");
}

#[test]
fn a_long_text_is_cut_between_lines() {
    let line = "x".repeat(99);
    let text = [line.as_str(); 10].join("\n");
    assert_eq!(cut(&text).lines().count(), 6);
    assert_eq!(cut("short \n"), "short");
}

#[test]
fn what_is_sensitive_is_not_shown() {
    for text in [
        "param pin: sensitive<string> = \"hunter2\"\npolicy q { for s: Secret where s.id == pi<CURSOR>n }",
        "param pi<CURSOR>ns: list<sensitive<string>> = [\"hunter2\"]",
        "entity Vault { key id: string pin: sensitive<string> = \"hunter2\" } closed\npolicy q { for v: Vault where v.p<CURSOR>in == \"\" }",
        "param pin: sensitive<string> = \"hunter2\"\nfn hide(a: sensitive<string>): sensitive<string> = a\npolicy q { for s: Secret let kept = [pin, \"hunter2\"] where ke<CURSOR>pt.size() > 1 }",
        "entity Vau<CURSOR>lt { key id: string pin: sensitive<string> = \"hunter2\" } closed",
    ] {
        let said = shown(text);
        assert!(said != "nothing" && !said.contains("hunter2"), "{text}\n{said}");
    }
    insta::assert_snapshot!(shown("param pi<CURSOR>n: sensitive<string> = \"hunter2\" in \"a\"..\"z\""), @r"
    [pin]
    param pin: sensitive<string> = …
    ");
}

#[test]
fn the_code_that_a_test_expects() {
    insta::assert_snapshot!(shown("test \"t\" { expect error E02<CURSOR>02 in 'x' }"), @r"
    [E0202]
    **E0202**: a field that the type does not have (`assize doc E0202` says more)
    ");
}
