//! What policies cost, for people and for programs.

use std::collections::BTreeMap;

use assize_lang::cost::{Members, PolicyCost};
use serde_json::{Value, json};

use super::term::Term;

/// A table, the most expensive first, and the sizes that were guessed.
pub fn text(term: Term, costs: &[PolicyCost]) -> String {
    if costs.is_empty() {
        return String::new();
    }
    let mut sorted: Vec<&PolicyCost> = costs.iter().collect();
    sorted.sort_by(|a, b| b.reach.worst.cmp(&a.reach.worst).then_with(|| a.policy.cmp(&b.policy)));
    let head = ["policy", "cases", "average", "worst", "mostly"].map(str::to_owned);
    let rows = sorted.iter().map(|cost| {
        let mostly = cost.mostly.as_ref().map_or_else(String::new, |(list, part)| {
            format!("{list} ({}%)", part.worst.saturating_mul(100).checked_div(cost.reach.worst).unwrap_or(0))
        });
        [
            cost.policy.to_string(),
            number(cost.cases.worst),
            number(cost.reach.average),
            number(cost.reach.worst),
            mostly,
        ]
    });
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
    let mut widths = [0_usize; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            let numeric = (1..4).contains(&at);
            line.push_str(&if numeric { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") });
        }
        let line = line.trim_end();
        out.push_str(&if index == 0 { term.dim(line) } else { line.to_owned() });
        out.push('\n');
    }
    let guessed: Vec<String> = sizes(costs)
        .into_iter()
        .filter(|(_, (_, declared))| !declared)
        .map(|(list, (members, _))| format!("{list} {}", amount(members)))
        .collect();
    if !guessed.is_empty() {
        let text = format!("guessed, since [cardinality] does not say: {}", guessed.join(", "));
        for line in super::term::wrap(&text, term.width) {
            out.push_str(&term.dim(&line));
            out.push('\n');
        }
    }
    out
}

/// The same for programs.
pub fn json(costs: &[PolicyCost], budget: u64) -> Value {
    let members = |members: Members| json!({"average": members.average, "worst": members.worst});
    json!({
        "budget": budget,
        "policies": costs.iter().map(|cost| json!({
            "policy": cost.policy.as_str(),
            "cases": members(cost.cases),
            "reach": members(cost.reach),
            "mostly": cost.mostly.as_ref().map(|(list, part)| json!({"list": list, "reach": members(*part)})),
            "over": cost.reach.worst > budget,
        })).collect::<Vec<_>>(),
        "sizes": sizes(costs).into_iter().map(|(list, (of, declared))| {
            json!({"of": list, "average": of.average, "worst": of.worst, "declared": declared})
        }).collect::<Vec<_>>(),
    })
}

fn sizes(costs: &[PolicyCost]) -> BTreeMap<&str, (Members, bool)> {
    costs.iter().flat_map(|cost| cost.sizes.iter().map(|(list, size)| (list.as_str(), *size))).collect()
}

fn amount(members: Members) -> String {
    if members.average == members.worst {
        return number(members.worst);
    }
    format!("{} to {}", number(members.average), number(members.worst))
}

/// Digits in groups of three; what is too many to count is said so.
fn number(number: u64) -> String {
    if number == u64::MAX {
        return "too many".to_owned();
    }
    let digits = number.to_string();
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
    fn numbers_are_grouped() {
        let cases =
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (u64::MAX, "too many")];
        for (given, shown) in cases {
            assert_eq!(number(given), shown);
        }
        assert_eq!(amount(Members { average: 1, worst: 2_000 }), "1 to 2,000");
        assert_eq!(amount(Members::exactly(7)), "7");
    }
}
