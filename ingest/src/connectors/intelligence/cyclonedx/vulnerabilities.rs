//! Vulnerabilities: findings where a component that is there has one, statements where somebody has
//! analysed it. A statement takes no finding away.

use serde_json::Value;

use super::{Bill, Part};
use crate::cvss::Scores;
use crate::fields::{Bad, Fields};
use crate::findings::{Aliases, component, severity};
use crate::vex::{Statement, Statements};

/// What an analysis comes to: the statement, and whether what was analysed is still there.
struct Analysis<'a> {
    status: &'static str,
    justification: Option<&'static str>,
    at: Option<assize::facts::Instant>,
    author: Option<&'a str>,
    open: bool,
}

impl<'a> Bill<'a> {
    /// Reads all vulnerabilities.
    pub fn vulnerabilities(&mut self, aliases: &mut Aliases, statements: &mut Statements<'a>) {
        let list = match self.bom.list("vulnerabilities") {
            Ok(list) => list,
            Err(bad) => return self.facts.reject("vulnerabilities", bad),
        };
        for (index, value) in list.iter().enumerate() {
            let place = format!("vulnerabilities[{index}]");
            if let Err(bad) = self.vulnerability(value, &place, aliases, statements) {
                self.facts.reject(place, bad);
            }
        }
    }

    fn vulnerability(
        &mut self,
        value: &'a Value,
        place: &str,
        aliases: &mut Aliases,
        statements: &mut Statements<'a>,
    ) -> Result<(), Bad> {
        let one = Fields::of(value)?;
        let mut ids = vec![one.need_text("id")?];
        for other in one.list("references")? {
            ids.extend(Fields::of(other)?.text("id")?);
        }
        let id = aliases.canonical(ids).ok_or_else(|| Bad::field("id", "is missing"))?;
        let rating = rating(one)?;
        let analysis = self.analysis(one)?;
        let known = self.facts.report("Vulnerability", &id, place, self.found_at);
        self.facts.push(rating.scores.clone().tell(known));
        for affected in one.list("affects")? {
            let affected = Fields::of(affected)?;
            if !is_affected(affected)? {
                continue;
            }
            let reference = affected.need_text("ref")?;
            // `urn:cdx:SERIAL/VERSION#REF` points into this document or into another one.
            let own = reference.rsplit_once('#').filter(|(head, _)| head.starts_with("urn:cdx:"));
            let reference = own.map_or(reference, |(_, own)| own);
            let part = self.refs.get(reference).cloned();
            if let Some(analysis) = &analysis {
                self.state(&id, reference, part.as_ref(), analysis, place, statements);
            }
            if let Some(part) = part.filter(|_| analysis.as_ref().is_none_or(|it| it.open)) {
                self.finding(one, &id, &part, &rating, place)?;
            }
        }
        Ok(())
    }

    /// Adds what was found in a component.
    fn finding(
        &mut self,
        one: Fields<'_>,
        id: &str,
        part: &Part,
        rating: &Rating,
        place: &str,
    ) -> Result<(), Bad> {
        let named = format!("{}@{}", part.name, part.version.as_deref().unwrap_or(""));
        let class = if id.starts_with("MAL-") { "malware" } else { "vuln" };
        let fixed_in =
            super::properties(one)?.into_iter().find(|(name, _)| name.ends_with(":fixed_versions"));
        let finding = self
            .subject
            .what
            .finding(&self.facts, class, &[id, &named, ""], place, self.found_at)
            .with("status", "open")
            .with_known("severity", rating.severity)
            .with("rule", id)
            .with("vulnerability", id)
            .with("component", component(&part.name))
            .with_known("version", part.version.as_deref())
            .with_known("purl", part.purl.as_deref())
            .with_known("fixed_in", fixed_in.map(|(_, versions)| versions))
            .with_known("fix", fixed_in.map(|_| "available"));
        self.facts.push(finding);
        Ok(())
    }

    /// What the maker says of the vulnerability.
    fn analysis(&self, one: Fields<'a>) -> Result<Option<Analysis<'a>>, Bad> {
        let Some(state) = one.text("analysis.state")? else { return Ok(None) };
        let (status, open) = match state {
            "not_affected" | "false_positive" => ("not_affected", false),
            "resolved" | "resolved_with_pedigree" => ("fixed", false),
            "exploitable" => ("affected", true),
            "in_triage" => ("under_investigation", true),
            _ => return Err(Bad::field("analysis.state", "is none of CycloneDX' words for it")),
        };
        let justification = one.text("analysis.justification")?.map(justification).transpose()?;
        let at = one.instant("analysis.lastUpdated")?.or(one.instant("updated")?);
        let author = super::AUTHORS.iter().find_map(|path| self.bom.text(path).ok().flatten());
        let author = author.or_else(|| {
            let first = self.bom.list("metadata.authors").ok()?.first()?;
            Fields::of(first).ok()?.text("name").ok().flatten()
        });
        Ok(Some(Analysis { status, justification, at, author, open }))
    }

    fn state(
        &mut self,
        id: &str,
        reference: &'a str,
        part: Option<&Part>,
        analysis: &Analysis<'a>,
        place: &str,
        statements: &mut Statements<'a>,
    ) {
        let part = part.map(|part| match &part.purl {
            Some(purl) => purl.clone(),
            None => format!("{}@{}", part.name, part.version.as_deref().unwrap_or("")),
        });
        let about_product = self.subject.reference == Some(reference);
        let (product, part) = match (&self.subject.product, part) {
            (Some(product), part) if about_product || part.is_some() => (product.clone(), part),
            (_, Some(part)) => (part, None),
            (_, None) => (reference.to_owned(), None),
        };
        let digest = match &self.subject.what.kind {
            crate::findings::ScannedKind::Image(digest) => digest.clone(),
            _ => None,
        };
        statements.say(Statement {
            document: self.bom.text("serialNumber").ok().flatten().unwrap_or(""),
            author: analysis.author,
            vulnerability: id.to_owned(),
            status: analysis.status,
            justification: analysis.justification,
            product,
            digest,
            part,
            said_at: analysis.at.or(Some(self.found_at)),
            record: place.to_owned(),
        });
    }
}

/// How bad it is said to be.
struct Rating {
    severity: Option<&'static str>,
    scores: Scores,
}

/// The rating of the source that the vulnerability is from, else the gravest; NVD's base score.
fn rating(one: Fields<'_>) -> Result<Rating, Bad> {
    let own = one.text("source.name")?;
    let (mut mine, mut gravest, mut scores) = (None, None, Scores::default());
    for rating in one.list("ratings")? {
        let rating = Fields::of(rating)?;
        let source = rating.text("source.name")?;
        let word = rating.text("severity")?.and_then(severity);
        let grave = |word: Option<&str>| word.and_then(|word| SEVERITIES.iter().position(|it| *it == word));
        if grave(word) > grave(gravest) {
            gravest = word;
        }
        if source.is_some() && source == own {
            mine = mine.or(word);
        }
        let version = match rating.text("method")? {
            Some("CVSSv3") => "3.0",
            Some("CVSSv31") => "3.1",
            _ => continue,
        };
        if source.is_some_and(|source| source.eq_ignore_ascii_case("nvd")) {
            scores.offer(version, true, rating.double("score")?, rating.text("vector")?);
        }
    }
    Ok(Rating { severity: mine.or(gravest), scores })
}

const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];

/// Whether any version of what is named is affected; versions that nothing is said of are.
fn is_affected(affected: Fields<'_>) -> Result<bool, Bad> {
    let versions = affected.list("versions")?;
    let mut any = versions.is_empty();
    for version in versions {
        match Fields::of(version)?.text("status")? {
            Some("affected" | "unknown") | None => any = true,
            Some("unaffected") => {}
            Some(_) => {
                return Err(Bad::field("affects.versions.status", "is none of CycloneDX' words for it"));
            }
        }
    }
    Ok(any)
}

fn justification(word: &str) -> Result<&'static str, Bad> {
    const WORDS: [&str; 9] = [
        "code_not_present",
        "code_not_reachable",
        "requires_configuration",
        "requires_dependency",
        "requires_environment",
        "protected_by_compiler",
        "protected_at_runtime",
        "protected_at_perimeter",
        "protected_by_mitigating_control",
    ];
    let found = WORDS.into_iter().find(|it| *it == word);
    found.ok_or_else(|| Bad::field("analysis.justification", "is none of CycloneDX' words for it"))
}
