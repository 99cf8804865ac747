//! Every line fits the model, and says where it is from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize::facts::{Line, Report};
use assize_ingest::ingest;
use assize_lang::SourceText;
use assize_lang::plan::{Schema, Type};
use serde_json::Value;

use crate::inputs::{context, fixtures, samples};

/// The model, compiled.
fn model() -> Arc<Schema> {
    let sources: Vec<SourceText> = assize_stdlib::sources()
        .iter()
        .filter(|(path, _)| path.contains("model/"))
        .map(|(path, text)| SourceText { path: (*path).to_owned(), text: (*text).to_owned(), library: true })
        .collect();
    let compiled = assize_lang::compile(&sources);
    assert!(compiled.program.schema.fact("Finding").is_some(), "{:?}", compiled.diagnostics);
    Arc::clone(&compiled.program.schema)
}

/// Whether a value fits a type.
fn fits(schema: &Schema, ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Bool, Value::Bool(_))
        | (Type::Double, Value::Number(_))
        | (Type::String, Value::String(_)) => true,
        (Type::Int, Value::Number(number)) => number.is_i64(),
        (Type::Timestamp, Value::String(text)) => text.parse::<assize::facts::Instant>().is_ok(),
        (Type::Enum(name), Value::String(text)) => schema.enums[name].index_of(text).is_some(),
        (Type::Fact(_), Value::String(key)) => !key.is_empty(),
        (Type::List(of), Value::Array(values)) => values.iter().all(|value| fits(schema, of, value)),
        _ => false,
    }
}

fn check(schema: &Schema, report: &Report) -> Result<(), String> {
    let fact = schema.fact(&report.ty).ok_or_else(|| format!("no type {}", report.ty))?;
    if report.fields.get(fact.key.as_str()).and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(format!("a {} without key", report.ty));
    }
    for (name, value) in &report.fields {
        let field = fact.field(name).ok_or_else(|| format!("{} has no field {name}", report.ty))?;
        if !(field.optional && value.is_null() || fits(schema, &field.ty, value)) {
            return Err(format!("{}.{name}: {value} is no {}", report.ty, field.ty));
        }
    }
    Ok(())
}

#[test]
fn every_line_fits_the_model() {
    let model = model();
    for input in fixtures().into_iter().chain(samples()) {
        let output = ingest(input.tool, &input.bytes, "input", &context())
            .unwrap_or_else(|error| panic!("{}: {error}", input.name()));
        let mut runs = BTreeSet::new();
        for line in &output.lines {
            let source = match line {
                Line::Report(report) => {
                    check(&model, report).unwrap_or_else(|wrong| panic!("{}: {wrong}", input.name()));
                    &report.source
                }
                Line::Run(run) => {
                    assert!(run.types.iter().all(|ty| model.fact(ty).is_some()), "{}", input.name());
                    assert!(!run.scope.is_empty() && run.from <= run.until, "{}", input.name());
                    assert!(runs.insert(run.id.clone()), "{}: two runs with one id", input.name());
                    &run.source
                }
                Line::SameAs(same) => {
                    assert!(model.fact(&same.ty).is_some() && same.alias != same.is, "{}", input.name());
                    &same.source
                }
                Line::Retract(retract) => &retract.source,
            };
            assert_eq!(source.tool, input.tool, "{}", input.name());
            assert_eq!(Line::from_json(line.to_json()).as_ref(), Ok(line), "{}", input.name());
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
