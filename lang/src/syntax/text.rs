//! Texts with `{…}` in them: where each part starts and ends.

use super::ast::{Expr, ExprKind, TextLit, TextPart};
use super::context::Context;
use super::lexer::Strings;
use super::literal::{Piece, pieces, unquote};
use crate::diagnostic::{Code, Diagnostic, Span};

/// Reads the literal at `span`; `read` makes an expression of what stands at a place between two braces.
pub(crate) fn text(context: &Context<'_>, span: Span, mut read: impl FnMut(Span) -> Expr) -> TextLit {
    let written = span.text(context.text);
    let mut parts = Vec::new();
    let Some(quoted) = unquote(written) else { return TextLit { parts, span } };
    let body_start = span.start.saturating_add(quoted.start);
    let place = |from: usize, to: usize| Span::new(at(body_start, from), at(body_start, to));
    let mut plain = String::new();
    let mut position = 0;
    while let Some(rest) = quoted.body.get(position..).filter(|rest| !rest.is_empty()) {
        if let Some(brace) = ["{{", "}}"].into_iter().find(|brace| rest.starts_with(brace)) {
            plain.extend(brace.chars().next());
            position = position.saturating_add(2);
        } else if rest.starts_with('}') {
            context.report(
                Diagnostic::new(
                    Code::Syntax,
                    place(position, position.saturating_add(1)),
                    "a `}` that closes nothing",
                )
                .label("alone in the text")
                .help("write `}}` for a brace")
                .fix("write `}}`", place(position, position.saturating_add(1)), "}}"),
            );
            position = position.saturating_add(1);
        } else if let Some(inner) = rest.strip_prefix('{') {
            let Some(length) = expression_length(inner) else {
                context.report(
                    Diagnostic::new(Code::MissingBrace, place(position, position.saturating_add(1)), "a `{` in a text that is not closed")
                        .label("opened here")
                        .also(place(quoted.body.len(), quoted.body.len()), "the text ends here")
                        .help("close it with `}`, or write `{{` for a brace; an expression in a text holds no quote of the kind around it"),
                );
                plain.push_str(rest);
                break;
            };
            if !plain.is_empty() {
                parts.push(TextPart::Text(std::mem::take(&mut plain)));
            }
            let start = position.saturating_add(1);
            let end = start.saturating_add(length);
            parts.push(part(context, place(start, end), &mut read));
            position = end.saturating_add(1);
        } else {
            let end = rest.find(['{', '}']).unwrap_or(rest.len());
            let run = rest.get(..end).unwrap_or_default();
            let offset = quoted.start.saturating_add(u32::try_from(position).unwrap_or(u32::MAX));
            for piece in pieces(run, offset, quoted.raw) {
                match piece {
                    Ok(Piece::Char(c) | Piece::Code(c)) => plain.push(c),
                    Ok(Piece::Byte(byte)) => plain.push(char::from(byte)),
                    Err(bad) => context.bad(span, bad),
                }
            }
            position = position.saturating_add(end);
        }
    }
    if !plain.is_empty() {
        parts.push(TextPart::Text(plain));
    }
    TextLit { parts, span }
}

fn at(base: u32, offset: usize) -> u32 {
    base.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
}

fn part(context: &Context<'_>, span: Span, read: &mut impl FnMut(Span) -> Expr) -> TextPart {
    match span.text(context.text).trim() {
        "missing" => TextPart::Missing(span),
        "" => {
            context.report(
                Diagnostic::new(Code::Syntax, span, "nothing between the braces of a text")
                    .label("an expression is missing here")
                    .help("write `{{}}` for two braces"),
            );
            TextPart::Expr(Expr { kind: ExprKind::Error, span })
        }
        _ => TextPart::Expr(read(span)),
    }
}

/// The length of what stands before the `}` that closes.
fn expression_length(text: &str) -> Option<usize> {
    let mut depth: usize = 0;
    let mut position = 0;
    let mut raw = false;
    let mut strings = Strings::default();
    loop {
        let rest = text.get(position..)?;
        let c = rest.chars().next()?;
        match c {
            '"' | '\'' => {
                let (length, _) = strings.length(rest, raw);
                position = position.saturating_add(length.max(1));
                raw = false;
                continue;
            }
            '{' => depth = depth.saturating_add(1),
            '}' if depth == 0 => return Some(position),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        raw = matches!(c, 'r' | 'R');
        position = position.saturating_add(c.len_utf8());
    }
}
