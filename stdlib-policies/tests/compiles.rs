//! The standard library is held to its own standard: no error, and no warning either.

use assize_lang::{SourceText, compile};

/// What no bundled policy asks, and others may: it is too much to be asked of every identity.
const OFFERED: [&str; 1] = ["stdlib/reach/privilege.assize: W0608 nothing uses fn `blast_radius`"];

#[test]
fn the_checker_has_nothing_to_say() {
    let sources: Vec<SourceText> = assize_stdlib::sources()
        .iter()
        .map(|(path, text)| SourceText { path: (*path).to_owned(), text: (*text).to_owned(), library: false })
        .collect();
    let compiled = compile(&sources);
    let mut said = Vec::new();
    for file in &compiled.diagnostics {
        for diagnostic in &file.diagnostics {
            said.push(format!("{}: {} {}", file.path, diagnostic.code, diagnostic.message));
        }
    }
    assert_eq!(said, OFFERED);
    assert!(!compiled.program.policies.is_empty());
}

#[test]
fn every_policy_is_documented_mapped_and_tested() {
    let sources: Vec<SourceText> = assize_stdlib::sources()
        .iter()
        .map(|(path, text)| SourceText { path: (*path).to_owned(), text: (*text).to_owned(), library: true })
        .collect();
    let program = compile(&sources).program;
    for (name, policy) in &program.policies {
        assert!(!policy.docs.is_empty(), "{name} has no documentation");
        assert!(!policy.maps.is_empty(), "{name} serves no control");
        let tested = program.tests.iter().any(|test| {
            test.steps.iter().any(|(step, _)| match step {
                assize_lang::plan::Step::Expect(expect) => expect.by.as_ref() == Some(name),
                _ => false,
            })
        });
        assert!(tested, "{name} has no test");
    }
    for (name, param) in &program.params {
        assert!(
            !param.docs.is_empty() && !param.source.is_empty(),
            "{name} does not say where it comes from"
        );
        // Patterns have no order to lie between.
        let unordered = matches!(param.ty, assize_lang::plan::Type::String);
        assert!(param.bounds.is_some() || unordered, "{name} has no bounds");
    }
}
