//! What the VEX formats share: a statement of somebody about one vulnerability in one product.

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde_json::Value;

use crate::findings::ImageNames;
use crate::{Collector, keys};

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    /// The document's own name, without its version.
    pub document: &'a str,
    /// Who says so.
    pub author: Option<&'a str>,
    /// The vulnerability's canonical id.
    pub vulnerability: String,
    /// The model's word.
    pub status: &'static str,
    /// The model's word.
    pub justification: Option<&'static str>,
    /// The product, in the document's spelling: a purl, or its name.
    pub product: String,
    /// The product's digest, where it is named apart from the purl.
    pub digest: Option<String>,
    /// The part of it, in the document's spelling.
    pub part: Option<String>,
    /// When it was said.
    pub said_at: Option<Instant>,
    /// The record's place.
    pub record: String,
}

/// The statements of a document: of several about one thing the last one stands.
#[derive(Debug, Default)]
pub struct Statements<'a>(BTreeMap<String, Statement<'a>>);

impl<'a> Statements<'a> {
    /// Takes a statement.
    pub fn say(&mut self, statement: Statement<'a>) {
        let product = canonical(&statement.product);
        let part = statement.part.as_deref().map(canonical).unwrap_or_default();
        let key = keys::natural(&[statement.document, &statement.vulnerability, &product, &part]);
        let superseded = self.0.get(&key).is_some_and(|earlier| earlier.said_at > statement.said_at);
        if !superseded {
            self.0.insert(key, statement);
        }
    }

    /// Reports them, as of an instant.
    pub fn report(&self, facts: &mut Collector, at: Instant) {
        for (key, it) in &self.0 {
            let image = image(&it.product, it.digest.as_deref());
            let report = facts
                .report("VexStatement", key, &it.record, at)
                .with("vulnerability", it.vulnerability.as_str())
                .with_known("author", it.author)
                .with("status", it.status)
                .with("justification", it.justification.map_or(Value::Null, Into::into))
                .with("product", canonical(&it.product))
                .with("subcomponent", it.part.as_deref().map_or(Value::Null, |part| canonical(part).into()))
                .with("image", image.map_or(Value::Null, Into::into))
                .with_known("said_at", it.said_at.map(|at| at.to_string()));
            facts.push(report);
        }
    }
}

/// A purl without qualifiers; what is none stays as it is.
fn canonical(product: &str) -> String {
    keys::purl(product).unwrap_or_else(|| product.to_owned())
}

/// The image's digest, where the product is an image and has one.
fn image(product: &str, digest: Option<&str>) -> Option<String> {
    let is_image = ["pkg:oci/", "pkg:docker/"].iter().any(|kind| product.starts_with(kind))
        || !product.starts_with("pkg:");
    let named = product.split(['?', '#']).next().map(|it| it.replace("%3A", ":").replace("%3a", ":"));
    let names = ImageNames {
        manifest: named.as_deref().filter(|_| is_image),
        config: digest.filter(|_| is_image),
        ..ImageNames::default()
    };
    names.digests().into_iter().next()
}
