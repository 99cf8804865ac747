//! Plain data to the protocol's types and back.

use assize_lang::diagnostic::{Severity, Span};
use tower_lsp_server::ls_types::{
    self as lsp, DiagnosticSeverity, DiagnosticTag, NumberOrString, PositionEncodingKind, TextEdit,
};

use crate::ide::diagnostics::Diagnostic;
use crate::ide::line_index::{Encoding, LineIndex, Position};

/// A text with its lines, counted as its editor does.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) text: &'a str,
    pub(super) index: &'a LineIndex,
    pub(super) encoding: Encoding,
}

impl Lines<'_> {
    pub(super) fn range(&self, span: Span) -> lsp::Range {
        let at = |offset| {
            let Position { line, column } = self.index.position(self.text, offset, self.encoding);
            lsp::Position::new(line, column)
        };
        lsp::Range::new(at(span.start), at(span.end))
    }

    pub(super) fn offset(&self, position: lsp::Position) -> u32 {
        self.index.offset(self.text, self::position(position), self.encoding)
    }

    pub(super) fn span(&self, range: lsp::Range) -> Span {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        Span::new(start.min(end), end.max(start))
    }

    pub(super) fn edit(&self, span: Span, text: String) -> TextEdit {
        TextEdit::new(self.range(span), text)
    }

    /// A diagnostic; its further places are added by who knows their files.
    pub(super) fn diagnostic(&self, found: &Diagnostic) -> lsp::Diagnostic {
        lsp::Diagnostic {
            range: self.range(found.span),
            severity: Some(match found.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(found.code.as_str().to_owned())),
            source: Some("assize".to_owned()),
            message: found.message.clone(),
            tags: found.unused().then(|| vec![DiagnosticTag::UNNECESSARY]),
            ..lsp::Diagnostic::default()
        }
    }
}

pub(super) const fn position(position: lsp::Position) -> Position {
    Position { line: position.line, column: position.character }
}

/// What to count in a line: bytes where the editor can, else the UTF-16 units that every editor can.
pub(super) fn encoding(capabilities: &lsp::ClientCapabilities) -> Encoding {
    let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    match offered {
        Some(offered) if offered.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
        _ => Encoding::Utf16,
    }
}

/// The protocol's word for an encoding.
pub(super) const fn encoding_kind(encoding: Encoding) -> PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
    }
}
