//! Records, read by a map.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize::expression::Functions;
use assize::facts::Instant;
use assize::value::Value;
use serde_json::Value as Json;

use super::expression::{Scope, functions};
use super::{Compiled, EachRule};
use crate::fields::Bad;
use crate::json::Record;
use crate::output::RunSpan;
use crate::records::Around;
use crate::stream::Reading;
use crate::{Collector, Context, IngestError, Output};

/// What has been gathered.
pub struct Mapped {
    map: Arc<Compiled>,
    facts: Collector,
    functions: Functions,
    /// What the caller said.
    said: BTreeMap<String, Value>,
    observed_at: Option<Instant>,
    /// When the first and the last record were seen.
    span: Option<(Instant, Instant)>,
    /// Whether anything was made of any record.
    made: bool,
}

impl Mapped {
    /// Begins to read.
    pub fn begin(map: Arc<Compiled>, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        let said = [
            ("cluster", context.cluster.clone()),
            ("repo", context.repo_key()?),
            ("commit", context.commit.clone()),
            ("account", context.account.clone()),
        ];
        let said = said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::text(&value?))));
        if map.observed_at.is_none() && map.facts.iter().any(|fact| fact.of.observed_at.is_none()) {
            context.time(None)?;
        }
        Ok(Box::new(Self {
            facts: Collector::new(map.tool.clone(), context),
            functions: functions(&context.site_key),
            said: said.collect(),
            observed_at: context.observed_at,
            span: None,
            made: false,
            map,
        }))
    }

    /// Gives `make` the record, or each item of it, that a rule is about, with when it was seen.
    fn each(
        &mut self,
        rule: &EachRule,
        record: &Json,
        make: &mut dyn FnMut(&Scope<'_>, Instant, &mut Collector) -> Result<(), Bad>,
    ) -> Result<(), Bad> {
        let whole = Scope::new(record, None, &self.said, &self.functions);
        let items = match &rule.each {
            Some(list) => list.list(&whole)?.into_iter().map(Some).collect(),
            None => vec![None],
        };
        for item in &items {
            let scope = Scope::new(record, item.as_ref(), &self.said, &self.functions);
            if let Some(when) = &rule.when
                && !when.holds(&scope)?
            {
                continue;
            }
            let at = match (rule.observed_at.as_ref().or(self.map.observed_at.as_ref()), self.observed_at) {
                (Some(at), _) => at.instant(&scope)?,
                (None, Some(at)) => at,
                (None, None) => return Err(Bad::record("says not when it was seen")),
            };
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
            make(&scope, at, &mut self.facts)?;
            self.made = true;
        }
        Ok(())
    }

    fn read(&mut self, place: &str, record: &Json) -> Result<(), Bad> {
        if !record.is_object() {
            return Err(Bad::record("is not an object"));
        }
        let map = Arc::clone(&self.map);
        for fact in &map.facts {
            self.each(&fact.of, record, &mut |scope, at, facts| {
                let name = match &fact.record {
                    Some(name) => name.text(scope)?,
                    None => place.to_owned(),
                };
                let mut report = assize::facts::Report::new(&fact.ty, facts.source(name), at);
                for (field, expression) in &fact.fields {
                    if let Some(value) = expression.value(scope)? {
                        report = report.with(field, value);
                    }
                }
                facts.push(report);
                Ok(())
            })?;
        }
        for alias in &map.same_as {
            self.each(&alias.of, record, &mut |scope, at, facts| {
                facts.same_as(&alias.ty, &alias.alias.text(scope)?, &alias.is.text(scope)?, place, at);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn runs(&mut self) -> Result<(), Bad> {
        let map = Arc::clone(&self.map);
        let nothing = Json::Null;
        for run in &map.runs {
            let scope = Scope::new(&nothing, None, &self.said, &self.functions);
            let seen = self.span.or(self.observed_at.map(|at| (at, at)));
            let at = |said: &Option<super::Expression>, seen: Option<Instant>| match (said, seen) {
                (Some(said), _) => said.instant(&scope),
                (None, Some(seen)) => Ok(seen),
                (None, None) => Err(Bad::record("nothing says when the run was")),
            };
            let types: Vec<&str> = run.types.iter().map(String::as_str).collect();
            let (from, until) = (at(&run.from, seen.map(|it| it.0))?, at(&run.until, seen.map(|it| it.1))?);
            let name = run.scope.text(&scope)?;
            let span = RunSpan { types: &types, scope: &name, from, until, complete: true };
            self.facts.run(&span);
        }
        Ok(())
    }
}

impl Reading for Mapped {
    fn record(&mut self, record: Record) {
        let read = match &record.value {
            Ok(value) => self.read(&record.place, value),
            Err(reason) => Err(Bad::record(reason.as_str())),
        };
        if let Err(bad) = read {
            self.facts.reject(record.place, bad);
        }
    }

    fn take(&mut self) -> Output {
        self.facts.take()
    }

    fn finish(mut self: Box<Self>, _: &Around) -> Result<Output, IngestError> {
        if let Err(bad) = self.runs() {
            self.facts.reject("the run", bad);
        }
        if !self.made {
            self.facts
                .note("nothing was made of any record: look at `when`, `each` and `records` of the map");
        }
        Ok(self.facts.finish())
    }
}
