//! One block of clauses over all facts of a type, column by column.
#![expect(
    clippy::indexing_slicing,
    reason = "there is a part for each route, and a fact that is referred to has a row"
)]

use super::block::Block;
use super::column::Syms;
use super::lut::{Ground, Lut, Memo, NOWHERE};
use super::{Column, Route, Sieve};
use crate::world::{self, Cell, Codes, FieldId, Row, Strip, TypeId, Values, World};

/// By fact, the clauses that are open, and those of them of which something is in doubt.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) open: Vec<u64>,
    /// Nothing but zeros unless `any`.
    pub(super) doubt: Vec<u64>,
    pub(super) any: bool,
}

impl Words {
    fn start(&mut self, len: usize, all: u64, blind: u64) {
        self.open.clear();
        self.open.resize(len, all);
        if self.any || blind != 0 || self.doubt.len() != len {
            self.doubt.clear();
            self.doubt.resize(len, blind);
        }
        self.any = blind != 0;
    }
}

/// A column of the block.
struct Part<'a> {
    column: &'a Column,
    at: usize,
    open: Lut,
    doubt: Lut,
}

/// What a reference leads to.
struct Far {
    /// Whose field it is, and whose rows it leads to.
    field: FieldId,
    to: TypeId,
    /// By row.
    words: Words,
    /// Where it leads nowhere, and where nobody knows.
    absent: (u64, u64),
    unknown: u64,
}

/// One block of clauses, made ready for a state of the facts.
pub(super) struct Sift<'a> {
    world: &'a World,
    syms: &'a [Syms],
    all: u64,
    /// By route.
    parts: Vec<Vec<Part<'a>>>,
    far: Vec<Vec<Far>>,
    /// By route, the clauses that ask for anything there, or further off.
    used: Vec<u64>,
    /// By route, those that ask for what is behind something that is no single reference.
    blind: Vec<u64>,
}

impl<'a> Sift<'a> {
    /// Decides once for every fact that is referred to what it leaves open.
    pub(super) fn new(
        sieve: &'a Sieve,
        world: &'a World,
        syms: &'a [Syms],
        block: &Block,
        memos: &mut [Memo],
    ) -> Self {
        let routes = sieve.routes.len().saturating_add(1);
        let mut out = Self {
            world,
            syms,
            all: block.all(),
            parts: (0..routes).map(|_| Vec::new()).collect(),
            far: (0..routes).map(|_| Vec::new()).collect(),
            used: vec![0; routes],
            blind: vec![0; routes],
        };
        let mut nowhere = vec![[(block.all(), 0_u64); 2]; routes];
        for (at, table) in block.tables() {
            let column = &sieve.columns[at];
            let (open, doubt) = Lut::both(Ground { world, column, syms: &syms[at] }, table);
            for (nowhere, class) in nowhere[column.route].iter_mut().zip(NOWHERE) {
                nowhere.0 &= table.open(class);
                nowhere.1 |= table.doubt(class);
            }
            out.parts[column.route].push(Part { column, at, open, doubt });
        }
        // Those that lead furthest have the greatest numbers.
        for place in (1..routes).rev() {
            let Route { from, ty, field } = sieve.routes[place.saturating_sub(1)];
            let [absent, (_, unknown)] = nowhere[place];
            out.used[place] |= unknown;
            if unknown == 0 {
                continue;
            }
            let to = world.layout().refers_to(ty, field);
            out.blind[from] |= if to.is_none() { unknown } else { 0 };
            if let Some(to) = to {
                let mut words = Words::default();
                let mut part = Words::default();
                for block in world.blocks(to) {
                    out.block(place, &block, memos, &mut part);
                    words.open.extend_from_slice(&part.open);
                    words.doubt.extend_from_slice(&part.doubt);
                    words.any |= part.any;
                }
                out.far[from].push(Far { field, to, words, absent, unknown });
            }
            for (here, there) in [0, 1].into_iter().zip(nowhere[place]) {
                nowhere[from][here].0 &= there.0;
                nowhere[from][here].1 |= there.1;
            }
        }
        out.used[0] = nowhere[0][1].1;
        out
    }

    /// The clauses that are open for the heads of a block; none for those that are not there.
    pub(super) fn heads(&self, block: &world::Block<'_>, memos: &mut [Memo], words: &mut Words) {
        self.block(0, block, memos, words);
        if !block.is_fresh() {
            for (open, (there, _)) in words.open.iter_mut().zip(block.states()) {
                *open = if there { *open } else { 0 };
            }
        }
    }

    fn block(&self, route: usize, block: &world::Block<'_>, memos: &mut [Memo], words: &mut Words) {
        words.start(block.len(), self.all, self.blind[route]);
        for part in self.parts[route].iter().filter(|part| !block.is_key(part.column.field)) {
            self.part(part, block, memos, words);
        }
        for far in &self.far[route] {
            self.refer(far, block, words);
        }
        if !block.is_fresh() {
            let used = self.used[route];
            words.any = true;
            let states = block.states().map(|(_, blank)| blank);
            for ((open, doubt), blank) in words.open.iter_mut().zip(&mut words.doubt).zip(states) {
                if blank {
                    (*open, *doubt) = (self.all, used);
                }
            }
        }
        // Keys are known of whatever is referred to.
        for part in self.parts[route].iter().filter(|part| block.is_key(part.column.field)) {
            self.part(part, block, memos, words);
        }
    }

    fn part(&self, part: &Part<'_>, block: &world::Block<'_>, memos: &mut [Memo], words: &mut Words) {
        let ground = Ground { world: self.world, column: part.column, syms: &self.syms[part.at] };
        let Some(strip) = block.strip(part.column.field) else { return };
        let memo = &mut memos[part.at];
        part.open.take(ground, memo, &strip, &mut words.open, |open, word| *open &= word);
        if part.doubt.says(&strip) {
            words.any = true;
            part.doubt.take(ground, memo, &strip, &mut words.doubt, |doubt, word| *doubt |= word);
        }
    }

    fn refer(&self, far: &Far, block: &world::Block<'_>, words: &mut Words) {
        let Some(Strip { codes, values: Values::Half(rows) }) = block.strip(far.field) else { return };
        if let Codes::Same(code) = codes
            && self.coded(far, block, code).is_none()
            && self.world.has_plain_keys(far.to)
        {
            words
                .open
                .iter_mut()
                .zip(rows)
                .for_each(|(open, row)| *open &= far.words.open[Row(*row).index()]);
            if far.words.any {
                words.any = true;
                let doubts = words.doubt.iter_mut().zip(rows);
                doubts.for_each(|(doubt, row)| *doubt |= far.words.doubt[Row(*row).index()]);
            }
            return;
        }
        words.any = true;
        for (at, row) in rows.iter().enumerate() {
            let code = match codes {
                Codes::Same(code) => code,
                Codes::Each(codes) => codes[at],
            };
            let (open, doubt) = self.coded(far, block, code).unwrap_or_else(|| {
                let row = self.world.known_by(far.to, Row(*row)).index();
                (far.words.open[row], far.words.doubt[row])
            });
            words.open[at] &= open;
            words.doubt[at] |= doubt;
        }
    }

    /// What a reference comes to where its code says all.
    fn coded(&self, far: &Far, block: &world::Block<'_>, code: u8) -> Option<(u64, u64)> {
        let cell = self.world.coded(block.ty(), far.field, code)?;
        Some(if cell == Cell::Absent { far.absent } else { (self.all, far.unknown) })
    }
}
