//! Where the language says its words.

use std::collections::BTreeSet;
use std::path::Path;

use super::read;

/// The words of the language by what they do.
#[derive(Debug)]
pub(super) struct Words {
    groups: Vec<(&'static str, Vec<String>)>,
}

impl Words {
    /// Every group by its name, its words sorted.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.groups.iter().map(|(name, words)| (*name, words.as_slice()))
    }

    /// The words of one group.
    pub(super) fn group(&self, name: &str) -> Result<&[String], String> {
        let found = self.groups().find(|(group, _)| *group == name);
        found.map(|(_, words)| words).ok_or_else(|| format!("`{name}` is no group of words"))
    }
}

const GRAMMAR: &str = "lang/src/syntax/grammar.pest";
const HEADS: &str = "lang/src/syntax/words.rs";
const TYPES: &str = "lang/src/sema/types.rs";
const FUNCTIONS: &str = "lsp/src/ide/words.rs";

/// The words of the language, read from its sources.
pub(super) fn words(root: &Path) -> Result<Words, String> {
    let grammar = read(root, GRAMMAR)?;
    let heads = literals(between(&read(root, HEADS)?, "const HEADS", "];").ok_or("no HEADS")?);
    let constants: Vec<String> = rule(&grammar, "bool")?.into_iter().chain(rule(&grammar, "null")?).collect();
    let outcomes = rule(&grammar, "outcome_word")?;
    let operators = vec!["in".to_owned()];
    let mut clauses = keywords(&grammar);
    for group in [&heads, &outcomes, &operators] {
        for word in group {
            if !clauses.remove(word) && group != &operators {
                return Err(format!("`{word}` is no keyword of {GRAMMAR}"));
            }
        }
    }
    let groups = vec![
        ("heads", heads),
        ("clauses", clauses.into_iter().collect()),
        ("outcomes", outcomes),
        ("operators", operators),
        ("stages", rule(&grammar, "stage")?),
        ("modes", rule(&grammar, "mode_word")?),
        ("bases", rule(&grammar, "basis_word")?),
        ("constants", constants),
        ("types", types(&read(root, TYPES)?)?),
        ("functions", functions(&read(root, FUNCTIONS)?)?),
    ];
    let sorted = groups.into_iter().map(|(name, words)| {
        let words: BTreeSet<String> = words.into_iter().collect();
        (name, words.into_iter().collect())
    });
    Ok(Words { groups: sorted.collect() })
}

/// Every `kw_…` of the grammar.
fn keywords(grammar: &str) -> BTreeSet<String> {
    let rules = grammar.lines().filter(|line| line.starts_with("kw_"));
    rules.flat_map(|line| literals(line).into_iter().take(1)).collect()
}

/// The words of a rule that stands on one line.
fn rule(grammar: &str, name: &str) -> Result<Vec<String>, String> {
    let line = grammar
        .lines()
        .find(|line| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('=')));
    line.map(literals).filter(|words| !words.is_empty()).ok_or_else(|| format!("no `{name}` in {GRAMMAR}"))
}

/// The scalar types, and those that take others.
fn types(source: &str) -> Result<Vec<String>, String> {
    let mut out = literals(between(source, "const SCALARS", "];").ok_or("no SCALARS")?);
    for generic in ["list", "map", "sensitive"] {
        if !source.contains(&format!("\"{generic}\"")) {
            return Err(format!("`{generic}` is no type of {TYPES}"));
        }
        out.push(generic.to_owned());
    }
    Ok(out)
}

/// What the language calls its functions and methods, as a hover explains them.
fn functions(source: &str) -> Result<Vec<String>, String> {
    let table = between(source, "const WORDS", "\n];").ok_or("no WORDS")?;
    let written = literals(table).into_iter().filter_map(|written| {
        let (head, _) = written.split_once('(')?;
        let name = head.rsplit('.').next()?;
        (!name.is_empty() && head.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c)))
            .then(|| name.to_owned())
    });
    Ok(written.collect())
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

/// What stands between double quotes.
fn literals(source: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut open: Option<String> = None;
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match (c, &mut open) {
            ('"', None) => open = Some(String::new()),
            ('"', Some(_)) => out.extend(open.take()),
            ('\\', Some(text)) => text.extend(chars.next()),
            (c, Some(text)) => text.push(c),
            (_, None) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_grammar_is_in_one_group() {
        let root = super::super::super::tidy::root();
        let words = words(&root).expect("the sources say the words");
        let group = |name: &str| words.group(name).unwrap_or_default().to_vec();
        assert_eq!(group("outcomes"), ["alert", "block", "none", "rank", "revoke"]);
        assert_eq!(group("stages"), ["destroy", "quarantine", "rotate", "stage"]);
        assert_eq!(group("constants"), ["false", "null", "true"]);
        for (name, word) in [
            ("heads", "policy"),
            ("clauses", "decide"),
            ("clauses", "valid_until"),
            ("types", "sensitive"),
            ("functions", "existsOne"),
            ("functions", "peak"),
        ] {
            assert!(group(name).contains(&word.to_owned()), "{word} in {name}");
        }
        // A word that is a name elsewhere, such as `string`, may stand in both of the last groups.
        let keywords: Vec<&String> = words
            .groups()
            .filter(|(name, _)| !matches!(*name, "types" | "functions"))
            .flat_map(|(_, words)| words)
            .collect();
        let distinct: BTreeSet<&String> = keywords.iter().copied().collect();
        assert_eq!(keywords.len(), distinct.len());
    }

    #[test]
    fn literals_are_found_with_their_escapes() {
        assert_eq!(literals(r#"x = "a" | ("b\"c", 'd')"#), ["a", "b\"c"]);
        assert_eq!(
            functions("const WORDS: [\n(\"now\", \"The (instant)\"),\n(\"a.b(c)\", \"X.\")\n];"),
            Ok(vec!["b".to_owned()])
        );
    }
}
