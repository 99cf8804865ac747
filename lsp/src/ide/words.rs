//! The language's own words: how each is written, and what it means in a line.

/// How `word` is written, and what it means.
pub(super) fn word(word: &str) -> Option<(&'static str, &'static str)> {
    WORDS.iter().find(|(written, _)| name(written) == word).map(|(written, meaning)| (*written, *meaning))
}

/// All of them: how each is written, and what it means.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.iter().copied()
}

/// The word in `list.exists(x, condition)`.
fn name(written: &str) -> &str {
    let head = written.split('(').next().unwrap_or(written);
    head.rsplit('.').next().unwrap_or(head)
}

const WORDS: &[(&str, &str)] = &[
    (
        "now",
        "The instant of the evaluation. It stands only in comparisons with something free of `now`, so that every flip can be computed.",
    ),
    (
        "thing.alive",
        "Whether the thing is there now: begun and not ended, by the fields that its type's `lives` names. Unknown where they are not known.",
    ),
    // Evidence.
    ("known(e)", "Whether it can be told what `e` is. Always true or false."),
    ("unknown(e)", "Whether it cannot be told what `e` is. Always true or false."),
    ("conflict(e)", "Whether trusted sources disagree on `e`. Always true or false."),
    (
        "covered(list, from)",
        "Whether the list was watched from that instant on, so that what is not in it did not happen. Always true or false.",
    ),
    ("value.assume(d)", "The value where it is known, else `d`. The decision lists it as assumed."),
    (
        "value.orValue(d)",
        "The value where it is there, and `d` where it is known to be absent. What is unknown stays unknown.",
    ),
    ("member.worst()", "The greatest member that the value can be."),
    ("member.best()", "The least member that the value can be."),
    ("has(x.field)", "Whether the field is there: `x.field != null`."),
    // Lists.
    (
        "list.exists(x, condition)",
        "Whether the condition holds of some member. Over an open list: true as soon as one is there, false only where coverage rules out further ones.",
    ),
    ("list.all(x, condition)", "Whether the condition holds of every member: true also of an empty list."),
    ("list.exists_one(x, condition)", "Whether the condition holds of exactly one member."),
    ("list.existsOne(x, condition)", "Whether the condition holds of exactly one member."),
    ("list.filter(x, condition)", "The members of which the condition holds."),
    (
        "list.map(x, value)",
        "The value for each member; `list.map(x, condition, value)` takes only those of which the condition holds.",
    ),
    (
        "list.size()",
        "How many members, characters or bytes. Over an open list this is an interval, and compares as one.",
    ),
    ("list.sum()", "The sum of the members: numbers or durations."),
    ("list.min()", "The least member; absent where the list is known to be empty."),
    ("list.max()", "The greatest member; absent where the list is known to be empty."),
    ("list.distinct()", "The members, each once."),
    ("events.latest()", "The last event; absent where there is known to be none."),
    ("events.earliest()", "The first event; absent where there is known to be none."),
    (
        "events.peak(width)",
        "The most events within any span of that width; `events.peak(width, x, key)` counts distinct keys. For bursts: it does not depend on when logs arrive.",
    ),
    ("strings.join(separator)", "The members as one text, with the separator between them."),
    // Enums.
    (
        "member.shift(up, down, most_up, most_down)",
        "The member moved up by the true conditions of the first list and down by those of the second, each at most so far, and kept within the enum.",
    ),
    // Text.
    ("text.matches(pattern)", "Whether the regular expression (RE2) matches somewhere in the text."),
    (
        "text.glob(pattern)",
        "Whether the whole text fits the pattern, where `*` stands for any text and `?` for one character.",
    ),
    ("text.contains(part)", "Whether the text holds the part."),
    ("text.startsWith(part)", "Whether the text starts with the part."),
    ("text.endsWith(part)", "Whether the text ends with the part."),
    ("text.lowerAscii()", "The text with `A` to `Z` in lower case."),
    ("text.upperAscii()", "The text with `a` to `z` in upper case."),
    ("text.trim()", "The text without white space at its ends."),
    ("text.split(separator)", "The parts between the separators."),
    ("text.replace(old, new)", "The text with every `old` replaced by `new`."),
    ("text.substring(from)", "The text from that character on; `text.substring(from, until)` up to another."),
    ("text.charAt(index)", "The character at an index."),
    ("text.indexOf(part)", "Where the part first stands, or -1."),
    ("text.lastIndexOf(part)", "Where the part last stands, or -1."),
    // Conversions.
    ("int(e)", "The value as an `int`."),
    ("uint(e)", "The value as a `uint`."),
    ("double(e)", "The value as a `double`."),
    ("string(e)", "The value as a `string`."),
    ("bytes(e)", "The value as `bytes`."),
    ("bool(e)", "The value as a `bool`."),
    ("timestamp(e)", "The value as a `timestamp`: RFC 3339 text, or seconds since 1970."),
    ("duration(e)", "The value as a `duration`: text such as `90m`."),
    ("dyn(e)", "The value with its type left to be checked when it is evaluated."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_the_name_that_is_written() {
        for (name, written) in [
            ("now", "now"),
            ("exists", "list.exists(x, condition)"),
            ("covered", "covered(list, from)"),
            ("has", "has(x.field)"),
        ] {
            assert_eq!(word(name).map(|(written, _)| written), Some(written));
        }
        assert_eq!(word("nope"), None);
        assert_eq!(word("list"), None);
    }

    #[test]
    fn every_word_stands_once_and_is_explained() {
        for (written, meaning) in WORDS {
            assert_eq!(
                WORDS.iter().filter(|(other, _)| name(other) == name(written)).count(),
                1,
                "{written}"
            );
            assert!(meaning.ends_with(['.', '`']), "{written}");
        }
    }
}
