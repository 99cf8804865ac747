//! What exceptions are good for: unused, over-broad, lapsing and ended ones are said.

use assize::{Engine, WaiverNote};
use serde_json::json;

use crate::support::{at, load_clean};

/// The notes of each waiver, with what it covers, on keys `k0`, `k1`, … of which those in `leaked` are, at
/// `now`. The team of the last key is not known.
fn notes(
    waivers: &str,
    keys: usize,
    leaked: &[usize],
    now: &str,
) -> Vec<(Vec<WaiverNote>, usize, usize, usize)> {
    let text = format!(
        r#"package t
entity Key {{ key id: string, leaked: bool, team: string }} closed
policy leak {{
  for k: Key
  decide {{
    k.leaked => alert high because "leaked"
  }}
}}
{waivers}"#
    );
    let engine = Engine::builder().source("t.assize", text).build().unwrap();
    let lines: Vec<serde_json::Value> = (0..keys)
        .map(|key| {
            let mut fields = json!({"id": format!("k{key}"), "team": "lab"});
            if key + 1 == keys {
                fields = json!({"id": format!("k{key}")});
            }
            if leaked.contains(&key) {
                fields["leaked"] = true.into();
            } else if key != 1 {
                fields["leaked"] = false.into();
            }
            json!({"Key": fields, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"})
        })
        .collect();
    let evaluation = engine.evaluate(&load_clean(&engine, &lines), at(now));
    let of = evaluation.decisions.len();
    evaluation
        .waivers
        .into_iter()
        .map(|one| {
            assert_eq!((one.policy.as_str(), one.file.as_str(), one.of), ("t.leak", "t.assize", of));
            (one.notes, one.line, one.waived, one.undetermined)
        })
        .collect()
}

fn waive(condition: &str, until: &str) -> String {
    format!("waive leak for k where {condition} until {until} because \"a\" by \"b\"\n")
}

const JUNE: &str = "2026-06-01T00:00:00Z";
const LATE: &str = "2027-01-01T00:00:00Z";

#[test]
fn what_covers_nothing_is_unused() {
    use WaiverNote::Unused;
    let waivers =
        waive("k.id == \"k0\"", LATE) + &waive("k.id == \"k1\"", LATE) + &waive("k.id == \"k2\"", LATE);
    // `k0` is leaked; of `k1` it is not known, so its waiver may be needed; `k2` is known not to be.
    assert_eq!(
        notes(&waivers, 4, &[0], JUNE),
        [(vec![], 9, 1, 0), (vec![], 10, 0, 1), (vec![Unused], 11, 0, 0)]
    );
    assert_eq!(notes(&waive("k.team == \"lab\"", LATE), 0, &[], JUNE), [(vec![Unused], 9, 0, 0)]);
}

#[test]
fn what_covers_every_fact_or_very_many_is_over_broad() {
    use WaiverNote::{OverBroad, Unused};
    let every = waive("k.id != \"\"", LATE);
    assert_eq!(notes(&every, 3, &[0], JUNE), [(vec![OverBroad], 9, 1, 1)]);
    assert_eq!(notes(&every, 3, &[], JUNE)[0].0, [OverBroad], "the undetermined case keeps it in use");
    assert_eq!(notes(&every, 1, &[], JUNE)[0].0, [Unused], "one fact is no class of facts");
    // Unknown does not waive: the last key's team may be another.
    assert!(notes(&waive("k.team == \"lab\"", LATE), 3, &[0, 1], JUNE)[0].0.is_empty());
    let many: Vec<usize> = (0..22).collect();
    let lab = waive("k.team == \"lab\"", LATE);
    assert_eq!(notes(&lab, 23, &many[..20], JUNE), [(vec![], 9, 20, 0)]);
    assert_eq!(notes(&lab, 23, &many[..21], JUNE), [(vec![OverBroad], 9, 21, 0)]);
}

#[test]
fn the_end_is_said_two_weeks_before() {
    use WaiverNote::{Ended, Lapsing};
    let waiver = waive("k.id == \"k0\"", "2026-06-15T00:00:00Z");
    let at = |now: &str| notes(&waiver, 3, &[0], now);
    assert_eq!(at("2026-05-31T23:59:59.999999Z").first().map(|one| one.0.contains(&Lapsing)), Some(false));
    assert_eq!(at(JUNE), [(vec![Lapsing], 9, 1, 0)]);
    assert_eq!(at("2026-06-14T23:59:59.999999Z"), [(vec![Lapsing], 9, 1, 0)]);
    assert_eq!(at("2026-06-15T00:00:00Z"), [(vec![Ended], 9, 0, 0)]);
}
