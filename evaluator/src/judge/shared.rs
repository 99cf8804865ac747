//! What conditions say of facts that may be in many lists: found once, for all who ask.
//!
//! A fact whose reference nobody collected may be in the list of any owner. A condition that reads nothing but the
//! member says the same of it whoever owns the list.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use assize_lang::plan::{Expr, ExprKind, Name, Quantifier, Slot, Window as Clause};

use super::eval::{Asked, Eval, Evaluator, Read};
use super::list::{List, Member};
use super::logic;
use super::walk::children;
use super::window::{Owner, Window};
use crate::store::Listed;
use crate::value::{Causes, Gather, Horizon, Possible, Value};

/// As many questions to coverage may be repeated to each who asks.
const ASKED: usize = 64;
/// Of so many facts it is kept what one expression comes to.
const SUBJECTS: usize = 1 << 16;

/// What was found, on one state of the facts at one instant.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// By type and field, in the order of lists: facts of which it is not known to whom the field refers.
    loose: RefCell<BTreeMap<(Name, Name), Loose>>,
    /// By expression and key: what a condition on a member comes to.
    said: RefCell<HashMap<usize, BySubject>>,
    folds: RefCell<Folds>,
    /// By expression: whether it reads nothing but the member.
    apart: RefCell<HashMap<usize, bool>>,
}

/// Facts that may be in any list, with when they happened.
type Loose = Rc<[(Option<i64>, Member)]>;

/// By condition and owner: what it comes to for all of them, where there are any.
type Folds = HashMap<(usize, usize), Option<Rc<Fold>>>;

/// What an expression came to, by the key of the fact that it was asked of.
type BySubject = HashMap<Arc<str>, Rc<Kept>>;

/// What an expression came to.
#[derive(Debug)]
struct Kept {
    eval: Eval,
    took: Took,
}

/// What finding that took, which counts for everybody who asks.
#[derive(Debug)]
struct Took {
    reach: u64,
    asked: Vec<Asked>,
}

/// What a condition comes to for all facts that may be in any list.
#[derive(Debug)]
struct Fold {
    /// Whether any may be a member of which it is true, and what that rests on.
    open: Option<Eval>,
    /// Those of which it is known not to be true.
    left_out: Option<Eval>,
    took: Took,
}

/// Conditions on the facts that refer to an owner, the last of them first.
struct Chain<'a> {
    owner: &'a Expr,
    name: &'a Name,
    conditions: Vec<Condition<'a>>,
}

#[derive(Clone, Copy)]
struct Condition<'a> {
    slot: Slot,
    body: &'a Expr,
    clause: &'a Clause,
}

/// Where an expression is: the program that it is part of outlives whoever asks.
fn place(expr: &Expr) -> usize {
    std::ptr::from_ref(expr).addr()
}

impl<'a> Evaluator<'a> {
    /// Facts of which it is not known to whom their field refers, as members of any list.
    pub(super) fn loose(&self, of: &Name, via: &Name) -> Loose {
        let make = || {
            let listed = self.view.loose(of, via).into_iter();
            listed.map(|one| (one.at, self.attached(of, via, one))).collect::<Loose>()
        };
        let Some(shared) = self.shared() else { return make() };
        let name = (of.clone(), via.clone());
        if let Some(known) = shared.loose.borrow().get(&name) {
            return Rc::clone(known);
        }
        let made = make();
        shared.loose.borrow_mut().insert(name, Rc::clone(&made));
        made
    }

    /// A fact as a member of a list of those that refer to an owner, or may.
    pub(super) fn attached(&self, of: &Name, via: &Name, listed: Listed) -> Member {
        let Listed { key, at, certain, loose, link } = listed;
        let inside = match link {
            Some((horizon, cited)) => {
                let reads = Gather::one(Read::Fact(cited));
                Eval { possible: Possible::bool(true), horizon, reads }
            }
            None => {
                let link = self.follow(of, &key, std::slice::from_ref(via));
                let possible = match certain {
                    true => Possible::bool(true),
                    false => Possible::maybe(link.possible.causes.clone()),
                };
                Eval { possible, ..link }
            }
        };
        Member { loose, ..self.member(of, key, at, inside) }
    }

    /// What a condition says of a member; of one that may be in many lists, it is found once.
    pub(super) fn said_of(&self, member: &Member, slot: Slot, expr: &'a Expr) -> Eval {
        match self.shared().filter(|_| member.loose) {
            Some(shared) => self.kept(shared, member, slot, expr),
            None => self.condition(expr),
        }
    }

    fn kept(&self, shared: &Shared, member: &Member, slot: Slot, expr: &'a Expr) -> Eval {
        match (member.key().filter(|_| shared.is_apart(expr, slot)), &expr.kind) {
            (Some(key), _) => self.once(shared, key, expr, || self.condition(expr)),
            (None, ExprKind::And(a, b)) => {
                logic::all(&[self.kept(shared, member, slot, a), self.kept(shared, member, slot, b)])
            }
            (None, _) => self.condition(expr),
        }
    }

    /// What an expression comes to with a member bound; of one that may be in many lists, it is found once.
    pub(super) fn value_of(&self, member: &Member, slot: Slot, expr: &'a Expr) -> Eval {
        let shared = self.shared().filter(|shared| member.loose && shared.is_apart(expr, slot));
        match shared.zip(member.key()) {
            Some((shared, key)) => self.once(shared, key, expr, || self.eval(expr)),
            None => self.eval(expr),
        }
    }

    fn once(&self, shared: &Shared, key: &Arc<str>, expr: &Expr, find: impl FnOnce() -> Eval) -> Eval {
        let known = shared.said.borrow().get(&place(expr)).and_then(|said| said.get(key).cloned());
        if let Some(known) = known {
            self.takes(&known.took);
            return known.eval.clone();
        }
        let (eval, took) = self.taking(find);
        self.takes(&took);
        let kept = Rc::new(Kept { eval: eval.clone(), took });
        let mut said = shared.said.borrow_mut();
        let said = said.entry(place(expr)).or_default();
        if said.len() < SUBJECTS {
            said.insert(Arc::clone(key), kept);
        }
        eval
    }

    /// Evaluates, and says what that took, which is not counted yet.
    fn taking<R>(&self, body: impl FnOnce() -> R) -> (R, Took) {
        let (before, reach) = (self.take_asked(), self.reach());
        let result = body();
        let took = Took { reach: self.reach().saturating_sub(reach), asked: self.take_asked() };
        self.set_reach(reach);
        self.ask(before);
        (result, took)
    }

    /// Counts what it took.
    fn takes(&self, took: &Took) {
        self.add_reach(took.reach);
        if !took.asked.is_empty() {
            self.ask(took.asked.clone());
        }
    }

    /// `exists` and `all` over facts that refer to an owner, with what may be in any list asked once; nothing
    /// where a condition reads more than the member.
    pub(super) fn quantified_once(
        &self,
        quantifier: Quantifier,
        list: &'a Expr,
        last: (Slot, &'a Expr, &'a Clause),
    ) -> Option<Eval> {
        let shared = self.shared()?;
        let last = Condition { slot: last.0, body: last.1, clause: last.2 };
        let chain = self.chain(list, last)?;
        if !chain.conditions.iter().all(|one| shared.is_apart(one.body, one.slot)) {
            return None;
        }
        let base = self.eval(chain.owner);
        let (ty, key) = match base.possible.value() {
            Some(Value::Fact(ty, key)) => (ty.clone(), key.clone()),
            _ => return None,
        };
        let schema = self.view.schema();
        let inverse = schema.facts.get(&ty)?.inverse(chain.name.as_str())?;
        let of = schema.facts.get(&inverse.of)?;
        let fold = self.fold(shared, quantifier, &chain, (&inverse.of, &inverse.via))?;
        let mut window = Window::default();
        for one in &chain.conditions {
            window = self.narrow(&window, one.clause);
        }
        let own = self.view.own(&inverse.of, &inverse.via, &key);
        let mut members: Vec<Member> =
            own.into_iter().map(|one| self.attached(&inverse.of, &inverse.via, one)).collect();
        members.iter_mut().for_each(|one| one.inside.horizon = one.inside.horizon.min(base.horizon));
        let mut open = self.openness(of, Some(&Owner { ty: &ty, key: &key, via: &inverse.via }), &window);
        open.horizon = open.horizon.min(base.horizon);
        let mut list = List { members, open, any: None };
        self.sift(quantifier, &chain, &mut list);
        self.takes(&fold.took);
        let mut more = |inside: Eval| {
            let value = Eval::truth(true);
            list.members.push(Member { value, inside, loose: true });
        };
        if let Some(open) = &fold.open {
            more(Eval { horizon: open.horizon.min(base.horizon), ..open.clone() });
        }
        fold.left_out.iter().cloned().for_each(more);
        let some = list.at_least(1);
        Some(if quantifier == Quantifier::All { logic::not(some) } else { some })
    }

    /// The owner and the conditions, where the list is what refers to the owner, filtered or not.
    fn chain(&self, list: &'a Expr, last: Condition<'a>) -> Option<Chain<'a>> {
        let (mut list, mut conditions) = (self.behind(list), vec![last]);
        loop {
            match &list.kind {
                ExprKind::Inverse(owner, name) => return Some(Chain { owner, name, conditions }),
                ExprKind::Filter { list: of, slot, body, window } => {
                    conditions.push(Condition { slot: *slot, body, clause: window });
                    list = self.behind(of);
                }
                _ => return None,
            }
        }
    }

    /// Judges members by one condition after the other.
    fn sift(&self, quantifier: Quantifier, chain: &Chain<'a>, list: &mut List) {
        for (left, one) in chain.conditions.iter().enumerate().rev() {
            let counts = self.range(list, one.clause);
            for (member, counts) in list.members.iter_mut().zip(counts) {
                if left == 0 && quantifier == Quantifier::All {
                    self.keep_unless(member, one.slot, one.body, counts);
                } else {
                    self.keep_if(member, one.slot, one.body, counts);
                }
            }
        }
    }

    /// What the conditions come to for all facts that may be in any list; nothing where there is none.
    fn fold(
        &self,
        shared: &Shared,
        quantifier: Quantifier,
        chain: &Chain<'a>,
        (of, via): (&Name, &Name),
    ) -> Option<Rc<Fold>> {
        let at = (place(chain.conditions.first()?.body), place(chain.owner));
        let known = shared.folds.borrow().get(&at).cloned();
        if let Some(known) = known {
            return known;
        }
        let loose = self.loose(of, via);
        let (list, took) = self.taking(|| {
            // What all of them come to is kept, and not what each does.
            let each = |(_, member): &(_, Member)| Member { loose: false, ..member.clone() };
            let members = loose.iter().map(each).collect();
            let mut list = List { members, open: Eval::truth(false), any: None };
            self.sift(quantifier, chain, &mut list);
            list
        });
        let fits = !loose.is_empty() && took.asked.len() <= ASKED && list.certain().next().is_none();
        let fold = fits.then(|| Rc::new(Fold::of(&list, took)));
        shared.folds.borrow_mut().insert(at, fold.clone());
        fold
    }
}

impl Fold {
    fn of(list: &List, took: Took) -> Self {
        let left_out = || list.members.iter().filter(|member| member.inside.possible.truth() == Some(false));
        let reads = Gather::all(list.members.iter().map(|member| member.inside.reads.clone()));
        let until = |members: &mut dyn Iterator<Item = &Member>| {
            Horizon::all(members.map(|member| member.inside.horizon))
        };
        let open = list.possible().next().is_some().then(|| {
            let causes = list.possible().map(|member| member.inside.possible.causes.clone());
            let causes = Causes::all(causes).kept_sorted();
            let horizon = until(&mut list.possible());
            Eval { possible: Possible::maybe(causes), horizon, reads: reads.clone() }
        });
        let rest = if open.is_some() { Gather::NONE } else { reads };
        let left_out = left_out().next().is_some().then(|| Eval {
            possible: Possible::bool(false),
            horizon: until(&mut left_out()),
            reads: rest,
        });
        Self { open, left_out, took }
    }
}

impl Shared {
    /// Whether an expression reads nothing but what the slot is bound to, and what is bound inside of it.
    fn is_apart(&self, expr: &Expr, slot: Slot) -> bool {
        let mut known = self.apart.borrow_mut();
        *known.entry(place(expr)).or_insert_with(|| {
            let mut bound = BTreeSet::from([slot]);
            binds(expr, &mut bound);
            reads_only(expr, &bound)
        })
    }
}

/// The slots that are bound inside of an expression.
fn binds(expr: &Expr, bound: &mut BTreeSet<Slot>) {
    match &expr.kind {
        ExprKind::Bind { slot, .. }
        | ExprKind::Quantified { slot, .. }
        | ExprKind::Filter { slot, .. }
        | ExprKind::MapList { slot, .. }
        | ExprKind::Peak { key: Some((slot, _)), .. } => drop(bound.insert(*slot)),
        _ => {}
    }
    children(expr, &mut |part| binds(part, bound));
}

fn reads_only(expr: &Expr, bound: &BTreeSet<Slot>) -> bool {
    let here = match &expr.kind {
        ExprKind::Var(slot) => bound.contains(slot),
        ExprKind::Let(_) | ExprKind::Related(..) | ExprKind::Declared(..) => false,
        _ => true,
    };
    let mut all = here;
    children(expr, &mut |part| all = all && reads_only(part, bound));
    all
}
