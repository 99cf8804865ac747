//! The page that says which connector fills what is made of what they make of their fixtures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use assize::Engine;
use assize::facts::Line;
use assize_ingest::{connectors, ingest};
use assize_lang::plan::{FactKind, FactType};

use crate::inputs::{context, fixtures};

/// What connectors say of a type: by field, who fills it.
type Filled = BTreeMap<String, BTreeMap<String, BTreeSet<&'static str>>>;

fn filled() -> Filled {
    let mut filled = Filled::new();
    for input in fixtures() {
        for line in ingest(input.tool, &input.bytes, "input", &context()).unwrap().lines {
            let Line::Report(report) = line else { continue };
            let fields = filled.entry(report.ty).or_default();
            for (name, _) in report.fields {
                fields.entry(name).or_default().insert(input.tool);
            }
        }
    }
    filled
}

fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn row(fact: &FactType, filled: &Filled) -> String {
    let none = BTreeMap::new();
    let fields = filled.get(fact.name.short()).unwrap_or(&none);
    let tools: BTreeSet<&str> = fields.values().flatten().copied().collect();
    let own = fact.fields.iter().map(|field| field.name.as_str()).filter(|name| !fields.contains_key(*name));
    let (tools, own) = match tools.is_empty() {
        true => ("your own lines".to_owned(), "all".to_owned()),
        false => {
            let linked = tools.iter().map(|tool| format!("[{tool}]({tool}.md)"));
            (linked.collect::<Vec<_>>().join(", "), names(own))
        }
    };
    format!("| `{}` | {tools} | {own} |\n", fact.name.short())
}

fn page() -> String {
    let mut page = String::from(
        "# Connectors\n\nA page a tool: the read-only command that makes its input, the facts it becomes, what its silence \
         proves and what is a reject.\nWhat no connector knows comes by a map of your own records ([json](json.md)) or as \
         lines of facts (`assize schema TYPE`).\n\n| connector | reads |\n| --- | --- |\n",
    );
    for connector in connectors() {
        let name = connector.name();
        writeln!(page, "| [{name}]({name}.md) | {} |", connector.title()).unwrap();
    }
    page.push_str(
        "\n## Who fills what\n\nMade of what the connectors make of their fixtures, by `cargo dev docs`. A field in the last \
         column no tool says, or none that is\nread: it comes by your own lines, from whoever knows it, and is *not collected* \
         until then.\n\n| type | filled by | your own lines say |\n| --- | --- | --- |\n",
    );
    let filled = filled();
    let engine = Engine::builder().stdlib().build().unwrap();
    let facts = engine.program().schema.facts.values();
    for fact in facts.filter(|fact| fact.kind != FactKind::Request) {
        page.push_str(&row(fact, &filled));
    }
    page
}

#[test]
fn the_page_of_connectors_says_who_fills_what() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/connectors/README.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "`cargo dev docs` writes docs/connectors/README.md");
}
