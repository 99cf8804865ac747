//! What differs between two texts: a unified diff, cut where it grows long.

use std::fmt::Write;

use super::term::{Term, clean};

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 2;
/// How many lines of one diff are shown.
const SHOWN: usize = 40;
/// How many pairs of lines are compared; in texts with more, what lies between the first and the last
/// difference is one change.
const PAIRS: usize = 4_000_000;

/// A line of either text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// A diff from `old` to `new`, headed by the file's name; empty where they are the same.
pub fn unified(path: &str, old: &str, new: &str, term: Term) -> String {
    if old == new {
        return String::new();
    }
    let lines = compare(&split(old), &split(new));
    let near = near_changes(&lines);
    let mut out = format!("{}\n", term.bold(&format!("--- {}", clean(path))));
    let (mut old_line, mut new_line) = (1_usize, 1_usize);
    let (mut shown, mut more) = (0_usize, 0_usize);
    let mut inside = false;
    for (line, near) in lines.iter().zip(near) {
        let (in_old, in_new) = (!matches!(line, Line::New(_)), !matches!(line, Line::Old(_)));
        if near && shown >= SHOWN {
            more = more.saturating_add(1);
        } else if near {
            if !inside {
                let head = format!("@@ -{old_line} +{new_line} @@");
                // Writing to a string does not fail.
                let _never = writeln!(out, "{}", term.paint("36", &head));
            }
            let text = match line {
                Line::Same(text) => format!(" {}", clean(text)),
                Line::Old(text) => term.paint("31", &format!("-{}", clean(text))),
                Line::New(text) => term.paint("32", &format!("+{}", clean(text))),
            };
            out.push_str(&text);
            out.push('\n');
            shown = shown.saturating_add(1);
        }
        inside = near;
        old_line = old_line.saturating_add(usize::from(in_old));
        new_line = new_line.saturating_add(usize::from(in_new));
    }
    if more > 0 {
        let _never = writeln!(out, "{}", term.dim(&format!("... and {more} more lines")));
    }
    out
}

/// The lines of a text; one without a line break at its end has a mark that says so.
fn split(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    match lines.pop() {
        Some("") | None => {}
        Some(last) => lines.extend([last, "\\ no line break at the end"]),
    }
    lines
}

/// Which lines stand at most [`CONTEXT`] lines from a change.
fn near_changes(lines: &[Line<'_>]) -> Vec<bool> {
    let mut near = vec![false; lines.len()];
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Same(_))) {
        let from = at.saturating_sub(CONTEXT);
        let to = at.saturating_add(CONTEXT).saturating_add(1).min(lines.len());
        near.get_mut(from..to).into_iter().for_each(|around| around.fill(true));
    }
    near
}

/// Both texts as one list of lines, with as many lines the same as can be.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (same, old) = old.split_at_checked(head).unwrap_or((&[], old));
    let new = new.get(head..).unwrap_or_default();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, end) = old.split_at_checked(old.len().saturating_sub(tail)).unwrap_or((old, &[]));
    let new = new.get(..new.len().saturating_sub(tail)).unwrap_or_default();
    let mut out: Vec<Line<'a>> = same.iter().copied().map(Line::Same).collect();
    middle(old, new, &mut out);
    out.extend(end.iter().copied().map(Line::Same));
    out
}

/// The longest common subsequence, by the table of what each pair of rests has in common.
fn middle<'a>(old: &[&'a str], new: &[&'a str], out: &mut Vec<Line<'a>>) {
    let width = new.len().saturating_add(1);
    let size = old.len().saturating_add(1).saturating_mul(width);
    if size > PAIRS {
        out.extend(old.iter().copied().map(Line::Old));
        out.extend(new.iter().copied().map(Line::New));
        return;
    }
    let mut common = vec![0_u32; size];
    let place = |i: usize, j: usize| i.saturating_mul(width).saturating_add(j);
    let at = |common: &[u32], i, j| common.get(place(i, j)).copied().unwrap_or(0);
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            let (below, behind) = (i.saturating_add(1), j.saturating_add(1));
            let best = if left == right {
                at(&common, below, behind).saturating_add(1)
            } else {
                at(&common, below, j).max(at(&common, i, behind))
            };
            if let Some(cell) = common.get_mut(place(i, j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0_usize, 0_usize);
    loop {
        let (below, behind) = (i.saturating_add(1), j.saturating_add(1));
        match (old.get(i), new.get(j)) {
            (Some(left), Some(right)) if left == right => {
                out.push(Line::Same(left));
                (i, j) = (below, behind);
            }
            (Some(left), right) if right.is_none() || at(&common, below, j) >= at(&common, i, behind) => {
                out.push(Line::Old(left));
                i = below;
            }
            (_, Some(right)) => {
                out.push(Line::New(right));
                j = behind;
            }
            (_, None) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_what_is_around_them() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";
        let new = "a\nb\nC\nd\ne\nf\ng\nh\ni\nj\n";
        insta::assert_snapshot!(unified("p.assize", old, new, Term::PLAIN), @r"
        --- p.assize
        @@ -1 +1 @@
         a
         b
        -c
        +C
         d
         e
        @@ -8 +8 @@
         h
         i
        +j
        ");
        assert_eq!(unified("p.assize", old, old, Term::PLAIN), "");
    }

    #[test]
    fn as_much_as_can_be_is_the_same() {
        for (old, new, changes) in [
            ("a\nb\nc\n", "b\nc\na\n", "-a+a"),
            ("a\nx\nb\ny\n", "x\ny\nz\n", "-a-b+z"),
            ("", "a\n", "+a"),
            ("a\n", "", "-a"),
            ("a", "a\n", "-\\ no line break at the end"),
        ] {
            let lines = compare(&split(old), &split(new));
            let said: String = lines
                .iter()
                .filter_map(|line| match line {
                    Line::Same(_) => None,
                    Line::Old(text) => Some(format!("-{text}")),
                    Line::New(text) => Some(format!("+{text}")),
                })
                .collect();
            assert_eq!(said, changes, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_long_diff_is_cut_and_a_huge_one_is_not_compared() {
        let text = |word: &str, lines: usize| format!("{word}\n").repeat(lines);
        let cut = unified("p", &text("a", 60), &text("b", 60), Term::PLAIN);
        assert!(cut.ends_with("... and 80 more lines\n"), "{cut}");
        assert_eq!(cut.lines().count(), SHOWN + 3);
        let (old, new) = (format!("x\n{}", text("a", 3_000)), format!("y\n{}z\n", text("a", 3_000)));
        assert_eq!(compare(&split(&old), &split(&new)).len(), 6_003);
    }

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        let diff = unified("p", "a\u{1b}[31m\r\n", "a\n", Term::PLAIN);
        assert!(diff.contains("-a\\u{1b}[31m\\u{d}\n"), "{diff}");
    }
}
