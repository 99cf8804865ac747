//! Text to tokens: total over any text, comments kept, nothing looked up twice.
//!
//! The cutter, the limits, the recovering parser and the formatter read these tokens; `grammar.pest`
//! says the same of every literal and word, and a property test holds both to it.

use super::literal::number_kind;
use crate::diagnostic::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TokenKind {
    /// A name or a keyword: which of them only its place says.
    Word,
    Int,
    Uint,
    Double,
    Duration,
    Timestamp,
    /// Starts like a number and is none: `45dx`, `1.2.3`.
    BadNumber,
    Str,
    Bytes,
    /// A literal that its line ends before its quote does.
    OpenString,
    /// A field's name in back-quotes.
    Quoted,
    /// A text in typographic quotes, which are none here.
    CurlyString,
    /// A punctuation of the language.
    Punct(Punct),
    /// A comment with two slashes.
    Comment,
    /// A comment with three slashes.
    Doc,
    /// A character that nothing starts with.
    Stray,
    /// The end of the text, an empty token.
    End,
}

macro_rules! puncts {
    ($($name:ident $text:literal)*) => {
        /// A punctuation; the last ones belong to other languages and are known so that they can be named.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Punct { $($name,)* }

        impl Punct {
            /// As written.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// All, the longer ones before their own beginnings, and those that are written most before others.
            const ALL: &[(&str, Self)] = &[$(($text, Self::$name),)*];
        }
    };
}

puncts! {
    DotDot ".." Dot "." Comma "," LParen "(" RParen ")" ColonEq ":=" Colon ":" LBrace "{" RBrace "}"
    EqEqEq "===" EqEq "==" FatArrow "=>" AndAnd "&&" LBracket "[" RBracket "]"
    NotEqEq "!==" NotEq "!=" Le "<=" Ge ">=" OrOr "||" ThinArrow "->"
    Semi ";" Question "?" Eq "=" Lt "<" Gt ">"
    Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Bang "!" Bar "|" And "&" At "@" Hash "#"
}

/// A token with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Where.
    pub(crate) span: Span,
    /// Whether it stands in the first column of a line.
    pub(crate) first_column: bool,
    /// Whether nothing but blanks stands before it on its line.
    pub(crate) first_on_line: bool,
}

impl Token {
    /// Whether it is this punctuation.
    pub(crate) fn is(self, punct: Punct) -> bool {
        self.kind == TokenKind::Punct(punct)
    }

    /// Whether it is a comment of either kind.
    pub(crate) const fn is_comment(self) -> bool {
        matches!(self.kind, TokenKind::Comment | TokenKind::Doc)
    }
}

/// The tokens of a text, ending in one [`TokenKind::End`]. Offsets stop at 4 GiB.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        at: 0,
        line_start: 0,
        first_on_line: true,
        // A token of six bytes, with the blanks around it, is a usual one.
        tokens: Vec::with_capacity(text.len() / 6),
        strings: Strings::default(),
    };
    lexer.run();
    lexer.tokens
}

/// Whether a character may start a word.
pub(crate) const fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Whether a character may stand inside a word.
pub(crate) const fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line_start: usize,
    first_on_line: bool,
    tokens: Vec<Token>,
    strings: Strings,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self) {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'\n' => {
                    self.at = self.at.saturating_add(1);
                    self.line_start = self.at;
                    self.first_on_line = true;
                }
                b' ' | b'\t' | b'\r' | 0x0C => self.at = self.at.saturating_add(1),
                _ => self.token(),
            }
        }
        self.push(TokenKind::End, 0);
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let start = self.at;
        self.at = self.at.saturating_add(length);
        self.tokens.push(Token {
            kind,
            span: Span::new(offset(start), offset(self.at)),
            first_column: start == self.line_start,
            first_on_line: self.first_on_line,
        });
        self.first_on_line = false;
        // A literal may span lines, and nothing else does.
        if matches!(kind, TokenKind::Str | TokenKind::Bytes) {
            let inner = self.text.get(start..self.at).unwrap_or_default();
            if let Some(last) = inner.rfind('\n') {
                self.line_start = start.saturating_add(last).saturating_add(1);
            }
        }
    }

    fn token(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else {
            self.at = self.text.len();
            return;
        };
        match c {
            _ if starts_word(c) => return self.word(rest),
            '/' if rest.starts_with("//") => {
                let length = rest.find('\n').unwrap_or(rest.len());
                let doc = rest.starts_with("///") && !rest.starts_with("////");
                return self.push(if doc { TokenKind::Doc } else { TokenKind::Comment }, length);
            }
            '"' | '\'' => {
                let (length, closed) = self.strings.length(rest, false);
                return self.push(if closed { TokenKind::Str } else { TokenKind::OpenString }, length);
            }
            '\u{201C}' | '\u{201D}' | '\u{2018}' | '\u{2019}' => {
                return self.push(TokenKind::CurlyString, curly_length(rest, c));
            }
            '`' => {
                if let Some(length) = quoted_length(rest) {
                    return self.push(TokenKind::Quoted, length);
                }
            }
            _ if c.is_ascii_digit() || dot_digit(rest) => {
                let (kind, length) = number(rest);
                return self.push(kind, length);
            }
            _ => {}
        }
        // The first byte tells most of them apart.
        let fits = |text: &str| text.as_bytes().first() == rest.as_bytes().first() && rest.starts_with(text);
        match Punct::ALL.iter().find(|(text, _)| fits(text)) {
            Some((text, punct)) => self.push(TokenKind::Punct(*punct), text.len()),
            None => self.push(TokenKind::Stray, c.len_utf8()),
        }
    }

    fn word(&mut self, rest: &str) {
        let length = rest.bytes().take_while(|byte| in_word(char::from(*byte))).count();
        if length > 2 {
            return self.push(TokenKind::Word, length);
        }
        let (word, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let (is_bytes, raw) = match word {
            "r" | "R" => (false, true),
            "b" | "B" => (true, false),
            "br" | "bR" | "Br" | "BR" => (true, true),
            _ => return self.push(TokenKind::Word, length),
        };
        if !tail.starts_with(['"', '\'']) {
            return self.push(TokenKind::Word, length);
        }
        let (inner, closed) = self.strings.length(tail, raw);
        let kind = match (closed, is_bytes) {
            (false, _) => TokenKind::OpenString,
            (true, true) => TokenKind::Bytes,
            (true, false) => TokenKind::Str,
        };
        self.push(kind, length.saturating_add(inner));
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Finds the ends of string literals in one text, from its start to its end.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    /// The quotes of three marks, raw or not, that nothing closes any more. What closes one from some place on
    /// closes it from every earlier place, so nothing is looked for twice to the end of the text.
    open: Vec<(&'static str, bool)>,
}

impl Strings {
    /// The length of the literal that starts at a quote, and whether it is closed; an open one ends with its
    /// line. `rest` is what is left of the text, and is shorter each time.
    pub(crate) fn length(&mut self, rest: &str, raw: bool) -> (usize, bool) {
        for quote in ["\"\"\"", "'''"] {
            if let Some(body) = rest.strip_prefix(quote) {
                if self.open.contains(&(quote, raw)) {
                    return (line_length(rest), false);
                }
                if let Some(inner) = end_of(body, quote, raw, true) {
                    return (inner.saturating_add(6), true);
                }
                self.open.push((quote, raw));
                return (line_length(rest), false);
            }
        }
        line_string_length(rest, raw)
    }
}

/// The same for a literal in quotes of one mark.
fn line_string_length(text: &str, raw: bool) -> (usize, bool) {
    for quote in ["\"", "'"] {
        if let Some(body) = text.strip_prefix(quote) {
            return match end_of(body, quote, raw, false) {
                Some(inner) => (inner.saturating_add(2), true),
                None => (line_length(text), false),
            };
        }
    }
    (0, false)
}

/// The length of a field's name in back-quotes.
fn quoted_length(text: &str) -> Option<usize> {
    let body = text.strip_prefix('`')?;
    let length = body.find(|c: char| !(in_word(c) || matches!(c, '-' | '.' | '/' | ' ')))?;
    (length > 0 && body.get(length..)?.starts_with('`')).then(|| length.saturating_add(2))
}

/// The length of a text in typographic quotes, on one line; of the first quote alone where no second follows.
fn curly_length(text: &str, first: char) -> usize {
    let double = matches!(first, '\u{201C}' | '\u{201D}');
    let (_, body) = text.split_at_checked(first.len_utf8()).unwrap_or_default();
    // No further than it must: a line of such quotes is read once, not once for each.
    let mut line = body.char_indices().take_while(|(_, c)| !matches!(c, '\n' | '\r'));
    let closing = line.find(|(_, c)| match c {
        '\u{201C}' | '\u{201D}' => double,
        '\u{2018}' | '\u{2019}' => !double,
        _ => false,
    });
    match closing {
        Some((at, c)) => first.len_utf8().saturating_add(at).saturating_add(c.len_utf8()),
        None => first.len_utf8(),
    }
}

fn line_length(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// Where the closing quote stands in `body`.
fn end_of(body: &str, quote: &str, raw: bool, lines: bool) -> Option<usize> {
    let mark = quote.chars().next()?;
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && !raw {
            let (_, escaped) = chars.next()?;
            if !lines && matches!(escaped, '\n' | '\r') {
                return None;
            }
        } else if !lines && matches!(c, '\n' | '\r') {
            return None;
        } else if c == mark && body.get(at..).is_some_and(|tail| tail.starts_with(quote)) {
            return Some(at);
        }
    }
    None
}

/// The longest run that a number or a timestamp could be, and what it is.
fn number(text: &str) -> (TokenKind, usize) {
    let length = timestamp_length(text).unwrap_or_else(|| number_length(text));
    // `1.2.3` and `7d.5` are no numbers, and nothing that could follow one either.
    let tail = text.get(length..).unwrap_or_default();
    let length = if dot_digit(tail) || tail.starts_with(in_word) {
        let more = tail
            .char_indices()
            .find(|(at, c)| !(in_word(*c) || *c == '.' && tail.get(*at..).is_some_and(dot_digit)));
        length.saturating_add(more.map_or(tail.len(), |(at, _)| at))
    } else {
        length
    };
    let written = text.get(..length).unwrap_or_default();
    (number_kind(written).unwrap_or(TokenKind::BadNumber), length)
}

fn dot_digit(text: &str) -> bool {
    text.strip_prefix('.').is_some_and(|tail| tail.starts_with(|c: char| c.is_ascii_digit()))
}

fn number_length(text: &str) -> usize {
    let digits = |from: usize| -> usize {
        let tail = text.get(from..).unwrap_or_default();
        from.saturating_add(tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len()))
    };
    let mut at = digits(0);
    if text.get(at..).is_some_and(dot_digit) {
        at = digits(at.saturating_add(1));
    }
    // The sign of an exponent is the one character of a number that no word may hold.
    let tail = text.get(at..).unwrap_or_default();
    let exponent = tail.strip_prefix(['e', 'E']).and_then(|tail| tail.strip_prefix(['+', '-']));
    if exponent.is_some_and(|tail| tail.starts_with(|c: char| c.is_ascii_digit())) {
        return digits(at.saturating_add(2));
    }
    let words = text.get(at..).unwrap_or_default();
    at.saturating_add(words.find(|c| !in_word(c)).unwrap_or(words.len()))
}

/// The length of `2026-06-01T00:00:00Z` at the start of a text.
pub(crate) fn timestamp_length(text: &str) -> Option<usize> {
    const SHAPE: &str = "dddd-dd-ddTdd:dd:dd";
    let fits = |shape: &str, text: &str| {
        let mut chars = text.chars();
        shape.chars().all(|wanted| {
            chars.next().is_some_and(|c| if wanted == 'd' { c.is_ascii_digit() } else { c == wanted })
        })
    };
    if !fits(SHAPE, text) {
        return None;
    }
    let mut at = SHAPE.len();
    let tail = text.get(at..)?;
    if dot_digit(tail) {
        let digits = tail.get(1..)?;
        let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        at = at.checked_add(1)?.checked_add(length)?;
    }
    let zone = text.get(at..)?;
    if zone.starts_with('Z') {
        return at.checked_add(1);
    }
    (fits("+dd:dd", zone) || fits("-dd:dd", zone)).then(|| at.saturating_add(6))
}
