//! From a policy's expressions to closures over typed cells: no names, no allocation, no walking of trees
//! once it runs.
//!
//! What cannot be compiled becomes [`Truth::Perhaps`], and what is not plainly known comes to it: then the
//! whole case is for the judge. So a closure may know less than the judge, and never otherwise.

use assize_lang::plan::{
    Builtin, CompareOp, Const, Expr, ExprKind, ListFn, Name, Program, Quantifier, Slot, Type, Window,
};

use super::cells::{absent, arith, clock, holds, relate};
use super::frame::{Frame, Truth};
use super::list::{List, Members};
use super::silence::{Owner, Silence};
use crate::value::{Value, from_const};
use crate::world::{Cell, FieldId, Layout, TypeId};

/// A compiled condition.
pub(super) type Test = Box<dyn for<'w> Fn(&mut Frame<'w>) -> Truth + Send + Sync>;
/// A compiled value.
pub(super) type Scalar = Box<dyn for<'w> Fn(&mut Frame<'w>) -> Cell + Send + Sync>;
/// A text that a policy holds.
type Text = std::sync::Arc<str>;

/// Compiles the expressions of one policy.
pub(super) struct Compiler<'a> {
    pub(super) program: &'a Program,
    pub(super) layout: &'a Layout,
    pub(super) params: &'a std::collections::BTreeMap<Name, Value>,
    /// What the policy's `let`s stand for.
    pub(super) lets: Vec<&'a Expr>,
    /// Lists that are named: arguments of inlined functions.
    pub(super) lists: std::collections::BTreeMap<Slot, &'a Expr>,
    /// Whether an argument of an inlined function moves along with the clock.
    pub(super) moving: std::collections::BTreeMap<Slot, bool>,
}

fn perhaps() -> Test {
    Box::new(|_| Truth::Perhaps)
}

fn unknown() -> Scalar {
    Box::new(|_| Cell::Unknown)
}

/// Whether a compiled value is a constant, and which.
enum Known {
    Cell(Cell),
    Text(Text),
}

impl<'a> Compiler<'a> {
    /// The same for another text, whose slots are its own and which has no `let`s.
    pub(super) fn alone(&self) -> Self {
        let (program, layout, params) = (self.program, self.layout, self.params);
        let (lists, moving) = Default::default();
        Self { program, layout, params, lets: Vec::new(), lists, moving }
    }

    /// A condition.
    pub(super) fn test(&mut self, expr: &'a Expr) -> Test {
        match &expr.kind {
            ExprKind::Const(Const::Bool(truth)) => {
                let truth = Truth::of(*truth);
                Box::new(move |_| truth)
            }
            ExprKind::Not(of) => {
                let of = self.test(of);
                Box::new(move |frame| of(frame).not())
            }
            ExprKind::And(..) => {
                let parts = self.chain(expr, true);
                Box::new(move |frame| connect(&parts, frame, Truth::No))
            }
            ExprKind::Or(..) => {
                let parts = self.chain(expr, false);
                Box::new(move |frame| connect(&parts, frame, Truth::Yes))
            }
            ExprKind::Conditional(condition, a, b) => {
                let (condition, a, b) = (self.test(condition), self.test(a), self.test(b));
                Box::new(move |frame| match condition(frame) {
                    Truth::Yes => a(frame),
                    Truth::No => b(frame),
                    Truth::Perhaps => Truth::Perhaps,
                })
            }
            ExprKind::Let(at) => self.named(*at),
            ExprKind::Bind { slot, value, body } => self.bound_test(*slot, value, body),
            ExprKind::Compare(op, a, b) => self.compare(*op, a, b),
            ExprKind::NowCompare(op, at) => {
                let (op, at) = (*op, self.scalar(at));
                Box::new(move |frame| match at(frame) {
                    Cell::Time(at) => clock(frame, op, at),
                    _ => Truth::Perhaps,
                })
            }
            ExprKind::In(a, b) => self.contained(a, b),
            ExprKind::Has(path) => {
                let path = self.scalar(path);
                Box::new(move |frame| match path(frame) {
                    Cell::Unknown => Truth::Perhaps,
                    Cell::Absent => Truth::No,
                    _ => Truth::Yes,
                })
            }
            ExprKind::Known(of) => {
                let of = self.scalar(of);
                Box::new(move |frame| if of(frame) == Cell::Unknown { Truth::Perhaps } else { Truth::Yes })
            }
            ExprKind::Unknown(of) => {
                let of = self.scalar(of);
                Box::new(move |frame| if of(frame) == Cell::Unknown { Truth::Perhaps } else { Truth::No })
            }
            ExprKind::Quantified { quantifier, list, slot, body, window } => {
                self.quantified(*quantifier, list, (*slot, body), window)
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            _ if matches!(expr.ty, Type::Bool) => {
                let of = self.scalar(expr);
                Box::new(move |frame| match of(frame) {
                    Cell::Bool(truth) => Truth::of(truth),
                    _ => Truth::Perhaps,
                })
            }
            _ => perhaps(),
        }
    }

    /// The operands of a chain of one connective.
    fn chain(&mut self, expr: &'a Expr, and: bool) -> Vec<Test> {
        match (&expr.kind, and) {
            (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => {
                let mut parts = self.chain(a, and);
                parts.extend(self.chain(b, and));
                parts
            }
            _ => vec![self.test(expr)],
        }
    }

    fn named(&mut self, at: u32) -> Test {
        let Some(place) = usize::try_from(at).ok() else { return perhaps() };
        let Some(expr) = self.lets.get(place).copied() else { return perhaps() };
        let of = self.test(expr);
        Box::new(move |frame| {
            if let Some(Some(known)) = frame.named.get(place) {
                return *known;
            }
            let truth = of(frame);
            if let Some(slot) = frame.named.get_mut(place) {
                *slot = Some(truth);
            }
            truth
        })
    }

    fn bound_test(&mut self, slot: Slot, value: &'a Expr, body: &'a Expr) -> Test {
        match self.bind(slot, value) {
            Some((at, value)) => {
                let body = self.test(body);
                Box::new(move |frame| {
                    let cell = value(frame);
                    frame.bind(at, cell);
                    body(frame)
                })
            }
            None => self.test(body),
        }
    }

    /// What an argument of an inlined function is bound to; nothing where it is a list, which is looked at
    /// where it is used.
    fn bind(&mut self, slot: Slot, value: &'a Expr) -> Option<(usize, Scalar)> {
        if matches!(value.ty, Type::List(_)) {
            self.lists.insert(slot, value);
            return None;
        }
        let moves = self.moves(value);
        self.moving.insert(slot, moves);
        Some((usize::try_from(slot.0).ok()?, self.scalar(value)))
    }

    /// A value.
    pub(super) fn scalar(&mut self, expr: &'a Expr) -> Scalar {
        match &expr.kind {
            ExprKind::Const(_) | ExprKind::Param(_) => match self.constant(expr) {
                Some(Known::Cell(cell)) => Box::new(move |_| cell),
                // A text of the policy's is compared as such, see `compare`.
                _ => unknown(),
            },
            ExprKind::Now => Box::new(|frame| Cell::Time(frame.now)),
            ExprKind::Var(slot) => match usize::try_from(slot.0) {
                Ok(at) if !self.lists.contains_key(slot) => Box::new(move |frame| frame.slot(at)),
                _ => unknown(),
            },
            ExprKind::Let(at) => match usize::try_from(*at).ok().and_then(|at| self.lets.get(at).copied()) {
                Some(named) if named.ty == Type::Bool => {
                    let of = self.named(*at);
                    Box::new(move |frame| cell_of(of(frame)))
                }
                Some(named) => self.scalar(named),
                None => unknown(),
            },
            ExprKind::Bind { slot, value, body } => match self.bind(*slot, value) {
                Some((at, value)) => {
                    let body = self.scalar(body);
                    Box::new(move |frame| {
                        let cell = value(frame);
                        frame.bind(at, cell);
                        body(frame)
                    })
                }
                None => self.scalar(body),
            },
            ExprKind::Field(base, name) => self.field(base, name),
            ExprKind::Conditional(condition, a, b) => {
                let (condition, a, b) = (self.test(condition), self.scalar(a), self.scalar(b));
                Box::new(move |frame| match condition(frame) {
                    Truth::Yes => a(frame),
                    Truth::No => b(frame),
                    Truth::Perhaps => Cell::Unknown,
                })
            }
            ExprKind::OrValue(of, default) => {
                let (of, default) = (self.scalar(of), self.scalar(default));
                Box::new(move |frame| match of(frame) {
                    Cell::Absent => default(frame),
                    known => known,
                })
            }
            ExprKind::Assume(of, _) => self.scalar(of),
            ExprKind::End(of, _) => self.scalar(of),
            ExprKind::Arith(op, a, b) => {
                let (op, a, b) = (*op, self.scalar(a), self.scalar(b));
                Box::new(move |frame| arith(op, a(frame), b(frame)))
            }
            ExprKind::Table(name, inputs) => self.table(name, inputs),
            ExprKind::Shift { base, up, down, max_up, max_down } => {
                let base_type = self.layout.schema().enums.get(enum_name(&base.ty));
                let top = base_type.map_or(0, |ty| ty.members.len().saturating_sub(1));
                let base = self.scalar(base);
                let up: Vec<Test> = up.iter().map(|one| self.test(one)).collect();
                let down: Vec<Test> = down.iter().map(|one| self.test(one)).collect();
                let (max_up, max_down) = (i64::from(*max_up), i64::from(*max_down));
                let top = i64::try_from(top).unwrap_or(0);
                Box::new(move |frame| {
                    let Cell::Enum(from) = base(frame) else { return Cell::Unknown };
                    let (Some(up), Some(down)) = (count(&up, frame), count(&down, frame)) else {
                        return Cell::Unknown;
                    };
                    let moved = i64::from(from)
                        .saturating_add(up.min(max_up))
                        .saturating_sub(down.min(max_down))
                        .clamp(0, top);
                    u8::try_from(moved).map_or(Cell::Unknown, Cell::Enum)
                })
            }
            _ if expr.ty == Type::Bool => match &expr.kind {
                ExprKind::Not(_)
                | ExprKind::And(..)
                | ExprKind::Or(..)
                | ExprKind::Compare(..)
                | ExprKind::NowCompare(..)
                | ExprKind::In(..)
                | ExprKind::Has(_)
                | ExprKind::Known(_)
                | ExprKind::Unknown(_)
                | ExprKind::Quantified { .. }
                | ExprKind::Call(..) => {
                    let of = self.test(expr);
                    Box::new(move |frame| cell_of(of(frame)))
                }
                _ => unknown(),
            },
            _ => unknown(),
        }
    }

    /// A field of a fact.
    fn field(&mut self, base: &'a Expr, name: &Name) -> Scalar {
        let Some((ty, field)) = self.place(base, name) else { return unknown() };
        // A field of what a slot holds needs no call in between.
        if let ExprKind::Var(slot) = &base.kind
            && let Ok(at) = usize::try_from(slot.0)
        {
            return Box::new(move |frame| read(frame, frame.slot(at), ty, field));
        }
        let base = self.scalar(base);
        Box::new(move |frame| {
            let base = base(frame);
            read(frame, base, ty, field)
        })
    }

    fn place(&self, base: &Expr, name: &Name) -> Option<(TypeId, FieldId)> {
        let Type::Fact(ty) = &base.ty else { return None };
        let ty = self.layout.type_id(ty)?;
        Some((ty, self.layout.field_id(ty, name.as_str())?))
    }

    /// The value of an expression that is the same for every case.
    fn constant(&self, expr: &Expr) -> Option<Known> {
        let value = match &expr.kind {
            ExprKind::Const(value) => from_const(value),
            ExprKind::Param(name) => self.params.get(name)?.clone(),
            _ => return None,
        };
        Some(match value {
            Value::String(text) => Known::Text(text),
            Value::Null => Known::Cell(Cell::Absent),
            Value::Bool(truth) => Known::Cell(Cell::Bool(truth)),
            Value::Int(number) => Known::Cell(Cell::Int(number)),
            Value::Uint(number) => Known::Cell(Cell::Uint(number)),
            Value::Double(number) => Known::Cell(Cell::Double(number)),
            Value::Duration(micros) => Known::Cell(Cell::Span(micros)),
            Value::Timestamp(at) => Known::Cell(Cell::Time(at)),
            Value::Enum(_, at) => Known::Cell(Cell::Enum(at)),
            _ => return None,
        })
    }

    fn compare(&mut self, op: CompareOp, a: &'a Expr, b: &'a Expr) -> Test {
        if let Some(counted) = self.compare_size(op, a, b) {
            return counted;
        }
        if let Some(counted) = self.compare_size(op.mirrored(), b, a) {
            return counted;
        }
        if let Some(Known::Text(text)) = self.constant(b) {
            return self.compare_text(op, a, text);
        }
        if let Some(Known::Text(text)) = self.constant(a) {
            return self.compare_text(op.mirrored(), b, text);
        }
        if let Some(Known::Cell(cell)) = self.constant(b) {
            let a = self.scalar(a);
            return Box::new(move |frame| {
                let a = a(frame);
                relate(frame, op, a, cell)
            });
        }
        let (a, b) = (self.scalar(a), self.scalar(b));
        Box::new(move |frame| {
            let (a, b) = (a(frame), b(frame));
            relate(frame, op, a, b)
        })
    }

    fn compare_text(&mut self, op: CompareOp, a: &'a Expr, text: Text) -> Test {
        let a = self.scalar(a);
        Box::new(move |frame| match a(frame) {
            Cell::Text(sym) => Truth::of(holds(op, frame.text(sym).cmp(&text))),
            Cell::Absent => absent(op, false),
            _ => Truth::Perhaps,
        })
    }

    /// `list.size() op n`
    fn compare_size(&mut self, op: CompareOp, a: &'a Expr, b: &'a Expr) -> Option<Test> {
        let ExprKind::ListFn(ListFn::Size, list) = &self.behind(a).kind else { return None };
        let Some(Known::Cell(bound)) = self.constant(b) else { return Some(perhaps()) };
        let bound = match bound {
            Cell::Int(bound) => bound,
            Cell::Uint(bound) => i64::try_from(bound).unwrap_or(i64::MAX),
            _ => return Some(perhaps()),
        };
        let Some(list) = self.list(list, Vec::new()) else { return Some(perhaps()) };
        let next = bound.saturating_add(1);
        Some(Box::new(move |frame| {
            let mut at_least = |count: i64| list.at_least(frame, count);
            match op {
                CompareOp::Ge => at_least(bound),
                CompareOp::Gt => at_least(next),
                CompareOp::Lt => at_least(bound).not(),
                CompareOp::Le => at_least(next).not(),
                CompareOp::Eq | CompareOp::Ne => {
                    let exactly = match (at_least(bound), at_least(next)) {
                        (Truth::No, _) | (_, Truth::Yes) => Truth::No,
                        (Truth::Yes, Truth::No) => Truth::Yes,
                        _ => Truth::Perhaps,
                    };
                    if op == CompareOp::Eq { exactly } else { exactly.not() }
                }
            }
        }))
    }

    /// `a in [constants]`
    fn contained(&mut self, a: &'a Expr, b: &'a Expr) -> Test {
        let items: Option<Vec<Option<Known>>> = match &b.kind {
            ExprKind::List(items) => Some(items.iter().map(|item| self.constant(item)).collect()),
            ExprKind::Const(Const::List(items)) => Some(items.iter().map(known).collect()),
            ExprKind::Param(name) => match self.params.get(name) {
                Some(Value::List(items)) => Some(items.iter().map(known_value).collect()),
                _ => None,
            },
            _ => None,
        };
        let items: Option<Vec<Known>> = items.and_then(|items| items.into_iter().collect());
        let Some(items) = items else { return perhaps() };
        let a = self.scalar(a);
        Box::new(move |frame| {
            let cell = a(frame);
            if cell == Cell::Unknown {
                return Truth::Perhaps;
            }
            let mut out = Truth::No;
            for item in &items {
                let same = match item {
                    Known::Cell(item) => relate(frame, CompareOp::Eq, cell, *item),
                    Known::Text(text) => match cell {
                        Cell::Text(sym) => Truth::of(frame.text(sym) == &**text),
                        Cell::Absent => Truth::No,
                        _ => Truth::Perhaps,
                    },
                };
                match same {
                    Truth::Yes => return Truth::Yes,
                    Truth::No => {}
                    Truth::Perhaps => out = Truth::Perhaps,
                }
            }
            out
        })
    }

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        list: &'a Expr,
        (slot, body): (Slot, &'a Expr),
        window: &'a Window,
    ) -> Test {
        let Some(mut list) = self.list(list, vec![window]) else { return perhaps() };
        let Ok(slot) = usize::try_from(slot.0) else { return perhaps() };
        let body = self.test(body);
        match quantifier {
            Quantifier::Exists => {
                list.narrow(slot, body);
                Box::new(move |frame| list.at_least(frame, 1))
            }
            Quantifier::All => {
                list.narrow(slot, Box::new(move |frame| body(frame).not()));
                Box::new(move |frame| list.at_least(frame, 1).not())
            }
            Quantifier::ExistsOne => {
                list.narrow(slot, body);
                Box::new(move |frame| match (list.at_least(frame, 1), list.at_least(frame, 2)) {
                    (Truth::No, _) | (_, Truth::Yes) => Truth::No,
                    (Truth::Yes, Truth::No) => Truth::Yes,
                    _ => Truth::Perhaps,
                })
            }
        }
    }

    /// A list of facts; `clauses` are what the conditions of whoever looks at it say about its members' time
    /// and scope.
    pub(super) fn list(&mut self, expr: &'a Expr, mut clauses: Vec<&'a Window>) -> Option<List> {
        match &self.behind(expr).kind {
            ExprKind::Inverse(owner, name) => {
                let Type::Fact(owner_type) = &owner.ty else { return None };
                let owner_type = self.layout.type_id(owner_type)?;
                let inverse = self.layout.ty(owner_type).inverse(name.as_str())?.clone();
                let of = self.layout.type_id(&inverse.of)?;
                let via = self.layout.field_id(of, inverse.via.as_str())?;
                let (layout, members) = (self.layout, self.layout.ty(of));
                let name = &layout.field(of, via)?.name;
                let silence = Owner { expr: owner, ty: owner_type, via: name };
                let silence = Silence::of(self, (of, members), Some(&silence), &clauses);
                let owner = self.scalar(owner);
                Some(List::new(Members::Inverse { owner, of, via }, members, silence))
            }
            ExprKind::All(name) => {
                let of = self.layout.type_id(name)?;
                let members = self.layout.ty(of);
                let silence = Silence::of(self, (of, members), None, &clauses);
                Some(List::new(Members::All { of }, members, silence))
            }
            ExprKind::Filter { list, slot, body, window } => {
                clauses.push(window);
                let mut list = self.list(list, clauses)?;
                let body = self.test(body);
                list.narrow(usize::try_from(slot.0).ok()?, body);
                Some(list)
            }
            _ => None,
        }
    }

    /// Whether an expression moves along with the clock.
    pub(super) fn moves(&self, expr: &'a Expr) -> bool {
        match &expr.kind {
            ExprKind::Now => true,
            ExprKind::Var(slot) => self.moving.get(slot).copied().unwrap_or(false),
            ExprKind::Let(_) => {
                let behind = self.behind(expr);
                !std::ptr::eq(behind, expr) && self.moves(behind)
            }
            ExprKind::Bind { body, .. } => self.moves(body),
            ExprKind::Arith(_, a, b)
            | ExprKind::OrValue(a, b)
            | ExprKind::Assume(a, b)
            | ExprKind::Conditional(_, a, b) => self.moves(a) || self.moves(b),
            _ => false,
        }
    }

    fn behind(&self, expr: &'a Expr) -> &'a Expr {
        let named = match &expr.kind {
            ExprKind::Let(at) => usize::try_from(*at).ok().and_then(|at| self.lets.get(at).copied()),
            ExprKind::Var(slot) => self.lists.get(slot).copied(),
            _ => None,
        };
        named.map_or(expr, |named| self.behind(named))
    }

    /// A function of texts.
    fn call(&mut self, function: Builtin, arguments: &'a [Expr]) -> Test {
        let [text, pattern] = arguments else { return perhaps() };
        let judge: fn(&str, &str) -> bool = match function {
            Builtin::StartsWith => |text, part| text.starts_with(part),
            Builtin::EndsWith => |text, part| text.ends_with(part),
            Builtin::Contains => |text, part| text.contains(part),
            Builtin::Glob => crate::judge::glob,
            _ => return perhaps(),
        };
        let of = |known| match known {
            Some(Known::Text(text)) => Some(text),
            _ => None,
        };
        match (of(self.constant(text)), of(self.constant(pattern))) {
            (Some(text), Some(pattern)) => {
                let truth = Truth::of(judge(&text, &pattern));
                Box::new(move |_| truth)
            }
            (None, Some(pattern)) => {
                let text = self.scalar(text);
                Box::new(move |frame| match text(frame) {
                    Cell::Text(sym) => Truth::of(judge(frame.text(sym), &pattern)),
                    _ => Truth::Perhaps,
                })
            }
            (Some(text), None) => {
                let pattern = self.scalar(pattern);
                Box::new(move |frame| match pattern(frame) {
                    Cell::Text(sym) => Truth::of(judge(&text, frame.text(sym))),
                    _ => Truth::Perhaps,
                })
            }
            (None, None) => {
                let (text, pattern) = (self.scalar(text), self.scalar(pattern));
                Box::new(move |frame| match (text(frame), pattern(frame)) {
                    (Cell::Text(text), Cell::Text(pattern)) => {
                        Truth::of(judge(frame.text(text), frame.text(pattern)))
                    }
                    _ => Truth::Perhaps,
                })
            }
        }
    }

    /// A decision table over known inputs.
    fn table(&mut self, name: &Name, inputs: &'a [Expr]) -> Scalar {
        let Some(table) = self.program.tables.get(name).cloned() else { return unknown() };
        let inputs: Vec<Scalar> = inputs.iter().map(|input| self.scalar(input)).collect();
        Box::new(move |frame| {
            let mut open: Option<Cell> = None;
            // At most so many columns are kept without an allocation.
            let mut bits = [0_u64; 16];
            if inputs.len() > bits.len() {
                return Cell::Unknown;
            }
            for (bit, input) in bits.iter_mut().zip(&inputs) {
                *bit = match input(frame) {
                    Cell::Bool(truth) => {
                        if truth {
                            0b10
                        } else {
                            0b01
                        }
                    }
                    Cell::Enum(at) => 1_u64.checked_shl(u32::from(at)).unwrap_or(0),
                    _ => return Cell::Unknown,
                };
            }
            for row in &table.rows {
                if row.cells.iter().zip(&bits).all(|(cell, bit)| cell.values & bit != 0) {
                    let result = match &row.result {
                        Const::Bool(truth) => Cell::Bool(*truth),
                        Const::Enum(_, at) => Cell::Enum(*at),
                        _ => return Cell::Unknown,
                    };
                    match open {
                        Some(other) if other != result => return Cell::Unknown,
                        _ => open = Some(result),
                    }
                }
            }
            open.unwrap_or(Cell::Unknown)
        })
    }
}

fn enum_name(ty: &Type) -> &str {
    match ty {
        Type::Enum(name) => name.as_str(),
        _ => "",
    }
}

fn known(value: &Const) -> Option<Known> {
    known_value(&from_const(value))
}

fn known_value(value: &Value) -> Option<Known> {
    Some(match value {
        Value::String(text) => Known::Text(text.clone()),
        Value::Bool(truth) => Known::Cell(Cell::Bool(*truth)),
        Value::Int(number) => Known::Cell(Cell::Int(*number)),
        Value::Uint(number) => Known::Cell(Cell::Uint(*number)),
        Value::Double(number) => Known::Cell(Cell::Double(*number)),
        Value::Duration(micros) => Known::Cell(Cell::Span(*micros)),
        Value::Timestamp(at) => Known::Cell(Cell::Time(*at)),
        Value::Enum(_, at) => Known::Cell(Cell::Enum(*at)),
        _ => return None,
    })
}

const fn cell_of(truth: Truth) -> Cell {
    match truth {
        Truth::Yes => Cell::Bool(true),
        Truth::No => Cell::Bool(false),
        Truth::Perhaps => Cell::Unknown,
    }
}

/// Reads a field of the fact that a cell refers to.
fn read(frame: &Frame<'_>, base: Cell, ty: TypeId, field: FieldId) -> Cell {
    match base {
        Cell::Fact(row) => frame.field(ty, row, field),
        // Through an absent reference everything is absent.
        Cell::Absent => Cell::Absent,
        _ => Cell::Unknown,
    }
}

/// Kleene's connectives; `decisive` is the truth that one operand alone gives to the whole.
fn connect(parts: &[Test], frame: &mut Frame<'_>, decisive: Truth) -> Truth {
    let mut out = decisive.not();
    for part in parts {
        let truth = part(frame);
        if truth == decisive {
            return decisive;
        }
        if truth == Truth::Perhaps {
            out = Truth::Perhaps;
        }
    }
    out
}

fn count(tests: &[Test], frame: &mut Frame<'_>) -> Option<i64> {
    let mut out: i64 = 0;
    for test in tests {
        match test(frame) {
            Truth::Yes => out = out.saturating_add(1),
            Truth::No => {}
            Truth::Perhaps => return None,
        }
    }
    Some(out)
}
