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
