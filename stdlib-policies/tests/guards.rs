//! No policy of the library ends or cuts off by itself what somebody needs in an emergency: what acts on identities,
//! secrets, grants or workloads asks whether they are kept for emergencies or for response, and spares traps. That it
//! asks is held here; that the answer counts is held by the tests beside each policy.

use assize_lang::plan::{FactKind, OutcomeKind, Policy, Stage, Type};
use assize_lang::{SourceText, compile};

/// The type of what an outcome acts on, where it takes effect on something that is there: a request that is held,
/// and a change that is only laid out for somebody, end nothing.
fn acts_on(outcome: &OutcomeKind) -> Option<&str> {
    let target = match outcome {
        OutcomeKind::Revoke { by: Stage::Stage, .. }
        | OutcomeKind::Rank { .. }
        | OutcomeKind::Alert { .. } => {
            return None;
        }
        OutcomeKind::Revoke { target, .. } | OutcomeKind::Block { target, .. } => target,
    };
    let mut ty = &target.ty;
    while let Type::List(of) = ty {
        ty = of;
    }
    match ty {
        Type::Fact(name) => Some(name.as_str()),
        _ => None,
    }
}

#[test]
fn whatever_ends_or_cuts_off_asks_first_whether_it_may() {
    let sources: Vec<SourceText> = assize_stdlib::sources()
        .iter()
        .map(|(path, text)| SourceText { path: (*path).to_owned(), text: (*text).to_owned(), library: true })
        .collect();
    let program = compile(&sources).program;
    let request = |name: &str| program.schema.fact(name).is_some_and(|fact| fact.kind == FactKind::Request);
    let acts = |policy: &Policy, what: &str| {
        let outcomes = policy.arms.iter().flat_map(|arm| &arm.outcomes);
        outcomes
            .filter_map(|outcome| acts_on(&outcome.kind))
            .any(|ty| !request(ty) && (what.is_empty() || ty == what))
    };
    let (mut seen, mut rash) = (0, Vec::new());
    for (name, policy) in &program.policies {
        if acts(policy, "") {
            seen += 1;
            if !policy.text.contains("guarded()") {
                rash.push(format!("{name} does not ask whether what it ends is guarded"));
            }
        }
        if acts(policy, "nhi.model.Secret") && !policy.text.contains("canary") {
            rash.push(format!("{name} ends secrets, and traps among them"));
        }
    }
    assert!(rash.is_empty(), "{}", rash.join("\n"));
    assert!(seen >= 30, "{seen} policies act on something");
}
