//! Members of lists that are nothing to whoever looks at the list.
//!
//! Where a list is only asked whether it has a member of which a condition is true, and single fields of a
//! member show that it is not, then whatever becomes of that member decides nothing again.

use std::collections::BTreeMap;

use assize_lang::plan::{Expr, Name, Slot};

use super::atoms::{Test, of_member};
use super::column::{Classes, Kind};
use super::members;
use crate::value::Value;
use crate::world::{Cell, FieldId, Layout, Row, TypeId, World};

/// The conditions that the members of a list are asked about; for each, what it says of single fields.
#[derive(Debug)]
pub(in crate::engine) struct Dull(Vec<Vec<Check>>);

#[derive(Debug)]
struct Check {
    field: FieldId,
    classes: Classes,
    test: Test,
}

impl Dull {
    /// For members of a type, and conditions on what is bound to a slot; nothing where one of them says
    /// nothing of single fields.
    pub(in crate::engine) fn of(
        layout: &Layout,
        params: &BTreeMap<Name, Value>,
        lets: &[&Expr],
        ty: TypeId,
        bodies: &[(Slot, &Expr)],
    ) -> Option<Self> {
        let one = |(slot, body): &(Slot, &Expr)| {
            let checks =
                of_member(layout, params, lets, *slot, body).into_iter().filter_map(|(field, test)| {
                    let kind = Kind::of(layout.field(ty, field)?);
                    let classes = Classes::of(kind, members(layout, ty, field), &[&test]);
                    kind.fits(&test).then_some(Check { field, classes, test })
                });
            let checks: Vec<Check> = checks.collect();
            (!checks.is_empty()).then_some(checks)
        };
        bodies.iter().map(one).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether none of the conditions can be true of a fact, whatever the clock says.
    pub(in crate::engine) fn is(&self, world: &World, ty: TypeId, row: Row) -> bool {
        world.is_steady(ty, row)
            && self.0.iter().all(|checks| checks.iter().any(|check| check.is_false(world, ty, row)))
    }
}

impl Check {
    fn is_false(&self, world: &World, ty: TypeId, row: Row) -> bool {
        let class = match (&self.classes, world.cell(ty, row, self.field)) {
            (Classes::Texts(texts), Cell::Text(sym)) => texts.class(world.text(sym)),
            (classes, cell) => classes.of_cell(cell),
        };
        !self.classes.may(&self.test, class)
    }
}
