//! JUnit: a suite for each policy, and in it a test case for each of its cases.

use std::collections::BTreeMap;

use super::super::test_report::xml;
use super::{Case, Cases, wanted};
use crate::output::decision;

/// The cases of a policy, and how many of them are failures, errors and skipped.
type Suite = (Vec<String>, usize, usize, usize);

/// A decision that reaches `--fail-on` is a failure; what cannot be told is skipped, or an error where a gap
/// fails the run.
pub fn text(cases: &Cases<'_>) -> String {
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for case in &cases.decided {
        let suite = suites.entry(&case.decision.policy).or_default();
        suite.0.push(decided(case));
        suite.1 = suite.1.saturating_add(usize::from(case.fails));
    }
    for open in cases.open {
        let suite = suites.entry(&open.policy).or_default();
        let name = xml(&decision::anchor(&open.anchor));
        let (policy, why) = (xml(&open.policy), xml(&wanted(open)));
        let inner = if cases.open_fails {
            suite.2 = suite.2.saturating_add(1);
            format!("      <error message=\"{why}\"/>\n")
        } else {
            suite.3 = suite.3.saturating_add(1);
            format!("      <skipped message=\"{why}\"/>\n")
        };
        suite
            .0
            .push(format!("    <testcase classname=\"{policy}\" name=\"{name}\">\n{inner}    </testcase>\n"));
    }
    let sum = |of: fn(&Suite) -> usize| suites.values().map(of).fold(0_usize, usize::saturating_add);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assize\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        sum(|suite| suite.0.len()),
        sum(|suite| suite.1),
        sum(|suite| suite.2),
        sum(|suite| suite.3)
    );
    for (policy, (tests, failures, errors, skipped)) in &suites {
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n",
            xml(policy),
            tests.len()
        ));
        tests.iter().for_each(|test| out.push_str(test));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn decided(case: &Case<'_>) -> String {
    let (policy, name) = (xml(&case.decision.policy), xml(&decision::anchor(&case.decision.anchor)));
    let (title, why) = (xml(&decision::outcomes(case.decision)), xml(&case.message()));
    let (file, line) = (xml(&case.place.file), case.place.line);
    let inner = if case.fails {
        format!("      <failure message=\"{title}\" type=\"decision\">{file}:{line}: {why}</failure>\n")
    } else {
        format!("      <system-out>{title}: {why}</system-out>\n")
    };
    format!(
        "    <testcase classname=\"{policy}\" name=\"{name}\" file=\"{file}\" line=\"{line}\">\n{inner}    </testcase>\n"
    )
}
