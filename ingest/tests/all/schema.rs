//! Every line fits the model, and says where it is from.

use std::collections::{BTreeMap, BTreeSet};

use assize::Engine;
use assize::facts::Line;
use assize_ingest::ingest;
use serde_json::Value;

use crate::inputs::{context, fixtures, samples};

#[test]
fn every_line_fits_the_model() {
    let engine = Engine::builder().stdlib().build().unwrap();
    for input in fixtures().into_iter().chain(samples()) {
        let output = ingest(input.tool, &input.bytes, "input", &context())
            .unwrap_or_else(|error| panic!("{}: {error}", input.name()));
        let mut loader = engine.loader();
        // Of a long output a part, evenly spread.
        let step = output.lines.len().div_ceil(3_000).max(1);
        for (number, line) in (1..).zip(output.lines.iter().step_by(step)) {
            loader.line("input", number, &line.to_json().to_string());
        }
        let rejects = loader.finish().rejects().to_vec();
        assert!(rejects.is_empty(), "{}: {:?}", input.name(), &rejects[..rejects.len().min(5)]);
    }
}

#[test]
fn every_line_says_where_it_is_from() {
    for input in fixtures() {
        let output = ingest(input.tool, &input.bytes, "input", &context()).unwrap();
        let mut runs = BTreeSet::new();
        for line in &output.lines {
            let source = match line {
                Line::Report(report) => &report.source,
                Line::Retract(retract) => &retract.source,
                Line::SameAs(same) => {
                    assert_ne!(same.alias, same.is, "{}", input.name());
                    &same.source
                }
                Line::Run(run) => {
                    assert!(!run.scope.is_empty(), "{}", input.name());
                    assert!(runs.insert(run.id.clone()), "{}: two runs with one id", input.name());
                    &run.source
                }
            };
            assert_eq!(source.tool, input.tool, "{}", input.name());
        }
    }
}

#[test]
fn what_agrees_about_one_fact_at_one_instant_is_one_report() {
    for input in fixtures() {
        let output = ingest(input.tool, &input.bytes, "input", &context()).unwrap();
        let mut seen: BTreeMap<_, Vec<serde_json::Map<String, Value>>> = BTreeMap::new();
        for line in &output.lines {
            if let Line::Report(report) = line {
                let key = (
                    report.source.identity(),
                    &report.ty,
                    report.fields["id"].to_string(),
                    report.observed_at,
                );
                let earlier = seen.entry(key).or_default();
                for it in earlier.iter() {
                    let agree = report
                        .fields
                        .iter()
                        .all(|(name, value)| it.get(name).is_none_or(|said| said == value));
                    assert!(!agree, "{}: {it:?} and {:?}", input.name(), report.fields);
                }
                earlier.push(report.fields.clone());
            }
        }
    }
}
