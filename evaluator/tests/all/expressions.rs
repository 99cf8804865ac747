//! Expressions over known, absent and unknown values, as a message shows them.

use serde_json::{Value, json};

use crate::support::{NOW, coverage, engine, evaluate, fact};

/// What an expression about a `Thing` called `x` comes to.
fn shown(expressions: &[&str], lines: &[Value]) -> Vec<String> {
    let mut text = include_str!("model.assize").to_owned();
    for (place, expression) in expressions.iter().enumerate() {
        text.push_str(&format!(
            "policy p{place} {{ for x: Thing decide {{ otherwise => alert low because \"[{{{expression}}}]\" }} }}\n"
        ));
    }
    let engine = engine(&text);
    let evaluation = evaluate(&engine, lines, NOW);
    let of = |place: usize| {
        let name = format!("t.p{place}");
        let found = evaluation.decisions.iter().find(|one| one.policy == name && one.anchor.keys() == ["a"]);
        let because = &found.unwrap().because;
        because.trim_start_matches('[').trim_end_matches(']').to_owned()
    };
    (0..expressions.len()).map(of).collect()
}

fn check(rows: &[(&str, &str)], lines: &[Value]) {
    let expressions: Vec<&str> = rows.iter().map(|(expression, _)| *expression).collect();
    let got = shown(&expressions, lines);
    let wrong: Vec<String> = rows
        .iter()
        .zip(&got)
        .filter(|((_, expected), got)| expected != got)
        .map(|((expression, expected), got)| format!("{expression}: expected {expected}, got {got}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn known() -> Vec<Value> {
    vec![
        fact(
            "Thing",
            json!({"id": "a", "flag": true, "other": false, "maybe": null, "n": 7, "m": 0, "u": 3, "x": 1.5,
                   "name": "Ada", "note": null, "at": "2026-05-01T10:20:30Z", "end": null, "life": "36h",
                   "tier": "t2", "color": "green", "mark": null, "tags": ["x", "y"], "numbers": [3, 1, 2],
                   "sack": null, "bag": {"k": 1, "none": null, "list": [1, "two"]}, "group": "g", "account": "acc",
                   "secret": "s3cr3t"}),
        ),
        fact("Group", json!({"id": "g", "color": "red", "owner": null})),
    ]
}

#[test]
fn known_values_mean_what_cel_says() {
    check(
        &[
            ("x.n + 1", "8"),
            ("x.n / 2", "3"),
            ("x.n % 4", "3"),
            ("-x.n", "-7"),
            ("x.n * x.n - 9", "40"),
            ("x.x * 2.0", "3"),
            ("x.n > 6 && x.x < 2.0", "true"),
            ("x.name + '!'", "Ada!"),
            ("x.name.size()", "3"),
            ("x.name.startsWith('A') && !x.name.contains('z')", "true"),
            ("x.name.matches('^[A-Z]d')", "true"),
            ("x.name.glob('A?a')", "true"),
            ("x.name.lowerAscii()", "ada"),
            ("x.name.upperAscii().replace('A', 'o')", "oDo"),
            ("x.name.substring(1)", "da"),
            ("x.name.indexOf('a')", "2"),
            ("x.name.charAt(0)", "A"),
            ("'a,b'.split(',')", "a, b"),
            ("x.tags.join('-')", "x-y"),
            ("string(x.n)", "7"),
            ("int('12') + 1", "13"),
            ("double(x.n)", "7"),
            ("string(x.life)", "129600s"),
            ("x.life", "1d12h"),
            ("x.life > 24h", "true"),
            ("x.at + x.life", "2026-05-02T22:20:30Z"),
            ("x.at.getHours()", "10"),
            ("x.at.getDayOfWeek()", "5"),
            ("x.tier >= Tier.t2", "true"),
            ("x.tier == Tier.t1", "false"),
            ("x.color in [Color.red, Color.green]", "true"),
            ("'y' in x.tags", "true"),
            ("4 in x.numbers", "false"),
            ("x.numbers.sum()", "6"),
            ("x.numbers.min()", "1"),
            ("x.numbers.max()", "3"),
            ("x.numbers.filter(v, v > 1).map(v, v * 10).size()", "2"),
            ("x.numbers.exists(v, v == 2) && x.numbers.all(v, v > 0)", "true"),
            ("x.numbers.exists_one(v, v > 2)", "true"),
            ("x.tags[1]", "y"),
            ("x.bag.k", "1"),
            ("has(x.bag.k) && has(x.bag.none) && !has(x.bag.other)", "true"),
            ("x.flag ? 'yes' : 'no'", "yes"),
            ("x.group.color", "red"),
            ("x.group.id", "g"),
            ("route(x.flag, x.color)", "t2"),
            ("x.tier.shift([x.flag], [x.other], 2, 1)", "t1"),
            ("x.kept", "false"),
        ],
        &known(),
    );
}

#[test]
fn what_is_absent_is_known_to_be() {
    check(
        &[
            ("x.note == null", "true"),
            ("x.note != null", "false"),
            ("has(x.note)", "false"),
            ("x.note == 'a'", "false"),
            ("x.note.orValue('none')", "none"),
            ("x.mark.orValue(Color.blue)", "blue"),
            ("x.group.owner == null", "true"),
            ("x.maybe.orValue(true)", "true"),
            ("x.note.assume('guess').orValue('absent')", "absent"),
            ("known(x.note)", "true"),
            ("has(x.sack.k)", "false"),
        ],
        &known(),
    );
}

#[test]
fn an_error_is_unknown_and_never_a_value() {
    let mut lines = known();
    lines[0]["Thing"]["tags"] = json!(["(", "["]);
    check(
        &[
            ("x.n / x.m", "? (error)"),
            ("x.n % x.m == 1", "? (error)"),
            ("x.n / x.m == 1 || x.flag", "true"),
            ("x.n / x.m == 1 && x.other", "false"),
            ("9223372036854775807 + x.n", "? (error)"),
            ("x.numbers[5]", "? (error)"),
            ("x.bag.other", "? (error)"),
            ("int(x.name)", "? (error)"),
            ("x.name.matches(x.tags.join(''))", "? (error)"),
            ("x.numbers.map(v, 6 / (v - 1)).size()", "3"),
            ("x.numbers.exists(v, 6 / (v - 1) == 3)", "true"),
            ("x.numbers.all(v, 6 / (v - 1) == 7)", "false"),
        ],
        &lines,
    );
}

#[test]
fn what_was_not_collected_is_a_set_of_possible_values() {
    let lines = [fact(
        "Thing",
        json!({"id": "a", "flag": true, "n": 7, "group": "gone", "color": "purple", "numbers": []}),
    )];
    let engine = engine(include_str!("model.assize"));
    let snapshot = crate::support::load(&engine, &lines);
    assert_eq!(snapshot.rejects().len(), 1);
    let rows = [
        ("x.name", "? (not collected)"),
        ("x.other && x.flag", "? (not collected)"),
        ("x.other || x.flag", "true"),
        ("!x.flag && x.other", "false"),
        ("x.other ? 1 : 1", "1"),
        ("x.other ? 1 : 2", "? (not collected)"),
        ("x.other ? Tier.t1 : Tier.t2", "t2 to t1"),
        ("(x.other ? Tier.t1 : Tier.t2) >= Tier.t2", "true"),
        ("(x.other ? Tier.t1 : Tier.t2) == Tier.t3", "false"),
        ("(x.other ? Tier.t1 : Tier.t2) in [Tier.t1, Tier.t2]", "? (not collected)"),
        ("x.tier", "? (not collected)"),
        ("x.note.orValue('d')", "? (not collected)"),
        ("x.note.assume('d')", "d"),
        ("known(x.note)", "false"),
        ("unknown(x.other)", "true"),
        ("unknown(x.other && !x.flag)", "false"),
        ("has(x.note)", "? (not collected)"),
        ("x.other.assume(true)", "true"),
        ("x.name + 'a'", "? (not collected)"),
        ("x.n + 1", "8"),
        ("x.group.id", "gone"),
        ("x.group == null", "false"),
        ("x.group.color", "? (not collected)"),
        ("route(x.other, Color.green)", "t3 to t2"),
        ("route(false, x.tier == Tier.t1 ? Color.red : Color.blue)", "t3"),
        ("careful(x.other, Color.red)", "t2"),
        ("apart(x.other, Color.red)", "t1"),
        ("apart(x.other, Color.blue)", "t3"),
        ("Tier.t3.shift([x.flag, x.other], [], 2, 1)", "t2 to t1"),
        ("Tier.t3.shift([x.flag, x.other], [], 1, 1)", "t2"),
        ("[1, x.m].size()", "2"),
        ("x.m in [1, 2]", "? (not collected)"),
        ("x.numbers.max().orValue(0)", "0"),
        ("x.other || !x.other", "? (not collected)"),
    ];
    let clean = [fact("Thing", json!({"id": "a", "flag": true, "n": 7, "group": "gone", "numbers": []}))];
    check(&rows, &clean);
}

#[test]
fn a_comparison_with_the_clock_flips_at_its_instant() {
    check(
        &[
            ("x.at < now", "true"),
            ("x.at > now - 30d", "false"),
            ("x.at > now - 31d", "true"),
            ("now - x.at > 30d", "true"),
            ("now - x.at", "30d13h39m30s"),
        ],
        &known(),
    );
}

#[test]
fn a_sensitive_value_is_never_shown() {
    let text = format!(
        "{}\npolicy p {{ for x: Thing decide {{ x.secret == 'other' => alert low because \"no\" \
         otherwise => alert high because \"{{x.name}}\" }} }}",
        include_str!("model.assize")
    );
    let engine = engine(&text);
    let evaluation = evaluate(&engine, &known(), NOW);
    let all = serde_json::to_string(&evaluation).unwrap();
    assert!(all.contains("Ada") && !all.contains("s3cr3t"), "{all}");
    let snapshot = crate::support::load_clean(&engine, &known());
    let why = engine.explain(&snapshot, crate::support::at(NOW), "p", &["a"]).unwrap();
    assert!(!format!("{why}{}", serde_json::to_string(&why).unwrap()).contains("s3cr3t"));
}

#[test]
fn what_the_data_says_is_escaped_and_cut() {
    let evil = format!("\u{1b}[2J{}", "x".repeat(400));
    let lines = [fact("Thing", json!({"id": "a", "name": evil})), coverage("log", "acc", NOW, NOW)];
    let got = shown(&["x.name"], &lines);
    assert!(got[0].starts_with("\\u{1b}[2Jxxx") && got[0].len() < 300, "{}", got[0]);
}
