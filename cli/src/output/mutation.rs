//! Which changes to policies no test noticed, for people.

use assize::{Mutation, PolicyMutants};

use super::term::{Term, clean};
use crate::sources::count;

/// A line a policy, below it the changes that all tests passed on.
pub fn text(term: Term, mutation: &Mutation) -> String {
    let mut out = String::new();
    for policy in &mutation.policies {
        let head = format!("{} {}:{}", term.bold(&clean(&policy.policy)), clean(&policy.file), policy.line);
        let code = if policy.survivors.is_empty() && policy.untried == 0 { "32" } else { "33" };
        out.push_str(&format!("{head}: {}\n", term.paint(code, &sums(policy))));
        for mutant in &policy.survivors {
            let what = clean(&mutant.change);
            out.push_str(&format!("  {}:{}: {what}\n", clean(&policy.file), mutant.line));
        }
    }
    let sums = format!("mutants: {} killed, {} survived", mutation.killed, mutation.survived);
    out.push_str(&format!("{}\n", term.bold(&sums)));
    out
}

fn sums(policy: &PolicyMutants) -> String {
    let all = policy.killed.saturating_add(policy.survivors.len());
    let mut out = format!("{} of {all} mutants killed by {}", policy.killed, count(policy.tests, "test"));
    if policy.untried > 0 {
        out.push_str(&format!(", {} not tried", policy.untried));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use assize::Mutant;

    #[test]
    fn survivors_stand_with_their_place() {
        let policy = |name: &str, killed, changes: &[&str], untried| PolicyMutants {
            policy: name.to_owned(),
            file: "a.assize".to_owned(),
            line: 3,
            tests: 1,
            killed,
            survivors: changes.iter().map(|it| Mutant { line: 7, change: (*it).to_owned() }).collect(),
            untried,
        };
        let policies = vec![policy("acme.a", 9, &[], 0), policy("acme.b", 3, &["`45d` made `46d`"], 2)];
        let mutation = Mutation { killed: 12, survived: 1, policies };
        insta::assert_snapshot!(text(Term::PLAIN, &mutation), @"
        acme.a a.assize:3: 9 of 9 mutants killed by 1 test
        acme.b a.assize:3: 3 of 4 mutants killed by 1 test, 2 not tried
          a.assize:7: `45d` made `46d`
        mutants: 12 killed, 1 survived
        ");
    }
}
