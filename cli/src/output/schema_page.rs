//! The types of facts as a page of reference: a drawing of who refers to whom, and a section for each type.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use assize::facts::format_duration;
use assize::value::{from_const, to_json};
use assize_lang::plan::{EnumType, FactKind, FactType, Name, Schema, Signal, Type};

use super::schema::{basis, coverage, first_paragraph};

/// The page, in Markdown whose drawings are Mermaid's.
pub fn markdown(schema: &Schema) -> String {
    let mut out = String::from("# The model of facts\n\n");
    out.push_str(
        "Written by `assize schema --format markdown`. A field with `?` may be absent of itself; any field may not\n\
         have been collected, which is something else. A list holds the facts that refer to this one.\n\n",
    );
    let groups = [
        (FactKind::Entity, "Entities", "Things that are: they hold until somebody says otherwise."),
        (FactKind::Event, "Events", "What happened, at an instant."),
        (FactKind::Request, "Requests", "What somebody asks for, decided before it happens."),
    ];
    for (kind, title, means) in groups {
        let facts: Vec<&FactType> = schema.facts.values().filter(|fact| fact.kind == kind).collect();
        if facts.is_empty() {
            continue;
        }
        let _ = writeln!(out, "## {title}\n\n{means}\n");
        out.push_str(&drawing(&facts));
        for fact in facts {
            out.push_str(&section(schema, fact));
        }
    }
    if !schema.enums.is_empty() {
        out.push_str("## Enums\n\n`<` says that they are ordered.\n\n| enum | members | means |\n| --- | --- | --- |\n");
        schema.enums.values().for_each(|it| out.push_str(&enum_row(it)));
        out.push('\n');
    }
    if !schema.signals.is_empty() {
        out.push_str(
            "## Signals\n\nWhat has to have watched before the absence of a fact is known. A deployment may say other\n\
             figures in `assize.toml`.\n\n| signal | watches | judged by | lag | gap | loss |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        schema.signals.values().for_each(|signal| out.push_str(&signal_row(signal)));
    }
    out
}

/// Who refers to whom. The arrow bears the field's name.
fn drawing(facts: &[&FactType]) -> String {
    let mut arrows: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for fact in facts {
        for field in &fact.fields {
            if let Some(target) = target(&field.ty) {
                arrows.entry((fact.name.short(), target.short())).or_default().push(field.name.as_str());
            }
        }
    }
    if arrows.is_empty() {
        return String::new();
    }
    let mut out = String::from("```mermaid\nflowchart LR\n");
    for ((from, to), fields) in arrows {
        let _ = writeln!(out, "  {from} -- {} --> {to}", fields.join(", "));
    }
    out.push_str("```\n\n");
    out
}

/// What a field refers to, through lists and maps.
fn target(ty: &Type) -> Option<&Name> {
    match ty {
        Type::Fact(name) => Some(name),
        Type::List(of) => target(of),
        Type::Map(_, of) => target(of),
        _ => None,
    }
}

fn section(schema: &Schema, fact: &FactType) -> String {
    let mut out = format!("### {}\n\n", fact.name.short());
    if !fact.docs.trim().is_empty() {
        let _ = writeln!(out, "{}\n", fact.docs.trim());
    }
    out.push_str("| field | type | means |\n| --- | --- | --- |\n");
    for field in &fact.fields {
        let mark = if field.optional { "?" } else { "" };
        let mut means = first_paragraph(&field.docs);
        if field.name == fact.key {
            means = format!("The key. {means}");
        }
        if let Some(default) = &field.default {
            let default = to_json(&from_const(default), schema);
            means = format!("{means} Where nobody says it: `{default}`.");
        }
        let ty = format!("{}{mark}", linked(schema, &field.ty));
        let _ = writeln!(out, "| `{}` | {ty} | {} |", field.name, cell(&means));
    }
    for inverse in &fact.inverses {
        let of = link(schema, &inverse.of);
        let _ = writeln!(out, "| `{}` | list of {of} | Those whose `{}` it is. |", inverse.name, inverse.via);
    }
    out.push('\n');
    if fact.kind != FactKind::Request {
        let mut says = Vec::new();
        if let Some(fresh) = fact.fresh_for {
            says.push(format!("A report is fresh for {}.", format_duration(fresh)));
        }
        if let Some((from, until)) = &fact.lives {
            let until = until.as_ref().map_or(String::new(), |until| format!(" until `{until}`"));
            says.push(format!("It lives from `{from}`{until}."));
        }
        says.push(format!("Its absence is {}.", coverage(&fact.coverage)));
        let _ = writeln!(out, "{}\n", says.join(" "));
    }
    out
}

/// A type's name; one that has a section here leads there.
fn linked(schema: &Schema, ty: &Type) -> String {
    match target(ty) {
        Some(name) if matches!(ty, Type::Fact(_)) => link(schema, name),
        _ => format!("`{}`", ty.to_string().replace('|', "\\|")),
    }
}

fn link(schema: &Schema, name: &Name) -> String {
    let short = name.short();
    if schema.facts.contains_key(name) {
        format!("[`{short}`](#{})", short.to_lowercase())
    } else {
        format!("`{short}`")
    }
}

fn enum_row(it: &EnumType) -> String {
    let members: Vec<&str> = it.members.iter().map(|member| member.name.as_str()).collect();
    let members = members.join(if it.ordered { " < " } else { ", " });
    format!("| `{}` | {} | {} |\n", it.name.short(), cell(&members), cell(&first_paragraph(&it.docs)))
}

fn signal_row(signal: &Signal) -> String {
    let (lag, gap) = (format_duration(signal.lag), format_duration(signal.gap));
    let means = cell(&first_paragraph(&signal.docs));
    format!(
        "| `{}` | {means} | {} | {lag} | {gap} | {} ppm |\n",
        signal.name,
        basis(signal.basis),
        signal.loss
    )
}

/// A text that stays within one cell.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('<', "&lt;")
}
