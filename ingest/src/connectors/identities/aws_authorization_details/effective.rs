//! What remains of a principal's statements: denials, the permissions boundary, conditions that cannot
//! hold any more.

use assize::facts::Instant;
use serde_json::Value;

use super::account::{Account, Principal};
use super::policy::{Condition, Statement, statements};
use crate::fields::Bad;
use crate::time;

/// The longest life of a token, in microseconds.
const TOKEN_LIFE: i64 = 36 * 3_600 * 1_000_000;

/// All that a principal's policies say.
#[derive(Debug)]
pub struct Effective {
    /// Its statements, each with the policy that it is from.
    pub statements: Vec<(String, Statement)>,
    /// The statements of its boundary, where it has one that is in the input.
    boundary: Option<Vec<Statement>>,
    /// Policies that are attached and not in the input.
    pub missing: Vec<String>,
    at: Instant,
}

impl Effective {
    /// Gathers the statements of a principal and of its groups.
    pub fn of(principal: &Principal, account: &Account, at: Instant) -> Result<Self, Bad> {
        let mut all = Self { statements: Vec::new(), boundary: None, missing: Vec::new(), at };
        all.add(principal, account, "")?;
        for name in &principal.groups {
            match account.group(name) {
                Some(group) => all.add(group, account, &format!("group/{name}/"))?,
                None => all.missing.push(format!("of the group {name}")),
            }
        }
        if let Some(boundary) = &principal.boundary {
            match account.policies.get(boundary) {
                Some(document) => all.boundary = Some(statements(document)?),
                None => all.missing.push(boundary.clone()),
            }
        }
        Ok(all)
    }

    /// The statements of one policy, as if there were no others.
    pub fn alone(document: &Value, at: Instant) -> Result<Self, Bad> {
        let mut all = Self { statements: Vec::new(), boundary: None, missing: Vec::new(), at };
        all.document("", &statements(document)?);
        Ok(all)
    }

    fn add(&mut self, holder: &Principal, account: &Account, via: &str) -> Result<(), Bad> {
        for (name, document) in &holder.inline {
            self.document(&format!("{via}inline/{name}"), &statements(document)?);
        }
        for arn in &holder.attached {
            match account.policies.get(arn) {
                Some(document) => self.document(&format!("{via}{arn}"), &statements(document)?),
                None => self.missing.push(arn.clone()),
            }
        }
        Ok(())
    }

    /// The policies' statements are told apart by their place, where there are several.
    fn document(&mut self, via: &str, statements: &[Statement]) {
        for (n, statement) in statements.iter().enumerate() {
            let via = if statements.len() > 1 { format!("{via}[{n}]") } else { via.to_owned() };
            self.statements.push((via, statement.clone()));
        }
    }

    /// Whether an action that is allowed on a resource is not taken away again.
    pub fn stands(&self, action: &str, resource: &str) -> bool {
        let denies = |it: &Statement| {
            !it.allow
                && it.conditions.is_empty()
                && it.actions.take_in(action)
                && it.resources.cover(resource)
        };
        let within = self.boundary.as_ref().is_none_or(|boundary| {
            boundary.iter().any(|it| it.allow && it.actions.take_in(action)) && !boundary.iter().any(denies)
        });
        within && !self.statements.iter().any(|(_, it)| denies(it))
    }

    /// Whether all that a pattern of actions allows on a resource is taken away again.
    pub fn gone(&self, pattern: &str, resource: &str) -> bool {
        let denies = |it: &Statement| {
            !it.allow && it.conditions.is_empty() && it.actions.cover(pattern) && it.resources.cover(resource)
        };
        let outside = self.boundary.as_ref().is_some_and(|boundary| {
            let touches = |it: &Statement| {
                it.actions.take_in(pattern)
                    || it.actions.rows().iter().any(|row| crate::aws_actions::glob(pattern, row))
            };
            boundary.iter().any(denies) || !boundary.iter().any(|it| it.allow && touches(it))
        });
        outside || self.statements.iter().any(|(_, it)| denies(it))
    }

    /// Whether a statement's conditions cannot hold any more: an instant that must come before one that has
    /// passed. What else a condition asks is taken to hold.
    pub fn impossible(&self, statement: &Statement) -> bool {
        statement.conditions.iter().any(|it| self.too_late(it))
    }

    fn too_late(&self, condition: &Condition) -> bool {
        let slack = match condition.key.to_ascii_lowercase().as_str() {
            "aws:currenttime" => 0,
            "aws:tokenissuetime" => TOKEN_LIFE,
            _ => return false,
        };
        let past = |value: &String| time::instant(value).is_some_and(|at| at.plus(slack) < self.at);
        matches!(condition.operator.as_str(), "DateLessThan" | "DateLessThanEquals")
            && !condition.values.is_empty()
            && condition.values.iter().all(past)
    }
}
