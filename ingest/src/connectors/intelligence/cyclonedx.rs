//! CycloneDX: what something is made of, the vulnerabilities in it, and what its maker says of them.

use std::collections::HashMap;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Aliases, ImageNames, Scanned, ScannedKind};
use crate::output::RunSpan;
use crate::vex::Statements;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};

mod components;
mod vulnerabilities;

/// Reads CycloneDX as JSON, of versions 1.2 to 1.6.
#[derive(Clone, Copy, Debug)]
pub struct CycloneDx;

const NAME: &str = "cyclonedx";

/// How the makers of the document say who they are, the most telling first.
const AUTHORS: [&str; 4] = [
    "metadata.supplier.name",
    "metadata.manufacturer.name",
    "metadata.manufacture.name",
    "metadata.component.supplier.name",
];

impl Connector for CycloneDx {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "CycloneDX: bills of materials, vulnerabilities in them, and VEX"
    }

    fn basis(&self) -> Basis {
        Basis::Declared
    }

    fn command(&self) -> &'static str {
        "trivy image --format cyclonedx --output bom.cdx.json IMAGE"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.scalar("bomFormat") == Some("CycloneDX")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        if json::text(input)?.trim_start().starts_with('<') {
            let expected = "it is XML; make it with `--format cyclonedx` as JSON, or convert it".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let document = json::document(input)?;
        let not_ours =
            |expected: &str| IngestError::NotThisFormat { tool: NAME, expected: expected.to_owned() };
        let bom = Fields::of(&document).map_err(|_| not_ours("it is no object"))?;
        if !bom.text("bomFormat").is_ok_and(|it| it == Some(NAME_IN_FILE)) {
            return Err(not_ours("its `bomFormat` is not `CycloneDX`"));
        }
        let mut facts = Collector::new(NAME, context);
        let made = match bom.instant("metadata.timestamp") {
            Ok(made) => made,
            Err(bad) => {
                facts.reject("metadata.timestamp", bad);
                None
            }
        };
        let found_at = context.time(made)?;
        // What something is made of does not change: it is as new as the reading of it.
        let at = context.observed_at.map_or(found_at, |fetched| fetched.max(found_at));
        let subject = Subject::read(bom, context, at, &mut facts)?;
        let mut bill = Bill { bom, subject, at, found_at, refs: HashMap::new(), facts };
        bill.components();
        bill.services();
        let mut aliases = Aliases::default();
        let mut statements = Statements::default();
        bill.vulnerabilities(&mut aliases, &mut statements);
        statements.report(&mut bill.facts, at);
        aliases.report(&mut bill.facts, at);
        Ok(bill.facts.finish())
    }
}

const NAME_IN_FILE: &str = "CycloneDX";

/// What the document is about.
struct Subject<'a> {
    what: Scanned,
    /// The product's own name for statements: its purl, else name and version.
    product: Option<String>,
    /// Its place among the references.
    reference: Option<&'a str>,
}

/// A component, as others refer to it.
#[derive(Clone)]
struct Part {
    name: String,
    version: Option<String>,
    purl: Option<String>,
}

/// A document that is being read.
struct Bill<'a> {
    bom: Fields<'a>,
    subject: Subject<'a>,
    /// When it was read, at the earliest when it was made.
    at: Instant,
    /// When it was made.
    found_at: Instant,
    /// The components by their `bom-ref`.
    refs: HashMap<&'a str, Part>,
    facts: Collector,
}

impl<'a> Subject<'a> {
    /// An image where a digest is known, else the repository that the caller names, else the product.
    fn read(
        bom: Fields<'a>,
        context: &Context,
        at: Instant,
        facts: &mut Collector,
    ) -> Result<Self, IngestError> {
        let repo = context.repo_key()?;
        let unnamed = |repo: Option<String>| Self {
            what: Scanned { artifact: repo.clone().unwrap_or_default(), kind: ScannedKind::Source(repo) },
            product: None,
            reference: None,
        };
        let component = match bom.object("metadata.component") {
            Ok(Some(component)) => component,
            Ok(None) => return Ok(unnamed(repo)),
            Err(bad) => {
                facts.reject("metadata.component", bad);
                return Ok(unnamed(repo));
            }
        };
        match Self::named(component, repo.clone(), at, facts) {
            Ok(subject) => Ok(subject),
            Err(bad) => {
                facts.reject("metadata.component", bad);
                Ok(unnamed(repo))
            }
        }
    }

    fn named(
        component: Fields<'a>,
        repo: Option<String>,
        at: Instant,
        facts: &mut Collector,
    ) -> Result<Self, Bad> {
        let purl = component.text("purl")?.and_then(keys::purl);
        let name = component.text("name")?.unwrap_or("");
        let version = component.text("version")?;
        let named = version.map_or(name.to_owned(), |version| format!("{name}@{version}"));
        let product = purl.clone().unwrap_or(named);
        let reference = component.text("bom-ref")?;
        let is_image = component.text("type")? == Some("container");
        let properties = properties(component)?;
        let of = |wanted: &str| -> Vec<&str> {
            properties.iter().filter(|(name, _)| name.ends_with(wanted)).map(|(_, value)| *value).collect()
        };
        let mut tags = of(":RepoTag");
        tags.extend(Some(name).filter(|_| is_image));
        let names = ImageNames {
            repo_digests: of(":RepoDigest"),
            manifest: purl.as_deref().or(version).filter(|_| is_image),
            config: of(":ImageID").first().copied(),
            tags,
            built_at: None,
        };
        let what = match names.report(facts, "metadata.component", at) {
            Some(digest) => Scanned { artifact: digest.clone(), kind: ScannedKind::Image(Some(digest)) },
            None => {
                let artifact = repo.clone().unwrap_or_else(|| product.clone());
                Scanned { artifact, kind: ScannedKind::Source(repo) }
            }
        };
        Ok(Self { what, product: Some(product).filter(|it| !it.is_empty()), reference })
    }
}

impl Bill<'_> {
    /// Adds the run of the components: complete, unless the document says that it is not whole.
    fn component_run(&mut self) {
        if self.subject.what.artifact.is_empty() {
            self.facts.note("nothing says what the bill is of: it proves no absence; give `--repo`");
            return;
        }
        let partial = self.bom.list("compositions").unwrap_or_default().iter().any(|composition| {
            let aggregate = Fields::of(composition).and_then(|it| it.text("aggregate"));
            aggregate.is_ok_and(|it| it.is_some_and(|it| it != "complete"))
        });
        if partial {
            self.facts.note("the document says that it is not complete: it proves no absence");
        }
        let (from, until) = (self.found_at, self.at);
        let scope = self.subject.what.artifact.clone();
        self.facts.run(&RunSpan { types: &["Component"], scope: &scope, from, until, complete: !partial });
    }

    /// Services are no parts.
    fn services(&mut self) {
        let count = self.bom.list("services").map_or(0, <[Value]>::len);
        if count > 0 {
            self.facts.note(format!("services are not read: {count}"));
        }
    }
}

/// A component's properties: name and value.
fn properties<'v>(component: Fields<'v>) -> Result<Vec<(&'v str, &'v str)>, Bad> {
    let mut out = Vec::new();
    for property in component.list("properties")? {
        let property = Fields::of(property)?;
        if let (Some(name), Some(value)) = (property.text("name")?, property.text("value")?) {
            out.push((name, value));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
