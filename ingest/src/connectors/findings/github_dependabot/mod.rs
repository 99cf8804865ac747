//! Dependabot's alerts: lists of GitHub's API, and payloads of its webhooks.

mod alert;

use std::collections::BTreeSet;

use assize::facts::Instant;

use crate::findings::{Aliases, class_run};
use crate::github_alerts;
use crate::{Collector, Connector, Context, Head, IngestError, Output};

/// Reads what `gh api …/dependabot/alerts` answers.
#[derive(Clone, Copy, Debug)]
pub struct GithubDependabot;

const NAME: &str = "github-dependabot";

/// A field of the webhook of before 2022, which has no `dependency`.
const OLD: &str = "affected_package_name";

impl Connector for GithubDependabot {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Dependabot: vulnerable packages that GitHub knows a repository to depend on"
    }

    fn command(&self) -> &'static str {
        "gh api --paginate --slurp '/orgs/ORG/dependabot/alerts?per_page=100' > github-dependabot.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        github_alerts::looks(head, &["number", "dependency.package.name", "security_advisory"])
            || github_alerts::looks(head, &[OLD, "affected_range"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let alerts = github_alerts::read(NAME, &["dependency", OLD], input, &mut facts)?;
        let at = context.time(None)?;
        let said = context.repo_key()?;
        let repos = said.iter().map(|repo| (repo.clone(), "vuln")).collect();
        let mut reader = Reader { facts, at, aliases: Aliases::default(), said, repos };
        for (place, record) in &alerts.all {
            let read = github_alerts::alert(record).and_then(|(alert, _)| reader.alert(alert, place));
            if let Err(bad) = read {
                reader.facts.reject(place, bad);
            }
        }
        let Reader { mut facts, aliases, repos, .. } = reader;
        aliases.report(&mut facts, at);
        if repos.is_empty() {
            facts.note("no repository is named, so that nothing is proven to be clean; give `--repo`");
        }
        for (repo, class) in &repos {
            class_run(&mut facts, repo, class, (at, at), alerts.whole);
        }
        Ok(facts.finish())
    }
}

/// One input on its way.
struct Reader {
    facts: Collector,
    at: Instant,
    aliases: Aliases,
    /// The repository that the caller names.
    said: Option<String>,
    /// The repositories that alerts are of, and what is looked for in them: vulnerabilities, and malware where there is
    /// an alert of it, because alerts of malware have a switch of their own.
    repos: BTreeSet<(String, &'static str)>,
}

#[cfg(test)]
mod tests;
