//! The types of facts, for people and for programs.

use assize::facts::format_duration;
use assize_lang::plan::{
    Basis, Coverage, CoveredBy, EnumType, FactKind, FactType, Name, Schema, Signal, Type,
};
use serde_json::{Value, json};

use super::card::{Card, heading};
use super::term::Term;

/// What is drawn: everything, or what one name means.
pub fn text(term: Term, schema: &Schema, only: Option<&str>) -> Option<String> {
    let wanted = |name: &Name| only.is_none_or(|only| name.as_str() == only || name.short() == only);
    let mut out = String::new();
    let mut group = |title: &str, cards: Vec<Card>| {
        if cards.is_empty() {
            return;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&heading(term, title, "1"));
        for card in cards {
            out.push_str(&card.draw(term, 2, "36"));
        }
    };
    for (kind, title) in
        [(FactKind::Entity, "entities"), (FactKind::Event, "events"), (FactKind::Request, "requests")]
    {
        let facts = schema.facts.values().filter(|fact| fact.kind == kind && wanted(&fact.name));
        group(title, facts.map(fact_card).collect());
    }
    group("enums", schema.enums.values().filter(|it| wanted(&it.name)).map(enum_card).collect());
    group("signals", schema.signals.values().filter(|it| wanted(&it.name)).map(signal_card).collect());
    (!out.is_empty()).then_some(out)
}

fn fact_card(fact: &FactType) -> Card {
    let mut card = Card::new(fact.name.short(), "");
    card.row("means", first_paragraph(&fact.docs));
    for field in &fact.fields {
        let mut text = format!("{}: {}{}", field.name, field.ty, if field.optional { "?" } else { "" });
        if field.name == fact.key {
            text.push_str(", the key");
        }
        let docs = first_paragraph(&field.docs);
        if !docs.is_empty() {
            text.push_str(&format!("  - {docs}"));
        }
        card.row("fields", text);
    }
    for inverse in &fact.inverses {
        card.row(
            "lists",
            format!("{}: the {} whose `{}` it is", inverse.name, inverse.of.short(), inverse.via),
        );
    }
    if let Some(fresh) = fact.fresh_for {
        card.row("fresh", format!("for {}", format_duration(fresh)));
    }
    if let Some((from, until)) = &fact.lives {
        let until = until.as_ref().map(|until| format!(" .. {until}")).unwrap_or_default();
        card.row("lives", format!("{from}{until}"));
    }
    if fact.kind != FactKind::Request {
        card.row("absence", coverage(&fact.coverage));
    }
    card
}

/// What makes the absence of a fact knowable, in words.
pub(super) fn coverage(coverage: &Coverage) -> String {
    let Coverage::By(alternatives) = coverage else {
        return "always known: the list is complete".to_owned();
    };
    let part = |part: &CoveredBy| {
        let path = |path: &Vec<Name>| path.iter().map(Name::as_str).collect::<Vec<_>>().join(".");
        let scope: Vec<String> = part.scope.iter().map(path).collect();
        if scope.is_empty() {
            part.signal.to_string()
        } else {
            format!("{} on {}", part.signal, scope.join(", "))
        }
    };
    let all = |parts: &Vec<CoveredBy>| parts.iter().map(part).collect::<Vec<_>>().join(" and ");
    format!("known where covered by {}", alternatives.iter().map(all).collect::<Vec<_>>().join(" or "))
}

fn enum_card(it: &EnumType) -> Card {
    let mut card = Card::new(it.name.short(), "");
    card.row("means", first_paragraph(&it.docs));
    let members: Vec<&str> = it.members.iter().map(|member| member.name.as_str()).collect();
    card.row("members", members.join(if it.ordered { " < " } else { ", " }));
    card
}

fn signal_card(signal: &Signal) -> Card {
    let mut card = Card::new(signal.name.as_str(), "");
    card.row("means", first_paragraph(&signal.docs));
    let basis = basis(signal.basis);
    let (lag, gap) = (format_duration(signal.lag), format_duration(signal.gap));
    card.row("judged", format!("by {basis}; lag {lag}, gap {gap}, loss {} ppm", signal.loss));
    card
}

pub(super) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Declared => "declaration",
        Basis::Run => "complete runs",
        Basis::Heartbeat => "heartbeats",
        Basis::Proven => "planted events",
    }
}

/// Everything, for programs.
pub fn json(schema: &Schema) -> Value {
    json!({
        "facts": schema.facts.values().map(fact_json).collect::<Vec<_>>(),
        "enums": schema.enums.values().map(|it| json!({
            "name": it.name.as_str(),
            "ordered": it.ordered,
            "members": it.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(),
            "docs": it.docs,
        })).collect::<Vec<_>>(),
        "signals": schema.signals.values().map(|signal| json!({
            "name": signal.name.as_str(),
            "lag": format_duration(signal.lag),
            "gap": format_duration(signal.gap),
            "loss_ppm": signal.loss,
            "basis": serde_json::to_value(signal.basis).unwrap_or_default(),
            "docs": signal.docs,
        })).collect::<Vec<_>>(),
    })
}

fn fact_json(fact: &FactType) -> Value {
    let field_type = |ty: &Type| ty.to_string();
    let path = |path: &Vec<Name>| path.iter().map(Name::as_str).collect::<Vec<_>>().join(".");
    let part = |part: &CoveredBy| json!({"signal": part.signal.as_str(), "scope": part.scope.iter().map(path).collect::<Vec<_>>()});
    let covered_by = match &fact.coverage {
        Coverage::Closed => Value::Null,
        Coverage::By(any) => any.iter().map(|all| all.iter().map(part).collect::<Value>()).collect(),
    };
    json!({
        "name": fact.name.as_str(),
        "kind": match fact.kind {
            FactKind::Entity => "entity",
            FactKind::Event => "event",
            FactKind::Request => "request",
        },
        "key": fact.key.as_str(),
        "fields": fact.fields.iter().map(|field| json!({
            "name": field.name.as_str(),
            "type": field_type(&field.ty),
            "optional": field.optional,
            "docs": field.docs,
        })).collect::<Vec<_>>(),
        "lists": fact.inverses.iter().map(|inverse| json!({
            "name": inverse.name.as_str(),
            "of": inverse.of.as_str(),
            "via": inverse.via.as_str(),
        })).collect::<Vec<_>>(),
        "fresh_for": fact.fresh_for.map(format_duration),
        "closed": matches!(fact.coverage, Coverage::Closed),
        "covered_by": covered_by,
        "docs": fact.docs,
    })
}

/// The first paragraph of a doc comment, on one line.
pub fn first_paragraph(docs: &str) -> String {
    let lines = docs.lines().map(str::trim).skip_while(|line| line.is_empty());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
