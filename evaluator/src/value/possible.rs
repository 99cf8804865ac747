//! Sets of possible values.

use assize_lang::plan::{Name, Schema, Type};

use super::{Causes, Missing, Value};

/// A finite domain: what a set of members is a set of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// `false` is bit 0, `true` bit 1.
    Bool,
    /// Member *i* is bit *i*.
    Enum(Name),
}

impl Domain {
    /// The domain of a type that has one.
    #[must_use]
    pub fn of(ty: &Type) -> Option<Self> {
        match ty {
            Type::Bool => Some(Self::Bool),
            Type::Enum(name) => Some(Self::Enum(name.clone())),
            Type::Sensitive(inner) => Self::of(inner),
            _ => None,
        }
    }

    /// The mask of all its values.
    #[must_use]
    pub fn full(&self, schema: &Schema) -> u64 {
        let count = match self {
            Self::Bool => 2,
            Self::Enum(name) => schema.enums.get(name).map_or(64, |found| found.members.len()),
        };
        if count >= 64 { u64::MAX } else { (1_u64 << count).wrapping_sub(1) }
    }

    /// The value of a bit.
    #[must_use]
    pub fn value(&self, bit: u8) -> Value {
        match self {
            Self::Bool => Value::Bool(bit != 0),
            Self::Enum(name) => Value::Enum(name.clone(), bit),
        }
    }
}

/// The values that something can have if it is there at all.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// None: it is not there.
    None,
    /// This one.
    One(Value),
    /// Two or more members of a finite domain, one bit each.
    Members(Domain, u64),
    /// Any value of the type between two ends; an open end is `None`.
    Range(Option<Value>, Option<Value>),
    /// Any value of the type.
    Any,
}

/// The set of possible values of an expression. Known means exactly one, absence included.
#[derive(Clone, Debug, PartialEq)]
pub struct Possible {
    /// The values.
    pub values: Values,
    /// Whether it can be absent.
    pub absent: bool,
    /// Why it is not known; empty where it is.
    pub causes: Causes,
}

impl Possible {
    /// The known value; `null` is absence.
    #[must_use]
    pub fn known(value: Value) -> Self {
        match value {
            Value::Null => Self::absent(),
            value => Self { values: Values::One(value), absent: false, causes: Causes::NONE },
        }
    }

    /// A known truth.
    #[must_use]
    pub fn bool(value: bool) -> Self {
        Self::known(Value::Bool(value))
    }

    /// Known to be absent.
    #[must_use]
    pub fn absent() -> Self {
        Self { values: Values::None, absent: true, causes: Causes::NONE }
    }

    /// Nothing is known but the type, and whether it may be absent.
    #[must_use]
    pub fn unknown(ty: &Type, optional: bool, schema: &Schema, causes: Causes) -> Self {
        match Domain::of(ty) {
            Some(domain) => {
                let mask = domain.full(schema);
                Self::members(domain, mask, optional, causes)
            }
            None => Self { values: Values::Any, absent: optional, causes },
        }
    }

    /// An unknown truth.
    #[must_use]
    pub fn maybe(causes: Causes) -> Self {
        Self { values: Values::Members(Domain::Bool, 0b11), absent: false, causes }
    }

    /// An unknown truth by an error in the computation.
    #[must_use]
    pub fn error_bool(detail: impl Into<String>) -> Self {
        Self::maybe(Causes::one(Missing::error(detail)))
    }

    /// A set of members; one member, or none, is known.
    #[must_use]
    pub fn members(domain: Domain, mask: u64, absent: bool, causes: Causes) -> Self {
        match (mask.count_ones(), absent) {
            (0, true) => Self::absent(),
            (1, false) => Self::known(domain.value(u8::try_from(mask.trailing_zeros()).unwrap_or(0))),
            (0, false) => Self { values: Values::Any, absent: false, causes },
            (1, true) => {
                let one = domain.value(u8::try_from(mask.trailing_zeros()).unwrap_or(0));
                Self { values: Values::One(one), absent, causes }
            }
            _ => Self { values: Values::Members(domain, mask), absent, causes },
        }
    }

    /// Whether exactly one value, or absence, is left.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        match self.values {
            Values::None => true,
            Values::One(_) => !self.absent,
            _ => false,
        }
    }

    /// Whether it is known to be absent.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self.values, Values::None)
    }

    /// The known value, where it is known and there.
    #[must_use]
    pub const fn value(&self) -> Option<&Value> {
        match (&self.values, self.absent) {
            (Values::One(value), false) => Some(value),
            _ => None,
        }
    }

    /// The known truth.
    #[must_use]
    pub const fn truth(&self) -> Option<bool> {
        match self.value() {
            Some(Value::Bool(truth)) => Some(*truth),
            _ => None,
        }
    }

    /// The possible members as a mask, for a value of a finite domain; `None` of another type.
    #[must_use]
    pub fn mask(&self) -> Option<u64> {
        match &self.values {
            Values::None => Some(0),
            Values::One(Value::Bool(truth)) => Some(if *truth { 0b10 } else { 0b01 }),
            Values::One(Value::Enum(_, at)) => 1_u64.checked_shl(u32::from(*at)),
            Values::Members(_, mask) => Some(*mask),
            _ => None,
        }
    }

    /// The ends between which a value must lie: `None` is open.
    #[must_use]
    pub fn ends(&self) -> (Option<&Value>, Option<&Value>) {
        match &self.values {
            Values::One(value) => (Some(value), Some(value)),
            Values::Range(low, high) => (low.as_ref(), high.as_ref()),
            _ => (None, None),
        }
    }

    /// The same set with further causes, where it is not known.
    #[must_use]
    pub fn because(mut self, causes: &Causes) -> Self {
        if !self.is_known() {
            self.causes = self.causes.and(causes);
        }
        self
    }

    /// Everything that either can be.
    #[must_use]
    pub fn union(&self, other: &Self, causes: &Causes) -> Self {
        if self.is_known() && other.is_known() && self.values == other.values {
            return self.clone();
        }
        let absent = self.absent || other.absent;
        let causes = Causes::all([causes.clone(), self.causes.clone(), other.causes.clone()]);
        let values = match (&self.values, &other.values) {
            (Values::None, same) | (same, Values::None) => same.clone(),
            (Values::One(a), Values::One(b)) if a == b => Values::One(a.clone()),
            (a, b) => match (domain_of(a), domain_of(b)) {
                (Some(domain), Some(same)) if domain == same => {
                    let mask = self.mask().unwrap_or(u64::MAX) | other.mask().unwrap_or(u64::MAX);
                    return Self::members(domain, mask, absent, causes);
                }
                _ => Values::Any,
            },
        };
        Self { values, absent, causes }
    }
}

fn domain_of(values: &Values) -> Option<Domain> {
    match values {
        Values::One(Value::Bool(_)) => Some(Domain::Bool),
        Values::One(Value::Enum(name, _)) => Some(Domain::Enum(name.clone())),
        Values::Members(domain, _) => Some(domain.clone()),
        _ => None,
    }
}
