//! From clauses to items: the rules that a grammar cannot say, once for both parsers.

use super::ast::{
    Arm, CatalogEntry, CatalogItem, Clause, CoverageItem, Decide, Expect, ExpectKind, Expr, ExprKind,
    FactItem, FactKeyword, FieldItem, Ident, Obligation, Outcome, OutcomeKind, Path, PolicyItem, SignalItem,
    StringLit, TextLit, WaiveItem, When,
};
use super::context::Context;
use super::words::ARM_WORDS;
use crate::diagnostic::{Code, Diagnostic, Span};

/// A clause's value, of which there may be one.
struct Once<'a, T> {
    context: &'a Context<'a>,
    what: &'static str,
    value: Option<(T, Span)>,
}

impl<'a, T> Once<'a, T> {
    const fn new(context: &'a Context<'a>, what: &'static str) -> Self {
        Self { context, what, value: None }
    }

    fn set(&mut self, value: T, span: Span) {
        match &self.value {
            None => self.value = Some((value, span)),
            Some((_, first)) => self.context.report(
                Diagnostic::new(Code::DuplicateClause, span, format!("{} stands twice", self.what))
                    .label("again here")
                    .also(*first, "first here")
                    .help("keep one of them"),
            ),
        }
    }

    fn take(self) -> Option<T> {
        self.value.map(|(value, _)| value)
    }
}

/// What may stand behind the braces of a fact type.
#[derive(Debug)]
pub(crate) enum FactClause {
    Fresh(i64, Span),
    Lives(Path, Option<Path>),
    Coverage(CoverageItem),
}

/// A fact type from its fields and clauses.
pub(crate) fn fact(
    context: &Context<'_>,
    keyword: FactKeyword,
    name: Ident,
    fields: Vec<FieldItem>,
    clauses: Vec<(FactClause, Span)>,
) -> FactItem {
    let mut fresh = Once::new(context, "`fresh for`");
    let mut lives = Once::new(context, "`lives`");
    let mut coverage = Once::new(context, "what covers the type");
    for (clause, span) in clauses {
        match clause {
            FactClause::Fresh(micros, place) => fresh.set((micros, place), span),
            FactClause::Lives(from, until) => lives.set((from, until), span),
            FactClause::Coverage(item) => coverage.set(item, span),
        }
    }
    FactItem {
        keyword,
        name,
        fields,
        fresh_for: fresh.take(),
        lives: lives.take(),
        coverage: coverage.take(),
    }
}

/// A clause of a signal.
#[derive(Debug)]
pub(crate) enum SignalClause {
    Lag(i64, Span),
    Gap(i64, Span),
    Loss(u32, Span),
    Basis(Ident),
}

/// A signal from its clauses.
pub(crate) fn signal(context: &Context<'_>, name: Ident, clauses: Vec<(SignalClause, Span)>) -> SignalItem {
    let mut lag = Once::new(context, "`lag`");
    let mut gap = Once::new(context, "`gap`");
    let mut loss = Once::new(context, "`loss`");
    let mut basis = Once::new(context, "`basis`");
    for (clause, span) in clauses {
        match clause {
            SignalClause::Lag(micros, place) => lag.set((micros, place), span),
            SignalClause::Gap(micros, place) => gap.set((micros, place), span),
            SignalClause::Loss(share, place) => loss.set((share, place), span),
            SignalClause::Basis(word) => basis.set(word, span),
        }
    }
    SignalItem { name, lag: lag.take(), gap: gap.take(), loss: loss.take(), basis: basis.take() }
}

/// A clause of a catalog.
#[derive(Debug)]
pub(crate) enum CatalogClause {
    Version(StringLit),
    Prefix(StringLit),
}

/// A catalog from its clauses and entries.
pub(crate) fn catalog(
    context: &Context<'_>,
    name: Ident,
    title: StringLit,
    clauses: Vec<(CatalogClause, Span)>,
    entries: Vec<CatalogEntry>,
) -> CatalogItem {
    let mut version = Once::new(context, "`version`");
    let mut prefix = Once::new(context, "`prefix`");
    for (clause, span) in clauses {
        match clause {
            CatalogClause::Version(text) => version.set(text, span),
            CatalogClause::Prefix(text) => prefix.set(text, span),
        }
    }
    CatalogItem { name, title, version: version.take(), prefix: prefix.take(), entries }
}

/// What stands before `for` in a policy.
#[derive(Debug)]
pub(crate) enum PolicyClause {
    Mode(Ident),
    Maps(Vec<Path>),
}

/// A policy from its clauses.
pub(crate) fn policy(
    context: &Context<'_>,
    name: Ident,
    head: Vec<(PolicyClause, Span)>,
    bindings: Vec<super::ast::Binding>,
    clauses: Vec<Clause>,
    decide: Option<Decide>,
) -> PolicyItem {
    let mut mode = Once::new(context, "`mode`");
    let mut maps = Vec::new();
    for (clause, span) in head {
        match clause {
            PolicyClause::Mode(word) => mode.set(word, span),
            PolicyClause::Maps(paths) => maps.extend(paths),
        }
    }
    PolicyItem { name, mode: mode.take(), maps, bindings, sequence: None, clauses, decide }
}

/// A clause of a waiver.
#[derive(Debug)]
pub(crate) enum WaiveClause {
    Where(Expr),
    Until(Expr),
    Because(StringLit),
    By(StringLit),
}

/// A waiver from its clauses; which of them it needs is the checker's affair.
pub(crate) fn waive(
    context: &Context<'_>,
    policy: Path,
    binding: Ident,
    clauses: Vec<(WaiveClause, Span)>,
) -> WaiveItem {
    let mut condition = Once::new(context, "`where`");
    let mut until = Once::new(context, "`until`");
    let mut because = Once::new(context, "`because`");
    let mut by = Once::new(context, "`by`");
    for (clause, span) in clauses {
        match clause {
            WaiveClause::Where(expr) => condition.set(expr, span),
            WaiveClause::Until(expr) => until.set(expr, span),
            WaiveClause::Because(text) => because.set(text, span),
            WaiveClause::By(text) => by.set(text, span),
        }
    }
    WaiveItem {
        policy,
        binding,
        condition: condition.take(),
        until: until.take(),
        because: because.take(),
        by: by.take(),
    }
}

/// A clause behind an outcome.
#[derive(Debug)]
pub(crate) enum OutcomeClause {
    By(Ident),
    Within(Expr),
    Lasting(Expr),
    With(Vec<(Ident, Obligation)>),
}

/// An outcome from its head and clauses.
pub(crate) fn outcome(
    context: &Context<'_>,
    mut kind: OutcomeKind,
    clauses: Vec<(OutcomeClause, Span)>,
    span: Span,
) -> Outcome {
    let mut by = Once::new(context, "`by`");
    let mut within = Once::new(context, "`within`");
    let mut lasting = Once::new(context, "`for`");
    let mut with = Once::new(context, "`with`");
    for (clause, span) in clauses {
        match clause {
            OutcomeClause::By(stage) => {
                if !matches!(kind, OutcomeKind::Revoke { .. }) {
                    context.report(
                        Diagnostic::new(
                            Code::Syntax,
                            span,
                            format!("`by {}` is not for `{}`", stage.text, word(&kind)),
                        )
                        .label("only `revoke` has a stage")
                        .help("remove it"),
                    );
                }
                by.set(stage, span);
            }
            OutcomeClause::Within(expr) => within.set(expr, span),
            OutcomeClause::Lasting(expr) => {
                if !matches!(kind, OutcomeKind::Block(_)) {
                    context.report(
                        Diagnostic::new(Code::Syntax, span, format!("`for` is not for `{}`", word(&kind)))
                            .label("only `block` ends by itself")
                            .help("a deadline is `within 24h`"),
                    );
                }
                lasting.set(expr, span);
            }
            OutcomeClause::With(entries) => with.set(entries, span),
        }
    }
    if let OutcomeKind::Revoke { by: stage, .. } = &mut kind {
        *stage = by.take();
    }
    Outcome {
        kind,
        within: within.take(),
        lasting: lasting.take(),
        with: with.take().unwrap_or_default(),
        span,
    }
}

const fn word(kind: &OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Rank(..) => "rank",
        OutcomeKind::Alert(_) => "alert",
        OutcomeKind::Revoke { .. } => "revoke",
        OutcomeKind::Block(_) => "block",
    }
}

/// A decision table; its own words are no variables in it.
pub(crate) fn decide(context: &Context<'_>, arms: Vec<Arm>, span: Span) -> Decide {
    for arm in &arms {
        if let When::Expr(expr) = &arm.when {
            check_names(context, expr);
        }
        for outcome in &arm.outcomes {
            match &outcome.kind {
                OutcomeKind::Rank(tier, keys) => {
                    check_names(context, tier);
                    keys.iter().for_each(|(key, _)| check_names(context, key));
                }
                // A severity is a member, not a variable, and no severity has one of these names.
                OutcomeKind::Alert(expr) | OutcomeKind::Block(expr) => check_names(context, expr),
                OutcomeKind::Revoke { target, .. } => check_names(context, target),
            }
            outcome.within.iter().chain(&outcome.lasting).for_each(|expr| check_names(context, expr));
            outcome
                .with
                .iter()
                .flat_map(|(_, value)| value.exprs())
                .for_each(|expr| check_names(context, expr));
        }
        arm.because.iter().flat_map(TextLit::exprs).for_each(|expr| check_names(context, expr));
    }
    Decide { arms, span }
}

/// What to say of a variable that is called like an outcome.
pub(crate) fn arm_word(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::Syntax, span, format!("`{name}` is a word of decision tables"))
        .label("not a variable inside `decide`")
        .help("call the variable something else, or name what is read with `let` above")
}

fn check_names(context: &Context<'_>, expr: &Expr) {
    match &expr.kind {
        ExprKind::Name(name) => {
            if ARM_WORDS.contains(&name.as_str()) {
                context.report(arm_word(name, expr.span));
            }
        }
        ExprKind::Literal(_) | ExprKind::Error => {}
        ExprKind::Select(base, _)
        | ExprKind::OptionalSelect(base, _)
        | ExprKind::Optional(base)
        | ExprKind::Unary(_, base) => check_names(context, base),
        ExprKind::Index(base, index) => {
            check_names(context, base);
            check_names(context, index);
        }
        ExprKind::Call(_, args) | ExprKind::List(args) => {
            args.iter().for_each(|arg| check_names(context, arg))
        }
        ExprKind::Method(base, _, args) => {
            check_names(context, base);
            args.iter().for_each(|arg| check_names(context, arg));
        }
        ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
            check_names(context, key);
            check_names(context, value);
        }),
        ExprKind::Struct(_, fields) => fields.iter().for_each(|(_, value)| check_names(context, value)),
        ExprKind::Binary(_, left, right) => {
            check_names(context, left);
            check_names(context, right);
        }
        ExprKind::Conditional(when, then, otherwise) => {
            check_names(context, when);
            check_names(context, then);
            check_names(context, otherwise);
        }
    }
}

/// A clause behind an expectation.
#[derive(Debug)]
pub(crate) enum ExpectClause {
    On(Vec<StringLit>),
    By(Path),
    Because(StringLit),
    CouldBe(Vec<Ident>),
    ValidUntil(Expr),
}

/// An expectation from its clauses.
pub(crate) fn expect(context: &Context<'_>, kind: ExpectKind, clauses: Vec<(ExpectClause, Span)>) -> Expect {
    let mut on = Once::new(context, "`on`");
    let mut by = Once::new(context, "`by`");
    let mut because = Vec::new();
    let mut could_be = Once::new(context, "`could_be`");
    let mut valid_until = Once::new(context, "`valid_until`");
    for (clause, span) in clauses {
        match clause {
            ExpectClause::On(keys) => on.set(keys, span),
            ExpectClause::By(policy) => by.set(policy, span),
            ExpectClause::Because(text) => because.push(text),
            ExpectClause::CouldBe(words) => could_be.set(words, span),
            ExpectClause::ValidUntil(expr) => valid_until.set(expr, span),
        }
    }
    Expect {
        kind,
        on: on.take().unwrap_or_default(),
        by: by.take(),
        because,
        could_be: could_be.take().unwrap_or_default(),
        valid_until: valid_until.take(),
    }
}
