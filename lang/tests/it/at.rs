//! What the names in a text mean.

use assize_lang::Database;
use assize_lang::diagnostic::Code;
use assize_lang::sema::at::{At, Meaning};

use crate::support::MODEL;

const TEXT: &str = r#"package acme.p
use model.{Secret, Identity, Level, SecretStatus, csf, SecretUse, ToolCall, cloud_mgmt}

param idle: duration = 45d in 7d..400d
enum Tier { low < high }
fn fresh(s: Secret): bool = s.created_at > now - idle
table tier(old: bool, level: Level): Tier {
  true, >= elevated => high
  true, < elevated => low
  false, _ => low
}
policy q {
  maps csf.DE_CM_09, csf.DE_CM_3
  for s: Secret, i: Identity
  where s.identity == i && s.status == SecretStatus.active
  /// Whether anybody used it.
  let used = s.uses.exists(u, u.secret.account == s.account)
  let tiers = s.tags.map(t, t.size())
  decide {
    !used && s.fresh() => rank tier(s.static, i.level) by s.created_at, alert high
      because "{i.owner.name} {acme.p.idle}"
    i.owner != null && i.owner.secrets.all(o, covered(o.uses, now - acme.p.idle)) => alert low because "x"
    unknown => alert low because "x"
  }
}
test "t" {
  now 2026-06-01T00:00:00Z
  given Secret { id: "a", status: SecretStatus.active }
  given assize.core.Coverage { signal: Signal.cloud_mgmt }
  set acme.p.idle = 30d
  without SecretUse
  expect alert low on "a" by q
}
"#;

fn database(text: &str) -> Database {
    let mut db = Database::remembering();
    db.set_source("model.assize", MODEL, true);
    db.set_source("p.assize", text, false);
    db
}

fn text_of<'a>(db: &'a Database, path: &str) -> &'a str {
    db.sources().find(|(found, _)| *found == path).expect("a source").1
}

fn position(text: &str, offset: u32) -> String {
    let before = &text[..offset as usize];
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    format!("{}:{}", before.matches('\n').count() + 1, column + 1)
}

fn meaning(at: &At) -> String {
    match &at.meaning {
        Meaning::Package(name) => format!("package {name}"),
        Meaning::Item(name) => format!("item {name}"),
        Meaning::Field { of, field } => format!("field {of}.{field}"),
        Meaning::Inverse { of, list } => format!("inverse {of}.{list}"),
        Meaning::Member { of, member } => format!("member {of}.{member}"),
        Meaning::Control { catalog, entry } => format!("control {catalog}.{entry}"),
        Meaning::Local(local) => {
            let ty = local.ty.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
            let optional = if local.optional { " or absent" } else { "" };
            format!("{:?} {}: {ty}{optional}", local.kind, local.name)
        }
        Meaning::Code(code) => format!("code {code}"),
        Meaning::Word(word) => format!("word {word}"),
    }
}

/// Every name of the file, in order: its text, what it means, where that is declared.
fn all(db: &Database, path: &str) -> String {
    let text = text_of(db, path);
    let mut lines: Vec<String> = Vec::new();
    let mut last = None;
    for offset in 0..=text.len() {
        let Some(at) = db.at(path, u32::try_from(offset).expect("small")) else { continue };
        if last == Some(at.span) {
            continue;
        }
        last = Some(at.span);
        let place = at.place.as_ref().map_or_else(String::new, |place| {
            let text = text_of(db, &place.path);
            if place.path == path {
                return format!(" @ {}", position(text, place.span.start));
            }
            // Other files are changed for other reasons: their line says enough.
            let line = text.lines().nth(text[..place.span.start as usize].matches('\n').count());
            let (file, line) = (&place.path, line.unwrap_or_default().trim());
            format!(
                " @ {file}: {}",
                line.replace(place.span.text(text), &format!("[{}]", place.span.text(text)))
            )
        });
        lines.push(format!(
            "{} {} = {}{place}",
            position(text, at.span.start),
            at.span.text(text),
            meaning(&at)
        ));
    }
    lines.join("\n")
}

#[test]
fn every_name_of_a_file() {
    let db = database(TEXT);
    let complaints: Vec<_> = db.diagnostics().into_iter().flat_map(|file| file.diagnostics).collect();
    assert!(complaints.iter().all(|one| one.code.as_str().starts_with('W')), "{complaints:#?}");
    insta::assert_snapshot!(all(&db, "p.assize"), @r#"
    1:9 acme.p = package acme.p @ 1:9
    2:5 model = package model @ model.assize: package [model]
    2:12 Secret = item model.Secret @ model.assize: entity [Secret] {
    2:20 Identity = item model.Identity @ model.assize: entity [Identity] {
    2:30 Level = item model.Level @ model.assize: enum [Level] { none < limited < elevated < total }
    2:37 SecretStatus = item model.SecretStatus @ model.assize: enum [SecretStatus] { active, revoked }
    2:51 csf = item model.csf @ model.assize: catalog [csf] "NIST CSF" version "2.0" prefix "nist-[csf]-2.0" {
    2:56 SecretUse = item model.SecretUse @ model.assize: event [SecretUse] {
    2:67 ToolCall = item model.ToolCall @ model.assize: request [ToolCall] {
    2:77 cloud_mgmt = item model.cloud_mgmt @ model.assize: signal [cloud_mgmt] { lag 15m gap 15m loss 0.1% basis heartbeat }
    4:7 idle = item acme.p.idle @ 4:7
    5:6 Tier = item acme.p.Tier @ 5:6
    5:13 low = member acme.p.Tier.low @ 5:13
    5:19 high = member acme.p.Tier.high @ 5:19
    6:4 fresh = item acme.p.fresh @ 6:4
    6:10 s = Argument s: Secret @ 6:10
    6:13 Secret = item model.Secret @ model.assize: entity [Secret] {
    6:29 s = Argument s: Secret @ 6:10
    6:31 created_at = field model.Secret.created_at @ model.assize: [created_at]: timestamp
    6:44 now = word now
    6:50 idle = item acme.p.idle @ 4:7
    7:7 tier = item acme.p.tier @ 7:7
    7:12 old = Argument old: bool @ 7:12
    7:23 level = Argument level: Level @ 7:23
    7:30 Level = item model.Level @ model.assize: enum [Level] { none < limited < elevated < total }
    7:38 Tier = item acme.p.Tier @ 5:6
    8:12 elevated = member model.Level.elevated @ model.assize: enum Level { none < limited < [elevated] < total }
    8:24 high = member acme.p.Tier.high @ 5:19
    9:11 elevated = member model.Level.elevated @ model.assize: enum Level { none < limited < [elevated] < total }
    9:23 low = member acme.p.Tier.low @ 5:13
    10:15 low = member acme.p.Tier.low @ 5:13
    12:8 q = item acme.p.q @ 12:8
    13:8 csf = item model.csf @ model.assize: catalog [csf] "NIST CSF" version "2.0" prefix "nist-[csf]-2.0" {
    13:12 DE_CM_09 = control model.csf.DE_CM_09 @ model.assize: [DE_CM_09] "DE.CM-09" "Computing hardware"
    13:22 csf = item model.csf @ model.assize: catalog [csf] "NIST CSF" version "2.0" prefix "nist-[csf]-2.0" {
    13:26 DE_CM_3 = control model.csf.DE_CM_3 @ model.assize: [DE_CM_03] "DE.CM-03" "Personnel activity" alias DE_CM_3
    14:7 s = Binding s: Secret @ 14:7
    14:10 Secret = item model.Secret @ model.assize: entity [Secret] {
    14:18 i = Binding i: Identity @ 14:18
    14:21 Identity = item model.Identity @ model.assize: entity [Identity] {
    15:9 s = Binding s: Secret @ 14:7
    15:11 identity = field model.Secret.identity @ model.assize: [identity]: Identity inverse secrets
    15:23 i = Binding i: Identity @ 14:18
    15:28 s = Binding s: Secret @ 14:7
    15:30 status = field model.Secret.status @ model.assize: [status]: SecretStatus
    15:40 SecretStatus = item model.SecretStatus @ model.assize: enum [SecretStatus] { active, revoked }
    15:53 active = member model.SecretStatus.active @ model.assize: enum SecretStatus { [active], revoked }
    17:7 used = Let used: bool @ 17:7
    17:14 s = Binding s: Secret @ 14:7
    17:16 uses = inverse model.Secret.uses @ model.assize: secret: Secret inverse [uses]
    17:21 exists = word exists
    17:28 u = Variable u: SecretUse @ 17:28
    17:31 u = Variable u: SecretUse @ 17:28
    17:33 secret = field model.SecretUse.secret @ model.assize: [secret]: Secret inverse uses
    17:40 account = field model.Secret.account @ model.assize: [account]: string
    17:51 s = Binding s: Secret @ 14:7
    17:53 account = field model.Secret.account @ model.assize: [account]: string
    18:7 tiers = Let tiers: list<int> @ 18:7
    18:15 s = Binding s: Secret @ 14:7
    18:17 tags = field model.Secret.tags @ model.assize: [tags]: list<string>
    18:22 map = word map
    18:26 t = Variable t: string @ 18:26
    18:29 t = Variable t: string @ 18:26
    18:31 size = word size
    20:6 used = Let used: bool @ 17:7
    20:14 s = Binding s: Secret @ 14:7
    20:16 fresh = item acme.p.fresh @ 6:4
    20:32 tier = item acme.p.tier @ 7:7
    20:37 s = Binding s: Secret @ 14:7
    20:39 static = field model.Secret.static @ model.assize: [static]: bool
    20:47 i = Binding i: Identity @ 14:18
    20:49 level = field model.Identity.level @ model.assize: [level]: Level
    20:59 s = Binding s: Secret @ 14:7
    20:61 created_at = field model.Secret.created_at @ model.assize: [created_at]: timestamp
    20:79 high = member assize.core.Severity.high @ assize/core.assize: enum Severity { none < low < medium < [high] < critical }
    21:17 i = Binding i: Identity @ 14:18
    21:19 owner = field model.Identity.owner @ model.assize: [owner]: Identity?
    21:25 name = field model.Identity.name @ model.assize: [name]: string
    21:32 acme.p = package acme.p @ 1:9
    21:39 idle = item acme.p.idle @ 4:7
    22:5 i = Binding i: Identity @ 14:18
    22:7 owner = field model.Identity.owner @ model.assize: [owner]: Identity?
    22:24 i = Binding i: Identity @ 14:18
    22:26 owner = field model.Identity.owner @ model.assize: [owner]: Identity?
    22:32 secrets = inverse model.Identity.secrets @ model.assize: identity: Identity inverse [secrets]
    22:40 all = word all
    22:44 o = Variable o: Secret @ 22:44
    22:47 covered = word covered
    22:55 o = Variable o: Secret @ 22:44
    22:57 uses = inverse model.Secret.uses @ model.assize: secret: Secret inverse [uses]
    22:63 now = word now
    22:69 acme.p = package acme.p @ 1:9
    22:76 idle = item acme.p.idle @ 4:7
    22:92 low = member assize.core.Severity.low @ assize/core.assize: enum Severity { none < [low] < medium < high < critical }
    23:22 low = member assize.core.Severity.low @ assize/core.assize: enum Severity { none < [low] < medium < high < critical }
    28:9 Secret = item model.Secret @ model.assize: entity [Secret] {
    28:18 id = field model.Secret.id @ model.assize: key [id]: string
    28:27 status = field model.Secret.status @ model.assize: [status]: SecretStatus
    28:35 SecretStatus = item model.SecretStatus @ model.assize: enum [SecretStatus] { active, revoked }
    28:48 active = member model.SecretStatus.active @ model.assize: enum SecretStatus { [active], revoked }
    29:9 assize.core = package assize.core @ assize/core.assize: package [assize.core]
    29:21 Coverage = item assize.core.Coverage @ assize/core.assize: entity [Coverage] {
    29:32 signal = field assize.core.Coverage.signal @ assize/core.assize: [signal]: Signal
    29:40 Signal = item assize.core.Signal
    29:47 cloud_mgmt = item model.cloud_mgmt @ model.assize: signal [cloud_mgmt] { lag 15m gap 15m loss 0.1% basis heartbeat }
    30:7 acme.p = package acme.p @ 1:9
    30:14 idle = item acme.p.idle @ 4:7
    31:11 SecretUse = item model.SecretUse @ model.assize: event [SecretUse] {
    32:16 low = member assize.core.Severity.low @ assize/core.assize: enum Severity { none < [low] < medium < high < critical }
    32:30 q = item acme.p.q @ 12:8
    "#);
}

#[test]
fn every_name_of_declarations() {
    let text = r#"package q
signal seen { lag 0s gap 24h loss 0% basis run }
enum Level { none < limited < total }
entity Host { key id: string, level: Level = Level.none, since: timestamp, gone: timestamp? }
  fresh for 24h lives since .. gone covered by seen on level
event Call { key id: string, hosts: list<Host> inverse calls, host: Host, at: timestamp }
  covered by seen on (host.level, id) or seen
request Ask { key id: string, host: Host? }
catalog cat "Title" prefix "c" { ONE "1" "first" alias UNO }
param most: Level = Level.total in Level.none..Level.total
"#;
    let mut db = Database::default();
    db.set_source("q.assize", text, true);
    assert_eq!(db.diagnostics(), Vec::new());
    insta::assert_snapshot!(all(&db, "q.assize"), @r"
    1:9 q = package q @ 1:9
    2:8 seen = item q.seen @ 2:8
    3:6 Level = item q.Level @ 3:6
    3:14 none = member q.Level.none @ 3:14
    3:21 limited = member q.Level.limited @ 3:21
    3:31 total = member q.Level.total @ 3:31
    4:8 Host = item q.Host @ 4:8
    4:19 id = field q.Host.id @ 4:19
    4:31 level = field q.Host.level @ 4:31
    4:38 Level = item q.Level @ 3:6
    4:46 Level = item q.Level @ 3:6
    4:52 none = member q.Level.none @ 3:14
    4:58 since = field q.Host.since @ 4:58
    4:76 gone = field q.Host.gone @ 4:76
    5:23 since = field q.Host.since @ 4:58
    5:32 gone = field q.Host.gone @ 4:76
    5:48 seen = item q.seen @ 2:8
    5:56 level = field q.Host.level @ 4:31
    6:7 Call = item q.Call @ 6:7
    6:18 id = field q.Call.id @ 6:18
    6:30 hosts = field q.Call.hosts @ 6:30
    6:42 Host = item q.Host @ 4:8
    6:56 calls = inverse q.Host.calls @ 6:56
    6:63 host = field q.Call.host @ 6:63
    6:69 Host = item q.Host @ 4:8
    6:75 at = field q.Call.at @ 6:75
    7:14 seen = item q.seen @ 2:8
    7:23 host = field q.Call.host @ 6:63
    7:28 level = field q.Host.level @ 4:31
    7:35 id = field q.Call.id @ 6:18
    7:42 seen = item q.seen @ 2:8
    8:9 Ask = item q.Ask @ 8:9
    8:19 id = field q.Ask.id @ 8:19
    8:31 host = field q.Ask.host @ 8:31
    8:37 Host = item q.Host @ 4:8
    9:9 cat = item q.cat @ 9:9
    9:34 ONE = control q.cat.ONE @ 9:34
    9:56 UNO = control q.cat.UNO @ 9:34
    10:7 most = item q.most @ 10:7
    10:13 Level = item q.Level @ 3:6
    10:21 Level = item q.Level @ 3:6
    10:27 total = member q.Level.total @ 3:31
    10:36 Level = item q.Level @ 3:6
    10:42 none = member q.Level.none @ 3:14
    10:48 Level = item q.Level @ 3:6
    10:54 total = member q.Level.total @ 3:31
    ");
}

#[test]
fn a_broken_item_keeps_what_can_be_told() {
    let db = database(
        "package p\nuse model.*\npolicy q {\n  for s: Secret\n  let a = s.nope\n  let b = s.uses.exists(u, u.at > a && u.action == 1)\n  decide { b => alert low because \"{s.nope} {a}\" }\n}\n",
    );
    insta::assert_snapshot!(all(&db, "p.assize"), @r"
    1:9 p = package p @ 1:9
    2:5 model = package model @ model.assize: package [model]
    3:8 q = item p.q @ 3:8
    4:7 s = Binding s: Secret @ 4:7
    4:10 Secret = item model.Secret @ model.assize: entity [Secret] {
    5:7 a = Let a: ? @ 5:7
    5:11 s = Binding s: Secret @ 4:7
    6:7 b = Let b: ? @ 6:7
    6:11 s = Binding s: Secret @ 4:7
    6:13 uses = inverse model.Secret.uses @ model.assize: secret: Secret inverse [uses]
    6:18 exists = word exists
    6:25 u = Variable u: SecretUse @ 6:25
    6:28 u = Variable u: SecretUse @ 6:25
    6:30 at = field model.SecretUse.at @ model.assize: [at]: timestamp
    6:35 a = Let a: ? @ 5:7
    6:40 u = Variable u: SecretUse @ 6:25
    6:42 action = field model.SecretUse.action @ model.assize: [action]: string
    7:12 b = Let b: ? @ 6:7
    7:23 low = member assize.core.Severity.low @ assize/core.assize: enum Severity { none < [low] < medium < high < critical }
    7:37 s = Binding s: Secret @ 4:7
    7:46 a = Let a: ? @ 5:7
    ");
}

#[test]
fn nothing_stands_between_names_or_in_unknown_files() {
    let db = database(TEXT);
    let brace = u32::try_from(TEXT.find("{\n  maps").expect("a brace")).expect("small");
    assert_eq!(db.at("p.assize", brace), None);
    assert_eq!(db.at("p.assize", u32::MAX), None);
    assert_eq!(db.at("q.assize", 0), None);
    assert!(db.item_at("p.assize", brace).is_some_and(|item| item.text.starts_with("policy q")));
    assert!(db.item_at("q.assize", 0).is_none());
}

#[test]
fn names_follow_an_edit_above_them_without_another_walk() {
    let mut db = database(TEXT);
    let at = |db: &Database, text: &str| {
        let offset = u32::try_from(text.find("used &&").expect("a use")).expect("small");
        db.at("p.assize", offset).expect("a name")
    };
    let before = at(&db, TEXT);
    let _ = db.take_work();
    let moved = TEXT.replace("policy q", "\n\npolicy q");
    db.set_source("p.assize", &moved, false);
    let after = at(&db, &moved);
    assert_eq!(after.span, before.span.shifted(2));
    assert_eq!(after.place.expect("a place").span, before.place.expect("a place").span.shifted(2));
    let ran = db.take_work().executed;
    assert!(!ran.iter().any(|key| key.starts_with("names")), "{ran:?}");
}

#[test]
fn every_name_of_relations_sequences_waivers_and_envelopes() {
    let db = database(
        r#"package acme.p
use model.*
relation acts(a: Identity, b: Identity) {
  case for t: Trust where t.source == a && t.target == b
  case for t: Trust, via: Identity where acts(a, via) && t.source == via && t.target == b
}
policy reach {
  for (i, admin) in acts
  decide { acts(admin, i) => alert high because "{i.name}" otherwise => none }
}
policy twice {
  sequence by secret within 1h {
    first: SecretUse where first.action == "a"
    second: SecretUse where second.action != first.action
  }
  decide alert high because "{second.id}"
}
waive reach for i where i.name == "x" until 2027-01-31T00:00:00Z because "y" by "z"
envelope revoke Secret at most 5% per 1h never where secret.static
"#,
    );
    let codes: Vec<_> =
        db.diagnostics().into_iter().flat_map(|file| file.diagnostics).map(|one| one.code).collect();
    assert_eq!(codes, [Code::UnboundedEvent]);
    insta::assert_snapshot!(all(&db, "p.assize"), @r"
    1:9 acme.p = package acme.p @ 1:9
    2:5 model = package model @ model.assize: package [model]
    3:10 acts = item acme.p.acts @ 3:10
    3:15 a = Argument a: Identity @ 3:15
    3:18 Identity = item model.Identity @ model.assize: entity [Identity] {
    3:28 b = Argument b: Identity @ 3:28
    3:31 Identity = item model.Identity @ model.assize: entity [Identity] {
    4:12 t = Binding t: Trust @ 4:12
    4:15 Trust = item model.Trust @ model.assize: entity [Trust] {
    4:27 t = Binding t: Trust @ 4:12
    4:29 source = field model.Trust.source @ model.assize: [source]: Identity
    4:39 a = Argument a: Identity @ 3:15
    4:44 t = Binding t: Trust @ 4:12
    4:46 target = field model.Trust.target @ model.assize: [target]: Identity
    4:56 b = Argument b: Identity @ 3:28
    5:12 t = Binding t: Trust @ 5:12
    5:15 Trust = item model.Trust @ model.assize: entity [Trust] {
    5:22 via = Binding via: Identity @ 5:22
    5:27 Identity = item model.Identity @ model.assize: entity [Identity] {
    5:42 acts = item acme.p.acts @ 3:10
    5:47 a = Argument a: Identity @ 3:15
    5:50 via = Binding via: Identity @ 5:22
    5:58 t = Binding t: Trust @ 5:12
    5:60 source = field model.Trust.source @ model.assize: [source]: Identity
    5:70 via = Binding via: Identity @ 5:22
    5:77 t = Binding t: Trust @ 5:12
    5:79 target = field model.Trust.target @ model.assize: [target]: Identity
    5:89 b = Argument b: Identity @ 3:28
    7:8 reach = item acme.p.reach @ 7:8
    8:8 i = Binding i: Identity @ 8:8
    8:11 admin = Binding admin: Identity @ 8:11
    8:21 acts = item acme.p.acts @ 3:10
    9:12 acts = item acme.p.acts @ 3:10
    9:17 admin = Binding admin: Identity @ 8:11
    9:24 i = Binding i: Identity @ 8:8
    9:36 high = member assize.core.Severity.high @ assize/core.assize: enum Severity { none < low < medium < [high] < critical }
    9:51 i = Binding i: Identity @ 8:8
    9:53 name = field model.Identity.name @ model.assize: [name]: string
    11:8 twice = item acme.p.twice @ 11:8
    12:15 secret = field model.SecretUse.secret @ model.assize: [secret]: Secret inverse uses
    13:5 first = Binding first: SecretUse @ 13:5
    13:12 SecretUse = item model.SecretUse @ model.assize: event [SecretUse] {
    13:28 first = Binding first: SecretUse @ 13:5
    13:34 action = field model.SecretUse.action @ model.assize: [action]: string
    14:5 second = Binding second: SecretUse @ 14:5
    14:13 SecretUse = item model.SecretUse @ model.assize: event [SecretUse] {
    14:29 second = Binding second: SecretUse @ 14:5
    14:36 action = field model.SecretUse.action @ model.assize: [action]: string
    14:46 first = Binding first: SecretUse @ 13:5
    14:52 action = field model.SecretUse.action @ model.assize: [action]: string
    16:16 high = member assize.core.Severity.high @ assize/core.assize: enum Severity { none < low < medium < [high] < critical }
    16:31 second = Binding second: SecretUse @ 14:5
    16:38 id = field model.SecretUse.id @ model.assize: key [id]: string
    18:7 reach = item acme.p.reach @ 7:8
    18:17 i = Binding i: Identity @ 18:17
    18:25 i = Binding i: Identity @ 18:17
    18:27 name = field model.Identity.name @ model.assize: [name]: string
    19:17 Secret = item model.Secret @ model.assize: entity [Secret] {
    19:54 secret = Binding secret: Secret @ 19:17
    19:61 static = field model.Secret.static @ model.assize: [static]: bool
    ");
}
