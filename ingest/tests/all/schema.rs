//! Every line fits the model, and says where it is from.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::{Line, Report};
use assize_ingest::ingest;
use serde_json::Value;

use crate::inputs::{context, fixtures, samples};

/// A field of the model: its type as written, and whether it may be known absent.
type Fields = BTreeMap<String, String>;

/// The model, read from its text: enough of the language for declarations of one field a line.
struct Model {
    enums: BTreeMap<String, BTreeSet<String>>,
    facts: BTreeMap<String, Fields>,
}

impl Model {
    fn read() -> Self {
        let mut model = Self { enums: BTreeMap::new(), facts: BTreeMap::new() };
        let prelude = include_str!("../../../lang/src/prelude.assize");
        let texts = assize_stdlib::sources()
            .iter()
            .filter(|(path, _)| path.contains("model/"))
            .map(|(_, text)| *text);
        for text in texts.chain([prelude]) {
            let mut open: Option<String> = None;
            for line in text.lines().map(str::trim).filter(|line| !line.starts_with("///")) {
                let mut words = line.split_ascii_whitespace();
                match (words.next(), &open) {
                    (Some("enum"), _) => {
                        let name = words.next().unwrap().to_owned();
                        let members = line.split_once('{').unwrap().1.trim_end_matches('}');
                        let members = members.split([',', '<']).map(|it| it.trim().to_owned()).collect();
                        model.enums.insert(name, members);
                    }
                    (Some("signal"), _) => {
                        let signals = model.enums.entry("Signal".to_owned()).or_default();
                        signals.insert(words.next().unwrap().to_owned());
                    }
                    (Some("entity" | "event" | "request"), _) => {
                        let name = words.next().unwrap().to_owned();
                        model.facts.insert(name.clone(), Fields::new());
                        open = Some(name);
                    }
                    (Some(word), _) if word.starts_with('}') => open = None,
                    (Some(_), Some(fact)) => {
                        if let Some((name, ty)) = line.strip_prefix("key ").unwrap_or(line).split_once(':') {
                            let ty =
                                ty.split(['=', '/']).next().unwrap().split(" inverse").next().unwrap().trim();
                            model.facts.get_mut(fact).unwrap().insert(name.trim().to_owned(), ty.to_owned());
                        }
                    }
                    _ => {}
                }
            }
        }
        model
    }

    /// What is wrong with a value of a type; `None` where nothing is.
    fn wrong(&self, ty: &str, value: &Value) -> Option<String> {
        let fits = match (ty.strip_suffix('?'), value) {
            (Some(_), Value::Null) => true,
            (Some(inner), value) => return self.wrong(inner, value),
            (None, Value::Null) => false,
            (None, Value::Bool(_)) => ty == "bool",
            (None, Value::Number(it)) => ty == "double" || ty == "int" && it.is_i64(),
            (None, Value::String(text)) => match self.enums.get(ty) {
                Some(members) => members.contains(text),
                None if ty == "timestamp" => text.parse::<assize::facts::Instant>().is_ok(),
                None => ty == "string" || self.facts.contains_key(ty),
            },
            (None, Value::Array(values)) => {
                let inner = ty.strip_prefix("list<").and_then(|it| it.strip_suffix('>'));
                inner.is_some_and(|inner| values.iter().all(|value| self.wrong(inner, value).is_none()))
            }
            (None, Value::Object(_)) => false,
        };
        (!fits).then(|| format!("{value} is no {ty}"))
    }

    fn check(&self, report: &Report) -> Result<(), String> {
        let fields = self.facts.get(&report.ty).ok_or_else(|| format!("no type {}", report.ty))?;
        if report.fields.get("id").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err("no key".to_owned());
        }
        for (name, value) in &report.fields {
            let ty = fields.get(name).ok_or_else(|| format!("{} has no field {name}", report.ty))?;
            if let Some(wrong) = self.wrong(ty, value) {
                return Err(format!("{}.{name}: {wrong}", report.ty));
            }
        }
        Ok(())
    }
}

#[test]
fn every_line_fits_the_model() {
    let model = Model::read();
    assert!(model.facts.len() > 10 && model.enums["Severity"].contains("critical"));
    for input in fixtures().into_iter().chain(samples()) {
        let output = ingest(input.tool, &input.bytes, "input", &context())
            .unwrap_or_else(|error| panic!("{}: {error}", input.name()));
        let mut runs = BTreeSet::new();
        for line in &output.lines {
            let source = match line {
                Line::Report(report) => {
                    model.check(report).unwrap_or_else(|wrong| panic!("{}: {wrong}", input.name()));
                    &report.source
                }
                Line::Run(run) => {
                    assert!(run.types.iter().all(|ty| model.facts.contains_key(ty)), "{}", input.name());
                    assert!(!run.scope.is_empty() && run.from <= run.until, "{}", input.name());
                    assert!(runs.insert(run.id.clone()), "{}: two runs with one id", input.name());
                    &run.source
                }
                Line::SameAs(same) => {
                    assert!(model.facts.contains_key(&same.ty) && same.alias != same.is, "{}", input.name());
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
