//! Functions of a list as a whole: size, sum, least, greatest, first, last, and bursts.

use assize_lang::plan::{Expr, ListFn, Slot};

use super::eval::{Eval, Evaluator, Local, Read};
use super::list::{List, Member};
use super::window::Window;
use crate::value::{Causes, Gather, Possible, Value, Values};

impl<'a> Evaluator<'a> {
    pub(super) fn list_function(&self, expr: &Expr, function: ListFn, of: &'a Expr) -> Eval {
        let list = self.list(of, &Window::default());
        if function == ListFn::Size {
            return size(&list);
        }
        self.ranged(list.certain().count().saturating_add(list.possible().count()));
        let values = list.certain().chain(list.possible()).map(|member| &member.value);
        let whole = list.whole();
        let operands: Vec<&Eval> = [&whole].into_iter().chain(values).collect();
        let possible = match function {
            ListFn::Sum => self.sum(expr, &list),
            ListFn::Min => self.extreme(expr, &list, true),
            ListFn::Max => self.extreme(expr, &list, false),
            ListFn::Latest => self.end_of(expr, &list, true),
            ListFn::Earliest => self.end_of(expr, &list, false),
            ListFn::Size | ListFn::Distinct => self.error(expr, "not a value"),
        };
        Eval::from(possible, &operands)
    }

    /// Known only where the list is closed and every member known.
    fn sum(&self, expr: &Expr, list: &List) -> Possible {
        let values: Option<Vec<&Value>> =
            list.certain().map(|member| member.value.possible.value()).collect();
        match values {
            Some(values) if list.is_closed() && list.possible().next().is_none() => {
                match crate::scalar::sum(&values) {
                    Ok(Some(sum)) => Possible::known(sum),
                    Ok(None) => Possible::known(crate::scalar::zero(&expr.ty)),
                    Err(what) => self.error(expr, &what),
                }
            }
            _ => self.unknown(expr, all_causes(list)),
        }
    }

    /// `min` and `max`: bound from one side by what is certain; absent of a known empty list.
    fn extreme(&self, expr: &Expr, list: &List, least: bool) -> Possible {
        let best = |values: &[Value]| {
            if least { values.iter().min().cloned() } else { values.iter().max().cloned() }
        };
        let known = |member: &Member| member.value.possible.value().cloned();
        let certain: Vec<Value> = list.certain().filter_map(known).collect();
        let members: Vec<&Member> = list.certain().chain(list.possible()).collect();
        let all: Vec<Value> = members.iter().filter_map(|member| known(member)).collect();
        let bound = best(&certain);
        let complete = list.is_closed() && all.len() == members.len();
        let far = if complete { best(&all) } else { None };
        let absent = list.certain().next().is_none();
        match (bound, far) {
            (None, None) if complete => Possible::absent(),
            (Some(bound), Some(far)) if bound == far => Possible::known(bound),
            (bound, far) => {
                let values = match (&bound, &far) {
                    (None, None) => Values::Any,
                    _ if least => Values::Range(far, bound),
                    _ => Values::Range(bound, far),
                };
                let possible = Possible { values, absent, causes: all_causes(list) };
                if expr.optional { possible } else { Possible { absent: false, ..possible } }
            }
        }
    }

    /// `latest` and `earliest`: known where the list is closed and no possible member lies further out.
    fn end_of(&self, expr: &Expr, list: &List, latest: bool) -> Possible {
        let dated = |member: &Member| match member.value.possible.value() {
            Some(Value::Fact(ty, key)) => {
                let at = self.view.happened(ty, key)?;
                Some((at, Value::Fact(ty.clone(), key.clone())))
            }
            _ => None,
        };
        let members: Vec<&Member> = list.certain().chain(list.possible()).collect();
        let all: Option<Vec<(i64, Value)>> = members.iter().map(|member| dated(member)).collect();
        let pick = |of: Vec<(i64, Value)>| if latest { of.into_iter().max() } else { of.into_iter().min() };
        match all {
            Some(all) if list.is_closed() => {
                let (end, sure) = (pick(all), pick(list.certain().filter_map(dated).collect()));
                match end {
                    None => Possible::absent(),
                    Some((_, value)) if sure.as_ref().is_some_and(|(_, sure)| *sure == value) => {
                        Possible::known(value)
                    }
                    Some(_) => self.unknown(expr, list.causes()),
                }
            }
            _ => self.unknown(expr, all_causes(list)),
        }
    }

    /// `list.peak(width, x, key)`: the most members, or distinct keys, whose `at` fit in one span of
    /// `width`, both ends included.
    pub(super) fn peak(
        &self,
        expr: &Expr,
        of: &'a Expr,
        width: &'a Expr,
        key: Option<&'a (Slot, Box<Expr>)>,
    ) -> Eval {
        let list = self.list(of, &Window::default());
        let width = self.eval(width);
        self.ranged(list.certain().count().saturating_add(list.possible().count()));
        let Some(Value::Duration(span)) = width.possible.value() else {
            return Eval::from(self.unknown(expr, width.possible.causes.clone()), &[&width]);
        };
        let mut sure = Vec::new();
        let mut all = Vec::new();
        let mut operands = vec![list.whole(), width.clone()];
        let mut causes = vec![list.causes()];
        let mut undated = 0_u64;
        for (member, certain) in
            list.certain().map(|member| (member, true)).chain(list.possible().map(|member| (member, false)))
        {
            let counted = key
                .map(|(slot, body)| self.with(*slot, Local::Value(member.value.clone()), || self.eval(body)));
            let at = match member.value.possible.value() {
                Some(Value::Fact(ty, key)) => self.view.happened(ty, key),
                _ => None,
            };
            let once = counted.as_ref().map(|counted| counted.possible.value().cloned());
            match at {
                None => undated = undated.saturating_add(1),
                Some(at) => {
                    if certain {
                        sure.push((at, once.clone()));
                    }
                    all.push((at, once));
                }
            }
            if let Some(counted) = counted {
                causes.push(counted.possible.causes.clone());
                operands.push(counted);
            }
        }
        let low = most(&mut sure, *span, false);
        let high = most(&mut all, *span, true).saturating_add(undated);
        let possible = interval(low, list.is_closed().then_some(high), Causes::all(causes));
        Eval::from(possible, &operands.iter().collect::<Vec<_>>())
    }
}

/// The most entries, or distinct keys, in any span. A key that is not known counts as one of the known
/// (`generous`: as one of its own).
fn most(events: &mut [(i64, Option<Option<Value>>)], span: i64, generous: bool) -> u64 {
    events.sort();
    let mut best = 0;
    for (place, (start, _)) in events.iter().enumerate() {
        let end = start.saturating_add(span);
        let inside = events.iter().skip(place).take_while(|(at, _)| *at <= end);
        let mut keys = std::collections::BTreeSet::new();
        let (mut plain, mut unknown) = (0_u64, 0_u64);
        for (_, key) in inside {
            match key {
                None => plain = plain.saturating_add(1),
                Some(None) => unknown = unknown.saturating_add(1),
                Some(Some(key)) => {
                    keys.insert(key);
                }
            }
        }
        let known = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        let keyed = if generous { known.saturating_add(unknown) } else { known.max(unknown.min(1)) };
        best = best.max(plain.saturating_add(keyed));
    }
    best
}

/// `size()`: from the certain members to those that may be there, or open.
fn size(list: &List) -> Eval {
    let whole = list.whole();
    let certain = list.certain().count();
    let some = list.any.as_ref().is_some_and(|any| any.possible.truth() == Some(true));
    let low = certain.max(usize::from(some));
    let high = list.is_closed().then(|| certain.saturating_add(list.possible().count()));
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let possible = interval(count(low), high.map(count), list.causes());
    let mut eval = Eval::from(possible, &[&whole]);
    if let Some(any) = &list.any {
        eval.horizon = eval.horizon.min(any.horizon);
    }
    eval
}

fn interval(low: u64, high: Option<u64>, causes: Causes) -> Possible {
    let int = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    if high == Some(low) {
        return Possible::known(int(low));
    }
    Possible { values: Values::Range(Some(int(low)), high.map(int)), absent: false, causes }
}

fn all_causes(list: &List) -> Causes {
    let values = list.certain().chain(list.possible()).map(|member| member.value.possible.causes.clone());
    Causes::all([list.causes()].into_iter().chain(values))
}

/// A witness that is there only to carry an instant.
pub(super) fn as_of(at: i64) -> Gather<Read> {
    Gather::one(Read::AsOf(at))
}
