//! How well facts join, for people and for programs.

use assize::Joined;
use serde::Serialize;

use super::card::{Card, heading};
use super::term::Term;

/// The whole, as programs see it.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    version: u8,
    /// How many references there are.
    references: usize,
    /// How many of them lead to facts that are there.
    found: usize,
    joins: &'a [Joined],
}

impl<'a> Shown<'a> {
    /// Of every field that refers to facts.
    pub fn new(joins: &'a [Joined]) -> Self {
        let sum = |of: fn(&Joined) -> usize| joins.iter().map(of).fold(0, usize::saturating_add);
        Self { version: 1, references: sum(Joined::referring), found: sum(|join| join.found), joins }
    }
}

/// A card a type, a row a field.
pub fn text(term: Term, joins: &[Joined]) -> String {
    let whole = Shown::new(joins);
    let (found, of) = (whole.found, whole.references);
    let title = format!("{found} of {of} references lead to facts that are there{}", share(found, of));
    let mut out = heading(term, &title, "1");
    for fields in joins.chunk_by(|a, b| a.ty == b.ty) {
        let Some(first) = fields.first() else { continue };
        let mut card = Card::new(first.ty.as_str(), format!("({})", first.facts));
        for join in fields {
            card.row("", row(join));
        }
        out.push_str(&card.draw(term, 2, "36"));
    }
    out
}

fn row(join: &Joined) -> String {
    let mut text = format!("{} to {}: ", join.field, join.to);
    let mut says = Vec::new();
    let of = join.referring();
    if of > 0 {
        says.push(format!("{} of {of}{}", join.found, share(join.found, of)));
    }
    if join.absent > 0 {
        says.push(format!("{} absent", join.absent));
    }
    says.extend(join.unknown.iter().map(|(cause, count)| format!("{count} {cause}")));
    text.push_str(&says.join(", "));
    if !join.nowhere.is_empty() {
        let more = if join.dangling > join.nowhere.len() { ", …" } else { "" };
        text.push_str(&format!("; not there: {}{more}", join.nowhere.join(", ")));
    }
    text
}

/// A share in whole hundredths; only all is a hundred.
fn share(part: usize, of: usize) -> String {
    let hundredths = part.saturating_mul(100).checked_div(of);
    hundredths.map_or(String::new(), |share| format!(" ({share} %)"))
}
