//! `assize.toml` to settings. A key that is not known is an error that names the one that is.

use std::ops::Range;
use std::path::{Path, PathBuf};

use assize::facts::{Instant, parse_duration};
use assize_lang::cost::Members;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::settings::{Context, FactsEntry, Settings, SignalSettings, Sizes};
use crate::error::CliError;

const TOP: &[&str] = &[
    "policies",
    "specs",
    "facts",
    "stdlib",
    "now",
    "params",
    "signals",
    "sources",
    "cardinality",
    "defaults",
    "site_key_file",
];
const CONTEXT: &[&str] = &["cluster", "repo", "commit", "account", "visibility", "instance", "observed_at"];
const FACTS: &[&str] =
    &["path", "tool", "map", "cluster", "repo", "commit", "account", "visibility", "instance", "observed_at"];

type Entry<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

/// Reads the text of the project file at `path`.
pub fn read(path: &Path, text: &str) -> Result<Settings, CliError> {
    Reader { path, text }.settings()
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn settings(&self) -> Result<Settings, CliError> {
        let root = DeTable::parse(self.text).map_err(|error| {
            let message = error.message().lines().next().unwrap_or_default();
            self.wrong(error.span().unwrap_or_default(), format!("this is not TOML: {message}"))
        })?;
        let mut settings = Settings::default();
        for (key, value) in self.entries(root.get_ref(), "", TOP)? {
            match key.get_ref().as_ref() {
                "policies" => settings.policies = self.paths(value, "policies")?,
                "specs" => settings.specs = self.paths(value, "specs")?,
                "facts" => settings.facts = self.facts(value)?,
                "stdlib" => settings.stdlib = self.boolean(value, "stdlib")?,
                "now" => settings.now = Some(self.instant(value, "now")?),
                "params" => self.params(value, "", &mut settings.params)?,
                "signals" => {
                    for (name, value) in self.table(value, "signals")? {
                        settings.signals.push(self.signal(name.get_ref(), value)?);
                    }
                }
                "sources" => {
                    for (name, value) in self.table(value, "sources")? {
                        let name = name.get_ref();
                        let place = format!("sources.{name}");
                        for (_, value) in self.closed(value, &place, &["trust"])? {
                            let trust = self.integer(value, &format!("{place}.trust"), 100)?;
                            settings.trust.push((name.to_string(), u8::try_from(trust).unwrap_or(100)));
                        }
                    }
                }
                "cardinality" => settings.cardinality = self.sizes(value)?,
                "defaults" => {
                    for (key, value) in self.closed(value, "defaults", CONTEXT)? {
                        self.context(key.get_ref(), value, "defaults", &mut settings.defaults)?;
                    }
                }
                _ => settings.site_key_file = Some(PathBuf::from(self.string(value, "site_key_file")?)),
            }
        }
        Ok(settings)
    }

    fn facts(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<FactsEntry>, CliError> {
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.kind(value, "facts", "a list of paths"));
        };
        let mut out = Vec::new();
        for item in items.iter() {
            if let DeValue::String(path) = item.get_ref() {
                out.push(FactsEntry { path: PathBuf::from(path.as_ref()), ..FactsEntry::default() });
                continue;
            }
            let mut entry = FactsEntry::default();
            for (key, value) in self.closed(item, "facts", FACTS)? {
                match key.get_ref().as_ref() {
                    "path" => entry.path = PathBuf::from(self.string(value, "facts.path")?),
                    "tool" => entry.tool = Some(self.string(value, "facts.tool")?),
                    "map" => entry.map = Some(PathBuf::from(self.string(value, "facts.map")?)),
                    other => self.context(other, value, "facts", &mut entry.context)?,
                }
            }
            if entry.path.as_os_str().is_empty() {
                return Err(self.wrong(item.span(), "an entry of `facts` without a `path`".to_owned()));
            }
            out.push(entry);
        }
        Ok(out)
    }

    fn context(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        place: &str,
        context: &mut Context,
    ) -> Result<(), CliError> {
        let place = format!("{place}.{key}");
        if key == "observed_at" {
            context.observed_at = Some(self.instant(value, &place)?);
            return Ok(());
        }
        let text = Some(self.string(value, &place)?);
        match key {
            "cluster" => context.cluster = text,
            "repo" => context.repo = text,
            "commit" => context.commit = text,
            "account" => context.account = text,
            "visibility" => context.visibility = text,
            _ => context.instance = text,
        }
        Ok(())
    }

    /// A number a type; below `lists`, by type and list, a number or an average and a worst.
    fn sizes(&self, value: &Spanned<DeValue<'_>>) -> Result<Sizes, CliError> {
        let mut sizes = Sizes::default();
        for (name, value) in self.table(value, "cardinality")? {
            let name = name.get_ref();
            let place = format!("cardinality.{name}");
            if name.as_ref() != "lists" {
                sizes.facts.push((name.to_string(), self.integer(value, &place, u64::MAX)?));
                continue;
            }
            for (ty, value) in self.table(value, &place)? {
                let place = format!("{place}.{}", ty.get_ref());
                for (list, value) in self.table(value, &place)? {
                    let members = self.members(value, &format!("{place}.{}", list.get_ref()))?;
                    sizes.lists.push((ty.get_ref().to_string(), list.get_ref().to_string(), members));
                }
            }
        }
        Ok(sizes)
    }

    fn members(&self, value: &Spanned<DeValue<'_>>, place: &str) -> Result<Members, CliError> {
        if let DeValue::Integer(_) = value.get_ref() {
            return Ok(Members::exactly(self.integer(value, place, u64::MAX)?));
        }
        let (mut average, mut worst) = (None, None);
        for (key, value) in self.closed(value, place, &["average", "worst"])? {
            let number = self.integer(value, &format!("{place}.{}", key.get_ref()), u64::MAX)?;
            *(if key.get_ref() == "average" { &mut average } else { &mut worst }) = Some(number);
        }
        match (average, worst) {
            (Some(average), Some(worst)) if average <= worst => Ok(Members { average, worst }),
            (None, Some(worst)) => Ok(Members::exactly(worst)),
            _ => Err(self.kind(
                value,
                place,
                "a number, or `{ average = …, worst = … }` with the average no greater",
            )),
        }
    }

    /// `"a.b.c" = …` and `a.b.c = …` are the same param.
    fn params(
        &self,
        value: &Spanned<DeValue<'_>>,
        prefix: &str,
        out: &mut Vec<(String, String)>,
    ) -> Result<(), CliError> {
        for (key, value) in self.table(value, "params")? {
            let name = format!("{prefix}{}", key.get_ref());
            let text = match value.get_ref() {
                DeValue::Table(_) => {
                    self.params(value, &format!("{name}."), out)?;
                    continue;
                }
                DeValue::Array(_) => {
                    return Err(self.kind(value, &format!("params.{name}"), "one value, as text"));
                }
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.to_string(),
                DeValue::Float(number) => number.to_string(),
                DeValue::Boolean(value) => value.to_string(),
                DeValue::Datetime(instant) => instant.to_string(),
            };
            out.push((name, text));
        }
        Ok(())
    }

    fn signal(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<SignalSettings, CliError> {
        let place = format!("signals.{name}");
        let mut signal = SignalSettings { name: name.to_owned(), ..SignalSettings::default() };
        for (key, value) in self.closed(value, &place, &["lag", "gap", "loss"])? {
            let place = format!("{place}.{}", key.get_ref());
            let text = self.string(value, &place)?;
            let duration = || {
                let wanted = "a duration such as \"15m\", zero or more";
                parse_duration(&text)
                    .filter(|micros| *micros >= 0)
                    .ok_or_else(|| self.kind(value, &place, wanted))
            };
            match key.get_ref().as_ref() {
                "lag" => signal.lag = Some(duration()?),
                "gap" => signal.gap = Some(duration()?),
                _ => {
                    let loss = parse_percent(&text);
                    let wanted = "a share such as \"0.1%\", at most \"100%\"";
                    signal.loss = Some(loss.ok_or_else(|| self.kind(value, &place, wanted))?);
                }
            }
        }
        Ok(signal)
    }

    fn paths(&self, value: &Spanned<DeValue<'_>>, place: &str) -> Result<Vec<PathBuf>, CliError> {
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().map(|item| Ok(PathBuf::from(self.string(item, place)?))).collect()
            }
            _ => Err(self.kind(value, place, "a list of paths")),
        }
    }

    fn boolean(&self, value: &Spanned<DeValue<'_>>, place: &str) -> Result<bool, CliError> {
        value.get_ref().as_bool().ok_or_else(|| self.kind(value, place, "true or false"))
    }

    fn string(&self, value: &Spanned<DeValue<'_>>, place: &str) -> Result<String, CliError> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.ok_or_else(|| self.kind(value, place, "a text in quotes"))
    }

    fn integer(&self, value: &Spanned<DeValue<'_>>, place: &str, most: u64) -> Result<u64, CliError> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        number.filter(|number| *number <= most).ok_or_else(|| match most {
            u64::MAX => self.kind(value, place, "a whole number, zero or more"),
            _ => self.kind(value, place, &format!("a whole number from 0 to {most}")),
        })
    }

    fn instant(&self, value: &Spanned<DeValue<'_>>, place: &str) -> Result<Instant, CliError> {
        let text = match value.get_ref() {
            DeValue::Datetime(instant) => instant.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        text.parse().map_err(|_| self.kind(value, place, "a full timestamp such as 2026-06-01T00:00:00Z"))
    }

    fn table<'a, 'i>(
        &self,
        value: &'a Spanned<DeValue<'i>>,
        place: &str,
    ) -> Result<Vec<Entry<'a, 'i>>, CliError> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(in_order(table)),
            _ => Err(self.kind(value, place, "a table")),
        }
    }

    /// The entries of a table that may hold only `known` keys.
    fn closed<'a, 'i>(
        &self,
        value: &'a Spanned<DeValue<'i>>,
        place: &str,
        known: &[&str],
    ) -> Result<Vec<Entry<'a, 'i>>, CliError> {
        match value.get_ref() {
            DeValue::Table(table) => self.entries(table, place, known),
            _ => Err(self.kind(value, place, "a table")),
        }
    }

    fn entries<'a, 'i>(
        &self,
        table: &'a DeTable<'i>,
        place: &str,
        known: &[&str],
    ) -> Result<Vec<Entry<'a, 'i>>, CliError> {
        let entries = in_order(table);
        for (key, _) in &entries {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let within = if place.is_empty() { String::new() } else { format!(" in `{place}`") };
            let remedy = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys are {}", known.join(", ")),
            };
            return Err(self.wrong(key.span(), format!("unknown key `{name}`{within}; {remedy}")));
        }
        Ok(entries)
    }

    fn kind(&self, value: &Spanned<DeValue<'_>>, place: &str, wanted: &str) -> CliError {
        self.wrong(value.span(), format!("`{place}` must be {wanted}"))
    }

    fn wrong(&self, span: Range<usize>, reason: String) -> CliError {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
        CliError::Project { path: self.path.to_owned(), line, reason }
    }
}

fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// `0.1%` in parts per million.
fn parse_percent(text: &str) -> Option<u32> {
    let share = text.strip_suffix('%')?;
    let (whole, part) = share.split_once('.').unwrap_or((share, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 4 {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let part: u32 = format!("{part:0<4}").parse().ok()?;
    whole.checked_mul(10_000)?.checked_add(part).filter(|ppm| *ppm <= 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, String> {
        read(Path::new("assize.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn everything_that_a_project_can_say() {
        let settings = parse(
            r#"
            policies = ["policies"]
            specs = ["docs", "README.md"]
            facts = ["facts", { path = "prod/pods.json", tool = "kubernetes", cluster = "prod-eu" }]
            stdlib = false
            now = 2026-06-01T00:00:00Z
            site_key_file = "site.key"

            [params]
            nhi.lifecycle.idle_after = "30d"
            "nhi.lifecycle.least" = 3

            [signals.cloud_mgmt]
            lag = "15m"
            gap = "6h"
            loss = "0.1%"

            [sources.aws-iam]
            trust = 95

            [cardinality]
            Secret = 20000

            [cardinality.lists]
            Secret.uses = { average = 50, worst = 5_000 }
            Grant.actions = 20

            [defaults]
            cluster = "prod-eu"
            observed_at = "2026-05-31T00:00:00Z"
            "#,
        )
        .unwrap();
        assert_eq!(settings.specs, [Path::new("docs"), Path::new("README.md")]);
        assert_eq!(settings.facts[0].path, Path::new("facts"));
        assert_eq!(settings.facts[1].context.cluster.as_deref(), Some("prod-eu"));
        assert_eq!(settings.facts[1].tool.as_deref(), Some("kubernetes"));
        assert!(!settings.stdlib);
        assert_eq!(settings.now.unwrap().to_string(), "2026-06-01T00:00:00Z");
        assert_eq!(
            settings.params,
            [("nhi.lifecycle.idle_after".into(), "30d".into()), ("nhi.lifecycle.least".into(), "3".into())]
        );
        assert_eq!(settings.signals[0].gap, parse_duration("6h"));
        assert_eq!(settings.signals[0].loss, Some(1_000));
        assert_eq!(settings.trust, [("aws-iam".into(), 95)]);
        assert_eq!(settings.cardinality.facts, [("Secret".into(), 20_000)]);
        let lists = [
            ("Secret".into(), "uses".into(), Members { average: 50, worst: 5_000 }),
            ("Grant".into(), "actions".into(), Members::exactly(20)),
        ];
        assert_eq!(settings.cardinality.lists, lists);
        assert_eq!(settings.defaults.cluster.as_deref(), Some("prod-eu"));
        assert_eq!(parse("").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_wrong_names_file_line_key_and_remedy() {
        let cases = [
            ("\npolicy = []", "assize.toml:2: unknown key `policy`; did you mean `policies`?"),
            (
                "banana = 1",
                "assize.toml:1: unknown key `banana`; the keys are policies, specs, facts, stdlib, now, \
                 params, signals, sources, cardinality, defaults, site_key_file",
            ),
            (
                "[signals.cloud_mgmt]\nlags = \"1m\"",
                "assize.toml:2: unknown key `lags` in `signals.cloud_mgmt`; did you mean `lag`?",
            ),
            ("facts = \"here\"", "assize.toml:1: `facts` must be a list of paths"),
            ("facts = [{ tool = \"trivy\" }]", "assize.toml:1: an entry of `facts` without a `path`"),
            ("stdlib = 1", "assize.toml:1: `stdlib` must be true or false"),
            (
                "now = 2026-06-01",
                "assize.toml:1: `now` must be a full timestamp such as 2026-06-01T00:00:00Z",
            ),
            (
                "[sources.a]\ntrust = 101",
                "assize.toml:2: `sources.a.trust` must be a whole number from 0 to 100",
            ),
            (
                "[signals.x]\nloss = \"lots\"",
                "assize.toml:2: `signals.x.loss` must be a share such as \"0.1%\", at most \"100%\"",
            ),
            ("[cardinality]\nA = -1", "assize.toml:2: `cardinality.A` must be a whole number, zero or more"),
            (
                "[cardinality.lists]\nA.b = { average = 2, worst = 1 }",
                "assize.toml:2: `cardinality.lists.A.b` must be a number, or `{ average = …, worst = … }` \
                 with the average no greater",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err(), message);
        }
        assert!(parse("facts = [").unwrap_err().starts_with("assize.toml:1: this is not TOML: "));
    }

    #[test]
    fn percentages() {
        for (text, ppm) in [("0.1%", Some(1_000)), ("100%", Some(1_000_000)), ("0%", Some(0))] {
            assert_eq!(parse_percent(text), ppm);
        }
        for text in ["1", "-1%", "100.1%", "1.%", ".5%", "1.00001%", "+1%"] {
            assert_eq!(parse_percent(text), None, "{text}");
        }
    }
}
