//! What policies do not take of CEL, and what they say to write instead.

use crate::support;

/// What is said of a condition, without the columns.
fn condition(expr: &str) -> Vec<String> {
    let plain = |line: String| {
        let (code, rest) = line.split_once(' ').unwrap_or_default();
        let is_place =
            |word: &str| word.contains(':') && word.chars().all(|c| c.is_ascii_digit() || c == ':');
        match rest.split_once(' ') {
            Some((place, rest)) if is_place(place) => format!("{code} {rest}"),
            _ => line,
        }
    };
    support::condition(expr).into_iter().map(plain).collect()
}

#[test]
fn what_cel_has_for_lone_expressions_is_named() {
    for (expr, expected) in [
        (
            "s.?rotated_at == null",
            "E0104 CEL's optionals are for lone expressions | `.` is enough; `has(x.field)` asks whether it is there, `x.field.orValue(…)` says what else",
        ),
        (
            "s.labels.?team == \"a\"",
            "E0104 CEL's optionals are for lone expressions | ask first: `key in m && …`, `has(m.key) ? m.key : …`, or `c ? [a] : []` for an element",
        ),
        (
            "s.labels[?\"team\"] == \"a\"",
            "E0104 CEL's optionals are for lone expressions | ask first: `key in m && …`, `has(m.key) ? m.key : …`, or `c ? [a] : []` for an element",
        ),
        (
            "[?s.id].size() > 0",
            "E0104 CEL's optionals are for lone expressions | ask first: `key in m && …`, `has(m.key) ? m.key : …`, or `c ? [a] : []` for an element",
        ),
        (
            "{?\"a\": s.id}.size() > 0",
            "E0104 CEL's optionals are for lone expressions | ask first: `key in m && …`, `has(m.key) ? m.key : …`, or `c ? [a] : []` for an element",
        ),
        ("optional.of(s.id).hasValue()", "E0201 `optional` is not declared"),
        ("{1: s.id, 1u: s.id}.size() > 0", "E0209 the key `1` stands twice | keep one of them"),
        (
            "{\"a\": 1, \"b\": 2, \"a\": 3}.size() > 0",
            "E0209 the key `\"a\"` stands twice | keep one of them",
        ),
        ("type(s.id) == string", "E0205 no function `type`"),
        ("s.labels.`content-type` == 1", "E0301 `string` is never equal to `int`"),
    ] {
        let lines = condition(expr);
        assert!(
            lines.iter().any(|line| line == expected),
            "{expr}\n  expected {expected}\n  found    {lines:#?}"
        );
    }
}

#[test]
fn texts_that_a_function_cannot_read_are_refused_where_they_stand() {
    for (expr, expected) in [
        (
            "s.created_at < now - duration(\"90d\")",
            "E0105 `90d` is no duration of CEL's | write the literal `90d`",
        ),
        (
            "s.created_at < now - duration(\"a month\")",
            "E0105 `a month` is no duration of CEL's | write a literal such as `90d` or `1h30m`, without quotes",
        ),
        (
            "s.created_at.getHours(\"Europe/Berln\") < 6",
            "E0105 `Europe/Berln` is no time zone | did you mean `Europe/Berlin`?",
        ),
        (
            "s.created_at.getHours(\"kolkata\") < 6",
            "E0105 `kolkata` is no time zone | did you mean `Asia/Kolkata`?",
        ),
        (
            "s.created_at.getHours(\"at home\") < 6",
            "E0105 `at home` is no time zone | write a name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`",
        ),
        (
            "s.id.matches(\"[a&&b]\")",
            "E0309 not a regular expression in RE2's syntax | RE2 has no look-around and no back-references; for `*` and `?` alone use `.glob(…)`",
        ),
        (
            "s.id.matches(\"(?:[a-z]{900}x){2}{20}\")",
            "E0309 not a regular expression in RE2's syntax | RE2 has no look-around and no back-references; for `*` and `?` alone use `.glob(…)`",
        ),
        (
            "s.id.matches(\"[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}[a-z]{900}\")",
            "E0108 a regular expression over its limit | repeat less, or ask for the parts one by one",
        ),
    ] {
        let lines = condition(expr);
        assert!(
            lines.iter().any(|line| line == expected),
            "{expr}\n  expected {expected}\n  found    {lines:#?}"
        );
    }
    for expr in [
        "s.created_at < now - duration(\"1h30m\")",
        "s.created_at.getHours(\"+02:00\") < 6",
        "s.created_at.getHours(\"UTC\") < 6",
        "s.created_at.getHours(\"Europe/Berlin\") < 6",
        "s.labels.`content-type` == \"a\"",
    ] {
        assert!(!condition(expr).iter().any(|line| line.starts_with('E')), "{expr}: {:#?}", condition(expr));
    }
}
