//! One expression, one set of possible values.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use assize_lang::expression::Compiled;
use assize_lang::plan::{Expr, ExprKind, Let, Name, Policy, Program, Slot, Type};

use super::cases::Access;
use super::declared::Functions;
use super::leaf::Leaves;
use super::observe::Observer;
use super::related::{Relations, Tables};
use super::shared::Shared;
use crate::store::{Cited, Conflict, Facts, SaidAs, Track};
use crate::value::{Cause, Causes, Gather, Horizon, Missing, Possible, Value, from_const};

/// Something that a value was made from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    /// A fact, a coverage or a run.
    Fact(Cited),
    /// A list that is known up to this instant only.
    AsOf(i64),
    /// A value that is not known was taken to be something: the expression, and what it was taken for.
    Assumed(String, String),
    /// A reference under another key than the one that its fact is known by.
    SaidAs(Arc<SaidAs>),
    /// A field of which sources of equal standing say different things.
    Disputed(Arc<Conflict>),
}

/// What an expression came to.
#[derive(Clone, Debug)]
pub(crate) struct Eval {
    pub(crate) possible: Possible,
    pub(crate) horizon: Horizon,
    /// What it rests on, the leftmost witness first.
    pub(crate) reads: Gather<Read>,
}

impl Eval {
    /// A value that nothing changes.
    pub(crate) fn constant(possible: Possible) -> Self {
        Self { possible, horizon: Horizon::NEVER, reads: Gather::NONE }
    }

    pub(crate) fn truth(truth: bool) -> Self {
        Self::constant(Possible::bool(truth))
    }

    /// `possible`, resting on all of `operands`.
    pub(crate) fn from(possible: Possible, operands: &[&Self]) -> Self {
        Self {
            possible,
            horizon: Horizon::all(operands.iter().map(|operand| operand.horizon)),
            reads: Gather::all(operands.iter().map(|operand| operand.reads.clone())),
        }
    }
}

/// A signal in a scope that a decision asked about.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The type of the facts that might have been missed.
    pub(crate) ty: Name,
    pub(crate) signal: String,
    pub(crate) scope: String,
    /// As [`super::watch::Settled::renewed`].
    pub(crate) renewed: i64,
}

/// What a decision asked about, in no order.
#[derive(Debug, Default)]
pub(crate) struct AskedCoverage(pub(crate) RefCell<Vec<Asked>>);

impl AskedCoverage {
    /// Notes what is asked. A condition on many facts asks the same of all of them: that is noted once, if
    /// little else is asked in between.
    pub(super) fn note(&self, ty: &Name, track: &Track, renewed: i64) {
        /// How far it is looked back.
        const LATELY: usize = 8;
        let mut all = self.0.borrow_mut();
        let same = |one: &Asked| {
            one.renewed == renewed && one.scope == track.scope && one.signal == track.signal && one.ty == *ty
        };
        if !all.iter().rev().take(LATELY).any(same) {
            let (signal, scope) = (track.signal.clone(), track.scope.clone());
            all.push(Asked { ty: ty.clone(), signal, scope, renewed });
        }
    }
}

/// What a slot is bound to.
#[derive(Clone)]
pub(super) enum Local<'a> {
    Value(Eval),
    /// A list that is an argument of an inlined `fn`: its window comes from where it is used.
    Later(&'a Expr),
}

/// Evaluates the expressions of one policy for one case.
pub(crate) struct Evaluator<'a> {
    pub(super) program: &'a Program,
    pub(super) params: &'a BTreeMap<Name, Value>,
    pub(super) policy: &'a Policy,
    pub(super) view: &'a dyn Facts,
    pub(super) leaves: &'a Leaves,
    /// What the spans of the expressions point into, and what their `let`s stand for.
    source: (&'a str, &'a [Let]),
    pub(super) relations: Rc<Relations>,
    /// By slot.
    locals: RefCell<Vec<Option<Local<'a>>>>,
    lets: RefCell<BTreeMap<u32, Eval>>,
    reach: Cell<u64>,
    /// As much of it as `let`s ranged over: they are evaluated once, wherever they are read first.
    named_reach: Cell<u64>,
    limit: u64,
    /// Where it is kept which coverage was asked about.
    pub(super) asked: Option<&'a AskedCoverage>,
    /// A shorter way to what bindings range over.
    pub(super) access: Option<&'a dyn Access>,
    /// Relations that are kept up to date.
    pub(super) tables: Option<&'a dyn Tables>,
    /// The lone expression that this is about, where it is about one: then work stops at the limit.
    pub(super) lone: Option<&'a Compiled>,
    /// What the functions compute that its host declares.
    pub(super) functions: Option<&'a Functions>,
    /// Who wants to know what conditions come to.
    pub(super) observer: Option<&'a dyn Observer>,
    /// What paths that begin at a field of a slot's fact come to, where nothing is known of the fact but that.
    stand_in: RefCell<Option<(Slot, Eval)>>,
    shared: Option<&'a Shared>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(
        program: &'a Program,
        params: &'a BTreeMap<Name, Value>,
        policy: &'a Policy,
        view: &'a dyn Facts,
        leaves: &'a Leaves,
        limit: u64,
    ) -> Self {
        Self {
            program,
            params,
            policy,
            view,
            leaves,
            source: (&policy.text, &policy.lets),
            relations: Rc::default(),
            locals: RefCell::default(),
            lets: RefCell::default(),
            reach: Cell::new(0),
            named_reach: Cell::new(0),
            limit,
            asked: None,
            access: None,
            tables: None,
            lone: None,
            functions: None,
            observer: None,
            stand_in: RefCell::default(),
            shared: None,
        }
    }

    /// An evaluator that tells somebody what conditions come to.
    pub(super) const fn observed(mut self, observer: Option<&'a dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Keeps which coverage is asked about, and takes shorter ways where there are some.
    pub(super) const fn with_help(
        mut self,
        asked: Option<&'a AskedCoverage>,
        access: Option<&'a dyn Access>,
        tables: Option<&'a dyn Tables>,
        shared: Option<&'a Shared>,
    ) -> Self {
        self.asked = asked;
        self.access = access;
        self.tables = tables;
        self.shared = shared;
        self
    }

    /// An evaluator of a lone expression, with the variables bound that have a value. Everything that it
    /// computes is counted by its size, and at the limit it stops: its author may be anybody.
    pub(crate) fn of_lone(
        mut self,
        lone: &'a Compiled,
        bindings: &BTreeMap<String, Value>,
        functions: &'a Functions,
    ) -> Self {
        self.lone = Some(lone);
        self.functions = Some(functions);
        for (name, slot) in &lone.variables {
            if let Some(value) = bindings.get(name) {
                self.bind(*slot, Eval::constant(Possible::known(value.clone())));
            }
        }
        self
    }

    /// An evaluator for the expressions of another text, with the same facts and the same answers.
    pub(super) fn inside(&self, text: &'a str) -> Self {
        Self {
            source: (text, &[]),
            relations: Rc::clone(&self.relations),
            asked: self.asked,
            tables: self.tables,
            shared: self.shared,
            ..Self::new(self.program, self.params, self.policy, self.view, self.leaves, self.limit)
        }
    }

    /// Evaluates with all paths that begin at a field of what the slot is bound to coming to `value`.
    pub(crate) fn standing_in<R>(&self, slot: Slot, value: Eval, body: impl FnOnce() -> R) -> R {
        let before = self.stand_in.replace(Some((slot, value)));
        let result = body();
        self.stand_in.replace(before);
        result
    }

    /// What stands in for the path.
    pub(super) fn stands_for(&self, path: &Expr) -> Option<Eval> {
        let stand_in = self.stand_in.borrow();
        let (slot, value) = stand_in.as_ref()?;
        let mut base = path;
        while let ExprKind::Field(of, _) = &base.kind {
            base = of;
        }
        matches!(base.kind, ExprKind::Var(found) if found == *slot).then(|| value.clone())
    }

    /// What is found once for all who ask. Whoever observes conditions wants to see all of them judged.
    pub(super) const fn shared(&self) -> Option<&'a Shared> {
        match self.observer {
            Some(_) => None,
            None => self.shared,
        }
    }

    /// Takes away what was noted of the coverage that was asked about.
    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        self.asked.map(|asked| std::mem::take(&mut *asked.0.borrow_mut())).unwrap_or_default()
    }

    /// Notes coverage as asked about.
    pub(crate) fn ask(&self, more: Vec<Asked>) {
        if let Some(asked) = self.asked {
            asked.0.borrow_mut().extend(more);
        }
    }

    /// The policy whose expressions these are.
    pub(crate) const fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Evaluates what is not counted, but for the `let`s in it.
    pub(super) fn uncounted<R>(&self, body: impl FnOnce() -> R) -> R {
        let (reach, named) = (self.reach.get(), self.named_reach.get());
        let result = body();
        self.reach.set(reach.saturating_add(self.named_reach.get().saturating_sub(named)));
        result
    }

    /// Counts elements that were ranged over elsewhere.
    pub(super) fn add_reach(&self, count: u64) {
        self.reach.set(self.reach.get().saturating_add(count));
    }

    /// Binds a slot, and forgets what depended on it.
    pub(crate) fn bind(&self, slot: Slot, value: Eval) {
        self.lets.borrow_mut().clear();
        self.put(slot, Some(Local::Value(value)));
    }

    /// How many list elements the conditions on the case at hand have ranged over.
    pub(crate) const fn reach(&self) -> u64 {
        self.reach.get()
    }

    /// Goes back to an earlier count: the budget is per case.
    pub(crate) fn set_reach(&self, reach: u64) {
        self.reach.set(reach);
    }

    /// Whether the anchor's conditions range over more than the budget allows.
    pub(crate) const fn exhausted(&self) -> bool {
        self.reach.get() > self.limit
    }

    /// What is left of the budget.
    pub(crate) const fn left(&self) -> u64 {
        self.limit.saturating_sub(self.reach.get())
    }

    pub(super) fn ranged(&self, count: usize) {
        self.reach.set(self.reach.get().saturating_add(u64::try_from(count).unwrap_or(u64::MAX)));
    }

    pub(super) fn now(&self) -> i64 {
        self.view.now()
    }

    pub(super) fn local(&self, slot: Slot) -> Option<Local<'a>> {
        self.locals.borrow().get(place(slot)).cloned().flatten()
    }

    /// Evaluates with a slot bound to a value.
    pub(crate) fn with_value<R>(&self, slot: Slot, value: Eval, body: impl FnOnce() -> R) -> R {
        self.with(slot, Local::Value(value), body)
    }

    /// Binds a slot that is no binding's: what is known of `let`s stays.
    pub(crate) fn hold(&self, slot: Slot, value: Eval) {
        self.put(slot, Some(Local::Value(value)));
    }

    /// Binds a slot to something, or to nothing; returns what it was bound to.
    fn put(&self, slot: Slot, local: Option<Local<'a>>) -> Option<Local<'a>> {
        let mut locals = self.locals.borrow_mut();
        if locals.len() <= place(slot) {
            locals.resize_with(place(slot).saturating_add(1), || None);
        }
        let place = locals.get_mut(place(slot))?;
        std::mem::replace(place, local)
    }

    /// Evaluates with an argument of an inlined `fn` bound.
    pub(crate) fn with_argument<R>(&self, slot: Slot, value: &'a Expr, body: impl FnOnce() -> R) -> R {
        self.with(slot, self.argument(value), body)
    }

    /// Evaluates with a slot bound to something for as long as it takes. Lets hold no such slot, so what
    /// is known of them stays.
    pub(super) fn with<R>(&self, slot: Slot, local: Local<'a>, body: impl FnOnce() -> R) -> R {
        let before = self.put(slot, Some(local));
        let result = body();
        self.put(slot, before);
        result
    }

    /// The expression as its author wrote it, for messages.
    pub(crate) fn text(&self, expr: &Expr) -> String {
        let text = expr.span.text(self.source.0);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Why a variable has no value.
    fn unbound(&self, expr: &Expr, slot: Slot) -> Causes {
        let variables = self.lone.map_or(&[][..], |lone| &lone.variables);
        match variables.iter().find(|(_, bound)| *bound == slot) {
            Some((name, _)) => {
                let field = Some(name.clone());
                Causes::one(Missing { field, ..Missing::new(Cause::NotCollected) })
            }
            None if self.lone.is_some() => {
                let detail = Some(format!("`{}` is not known here", self.text(expr)));
                Causes::one(Missing { detail, ..Missing::new(Cause::Unsupported) })
            }
            None => Causes::NONE,
        }
    }

    /// An unknown value of the expression's type.
    pub(super) fn unknown(&self, expr: &Expr, causes: Causes) -> Possible {
        Possible::unknown(&expr.ty, expr.optional, self.view.schema(), causes)
    }

    /// An error in the computation, which makes its value unknown.
    pub(super) fn error(&self, expr: &Expr, what: &str) -> Possible {
        let text = self.text(expr);
        let detail = if text.is_empty() { what.to_owned() } else { format!("{what} in `{text}`") };
        self.unknown(expr, Causes::one(Missing::error(detail)))
    }

    /// What the expression stands for: the named expression behind a `let`.
    pub(super) fn behind(&self, expr: &'a Expr) -> &'a Expr {
        match &expr.kind {
            ExprKind::Let(at) => {
                let named = usize::try_from(*at).ok().and_then(|at| self.source.1.get(at));
                named.map_or(expr, |named| self.behind(&named.expr))
            }
            ExprKind::Var(slot) => match self.local(*slot) {
                Some(Local::Later(later)) => self.behind(later),
                _ => expr,
            },
            _ => expr,
        }
    }

    /// Evaluates a truth. Where there is no value there is no truth: that is an error, so unknown.
    pub(crate) fn condition(&self, expr: &'a Expr) -> Eval {
        let mut eval = self.eval(expr);
        if eval.possible.truth().is_none() && eval.possible.mask().is_none_or(|mask| mask == 0) {
            eval.possible =
                Possible { absent: false, ..self.error(expr, "no value where a condition stands") }
                    .because(&eval.possible.causes);
        }
        if let Some(observer) = self.observer {
            observer.judged(expr, eval.possible.truth());
        }
        eval
    }

    /// Evaluates an expression as a whole; of a list, its known members.
    pub(crate) fn eval(&self, expr: &'a Expr) -> Eval {
        if self.lone.is_none() {
            return self.compute(expr);
        }
        if self.exhausted() {
            return Eval::constant(self.unknown(expr, Causes::NONE));
        }
        let eval = self.compute(expr);
        self.add_reach(eval.possible.value().map_or(1, |value| super::weight::of(value, self.left())));
        eval
    }

    fn compute(&self, expr: &'a Expr) -> Eval {
        match &expr.kind {
            ExprKind::Const(value) => Eval::constant(Possible::known(from_const(value))),
            ExprKind::Now => Eval::constant(Possible::known(Value::Timestamp(self.now()))),
            ExprKind::Param(name) => match self.params.get(name) {
                Some(value) => Eval::constant(Possible::known(value.clone())),
                None => Eval::constant(self.error(expr, "no such param")),
            },
            ExprKind::Var(slot) => match self.local(*slot) {
                Some(Local::Value(eval)) => eval,
                Some(Local::Later(later)) => self.eval(later),
                None => Eval::constant(self.unknown(expr, self.unbound(expr, *slot))),
            },
            ExprKind::Let(at) => self.named(*at, expr),
            ExprKind::Bind { slot, value, body } => {
                self.with(*slot, self.argument(value), || self.eval(body))
            }
            ExprKind::Field(base, name) => self.field(expr, base, name),
            ExprKind::Select(base, name) => self.select(expr, base, name),
            ExprKind::Index(base, index) => self.index(expr, base, index),
            ExprKind::Map(entries) => self.map(expr, entries),
            ExprKind::Not(of) => super::logic::not(self.condition(of)),
            ExprKind::And(a, b) => super::logic::all(&[self.condition(a), self.condition(b)]),
            ExprKind::Or(a, b) => super::logic::any(&[self.condition(a), self.condition(b)]),
            ExprKind::Conditional(condition, a, b) if !is_list(&expr.ty) => self.conditional(condition, a, b),
            ExprKind::Compare(op, a, b) => self.compare(expr, *op, a, b),
            ExprKind::NowCompare(op, at) => self.now_compare(expr, *op, at),
            ExprKind::In(a, b) => self.contained(expr, a, b),
            ExprKind::Neg(of) => self.neg(expr, of),
            ExprKind::Arith(op, a, b) => self.arith(expr, *op, a, b),
            ExprKind::Call(function, arguments) => self.call(expr, *function, arguments),
            ExprKind::Declared(name, arguments) => self.declared(expr, name, arguments),
            ExprKind::Has(path) => self.has(path),
            ExprKind::Quantified { quantifier, list, slot, body, window } => {
                self.quantified(*quantifier, list, *slot, body, window)
            }
            ExprKind::ListFn(function, list) if !is_list(&expr.ty) => {
                self.list_function(expr, *function, list)
            }
            ExprKind::Peak { list, width, key } => self.peak(expr, list, width, key.as_ref()),
            ExprKind::OrValue(of, default) if !is_list(&expr.ty) => self.or_value(of, default),
            ExprKind::Assume(of, default) if !is_list(&expr.ty) => self.assume(expr, of, default),
            ExprKind::Unknown(of) => self.about(of, |possible| !possible.is_known()),
            ExprKind::Known(of) => self.about(of, Possible::is_known),
            ExprKind::Conflict(of) => self.about(of, super::evidence::in_conflict),
            ExprKind::Covered(list, from) => self.covered(list, from),
            ExprKind::End(of, worst) => self.end(expr, of, *worst),
            ExprKind::Related(name, args) => self.related(expr, name, args),
            ExprKind::Table(name, inputs) => self.table(expr, name, inputs),
            ExprKind::Shift { base, up, down, max_up, max_down } => {
                self.shift(expr, base, (up, *max_up), (down, *max_down))
            }
            ExprKind::Inverse(..)
            | ExprKind::All(_)
            | ExprKind::List(_)
            | ExprKind::Filter { .. }
            | ExprKind::MapList { .. }
            | ExprKind::Conditional(..)
            | ExprKind::ListFn(..)
            | ExprKind::OrValue(..)
            | ExprKind::Assume(..) => self.list(expr, &super::window::Window::default()).as_value(),
        }
    }

    fn named(&self, at: u32, expr: &Expr) -> Eval {
        if let Some(known) = self.lets.borrow().get(&at) {
            return known.clone();
        }
        let Some(named) = usize::try_from(at).ok().and_then(|at| self.source.1.get(at)) else {
            return Eval::constant(self.error(expr, "no such let"));
        };
        let (reach, before) = (self.reach.get(), self.named_reach.get());
        let eval = self.eval(&named.expr);
        self.named_reach.set(before.saturating_add(self.reach.get().saturating_sub(reach)));
        if let Some(observer) = self.observer.filter(|_| named.expr.ty == Type::Bool) {
            observer.judged(&named.expr, eval.possible.truth());
        }
        self.lets.borrow_mut().insert(at, eval.clone());
        eval
    }

    /// What an argument of an inlined `fn` is bound to: a list, or what moves with the clock, is looked at
    /// where it is used.
    pub(super) fn argument(&self, value: &'a Expr) -> Local<'a> {
        if is_list(&value.ty) || self.moves(value) {
            Local::Later(value)
        } else {
            Local::Value(self.eval(value))
        }
    }

    /// V6: an unknown condition leaves both branches possible.
    fn conditional(&self, condition: &'a Expr, a: &'a Expr, b: &'a Expr) -> Eval {
        let condition = self.condition(condition);
        match condition.possible.truth() {
            Some(truth) => {
                let branch = self.eval(if truth { a } else { b });
                Eval::from(branch.possible.clone(), &[&condition, &branch])
            }
            None => {
                let (a, b) = (self.eval(a), self.eval(b));
                let possible = a.possible.union(&b.possible, &condition.possible.causes);
                Eval::from(possible, &[&condition, &a, &b])
            }
        }
    }
}

fn place(slot: Slot) -> usize {
    usize::try_from(slot.0).unwrap_or(usize::MAX)
}

/// Whether values of the type are lists.
pub(super) fn is_list(ty: &Type) -> bool {
    match ty {
        Type::List(_) => true,
        Type::Sensitive(inner) => is_list(inner),
        _ => false,
    }
}
