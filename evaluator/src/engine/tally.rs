//! What one policy comes to on all facts, counted: for those who write it.
//!
//! Nothing is told and hardly anything rendered, so it costs a look at each head and no more; it can be called off.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assize_lang::plan::{OutcomeKind, Policy, Program};

use super::Engine;
use super::entry::Indexed;
use super::live::Live;
use crate::value::Missing;
use crate::world::{Row, World};

/// How many kinds of gap are kept.
const GAPS: usize = 8;

/// A sign that nobody waits for an answer any more. Clones are the same sign.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<AtomicBool>);

impl Halt {
    /// Says so.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was said.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one policy comes to on all facts.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The policy's qualified name.
    pub policy: String,
    /// How many facts of the type of its first binding there are.
    pub of: usize,
    /// Of each arm, how many cases it decides.
    pub arms: Vec<usize>,
    /// How many cases cannot be decided.
    pub undetermined: usize,
    /// The evidence that is wanted most, with the number of cases that want it; which fact lacks it is left out.
    pub gaps: Vec<(Missing, usize)>,
    /// Of each arm, the key of the first fact that it decides; behind them of the first that cannot be decided.
    pub examples: Vec<Option<String>>,
    /// How long it took to look at them all, by this machine's clock.
    pub took: Duration,
    /// The outcomes' words of each arm.
    words: Vec<Vec<&'static str>>,
    /// Every case, by row.
    pub(super) cases: Vec<(Row, Option<usize>)>,
}

impl Tally {
    /// How many cases anything is decided of.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.arms.iter().fold(0, |sum, arm| sum.saturating_add(*arm))
    }

    /// How many cases get an outcome of this word: `block`, `revoke`, `alert`, `rank`.
    #[must_use]
    pub fn outcomes(&self, word: &str) -> usize {
        let with = self.words.iter().zip(&self.arms).filter(|(words, _)| words.contains(&word));
        with.fold(0, |sum, (_, arm)| sum.saturating_add(*arm))
    }

    /// By outcome word, and `unknown` for what cannot be decided: of how many facts there is more of it than `before`,
    /// and of how many less. Both have to be of the same facts.
    #[must_use]
    pub fn since(&self, before: &Self) -> BTreeMap<&'static str, (usize, usize)> {
        let mut by_row: BTreeMap<Row, BTreeMap<&'static str, i64>> = BTreeMap::new();
        for (tally, sign) in [(self, 1_i64), (before, -1)] {
            for (row, arm) in &tally.cases {
                let words = match arm {
                    Some(arm) => tally.words.get(*arm).map(Vec::as_slice).unwrap_or_default(),
                    None => &["unknown"],
                };
                for word in words {
                    let count = by_row.entry(*row).or_default().entry(word).or_default();
                    *count = count.saturating_add(sign);
                }
            }
        }
        let mut out: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
        for (word, change) in by_row.into_values().flatten().filter(|(_, change)| *change != 0) {
            let (more, less) = out.entry(word).or_default();
            let side = if change > 0 { more } else { less };
            *side = side.saturating_add(1);
        }
        out
    }
}

impl Engine {
    /// Counts what a policy comes to on facts that are indexed already. Nothing where there is no such policy, where
    /// the types of facts, the signals or the trust in tools are others than the facts were read by, or where it was
    /// called off.
    #[must_use]
    pub fn tally(&self, facts: &Indexed, policy: &str, halt: &Halt) -> Option<Tally> {
        let policy = Arc::clone(self.program.policies.get(policy)?);
        if !facts.world().is_laid_out_by(&self.schema, &self.trust) {
            return None;
        }
        let alone = self.alone(&policy);
        let mut live = Live::halting(&alone, World::clone(facts.world()), halt.clone());
        let began = Instant::now();
        let counted = live.count(halt)?;
        let took = began.elapsed();
        let mut tally = Tally {
            policy: policy.name.to_string(),
            of: counted.heads,
            arms: vec![0; policy.arms.len()],
            undetermined: 0,
            gaps: counted.gaps.into_iter().collect(),
            examples: vec![None; policy.arms.len().saturating_add(1)],
            took,
            words: words(&policy),
            cases: counted.cases,
        };
        tally.cases.sort_unstable();
        tally.gaps.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
        tally.gaps.truncate(GAPS);
        for (row, arm) in &tally.cases {
            let place = arm.unwrap_or(policy.arms.len());
            let count = match arm {
                Some(arm) => tally.arms.get_mut(*arm),
                None => Some(&mut tally.undetermined),
            };
            if let Some(count) = count {
                *count = count.saturating_add(1);
            }
            if let Some(example) = tally.examples.get_mut(place).filter(|example| example.is_none()) {
                *example = Some(facts.world().key_arc(counted.head, *row).to_string());
            }
        }
        (!halt.is_set()).then_some(tally)
    }

    /// This engine with one of its policies alone, and its exceptions.
    fn alone(&self, policy: &Arc<Policy>) -> Self {
        let waivers = self.program.waivers.iter().filter(|waiver| waiver.policy == policy.name);
        let program = Program {
            schema: Arc::clone(&self.program.schema),
            params: self.program.params.clone(),
            tables: self.program.tables.clone(),
            relations: self.program.relations.clone(),
            policies: [(policy.name.clone(), Arc::clone(policy))].into(),
            waivers: waivers.cloned().collect(),
            ..Program::default()
        };
        Self { program: Arc::new(program), ..self.clone() }
    }
}

fn words(policy: &Policy) -> Vec<Vec<&'static str>> {
    let word = |kind: &OutcomeKind| match kind {
        OutcomeKind::Rank { .. } => "rank",
        OutcomeKind::Alert { .. } => "alert",
        OutcomeKind::Revoke { .. } => "revoke",
        OutcomeKind::Block { .. } => "block",
    };
    let of_arm = |arm: &assize_lang::plan::Arm| {
        let mut words: Vec<&'static str> = arm.outcomes.iter().map(|outcome| word(&outcome.kind)).collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    policy.arms.iter().map(of_arm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Instant;

    const POLICIES: &str = r#"
package shop
signal logs { lag 1m gap 1m loss 0% basis heartbeat }
enum Kind { human, machine }
entity Key { key id: string kind: Kind idle: duration? } closed
event Use { key id: string of: Key inverse uses at: timestamp } covered by logs on of
policy old {
  for k: Key
  where k.kind == Kind.machine
  decide {
    k.idle == null => none
    k.idle != null && k.idle > 90d => revoke k, alert high because "idle for {k.idle}"
    k.idle != null && k.idle > 30d => alert low because "idle"
    unknown => alert medium because "{missing}"
  }
}
policy unused {
  for k: Key
  decide {
    !k.uses.exists(u, u.at > now - 1d) => revoke k because "x"
    unknown => alert low because "{missing}"
  }
}
policy pairs {
  for k: Key, u in k.uses
  decide { k.kind == Kind.machine => alert low because "{u.id}" }
}
"#;

    fn with(text: &str) -> Engine {
        Engine::builder().source("shop.assize", text).build().expect("policies")
    }

    fn facts(engine: &Engine) -> Indexed {
        let mut loader = engine.loader();
        let keys = [
            ("a", "machine", "\"120d\""),
            ("b", "machine", "\"40d\""),
            ("c", "machine", "\"1d\""),
            ("d", "human", "\"900d\""),
            ("e", "machine", "null"),
        ];
        for (at, (key, kind, idle)) in keys.iter().enumerate() {
            let line = format!(
                r#"{{"Key": {{"id": "{key}", "kind": "{kind}", "idle": {idle}}}, "source": {{"tool": "t"}}, "observed_at": "2026-06-01T00:00:00Z"}}"#
            );
            loader.line("f", at as u64, &line);
        }
        loader.line("f", 8, r#"{"Key": {"id": "f", "kind": "machine"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"}"#);
        for (at, id) in [(10, "u1"), (11, "u2")] {
            let line = format!(
                r#"{{"Use": {{"id": "{id}", "of": "a", "at": "2026-05-31T23:00:00Z"}}, "source": {{"tool": "t"}}, "observed_at": "2026-06-01T00:00:00Z"}}"#
            );
            loader.line("f", at, &line);
        }
        let snapshot = loader.finish();
        assert_eq!(snapshot.rejects(), []);
        let now: Instant = "2026-06-01T00:00:00Z".parse().expect("an instant");
        engine.index(&snapshot, now)
    }

    #[test]
    fn arms_gaps_and_examples_are_counted() {
        let engine = with(POLICIES);
        let facts = facts(&engine);
        let halt = Halt::default();
        let old = engine.tally(&facts, "shop.old", &halt).expect("a policy");
        assert_eq!((old.of, old.arms.as_slice(), old.undetermined), (6, &[0, 1, 1, 1][..], 0));
        assert_eq!((old.decided(), old.outcomes("revoke"), old.outcomes("alert")), (3, 1, 3));
        let examples: Vec<Option<&str>> = old.examples.iter().map(Option::as_deref).collect();
        assert_eq!(examples, [None, Some("a"), Some("b"), Some("f"), None]);
        assert_eq!(
            old.gaps.first().map(|(gap, count)| (gap.to_string(), *count)),
            Some(("`idle` was not collected".to_owned(), 1))
        );

        let unused = engine.tally(&facts, "shop.unused", &halt).expect("a policy");
        assert_eq!((unused.arms.as_slice(), unused.undetermined), (&[0, 5][..], 0));
        assert_eq!(unused.gaps[0].1, 1);
        // Two cases of one head.
        let pairs = engine.tally(&facts, "shop.pairs", &halt).expect("a policy");
        assert_eq!(pairs.arms, [2]);
        // It says what the whole evaluation says.
        let mut loader = engine.loader();
        loader.line("f", 1, r#"{"Key": {"id": "a", "kind": "machine", "idle": "120d"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"}"#);
        let snapshot = loader.finish();
        let now: Instant = "2026-06-01T00:00:00Z".parse().expect("an instant");
        let all = engine.evaluate(&snapshot, now);
        let indexed = engine.index(&snapshot, now);
        for (policy, count) in &all.summary.by_policy {
            assert_eq!(engine.tally(&indexed, policy, &halt).expect("a policy").decided(), *count);
        }
    }

    #[test]
    fn an_edit_says_what_it_changes() {
        let engine = with(POLICIES);
        let facts = facts(&engine);
        let halt = Halt::default();
        let before = engine.tally(&facts, "shop.old", &halt).expect("a policy");
        let edited = with(&POLICIES.replace("> 90d", "> 35d"));
        let after = edited.tally(&facts, "shop.old", &halt).expect("a policy");
        assert_eq!(after.since(&before), [("revoke", (1, 0))].into());
        assert_eq!(before.since(&after), [("revoke", (0, 1))].into());
        assert_eq!(after.since(&after), BTreeMap::new());
        // Facts that were read by other types tell nothing.
        let other = with(&POLICIES.replace("idle: duration?", "idle: duration?  more: int?"));
        assert!(other.tally(&facts, "shop.old", &halt).is_none());
        assert!(engine.tally(&facts, "shop.nope", &halt).is_none());
    }

    #[test]
    fn what_is_called_off_is_not_counted() {
        let engine = with(POLICIES);
        let halt = Halt::default();
        halt.set();
        assert!(engine.tally(&facts(&engine), "shop.unused", &halt).is_none());
    }
}
