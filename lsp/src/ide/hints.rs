//! What the text leaves out: types that follow, what is done where nothing is said.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::sema::at::{LocalKind, Meaning, names};
use assize_lang::syntax::ast::{Expr, ExprKind, Item, ItemKind, Literal, OutcomeKind, When};
use assize_lang::syntax::expressions;

/// What a hint tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The type of a name.
    Type,
    /// What something comes to, or what is done by default.
    Value,
}

/// A remark inside a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Behind this byte.
    pub at: u32,
    /// What to show.
    pub label: String,
    /// What it tells.
    pub kind: Kind,
    /// Why, as Markdown.
    pub docs: &'static str,
    /// Whether it can be written as it is shown.
    pub writable: bool,
}

/// The hints of the file at `path` inside a span, in order.
#[must_use]
pub fn hints(db: &Database, path: &str, within: Span) -> Vec<Hint> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let mut out = Vec::new();
    for &item in db::items(db, file) {
        let start = item.start(db);
        let end = start.saturating_add(u32::try_from(item.text(db).len()).unwrap_or(u32::MAX));
        if end < within.start || start > within.end {
            continue;
        }
        let Some(tree) = &db::parsed(db, item).item else { continue };
        let mut own = Vec::new();
        for named in names(db, item) {
            let Meaning::Local(local) = &named.meaning else { continue };
            if local.declared != named.span || local.kind == LocalKind::Argument {
                continue;
            }
            // What is written says it already.
            let said = local.kind == LocalKind::Binding && typed(tree, named.span);
            let Some(ty) = local.ty.as_ref().filter(|_| !said) else { continue };
            let mark = if local.optional { "?" } else { "" };
            own.push(Hint {
                at: named.span.end,
                label: format!(": {ty}{mark}"),
                kind: Kind::Type,
                docs: "",
                writable: false,
            });
        }
        expressions(tree, |expr| own.extend(duration(expr, item.text(db))));
        defaults(tree, &mut own);
        out.extend(own.into_iter().map(|hint| Hint { at: hint.at.saturating_add(start), ..hint }));
    }
    out.retain(|hint| within.start <= hint.at && hint.at <= within.end);
    out.sort_by_key(|hint| hint.at);
    out
}

/// Whether a type stands behind the name of a binding.
fn typed(tree: &Item, name: Span) -> bool {
    use assize_lang::syntax::ast::BindingSource;
    let of = |bindings: &[assize_lang::syntax::ast::Binding]| {
        bindings
            .iter()
            .any(|binding| binding.name.span == name && matches!(binding.source, BindingSource::Type(_)))
    };
    match &tree.kind {
        ItemKind::Policy(policy) => of(&policy.bindings) || policy.sequence.is_some(),
        ItemKind::Relation(relation) => relation.cases.iter().any(|case| of(&case.bindings)),
        _ => false,
    }
}

/// A period that reads better in other units.
fn duration(expr: &Expr, text: &str) -> Option<Hint> {
    let ExprKind::Literal(Literal::Duration(micros)) = &expr.kind else { return None };
    let shown = period(*micros)?;
    (shown != expr.span.text(text)).then(|| Hint {
        at: expr.span.end,
        label: format!("= {shown}"),
        kind: Kind::Value,
        docs: "The same period in its largest units.",
        writable: false,
    })
}

/// `1d12h`: at most two units, or nothing.
fn period(micros: i64) -> Option<String> {
    const UNITS: [(&str, i64); 4] =
        [("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)];
    let mut left = micros;
    let mut parts = Vec::new();
    for (unit, size) in UNITS {
        let count = left.checked_div(size)?;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
            left = left.checked_rem(size)?;
        }
    }
    (left == 0 && (1..=2).contains(&parts.len())).then(|| parts.concat())
}

/// What is done where nothing is said.
fn defaults(tree: &Item, out: &mut Vec<Hint>) {
    let ItemKind::Policy(policy) = &tree.kind else { return };
    let Some(decide) = &policy.decide else { return };
    for outcome in decide.arms.iter().flat_map(|arm| &arm.outcomes) {
        if let OutcomeKind::Revoke { target, by: None, .. } = &outcome.kind {
            out.push(Hint {
                at: target.span.end,
                label: " by quarantine".to_owned(),
                kind: Kind::Value,
                docs: "A revocation is by `quarantine`, which can be undone, unless another stage is written.",
                writable: true,
            });
        }
    }
    let closed = decide.arms.iter().any(|arm| matches!(arm.when, When::Otherwise(_)));
    if let (false, Some(last)) = (closed, decide.arms.last()) {
        out.push(Hint {
            at: last.span.end,
            label: "otherwise nothing".to_owned(),
            kind: Kind::Value,
            docs: "Where every arm is known false nothing is decided.",
            writable: false,
        });
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tests")]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    #[test]
    fn what_follows_and_what_is_meant_is_shown() {
        let fixture = Fixture::new(
            "param a: duration = 2160h in 7d..129600m\npolicy q {\n  for s: Secret, u in s.uses\n  let last = s.rotated_at\n  let used = s.uses.exists(x, x.at > now - 1h30m)\n  decide {\n    used => revoke s, alert low because \"{u.id} {last}\"\n    unknown => alert low because \"x\"\n  }\n}\nfn f(n: int): int = n\n",
        );
        let mut text = fixture.text.clone();
        for hint in hints(&fixture.db, fixture::PATH, Span::new(0, u32::MAX)).iter().rev() {
            text.insert_str(hint.at as usize, &format!("«{}»", hint.label));
        }
        insta::assert_snapshot!(&text[fixture.head as usize..], @r#"
        param a: duration = 2160h«= 90d» in 7d..129600m«= 90d»
        policy q {
          for s: Secret, u«: SecretUse» in s.uses
          let last«: timestamp?» = s.rotated_at
          let used«: bool» = s.uses.exists(x«: SecretUse», x.at > now - 1h30m)
          decide {
            used => revoke s« by quarantine», alert low because "{u.id} {last}"
            unknown => alert low because "x"«otherwise nothing»
          }
        }
        fn f(n: int): int = n
        "#);
        assert_eq!(hints(&fixture.db, fixture::PATH, Span::new(0, fixture.head)), Vec::new());
    }
}
