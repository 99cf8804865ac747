//! Lines on their way to disk, and what is answered to whoever sent them.

use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Checked, LineReject, TOLD};
use super::error::Refused;
use super::log::{self, Batch, Entry};

/// What is sent by one feed at once: taken as a whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Whose lines they are.
    pub feed: String,
    /// How many lines of the feed the sender takes to have been taken before; what of these comes again is passed
    /// over. None: they come after whatever was taken.
    pub from: Option<u64>,
    /// The sender's key for this request: sent again, it is answered again and nothing is taken.
    pub key: Option<String>,
    /// The lines.
    pub checked: Checked,
    /// What is to be remembered with them, by name.
    pub note: Option<(String, Vec<u8>)>,
    /// How they go with what the feed said before.
    pub way: Way,
}

/// How lines go with what their feed said before. A feed is of one kind: it adds, or it says everything anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// They are added.
    #[default]
    Add,
    /// They are all that the feed says.
    Anew,
    /// They are added to what the feed said anew last.
    Grow,
}

/// What became of lines that were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whose lines they were.
    pub feed: String,
    /// How many lines of the feed have been taken now: the next one to send.
    pub position: u64,
    /// How many were taken by this request, refused ones among them.
    pub taken: u64,
    /// How many had been taken before.
    pub repeated: u64,
    /// How many of those taken do not fit the schema.
    pub rejected: u64,
    /// The first of these, by their lines in what was sent.
    pub rejects: Vec<LineReject>,
    /// Whether this answers a request that was answered before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What was written.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The batch and its number, where there is one.
    pub batch: Option<(u64, Batch)>,
    /// Whether something that was said before is said no more.
    pub replaces: bool,
    pub answer: Answer,
}

impl Sent {
    /// Whether names are such as can be kept and shown.
    ///
    /// # Errors
    /// [`Refused::Name`] where one is not.
    pub fn check_names(&self) -> Result<(), Refused> {
        name("feed", &self.feed)?;
        self.key.as_deref().map_or(Ok(()), |key| name("idempotency key", key))
    }

    /// Writes what is new of it.
    pub(super) fn place(
        &self,
        write: &WriteTransaction,
        received: i64,
    ) -> Result<Result<Placed, Refused>, redb::Error> {
        if let Some(key) = &self.key
            && let Some(used) = log::used(write, &self.feed, key)?
        {
            let answer: Answer = serde_json::from_value(used.answer).unwrap_or_default();
            let same = used.body == self.checked.hash;
            let again = Placed { batch: None, replaces: false, answer: Answer { again: true, ..answer } };
            return Ok(if same { Ok(again) } else { Err(Refused::KeyReused) });
        }
        let feed = log::feed(write, &self.feed)?;
        let position = feed.position;
        match self.way {
            Way::Add if feed.whole => return Ok(Err(Refused::Whole(self.feed.clone()))),
            Way::Anew if position > 0 && !feed.whole => return Ok(Err(Refused::Added(self.feed.clone()))),
            Way::Add | Way::Anew | Way::Grow => {}
        }
        let anew = self.way == Way::Anew;
        let from = self.from.unwrap_or(position);
        let Some(repeated) = position.checked_sub(from) else {
            return Ok(Err(Refused::Gap { feed: self.feed.clone(), position, from }));
        };
        let repeated = repeated.min(self.checked.count());
        let skip = usize::try_from(repeated).unwrap_or(usize::MAX);
        let new = self.checked.numbers.get(skip..).unwrap_or_default();
        let first = new.first().copied().unwrap_or(u64::MAX);
        let rejects: Vec<&LineReject> =
            self.checked.rejects.iter().filter(|reject| reject.line >= first).collect();
        let mut refused: Vec<u64> = rejects.iter().map(|reject| reject.line).collect();
        refused.dedup();
        let (taken, rejected) = (count(new.len()), count(refused.len()));
        let answer = Answer {
            feed: self.feed.clone(),
            position: position.saturating_add(taken),
            taken,
            repeated,
            rejected,
            rejects: rejects.into_iter().take(TOLD).cloned().collect(),
            again: false,
        };
        if let Some((name, value)) = &self.note {
            log::put_meta(write, name, value)?;
        }
        // A feed that says nothing any more takes back what it said.
        let replaces = anew && position > 0;
        if taken == 0 && !replaces {
            return Ok(Ok(Placed { batch: None, replaces, answer }));
        }
        let text = self.checked.text.lines().skip(skip).fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        });
        let batch = Batch { feed: self.feed.clone(), first: position, received, anew, text };
        let told = serde_json::to_value(&answer).unwrap_or(Value::Null);
        let key = self.key.as_deref().map(|key| (key, self.checked.hash.as_str(), &told));
        let entry = Entry { batch: &batch, rejected, newest: self.checked.newest, key };
        let number = log::append(write, &entry)?;
        Ok(Ok(Placed { batch: Some((number, batch)), replaces, answer }))
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn name(what: &'static str, name: &str) -> Result<(), Refused> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._:/@-".contains(c);
    if !name.is_empty() && name.len() <= 200 && name.chars().all(fits) {
        return Ok(());
    }
    let name = name.chars().filter(|c| fits(*c)).take(12).collect();
    Err(Refused::Name { what, name })
}
