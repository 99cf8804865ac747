//! `[entry.NAME]`: a name that is asked, and where the fields of its request come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::binding::{EntrySource, Template};

/// One entry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The type of request, qualified or short.
    pub request: String,
    /// Fields, and where they come from: `agent = "{http.headers.x-agent}"`. Those left out are found by
    /// their names.
    #[serde(default, deserialize_with = "templates")]
    pub fields: BTreeMap<String, Template>,
}

fn templates<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Template>, D::Error> {
    let texts = BTreeMap::<String, String>::deserialize(from)?;
    let read = |(name, text): (String, String)| {
        let template =
            text.parse().map_err(|error| serde::de::Error::custom(format!("`{name}`: {error}")))?;
        Ok((name, template))
    };
    texts.into_iter().map(read).collect()
}

impl Entry {
    pub(super) fn source(&self) -> EntrySource {
        EntrySource { request: self.request.clone(), fields: self.fields.clone() }
    }
}
