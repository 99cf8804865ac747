//! Whether the silence of a list is knowledge: its window and its scopes, compiled. What follows from them is
//! the judge's own arithmetic.

use assize_lang::plan::{CompareOp, Coverage, Expr, FactKind, FactType, Name, Window as Clause};

use super::compile::{Compiler, Scalar};
use super::frame::Frame;
use crate::judge::{Edge, Part, Watch, bounded};
use crate::value::NEVER;
use crate::world::{Cell, FieldId, TypeId};

/// A question to coverage, for the list of one owner or of all facts.
pub(super) struct Silence {
    of: TypeId,
    /// Any of these, each of which needs all of its parts.
    alternatives: Vec<Vec<Asking>>,
    bounds: Vec<(CompareOp, Scalar, bool)>,
    /// When the owner began and ended.
    life: Option<Life>,
    fresh: Option<i64>,
}

/// One signal: its place among the type's, and its scope; `None` is everything.
struct Asking {
    place: usize,
    scope: Option<Scalar>,
}

struct Life {
    owner: Scalar,
    ty: TypeId,
    start: FieldId,
    end: Option<FieldId>,
}

/// The owner of a list, by which field its members refer to it.
pub(super) struct Owner<'a> {
    pub(super) expr: &'a Expr,
    pub(super) ty: TypeId,
    pub(super) via: &'a Name,
}

impl Silence {
    /// Nothing where it cannot be compiled. `clauses` are what the conditions on members say, outermost
    /// first.
    pub(super) fn of<'a>(
        compiler: &mut Compiler<'a>,
        (of, declared): (TypeId, &FactType),
        owner: Option<&Owner<'a>>,
        clauses: &[&'a Clause],
    ) -> Option<Self> {
        let Coverage::By(alternatives) = &declared.coverage else { return None };
        let mut place = 0_usize;
        let mut parts = Vec::new();
        for alternative in alternatives {
            let mut all = Vec::new();
            for part in alternative {
                let scope = match part.scope.as_slice() {
                    [] => None,
                    [path] => scope(compiler, of, path, owner, clauses)?,
                    _ => return None,
                };
                all.push(Asking { place, scope });
                place = place.saturating_add(1);
            }
            parts.push(all);
        }
        let event = declared.kind == FactKind::Event;
        let mut bounds = Vec::new();
        for bound in clauses.iter().filter(|_| event).flat_map(|clause| &clause.bounds) {
            let moving = compiler.moves(&bound.at);
            bounds.push((bound.op, compiler.scalar(&bound.at), moving));
        }
        let lives = owner.filter(|_| event).map(|owner| (owner, compiler.layout.ty(owner.ty).lives.clone()));
        let life = match lives {
            Some((owner, Some((start, end)))) => {
                let field = |name: &Name| compiler.layout.field_id(owner.ty, name.as_str());
                let (start, end) = (field(&start)?, end.as_ref().and_then(field));
                Some(Life { owner: compiler.scalar(owner.expr), ty: owner.ty, start, end })
            }
            _ => None,
        };
        let fresh = (!event).then(|| declared.fresh_for.unwrap_or(NEVER));
        Some(Self { of, alternatives: parts, bounds, life, fresh })
    }

    /// Whether nobody can know of a member that was not reported; nothing where that is not plain.
    pub(super) fn is_known(&self, frame: &mut Frame<'_>) -> Option<bool> {
        let before = frame.asked_coverage.len();
        let lists = if self.fresh.is_some() { self.numbers(frame) } else { None };
        if let Some(numbers) = lists {
            return self.settled(frame, numbers);
        }
        let mut alternatives = Vec::with_capacity(self.alternatives.len());
        for alternative in &self.alternatives {
            let mut parts = Vec::with_capacity(alternative.len());
            for asking in alternative {
                let number = self.number(frame, asking)?;
                let track = std::sync::Arc::clone(frame.heard().watching.track(number)?);
                parts.push(Part { track, scoped: true });
                frame.asked_coverage.push((number, NEVER));
            }
            alternatives.push(parts);
        }
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for (op, at, moving) in &self.bounds {
            let Cell::Time(at) = at(frame) else { return None };
            bounded(*op, at, *moving, &mut lower, &mut upper);
        }
        if let Some(life) = &self.life {
            let Cell::Fact(owner) = (life.owner)(frame) else { return None };
            let ends = [(Some(life.start), &mut lower), (life.end, &mut upper)];
            for (field, edges) in ends {
                match field.map(|field| frame.field(life.ty, owner, field)) {
                    Some(Cell::Time(at)) => edges.push(Edge { at, moving: false }),
                    Some(Cell::Absent) | None => {}
                    Some(_) => return None,
                }
            }
        }
        let watch = Watch { now: frame.now, alternatives, lower, upper, fresh: self.fresh };
        let settled = watch.settle();
        frame.flips(settled.first);
        // What heartbeats bring about and nobody is told of comes into force by the clock.
        frame.flips(settled.renewed);
        for (_, renewed) in frame.asked_coverage.iter_mut().skip(before) {
            *renewed = settled.renewed;
        }
        Some(settled.closed)
    }
}

impl Silence {
    /// The number of a signal in its scope.
    fn number(&self, frame: &mut Frame<'_>, asking: &Asking) -> Option<usize> {
        let place = (self.of, asking.place);
        let sym = match &asking.scope {
            None => None,
            Some(scope) => match scope(frame) {
                Cell::Text(sym) => Some(sym),
                _ => return None,
            },
        };
        let (world, text) = (frame.world, sym.map_or("*", |sym| frame.text(sym)));
        // The number of a request's own text is another text's in the next.
        if sym.is_some_and(|sym| frame.asked.is_some_and(|asked| asked.text(sym).is_some())) {
            return frame.heard().watching.number_of_text(world, place, text);
        }
        frame.heard().watching.number(world, place, sym, text)
    }

    /// The numbers of all parts, where there are few; what is behind them is none.
    fn numbers(&self, frame: &mut Frame<'_>) -> Option<[usize; 4]> {
        let mut out = [usize::MAX; 4];
        for (at, asking) in self.alternatives.iter().flatten().enumerate() {
            let number = self.number(frame, asking)?;
            *out.get_mut(at)? = number;
        }
        Some(out)
    }

    /// Whether a list of entities is known to be complete, which hangs on listings and the clock alone. While
    /// neither is another, it is found out once.
    fn settled(&self, frame: &mut Frame<'_>, numbers: [usize; 4]) -> Option<bool> {
        let key = (std::ptr::from_ref(self).addr(), numbers);
        let now = frame.now;
        let settled = match frame.heard().settled.get(&key) {
            Some((since, known)) if *since <= now && now < known.first => *known,
            _ => {
                let mut left = numbers.iter();
                let mut alternatives = Vec::with_capacity(self.alternatives.len());
                for alternative in &self.alternatives {
                    let mut parts = Vec::with_capacity(alternative.len());
                    for (_, number) in alternative.iter().zip(left.by_ref()) {
                        let track = std::sync::Arc::clone(frame.heard().watching.track(*number)?);
                        parts.push(Part { track, scoped: true });
                    }
                    alternatives.push(parts);
                }
                let (lower, upper) = (Vec::new(), Vec::new());
                let settled = Watch { now, alternatives, lower, upper, fresh: self.fresh }.settle();
                // What a later listing closes is not known before.
                if settled.closed {
                    frame.heard().settled.insert(key, (now, settled));
                }
                settled
            }
        };
        frame.flips(settled.first);
        // What heartbeats bring about and nobody is told of comes into force by the clock.
        frame.flips(settled.renewed);
        let asked = numbers.iter().take_while(|number| **number != usize::MAX);
        frame.asked_coverage.extend(asked.map(|number| (*number, settled.renewed)));
        Some(settled.closed)
    }
}

/// The text of a scope, from the owner or from an equality in the conditions. Where neither fixes it the
/// judge is asked.
#[expect(clippy::option_option, reason = "a scope that cannot be compiled is not everything")]
fn scope<'a>(
    compiler: &mut Compiler<'a>,
    of: TypeId,
    path: &[Name],
    owner: Option<&Owner<'a>>,
    clauses: &[&'a Clause],
) -> Option<Option<Scalar>> {
    let (first, rest) = path.split_first()?;
    if let Some(owner) = owner.filter(|owner| owner.via == first) {
        let base = compiler.scalar(owner.expr);
        return follow(compiler, base, owner.ty, rest).map(Some);
    }
    let mut fixed = clauses.iter().flat_map(|clause| &clause.fixed);
    let (at, value) = fixed.find(|(fixed, _)| path.starts_with(fixed))?;
    let mut ty = Some(of);
    for name in at {
        let of = ty?;
        ty = compiler.layout.field_id(of, name.as_str()).and_then(|field| compiler.layout.target(of, field));
    }
    let rest = path.get(at.len()..)?;
    let base = compiler.scalar(value);
    match ty {
        Some(ty) => follow(compiler, base, ty, rest).map(Some),
        None if rest.is_empty() => Some(Some(base)),
        None => None,
    }
}

/// The text behind a path from a fact; of a fact, its key.
fn follow(compiler: &Compiler<'_>, base: Scalar, ty: TypeId, path: &[Name]) -> Option<Scalar> {
    let layout = compiler.layout;
    let (mut of, mut fields) = (Some(ty), Vec::new());
    for name in path {
        let ty = of?;
        let field = layout.field_id(ty, name.as_str())?;
        fields.push((ty, field));
        of = layout.target(ty, field);
    }
    if let Some(ty) = of {
        fields.push((ty, layout.field_id(ty, layout.ty(ty).key.as_str())?));
    }
    Some(Box::new(move |frame| {
        let mut cell = base(frame);
        for (ty, field) in &fields {
            let Cell::Fact(row) = cell else { return Cell::Unknown };
            cell = frame.field(*ty, row, *field);
        }
        cell
    }))
}
