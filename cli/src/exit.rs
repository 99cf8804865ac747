//! Exit codes, and which decisions fail a run.

use std::fmt;
use std::str::FromStr;

/// What a run says to the shell. Declared weakest first, so that the greatest of two is the one that
/// counts: 2 outranks 1 outranks 3 outranks 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing to report.
    #[default]
    Clean,
    /// Something could not be read in full: a source is missing, a record was rejected, a budget ran out.
    Incomplete,
    /// A decision at or above `--fail-on`, a failed test, a blocked request.
    Decided,
    /// Usage, configuration, policies or facts are wrong.
    Error,
}

impl Exit {
    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Decided => 1,
            Self::Error => 2,
            Self::Incomplete => 3,
        }
    }

    /// The stronger of the two.
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Ended by a bug in Assize itself.
pub const BUG: u8 = 101;

/// One level of `--fail-on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// A block.
    Block,
    /// A revocation, or a block.
    Revoke,
    /// An alert of this severity or a greater one (any where not given), or anything stronger.
    Alert(Option<String>),
    /// A rank of this tier or a more urgent one (any where not given), or anything stronger.
    Rank(Option<String>),
    /// A revocation or a block, and everything that could not be told.
    Unknown,
    /// Never.
    None,
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, rest) = match text.split_once(':') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        match (word, rest) {
            ("block", None) => Ok(Self::Block),
            ("revoke", None) => Ok(Self::Revoke),
            ("unknown", None) => Ok(Self::Unknown),
            ("none", None) => Ok(Self::None),
            ("alert", None) => Ok(Self::Alert(None)),
            ("rank", None) => Ok(Self::Rank(None)),
            ("alert", Some(severity)) if SEVERITIES.contains(&severity) => {
                Ok(Self::Alert(Some(severity.to_owned())))
            }
            ("alert", Some(_)) => Err(format!("the severities are {}", SEVERITIES.join(", "))),
            ("rank", Some(tier)) if !tier.is_empty() => Ok(Self::Rank(Some(tier.to_owned()))),
            _ => {
                Err("one of block, revoke, alert, alert:SEVERITY, rank, rank:TIER, unknown, none".to_owned())
            }
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block => f.write_str("block"),
            Self::Revoke => f.write_str("revoke"),
            Self::Alert(None) => f.write_str("alert"),
            Self::Alert(Some(severity)) => write!(f, "alert:{severity}"),
            Self::Rank(None) => f.write_str("rank"),
            Self::Rank(Some(tier)) => write!(f, "rank:{tier}"),
            Self::Unknown => f.write_str("unknown"),
            Self::None => f.write_str("none"),
        }
    }
}

/// The members of `assize.core.Severity`, least first.
pub const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];

/// The levels of one run, with the orders of the tiers that its policies rank by.
#[derive(Debug)]
pub struct FailOn {
    levels: Vec<Level>,
    tiers: Vec<Vec<String>>,
}

/// One outcome, as far as `--fail-on` looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// `block`, `revoke`, `alert` or `rank`.
    pub kind: &'a str,
    /// The severity of an alert, the tier of a rank; the more urgent end where it is a range.
    pub level: Option<&'a str>,
}

impl FailOn {
    /// The levels of the command line, `revoke` where there are none. `tiers` are the members of the
    /// ordered enums, least first.
    pub fn new(levels: &[Level], tiers: Vec<Vec<String>>) -> Result<Self, String> {
        for level in levels {
            if let Level::Rank(Some(tier)) = level
                && !tiers.iter().flatten().any(|member| member == tier)
            {
                return Err(format!("`--fail-on rank:{tier}`: no ordered enum has a member `{tier}`"));
            }
        }
        let levels = if levels.is_empty() { vec![Level::Revoke] } else { levels.to_vec() };
        Ok(Self { levels, tiers })
    }

    /// Whether an outcome fails the run.
    pub fn outcome(&self, seen: Seen<'_>) -> bool {
        self.levels.iter().any(|level| self.reaches(level, seen))
    }

    /// Whether a case that could not be told fails the run.
    pub fn unknown(&self) -> bool {
        self.levels.contains(&Level::Unknown)
    }

    fn reaches(&self, level: &Level, seen: Seen<'_>) -> bool {
        match level {
            Level::None => false,
            Level::Block => seen.kind == "block",
            Level::Revoke | Level::Unknown => matches!(seen.kind, "block" | "revoke"),
            Level::Alert(least) => match seen.kind {
                "block" | "revoke" => true,
                "alert" => at_least(&SEVERITIES, seen.level, least.as_deref()),
                _ => false,
            },
            Level::Rank(least) => match (seen.kind, least) {
                ("block" | "revoke" | "alert", _) | ("rank", None) => true,
                ("rank", Some(least)) => {
                    let mut orders = self.tiers.iter().filter(|order| order.contains(least));
                    orders.any(|order| at_least(order, seen.level, Some(least)))
                }
                _ => false,
            },
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels: Vec<String> = self.levels.iter().map(ToString::to_string).collect();
        f.write_str(&levels.join(", "))
    }
}

/// Whether `level` stands at or behind `least` in `order`. What the order does not list is not below it.
fn at_least(order: &[impl AsRef<str>], level: Option<&str>, least: Option<&str>) -> bool {
    let place = |name: &str| order.iter().position(|member| member.as_ref() == name);
    match (level.and_then(place), least.and_then(place)) {
        (Some(level), Some(least)) => level >= least,
        (None, Some(_)) => false,
        (_, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_outranks_decisions_and_decisions_outrank_gaps() {
        use Exit::*;
        for (a, b, both) in [
            (Clean, Incomplete, 3),
            (Incomplete, Decided, 1),
            (Decided, Error, 2),
            (Incomplete, Error, 2),
            (Clean, Clean, 0),
        ] {
            assert_eq!((a.and(b).code(), b.and(a).code()), (both, both));
        }
    }

    #[test]
    fn levels_are_read_and_printed() {
        for text in ["block", "revoke", "alert", "alert:high", "rank", "rank:T1", "unknown", "none"] {
            assert_eq!(text.parse::<Level>().unwrap().to_string(), text);
        }
        for text in ["", "alert:loud", "rank:", "block:x", "all"] {
            assert!(text.parse::<Level>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_fails() {
        let tiers = || vec![vec!["T5".to_owned(), "T2".to_owned(), "T1".to_owned()]];
        let check = |levels: &[&str], kind: &str, level: Option<&str>| {
            let levels: Vec<Level> = levels.iter().map(|text| text.parse().unwrap()).collect();
            FailOn::new(&levels, tiers()).unwrap().outcome(Seen { kind, level })
        };
        for (levels, kind, level, fails) in [
            (&[][..], "revoke", None, true),
            (&[], "block", None, true),
            (&[], "alert", Some("critical"), false),
            (&["block"], "revoke", None, false),
            (&["alert:high"], "alert", Some("high"), true),
            (&["alert:high"], "alert", Some("medium"), false),
            (&["alert:high"], "block", None, true),
            (&["alert"], "alert", Some("low"), true),
            (&["alert"], "rank", Some("T1"), false),
            (&["rank:T2"], "rank", Some("T1"), true),
            (&["rank:T2"], "rank", Some("T5"), false),
            (&["rank"], "rank", Some("T5"), true),
            (&["none"], "block", None, false),
            (&["none", "block"], "block", None, true),
            (&["unknown"], "revoke", None, true),
            (&["unknown"], "alert", Some("critical"), false),
        ] {
            assert_eq!(check(levels, kind, level), fails, "{levels:?} {kind} {level:?}");
        }
        assert!(FailOn::new(&["rank:T9".parse().unwrap()], tiers()).is_err());
    }
}
