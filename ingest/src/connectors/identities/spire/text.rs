//! The text that `entry show` prints without `-output json`: a block of `Name : value` an entry.

use std::collections::BTreeMap;

use super::{Entry, need};
use crate::fields::Bad;
use crate::{Collector, time};

/// The entries, and how many the first line says there are.
pub(super) fn entries(source: &str, facts: &mut Collector) -> (Vec<Entry>, Option<usize>) {
    let mut lines = (1_usize..).zip(source.lines()).peekable();
    let said = lines.next().and_then(|(_, line)| line.split_whitespace().nth(1)?.parse().ok());
    let mut out = Vec::new();
    while lines.peek().is_some() {
        let block: Vec<(usize, &str)> =
            lines.by_ref().take_while(|(_, line)| !line.trim().is_empty()).collect();
        let Some((first, _)) = block.first() else { continue };
        let place = format!("line {first}");
        match entry(&block, &place) {
            Ok(entry) => out.push(entry),
            Err(bad) => facts.reject(place, bad),
        }
    }
    (out, said)
}

fn entry(block: &[(usize, &str)], place: &str) -> Result<Entry, Bad> {
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, line) in block {
        let (name, value) = line.split_once(':').ok_or_else(|| Bad::record("has a line without a colon"))?;
        fields.entry(name.trim()).or_default().push(value.trim());
    }
    let id = need(&fields, "SPIFFE ID")?;
    let rest = id.strip_prefix("spiffe://").ok_or_else(|| Bad::field("SPIFFE ID", "is no SPIFFE id"))?;
    let (domain, path) = match rest.find('/') {
        Some(at) => rest.split_at_checked(at).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    let expires = match fields.get("Expiration time").and_then(|all| all.first()) {
        Some(text) => {
            Some(time::instant(text).ok_or_else(|| Bad::field("Expiration time", "is not a timestamp"))?)
        }
        None => None,
    };
    let says = |name: &str| fields.get(name).is_some_and(|all| all.contains(&"true"));
    Ok(Entry {
        place: place.to_owned(),
        id: need(&fields, "Entry ID")?.to_owned(),
        domain: domain.to_owned(),
        path: path.to_owned(),
        selectors: fields.get("Selector").into_iter().flatten().map(|it| (*it).to_owned()).collect(),
        expires,
        created: None,
        powerful: says("Admin") || says("Downstream"),
    })
}
