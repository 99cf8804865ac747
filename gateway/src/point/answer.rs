//! What a decision point answers: one of three. Only this file makes one, so that no adapter can send an
//! empty answer, nor one that says both.

use std::sync::Arc;

use assize::facts::Instant;
use assize::value::Missing;
use assize::{Decision, OutcomeKind, Verdict};
use assize_lang::plan::Mode;

use super::id::DecisionId;
use super::standing::Watermark;

/// An answer. Whoever passes it on says what each of the three is in his protocol.
#[derive(Clone, Debug)]
#[must_use = "an answer that is not passed on leaves the gateway to guess"]
pub enum Answer {
    /// Nothing that is enforced blocks it, and nothing could.
    Allow(Allow),
    /// Something that is enforced blocks it.
    Block(Block),
    /// It cannot be told: the protocol's channel for errors, so that the gateway's own setting decides.
    Undetermined(Undetermined),
}

/// What every answer is marked with, so that it can be found again.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Names this one answer.
    pub id: DecisionId,
    /// Which entry was asked.
    pub entry: Arc<str>,
    /// The policies, as a hash of their texts.
    pub revision: Arc<str>,
    /// How far the facts go.
    pub watermark: Watermark,
    /// The same as it is told.
    pub watermark_text: Arc<str>,
    /// The instant of the decision.
    pub now: Instant,
    /// Until when the clock alone changes nothing about it; `None` is: until a fact changes.
    pub valid_until: Option<Instant>,
}

/// An allow, with what is decided beside it.
#[derive(Clone, Debug)]
pub struct Allow {
    mark: Mark,
    decisions: Vec<Decision>,
}

/// A block, with what blocks.
#[derive(Clone, Debug)]
pub struct Block {
    mark: Mark,
    by: By,
    others: Vec<Decision>,
}

#[derive(Clone, Debug)]
enum By {
    Decision(Box<Decision>),
    /// The protocol's own rule: what it does not know must not pass.
    Rule(String),
}

/// No answer, and why.
#[derive(Clone, Debug)]
pub struct Undetermined {
    mark: Mark,
    why: Why,
    decisions: Vec<Decision>,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Why {
    /// Evidence is missing that could block it.
    Evidence(Vec<Missing>),
    /// Nothing is asked under this name.
    NoEntry(String),
    /// The request cannot be read; says where.
    Unreadable(String),
    /// The gateway passed on a part of the request only; says which part is cut.
    Truncated(&'static str),
    /// What the gateway says of the request does not go together.
    Contradiction(&'static str),
    /// It has to be recorded, and cannot be.
    NotRecorded(String),
}

impl Why {
    /// One word, for counters.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Evidence(_) => "evidence",
            Self::NoEntry(_) => "no_entry",
            Self::Unreadable(_) => "unreadable",
            Self::Truncated(_) => "truncated",
            Self::Contradiction(_) => "contradiction",
            Self::NotRecorded(_) => "not_recorded",
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Evidence(missing) => {
                f.write_str("evidence is missing")?;
                for (at, one) in missing.iter().take(4).enumerate() {
                    f.write_str(if at == 0 { ": " } else { "; " })?;
                    write!(f, "{one}")?;
                }
                Ok(())
            }
            Self::NoEntry(name) => {
                write!(f, "no entry `{}` is asked here", assize::value::escape(name))
            }
            Self::Unreadable(reason) => write!(f, "the request cannot be read: {reason}"),
            Self::Truncated(part) => write!(f, "the gateway passed on only a part of {part}"),
            Self::Contradiction(what) => write!(f, "the gateway contradicts itself: {what}"),
            Self::NotRecorded(reason) => write!(f, "the decision cannot be recorded: {reason}"),
        }
    }
}

impl Answer {
    /// Nothing is decided about it.
    pub(super) const fn allow(mark: Mark) -> Self {
        Self::Allow(Allow { mark, decisions: Vec::new() })
    }

    /// The protocol's own rule blocks it.
    pub(super) const fn blocked(mark: Mark, rule: String) -> Self {
        Self::Block(Block { mark, by: By::Rule(rule), others: Vec::new() })
    }

    /// There is no answer.
    pub(super) const fn undetermined(mark: Mark, why: Why) -> Self {
        Self::Undetermined(Undetermined { mark, why, decisions: Vec::new() })
    }

    /// What a verdict comes to.
    pub(super) fn of(verdict: Verdict, mark: Mark) -> Self {
        let Verdict { verdict, mut decisions, missing, .. } = verdict;
        match verdict {
            assize::Answer::Allow => Self::Allow(Allow { mark, decisions }),
            assize::Answer::Undetermined => {
                Self::Undetermined(Undetermined { mark, why: Why::Evidence(missing), decisions })
            }
            assize::Answer::Block => match decisions.iter().position(blocks) {
                Some(at) => {
                    let by = By::Decision(Box::new(decisions.remove(at)));
                    Self::Block(Block { mark, by, others: decisions })
                }
                // The evaluator never says so; were it to, nothing would be known.
                None => Self::Undetermined(Undetermined { mark, why: Why::Evidence(missing), decisions }),
            },
        }
    }

    /// What it is marked with.
    #[must_use]
    pub const fn mark(&self) -> &Mark {
        match self {
            Self::Allow(answer) => &answer.mark,
            Self::Block(answer) => &answer.mark,
            Self::Undetermined(answer) => &answer.mark,
        }
    }

    /// `allow`, `block` or `undetermined`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Allow(_) => "allow",
            Self::Block(_) => "block",
            Self::Undetermined(_) => "undetermined",
        }
    }

    /// Everything that is decided, what blocks first.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        let (first, others) = match self {
            Self::Allow(answer) => (None, &answer.decisions),
            Self::Block(answer) => (answer.by(), &answer.others),
            Self::Undetermined(answer) => (None, &answer.decisions),
        };
        first.into_iter().chain(others)
    }

    /// What is decided and carried out beside the answer: alerts, ranks and revocations.
    pub fn effects(&self) -> impl Iterator<Item = &Decision> {
        self.decisions().filter(|decision| decision.mode == Mode::Enforce)
    }
}

impl Allow {
    /// What it is marked with.
    #[must_use]
    pub const fn mark(&self) -> &Mark {
        &self.mark
    }
}

impl Block {
    /// What it is marked with.
    #[must_use]
    pub const fn mark(&self) -> &Mark {
        &self.mark
    }

    /// The strongest decision that blocks; none where a rule of the protocol does.
    #[must_use]
    pub fn by(&self) -> Option<&Decision> {
        match &self.by {
            By::Decision(decision) => Some(decision),
            By::Rule(_) => None,
        }
    }

    /// Why, in the policy's words.
    #[must_use]
    pub fn because(&self) -> &str {
        match &self.by {
            By::Decision(decision) => &decision.because,
            By::Rule(rule) => rule,
        }
    }
}

impl Undetermined {
    /// What it is marked with.
    #[must_use]
    pub const fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Why.
    #[must_use]
    pub const fn why(&self) -> &Why {
        &self.why
    }
}

fn blocks(decision: &Decision) -> bool {
    decision.mode == Mode::Enforce
        && (decision.outcomes.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Block { .. }))
            || decision.unresolved.iter().any(|one| one.kind == "block"))
}
