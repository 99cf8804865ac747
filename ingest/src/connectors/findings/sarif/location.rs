//! Where a result is: paths in their repository, whatever base the analyser counted from.

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::keys;

/// How long a chain of bases may be.
const MAX_BASES: usize = 8;

/// What a run's addresses are relative to.
pub(super) struct Roots<'a> {
    run: Fields<'a>,
    /// Absolute folders that paths may lie in, the longest first.
    absolute: Vec<&'a str>,
}

/// Where a result is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The file, from the repository's root.
    pub(super) path: Option<String>,
    /// The line, from 1.
    pub(super) line: Option<i64>,
}

impl<'a> Roots<'a> {
    pub(super) fn read(run: Fields<'a>) -> Result<Self, Bad> {
        let mut absolute = Vec::new();
        for one in run.list("invocations")? {
            absolute.extend(Fields::of(one)?.text("workingDirectory.uri")?);
        }
        if let Some(bases) = run.object("originalUriBaseIds")? {
            absolute.extend(bases.map().values().filter_map(|base| base.get("uri").and_then(Value::as_str)));
        }
        absolute.retain(|uri| is_absolute(uri));
        absolute.sort_by_key(|uri| std::cmp::Reverse(uri.len()));
        Ok(Self { run, absolute })
    }

    /// The first location of a result. Container scanners give none.
    pub(super) fn of(&self, result: Fields<'a>) -> Result<Place, Bad> {
        let Some(first) = result.list("locations")?.first() else { return Ok(Place::default()) };
        let Some(place) = Fields::of(first)?.object("physicalLocation")? else { return Ok(Place::default()) };
        let line = place.int("region.startLine")?;
        let path = match place.object("artifactLocation")? {
            Some(location) => self.path(location)?,
            None => None,
        };
        Ok(Place { path, line })
    }

    /// The path of an `artifactLocation`, which may be told by its index alone.
    fn path(&self, location: Fields<'a>) -> Result<Option<String>, Bad> {
        let location = match (location.text("uri")?, location.int("index")?) {
            (None, Some(index)) => {
                let artifacts = self.run.list("artifacts")?;
                let artifact = usize::try_from(index).ok().and_then(|index| artifacts.get(index));
                match artifact.map(Fields::of).transpose()? {
                    Some(artifact) => artifact.object("location")?.unwrap_or(location),
                    None => return Ok(None),
                }
            }
            _ => location,
        };
        let Some(uri) = location.text("uri")? else { return Ok(None) };
        if is_absolute(uri) {
            let inside = self.absolute.iter().find(|root| uri.starts_with(**root));
            return Ok(Some(keys::path(&decode(uri), inside.map(|root| decode(root)).as_deref())));
        }
        let mut path = uri.to_owned();
        let mut base = location.text("uriBaseId")?;
        for _ in 0..MAX_BASES {
            let Some(name) = base else { break };
            let Some(of) = self.run.object("originalUriBaseIds")?.and_then(|bases| bases.map().get(name))
            else {
                break;
            };
            let of = Fields::of(of)?;
            match of.text("uri")? {
                Some(uri) if is_absolute(uri) => break,
                Some(uri) => path = format!("{}/{path}", uri.trim().trim_end_matches('/')),
                None => {}
            }
            base = of.text("uriBaseId")?;
        }
        Ok(Some(keys::path(&decode(&path), None)))
    }
}

/// `file:///…`, `https://…`, `/…`, `C:\…`.
fn is_absolute(uri: &str) -> bool {
    uri.starts_with('/') || uri.contains("://") || uri.get(1..3).is_some_and(|it| it == ":\\" || it == ":/")
}

/// Undoes percent-encoding; what is none stays.
fn decode(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from((high << 4) | low).unwrap_or(b'?'));
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_way_to_name_a_file_is_its_path_in_the_repository() {
        let run = json!({
            "invocations": [{"workingDirectory": {"uri": "file:///home/ci/arm"}}],
            "originalUriBaseIds": {
                "ROOT": {"uri": "file:///build/"},
                "SRC": {"uri": "src/", "uriBaseId": "ROOT"},
                "LOOP": {"uri": "x", "uriBaseId": "LOOP"},
            },
            "artifacts": [{"location": {"uri": "lib/a.rs", "uriBaseId": "SRC"}}],
        });
        let roots = Roots::read(Fields::of(&run).unwrap()).unwrap();
        for (location, path) in [
            (json!({"uri": "a.rs"}), Some("a.rs")),
            (json!({"uri": "./a%20b.rs", "uriBaseId": "%SRCROOT%"}), Some("a b.rs")),
            (json!({"uri": "a.rs", "uriBaseId": "SRC"}), Some("src/a.rs")),
            (json!({"uri": "file:///home/ci/arm/src/a.rs"}), Some("src/a.rs")),
            (json!({"uri": "file:///build/src/a.rs"}), Some("src/a.rs")),
            (json!({"uri": "file:///C:/code/a.c"}), Some("C:/code/a.c")),
            (json!({"uri": "/home/ci/armada/a.rs"}), Some("home/ci/armada/a.rs")),
            (json!({"index": 0}), Some("src/lib/a.rs")),
            (json!({"index": 7}), None),
            (json!({"uri": "100%.rs"}), Some("100%.rs")),
            (json!({"uri": "a", "uriBaseId": "LOOP"}), Some("x/x/x/x/x/x/x/x/a")),
        ] {
            let result = json!({"locations": [{"physicalLocation": {"artifactLocation": location}}]});
            let found = roots.of(Fields::of(&result).unwrap()).unwrap();
            assert_eq!(found.path.as_deref(), path, "{location}");
        }
    }
}
