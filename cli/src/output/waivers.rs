//! The exceptions that somebody should look at, for people.

use assize::{WaiverNote, WaiverUse};

use super::card::{Card, heading};
use super::term::Term;
use crate::sources::count;

/// The waivers of which there is something to say, under a heading; nothing where there are none.
pub fn text(out: &mut String, term: Term, waivers: &[WaiverUse]) {
    let noted: Vec<&WaiverUse> = waivers.iter().filter(|waiver| !waiver.notes.is_empty()).collect();
    if noted.is_empty() {
        return;
    }
    out.push_str(&heading(term, &format!("WAIVERS ({})", noted.len()), "1;35"));
    for waiver in noted {
        out.push_str(&card(waiver).draw(term, 2, "1;35"));
        out.push('\n');
    }
}

fn card(waiver: &WaiverUse) -> Card {
    let words: Vec<&str> = waiver.notes.iter().map(|note| word(*note)).collect();
    let mut card = Card::new(words.join(", "), format!("{} where {}", waiver.policy, waiver.condition));
    card.row("at", format!("{}:{}", waiver.file, waiver.line));
    for note in &waiver.notes {
        card.row("why", why(*note, waiver));
    }
    card.row("because", waiver.because.clone());
    card.row("by", waiver.by.clone());
    card
}

const fn word(note: WaiverNote) -> &'static str {
    match note {
        WaiverNote::Unused => "unused",
        WaiverNote::OverBroad => "over-broad",
        WaiverNote::Lapsing => "lapsing",
        WaiverNote::Ended => "ended",
    }
}

fn why(note: WaiverNote, waiver: &WaiverUse) -> String {
    match note {
        WaiverNote::Unused => match waiver.of {
            0 => "the policy decides nothing: there is nothing to except".to_owned(),
            of => format!("it covers none of the policy's {}", count(of, "decision")),
        },
        WaiverNote::OverBroad => {
            let covered = format!("{} of {}", waiver.waived, count(waiver.of, "decision"));
            format!("it covers {covered}: every fact of its type, or more than twenty decisions")
        }
        WaiverNote::Lapsing => {
            format!("it ends at {}: what it covers is carried out from then on", waiver.until)
        }
        WaiverNote::Ended => format!("it ended at {}: remove it, or renew it with a reason", waiver.until),
    }
}
