//! `--format F[:PATH]`: one run, several renderings; at most one of them on standard output.

use std::path::PathBuf;
use std::str::FromStr;

use crate::error::CliError;

/// One `--format`: which, and the file that it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format<K> {
    /// Which rendering.
    pub kind: K,
    /// The file; standard output without one.
    pub path: Option<PathBuf>,
}

impl<K: FromStr<Err = String>> FromStr for Format<K> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((_, "")) => Err(format!("`{text}` names no file behind the colon")),
            Some((kind, path)) => Ok(Self { kind: kind.parse()?, path: Some(PathBuf::from(path)) }),
            None => Ok(Self { kind: text.parse()?, path: None }),
        }
    }
}

/// Declares a command's formats: their words, first the default.
macro_rules! formats {
    ($(#[$meta:meta])* $name:ident { $first:ident = $first_word:literal $(, $variant:ident = $word:literal)* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            #[default]
            #[doc = $first_word] $first,
            $(#[doc = $word] $variant,)*
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $first_word => Ok(Self::$first),
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("the formats are {}", [$first_word $(, $word)*].join(", "))),
                }
            }
        }
    };
}
pub(crate) use formats;

/// Hands each asked-for rendering to its place.
pub fn write_all<K: Copy + Default>(
    formats: &[Format<K>],
    render: impl Fn(K, bool) -> Result<String, CliError>,
) -> Result<(), CliError> {
    let to_stdout = formats.iter().filter(|format| format.path.is_none()).count();
    if to_stdout > 1 {
        let remedy = "give all but one a file, as in `--format json:out.json`";
        return Err(CliError::Usage(format!("two formats cannot share standard output; {remedy}")));
    }
    for format in formats {
        let text = render(format.kind, format.path.is_none())?;
        match &format.path {
            Some(path) => std::fs::write(path, text).map_err(|error| CliError::write(path, &error))?,
            None => super::print(&text)?,
        }
    }
    if formats.is_empty() {
        super::print(&render(K::default(), true)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    formats! {
        /// Of the test.
        Kind { Text = "text", Json = "json" }
    }

    #[test]
    fn a_format_may_name_a_file() {
        let parse = |text: &str| text.parse::<Format<Kind>>();
        assert_eq!(parse("text"), Ok(Format { kind: Kind::Text, path: None }));
        assert_eq!(parse("json:a:b"), Ok(Format { kind: Kind::Json, path: Some("a:b".into()) }));
        assert_eq!(parse("yaml").unwrap_err(), "the formats are text, json");
        assert_eq!(parse("json:").unwrap_err(), "`json:` names no file behind the colon");
    }

    #[test]
    fn two_cannot_share_standard_output() {
        let both = [Format { kind: Kind::Text, path: None }, Format { kind: Kind::Json, path: None }];
        assert!(write_all(&both, |_, _| Ok(String::new())).is_err());
    }
}
