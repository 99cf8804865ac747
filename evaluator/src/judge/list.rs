//! Lists: certain members, possible members, open or closed (L1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::{
    ArithOp, Expr, ExprKind, FactKind, ListFn, Name, Quantifier, Slot, Window as Clause,
};

use super::eval::{Eval, Evaluator, Local};
use super::logic;
use super::window::{Owner, Window};
use crate::store::Listed;
use crate::value::{Causes, Gather, Horizon, Possible, Value};

/// One element that is, or may be, in the list, or that a condition left out of it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) value: Eval,
    /// Whether it is in the list. Elements that are not stay here for their horizon: they may get in.
    pub(crate) inside: Eval,
    /// Whether it may be in any such list: nobody knows to whom it refers.
    pub(crate) loose: bool,
}

impl Member {
    /// The key of the fact that it is.
    pub(super) const fn key(&self) -> Option<&Arc<str>> {
        match self.value.possible.value() {
            Some(Value::Fact(_, key)) => Some(key),
            _ => None,
        }
    }
}

/// A list.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) members: Vec<Member>,
    /// Whether there may be members that nobody reported: false where the list is closed.
    pub(crate) open: Eval,
    /// For a list of distinct values: whether the list it was made from has any member.
    pub(crate) any: Option<Box<Eval>>,
}

impl List {
    fn new(members: Vec<Member>, open: Eval) -> Self {
        Self { members, open, any: None }
    }

    /// Certain members, in order.
    pub(crate) fn certain(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.inside.possible.truth() == Some(true))
    }

    /// Members that may or may not be in it, in order.
    pub(crate) fn possible(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.inside.possible.truth().is_none())
    }

    /// Whether nothing unreported can be in it.
    pub(crate) fn is_closed(&self) -> bool {
        self.open.possible.truth() == Some(false)
    }

    /// Why it is not known which members it has.
    pub(crate) fn causes(&self) -> Causes {
        let open = self.open.possible.causes.clone();
        Causes::all(
            [open].into_iter().chain(self.possible().map(|member| member.inside.possible.causes.clone())),
        )
    }

    /// Everything that its membership rests on.
    pub(crate) fn whole(&self) -> Eval {
        let inside: Vec<&Eval> =
            self.members.iter().map(|member| &member.inside).chain([&self.open]).collect();
        Eval::from(Possible::bool(true), &inside)
    }

    /// The list as one value: known where it is closed and all its members are.
    pub(crate) fn as_value(&self) -> Eval {
        let whole = self.whole();
        let values: Vec<&Eval> = self.certain().map(|member| &member.value).collect();
        let known: Option<Vec<Value>> = values
            .iter()
            .map(|value| {
                let known = value.possible.is_known();
                known.then(|| value.possible.value().cloned().unwrap_or(Value::Null))
            })
            .collect();
        let possible = match known {
            Some(items) if self.is_closed() && self.possible().next().is_none() => {
                Possible::known(Value::List(items.into()))
            }
            _ => {
                let causes = values.iter().map(|value| value.possible.causes.clone());
                let causes = Causes::all([self.causes()].into_iter().chain(causes));
                Possible { values: crate::value::Values::Any, absent: false, causes }
            }
        };
        let operands: Vec<&Eval> = [&whole].into_iter().chain(values).collect();
        Eval::from(possible, &operands)
    }

    /// The members of a list that is a value.
    pub(crate) fn from_value(of: &Eval) -> Self {
        let rest = Eval { possible: Possible::bool(true), horizon: of.horizon, reads: of.reads.clone() };
        match of.possible.value() {
            Some(Value::List(items)) => {
                let members = items.iter().map(|item| Member {
                    value: Eval::constant(Possible::known(item.clone())),
                    inside: rest.clone(),
                    loose: false,
                });
                Self::new(members.collect(), logic::not(rest.clone()))
            }
            // A macro over a map ranges over its keys.
            Some(Value::Map(entries)) => {
                let members = entries.keys().map(|key| Member {
                    value: Eval::constant(Possible::known(key.clone())),
                    inside: rest.clone(),
                    loose: false,
                });
                Self::new(members.collect(), logic::not(rest.clone()))
            }
            // V5: through an absent reference a list is empty and closed.
            _ if of.possible.is_absent() => Self::new(Vec::new(), logic::not(rest)),
            _ => {
                Self::new(Vec::new(), Eval { possible: Possible::maybe(of.possible.causes.clone()), ..rest })
            }
        }
    }

    pub(super) fn nothing_known(causes: Causes) -> Self {
        Self::new(Vec::new(), Eval::constant(Possible::maybe(causes)))
    }
}

impl<'a> Evaluator<'a> {
    /// Evaluates a list. `window` is what the conditions of its consumers say about its elements' time
    /// and scope.
    pub(crate) fn list(&self, expr: &'a Expr, window: &Window) -> List {
        let list = self.list_of(expr, window);
        if self.lone.is_some() { self.strict(expr, list) } else { list }
    }

    fn list_of(&self, expr: &'a Expr, window: &Window) -> List {
        match &expr.kind {
            ExprKind::Let(_) => {
                let behind = self.behind(expr);
                if std::ptr::eq(behind, expr) {
                    List::from_value(&self.eval(expr))
                } else {
                    self.list(behind, window)
                }
            }
            ExprKind::Var(slot) => match self.local(*slot) {
                Some(Local::Later(later)) => self.list(later, window),
                _ => List::from_value(&self.eval(expr)),
            },
            ExprKind::Bind { slot, value, body } => {
                self.with(*slot, self.argument(value), || self.list(body, window))
            }
            ExprKind::Inverse(owner, name) => self.inverse(owner, name, window),
            ExprKind::All(ty) => self.all_of(ty, window),
            ExprKind::List(items) => {
                let members = items.iter().map(|item| Member {
                    value: self.eval(item),
                    inside: Eval::truth(true),
                    loose: false,
                });
                List::new(members.collect(), Eval::truth(false))
            }
            ExprKind::Filter { list, slot, body, window: clause } => {
                let mut list = self.list(list, &self.narrow(window, clause));
                let counts = self.range(&list, clause);
                for (member, counts) in list.members.iter_mut().zip(counts) {
                    self.keep_if(member, *slot, body, counts);
                }
                list
            }
            ExprKind::MapList { list, slot, body } => {
                let mut list = self.list(list, &Window::default());
                self.ranged(list.certain().count().saturating_add(list.possible().count()));
                for member in &mut list.members {
                    if member.inside.possible.truth() != Some(false) {
                        let value = Local::Value(member.value.clone());
                        member.value = self.with(*slot, value, || self.value_of(member, *slot, body));
                        // What it is now rests on more than on who it is.
                        member.loose = false;
                    }
                }
                list
            }
            ExprKind::ListFn(ListFn::Distinct, list) => distinct(self.list(list, window)),
            ExprKind::Conditional(condition, a, b) => {
                let condition = self.condition(condition);
                match condition.possible.truth() {
                    Some(truth) => {
                        let mut list = self.list(if truth { a } else { b }, window);
                        list.open.horizon = list.open.horizon.min(condition.horizon);
                        list
                    }
                    None => either(&condition, self.list(a, window), self.list(b, window)),
                }
            }
            ExprKind::OrValue(of, default) => {
                let whole = self.eval(of);
                if whole.possible.is_absent() { self.list(default, window) } else { self.list(of, window) }
            }
            ExprKind::Assume(of, default) => self.assume_list(expr, of, default, window),
            ExprKind::Arith(ArithOp::Add, a, b) => {
                let (mut a, b) = (self.list(a, &Window::default()), self.list(b, &Window::default()));
                a.members.extend(b.members);
                List::new(a.members, logic::any(&[a.open, b.open]))
            }
            _ => List::from_value(&self.eval(expr)),
        }
    }

    /// The members of a list, whenever they were.
    pub(crate) fn members(&self, expr: &'a Expr) -> List {
        self.list(expr, &Window::default())
    }

    /// Narrows membership by a condition. What is already left out is not looked at again.
    pub(super) fn keep_if(&self, member: &mut Member, slot: Slot, body: &'a Expr, counts: bool) {
        if member.inside.possible.truth() == Some(false) {
            return;
        }
        let kept = self.judge(member, slot, body, counts);
        member.inside = logic::all(&[member.inside.clone(), kept]);
    }

    /// The same by a condition that must not be true.
    pub(super) fn keep_unless(&self, member: &mut Member, slot: Slot, body: &'a Expr, counts: bool) {
        if member.inside.possible.truth() == Some(false) {
            return;
        }
        let holds = self.judge(member, slot, body, counts);
        member.inside = logic::all(&[member.inside.clone(), logic::not(holds)]);
    }

    /// What a condition says of a member; what it ranges over counts where the member does.
    fn judge(&self, member: &Member, slot: Slot, body: &'a Expr, counts: bool) -> Eval {
        let value = Local::Value(member.value.clone());
        let judge = || self.with(slot, value, || self.said_of(member, slot, body));
        if counts { judge() } else { self.uncounted(judge) }
    }

    /// Counts what a condition ranges over: with an equality that pins the element, those that satisfy it.
    /// Says for each member whether it was counted.
    pub(super) fn range(&self, list: &List, clause: &'a Clause) -> Vec<bool> {
        let pinned = self.pins(clause);
        let counts = |member: &Member| {
            member.inside.possible.truth() != Some(false)
                && (pinned.is_empty() || self.may_be(member, &pinned))
        };
        let counts: Vec<bool> = list.members.iter().map(counts).collect();
        self.ranged(counts.iter().filter(|counts| **counts).count());
        counts
    }

    fn may_be(&self, member: &Member, pinned: &[(&'a [Name], Eval)]) -> bool {
        let Some(Value::Fact(ty, key)) = member.value.possible.value() else { return true };
        pinned.iter().all(|(path, value)| {
            let here = self.follow(ty, key, path);
            match (here.possible.value(), value.possible.value()) {
                (Some(here), Some(value)) => here.equals(value),
                _ => true,
            }
        })
    }

    /// `exists`, `all`, `exists_one` (L2): all of them follow from Kleene's connectives over the members
    /// and the chance that there are more.
    pub(super) fn quantified(
        &self,
        quantifier: Quantifier,
        list: &'a Expr,
        slot: Slot,
        body: &'a Expr,
        clause: &'a Clause,
    ) -> Eval {
        if quantifier != Quantifier::ExistsOne
            && let Some(eval) = self.quantified_once(quantifier, list, (slot, body, clause))
        {
            return eval;
        }
        let mut list = self.list(list, &self.narrow(&Window::default(), clause));
        // Those that are known to be meant come first: what else may be is the same for every owner.
        if quantifier != Quantifier::ExistsOne {
            list.members.sort_by_key(|member| member.loose);
        }
        let counts = self.range(&list, clause);
        let members = list.members.iter_mut().zip(counts);
        match quantifier {
            Quantifier::Exists => {
                members.for_each(|(member, counts)| self.keep_if(member, slot, body, counts));
                list.at_least(1)
            }
            Quantifier::All => {
                members.for_each(|(member, counts)| self.keep_unless(member, slot, body, counts));
                logic::not(list.at_least(1))
            }
            Quantifier::ExistsOne => {
                members.for_each(|(member, counts)| self.keep_if(member, slot, body, counts));
                if self.lone.is_some() && list.possible().next().is_some() {
                    return Eval::from(Possible::maybe(list.causes()), &[&list.whole()]);
                }
                logic::all(&[list.at_least(1), logic::not(list.at_least(2))])
            }
        }
    }

    /// The facts that refer to one owner.
    fn inverse(&self, owner: &'a Expr, name: &Name, window: &Window) -> List {
        let base = self.eval(owner);
        let (ty, key) = match base.possible.value() {
            Some(Value::Fact(ty, key)) => (ty.clone(), key.clone()),
            _ => return List::from_value(&base),
        };
        let schema = self.view.schema();
        let Some(inverse) = schema.facts.get(&ty).and_then(|declared| declared.inverse(name.as_str())) else {
            return List::nothing_known(Causes::NONE);
        };
        let Some(of) = schema.facts.get(&inverse.of) else { return List::nothing_known(Causes::NONE) };
        let own = self.view.own(&inverse.of, &inverse.via, &key).into_iter();
        let own = own.map(|one| (one.at, self.attached(&inverse.of, &inverse.via, one)));
        let mut members = in_order(own.collect(), &self.loose(&inverse.of, &inverse.via));
        members.iter_mut().for_each(|one| one.inside.horizon = one.inside.horizon.min(base.horizon));
        let mut open = self.openness(of, Some(&Owner { ty: &ty, key: &key, via: &inverse.via }), window);
        open.horizon = open.horizon.min(base.horizon);
        List::new(members, open)
    }

    /// All facts of a type; less those that are known to say something else where a condition fixes a key, a text
    /// or a reference: of them it counts only until when they say so.
    fn all_of(&self, ty: &Name, window: &Window) -> List {
        let Some(declared) = self.view.schema().facts.get(ty) else {
            return List::nothing_known(Causes::NONE);
        };
        if let Some(pin) = window.pin(self.view.schema(), declared) {
            let members = self.certain(ty, self.view.pinned(ty, pin.field, &pin.value));
            let open = self.openness(declared, None, window);
            let others = self.view.until(ty, &BTreeSet::from([pin.field.clone()]));
            let horizon = open.horizon.min(pin.rest.horizon).min(others);
            let reads = open.reads.and(&pin.rest.reads);
            return List::new(members, Eval { horizon, reads, ..open });
        }
        let members = self.certain(ty, self.view.listed(ty));
        let open = match declared.kind {
            FactKind::Request => Eval::truth(false),
            FactKind::Entity | FactKind::Event => self.openness(declared, None, window),
        };
        List::new(members, open)
    }

    /// Facts as members of a list that they all are in.
    pub(super) fn certain(&self, ty: &Name, facts: Vec<Listed>) -> Vec<Member> {
        facts.into_iter().map(|fact| self.member(ty, fact.key, fact.at, Eval::truth(true))).collect()
    }

    /// A fact as a member. An event of which it is not known when it happened may be in the future.
    pub(super) fn member(&self, ty: &Name, key: Arc<str>, at: Option<i64>, inside: Eval) -> Member {
        let event = || self.view.schema().facts.get(ty).is_some_and(|ty| ty.kind == FactKind::Event);
        let undated = at.is_none() && event();
        let at = undated.then(|| self.follow(ty, &key, &[Name::from("at")]));
        let value = Eval::constant(Possible::known(Value::Fact(ty.clone(), key)));
        let Some(at) = at else { return Member { value, inside, loose: false } };
        let dated = Eval { possible: Possible::maybe(at.possible.causes.clone()), ..at };
        Member { value, inside: logic::all(&[inside, dated]), loose: false }
    }
}

/// The members of a list that is in two parts, each of them in the order of lists.
fn in_order(own: Vec<(Option<i64>, Member)>, loose: &[(Option<i64>, Member)]) -> Vec<Member> {
    fn place((at, member): &(Option<i64>, Member)) -> (Option<i64>, Option<&Value>) {
        (*at, member.value.possible.value())
    }
    let mut members = Vec::with_capacity(own.len().saturating_add(loose.len()));
    let mut loose = loose.iter().peekable();
    for one in own {
        while let Some((_, before)) = loose.next_if(|other| place(other) < place(&one)) {
            members.push(before.clone());
        }
        members.push(one.1);
    }
    members.extend(loose.map(|(_, member)| member.clone()));
    members
}

/// The members of either of two lists, where it is not known which is meant.
fn either(condition: &Eval, a: List, b: List) -> List {
    let doubt = Eval { possible: Possible::maybe(condition.possible.causes.clone()), ..condition.clone() };
    let mut members: Vec<Member> = a.members.into_iter().chain(b.members).collect();
    for member in &mut members {
        member.inside = logic::all(&[member.inside.clone(), doubt.clone()]);
    }
    let mut open = logic::any(&[a.open, b.open]);
    open.horizon = open.horizon.min(condition.horizon);
    List::new(members, open)
}

/// `distinct()`: one member a known value; elements whose value is not known may add one each (L3).
fn distinct(list: List) -> List {
    let any: Vec<Eval> = list.members.iter().map(|member| member.inside.clone()).collect();
    let mut known: BTreeMap<Value, (usize, Vec<Eval>)> = BTreeMap::new();
    let mut members = Vec::new();
    for (place, member) in list.members.into_iter().enumerate() {
        let horizon = member.inside.horizon.min(member.value.horizon);
        let inside = Eval { horizon, ..member.inside.clone() };
        match member.value.possible.value() {
            Some(value) => known.entry(value.clone()).or_insert((place, Vec::new())).1.push(inside),
            None if inside.possible.truth() == Some(false) => {
                members.push((place, Member { inside, ..member }))
            }
            None => {
                let causes = member.value.possible.causes.and(&inside.possible.causes);
                let inside = Eval { possible: Possible::maybe(causes), ..inside };
                members.push((place, Member { inside, ..member }));
            }
        }
    }
    for (value, (place, inside)) in known {
        let value = Eval::constant(Possible::known(value));
        members.push((place, Member { value, inside: logic::any(&inside), loose: false }));
    }
    members.sort_by_key(|(place, _)| *place);
    let members = members.into_iter().map(|(_, member)| member).collect();
    List { members, open: list.open, any: Some(Box::new(logic::any(&any))) }
}

impl List {
    /// Whether it has at least `count` members (T1: *at least k of n*).
    pub(crate) fn at_least(&self, count: usize) -> Eval {
        if count == 0 {
            return Eval::truth(true);
        }
        let certain: Vec<&Member> = self.certain().collect();
        if certain.len() >= count {
            let reads = certain.iter().take(count).map(|member| rest(member).reads);
            // It holds until so many have gone that too few are left: the latest `count` horizons.
            let horizon = nth_latest(certain.iter().map(|member| member.inside.horizon), count);
            return Eval { possible: Possible::bool(true), horizon, reads: Gather::all(reads) };
        }
        if let (1, Some(any)) = (count, &self.any)
            && any.possible.truth() == Some(true)
        {
            return any.as_ref().clone();
        }
        let whole = self.whole();
        let may = certain.len().saturating_add(self.possible().count());
        if self.is_closed() && may < count {
            let left_out = self.members.iter().filter(|member| member.inside.possible.truth() == Some(false));
            let wanted = count.saturating_sub(may);
            let horizon = nth_earliest(left_out.map(|member| member.inside.horizon), wanted);
            return Eval {
                possible: Possible::bool(false),
                horizon: horizon.min(self.open.horizon),
                reads: whole.reads,
            };
        }
        Eval { possible: Possible::maybe(self.causes()), ..whole }
    }
}

/// What a member's being there rests on, its own fact included.
fn rest(member: &Member) -> Eval {
    Eval::from(Possible::bool(true), &[&member.inside, &member.value])
}

fn nth_latest(horizons: impl Iterator<Item = Horizon>, count: usize) -> Horizon {
    let (clock, first) = ends(horizons);
    let nth = |mut ends: Vec<i64>| {
        ends.sort_unstable_by(|a, b| b.cmp(a));
        ends.get(count.saturating_sub(1)).copied().unwrap_or(crate::value::NEVER)
    };
    Horizon { clock: nth(clock), first: nth(first) }
}

fn nth_earliest(horizons: impl Iterator<Item = Horizon>, count: usize) -> Horizon {
    let (clock, first) = ends(horizons);
    let nth = |mut ends: Vec<i64>| {
        ends.sort_unstable();
        ends.get(count.saturating_sub(1)).copied().unwrap_or(crate::value::NEVER)
    };
    Horizon { clock: nth(clock), first: nth(first) }
}

fn ends(horizons: impl Iterator<Item = Horizon>) -> (Vec<i64>, Vec<i64>) {
    horizons.map(|horizon| (horizon.clock, horizon.first)).unzip()
}
