//! What can never decide.

use crate::support::check;

/// A list that only configuration says is recorded, and one that a sensor proves as well.
const TICKETS: &str = r#"package p
use model.*
signal ticketing { lag 0s gap 24h loss 0% basis declared }
signal mail { lag 0s gap 24h loss 0% basis declared }
event Ticket { key id: string secret: Secret? inverse tickets at: timestamp } covered by ticketing or mail on secret.account
event Call { key id: string secret: Secret inverse calls at: timestamp } covered by ticketing or cloud_mgmt on secret.account
entity Team { key id: string lead: Secret? inverse teams } closed
entity Seat { key id: string team: Team inverse seats lead: Secret? } covered by ticketing
"#;

fn codes(condition: &str, outcome: &str) -> Vec<String> {
    let text = format!(
        "{TICKETS}policy q {{ for s: Secret where s.created_at < now - 90d && s.static\n\
         let quiet = !s.tickets.exists(t, t.at > now - 30d)\n\
         let mine = s.tickets.filter(t, t.at > now - 30d)\n\
         decide {{ {condition} => {outcome} because \"{{s.id}} {{quiet}} {{mine.size()}}\" unknown => alert low because \"{{missing}}\" }} }}\n"
    );
    check(&text).1.iter().map(|line| line[..5].to_owned()).collect()
}

#[test]
fn an_arm_that_waits_for_an_absence_that_nothing_shows_is_an_error() {
    let never = [
        "!s.tickets.exists(t, t.at > now - 30d)",
        "quiet",
        "s.static && quiet",
        "quiet || !Ticket.exists(t, t.id == s.id)",
        "s.tickets.all(t, t.at < now - 30d)",
        "s.tickets.exists_one(t, t.at > now - 30d)",
        "s.tickets.size() == 0",
        "s.tickets.size() < 3",
        "0 == mine.size()",
        "!(mine.size() > 2)",
        "!(s.static || mine.size() != 0)",
        "mine.map(t, t.id).distinct().size() <= 1",
    ];
    for condition in never {
        assert!(codes(condition, "revoke s").contains(&"E0415".to_owned()), "{condition}");
        assert_eq!(codes(condition, "alert low"), ["E0415"], "{condition}");
    }
}

#[test]
fn what_may_be_known_all_the_same_is_none() {
    let may = [
        "s.tickets.exists(t, t.at > now - 30d)",
        "!s.calls.exists(c, c.at > now - 30d)",
        "s.static || quiet",
        "s.tickets.size() > 0",
        "s.tickets.size() != 0",
        "!s.tickets.all(t, t.at < now - 30d)",
        "!s.teams.exists(t, t.id == \"a\")",
        "quiet.assume(true)",
        "unknown(quiet)",
        // Through a reference that is absent a list is empty, and that is known.
        "s.tickets.exists(t, t.at > now - 1d && !t.secret.tickets.exists(u, u.at > t.at))",
    ];
    for condition in may {
        assert_eq!(codes(condition, "alert low"), Vec::<String>::new(), "{condition}");
    }
}

#[test]
fn it_says_what_to_write_instead() {
    let text = format!(
        "{TICKETS}policy q {{ for s: Secret where !s.tickets.exists(t, t.at > now - 30d)\n\
         decide {{ s.static => alert low because \"x\" }} }}\n"
    );
    let lines = check(&text).1;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(
        line,
        "E0415 9:32 nothing can ever show that there is no `Ticket` | give the signal the basis that its reports have \
         (`heartbeat`, `run` or `proven`), cover `Ticket` by another signal as well (`or …`), or decide on what was seen \
         instead of on what was not"
    );
}

#[test]
fn a_policy_that_decides_nothing_is_told() {
    let says = |body: &str| {
        let text = format!("package p\nuse model.*\npolicy q {{ maps csf.DE_CM_03 for s: Secret {body} }}\n");
        check(&text).1.into_iter().filter(|line| line.starts_with("W0417")).count()
    };
    for body in [
        "decide { s.static => none because \"b\" otherwise => none }",
        "where false decide { otherwise => alert low because \"b\" }",
        "where s.static && false decide { otherwise => alert low because \"b\" }",
        "decide { unknown => alert low because \"b\" }",
        "decide { !true => alert low because \"b\" }",
    ] {
        assert_eq!(says(body), 1, "{body}");
    }
    for body in [
        "decide { s.static => alert low because \"b\" otherwise => none }",
        "mode monitor decide { otherwise => alert low because \"b\" }",
        "decide { s.static => none because \"b\" unknown => alert low because \"b\" }",
    ] {
        let text = body.replace("mode monitor", "");
        assert_eq!(says(&text), 0, "{body}");
    }
    let text = "package p\nuse model.*\npolicy q { mode monitor maps csf.DE_CM_03, csf.DE_CM_09 for s: Secret\n\
                decide { s.static => none because \"b\" } }\n";
    let lines = check(text).1;
    assert!(lines[0].starts_with("W0417 3:8 `q` claims 2 controls and never decides anything"), "{lines:?}");
}

#[test]
fn a_where_that_waits_for_an_absence_speaks_to_nobody() {
    let of = |head: &str, condition: &str| {
        let text = format!(
            "{TICKETS}policy q {{ for {head} where {condition}\ndecide {{ s.static => alert low because \"x\" }} }}\n"
        );
        check(&text).1.iter().map(|line| line[..5].to_owned()).collect::<Vec<_>>()
    };
    for (condition, said) in [
        ("!s.calls.exists(c, c.at > now - 30d)", &["W0418"][..]),
        ("s.created_at < now - 1d && s.calls.filter(c, c.at > now - 30d).size() == 0", &["W0418"]),
        ("s.calls.all(c, c.at < now - 30d)", &["W0418"]),
        // A witness is enough, or something else is.
        ("s.calls.exists(c, c.at > now - 30d)", &[]),
        ("s.calls.size() > 2", &[]),
        ("s.static || !s.calls.exists(c, c.at > now - 30d)", &[]),
        ("!unknown(s.calls.exists(c, c.at > now - 30d))", &[]),
        // A list that is complete by nature.
        ("!s.teams.exists(t, t.id == \"a\")", &[]),
        // An error says more.
        ("!s.tickets.exists(t, t.at > now - 30d)", &["E0415"]),
    ] {
        assert_eq!(of("s: Secret", condition), said, "{condition}");
    }
    let asked = "package p\nuse model.*\nrequest Ask { key id: string  secret: Secret }\npolicy q {\n  for a: Ask\n  \
                 where !a.secret.uses.exists(u, u.at > now - 1d)\n  decide { a.secret.static => block a because \"x\"  \
                 unknown => block a because \"{missing}\" }\n}\n";
    assert_eq!(check(asked).1, Vec::<String>::new());
}
