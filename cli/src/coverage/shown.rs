//! The matrix, for people and for documents.

use super::{Matrix, Row, Served, Sight, Status};
use crate::output::card::{Card, heading};
use crate::output::term::{Term, clean};
use crate::sources::count;

/// How many sensors are listed.
const SENSORS: usize = 8;

/// How many controls are drawn with their policies; with more, each is a line.
const WHOLE: usize = 3;

const fn color(status: Status) -> &'static str {
    match status {
        Status::Evidenced => "1;32",
        Status::Partly => "1;33",
        Status::Contradicted => "1;31",
        Status::NotAssessable => "1;36",
        Status::OutOfScope => "2",
    }
}

const fn sight(sight: Sight) -> &'static str {
    match sight {
        Sight::Whole => "sees what it needs",
        Sight::Part => "sees a part",
        Sight::None => "blind",
    }
}

/// For people: a line a control, or all of it where few were asked for.
pub fn text(matrix: &Matrix, term: Term) -> String {
    let mut out = String::new();
    let few = matrix.controls.len() <= WHOLE;
    for rows in matrix.controls.chunk_by(|a, b| a.catalog == b.catalog) {
        let Some(first) = rows.first() else { continue };
        out.push_str(&heading(term, &clean(&first.catalog), "1"));
        let widest = rows.iter().map(|row| short(row).chars().count()).max().unwrap_or_default();
        for row in rows {
            if few {
                out.push_str(&card(row).draw(term, 2, color(row.status)));
                out.push('\n');
                continue;
            }
            let status = format!("{:<14}", row.status.words());
            let title = clean(&row.title);
            let room = term.width.saturating_sub(widest).saturating_sub(33);
            let line = format!(
                "  {:<widest$}  {}  {:>2} {:<8}  {}",
                short(row),
                term.paint(color(row.status), &status),
                row.policies.len(),
                if row.policies.len() == 1 { "policy" } else { "policies" },
                cut(&title, room)
            );
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    sensors(matrix, term, &mut out);
    summary(matrix, term, &mut out);
    out
}

fn short(row: &Row) -> &str {
    row.id.split_once('/').map_or(row.id.as_str(), |(_, id)| id)
}

fn card(row: &Row) -> Card {
    let mut card = Card::new(row.status.words(), format!("{} - {}", row.id, row.title));
    for policy in &row.policies {
        card.row("policies", said(policy));
        policy.gaps.iter().for_each(|gap| card.row("gaps", gap));
    }
    card
}

fn said(policy: &Served) -> String {
    let Served { policy: name, decided, undetermined, .. } = policy;
    let open = if *undetermined > 0 { format!(", {undetermined} cannot be told") } else { String::new() };
    format!("{name}: {}, {}{open}", sight(policy.sight), count(*decided, "decision"))
}

fn sensors(matrix: &Matrix, term: Term, out: &mut String) {
    if matrix.sensors.is_empty() {
        return;
    }
    out.push_str(&heading(term, "WHAT WOULD SETTLE MOST", "1"));
    for sensor in matrix.sensors.iter().take(SENSORS) {
        let mut card = Card::new("", clean(&sensor.what));
        card.row("settles", format!("{}; helps {} more", count(sensor.settles, "case"), sensor.helps));
        card.row("of", sensor.policies.iter().cloned().collect::<Vec<_>>().join(", "));
        out.push_str(&card.draw(term, 2, "36"));
    }
    let more = matrix.sensors.len().saturating_sub(SENSORS);
    if more > 0 {
        out.push_str(&format!("  {}\n", term.dim(&format!("and {more} more; --format json lists them"))));
    }
}

fn summary(matrix: &Matrix, term: Term, out: &mut String) {
    let mut card = Card::new("", "");
    let of = |status: Status| matrix.controls.iter().filter(|row| row.status == status).count();
    let all =
        [Status::Evidenced, Status::Partly, Status::Contradicted, Status::NotAssessable, Status::OutOfScope];
    let words: Vec<String> = all.iter().map(|status| format!("{} {}", of(*status), status.words())).collect();
    card.row("controls", words.join(", "));
    let live = matrix.telemetry.iter().filter(|it| it.scopes.iter().any(|scope| scope.live)).count();
    card.row("signals", format!("{live} of {} are live somewhere", matrix.telemetry.len()));
    card.row("open", format!("{} on something that is not known", count(matrix.open, "case")));
    card.row("note", "evidence, not compliance: whether a control is met is an assessor's to say");
    out.push_str(&heading(term, "SUMMARY", "1"));
    out.push_str(&card.draw(term, 0, "1"));
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// For documents: a table a catalog, then the telemetry and what would settle most.
pub fn markdown(matrix: &Matrix) -> String {
    let mut out = format!(
        "# Controls and evidence\n\nAt {}, {}. Evidence, not compliance.\n",
        matrix.now, matrix.snapshot
    );
    for rows in matrix.controls.chunk_by(|a, b| a.catalog == b.catalog) {
        let Some(first) = rows.first() else { continue };
        out.push_str(&format!(
            "\n## {}\n\n| control | status | policies | gaps |\n| --- | --- | --- | --- |\n",
            cell(&first.catalog)
        ));
        for row in rows {
            let policies: Vec<String> =
                row.policies.iter().map(|it| format!("`{}` ({})", it.policy, sight(it.sight))).collect();
            let mut gaps: Vec<&str> =
                row.policies.iter().flat_map(|it| &it.gaps).map(String::as_str).collect();
            gaps.dedup();
            let gaps: Vec<&str> = gaps.into_iter().take(3).collect();
            out.push_str(&format!(
                "| **{}** {} | {} | {} | {} |\n",
                cell(short(row)),
                cell(&row.title),
                row.status.words(),
                cell(&policies.join(", ")),
                cell(&gaps.join("; "))
            ));
        }
    }
    out.push_str("\n## Telemetry\n\n| signal | live in | silent in |\n| --- | --- | --- |\n");
    for signal in &matrix.telemetry {
        let of = |live: bool| {
            let scopes = signal.scopes.iter().filter(|scope| scope.live == live);
            scopes.map(|scope| format!("`{}`", scope.scope)).collect::<Vec<_>>().join(", ")
        };
        out.push_str(&format!(
            "| `{}` | {} | {} |\n",
            cell(&signal.signal),
            cell(&of(true)),
            cell(&of(false))
        ));
    }
    out.push_str(
        "\n## What would settle most\n\n| what | settles | helps | policies |\n| --- | --- | --- | --- |\n",
    );
    for sensor in &matrix.sensors {
        let policies = sensor.policies.iter().cloned().collect::<Vec<_>>().join(", ");
        out.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            cell(&sensor.what),
            sensor.settles,
            sensor.helps,
            cell(&policies)
        ));
    }
    out
}

/// A cell of a table: on one line, its bars escaped.
fn cell(text: &str) -> String {
    clean(text).replace('|', "\\|")
}
