//! A text with a `<CURSOR>` beside a small model, for the tests of the features.

use assize_lang::Database;
use assize_lang::diagnostic::Span;

/// The path of the text.
pub(crate) const PATH: &str = "p.assize";

const MODEL: &str = r#"package model

/// What the control plane records.
signal cloud_mgmt { lag 15m gap 15m loss 0.1% basis heartbeat }
signal inventory { lag 0s gap 24h loss 0% basis run }

/// What the issuer says.
enum Status { active, revoked }
enum Level { none < limited < total }

/// A credential.
entity Secret {
  key id: string
  /// Lives until somebody ends it.
  static: bool
  status: Status = Status.active
  created_at: timestamp
  rotated_at: timestamp?
} fresh for 24h lives created_at .. rotated_at covered by inventory

/// A call made with a secret.
event SecretUse {
  key id: string
  secret: Secret inverse uses
  at: timestamp
} covered by cloud_mgmt on secret or
  inventory

request ToolCall { key id: string }

entity Fixed { key id: string } closed

catalog csf "NIST CSF" version "2.0" prefix "nist-csf-2.0" {
  DE_CM_03 "DE.CM-03" "Personnel activity" alias DE_CM_3
}
"#;

/// A text in a database, and the byte of its cursor.
pub(crate) struct Fixture {
    pub(crate) db: Database,
    pub(crate) text: String,
    pub(crate) cursor: u32,
    /// Where what the test wrote begins.
    pub(crate) head: u32,
}

impl Fixture {
    /// A database of the model and of `text`, whose first lines are its package and `use model.*`.
    pub(crate) fn new(text: &str) -> Self {
        let head = "package p\nuse model.*\n";
        let text = format!("{head}{text}");
        let cursor = text.find("<CURSOR>").unwrap_or(0);
        let text = text.replace("<CURSOR>", "");
        let mut db = Database::default();
        db.set_source("model.assize", MODEL, true);
        db.set_source(PATH, &text, false);
        Self { db, text, cursor: u32::try_from(cursor).expect("a small text"), head: head.len() as u32 }
    }

    /// The line of a place, with the place in brackets.
    pub(crate) fn marked(&self, path: &str, span: Span) -> String {
        let text = if path == PATH { self.text.as_str() } else { MODEL };
        let (start, end) = (span.start as usize, span.end as usize);
        let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let until = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let file =
            if path == PATH { String::new() } else { format!("{}: ", path.trim_end_matches(".assize")) };
        format!("{file}{}[{}]{}", &text[from..start], &text[start..end], &text[end..until])
    }
}
