//! Everything that is written in the language parses.

use super::{below, here, parse, unread};

#[test]
fn every_file_of_the_repository_parses() {
    let files = below(&here().join("../../.."), "assize");
    assert!(files.len() > 50, "the standard library is among them");
    let mut wrong = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        wrong.extend(unread(&parse(&text)).into_iter().map(|place| format!("{}:{place}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The pages of the language, without what they show as no Assize.
#[test]
fn every_block_of_the_language_reference_parses() {
    let mut wrong = Vec::new();
    let mut parsed = 0;
    for path in below(&here().join("../../../docs/language"), "md") {
        let page = std::fs::read_to_string(&path).unwrap();
        // Outside, inside, outside …
        let parts: Vec<&str> = page.split("```").collect();
        for (index, part) in parts.iter().enumerate().skip(1).step_by(2) {
            let Some(text) = part.strip_prefix("assize\n") else { continue };
            // A block below it that says what is wrong with its syntax: codes from E0101 to E0199.
            let said = parts.get(index + 2).filter(|next| next.starts_with("diagnostics"));
            if said.is_some_and(|said| said.contains("\nE01")) {
                continue;
            }
            parsed += 1;
            let found = unread(&parse(text));
            wrong.extend(found.into_iter().map(|place| format!("{}: {place} in\n{text}", path.display())));
        }
    }
    assert!(parsed > 50, "{parsed} blocks");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A keystroke in the middle of a text: what stands around it is read all the same.
#[test]
fn what_is_not_finished_costs_its_own_item() {
    let text = "package a\n\npolicy one {\n  for s: Secret\n  decide { s.x => alert \n unknown => }\n}\n\nfn two(): int = 2\n\npolicy three {\n  for s: Secret\n  decide alert low because \"\"\n}\n";
    let tree = parse(text);
    assert!(tree.root_node().has_error());
    let mut names = Vec::new();
    super::visit(tree.root_node(), &mut |node| {
        if matches!(node.kind(), "package_item" | "fn_item" | "policy_item") && !node.has_error() {
            names.push(node.kind());
        }
    });
    assert!(
        names.starts_with(&["package_item"]) && names.ends_with(&["fn_item", "policy_item"]),
        "{names:?}"
    );
}
