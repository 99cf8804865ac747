//! Everything that was reported: immutable, cheap to clone.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use assize_lang::plan::{Name, Schema};
use sha2::{Digest, Sha256};

use super::changes::{Changes, Told};
use super::report::{Lost, Stored, Withdrawn};
use super::{Read, Reject};
use crate::facts::Run;
use crate::world::{Layout, Recent, Stock};

/// An alias, the key that it stands for, and when that was seen.
pub(crate) type Alias = (Arc<str>, Arc<str>, i64);

/// The hash of a line.
pub(crate) type Hash = [u8; 32];

/// The sum of hashes: of the same set of lines the same, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum([u64; 4]);

impl Sum {
    fn add(&mut self, hash: &Hash) {
        let mut carry = false;
        for (word, bytes) in self.0.iter_mut().zip(hash.as_chunks::<8>().0) {
            let (sum, over) = word.overflowing_add(u64::from_le_bytes(*bytes));
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, over || again);
        }
    }
}

/// What the lines said.
#[derive(Clone, Debug)]
pub(crate) struct Inner {
    /// The reports.
    pub(crate) stock: Stock,
    pub(crate) withdrawn: BTreeMap<Name, Vec<Withdrawn>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) same: BTreeMap<Name, Vec<Alias>>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) rejects: Vec<Reject>,
    id: String,
    /// Of all distinct lines, refused ones included, and of the reasons of rejects.
    sum: Sum,
    /// Of lines that are no reports: those that were counted.
    others: HashSet<Hash>,
}

impl Inner {
    pub(crate) fn new(layout: &Arc<Layout>) -> Self {
        Self {
            stock: Stock::new(layout),
            withdrawn: BTreeMap::new(),
            runs: Vec::new(),
            same: BTreeMap::new(),
            lost: Vec::new(),
            rejects: Vec::new(),
            id: String::new(),
            sum: Sum::default(),
            others: HashSet::new(),
        }
    }

    /// The lines of a snapshot, under the numbers of another schema of the same types.
    pub(crate) fn of(snapshot: &Snapshot, layout: &Arc<Layout>) -> Self {
        let inner = snapshot.inner();
        Self { stock: inner.stock.under(layout), ..inner.clone() }
    }

    /// Takes lines in.
    pub(crate) fn add(&mut self, changes: Changes) {
        changes.reports.into_iter().for_each(|told| self.told(told));
        for (ty, gone) in changes.withdrawn {
            let name = self.stock.layout().ty(ty).name.clone();
            self.withdrawn.entry(name).or_default().push(gone);
        }
        for (name, same) in changes.same {
            self.same.entry(name).or_default().push(same);
        }
        self.runs.extend(changes.runs);
        self.lost.extend(changes.lost);
        for reject in changes.rejects {
            self.sum.add(&Sha256::digest(reject.reason.as_bytes()).into());
            self.rejects.push(reject);
        }
        for hash in changes.hashes {
            self.other(hash);
        }
    }

    /// Takes a report in.
    pub(super) fn told(&mut self, told: Told) {
        if self.stock.take(told.ty, told.report) {
            self.sum.add(&told.hash);
        }
    }

    /// Takes in a report as a line says it.
    pub(super) fn read(&mut self, read: &mut Read<'_>, recent: &mut Recent) {
        if self.stock.take_read(read, recent) {
            self.sum.add(&read.hash);
        }
    }

    /// Counts a line that is no report.
    fn other(&mut self, hash: Hash) {
        if self.others.insert(hash) {
            self.sum.add(&hash);
        }
    }

    /// Puts in a fixed order what has come, and names it.
    fn seal(&mut self) {
        self.rejects.sort();
        self.runs.sort_by(|a, b| (a.until, a.from, &a.id, &a.scope).cmp(&(b.until, b.from, &b.id, &b.scope)));
        self.id = self.name();
    }

    /// The name of what has come.
    pub(crate) fn name(&self) -> String {
        let mut all = Sha256::new();
        self.sum.0.iter().for_each(|word| all.update(word.to_le_bytes()));
        let first = all.finalize().first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first));
        format!("snap_{first:016x}")
    }
}

/// A set of reports, checked against a schema. Facts are made from it for an instant, by [`super::View`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    schema: Arc<Schema>,
    inner: Arc<Inner>,
}

impl Snapshot {
    /// What was taken in.
    pub(crate) fn new(mut inner: Inner) -> Self {
        inner.seal();
        Self { schema: Arc::clone(inner.stock.layout().schema()), inner: Arc::new(inner) }
    }

    /// What was not loaded, in a fixed order.
    #[must_use]
    pub fn rejects(&self) -> &[Reject] {
        &self.inner.rejects
    }

    /// The number of distinct keys reported, by qualified type.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let layout = self.inner.stock.layout();
        let all = layout.types().map(|ty| (layout.ty(ty).name.to_string(), self.inner.stock.count(ty)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// A hash of the content: `snap_` and 16 hexadecimal digits. The same set of lines has the same id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The latest instant at which anything in it was observed.
    #[must_use]
    pub fn newest(&self) -> Option<crate::facts::Instant> {
        let runs = self.inner.runs.iter().map(|run| run.until.0);
        self.inner.stock.newest().into_iter().chain(runs).max().map(crate::facts::Instant)
    }

    /// The schema that it was checked against.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The reports by type, each by key, source and instant.
    pub(crate) fn reports(&self) -> BTreeMap<Name, Vec<Stored>> {
        self.inner.stock.all()
    }
}
