//! `"{context.agent|subject.id}"`: where a field comes from.
//!
//! A text in braces is a path into the document; several, between `|`, are tried in turn; a `?` at the end
//! says that it is known to be absent where none leads anywhere (else nobody collected it). A template that
//! is one pair of braces gives what lies there, of any type; with text around it, it gives text. A part of a
//! path that has dots in it stands in quotes: `{jwt.'https://northwind.example/team'}`.

use std::borrow::Cow;
use std::str::FromStr;

use serde_json::Value;

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Choice { paths: Vec<Vec<String>>, or_absent: bool },
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`: {reason}")]
pub struct TemplateError {
    text: String,
    reason: &'static str,
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let wrong = |reason| TemplateError { text: text.to_owned(), reason };
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if before.contains('}') {
                return Err(wrong("a `}` without its `{`"));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (inner, behind) = after.split_once('}').ok_or_else(|| wrong("a `{` without its `}`"))?;
            parts.push(choice(inner).map_err(wrong)?);
            rest = behind;
        }
        if rest.contains('}') {
            return Err(wrong("a `}` without its `{`"));
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }
}

fn choice(text: &str) -> Result<Part, &'static str> {
    let (text, or_absent) = match text.strip_suffix('?') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let paths = text.split('|').map(path).collect::<Result<_, _>>()?;
    Ok(Part::Choice { paths, or_absent })
}

fn path(text: &str) -> Result<Vec<String>, &'static str> {
    let mut out = Vec::new();
    let mut rest = Some(text.trim());
    while let Some(text) = rest {
        let (part, behind) = match text.strip_prefix('\'') {
            Some(quoted) => {
                let (part, behind) = quoted.split_once('\'').ok_or("a quote that does not end")?;
                match behind.strip_prefix('.') {
                    None if !behind.is_empty() => return Err("a `.` is missing behind a quote"),
                    behind => (part, behind),
                }
            }
            None => match text.split_once('.') {
                Some((part, behind)) => (part, Some(behind)),
                None => (text, None),
            },
        };
        if part.is_empty() {
            return Err("an empty part of a path");
        }
        out.push(part.to_owned());
        rest = behind;
    }
    Ok(out)
}

impl Template {
    /// What the document says; `None` is nothing, `null` is known to be absent.
    #[must_use]
    pub fn value(&self, document: &Value) -> Option<Value> {
        if self.0.is_empty() {
            return None;
        }
        if let [part] = self.0.as_slice() {
            return match part {
                Part::Text(text) => Some(Value::from(text.clone())),
                Part::Choice { .. } => part.look(document).map(Cow::into_owned),
            };
        }
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Choice { .. } => match &*part.look(document)? {
                    Value::Null => return Some(Value::Null),
                    Value::String(text) => out.push_str(text),
                    Value::Number(number) => out.push_str(&number.to_string()),
                    Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
                    Value::Array(_) | Value::Object(_) => return None,
                },
            }
        }
        Some(Value::from(out))
    }

    /// Whether it may look into a part of the document.
    pub(super) fn looks_into(&self, part: &str) -> bool {
        self.0.iter().any(|one| match one {
            Part::Text(_) => false,
            Part::Choice { paths, .. } => {
                paths.iter().any(|path| path.first().is_some_and(|first| first == part))
            }
        })
    }

    /// One that finds nothing anywhere.
    pub(super) const fn nothing() -> Self {
        Self(Vec::new())
    }
}

impl Part {
    fn look<'d>(&self, document: &'d Value) -> Option<Cow<'d, Value>> {
        let Self::Choice { paths, or_absent } = self else { return None };
        let found = paths.iter().find_map(|path| {
            path.iter().try_fold(document, |at, part| match at {
                Value::Object(object) => object.get(part),
                Value::Array(items) => items.get(part.parse::<usize>().ok()?),
                _ => None,
            })
        });
        match found {
            Some(found) => Some(Cow::Borrowed(found)),
            None => or_absent.then_some(Cow::Owned(Value::Null)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_template_finds() {
        let document = json!({"a": {"b": 1, "c.d": "x", "n": null}, "l": ["p", {"q": true}], "t": "v"});
        for (text, wanted) in [
            ("plain", Some(json!("plain"))),
            ("", Some(json!(""))),
            ("{t}", Some(json!("v"))),
            ("{a.b}", Some(json!(1))),
            ("{a.'c.d'}", Some(json!("x"))),
            ("{l.0}", Some(json!("p"))),
            ("{l.1.q}", Some(json!(true))),
            ("{l}", Some(json!(["p", {"q": true}]))),
            ("{a.n}", Some(json!(null))),
            ("{gone}", None),
            ("{gone?}", Some(json!(null))),
            ("{gone|t}", Some(json!("v"))),
            ("{gone|away?}", Some(json!(null))),
            ("{t}/{a.b}", Some(json!("v/1"))),
            ("{t}/{gone}", None),
            ("{t}/{gone?}", Some(json!(null))),
            ("{t}/{l}", None),
            ("{t.u}", None),
        ] {
            assert_eq!(text.parse::<Template>().unwrap().value(&document), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_template_is_said() {
        for (text, reason) in [
            ("{a", "a `{` without its `}`"),
            ("a}", "a `}` without its `{`"),
            ("a}{b}", "a `}` without its `{`"),
            ("{}", "an empty part of a path"),
            ("{a..b}", "an empty part of a path"),
            ("{a.}", "an empty part of a path"),
            ("{a|}", "an empty part of a path"),
            ("{'a}", "a quote that does not end"),
            ("{'a'b}", "a `.` is missing behind a quote"),
        ] {
            let error = text.parse::<Template>().unwrap_err();
            assert_eq!(error.to_string(), format!("`{text}`: {reason}"));
        }
    }
}
