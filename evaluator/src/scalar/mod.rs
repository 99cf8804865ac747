//! Operators and functions of known values, as cel-spec has them: `None` where CEL has an error.
//!
//! Nothing here knows of facts, gaps or policies. Times, optionals and maps made of pairs are
//! [`crate::judge`]'s.

mod arith;
mod convert;
mod format;
mod math;
mod sum;
mod text;

use std::cmp::Ordering;

use assize_lang::plan::{Builtin, CompareOp};

pub(crate) use arith::{arith, neg};
pub(crate) use sum::{sum, zero};

use crate::value::{Numbers, Value};

/// `a op b`; `None` where they have no such comparison.
pub(crate) fn compare(numbers: Numbers, op: CompareOp, a: &Value, b: &Value) -> Option<bool> {
    let order = || a.order_by(numbers, b);
    match op {
        CompareOp::Eq => Some(a.equals_by(numbers, b)),
        CompareOp::Ne => Some(!a.equals_by(numbers, b)),
        CompareOp::Lt => order().map(Ordering::is_lt),
        CompareOp::Le => order().map(Ordering::is_le),
        CompareOp::Gt => order().map(Ordering::is_gt),
        CompareOp::Ge => order().map(Ordering::is_ge),
    }
}

/// A function of the library; `None` also of those that are not about scalars alone.
pub(crate) fn call(numbers: Numbers, function: Builtin, arguments: &[&Value]) -> Option<Value> {
    use Builtin as B;
    match function {
        B::Size => size(arguments),
        B::Contains
        | B::StartsWith
        | B::EndsWith
        | B::LowerAscii
        | B::UpperAscii
        | B::Trim
        | B::Split
        | B::Join
        | B::Replace
        | B::Substring
        | B::CharAt
        | B::IndexOf
        | B::LastIndexOf
        | B::Quote => text::call(function, arguments),
        B::Format => format::call(arguments),
        B::ToInt | B::ToUint | B::ToDouble | B::ToString | B::ToBytes | B::ToBool => {
            convert::call(function, arguments)
        }
        B::Greatest => math::extreme(numbers, arguments, Ordering::Greater),
        B::Least => math::extreme(numbers, arguments, Ordering::Less),
        B::Ceil
        | B::Floor
        | B::Round
        | B::Trunc
        | B::Sqrt
        | B::Abs
        | B::Sign
        | B::IsNan
        | B::IsInf
        | B::IsFinite
        | B::BitAnd
        | B::BitOr
        | B::BitXor
        | B::BitNot
        | B::BitShiftLeft
        | B::BitShiftRight => math::call(function, arguments),
        B::Matches
        | B::Glob
        | B::GetFullYear
        | B::GetMonth
        | B::GetDate
        | B::GetDayOfMonth
        | B::GetDayOfWeek
        | B::GetDayOfYear
        | B::GetHours
        | B::GetMinutes
        | B::GetSeconds
        | B::GetMilliseconds
        | B::ToTimestamp
        | B::ToDuration
        | B::ToDyn
        | B::Entries
        | B::FromEntries
        | B::Merge
        | B::TypeOf
        | B::OptionalOf
        | B::OptionalOfNonZero
        | B::OptionalNone
        | B::HasValue
        | B::OptionalValue
        | B::OptionalSelect
        | B::Present
        | B::Base64Encode
        | B::Base64Decode => None,
    }
}

/// `size()`: of a text, its code points.
fn size(arguments: &[&Value]) -> Option<Value> {
    let size = match arguments {
        [Value::String(text)] => text.chars().count(),
        [Value::Bytes(bytes)] => bytes.len(),
        [Value::List(items)] => items.len(),
        [Value::Map(entries)] => entries.len(),
        _ => return None,
    };
    Some(Value::Int(i64::try_from(size).ok()?))
}
