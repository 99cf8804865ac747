//! The bundled policies and their tests.

#[test]
fn every_test_of_the_bundled_policies_passes() {
    let engine = assize::Engine::builder().stdlib().stdlib_tests().build().unwrap();
    let reports = engine.run_tests(None);
    let failed: Vec<String> = reports
        .iter()
        .flat_map(|report| {
            report.failures.iter().map(move |failure| {
                format!(
                    "{}: {}\n  expected {}\n  got {}",
                    report.file, report.name, failure.expected, failure.got
                )
            })
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(reports.len() >= 30, "{} tests", reports.len());
}

/// No bundled policy counts whom an identity can act as: it would ask about every identity for each.
#[test]
fn an_identity_can_act_as_whomever_a_step_leads_to_and_no_other() {
    let path = "stdlib/privilege/escalation_path_test.assize";
    let (_, written) = assize_stdlib::sources().iter().find(|(known, _)| *known == path).unwrap();
    let mut tests = written.split_inclusive("\n}\n").map(str::trim_start);
    let test = tests.find(|test| test.starts_with("test \"whom an agent can act as")).unwrap();
    let counted = test.replace(
        r#"by escalation_path because contains "can get everything""#,
        r#"by radius because contains "as 7 others""#,
    );
    assert_ne!(counted, test);
    let text = format!(
        r#"package radius
use assize.core.*
use nhi.model.*
use nhi.reach.*
policy radius {{
  for i: Identity
  where i.id == "agent"
  decide {{ otherwise => alert high because "as {{blast_radius(i)}} others" }}
}}
{counted}"#
    );
    let engine = assize::Engine::builder().stdlib().source("radius.assize", text).build().unwrap();
    let reports = engine.run_tests(None);
    assert_eq!(reports.len(), 1);
    assert!(reports.iter().all(assize::TestReport::passed), "{reports:#?}");
}
