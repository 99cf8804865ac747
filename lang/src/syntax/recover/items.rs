//! `package`, `use`, `enum`, `catalog`, `param`, `fn`, `table` and types.

use super::hints::near_miss;
use super::{Mark, Parser};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::assemble::{self, CatalogClause};
use crate::syntax::ast::{
    Argument, BinaryOp, CatalogEntry, CatalogItem, Cell, CellKind, EnumItem, Expr, FnItem, Ident, ParamItem,
    Path, TableItem, TableRow, TypeExpr, TypeKind, Use,
};
use crate::syntax::lexer::{Punct, TokenKind};

impl Parser<'_> {
    pub(super) fn package_item(&mut self) -> Path {
        let path = self.path("the name of the package");
        if self.is(Punct::Slash) {
            let why = "the parts of a package's name are joined by `.`";
            self.reject(near_miss(self.here(), "a package's name has no `/`", ".", why));
            self.skip_until(Self::at_end);
        }
        path
    }

    pub(super) fn use_item(&mut self) -> Use {
        let package = self.path("the name of a package");
        if self.eat(Punct::Dot).is_none() {
            self.bare_use(&package);
            return Use { package, names: Some(Vec::new()) };
        }
        if self.eat(Punct::Star).is_some() {
            return Use { package, names: None };
        }
        let mut names = Vec::new();
        if let Some(open) = self.eat(Punct::LBrace) {
            if self.is(Punct::RBrace) {
                self.expected("a name");
            }
            self.separated(open, Punct::RBrace, |parser| names.push(parser.name("a name")));
        } else {
            self.expected("`*` or `{`");
        }
        Use { package, names: Some(names) }
    }

    /// `use a.b.c`, which does not say whether `c` is a name or a package.
    fn bare_use(&mut self, package: &Path) {
        let written = package.dotted();
        let span = Span::new(package.span.end, package.span.end);
        let mut diagnostic = self.unexpected("`.*` or `.{…}`");
        diagnostic.help = Some(format!("write `use {written}.*` for all its names"));
        if let [.., before, last] = package.parts.as_slice() {
            let fix = Span::new(before.span.end, last.span.end);
            let names = format!(".{{{}}}", last.text);
            diagnostic = diagnostic.fix(format!("take the one name `{}`", last.text), fix, names);
        }
        self.reject(diagnostic.fix("take all names", span, ".*"));
    }

    pub(super) fn enum_item(&mut self) -> EnumItem {
        let name = self.name("the name of the enum");
        let open = self.open_brace();
        let mut members = Vec::new();
        let mut ordered = None;
        loop {
            if self.block_ends(open) {
                break;
            }
            let before = self.at;
            let docs = self.context.docs_above(self.peek().span.start);
            let member = self.field("a member");
            if self.at != before {
                members.push((member, docs));
            }
            let separator =
                if self.is(Punct::Lt) { Some(true) } else { self.is(Punct::Comma).then_some(false) };
            self.member_separator(separator, &mut ordered);
            if self.at == before {
                self.skip();
            }
        }
        if members.is_empty() {
            let diagnostic =
                Diagnostic::new(Code::Syntax, name.span, format!("the enum `{}` has no member", name.text))
                    .help("write its members between the braces");
            self.reject(diagnostic);
        }
        EnumItem { name, ordered: ordered == Some(true), members }
    }

    /// What stands between two members: `<` everywhere or nowhere, and never at the end.
    fn member_separator(&mut self, separator: Option<bool>, ordered: &mut Option<bool>) {
        let at_member = separator.is_none() && self.at_field();
        match (separator, *ordered) {
            (Some(true), Some(false)) | (Some(false), Some(true)) => {
                let diagnostic = self
                    .unexpected(if *ordered == Some(true) { "`<` or `}`" } else { "`,` or `}`" })
                    .help("the members of an ordered enum are all separated by `<`, those of another by `,`");
                self.reject(diagnostic);
            }
            (None, Some(true)) if at_member => self.expected("`<` or `}`"),
            (None, _) if !at_member && !self.is(Punct::RBrace) && !self.at_end() => {
                self.expected("a member or `}`");
            }
            _ => {}
        }
        match separator {
            Some(is_order) => {
                ordered.get_or_insert(is_order);
                self.bump();
                if is_order && (self.is(Punct::RBrace) || self.at_end()) {
                    self.expected("a member");
                }
            }
            None if at_member => {
                ordered.get_or_insert(false);
            }
            None => {}
        }
    }

    /// A type.
    pub(super) fn type_expr(&mut self) -> TypeExpr {
        let name = self.name("a type");
        let start = name.span;
        let (kind, mut span) = if let Some(open) = self.eat(Punct::Lt) {
            let mut args = Vec::new();
            let end = self.type_args(open, &mut args);
            (TypeKind::Generic(name, args), Span::new(start.start, end))
        } else {
            let path = self.path_from(name);
            let span = path.span;
            (TypeKind::Name(path), span)
        };
        let mark = self.eat(Punct::Question);
        if let Some(mark) = mark {
            span = span.to(mark);
        }
        TypeExpr { kind, span, optional: mark.is_some() }
    }

    fn type_args(&mut self, open: Span, args: &mut Vec<TypeExpr>) -> u32 {
        if !self.descend(open) {
            return self.end_before();
        }
        loop {
            if !self.at_name() && !args.is_empty() {
                break;
            }
            let before = self.at;
            args.push(self.type_expr());
            if self.at == before || self.eat(Punct::Comma).is_none() {
                break;
            }
        }
        self.ascend();
        if self.is(Punct::Ge) {
            let diagnostic = self.unexpected("`>`").help("put a blank between `>` and `=`").fix(
                "write `> =`",
                self.here(),
                "> =",
            );
            self.reject(diagnostic);
        } else if self.eat(Punct::Gt).is_none() {
            let diagnostic = self.unexpected("`,` or `>`").also(open, "this `<` is not closed");
            self.reject(diagnostic);
        }
        self.end_before()
    }

    /// `(a: T, b: U)`
    pub(super) fn arguments(&mut self) -> Vec<Argument> {
        let mut args = Vec::new();
        let Some(open) = self.eat(Punct::LParen) else {
            self.expected("`(`");
            return args;
        };
        self.separated(open, Punct::RParen, |parser| {
            let name = parser.name("the name of a parameter");
            args.push(Argument { name, ty: parser.type_behind_colon() });
        });
        args
    }

    /// `: T`
    pub(super) fn type_behind_colon(&mut self) -> TypeExpr {
        if self.eat(Punct::Colon).is_none() {
            self.expected("`:` and a type");
            if !self.at_name() || self.peek().first_on_line {
                return self.no_type();
            }
        } else if self.ahead(1).is(Punct::Colon) {
            // What stands here is the next field, not this one's type.
            self.expected("a type");
            return self.no_type();
        }
        self.type_expr()
    }

    fn no_type(&self) -> TypeExpr {
        let name = self.no_name();
        let span = name.span;
        TypeExpr { kind: TypeKind::Name(Path { parts: vec![name], span }), span, optional: false }
    }

    pub(super) fn catalog_item(&mut self) -> CatalogItem {
        let name = self.name("the name of the catalog");
        let title = self.string("the title of the catalog");
        let mut clauses = Vec::new();
        loop {
            let start = self.peek().span.start;
            let clause = match self.word() {
                "version" => {
                    self.bump();
                    CatalogClause::Version(self.string("the version"))
                }
                "prefix" => {
                    self.bump();
                    CatalogClause::Prefix(self.string("the prefix"))
                }
                _ => break,
            };
            clauses.push((clause, self.since(start)));
        }
        if !self.is(Punct::LBrace) {
            self.expected("`version`, `prefix` or `{`");
            self.skip_until(|parser| parser.is(Punct::LBrace));
        }
        let open = self.open_brace();
        let mut entries = Vec::new();
        while !self.block_ends(open) {
            let before = self.mark();
            entries.push(self.catalog_entry());
            self.entry_ends(before);
        }
        assemble::catalog(self.context, name, title, clauses, entries)
    }

    /// The optional comma behind an entry of a block; behind an error the next line is looked for.
    pub(super) fn entry_ends(&mut self, before: Mark) {
        self.eat(Punct::Comma);
        if self.failed_since(before) && (self.at == before.at || !self.peek().first_on_line) {
            self.skip_line();
        }
        if self.at == before.at && !self.is(Punct::RBrace) {
            self.skip();
        }
    }

    fn catalog_entry(&mut self) -> CatalogEntry {
        let name = self.field("the name of a control or `}`");
        let id = self.string("the official id");
        let title = self.at_string().then(|| self.string("the title"));
        let mut aliases = Vec::new();
        if self.eat_word("alias").is_some() {
            aliases.extend(self.alias());
            if aliases.is_empty() {
                self.expected("a name");
            }
            while self.is(Punct::Comma) {
                let comma = self.at;
                self.bump();
                let Some(alias) = self.alias() else {
                    // The comma stood behind the entry.
                    self.at = comma;
                    break;
                };
                aliases.push(alias);
            }
        }
        CatalogEntry { name, id, title, aliases }
    }

    /// A name that no string follows: that would be the next entry.
    fn alias(&mut self) -> Option<Ident> {
        if self.peek().kind == TokenKind::Str {
            let text = self.string("a name");
            return Some(Ident { text: text.value, span: text.span });
        }
        let is_entry = self.ahead(1).kind == TokenKind::Str;
        (self.at_field() && !is_entry).then(|| self.ident())
    }

    pub(super) fn param_item(&mut self) -> ParamItem {
        let name = self.name("the name of the parameter");
        let ty = self.type_behind_colon();
        self.assign();
        let default = self.constant("a constant");
        let mut bounds = None;
        if self.eat_word("in").is_some() {
            let low = self.constant("the lower bound");
            if self.eat(Punct::DotDot).is_none() {
                let mut diagnostic = self.unexpected("`..`");
                diagnostic.help = Some("bounds are inclusive: `in 7d..400d`".to_owned());
                self.reject(diagnostic);
                self.eat(Punct::Comma);
            }
            let high = self.constant("the upper bound");
            bounds = Some((low, high));
        }
        let mut source = None;
        if self.eat_word("source").is_some() {
            source = Some(self.string("where the default comes from"));
        }
        if !self.at_end() {
            let what = match (bounds.is_some(), source.is_some()) {
                (false, false) => "`in`, `source` or the end of the item",
                (true, false) => "`source` or the end of the item",
                _ => "the end of the item",
            };
            let mut diagnostic = self.unexpected(what);
            diagnostic.help = Some("a default is a constant: a literal, a member, a list of them".to_owned());
            self.reject(diagnostic);
            self.at = self.tokens.len().saturating_sub(1);
        }
        ParamItem { name, ty, default, bounds, source }
    }

    pub(super) fn fn_item(&mut self) -> FnItem {
        let name = self.name("the name of the function");
        let args = self.arguments();
        let result = if self.is(Punct::ThinArrow) {
            let why = "the type of the result stands behind `:`";
            self.reject(near_miss(self.here(), "`->` names no type", ":", why));
            self.bump();
            self.type_expr()
        } else {
            self.type_behind_colon()
        };
        if self.is(Punct::LBrace) {
            let diagnostic =
                self.unexpected("`=`").help("a function is one expression: `fn name(a: Type): Type = …`");
            self.reject(diagnostic);
            let end = self.end_before();
            let body = self.trees.error(Span::new(end, end)).expr();
            self.at = self.tokens.len().saturating_sub(1);
            return FnItem { name, args, result, body };
        }
        self.assign();
        let body = self.expr();
        FnItem { name, args, result, body }
    }

    pub(super) fn table_item(&mut self) -> TableItem {
        let name = self.name("the name of the table");
        let args = self.arguments();
        let result = self.type_behind_colon();
        let open = self.open_brace();
        let mut rows = Vec::new();
        while !self.block_ends(open) {
            let before = self.mark();
            rows.push(self.table_row());
            self.entry_ends(before);
        }
        TableItem { name, args, result, rows }
    }

    fn table_row(&mut self) -> TableRow {
        let start = self.peek().span.start;
        let mut cells = vec![self.cell()];
        while self.eat(Punct::Comma).is_some() {
            cells.push(self.cell());
        }
        let result =
            if self.arrow("`,` or `=>`") { self.cell_value("a member or a literal") } else { self.missing() };
        TableRow { cells, result, span: self.since(start.min(self.end_before())) }
    }

    /// An expression that is not there.
    fn missing(&self) -> Expr {
        let end = self.end_before();
        self.trees.error(Span::new(end, end)).expr()
    }

    /// `=>`, in whatever spelling.
    pub(super) fn arrow(&mut self, what: &str) -> bool {
        if self.eat(Punct::FatArrow).is_some() {
            return true;
        }
        if self.is(Punct::ThinArrow) || self.is(Punct::Colon) {
            let span = self.here();
            let written = span.text(self.context.text);
            let why = "what is decided stands behind `=>`";
            self.reject(near_miss(span, format!("`{written}` is no arrow"), "=>", why));
            self.bump();
            return true;
        }
        self.expected(what);
        false
    }

    fn cell(&mut self) -> Cell {
        let start = self.peek().span;
        let kind = match self.peek().kind {
            TokenKind::Word if self.at_word("_") => {
                self.bump();
                CellKind::Any
            }
            TokenKind::Word if self.at_word("unknown") => {
                self.bump();
                CellKind::Unknown
            }
            TokenKind::Punct(punct @ (Punct::Le | Punct::Lt | Punct::Ge | Punct::Gt)) => {
                self.bump();
                let op = match punct {
                    Punct::Le => BinaryOp::Le,
                    Punct::Lt => BinaryOp::Lt,
                    Punct::Ge => BinaryOp::Ge,
                    _ => BinaryOp::Gt,
                };
                CellKind::Ordered(op, self.cell_value("a member or a literal"))
            }
            _ => {
                let mut values = vec![self.cell_value("a cell: `_`, `unknown`, a member or a literal")];
                loop {
                    if self.is(Punct::OrOr) {
                        let why = "one of several members is `a | b`";
                        self.reject(near_miss(self.here(), "`||` does not join members", "|", why));
                    } else if !self.is(Punct::Bar) {
                        break;
                    }
                    self.bump();
                    values.push(self.cell_value("a member or a literal"));
                }
                CellKind::OneOf(values)
            }
        };
        let end = self.end_before().max(start.start);
        Cell { kind, span: Span::new(start.start, end) }
    }
}
