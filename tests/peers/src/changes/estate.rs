//! The facts: what each says follows from its number, so that nobody has to hold them besides the engines.

use crate::numbers::{mix, one_of};

/// How many there are of each type, in the proportions of a million findings.
#[derive(Clone, Copy, Debug)]
pub struct Estate {
    pub findings: u32,
    pub workloads: u32,
    pub identities: u32,
    pub secrets: u32,
    pub observations: u32,
    pub watches: u32,
}

/// One fact, in the words of an engine without names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    Identity {
        id: u32,
        privilege: u32,
    },
    Workload {
        id: u32,
        identity: u32,
        exposed: bool,
    },
    /// The severity in tenths.
    Finding {
        id: u32,
        workload: u32,
        severity: u32,
    },
    Secret {
        id: u32,
        identity: u32,
        age: u32,
    },
    /// The kind by its place, of eight; how many seconds ago.
    Observation {
        id: u32,
        workload: u32,
        kind: u32,
        ago: u32,
    },
    Watch {
        id: u32,
        workload: u32,
    },
}

/// One change; of a fact that there is already, to a later version.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Says(Fact, Option<Fact>),
    Gone(Fact),
}

impl Estate {
    pub fn of(findings: u32) -> Self {
        let share = |tenths: u32| (findings / 100 * tenths).max(2);
        Self {
            findings,
            workloads: share(10),
            identities: share(5),
            secrets: share(20),
            observations: share(100),
            watches: share(6),
        }
    }

    pub fn total(&self) -> u32 {
        self.findings + self.workloads + self.identities + self.secrets + self.observations + self.watches
    }

    pub fn identity(&self, id: u32, version: u32) -> Fact {
        Fact::Identity { id, privilege: one_of(3, id, u64::from(version), 6) }
    }

    pub fn workload(&self, id: u32, version: u32) -> Fact {
        let exposed = mix(2, id, 10 + u64::from(version)) % 10 < 3;
        Fact::Workload { id, identity: one_of(2, id, 0, self.identities), exposed }
    }

    pub fn finding(&self, id: u32) -> Fact {
        Fact::Finding { id, workload: one_of(1, id, 0, self.workloads), severity: one_of(1, id, 1, 101) }
    }

    pub fn secret(&self, id: u32) -> Fact {
        Fact::Secret { id, identity: one_of(4, id, 0, self.identities), age: one_of(4, id, 1, 365) }
    }

    pub fn observation(&self, id: u32) -> Fact {
        let workload = one_of(5, id, 0, self.workloads);
        Fact::Observation { id, workload, kind: one_of(5, id, 1, 8), ago: one_of(5, id, 2, 86_400) }
    }

    pub fn watch(&self, id: u32) -> Fact {
        Fact::Watch { id, workload: one_of(6, id, 0, self.workloads) }
    }

    /// Every fact there is at first.
    pub fn facts(self) -> impl Iterator<Item = Fact> {
        let identities = (0..self.identities).map(move |id| self.identity(id, 0));
        let workloads = (0..self.workloads).map(move |id| self.workload(id, 0));
        let findings = (0..self.findings).map(move |id| self.finding(id));
        let secrets = (0..self.secrets).map(move |id| self.secret(id));
        let observations = (0..self.observations).map(move |id| self.observation(id));
        let watches = (0..self.watches).map(move |id| self.watch(id));
        identities.chain(workloads).chain(findings).chain(secrets).chain(observations).chain(watches)
    }

    /// 44 % findings, 36 % observations, 6 % watches, 6 % secrets (each in turns new and gone), 5 % workloads,
    /// 3 % identities.
    pub fn changes(self) -> impl Iterator<Item = Change> {
        let mut gone = std::collections::HashSet::new();
        let mut versions = std::collections::HashMap::new();
        (0_u32..).filter_map(move |step| {
            let which = one_of(7, step, 0, 100);
            let mut turn = |kind: u32, count: u32, fact: &dyn Fn(u32) -> Fact| {
                if step.is_multiple_of(2) {
                    return Some(Change::Says(fact(count + step), None));
                }
                let id = one_of(7, step, 1, count);
                gone.insert((kind, id)).then(|| Change::Gone(fact(id)))
            };
            let mut version = |kind: u32, id: u32, fact: &dyn Fn(u32) -> Fact| {
                let before = versions.insert((kind, id), step + 1).unwrap_or(0);
                Some(Change::Says(fact(step + 1), Some(fact(before))))
            };
            match which {
                0..44 => turn(0, self.findings, &|id| self.finding(id)),
                44..80 => turn(1, self.observations, &|id| self.observation(id)),
                80..86 => turn(2, self.watches, &|id| self.watch(id)),
                86..92 => turn(3, self.secrets, &|id| self.secret(id)),
                92..97 => {
                    let id = one_of(7, step, 2, self.workloads);
                    version(4, id, &|version| self.workload(id, version))
                }
                _ => {
                    let id = one_of(7, step, 2, self.identities);
                    version(5, id, &|version| self.identity(id, version))
                }
            }
        })
    }
}
