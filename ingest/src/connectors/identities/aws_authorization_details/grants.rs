//! Grants and levels, by the table of actions.

use super::account::Principal;
use super::effective::Effective;
use super::policy::{Patterns, Statement};
use crate::aws_actions::{ACTIONS, Action, Reach, glob};
use crate::level::Level;

/// One action, or pattern of actions, on one resource.
#[derive(Debug)]
pub struct Grant {
    /// The policy that gives it.
    pub via: String,
    /// The action or pattern.
    pub action: String,
    /// The resource or pattern.
    pub resource: String,
    /// Whether it allows.
    pub allow: bool,
    /// How far it reaches after all denials.
    pub level: Level,
    /// Whether it allows taking more rights than it gives.
    pub dangerous: bool,
    /// The keys of its conditions.
    pub condition: Option<String>,
}

/// The grants of a principal, and how far it reaches with all of them; `None` where that is not known.
pub fn of(principal: &Principal, effective: &Effective) -> (Vec<Grant>, Option<Level>) {
    let (grants, level) = all(effective);
    // A boundary that is missing would only take away; a policy that is missing may add.
    let adds = effective.missing.iter().any(|it| Some(it) != principal.boundary.as_ref());
    let takes = effective.missing.iter().any(|it| Some(it) == principal.boundary.as_ref());
    let known = !takes && (!adds || level == Level::Total);
    (grants, known.then_some(level))
}

/// The grants of statements, and how far all of them reach.
pub fn all(effective: &Effective) -> (Vec<Grant>, Level) {
    let launches = effective.statements.iter().any(|(_, it)| launches(it, effective));
    let mut grants = Vec::new();
    for (via, statement) in &effective.statements {
        let but = matches!(statement.actions, Patterns::AllBut(_));
        for (action, resource) in statement
            .actions
            .rows()
            .into_iter()
            .flat_map(|a| statement.resources.rows().into_iter().map(move |r| (a.clone(), r)))
        {
            let (level, dangerous) = if statement.allow && !effective.impossible(statement) {
                let patterns =
                    if but { statement.actions.clone() } else { Patterns::These(vec![action.clone()]) };
                reach(&patterns, &action, &resource, effective, launches)
            } else {
                (Level::None, false)
            };
            let (via, condition) = (via.clone(), statement.condition());
            grants.push(Grant { via, action, resource, allow: statement.allow, level, dangerous, condition });
        }
    }
    let level = grants.iter().map(|grant| grant.level).max().unwrap_or_default();
    (grants, level)
}

/// Whether a statement allows starting something that a role can be passed to.
fn launches(statement: &Statement, effective: &Effective) -> bool {
    let starts = |it: &&Action| it.reach == Reach::Launch && statement.actions.take_in(it.name);
    statement.allow
        && !effective.impossible(statement)
        && ACTIONS
            .iter()
            .filter(starts)
            .any(|it| statement.resources.rows().iter().any(|resource| effective.stands(it.name, resource)))
}

/// How far some actions on a resource reach, and whether they allow taking more.
fn reach(
    patterns: &Patterns,
    action: &str,
    resource: &str,
    effective: &Effective,
    launches: bool,
) -> (Level, bool) {
    let known = ACTIONS.iter().filter(|it| patterns.take_in(it.name));
    let mut standing =
        known.filter(|it| usable(it.name, resource) && effective.stands(it.name, resource)).peekable();
    if standing.peek().is_none() {
        let level = if effective.gone(action, resource) { Level::None } else { Level::Limited };
        return (level, false);
    }
    let (mut level, mut dangerous) = (Level::Limited, false);
    for it in standing {
        let (reaches, takes) = match it.reach {
            Reach::Launch => (Level::Limited, false),
            Reach::Sensitive => (Level::Elevated, false),
            Reach::Pass if launches && resource == "*" => (Level::Total, true),
            Reach::Pass => (Level::Elevated, launches),
            Reach::Borrow => (Level::Elevated, true),
            Reach::Admin => (Level::Total, true),
        };
        level = level.max(reaches);
        dangerous |= takes;
    }
    (level, dangerous)
}

/// Whether an action can do anything on a resource: AWS' own policies cannot be changed, its service-linked
/// roles cannot be passed, and actions on identities do nothing to buckets.
fn usable(action: &str, resource: &str) -> bool {
    if !action.starts_with("iam:") || resource == "*" || resource.starts_with("* except") {
        return true;
    }
    let own = glob("arn:*:iam::aws:*", resource) || resource.contains(":role/aws-service-role/");
    let iam = resource.contains(":iam:") || resource.starts_with("arn:*");
    iam && !own
}
