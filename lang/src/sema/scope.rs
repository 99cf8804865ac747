//! What a name means inside an expression, and what has been said about it so far.

use std::collections::BTreeSet;

use crate::db::{Db, Item, SourceFile};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::expression::Function;
use crate::plan::{Slot, Type};

/// A name that is bound in a policy, a `fn` or a macro.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) name: String,
    pub(super) what: LocalKind,
    pub(super) ty: Type,
    pub(super) optional: bool,
}

/// What a local name is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LocalKind {
    /// A slot: a binding, an argument, a macro's variable.
    Slot(Slot),
    /// A `let`, by index.
    Let(u32),
    /// A `let` that was reported: what uses it is not reported as well.
    Broken,
}

/// How strictly expressions are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// The language's own: what is likely a mistake is one.
    Policy,
    /// CEL with its checker, for a lone expression over variables.
    Cel,
    /// CEL without its checker: types are asked when evaluated.
    Dynamic,
}

/// The state of checking one item's expressions.
pub(super) struct Checker<'db> {
    pub(super) db: &'db dyn Db,
    pub(super) file: SourceFile,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) locals: Vec<Local>,
    /// Paths (`s.expires_at`) that are known to be there in the expression at hand.
    pub(super) narrowed: Vec<String>,
    /// Whether facts may be read: not in params and the like.
    pub(super) facts: bool,
    /// Whether `now` is a name here.
    pub(super) now: bool,
    pub(super) manner: Manner,
    /// The package that a lone expression's names are looked up in first, and how many of the locals are its
    /// variables: what a macro binds is nobody's member.
    pub(super) container: (String, usize),
    /// The functions that the host of a lone expression declares.
    pub(super) declared: &'db [Function],
    /// The locals and params that were read, for "never read".
    pub(super) read: BTreeSet<String>,
    next_slot: u32,
    /// Nodes made so far: inlining may multiply them.
    pub(super) nodes: usize,
    /// As many as there may be.
    pub(super) most_nodes: usize,
}

impl<'db> Checker<'db> {
    pub(super) fn new(db: &'db dyn Db, file: SourceFile) -> Self {
        Self {
            db,
            file,
            diagnostics: Vec::new(),
            locals: Vec::new(),
            narrowed: Vec::new(),
            facts: true,
            now: true,
            manner: Manner::Policy,
            container: (String::new(), 0),
            declared: &[],
            read: BTreeSet::new(),
            next_slot: 0,
            nodes: 0,
            most_nodes: super::expr::MOST_NODES,
        }
    }

    /// A checker for an item, whose plan is bounded by the length of its text.
    pub(super) fn of_item(db: &'db dyn Db, item: Item<'db>) -> Self {
        Self { most_nodes: super::expr::most_nodes(item.text(db)), ..Self::new(db, item.file(db)) }
    }

    /// A checker for constants: no facts, no `now`.
    pub(super) fn constant(db: &'db dyn Db, file: SourceFile) -> Self {
        Self { facts: false, now: false, ..Self::new(db, file) }
    }

    /// A checker for a lone expression: no facts, no `now`, and names may be hidden as in CEL.
    pub(super) fn lone(db: &'db dyn Db, file: SourceFile, manner: Manner) -> Self {
        Self { manner, ..Self::constant(db, file) }
    }

    /// Whether the rules are CEL's alone.
    pub(super) fn is_cel(&self) -> bool {
        self.manner != Manner::Policy
    }

    /// Whether types are asked when evaluated only.
    pub(super) fn is_dynamic(&self) -> bool {
        self.manner == Manner::Dynamic
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// What is wrong, what to see there, and what to write instead.
    pub(super) fn error(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: &str,
        help: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic::new(code, span, message).label(label).help(help));
    }

    pub(super) fn fresh_slot(&mut self) -> Slot {
        let slot = Slot(self.next_slot);
        self.next_slot = self.next_slot.saturating_add(1);
        slot
    }

    pub(super) const fn slots(&self) -> u32 {
        self.next_slot
    }

    pub(super) fn local(&self, name: &str) -> Option<&Local> {
        let named = |locals: &'_ [Local], name: &str| locals.iter().rposition(|local| local.name == name);
        let found = named(&self.locals, name);
        let (container, variables) = &self.container;
        if container.is_empty() || found.is_some_and(|at| at >= *variables) {
            return found.and_then(|at| self.locals.get(at));
        }
        // CEL's order: the longest container first, the name alone last.
        let mut rest = Some(container.as_str());
        while let Some(space) = rest {
            if let Some(at) = named(&self.locals, &format!("{space}.{name}")) {
                return self.locals.get(at);
            }
            rest = space.rsplit_once('.').map(|(outer, _)| outer);
        }
        found.and_then(|at| self.locals.get(at))
    }

    /// Binds a name, and reports one that hides what the expression may need.
    pub(super) fn bind(&mut self, name: &str, span: Span, what: LocalKind, ty: Type, optional: bool) {
        self.diagnostics.extend(self.refused(name, span));
        self.locals.push(Local { name: name.to_owned(), what, ty, optional });
    }

    /// Why a name may not be bound here.
    fn refused(&self, name: &str, span: Span) -> Option<Diagnostic> {
        let hides = !self.is_cel();
        Some(if name == "now" && hides {
            Diagnostic::new(Code::Shadowed, span, "`now` is the instant of evaluation")
                .label("hides `now`")
                .help("choose another name")
        } else if self.local(name).is_some() && hides {
            Diagnostic::new(Code::Shadowed, span, format!("`{name}` is bound already"))
                .label("hides the outer one")
                .help("choose another name: both would be read as one")
        } else if RESERVED.contains(&name) {
            Diagnostic::new(Code::BadName, span, format!("`{name}` is a reserved word of CEL"))
                .label("not a name")
                .help("choose another name")
        } else if name.starts_with(|c: char| c.is_ascii_uppercase()) && hides {
            Diagnostic::new(Code::BadName, span, format!("`{name}` starts like a type"))
                .label("not a type")
                .help("start it in lower case")
        } else {
            return None;
        })
    }
}

/// Words that CEL keeps for itself: never names of variables, free behind a dot.
pub(super) const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];
