//! Reading facts, maps and lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{Expr, ExprKind, Name, Type};

use super::eval::{Eval, Evaluator, Read};
use crate::store::{Remark, SaidAs, Seen};
use crate::value::{Cause, Causes, FactRef, Gather, Horizon, Missing, Possible, Value};

impl<'a> Evaluator<'a> {
    /// `base.name` of a fact. The key is known of every reference (V2); through an absent one everything
    /// is absent (V5).
    pub(super) fn field(&self, expr: &Expr, base: &'a Expr, name: &Name) -> Eval {
        if let Some(value) = self.stands_for(expr) {
            return value;
        }
        let base = self.eval(base);
        let (possible, horizon, read) = match base.possible.value() {
            Some(Value::Fact(ty, key)) => self.read(ty, key, name, expr),
            Some(_) => (self.error(expr, "not a fact"), Horizon::NEVER, Gather::NONE),
            None if base.possible.is_absent() => (Possible::absent(), Horizon::NEVER, Gather::NONE),
            None => {
                let mut possible = self.unknown(expr, base.possible.causes.clone());
                possible.absent |= base.possible.absent;
                (possible, Horizon::NEVER, Gather::NONE)
            }
        };
        Eval { possible, horizon: horizon.min(base.horizon), reads: base.reads.and(&read) }
    }

    fn read(&self, ty: &Name, key: &Arc<str>, name: &Name, expr: &Expr) -> (Possible, Horizon, Gather<Read>) {
        let read = self.read_field(ty, key, name);
        (read.possible.unwrap_or_else(|causes| self.unknown(expr, causes)), read.horizon, read.reads)
    }

    /// A field of the fact with this key; an error carries why nothing is known.
    fn read_field(&self, ty: &Name, key: &Arc<str>, name: &Name) -> FieldRead {
        let one = |cited| Gather::one(Read::Fact(cited));
        if let Some(Seen { possible, horizon, cited, remark }) = self.view.read(ty, key, name) {
            let mut reads = one(cited);
            if let Some(remark) = remark {
                let about = self.view.reference(ty, key);
                reads = reads.and(&self.remarked(about, name, remark, possible.value()));
            }
            return FieldRead { possible: Ok(possible), horizon, reads };
        }
        let (possible, reads) =
            if self.view.schema().facts.get(ty).is_some_and(|declared| declared.key == *name) {
                let reads = self.view.cited(ty, key).map(one).unwrap_or_default();
                (Ok(Possible::known(Value::String(Arc::clone(key)))), reads)
            } else {
                let missing = Missing::new(Cause::NotCollected);
                let missing = missing.of(self.view.reference(ty, key), name.as_str());
                (Err(Causes::one(missing)), Gather::NONE)
            };
        FieldRead { possible, horizon: Horizon::NEVER, reads }
    }

    /// What is worth telling of a field of the fact `about` that comes to `value`.
    fn remarked(&self, about: FactRef, name: &Name, remark: Remark, value: Option<&Value>) -> Gather<Read> {
        let mut pairs = Vec::new();
        match (remark, value) {
            (Remark::Disputed(conflict), _) => return Gather::one(Read::Disputed(conflict)),
            (Remark::SaidAs(said), Some(value)) => same_facts(&said, value, &mut pairs),
            (Remark::SaidAs(_), None) => {}
        }
        let told = |(reported_as, ty, is): (String, Name, Arc<str>)| {
            let (fact, field) = (about.clone(), name.to_string());
            Read::SaidAs(Arc::new(SaidAs { fact, field, reported_as, is: self.view.reference(&ty, &is) }))
        };
        pairs.into_iter().map(told).collect()
    }

    /// Follows `path` from the fact with this key.
    pub(crate) fn follow(&self, ty: &Name, key: &Arc<str>, path: &[Name]) -> Eval {
        let Some((first, rest)) = path.split_first() else {
            return Eval::constant(Possible::known(Value::Fact(ty.clone(), Arc::clone(key))));
        };
        let schema = self.view.schema();
        let field = self.read_field(ty, key, first);
        let possible = field.possible.unwrap_or_else(|causes| {
            match schema.facts.get(ty).and_then(|declared| declared.field(first.as_str())) {
                Some(declared) => Possible::unknown(&declared.ty, declared.optional, schema, causes),
                None => Possible::unknown(&Type::Dyn, true, schema, causes),
            }
        });
        let here = Eval { possible, horizon: field.horizon, reads: field.reads };
        if rest.is_empty() {
            return here;
        }
        match here.possible.value() {
            Some(Value::Fact(ty, key)) => {
                let there = self.follow(&ty.clone(), &Arc::clone(key), rest);
                Eval::from(there.possible.clone(), &[&here, &there])
            }
            Some(_) => here,
            None => {
                let absent = here.possible.is_absent();
                let causes = here.possible.causes.clone();
                let possible = if absent {
                    Possible::absent()
                } else {
                    Possible::unknown(&Type::Dyn, true, schema, causes)
                };
                Eval { possible, ..here }
            }
        }
    }

    /// `base.name` of a map or of a `dyn` value.
    pub(super) fn select(&self, expr: &Expr, base: &'a Expr, name: &Name) -> Eval {
        let base = self.eval(base);
        let possible = match base.possible.value() {
            Some(Value::Map(entries)) => match entries.get(&Value::text(name.as_str())) {
                Some(value) => Possible::known(value.clone()),
                None => self.error(expr, "no such key"),
            },
            Some(Value::Optional(held)) => self.through(expr, held.as_deref(), &Value::text(name.as_str())),
            Some(_) => self.error(expr, "not a map"),
            None if base.possible.is_absent() => self.error(expr, "no value"),
            None => self.unknown(expr, base.possible.causes.clone()),
        };
        Eval::from(possible, &[&base])
    }

    /// `base[index]`
    pub(super) fn index(&self, expr: &Expr, base: &'a Expr, index: &'a Expr) -> Eval {
        let (base, index) = (self.eval(base), self.eval(index));
        let possible = match (base.possible.value(), index.possible.value()) {
            (Some(Value::List(items)), Some(at)) => {
                let place = match at {
                    Value::Int(at) => usize::try_from(*at).ok(),
                    Value::Uint(at) => usize::try_from(*at).ok(),
                    Value::Double(at) => whole(*at),
                    _ => None,
                };
                match place.and_then(|place| items.get(place)) {
                    Some(item) => Possible::known(item.clone()),
                    None => self.error(expr, "index out of range"),
                }
            }
            (Some(Value::Map(entries)), Some(key)) => match entries.get(key) {
                Some(value) => Possible::known(value.clone()),
                None => self.error(expr, "no such key"),
            },
            (Some(Value::Optional(held)), Some(key)) => self.through(expr, held.as_deref(), key),
            (Some(_), Some(_)) => self.error(expr, "neither a list nor a map"),
            _ if base.possible.is_absent() || index.possible.is_absent() => self.error(expr, "no value"),
            _ => self.unknown(expr, base.possible.causes.and(&index.possible.causes)),
        };
        Eval::from(possible, &[&base, &index])
    }

    /// What an optional's value holds, as an optional.
    fn through(&self, expr: &Expr, held: Option<&Value>, key: &Value) -> Possible {
        match held.map_or(Ok(None), |held| super::library::select(held, key)) {
            Ok(found) => Possible::known(Value::Optional(found)),
            Err(what) => self.error(expr, &what),
        }
    }

    /// `{k: v}`
    pub(super) fn map(&self, expr: &Expr, entries: &'a [(Expr, Expr)]) -> Eval {
        let mut known = BTreeMap::new();
        let mut parts = Vec::new();
        let mut complete = true;
        for (key, value) in entries {
            let (key, value) = (self.eval(key), self.eval(value));
            match (key.possible.value(), value.possible.is_known()) {
                (Some(key), true) if known.contains_key(key) || !is_key(key) => {
                    let possible = self.error(expr, "a repeated key, or no key of a map");
                    return Eval::from(possible, &[]);
                }
                (Some(key), true) => {
                    let value = value.possible.value().cloned().unwrap_or(Value::Null);
                    known.insert(key.clone(), value);
                }
                _ => complete = false,
            }
            parts.extend([key, value]);
        }
        let possible = if complete {
            Possible::known(Value::Map(Arc::new(known)))
        } else {
            self.unknown(expr, Causes::all(parts.iter().map(|part| part.possible.causes.clone())))
        };
        Eval::from(possible, &parts.iter().collect::<Vec<_>>())
    }

    /// `has(path)`: in a map whether the key is there, else whether the value is.
    pub(super) fn has(&self, path: &'a Expr) -> Eval {
        let in_map = match &path.kind {
            ExprKind::Select(base, name) => Some((self.eval(base), Value::text(name.as_str()))),
            _ => None,
        };
        if let Some((base, key)) = in_map {
            let possible = match base.possible.value() {
                Some(Value::Map(entries)) => Possible::bool(entries.contains_key(&key)),
                Some(optional @ Value::Optional(_)) => match super::library::select(optional, &key) {
                    Ok(held) => Possible::bool(held.is_some()),
                    Err(what) => Possible::error_bool(format!("{what} in `{}`", self.text(path))),
                },
                _ if base.possible.is_absent() => Possible::bool(false),
                Some(_) => Possible::error_bool(format!("not a map in `{}`", self.text(path))),
                None => Possible::maybe(base.possible.causes.clone()),
            };
            return Eval::from(possible, &[&base]);
        }
        let of = self.eval(path);
        let possible = match presence(&of.possible) {
            Some(there) => Possible::bool(there),
            None => Possible::maybe(of.possible.causes.clone()),
        };
        Eval::from(possible, &[&of])
    }
}

/// Whether CEL's maps have such keys.
pub(super) const fn is_key(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::String(_))
}

/// A double as a place in a list, where it is one.
pub(super) fn whole(at: f64) -> Option<usize> {
    let near = (at >= 0.0 && at <= f64::from(u32::MAX) && at.trunc() == at).then_some(at)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and in range")]
    let at = near as usize;
    Some(at)
}

/// Each fact that is said by another key than the one that it is known by.
fn same_facts(said: &Value, is: &Value, out: &mut Vec<(String, Name, Arc<str>)>) {
    match (said, is) {
        (Value::Fact(_, said), Value::Fact(ty, key)) if said != key => {
            out.push((said.to_string(), ty.clone(), Arc::clone(key)));
        }
        (Value::List(said), Value::List(is)) => {
            said.iter().zip(is.iter()).for_each(|(said, is)| same_facts(said, is, out));
        }
        _ => {}
    }
}

/// What reading a field gave.
struct FieldRead {
    possible: Result<Possible, Causes>,
    horizon: Horizon,
    reads: Gather<Read>,
}

/// Whether the value is there (V7): of sources that disagree, where none or all of them say `null`; of
/// anything else that is not known, unknown.
pub(super) fn presence(possible: &Possible) -> Option<bool> {
    if possible.is_known() {
        return Some(!possible.is_absent());
    }
    let mut conflicts_only = true;
    possible.causes.each(&mut |missing| conflicts_only &= missing.cause == Cause::Conflict);
    (conflicts_only && !possible.absent).then_some(true)
}
