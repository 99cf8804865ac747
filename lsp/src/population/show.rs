//! Counts as they are read.

use std::time::Duration;

use super::count::{Count, Example};

/// The line above a policy.
pub(crate) fn policy_lens(count: &Count) -> String {
    let mut parts = vec![format!("matches {} of {}", number(count.matches), number(count.of))];
    parts.extend(count.outcomes.iter().map(|(word, count)| format!("would {word} {}", number(*count))));
    if count.unknown > 0 {
        let gap = count.gap.as_ref().map(|gap| format!(" ({gap})")).unwrap_or_default();
        parts.push(format!("unknown {}{gap}", number(count.unknown)));
    }
    parts.extend(count.each.map(|each| format!("{} each", time(each))));
    parts.join(" · ")
}

/// `0.4 µs`, `12 µs`: two digits say enough of a time that is another one at the next look.
fn time(time: Duration) -> String {
    let tenths = time.as_nanos().div_ceil(100);
    if tenths < 100 {
        format!("{}.{} µs", tenths / 10, tenths % 10)
    } else {
        format!("{} µs", number(usize::try_from(tenths.div_ceil(10)).unwrap_or(usize::MAX)))
    }
}

/// What an edit changes, where it changes anything: `+2 revoke, −1 alert`.
pub(crate) fn changes(count: &Count) -> Option<String> {
    let mut parts = Vec::new();
    for (word, more, less) in &count.changes {
        if *more > 0 {
            parts.push(format!("+{} {word}", number(*more)));
        }
        if *less > 0 {
            parts.push(format!("−{} {word}", number(*less)));
        }
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The line above an arm.
pub(crate) fn arm_lens(count: usize) -> String {
    if count == 1 { "decides 1 case".to_owned() } else { format!("decides {} cases", number(count)) }
}

/// What a policy comes to, with a case of each arm, as Markdown.
pub(crate) fn policy_page(count: &Count) -> String {
    let mut out = format!("On these facts it {}.", policy_lens(count));
    if let Some(changes) = changes(count) {
        out.push_str(&format!("\n\nSince it was saved: {changes}."));
    }
    let arms = count.arms.len();
    for (at, example) in count.examples.iter().enumerate() {
        let Some(example) = example else { continue };
        let head = if at < arms {
            format!("Arm {}, for example", at.saturating_add(1))
        } else {
            "Undecided, for example".to_owned()
        };
        out.push_str(&format!("\n\n{head} `{}`", plain(&example.key)));
        out.push_str(&body(example));
    }
    out
}

fn body(example: &Example) -> String {
    let mut out = String::new();
    if !example.because.is_empty() {
        out.push_str(&format!(": {}", plain(&example.because)));
    }
    for (path, value) in &example.values {
        out.push_str(&format!("\n- `{path}` = `{}`", plain(value)));
    }
    out
}

/// Facts are written by strangers: nothing of theirs is Markdown of ours.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c == '`' || c.is_control() { ' ' } else { c }).collect()
}

/// `52,310`
pub(crate) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_sentences() {
        let example = Example {
            key: "AK`1".to_owned(),
            because: "idle for 120d".to_owned(),
            values: vec![("secret.static".to_owned(), "true".to_owned())],
        };
        let count = Count {
            policy: "p.q".to_owned(),
            of: 52_310,
            matches: 14,
            outcomes: vec![("revoke", 3), ("alert", 1_011)],
            unknown: 210,
            gap: Some("no process coverage of `eu-2`".to_owned()),
            each: Some(Duration::from_nanos(350)),
            arms: vec![14, 0],
            changes: vec![("alert", 0, 1), ("revoke", 2, 0)],
            examples: vec![Some(example), None, None],
        };
        insta::assert_snapshot!(policy_page(&count), @r"
        On these facts it matches 14 of 52,310 · would revoke 3 · would alert 1,011 · unknown 210 (no process coverage of `eu-2`) · 0.4 µs each.

        Since it was saved: −1 alert, +2 revoke.

        Arm 1, for example `AK 1`: idle for 120d
        - `secret.static` = `true`
        ");
        assert_eq!(
            (number(0), number(999), number(1_000_000)),
            ("0".to_owned(), "999".to_owned(), "1,000,000".to_owned())
        );
        assert_eq!(arm_lens(1), "decides 1 case");
        let times = [0, 30, 9_950, 1_234_567_800].map(|nanos| time(Duration::from_nanos(nanos)));
        assert_eq!(times, ["0.0 µs", "0.1 µs", "10 µs", "1,234,568 µs"]);
    }
}
