//! Steps, carried out for many heads.
#![expect(
    clippy::indexing_slicing,
    reason = "a step looks at what steps before it came to, which is as long as there are heads"
)]

use std::collections::HashMap;
use std::rc::Rc;

use assize_lang::plan::{ArithOp, Builtin, CompareOp};

use super::compile::{Code, Operand, Shape, Step, Texts};
use crate::engine::plain::{arith, holds};
use crate::world::{Cell, FieldId, Reader, Row, Sym, TypeId, World};

/// Values of one field of all facts of a type, by row.
#[derive(Debug)]
struct Flat {
    values: Vec<i64>,
    /// Whether they are not known, or not there; nothing where all are.
    odd: Option<Vec<bool>>,
}

/// Fields of facts that are referred to, read once for all.
#[derive(Debug, Default)]
pub(super) struct Flats(HashMap<(TypeId, FieldId), Rc<Flat>>);

/// Code, made ready for a state of the facts.
#[derive(Debug)]
pub(super) struct Bench<'a> {
    world: &'a World,
    code: &'a Code,
    reads: Vec<Option<Read<'a>>>,
    /// By step, what is known of texts by number: 0 is nothing.
    memos: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum Read<'a> {
    /// Of the heads, or whatever there are more of than heads.
    Each(Box<Reader<'a>>),
    All(Rc<Flat>),
}

/// What steps came to.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    of: Vec<Vec<i64>>,
    /// By head, whether something was not known, not there, or too big.
    pub(super) odd: Vec<bool>,
    /// Room for heads that meet a condition.
    pub(super) met: Vec<Row>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(world: &'a World, code: &'a Code, heads: u32, flats: &mut Flats) -> Self {
        let read = |step: &Step| {
            let Step::Read(from, ty, field) = *step else { return None };
            let reader = world.reader(ty, field);
            if matches!(code.steps[from], Step::Heads) || world.rows(ty) > heads {
                return Some(Read::Each(Box::new(reader)));
            }
            let flat = flats.0.entry((ty, field)).or_insert_with(|| {
                let (values, odd) = reader.all();
                let any = odd.iter().any(|odd| *odd);
                Rc::new(Flat { values, odd: any.then_some(odd) })
            });
            Some(Read::All(Rc::clone(flat)))
        };
        let reads = code.steps.iter().map(read).collect();
        let texts = usize::try_from(world.texts()).unwrap_or(0);
        let memo = |step: &Step| if matches!(step, Step::Text(..)) { vec![0; texts] } else { Vec::new() };
        Self { world, code, reads, memos: code.steps.iter().map(memo).collect() }
    }

    /// Does all steps for these heads, which are in order.
    pub(super) fn run(&mut self, heads: &[Row], lanes: &mut Lanes) {
        lanes.odd.clear();
        lanes.odd.resize(heads.len(), false);
        if lanes.of.len() < self.code.steps.len() {
            lanes.of.resize_with(self.code.steps.len(), Vec::new);
        }
        for (at, step) in self.code.steps.iter().enumerate() {
            let mut out = std::mem::take(&mut lanes.of[at]);
            out.clear();
            self.step((at, step), heads, lanes, &mut out);
            lanes.of[at] = out;
        }
    }

    fn step(&mut self, (at, step): (usize, &Step), heads: &[Row], lanes: &mut Lanes, out: &mut Vec<i64>) {
        let Lanes { of, odd, .. } = lanes;
        let count = heads.len();
        match step {
            Step::Heads => out.extend(heads.iter().map(|row| i64::from(row.0))),
            Step::Read(from, ..) => match &self.reads[at] {
                Some(Read::All(flat)) => {
                    let place = |row: &i64| usize::try_from(*row).unwrap_or(usize::MAX);
                    out.extend(of[*from].iter().map(|row| flat.values.get(place(row)).copied().unwrap_or(0)));
                    if let Some(known) = &flat.odd {
                        for (row, odd) in of[*from].iter().zip(odd) {
                            *odd |= known.get(place(row)).copied().unwrap_or(true);
                        }
                    }
                }
                Some(Read::Each(reader)) => {
                    out.resize(count, 0);
                    let row = |row: i64| Row(u32::try_from(row).unwrap_or(u32::MAX));
                    reader.each(&of[*from], row, (out, odd));
                }
                None => {
                    out.resize(count, 0);
                    odd.fill(true);
                }
            },
            Step::Arith(op, Shape::Int, a, b) => {
                let two = (*a, *b);
                match op {
                    ArithOp::Add => may(of, two, out, odd, i64::checked_add),
                    ArithOp::Sub => may(of, two, out, odd, i64::checked_sub),
                    ArithOp::Mul => may(of, two, out, odd, i64::checked_mul),
                    ArithOp::Div => may(of, two, out, odd, i64::checked_div),
                    ArithOp::Rem => may(of, two, out, odd, i64::checked_rem),
                }
            }
            // The difference of two instants is a span; in what else there is, one of both is.
            Step::Arith(op, Shape::Span, a, b) => {
                may(of, (*a, *b), out, odd, |a, b| arith(*op, Cell::Time(a), Cell::Time(b)).number());
            }
            Step::Arith(op, _, a, b) => {
                may(of, (*a, *b), out, odd, |a, b| arith(*op, Cell::Time(a), Cell::Span(b)).number());
            }
            Step::Compare(op, Shape::Double, a, b) => may(of, (*a, *b), out, odd, |a, b| {
                let number = |bits: i64| f64::from_bits(bits.cast_unsigned());
                let order = number(a).partial_cmp(&number(b));
                order.map(|order| i64::from(holds(*op, order)))
            }),
            Step::Compare(op, Shape::Uint, a, b) => {
                is(of, (*a, *b), out, count, |a, b| holds(*op, a.cast_unsigned().cmp(&b.cast_unsigned())))
            }
            Step::Compare(op, _, a, b) => match op {
                CompareOp::Eq => is(of, (*a, *b), out, count, |a, b| a == b),
                CompareOp::Ne => is(of, (*a, *b), out, count, |a, b| a != b),
                CompareOp::Lt => is(of, (*a, *b), out, count, |a, b| a < b),
                CompareOp::Le => is(of, (*a, *b), out, count, |a, b| a <= b),
                CompareOp::Gt => is(of, (*a, *b), out, count, |a, b| a > b),
                CompareOp::Ge => is(of, (*a, *b), out, count, |a, b| a >= b),
            },
            Step::In(a, items) => is(of, (*a, SAME), out, count, |a, _| items.contains(&a)),
            Step::Text(a, texts) => {
                let (memo, world) = (&mut self.memos[at], self.world);
                is(of, (*a, SAME), out, count, |a, _| {
                    let sym = Sym(u32::try_from(a).unwrap_or(u32::MAX));
                    let say = || if said(texts, world.text(sym)) { YES } else { NO };
                    let Some(known) = memo.get_mut(sym.index()) else { return say() == YES };
                    if *known == 0 {
                        *known = say();
                    }
                    *known == YES
                });
            }
            Step::And(a, b) => is(of, (*a, *b), out, count, |a, b| a & b != 0),
            Step::Or(a, b) => is(of, (*a, *b), out, count, |a, b| a | b != 0),
            Step::Not(a) => is(of, (*a, SAME), out, count, |a, _| a == 0),
            Step::Select(condition, a, b) => {
                for lane in 0..count {
                    let at = if value(of, *condition, lane) == 1 { *a } else { *b };
                    out.push(value(of, at, lane));
                }
            }
        }
    }
}

impl Lanes {
    /// What every head came to.
    pub(super) fn values(&self, of: Operand, count: usize) -> impl Iterator<Item = i64> + '_ {
        (0..count).map(move |lane| value(&self.of, of, lane))
    }
}

fn value(of: &[Vec<i64>], operand: Operand, lane: usize) -> i64 {
    match operand {
        Operand::Step(at) => of[at][lane],
        Operand::Same(number) => number,
    }
}

/// What texts are known to come to.
const NO: u8 = 1;
const YES: u8 = 2;

/// The second of one.
const SAME: Operand = Operand::Same(0);

/// What comes of every two.
fn must(
    of: &[Vec<i64>],
    (a, b): (Operand, Operand),
    out: &mut Vec<i64>,
    count: usize,
    mut f: impl FnMut(i64, i64) -> i64,
) {
    match (a, b) {
        (Operand::Step(a), Operand::Step(b)) => {
            out.extend(of[a].iter().zip(&of[b]).map(|(a, b)| f(*a, *b)));
        }
        (Operand::Step(a), Operand::Same(b)) => out.extend(of[a].iter().map(|a| f(*a, b))),
        (Operand::Same(a), Operand::Step(b)) => out.extend(of[b].iter().map(|b| f(a, *b))),
        (Operand::Same(a), Operand::Same(b)) => out.extend((0..count).map(|_| f(a, b))),
    }
}

/// What is true or false of every two.
fn is(
    of: &[Vec<i64>],
    operands: (Operand, Operand),
    out: &mut Vec<i64>,
    count: usize,
    mut f: impl FnMut(i64, i64) -> bool,
) {
    must(of, operands, out, count, |a, b| i64::from(f(a, b)));
}

/// What comes of every two, if anything does.
fn may(
    of: &[Vec<i64>],
    operands: (Operand, Operand),
    out: &mut Vec<i64>,
    odd: &mut [bool],
    f: impl Fn(i64, i64) -> Option<i64>,
) {
    let (mut any, count) = (false, odd.len());
    must(of, operands, out, count, |a, b| {
        let value = f(a, b);
        any |= value.is_none();
        value.unwrap_or(0)
    });
    if any {
        for (lane, odd) in odd.iter_mut().enumerate() {
            *odd |= f(value(of, operands.0, lane), value(of, operands.1, lane)).is_none();
        }
    }
}

fn said(texts: &Texts, text: &str) -> bool {
    match texts {
        Texts::Compare(op, of) => holds(*op, text.cmp(of)),
        Texts::In(all) => all.iter().any(|one| **one == *text),
        Texts::Call(Builtin::StartsWith, of) => text.starts_with(&**of),
        Texts::Call(Builtin::EndsWith, of) => text.ends_with(&**of),
        Texts::Call(Builtin::Contains, of) => text.contains(&**of),
        Texts::Call(_, of) => crate::judge::glob(text, of),
    }
}

/// What a number stands for.
pub(in crate::engine) fn cell(shape: Shape, number: i64) -> Cell {
    let half = || u32::try_from(number).unwrap_or(u32::MAX);
    match shape {
        Shape::Bool => Cell::Bool(number != 0),
        Shape::Enum => Cell::Enum(u8::try_from(number).unwrap_or(u8::MAX)),
        Shape::Int => Cell::Int(number),
        Shape::Uint => Cell::Uint(number.cast_unsigned()),
        Shape::Double => Cell::Double(f64::from_bits(number.cast_unsigned())),
        Shape::Time => Cell::Time(number),
        Shape::Span => Cell::Span(number),
        Shape::Text => Cell::Text(Sym(half())),
        Shape::Fact(_) => Cell::Fact(Row(half())),
    }
}
