//! Findings in the Open Cybersecurity Schema Framework, as Prowler and others write them.
//!
//! Each product is a source of its own, by the instance: else one's complete run would close another's.

mod finding;

use std::collections::BTreeMap;

use assize::facts::Instant;

use crate::aws::listing::Shape;
use crate::fields::{Bad, Fields};
use crate::findings::{Aliases, Repeats, class_run};
use crate::{Collector, Connector, Context, Head, IngestError, Output};

const NAME: &str = "ocsf";

const SHAPE: Shape = Shape { tool: NAME, lists: &["findings"], marks: &["class_uid"] };

/// Reads findings of OCSF: one list, or a finding a line.
#[derive(Clone, Copy, Debug)]
pub struct Ocsf;

impl Connector for Ocsf {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "OCSF: findings of Prowler and of others that write it"
    }

    fn command(&self) -> &'static str {
        "prowler aws --output-formats json-ocsf --output-directory . --output-filename prowler"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        ["[].", ""].iter().any(|start| {
            let class = head.scalar(&format!("{start}class_uid"));
            class.is_some_and(|class| class.len() == 4 && class.starts_with("20"))
                && head.has(&format!("{start}metadata.product"))
        })
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut rejects = Collector::new(NAME, context);
        let listing = SHAPE.read(input, &mut rejects)?;
        let mut sources: BTreeMap<String, Source<'_>> = BTreeMap::new();
        for (place, one) in &listing.records {
            let read = Fields::of(one).and_then(|one| Ok((product(one)?, one)));
            match read {
                Ok((product, one)) => {
                    let source =
                        sources.entry(product.to_owned()).or_insert_with(|| Source::new(product, context));
                    if let Err(bad) = source.finding(one, place) {
                        source.facts.reject(place.as_str(), bad);
                    }
                }
                Err(bad) => rejects.reject(place.as_str(), bad),
            }
        }
        // A record that has no product may be anybody's.
        let lost = rejects.rejected();
        let mut output = rejects.finish();
        for source in sources.into_values() {
            let one = source.finish(lost);
            output.lines.extend(one.lines);
            output.rejects.extend(one.rejects);
            output.notes.extend(one.notes);
        }
        Ok(output)
    }
}

/// The product that found it.
fn product<'a>(one: Fields<'a>) -> Result<&'a str, Bad> {
    one.need_text("metadata.product.name")
}

/// One product's findings.
struct Source<'a> {
    facts: Collector,
    context: &'a Context,
    /// Whether the product's output is a whole run: Prowler's is.
    whole: bool,
    aliases: Aliases,
    repeats: Repeats,
    /// From when to when each artifact was looked at, for each class.
    runs: BTreeMap<(String, &'static str), (Instant, Instant)>,
    passed: usize,
    others: usize,
}

impl<'a> Source<'a> {
    fn new(product: &str, context: &'a Context) -> Self {
        let parts = [context.instance.as_deref(), Some(product)];
        let instance = parts.into_iter().flatten().collect::<Vec<_>>().join("/");
        let own = Context { instance: Some(instance), ..context.clone() };
        Self {
            facts: Collector::new(NAME, &own),
            context,
            whole: product.eq_ignore_ascii_case("prowler"),
            aliases: Aliases::default(),
            repeats: Repeats::default(),
            runs: BTreeMap::new(),
            passed: 0,
            others: 0,
        }
    }

    fn looked(&mut self, artifact: &str, class: &'static str, at: Instant) {
        let span = self.runs.entry((artifact.to_owned(), class)).or_insert((at, at));
        *span = (span.0.min(at), span.1.max(at));
    }

    fn finish(mut self, lost: usize) -> Output {
        if self.passed > 0 {
            self.facts.note(format!("checks that passed are no findings: {}", self.passed));
        }
        if self.others > 0 {
            self.facts.note(format!("findings of classes that are not read, left out: {}", self.others));
        }
        let last = self.runs.values().map(|(_, until)| *until).max();
        for ((artifact, class), span) in std::mem::take(&mut self.runs) {
            let complete = self.whole && class == "misconfig" && lost == 0;
            class_run(&mut self.facts, &artifact, class, span, complete);
        }
        if let Some(last) = last {
            self.aliases.report(&mut self.facts, last);
        }
        self.facts.finish()
    }
}

#[cfg(test)]
mod tests;
