//! The reach of one expression: what the reference engine counts, with every list at its size.
//!
//! Nothing is saved by stopping early: every operand and every arm is counted, whatever the ones before
//! it came to.

use std::collections::{BTreeMap, BTreeSet};

use super::cardinality::{Cardinality, Members};
use crate::plan::{Const, Expr, ExprKind, Let, ListFn, Name, Schema, Slot, Type, Window};
use crate::sema::children;

/// Elements that are ranged over, by the list that they are in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) by: BTreeMap<String, Members>,
}

impl Reach {
    fn of(list: &str, members: Members) -> Self {
        Self { by: BTreeMap::from([(list.to_owned(), members)]) }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (list, members) in other.by {
            let sum = self.by.entry(list).or_default();
            *sum = sum.plus(members);
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.add(other);
        self
    }

    pub(super) fn times(mut self, count: Members) -> Self {
        self.by.values_mut().for_each(|members| *members = members.times(count));
        self
    }

    pub(super) fn total(&self) -> Members {
        self.by.values().fold(Members::NONE, |sum, members| sum.plus(*members))
    }
}

/// A list: whose it is, how many members it has, and what finding them takes.
#[derive(Clone, Debug)]
struct List {
    name: String,
    members: Members,
    reach: Reach,
}

impl List {
    fn new(name: impl Into<String>, members: Members, reach: Reach) -> Self {
        Self { name: name.into(), members, reach }
    }

    /// What ranging over its members takes, with `each` of them.
    fn ranged(self, members: Members, each: Reach) -> Reach {
        self.reach.and(Reach::of(&self.name, members)).and(each.times(members))
    }
}

/// A list that has a name: looked at anew wherever it is used, though the `let`s in it are not.
enum Known {
    Once,
    Always(List),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Let(u32),
    Slot(Slot),
}

/// Counts the expressions of one policy.
pub(super) struct Counter<'a> {
    schema: &'a Schema,
    cardinality: &'a Cardinality,
    lets: &'a [Let],
    /// Arguments of inlined functions that are looked at where they are used.
    later: BTreeMap<Slot, &'a Expr>,
    known: BTreeMap<Named, Known>,
    /// The `let`s with one value: they are evaluated once a case.
    counted: BTreeSet<u32>,
    /// What they took.
    once: Reach,
    /// The sizes that were asked for, and whether they were declared.
    pub(super) sizes: BTreeMap<String, (Members, bool)>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(schema: &'a Schema, cardinality: &'a Cardinality, lets: &'a [Let]) -> Self {
        Self {
            schema,
            cardinality,
            lets,
            later: BTreeMap::new(),
            known: BTreeMap::new(),
            counted: BTreeSet::new(),
            once: Reach::default(),
            sizes: BTreeMap::new(),
        }
    }

    /// Ends a stage, in which each `let` is evaluated once: what those that were read took.
    pub(super) fn end_stage(&mut self) -> Reach {
        self.counted.clear();
        self.known.clear();
        std::mem::take(&mut self.once)
    }

    /// All facts of a type.
    pub(super) fn facts(&mut self, ty: &Name) -> Members {
        let (count, declared) = self.cardinality.facts(self.schema, ty);
        let members = Members::exactly(count);
        self.sizes.insert(ty.short().to_owned(), (members, declared));
        members
    }

    fn list_of(&mut self, ty: &Name, list: &Name) -> (String, Members) {
        let (members, declared) = self.cardinality.list(self.schema, ty, list);
        let name = format!("{}.{list}", ty.short());
        self.sizes.insert(name.clone(), (members, declared));
        (name, members)
    }

    /// The members of a list of `ty` that an equality on `path` leaves.
    pub(super) fn pinned(&mut self, ty: &Type, path: &[Name]) -> Option<Members> {
        let (Type::Fact(ty), [field]) = (ty, path) else { return None };
        let declared = self.schema.facts.get(ty)?;
        if declared.key == *field {
            return Some(Members::exactly(1));
        }
        let Type::Fact(owner) = &declared.field(field.as_str())?.ty else { return None };
        let inverses = &self.schema.facts.get(owner)?.inverses;
        let inverse = inverses.iter().find(|inverse| inverse.of == *ty && inverse.via == *field)?;
        let (owner, inverse) = (owner.clone(), inverse.name.clone());
        Some(self.list_of(&owner, &inverse).1)
    }

    fn left(&mut self, list: &List, of: &Type, window: &Window) -> Members {
        let Type::List(of) = of else { return list.members };
        window.fixed.iter().fold(list.members, |members, (path, _)| match self.pinned(of, path) {
            Some(pinned) => members.at_most(pinned),
            None => members,
        })
    }

    fn window(&mut self, window: &'a Window) -> Reach {
        let mut out = Reach::default();
        window.bounds.iter().for_each(|bound| out.add(self.value(&bound.at)));
        // Once for what must be covered, once for what is counted.
        window.fixed.iter().for_each(|(_, value)| out.add(self.value(value).times(Members::exactly(2))));
        out
    }

    /// What ranging over a list takes, and how many members there are.
    pub(super) fn generator(&mut self, list: &'a Expr) -> (Reach, Members) {
        let found = self.list(list);
        let members = found.members;
        (found.ranged(members, Reach::default()), members)
    }

    /// What evaluating an expression takes.
    pub(super) fn value(&mut self, expr: &'a Expr) -> Reach {
        match &expr.kind {
            ExprKind::Let(at) if !is_list(&expr.ty) => {
                if self.counted.insert(*at)
                    && let Some(named) = self.lets.get(*at as usize)
                {
                    let reach = self.value(&named.expr);
                    self.once.add(reach);
                }
                Reach::default()
            }
            ExprKind::Var(slot) if self.later.contains_key(slot) && !is_list(&expr.ty) => {
                let later = self.later.get(slot).copied();
                later.map_or_else(Reach::default, |later| self.value(later))
            }
            ExprKind::Bind { slot, value, body } if !is_list(&expr.ty) => {
                self.argument(*slot, value).and(self.value(body))
            }
            ExprKind::Compare(_, a, b) if self.size(a).is_some() || self.size(b).is_some() => {
                self.size_compared(a, b)
            }
            ExprKind::Quantified { list, body, window, .. } => {
                let (found, rest) = (self.list(list), self.window(window));
                let (left, each) = (self.left(&found, &list.ty, window), self.value(body));
                found.ranged(left, each).and(rest)
            }
            ExprKind::ListFn(function, list) if !is_list(&expr.ty) => {
                let found = self.list(list);
                let members = found.members;
                if *function == ListFn::Size { found.reach } else { found.ranged(members, Reach::default()) }
            }
            ExprKind::In(a, b) if is_list(&b.ty) || b.ty == Type::Dyn => {
                let found = self.list(b);
                let members = found.members;
                self.value(a).and(found.ranged(members, Reach::default()))
            }
            ExprKind::Peak { list, width, key } => {
                let found = self.list(list);
                let members = found.members;
                let each = key.as_ref().map_or_else(Reach::default, |(_, key)| self.value(key));
                found.ranged(members, each).and(self.value(width))
            }
            _ if is_list(&expr.ty) => self.list(expr).reach,
            _ => {
                let mut out = Reach::default();
                children(expr, &mut |child| out.add(self.value(child)));
                out
            }
        }
    }

    /// The size of a list that an expression stands for, by a name or by itself.
    fn size(&self, expr: &'a Expr) -> Option<&'a Expr> {
        match &expr.kind {
            ExprKind::ListFn(ListFn::Size, _) => Some(expr),
            ExprKind::Let(at) => self.size(&self.lets.get(*at as usize)?.expr),
            _ => None,
        }
    }

    /// How many there are at least is asked of the list itself, for the horizon that this has: each time, even where
    /// its size has a name. What it is compared with may turn out to be unknown, and then both are looked at again.
    fn size_compared(&mut self, a: &'a Expr, b: &'a Expr) -> Reach {
        let known = |expr: &Expr| matches!(expr.kind, ExprKind::Const(_) | ExprKind::Param(_));
        let times = if known(a) || known(b) { 1 } else { 2 };
        let sides = [a, b].map(|side| self.value(self.size(side).unwrap_or(side)));
        sides.into_iter().fold(Reach::default(), Reach::and).times(Members::exactly(times))
    }

    /// An argument of an inlined function: a list is looked at where it is used, and so is what moves
    /// with the clock.
    fn argument(&mut self, slot: Slot, value: &'a Expr) -> Reach {
        if is_list(&value.ty) {
            self.later.insert(slot, value);
            return Reach::default();
        }
        if matches!(value.ty, Type::Timestamp | Type::Duration) {
            self.later.insert(slot, value);
        }
        self.value(value)
    }

    fn list(&mut self, expr: &'a Expr) -> List {
        match &expr.kind {
            ExprKind::Let(at) => match self.lets.get(*at as usize) {
                Some(named) => self.named(Named::Let(*at), &named.expr),
                None => self.values(),
            },
            ExprKind::Var(slot) => match self.later.get(slot).copied() {
                Some(later) => self.named(Named::Slot(*slot), later),
                None => self.values(),
            },
            ExprKind::Bind { slot, value, body } => {
                let argument = self.argument(*slot, value);
                let mut found = self.list(body);
                found.reach.add(argument);
                found
            }
            ExprKind::Inverse(owner, name) | ExprKind::Field(owner, name) => {
                let reach = self.value(owner);
                let Type::Fact(ty) = &owner.ty else { return List { reach, ..self.values() } };
                let (name, members) = self.list_of(ty, name);
                List::new(name, members, reach)
            }
            ExprKind::All(ty) => List::new(ty.short(), self.facts(ty), Reach::default()),
            ExprKind::List(items) => {
                let mut reach = Reach::default();
                items.iter().for_each(|item| reach.add(self.value(item)));
                let length = u64::try_from(items.len()).unwrap_or(u64::MAX);
                List::new("a list as written", Members::exactly(length), reach)
            }
            ExprKind::Const(Const::List(items)) => {
                let length = u64::try_from(items.len()).unwrap_or(u64::MAX);
                List::new("a list as written", Members::exactly(length), Reach::default())
            }
            ExprKind::Filter { list, body, window, .. } => {
                let (found, rest) = (self.list(list), self.window(window));
                let (left, each) = (self.left(&found, &list.ty, window), self.value(body));
                let name = found.name.clone();
                List::new(name, left, found.ranged(left, each).and(rest))
            }
            ExprKind::MapList { list, body, .. } => {
                let (found, each) = (self.list(list), self.value(body));
                let (name, members) = (found.name.clone(), found.members);
                List::new(name, members, found.ranged(members, each))
            }
            ExprKind::ListFn(_, list) => self.list(list),
            ExprKind::Conditional(condition, a, b) => {
                let (condition, a, b) = (self.value(condition), self.list(a), self.list(b));
                // Where it is not known which is meant, the members of both may be in it.
                both(a, b, condition)
            }
            ExprKind::OrValue(of, default) | ExprKind::Assume(of, default) => {
                let (of, default) = (self.list(of), self.list(default));
                // Of `orValue` the list is looked at twice: whether it is there, and what is in it.
                let again = of.reach.clone();
                let members = of.members.at_least(default.members);
                List { members, ..both(of, default, again) }
            }
            ExprKind::Arith(_, a, b) => {
                let (a, b) = (self.list(a), self.list(b));
                both(a, b, Reach::default())
            }
            _ => {
                let mut reach = Reach::default();
                children(expr, &mut |child| reach.add(self.value(child)));
                List { reach, ..self.values() }
            }
        }
    }

    /// A list that has a name. It is walked twice at most: a third look finds nothing new.
    fn named(&mut self, name: Named, expr: &'a Expr) -> List {
        if let Some(Known::Always(list)) = self.known.get(&name) {
            return list.clone();
        }
        let again = self.known.contains_key(&name);
        let list = self.list(expr);
        self.known.insert(name, if again { Known::Always(list.clone()) } else { Known::Once });
        list
    }

    fn values(&self) -> List {
        List::new("a list of values", self.cardinality.value(), Reach::default())
    }
}

/// The members of both, under the name of the longer.
fn both(a: List, b: List, reach: Reach) -> List {
    let name = if b.members.worst > a.members.worst { b.name } else { a.name };
    List::new(name, a.members.plus(b.members), reach.and(a.reach).and(b.reach))
}

fn is_list(ty: &Type) -> bool {
    match ty {
        Type::List(_) => true,
        Type::Sensitive(inner) => is_list(inner),
        _ => false,
    }
}
