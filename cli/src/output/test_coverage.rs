//! What the tests exercise of the policies, for people: only what they do not.

use assize::{ArmCoverage, ConditionCoverage, ConditionKind, PolicyCoverage, Share, TestCoverage, Truth};

use super::term::{Term, clean};

/// A line a policy; below it what no test shows, with its place.
pub fn text(term: Term, coverage: &TestCoverage) -> String {
    let mut out = String::new();
    for policy in &coverage.policies {
        let whole = full(policy.total.arms) && full(policy.total.values);
        let sums = format!("{}, {}", share(policy.total.arms, "arms"), share(policy.total.values, "values"));
        let sums = if whole { term.paint("32", &sums) } else { term.paint("33", &sums) };
        let head = format!("{} {}:{}", term.bold(&clean(&policy.policy)), clean(&policy.file), policy.line);
        out.push_str(&format!("{head}: {sums}\n"));
        for (line, what) in gaps(policy) {
            out.push_str(&format!("  {}:{line}: {}\n", clean(&policy.file), clean(&what)));
        }
    }
    let (arms, values) = (share(coverage.total.arms, "arms"), share(coverage.total.values, "values"));
    out.push_str(&format!("{}\n", term.bold(&format!("covered by tests: {arms}, {values} of conditions"))));
    out
}

fn full(share: Share) -> bool {
    share.covered == share.of
}

fn share(share: Share, what: &str) -> String {
    format!("{} of {} {what}", share.covered, share.of)
}

/// What is not exercised, by line.
fn gaps(policy: &PolicyCoverage) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    for condition in policy.conditions.iter().filter(|one| one.kind != ConditionKind::Arm) {
        if !condition.never.is_empty() {
            out.push((condition.line, format!("{} was {}", place(condition), never(condition))));
        }
    }
    for arm in &policy.arms {
        let condition = policy
            .conditions
            .iter()
            .find(|one| one.kind == ConditionKind::Arm && one.arm == Some(arm.arm))
            .filter(|one| !one.never.is_empty());
        if let Some(what) = gap_of_arm(arm, condition) {
            out.push((arm.line, what));
        }
    }
    out.sort_by_key(|(line, _)| *line);
    out
}

fn gap_of_arm(arm: &ArmCoverage, condition: Option<&ConditionCoverage>) -> Option<String> {
    let head = format!("arm {} `{}`", arm.arm, arm.text);
    match (arm.decided, condition) {
        (0, None) => Some(format!("{head} never decided")),
        (0, Some(condition)) => Some(format!("{head} never decided; it was {}", never(condition))),
        (_, Some(condition)) => Some(format!("{head} was {}", never(condition))),
        (_, None) => None,
    }
}

fn place(condition: &ConditionCoverage) -> String {
    let text = &condition.text;
    match (condition.kind, &condition.name, condition.arm) {
        (ConditionKind::Let, Some(name), _) => format!("let {name} = `{text}`"),
        (ConditionKind::Operand, _, Some(arm)) => format!("arm {arm}: `{text}`"),
        _ => format!("where `{text}`"),
    }
}

/// `never true or unknown`
fn never(condition: &ConditionCoverage) -> String {
    let words: Vec<&str> = condition.never.iter().map(|truth| Truth::word(*truth)).collect();
    format!("never {}", words.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_said() {
        let condition = |kind, arm, name: Option<&str>, line, never: &[Truth]| ConditionCoverage {
            kind,
            arm,
            name: name.map(str::to_owned),
            text: "k.leaked".to_owned(),
            line,
            seen: Truth::ALL.into_iter().filter(|truth| !never.contains(truth)).collect(),
            never: never.to_vec(),
            cannot: Vec::new(),
        };
        let arm = |arm, line, decided| ArmCoverage { arm, text: "k.leaked".to_owned(), line, decided };
        let total =
            assize::CoverageTotal { arms: Share { covered: 1, of: 3 }, values: Share { covered: 9, of: 15 } };
        let policy = PolicyCoverage {
            policy: "acme.leak".to_owned(),
            file: "a.assize".to_owned(),
            line: 3,
            total,
            arms: vec![arm(1, 8, 2), arm(2, 9, 0), arm(3, 10, 0)],
            conditions: vec![
                condition(ConditionKind::Where, None, None, 5, &[Truth::Unknown]),
                condition(ConditionKind::Let, None, Some("used"), 6, &[Truth::False, Truth::Unknown]),
                condition(ConditionKind::Arm, Some(1), None, 8, &[]),
                condition(ConditionKind::Arm, Some(2), None, 9, &[Truth::True]),
                condition(ConditionKind::Operand, Some(2), None, 9, &[Truth::True, Truth::Unknown]),
            ],
        };
        insta::assert_snapshot!(text(Term::PLAIN, &TestCoverage { total, policies: vec![policy] }), @"
        acme.leak a.assize:3: 1 of 3 arms, 9 of 15 values
          a.assize:5: where `k.leaked` was never unknown
          a.assize:6: let used = `k.leaked` was never false or unknown
          a.assize:9: arm 2: `k.leaked` was never true or unknown
          a.assize:9: arm 2 `k.leaked` never decided; it was never true
          a.assize:10: arm 3 `k.leaked` never decided
        covered by tests: 1 of 3 arms, 9 of 15 values of conditions
        ");
    }
}
