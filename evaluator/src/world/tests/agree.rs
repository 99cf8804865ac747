//! What it means that two agree.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{FactKind, Inverse, Name};

use crate::store::{Cited, Fact, Facts, Listed, Merged, Seen, View};
use crate::value::Value;
use crate::world::{Cell, FieldId, Layout, Lens, Row, Touched, TypeId, World};

fn shown(layout: &Layout, ty: TypeId, fact: &Fact) -> String {
    let field = |name: &Name| {
        let merged = fact.field(name.as_str());
        // Whoever looks first has the witness made.
        let witness = merged.map(|merged| fact.witness_of(merged));
        format!("{name}: {merged:?} {witness:?}")
    };
    let fields: Vec<String> = layout.ty(ty).fields.iter().map(|one| field(&one.name)).collect();
    format!("{} {:?} {:?} {}", fact.key, fact.at, fact.witness, fields.join("; "))
}

/// A list, with what is known of each member's link.
fn listed(facts: &dyn Facts, list: Vec<Listed>, inverse: &Inverse) -> Vec<String> {
    let link = |key: &str| {
        let seen = facts.read(&inverse.of, key, &inverse.via)?;
        Some((seen.horizon, seen.cited))
    };
    let shown = |Listed { key, at, certain, loose, link: known }: Listed| {
        let link = known.or_else(|| link(&key).filter(|_| certain));
        let link = link.map(|(horizon, cited)| (horizon, cited.witness()));
        format!("{key} {at:?} {certain} {loose} {link:?}")
    };
    list.into_iter().map(shown).collect()
}

/// The same facts, lists and tracks.
pub(super) fn facts(layout: &Layout, lens: &Lens<'_>, view: &View, keys: &[Arc<str>]) {
    assert_eq!(lens.now(), view.now());
    for ty in layout.types() {
        let name = &layout.ty(ty).name;
        let all = |facts: &dyn Facts| -> Vec<String> {
            facts.all(name).iter().map(|fact| shown(layout, ty, fact)).collect()
        };
        assert_eq!(all(lens), all(view), "{name}");
        let all = |facts: &dyn Facts| -> Vec<_> {
            facts.listed(name).into_iter().map(|one| (one.key, one.at, one.certain)).collect()
        };
        assert_eq!(all(lens), all(view), "{name}");
        for key in keys {
            let one = |facts: &dyn Facts| facts.fact(name, key).map(|fact| shown(layout, ty, &fact));
            assert_eq!(one(lens), one(view), "{name} {key}");
            let cited = |cited: Cited| format!("{:?}", cited.witness());
            let own = |facts: &dyn Facts| (facts.cited(name, key).map(cited), facts.happened(name, key));
            assert_eq!(own(lens), own(view), "{name} {key}");
            for field in &layout.ty(ty).fields {
                let shown =
                    |seen: Seen| format!("{:?} {:?} {:?}", seen.possible, seen.horizon, seen.cited.witness());
                let read = |facts: &dyn Facts| facts.read(name, key, &field.name).map(shown);
                assert_eq!(read(lens), read(view), "{name} {key} {}", field.name);
            }
        }
        for inverse in &layout.ty(ty).inverses {
            for key in keys {
                // Only the key that a fact is known by is ever asked for.
                let world = lens.world();
                if world.row(ty, key).is_some_and(|row| world.key(ty, row) != &**key) {
                    continue;
                }
                let list = |facts: &dyn Facts| {
                    let own = facts.own(&inverse.of, &inverse.via, key);
                    let loose = facts.loose(&inverse.of, &inverse.via);
                    (listed(facts, own, inverse), listed(facts, loose, inverse))
                };
                assert_eq!(list(lens), list(view), "{name} {key} {}", inverse.name);
            }
        }
        if let assize_lang::plan::Coverage::By(alternatives) = &layout.ty(ty).coverage {
            for part in alternatives.iter().flatten() {
                for scope in ["*", "eu", "us", "g0", "g1", "none"] {
                    let track = |facts: &dyn Facts| format!("{:?}", facts.track(layout.ty(ty), part, scope));
                    assert_eq!(track(lens), track(view), "{name} {scope}");
                }
            }
        }
    }
}

/// The same in everything, cells included.
pub(super) fn agree(world: &World, view: &View) {
    let layout = world.layout();
    let keys: BTreeSet<Arc<str>> = layout
        .types()
        .flat_map(|ty| (0..world.rows(ty)).map(move |row| world.key_arc(ty, Row(row))))
        .chain(["never".into()])
        .collect();
    let keys: Vec<Arc<str>> = keys.into_iter().collect();
    facts(layout, &Lens::new(world, None), view, &keys);
    for ty in layout.types() {
        let known: Vec<String> =
            view.all(&layout.ty(ty).name).iter().map(|fact| fact.key.to_string()).collect();
        let present = (0..world.rows(ty)).map(Row).filter(|row| world.present(ty, *row)).count();
        assert_eq!(present, known.len());
        for fact in view.all(&layout.ty(ty).name) {
            let row = world.row(ty, &fact.key).unwrap();
            assert_eq!(world.key(ty, row), &*fact.key);
            assert_eq!(world.at(ty, row), fact.at);
            for (place, field) in layout.ty(ty).fields.iter().enumerate() {
                let id = FieldId(u16::try_from(place).unwrap());
                match fact.field(field.name.as_str()) {
                    Some(merged) => cell(world, ty, row, id, merged),
                    None => assert!(
                        matches!(world.cell(ty, row, id), Cell::Text(sym) if world.text(sym) == &*fact.key)
                    ),
                }
            }
        }
    }
}

fn cell(world: &World, ty: TypeId, row: Row, field: FieldId, merged: &Merged) {
    let cell = world.cell(ty, row, field);
    let place =
        || format!("{:?} {} {cell:?} {merged:?}", world.layout().field(ty, field), world.key(ty, row));
    assert_eq!(cell != Cell::Unknown, merged.possible.is_known(), "{}", place());
    assert_eq!(cell == Cell::Absent, merged.possible.is_absent(), "{}", place());
    let value = merged.possible.value();
    assert_eq!(format!("{:?}", world.value(ty, row, field).as_ref()), format!("{value:?}"), "{}", place());
    let same = match (cell, value) {
        (Cell::Unknown | Cell::Absent, None) => true,
        (Cell::Bool(a), Some(Value::Bool(b))) => a == *b,
        (Cell::Enum(a), Some(Value::Enum(_, b))) => a == *b,
        (Cell::Int(a), Some(Value::Int(b))) => a == *b,
        (Cell::Uint(a), Some(Value::Uint(b))) => a == *b,
        (Cell::Double(a), Some(Value::Double(b))) => a == *b,
        (Cell::Time(a), Some(Value::Timestamp(b))) => a == *b,
        (Cell::Span(a), Some(Value::Duration(b))) => a == *b,
        (Cell::Text(a), Some(Value::String(b))) => world.text(a) == &**b && world.sym(b) == Some(a),
        (Cell::Fact(a), Some(Value::Fact(_, b))) => {
            world.layout().target(ty, field).is_some_and(|to| world.key(to, a) == &**b)
        }
        (Cell::Other, Some(_)) => true,
        _ => false,
    };
    assert!(same, "{}", place());
}

/// What a step says it touched is all that changed, and was planned.
pub(super) fn told(world: &World, before: &View, after: &View, planned: &[(TypeId, Row)], touched: &Touched) {
    if touched.everything {
        return;
    }
    let layout = world.layout();
    for change in &touched.rows {
        assert!(planned.contains(&(change.ty, change.row)));
    }
    for ty in layout.types() {
        let name: &Name = &layout.ty(ty).name;
        for row in (0..world.rows(ty)).map(Row) {
            let key = world.key(ty, row);
            let own = |view: &View| view.fact(name, key).filter(|fact| &*fact.key == key);
            let (was, is) = (own(before), own(after));
            let change = touched.rows.iter().find(|change| (change.ty, change.row) == (ty, row));
            let (was, is) = match (was, is) {
                (None, None) => continue,
                (Some(was), Some(is)) => (was, is),
                (was, is) => {
                    let change = change.unwrap_or_else(|| panic!("{name} {key} came or went untold"));
                    assert_eq!((change.was_present, change.is_present), (was.is_some(), is.is_some()));
                    continue;
                }
            };
            for (place, field) in layout.ty(ty).fields.iter().enumerate() {
                let id = FieldId(u16::try_from(place).unwrap());
                let said = |fact: &Fact| {
                    let merged = fact.field(field.name.as_str())?;
                    Some(format!("{:?} {:?} {:?}", merged.possible, merged.candidates, merged.bad))
                };
                if said(&was) != said(&is) {
                    assert!(
                        change.is_some_and(|change| change.fields.contains(id)),
                        "{name} {key} {}",
                        field.name
                    );
                }
            }
            if shown(layout, ty, &was) != shown(layout, ty, &is) {
                assert!(
                    change.is_some_and(|change| change.renewed || !change.fields.is_empty()),
                    "{name} {key} {} {}",
                    shown(layout, ty, &was),
                    shown(layout, ty, &is)
                );
            }
        }
        let assize_lang::plan::Coverage::By(alternatives) = &layout.ty(ty).coverage else { continue };
        for part in alternatives.iter().flatten() {
            for scope in ["*", "eu", "us", "g0", "g1"] {
                let track = |view: &View| format!("{:?}", view.track(layout.ty(ty), part, scope));
                let named = |(signal, of): &(String, Option<String>)| {
                    signal == part.signal.as_str()
                        && (scope == "*" || of.as_deref().is_none_or(|of| of == "*" || of == scope))
                };
                if track(before) != track(after) {
                    assert!(touched.coverage.iter().any(named), "{name} {scope} {:?}", touched.coverage);
                }
            }
        }
    }
    assert!(layout.types().any(|ty| layout.ty(ty).kind == FactKind::Event));
}
