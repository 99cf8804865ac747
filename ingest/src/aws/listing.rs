//! A listing as people save it: a page with its list, several pages, the bare list, a record a line.

use serde_json::Value;

use crate::fields::Bad;
use crate::{Collector, IngestError, json};

/// The records of a listing.
#[derive(Debug, Default)]
pub struct Listing {
    /// Each record with its place.
    pub records: Vec<(String, Value)>,
    /// Whether the last page says that there are more.
    pub more: bool,
}

/// How a listing looks.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The connector's name.
    pub tool: &'static str,
    /// The names of a page's list.
    pub lists: &'static [&'static str],
    /// A field that every record has, by one of these names.
    pub marks: &'static [&'static str],
}

impl Shape {
    /// Reads an input. What is neither a page nor a record is rejected.
    ///
    /// # Errors
    /// Those of [`json::records`]; [`IngestError::NotThisFormat`] where there is neither a page nor a record.
    pub fn read(&self, input: &[u8], facts: &mut Collector) -> Result<Listing, IngestError> {
        let mut listing = Listing::default();
        let mut known = false;
        for record in json::records(input)? {
            let mut value = match record.value {
                Ok(value) => value,
                Err(reason) => {
                    facts.reject(record.place, Bad::record(reason));
                    continue;
                }
            };
            let list = self.lists.iter().find(|name| value.get(**name).is_some_and(Value::is_array));
            if let Some(name) = list {
                known = true;
                let token = ["NextToken", "nextToken"].iter().any(|name| {
                    value.get(*name).and_then(Value::as_str).is_some_and(|token| !token.is_empty())
                });
                listing.more = token;
                let Some(Value::Array(all)) = value.get_mut(*name).map(Value::take) else { continue };
                let place = |index| format!("{}.{name}[{index}]", record.place);
                listing.records.extend(all.into_iter().enumerate().map(|(index, one)| (place(index), one)));
            } else if self.marks.iter().any(|name| value.get(*name).is_some()) {
                known = true;
                listing.records.push((record.place, value));
            } else {
                facts.reject(
                    record.place,
                    Bad::record("is neither a page of a listing nor one of its records"),
                );
            }
        }
        // An empty list has no record to know it by.
        if !known && !is_empty_list(input) {
            let expected = format!("it has no list `{}`", self.lists.join("` or `"));
            return Err(IngestError::NotThisFormat { tool: self.tool, expected });
        }
        if listing.more {
            facts.note("the listing has further pages: give them too, it proves no absence");
        }
        Ok(listing)
    }
}

fn is_empty_list(input: &[u8]) -> bool {
    input.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).eq(*b"[]")
}
