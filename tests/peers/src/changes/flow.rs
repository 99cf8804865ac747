//! The same three questions as a dataflow of `differential-dataflow`, written for these facts by hand.

use std::cell::RefCell;
use std::rc::Rc;

use differential_dataflow::input::InputSession;
use timely::dataflow::ProbeHandle;
use timely::worker::Worker;

use super::estate::{Change, Estate, Fact};

type Input<D> = InputSession<u32, D, isize>;

const EXEC: u32 = 3;

pub struct Flow<'w> {
    worker: &'w mut Worker,
    identities: Input<(u32, u32)>,
    workloads: Input<(u32, u32, bool)>,
    findings: Input<(u32, u32, u32)>,
    secrets: Input<(u32, u32, u32)>,
    observations: Input<(u32, u32, u32)>,
    watches: Input<(u32, u32)>,
    probe: ProbeHandle<u32>,
    time: u32,
    counts: Rc<RefCell<[isize; 3]>>,
}

impl<'w> Flow<'w> {
    pub fn new(worker: &'w mut Worker, estate: Estate) -> Self {
        let mut flow = Self {
            worker,
            identities: InputSession::new(),
            workloads: InputSession::new(),
            findings: InputSession::new(),
            secrets: InputSession::new(),
            observations: InputSession::new(),
            watches: InputSession::new(),
            probe: ProbeHandle::new(),
            time: 0,
            counts: Rc::default(),
        };
        flow.build();
        estate.facts().for_each(|fact| flow.update(fact, 1));
        super::Engine::commit(&mut flow);
        flow
    }

    fn build(&mut self) {
        let Self {
            worker,
            identities,
            workloads,
            findings,
            secrets,
            observations,
            watches,
            probe,
            counts,
            ..
        } = self;
        worker.dataflow::<u32, _, _>(|scope| {
            let identities = identities.to_collection(scope);
            let workloads = workloads.to_collection(scope);
            let findings = findings.to_collection(scope);
            let secrets = secrets.to_collection(scope);
            let observations = observations.to_collection(scope);
            let watched = watches.to_collection(scope).map(|(_, workload)| workload).distinct();
            let executing =
                observations.clone().filter(|(_, _, kind)| *kind == EXEC).map(|(_, of, _)| of).distinct();
            let at_work = observations.map(|(_, of, _)| of).distinct();
            let exposed = workloads.filter(|(.., exposed)| *exposed).map(|(id, identity, _)| (id, identity));
            let mighty = identities.filter(|(_, privilege)| *privilege >= 3).map(|(id, _)| id);
            let open = exposed
                .clone()
                .semijoin(executing)
                .map(|(id, identity)| (identity, id))
                .semijoin(mighty)
                .map(|(identity, id)| (id, identity))
                .arrange_by_key();
            let severe = findings
                .filter(|(_, _, severity)| *severity >= 70)
                .map(|(id, workload, _)| (workload, id))
                .arrange_by_key();
            let exploitable = severe.join_core(open, |workload, id, _| Some((*workload, *id)));
            let uncovered = exploitable.clone().antijoin(watched);
            let live = exposed.semijoin(at_work).map(|(_, identity)| identity).distinct();
            let stale =
                secrets.filter(|(.., age)| *age > 300).map(|(id, identity, _)| (identity, id)).semijoin(live);
            for (at, held) in [exploitable, uncovered, stale].into_iter().enumerate() {
                let counts = Rc::clone(counts);
                held.inspect(move |(_, _, by)| counts.borrow_mut()[at] += *by).probe_with(probe);
            }
        });
    }

    fn update(&mut self, fact: Fact, by: isize) {
        match fact {
            Fact::Identity { id, privilege } => self.identities.update((id, privilege), by),
            Fact::Workload { id, identity, exposed } => self.workloads.update((id, identity, exposed), by),
            Fact::Finding { id, workload, severity } => self.findings.update((id, workload, severity), by),
            Fact::Secret { id, identity, age } => self.secrets.update((id, identity, age), by),
            Fact::Observation { id, workload, kind, .. } => {
                self.observations.update((id, workload, kind), by)
            }
            Fact::Watch { id, workload } => self.watches.update((id, workload), by),
        }
    }
}

impl super::Engine for Flow<'_> {
    fn take(&mut self, change: Change) {
        match change {
            Change::Says(fact, was) => {
                was.into_iter().for_each(|was| self.update(was, -1));
                self.update(fact, 1);
            }
            Change::Gone(fact) => self.update(fact, -1),
        }
    }

    fn commit(&mut self) {
        self.time += 1;
        let time = self.time;
        macro_rules! advance { ($($input:ident),*) => { $(self.$input.advance_to(time); self.$input.flush();)* } }
        advance!(identities, workloads, findings, secrets, observations, watches);
        let Self { worker, probe, .. } = self;
        worker.step_while(|| probe.less_than(&time));
    }

    fn standing(&mut self) -> [usize; 3] {
        self.counts.borrow().map(|count| usize::try_from(count).expect("no fewer than none"))
    }
}
