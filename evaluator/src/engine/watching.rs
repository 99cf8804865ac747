//! Who hangs on how far somebody watched, and whom a heartbeat concerns.
//!
//! Whoever asked whether a signal was watched in a scope is noted here, with the instant before which the
//! answer stays what it is as long as the watching merely goes on. A heartbeat that does no more than that
//! decides nothing again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use assize_lang::plan::{Coverage, CoveredBy, FactKind};

use super::todo::{Case, Todo, Why};
use crate::judge::Asked;
use crate::store::Track;
use crate::world::{Sym, TypeId, World};

/// A signal in a scope, as facts of one type ask about it.
#[derive(Debug)]
struct Watched {
    ty: TypeId,
    part: CoveredBy,
    /// Whether listings count, or every instant.
    listed: bool,
    track: Arc<Track>,
    /// Who asked, and before when a heartbeat does not concern them.
    waiting: HashMap<Case, i64>,
    /// The earliest of these instants, or an earlier one.
    soonest: i64,
}

/// All that was asked about coverage.
#[derive(Debug, Default)]
pub(super) struct Watching {
    all: Vec<Watched>,
    /// Their numbers, by signal, scope and type.
    numbers: BTreeMap<String, BTreeMap<String, BTreeMap<TypeId, usize>>>,
    /// The same by type, the place of the part among the type's, and a text of the world's.
    short: HashMap<(TypeId, usize, Option<Sym>), usize>,
    asked: HashMap<Case, Box<[usize]>>,
}

impl Watching {
    /// The number of a part's signal in a scope, for facts of a type; `sym` is the scope's, `None` is
    /// everything.
    pub(super) fn number(
        &mut self,
        world: &World,
        (ty, place): (TypeId, usize),
        sym: Option<Sym>,
        scope: &str,
    ) -> Option<usize> {
        if let Some(known) = self.short.get(&(ty, place, sym)) {
            return Some(*known);
        }
        let part = part(world, ty, |at, _| at == place)?;
        let number = self.find(world, ty, part, scope);
        self.short.insert((ty, place, sym), number);
        Some(number)
    }

    /// The same for a text that is none of the world's.
    pub(super) fn number_of_text(
        &mut self,
        world: &World,
        (ty, place): (TypeId, usize),
        scope: &str,
    ) -> Option<usize> {
        let part = part(world, ty, |at, _| at == place)?;
        Some(self.find(world, ty, part, scope))
    }

    /// How much was asked about.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// What is known of it.
    pub(super) fn track(&self, number: usize) -> Option<&Arc<Track>> {
        self.all.get(number).map(|one| &one.track)
    }

    fn find(&mut self, world: &World, ty: TypeId, part: CoveredBy, scope: &str) -> usize {
        let types = self.numbers.get(part.signal.as_str()).and_then(|scopes| scopes.get(scope));
        if let Some(known) = types.and_then(|types| types.get(&ty)) {
            return *known;
        }
        let number = self.all.len();
        let scopes = self.numbers.entry(part.signal.to_string()).or_default();
        scopes.entry(scope.to_owned()).or_default().insert(ty, number);
        let listed = world.layout().ty(ty).kind == FactKind::Entity;
        let track = Arc::new(world.track(ty, &part, scope));
        self.all.push(Watched { ty, part, listed, track, waiting: HashMap::new(), soonest: i64::MAX });
        number
    }

    /// What the judge was asked, by number.
    pub(super) fn resolve(&mut self, world: &World, asked: Vec<Asked>) -> Vec<(usize, i64)> {
        let mut out = Vec::new();
        for one in asked {
            let Some(ty) = world.layout().type_id(&one.ty) else { continue };
            let Some(part) = part(world, ty, |_, part| part.signal.as_str() == one.signal) else { continue };
            out.push((self.find(world, ty, part, &one.scope), one.renewed));
        }
        out
    }

    /// Notes what a case asked about, each with the instant before which a heartbeat does not concern it.
    pub(super) fn note(&mut self, case: Case, asked: &[(usize, i64)]) {
        if asked.is_empty() && self.asked.is_empty() {
            return;
        }
        let mut least: BTreeMap<usize, i64> = BTreeMap::new();
        for (number, until) in asked {
            let known = least.entry(*number).or_insert(*until);
            *known = (*known).min(*until);
        }
        let numbers: Box<[usize]> = least.keys().copied().collect();
        let before =
            if numbers.is_empty() { self.asked.remove(&case) } else { self.asked.insert(case, numbers) };
        for number in before.iter().flat_map(|before| before.iter()) {
            if !least.contains_key(number)
                && let Some(watched) = self.all.get_mut(*number)
            {
                watched.waiting.remove(&case);
            }
        }
        for (number, until) in least {
            if let Some(watched) = self.all.get_mut(number) {
                watched.waiting.insert(case, until);
                watched.soonest = watched.soonest.min(until);
            }
        }
    }

    /// Takes over what was asked for one number under another.
    pub(super) fn keep(&mut self, world: &World, number: usize, from: &Self, old: usize) {
        for ((of, row), numbers) in &from.asked {
            if *of != old {
                continue;
            }
            let mut asked = Vec::new();
            for watched in numbers.iter().filter_map(|number| from.all.get(*number)) {
                let until = watched.waiting.get(&(*of, *row)).copied().unwrap_or(i64::MIN);
                asked.push((self.find(world, watched.ty, watched.part.clone(), &watched.track.scope), until));
            }
            self.note((number, *row), &asked);
        }
    }

    /// Coverage of a signal in a scope changed; `None` is any. Whoever that may concern has to be decided
    /// again.
    pub(super) fn told(
        &mut self,
        world: &World,
        signal: &str,
        scope: Option<&str>,
        why: Why,
        todo: &mut Todo,
    ) {
        let Some(scopes) = self.numbers.get(signal) else { return };
        let some = scope.filter(|scope| *scope != "*");
        let types = match some {
            Some(scope) => scopes.get(scope).into_iter().chain(scopes.get("*")).collect::<Vec<_>>(),
            None => scopes.values().collect(),
        };
        for number in types.into_iter().flat_map(BTreeMap::values) {
            let Some(watched) = self.all.get_mut(*number) else { continue };
            let track = world.track(watched.ty, &watched.part, &watched.track.scope);
            let renewed = watched.track.is_renewed_by(&track, watched.listed);
            watched.track = Arc::new(track);
            let now = if renewed { world.now() } else { i64::MAX };
            if watched.soonest > now {
                continue;
            }
            watched.soonest = i64::MAX;
            for (case, until) in &watched.waiting {
                if *until <= now {
                    todo.one(*case, why);
                } else {
                    watched.soonest = watched.soonest.min(*until);
                }
            }
        }
    }

    /// Everything may have changed.
    pub(super) fn look_again(&mut self, world: &World) {
        for watched in &mut self.all {
            watched.track = Arc::new(world.track(watched.ty, &watched.part, &watched.track.scope));
        }
    }
}

/// The first of a type's parts that is meant.
fn part(world: &World, ty: TypeId, is: impl Fn(usize, &CoveredBy) -> bool) -> Option<CoveredBy> {
    let Coverage::By(alternatives) = &world.layout().ty(ty).coverage else { return None };
    alternatives.iter().flatten().enumerate().find(|(at, part)| is(*at, part)).map(|(_, part)| part.clone())
}
