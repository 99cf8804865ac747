//! Known values.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::Name;

use super::Fine;

/// How a double compares with an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// On one number line.
    Exact,
    /// By way of the double nearest to the integer, as cel-spec's cases have it: in lone expressions.
    Doubles,
}

/// A known value. [`Value::Null`] stands only inside lists and maps; elsewhere absence is a state of its
/// own.
///
/// The order is total: numbers compare as on one number line whatever their types, other types follow
/// one another. It is CEL's order wherever CEL has one.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is the language's type of the same name")]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    /// Microseconds.
    Duration(i64),
    /// Microseconds since 1970.
    Timestamp(i64),
    /// A duration that is no whole number of microseconds. In lone expressions only.
    FineDuration(Fine),
    /// A timestamp that is no whole number of microseconds. In lone expressions only.
    FineTimestamp(Fine),
    /// The enum's qualified name and the member's index.
    Enum(Name, u8),
    /// A reference: the qualified type and the key.
    Fact(Name, Arc<str>),
    List(Arc<[Value]>),
    Map(Arc<BTreeMap<Value, Value>>),
    /// CEL's optional: what it holds, if anything. In lone expressions only.
    Optional(Option<Arc<Value>>),
    /// A type as a value, by CEL's name. In lone expressions only.
    Type(Name),
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::String(Arc::from(text.as_ref()))
    }

    /// The number, where it is one.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Uint(_) | Self::Double(_))
    }

    /// Equality as CEL has it: numbers across types, NaN equal to nothing.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.equals_by(Numbers::Exact, other)
    }

    /// The same, with numbers compared so. Keys of maps are exact either way.
    #[must_use]
    pub fn equals_by(&self, numbers: Numbers, other: &Self) -> bool {
        match (self, other) {
            (Self::Double(a), _) if a.is_nan() => false,
            (_, Self::Double(b)) if b.is_nan() => false,
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals_by(numbers, b))
            }
            (Self::Map(a), Self::Map(b)) => {
                let held = |key, a: &Self| b.get(key).is_some_and(|b| a.equals_by(numbers, b));
                a.len() == b.len() && a.iter().all(|(key, a)| held(key, a))
            }
            (Self::Optional(Some(a)), Self::Optional(Some(b))) => a.equals_by(numbers, b),
            _ => {
                let near = if numbers == Numbers::Doubles { near_order(self, other) } else { None };
                near.unwrap_or_else(|| self.cmp(other)) == Ordering::Equal
            }
        }
    }

    /// The order as CEL has it, where the two values have one.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Double(a), _) if a.is_nan() => None,
            (_, Self::Double(b)) if b.is_nan() => None,
            (Self::Enum(a, _), Self::Enum(b, _)) if a != b => None,
            (Self::Null | Self::List(_) | Self::Map(_) | Self::Fact(..), _) => None,
            (Self::Optional(_) | Self::Type(_), _) => None,
            _ if self.is_number() && other.is_number() => Some(self.cmp(other)),
            _ if self.rank() == other.rank() => Some(self.cmp(other)),
            _ => None,
        }
    }

    /// The same, with numbers compared so.
    #[must_use]
    pub fn order_by(&self, numbers: Numbers, other: &Self) -> Option<Ordering> {
        let near = if numbers == Numbers::Doubles { near_order(self, other) } else { None };
        near.or_else(|| self.order(other))
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) | Self::Uint(_) | Self::Double(_) => 2,
            Self::String(_) => 3,
            Self::Bytes(_) => 4,
            Self::Duration(_) | Self::FineDuration(_) => 5,
            Self::Timestamp(_) | Self::FineTimestamp(_) => 6,
            Self::Enum(..) => 7,
            Self::Fact(..) => 8,
            Self::List(_) => 9,
            Self::Map(_) => 10,
            Self::Optional(_) => 11,
            Self::Type(_) => 12,
        }
    }
}

/// The order of two numbers on one number line, exactly; `None` where either is no number. NaN comes
/// last.
#[must_use]
pub fn number_order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::Double(a), Value::Double(b)) => double_order(*a, *b),
        (Value::Double(a), b) => integer_double_order(integer(b)?, *a).reverse(),
        (a, Value::Double(b)) => integer_double_order(integer(a)?, *b),
        (a, b) => integer(a)?.cmp(&integer(b)?),
    })
}

/// The order of an integer and a double, by way of the double nearest to the integer; `None` of anything else,
/// and of NaN.
fn near_order(a: &Value, b: &Value) -> Option<Ordering> {
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
    match (a, b) {
        (Value::Double(a), Value::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Value::Double(a), Value::Uint(b)) => a.partial_cmp(&(*b as f64)),
        (Value::Int(a), Value::Double(b)) => (*a as f64).partial_cmp(b),
        (Value::Uint(a), Value::Double(b)) => (*a as f64).partial_cmp(b),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(a) => Some(i128::from(*a)),
        Value::Uint(a) => Some(i128::from(*a)),
        _ => None,
    }
}

fn double_order(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        // -0.0 is 0.0.
        (false, false) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
    }
}

/// Compares an integer of at most 64 bits with a double.
fn integer_double_order(a: i128, b: f64) -> Ordering {
    if b.is_nan() {
        return Ordering::Less;
    }
    // Both ends are beyond every 64-bit integer, so the cast of what is left is exact.
    if b >= 2f64.powi(64) {
        return Ordering::Less;
    }
    if b <= -(2f64.powi(64)) {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the bounds above keep it inside 65 bits")]
    let whole = b.trunc() as i128;
    a.cmp(&whole).then_with(|| {
        let fraction = b - b.trunc();
        if fraction > 0.0 {
            Ordering::Less
        } else if fraction < 0.0 {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    })
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        if let Some(order) = number_order(self, other) {
            return order;
        }
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Duration(a), Self::Duration(b)) | (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Enum(x, a), Self::Enum(y, b)) => x.cmp(y).then(a.cmp(b)),
            (Self::Fact(x, a), Self::Fact(y, b)) => x.cmp(y).then_with(|| a.cmp(b)),
            (Self::List(a), Self::List(b)) => a.cmp(b),
            (Self::Map(a), Self::Map(b)) => a.cmp(b),
            (Self::Optional(a), Self::Optional(b)) => a.cmp(b),
            (Self::Type(a), Self::Type(b)) => a.cmp(b),
            (Self::FineDuration(_) | Self::FineTimestamp(_), _)
            | (_, Self::FineDuration(_) | Self::FineTimestamp(_))
                if self.rank() == other.rank() =>
            {
                self.nanos().cmp(&other.nanos())
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_on_one_line() {
        let cases = [
            (Value::Int(1), Value::Uint(1), Ordering::Equal),
            (Value::Int(-1), Value::Uint(u64::MAX), Ordering::Less),
            (Value::Int(1), Value::Double(1.5), Ordering::Less),
            (Value::Int(-1), Value::Double(-1.5), Ordering::Greater),
            (Value::Int(i64::MAX), Value::Double(2f64.powi(63)), Ordering::Less),
            (Value::Double(-0.0), Value::Double(0.0), Ordering::Equal),
            (Value::Uint(u64::MAX), Value::Double(2f64.powi(64)), Ordering::Less),
        ];
        for (a, b, order) in cases {
            assert_eq!(a.order(&b), Some(order), "{a:?} {b:?}");
            assert_eq!(b.order(&a), Some(order.reverse()), "{b:?} {a:?}");
        }
    }

    #[test]
    fn by_way_of_doubles_the_nearest_double_is_equal() {
        let (int, double) = (Value::Int(i64::MAX), Value::Double(2f64.powi(63)));
        assert!(!int.equals(&double) && int.equals_by(Numbers::Doubles, &double));
        assert_eq!(double.order_by(Numbers::Doubles, &int), Some(Ordering::Equal));
        let (ints, doubles) = (Value::List([int.clone()].into()), Value::List([double].into()));
        assert!(!ints.equals(&doubles) && ints.equals_by(Numbers::Doubles, &doubles));
        let (small, uint) = (Value::Int(-1), Value::Uint(u64::MAX));
        assert_eq!(small.order_by(Numbers::Doubles, &uint), Some(Ordering::Less));
        let nan = Value::Double(f64::NAN);
        assert!(!nan.equals_by(Numbers::Doubles, &int) && !int.equals_by(Numbers::Doubles, &nan));
        assert_eq!(nan.order_by(Numbers::Doubles, &int), None);
    }

    #[test]
    fn nan_equals_nothing_and_has_no_order() {
        let nan = Value::Double(f64::NAN);
        assert!(!nan.equals(&nan));
        assert_eq!(nan.order(&Value::Int(1)), None);
        assert_eq!(Value::text("a").order(&Value::Int(1)), None);
    }
}
