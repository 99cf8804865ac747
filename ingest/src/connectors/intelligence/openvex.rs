//! OpenVEX documents: who says what of which vulnerability in which product.

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::Aliases;
use crate::vex::{Statement, Statements};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json};

/// Reads OpenVEX.
#[derive(Clone, Copy, Debug)]
pub struct OpenVex;

const NAME: &str = "openvex";

impl Connector for OpenVex {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "OpenVEX: what somebody says of vulnerabilities in products"
    }

    fn basis(&self) -> Basis {
        Basis::Declared
    }

    fn command(&self) -> &'static str {
        "vexctl merge *.openvex.json > openvex.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.scalar("@context").is_some_and(|it| it.contains("openvex.dev/"))
            || head.scalar("[].@context").is_some_and(|it| it.contains("openvex.dev/"))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let records: Vec<json::Record> = json::records(input)?.collect();
        let mut documents = Vec::new();
        for record in &records {
            let read =
                record.value.as_ref().map_err(|reason| Bad::record(reason.as_str())).and_then(Fields::of);
            match read {
                Ok(document) if document.has("statements") => documents.push((&record.place, document)),
                Ok(_) => facts.reject(&record.place, Bad::field("statements", "is missing")),
                Err(bad) => facts.reject(&record.place, bad),
            }
        }
        if documents.is_empty() {
            let expected = "no document in it has `statements`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let many = documents.len() > 1;
        for (place, document) in documents {
            let place = if many { format!("{place}.") } else { String::new() };
            read(document, &place, context, &mut facts)?;
        }
        Ok(facts.finish())
    }
}

/// Reads one document.
fn read(
    document: Fields<'_>,
    place: &str,
    context: &Context,
    facts: &mut Collector,
) -> Result<(), IngestError> {
    let mut aliases = Aliases::default();
    let mut statements = Statements::default();
    let list = match document.list("statements") {
        Ok(list) => list,
        Err(bad) => {
            facts.reject(format!("{place}statements"), bad);
            &[]
        }
    };
    let mut newest = None;
    for field in ["timestamp", "last_updated"] {
        match document.instant(field) {
            Ok(said) => newest = newest.max(said),
            Err(bad) => facts.reject(format!("{place}{field}"), bad),
        }
    }
    for (index, statement) in list.iter().enumerate() {
        let record = format!("{place}statements[{index}]");
        if let Err(bad) = say(statement, document, &record, &mut aliases, &mut statements) {
            facts.reject(record, bad);
        }
    }
    // What was said stands until something else is said: it is as new as its fetching.
    let said = context.time(newest)?;
    let at = context.observed_at.map_or(said, |fetched| fetched.max(said));
    statements.report(facts, at);
    aliases.report(facts, at);
    Ok(())
}

/// Reads one statement, which may be about several products.
fn say<'a>(
    value: &'a Value,
    document: Fields<'a>,
    record: &str,
    aliases: &mut Aliases,
    statements: &mut Statements<'a>,
) -> Result<(), Bad> {
    let statement = Fields::of(value)?;
    // A text in the first version, an object with aliases in later ones.
    let vulnerability = match statement.get("vulnerability") {
        Some(Value::String(name)) => aliases.canonical([name.as_str()]),
        _ => {
            let name = statement.text("vulnerability.name")?.or(statement.text("vulnerability.@id")?);
            let others = statement.list("vulnerability.aliases")?.iter().filter_map(Value::as_str);
            aliases.canonical(name.into_iter().chain(others))
        }
    };
    let vulnerability = vulnerability.ok_or_else(|| Bad::field("vulnerability", "is missing"))?;
    let status = status(statement.need_text("status")?)?;
    let justification = statement.text("justification")?.map(justification).transpose()?;
    let products = statement.list("products")?;
    if products.is_empty() {
        return Err(Bad::field("products", "is missing"));
    }
    let said_at = statement.instant("timestamp")?.or(document.instant("timestamp")?);
    let said_at = said_at.max(statement.instant("last_updated")?);
    for product in products {
        let (name, digest, own) = product_of(product)?;
        // In the first version parts stand beside the products.
        let parts = own.iter().chain(statement.list("subcomponents")?);
        let parts: Vec<&str> =
            parts.map(|part| product_of(part).map(|(name, ..)| name)).collect::<Result<_, _>>()?;
        let parts = if parts.is_empty() { vec![None] } else { parts.into_iter().map(Some).collect() };
        for part in parts {
            statements.say(Statement {
                document: document.text("@id")?.unwrap_or(""),
                author: document.text("author")?,
                vulnerability: vulnerability.clone(),
                status,
                justification,
                product: name.to_owned(),
                digest: digest.map(|digest| format!("sha256:{digest}")),
                part: part.map(ToOwned::to_owned),
                said_at,
                record: record.to_owned(),
            });
        }
    }
    Ok(())
}

/// A product's or a part's name, the purl before others; its digest; its parts.
fn product_of(value: &Value) -> Result<(&str, Option<&str>, &[Value]), Bad> {
    if let Value::String(name) = value {
        return Ok((name, None, &[]));
    }
    let product = Fields::of(value)?;
    let name = product.text("identifiers.purl")?.or(product.text("@id")?);
    let name = name.or(product.text("identifiers.cpe23")?).or(product.text("identifiers.cpe22")?);
    let name = name.ok_or_else(|| Bad::field("products", "has no `@id` and no identifier"))?;
    Ok((name, product.text("hashes.sha-256")?, product.list("subcomponents")?))
}

fn status(word: &str) -> Result<&'static str, Bad> {
    match word {
        "not_affected" => Ok("not_affected"),
        "affected" => Ok("affected"),
        "fixed" => Ok("fixed"),
        "under_investigation" => Ok("under_investigation"),
        _ => Err(Bad::field("status", "is none of OpenVEX' words for it")),
    }
}

fn justification(word: &str) -> Result<&'static str, Bad> {
    const WORDS: [&str; 5] = [
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    ];
    let found = WORDS.into_iter().find(|it| *it == word);
    found.ok_or_else(|| Bad::field("justification", "is none of OpenVEX' words for it"))
}

#[cfg(test)]
mod tests;
