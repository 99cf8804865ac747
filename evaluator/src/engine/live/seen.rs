//! Who can see what is touched, and who could before.

use std::borrow::Cow;

use super::Live;
use crate::engine::back::{Back, Sides};
use crate::engine::keyed::{Keyed, Were};
use crate::engine::paths::{NodeId, Paths, Step};
use crate::engine::standing::Standing;
use crate::engine::todo::{Todo, Why};
use crate::world::{Change, FieldId, Row, Touched, TypeId};

/// A member of lists, and the field by which it is one.
type Link = (TypeId, Row, FieldId);

/// What was so of facts before they were touched, in the order of types and rows.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// To whom the members of lists belonged; `None` is anybody.
    owners: Vec<(Link, Option<Vec<Row>>)>,
    /// Members that were nothing to a policy's list.
    dull: Vec<(TypeId, Row, (usize, NodeId))>,
    /// Values by which others are looked for.
    keys: Were,
}

impl Before {
    fn owners(&self, of: Link) -> Option<Option<&[Row]>> {
        let at = self.owners.binary_search_by_key(&of, |(of, _)| *of).ok()?;
        self.owners.get(at).map(|(_, owners)| owners.as_deref())
    }

    fn was_dull(&self, ty: TypeId, row: Row, node: (usize, NodeId)) -> bool {
        self.dull.binary_search(&(ty, row, node)).is_ok()
    }
}

impl Live {
    /// Looks at what is kept of facts from the first time on that any of them is touched.
    pub(super) fn ready(&mut self, planned: &[(TypeId, Row)]) {
        let Standing { fields, polls, .. } = &mut self.standing;
        fields.build(&self.world, self.policies.looked_for.iter().copied());
        for (ty, _) in planned {
            for (number, node) in self.policies.polled(*ty).iter().copied() {
                if let Some(asks) = self.policies.paths(number).and_then(|paths| paths.asks(node)) {
                    polls.build(&self.world, (number, node), asks);
                }
            }
        }
    }

    /// How a policy's facts are found by values.
    fn keyed<'a>(&'a self, number: usize, paths: &Paths, were: &'a Were) -> Keyed<'a> {
        let bounded = paths.links().is_empty() || self.is_bounded(number) && self.may_follow_all(number);
        Keyed { fields: &self.standing.fields, were, bounded }
    }

    /// Whether the budget allows a sequence to go over all events, whatever they are to it.
    fn may_follow_all(&self, number: usize) -> bool {
        let followed = self.policies.all.get(number).filter(|one| one.policy.sequence.is_some());
        followed.is_none_or(|one| {
            let rows = one.paths.links().iter().map(|link| u64::from(self.world.rows(link.own.0)));
            let steps = u64::try_from(one.policy.bindings.len()).unwrap_or(u64::MAX);
            rows.fold(0, u64::saturating_add).saturating_mul(steps) <= self.engine.budget.reach
        })
    }

    /// What is so of facts before any of them is touched.
    pub(super) fn before(&self, planned: &[(TypeId, Row)]) -> Before {
        let mut out = Before::default();
        for (ty, row) in planned.iter().copied().filter(|(ty, row)| self.world.present(*ty, *row)) {
            for (_, via) in self.policies.vias.range((ty, FieldId(0))..=(ty, FieldId(u16::MAX))) {
                out.owners.push(((ty, row, *via), self.world.owners(ty, row, *via)));
            }
            for place in self.policies.owns.range((ty, FieldId(0))..=(ty, FieldId(u16::MAX))) {
                out.keys.note(&self.world, row, *place);
            }
            let dull = |(number, node): &&(usize, NodeId)| {
                self.policies
                    .paths(*number)
                    .and_then(|paths| paths.dull(*node))
                    .is_some_and(|dull| dull.is(&self.world, ty, row))
            };
            out.dull.extend(self.policies.choosy(ty).iter().filter(dull).map(|node| (ty, row, *node)));
        }
        out
    }

    /// The heads that can see what was touched, or could before.
    pub(super) fn seen_by(
        &mut self,
        touched: &Touched,
        before: &Before,
        why: impl Fn(&Change) -> Why,
        todo: &mut Todo,
    ) {
        let mut room = std::mem::take(&mut self.room);
        self.standing.fields.take_in(&self.world, touched);
        for change in &touched.rows {
            let there = change.was_present != change.is_present;
            let nodes = if there {
                Cow::Borrowed(self.policies.of_type(change.ty))
            } else {
                self.policies.reading_any(change.ty, change.fields)
            };
            for (number, node) in nodes.iter().copied() {
                let Some(paths) = self.policies.paths(number) else { continue };
                if let Some(dull) = paths.dull(node)
                    && (!change.was_present || before.was_dull(change.ty, change.row, (number, node)))
                    && (!change.is_present || dull.is(&self.world, change.ty, change.row))
                    && self.is_bounded(number)
                {
                    self.work.passed = self.work.passed.saturating_add(1);
                    continue;
                }
                if let Some(asks) = paths.asks(node) {
                    let same = self.standing.polls.take_in(&self.world, (number, node), asks, change);
                    if same && self.is_bounded(number) {
                        self.work.passed = self.work.passed.saturating_add(1);
                        continue;
                    }
                } else if let Some(above) = paths.polled(node) {
                    self.standing.polls.forget((number, above));
                }
                let sides = Sides { ties: &self.policies.ties, joins: &self.standing.joins, policy: number };
                let keyed = self.keyed(number, paths, &before.keys);
                let mut back = Back::new(&self.world, paths, Some(sides), keyed, &mut room);
                back.walk(node, change.row);
                if let Some(Step::Inverse(parent, via)) = paths.node(node).map(|node| &node.step)
                    && (there || change.fields.contains(*via))
                    && let Some(owners) = before.owners((change.ty, change.row, *via))
                {
                    back.walk_all(*parent, owners);
                }
                todo.add(number, back.heads(), why(change));
                if paths.is_joined(node) {
                    self.standing.unsure(number).for_each(|case| todo.one(case, why(change)));
                }
            }
        }
        self.room = room;
    }
}
