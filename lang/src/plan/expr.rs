//! Typed expressions.

use serde::{Deserialize, Serialize};

use super::{Name, Type};
use crate::diagnostic::Span;

/// A local variable of a policy: a binding, a quantifier's variable, or an inlined argument. Unique in
/// its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(pub u32);

/// A typed expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Type,
    /// Whether the checker allows the value to be absent here.
    pub optional: bool,
    /// Its place in the text of its policy; for what was inlined, the place of the call.
    pub span: Span,
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Const {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A double; never NaN.
    Double(f64),
    /// A text.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Microseconds.
    Duration(i64),
    /// Microseconds since 1970, UTC.
    Timestamp(i64),
    /// A member of an enum: the enum's qualified name, the member's index.
    Enum(Name, u8),
    /// A list of constants.
    List(Vec<Const>),
    /// A type as a value, by CEL's name (`int`, `google.protobuf.Timestamp`); in lone expressions only.
    Type(Name),
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// The instant of evaluation. Stands only in messages, in the fields of a test's facts, in
    /// [`Bound::at`], and in the instant of [`ExprKind::Covered`]; a comparison with it is a
    /// [`ExprKind::NowCompare`].
    Now,
    /// A param, by qualified name: its default, or what the deployment set.
    Param(Name),
    /// A local variable.
    Var(Slot),
    /// The policy's `let` of this index.
    Let(u32),
    /// `value` named for `body`: an argument of an inlined `fn`.
    Bind {
        /// The name.
        slot: Slot,
        /// What it stands for.
        value: Box<Expr>,
        /// Where it stands for it.
        body: Box<Expr>,
    },

    /// A field of the fact that `base` refers to; the base's type is [`Type::Fact`].
    Field(Box<Expr>, Name),
    /// The list of facts that refer to the one `base` refers to; see [`super::Inverse`].
    Inverse(Box<Expr>, Name),
    /// All facts of a type, by qualified name.
    All(Name),
    /// A key of a map or of a `dyn` value: `base.name`.
    Select(Box<Expr>, Name),
    /// `base[index]`, of a map or a closed list.
    Index(Box<Expr>, Box<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<(Expr, Expr)>),

    /// `!e`
    Not(Box<Expr>),
    /// `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `a op b`, free of `now`.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `now op at`, with `at` a timestamp free of `now`: what every comparison with `now` is brought to.
    /// `u.at > now - 45d` is `now < u.at + 45d`.
    NowCompare(CompareOp, Box<Expr>),
    /// `a in b`, with `b` a list or a map.
    In(Box<Expr>, Box<Expr>),
    /// `-e`
    Neg(Box<Expr>),
    /// `a op b`
    Arith(ArithOp, Box<Expr>, Box<Expr>),
    /// A function of CEL's library, or `glob`: pure, over known values.
    Call(Builtin, Vec<Expr>),
    /// `has(path)`: whether the value is there.
    Has(Box<Expr>),

    /// `list.exists(x, body)` and its kin.
    Quantified {
        /// Which of them.
        quantifier: Quantifier,
        /// The list.
        list: Box<Expr>,
        /// The element's name.
        slot: Slot,
        /// The condition on the element.
        body: Box<Expr>,
        /// What the condition says about the element's time and scope.
        window: Window,
    },
    /// `list.filter(x, body)`
    Filter {
        /// The list.
        list: Box<Expr>,
        /// The element's name.
        slot: Slot,
        /// The condition on the element.
        body: Box<Expr>,
        /// What the condition says about the element's time and scope.
        window: Window,
    },
    /// `list.map(x, body)`; with three arguments a [`ExprKind::Filter`] below it.
    MapList {
        /// The list.
        list: Box<Expr>,
        /// The element's name.
        slot: Slot,
        /// What becomes of the element.
        body: Box<Expr>,
    },
    /// A function of a list as a whole.
    ListFn(ListFn, Box<Expr>),
    /// `list.peak(width, x, key)`: the most members (or distinct keys) whose `at` fit in one span of
    /// `width`.
    Peak {
        /// The list of events.
        list: Box<Expr>,
        /// The width of the span, a duration.
        width: Box<Expr>,
        /// What is counted once, of each element.
        key: Option<(Slot, Box<Expr>)>,
    },

    /// `e.orValue(d)`: `d` where `e` is absent.
    OrValue(Box<Expr>, Box<Expr>),
    /// `e.assume(d)`: `d` where `e` is unknown.
    Assume(Box<Expr>, Box<Expr>),
    /// `unknown(e)`
    Unknown(Box<Expr>),
    /// `known(e)`
    Known(Box<Expr>),
    /// `conflict(e)`
    Conflict(Box<Expr>),
    /// `covered(list, from)`: whether the list was watched from `from` up to the watermark.
    Covered(Box<Expr>, Box<Expr>),
    /// The more urgent (`true`: `worst`) or less urgent end of an ordered enum's possible values.
    End(Box<Expr>, bool),

    /// A function that the host declares, by its name in full: pure, over known values. In lone expressions only.
    Declared(Name, Vec<Expr>),
    /// Whether a relation, by qualified name, holds of the values of its columns.
    Related(Name, Vec<Expr>),
    /// A decision table applied to its columns' values.
    Table(Name, Vec<Expr>),
    /// `base.shift([up…], [down…], at most up, at most down)`: an ordered enum moved up by the number of
    /// true `up` less the number of true `down`, each capped, the result clamped once.
    Shift {
        /// The tier before the moves.
        base: Box<Expr>,
        /// Conditions that move it up.
        up: Vec<Expr>,
        /// Conditions that move it down.
        down: Vec<Expr>,
        /// At most so many up.
        max_up: u8,
        /// At most so many down.
        max_down: u8,
    },
}

/// The comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is the operator that its name says")]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl CompareOp {
    /// The operator with its sides exchanged: `a < b` is `b > a`.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }

    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

/// The arithmetic operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is the operator that its name says")]
pub enum ArithOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl ArithOp {
    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
        }
    }
}

/// Which quantifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is the macro that its name says")]
pub enum Quantifier {
    Exists,
    All,
    ExistsOne,
}

/// Functions of a list as a whole (`size` also of strings, bytes and maps, as a [`Builtin`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ListFn {
    /// `size()`
    Size,
    /// `sum()`
    Sum,
    /// `min()`; absent of a known empty list.
    Min,
    /// `max()`; absent of a known empty list.
    Max,
    /// `distinct()`
    Distinct,
    /// `latest()`: the last event by (`at`, key).
    Latest,
    /// `earliest()`
    Earliest,
}

/// What a condition on a list's element says about when and where the element was.
///
/// Where the list's type is covered by a signal, the list's silence about elements inside these bounds
/// is knowledge only as far as coverage reaches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Conjuncts that compare the element's `at` with something free of the element.
    pub bounds: Vec<Bound>,
    /// Conjuncts that fix a field path of the element: path, value.
    pub fixed: Vec<(Vec<Name>, Expr)>,
}

/// `element.at op at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// How the element's `at` compares (`Ne` does not occur).
    pub op: CompareOp,
    /// With which timestamp; may hold [`ExprKind::Now`].
    pub at: Expr,
}

macro_rules! builtins {
    ($($name:ident $cel:literal $receiver:literal $doc:literal;)*) => {
        /// Pure functions over known values; all but [`Builtin::Glob`] are CEL's or its libraries'.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Builtin {
            $(#[doc = $doc] $name,)*
        }

        impl Builtin {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The function's name in CEL.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $cel,)* }
            }

            /// Whether the first argument is written before the dot.
            #[must_use]
            pub const fn is_method(self) -> bool {
                match self { $(Self::$name => $receiver,)* }
            }
        }
    };
}

builtins! {
    Size "size" true "`s.size()` of a string (code points), bytes or map.";
    Contains "contains" true "`s.contains(t)`";
    StartsWith "startsWith" true "`s.startsWith(t)`";
    EndsWith "endsWith" true "`s.endsWith(t)`";
    Matches "matches" true "`s.matches(re)`, RE2 syntax, anywhere in the text.";
    Glob "glob" true "`s.glob(pattern)`: `*` any run of characters, `?` any one; the whole text.";
    LowerAscii "lowerAscii" true "`s.lowerAscii()`";
    UpperAscii "upperAscii" true "`s.upperAscii()`";
    Trim "trim" true "`s.trim()`";
    Split "split" true "`s.split(separator)`";
    Join "join" true "`list.join(separator)`";
    Replace "replace" true "`s.replace(from, to)`";
    Substring "substring" true "`s.substring(from)`, `s.substring(from, to)`";
    CharAt "charAt" true "`s.charAt(i)`";
    IndexOf "indexOf" true "`s.indexOf(t)`";
    LastIndexOf "lastIndexOf" true "`s.lastIndexOf(t)`";
    GetFullYear "getFullYear" true "`t.getFullYear()`, UTC";
    GetMonth "getMonth" true "`t.getMonth()`, from 0";
    GetDate "getDate" true "`t.getDate()`, from 1";
    GetDayOfMonth "getDayOfMonth" true "`t.getDayOfMonth()`, from 0";
    GetDayOfWeek "getDayOfWeek" true "`t.getDayOfWeek()`, Sunday is 0";
    GetDayOfYear "getDayOfYear" true "`t.getDayOfYear()`, from 0";
    GetHours "getHours" true "`t.getHours()`; of a duration, its whole hours";
    GetMinutes "getMinutes" true "`t.getMinutes()`; of a duration, its whole minutes";
    GetSeconds "getSeconds" true "`t.getSeconds()`; of a duration, its whole seconds";
    GetMilliseconds "getMilliseconds" true "`t.getMilliseconds()`";
    ToInt "int" false "`int(x)`";
    ToUint "uint" false "`uint(x)`";
    ToDouble "double" false "`double(x)`";
    ToString "string" false "`string(x)`";
    ToBytes "bytes" false "`bytes(x)`";
    ToBool "bool" false "`bool(x)`";
    ToTimestamp "timestamp" false "`timestamp(\"2026-06-01T00:00:00Z\")`";
    ToDuration "duration" false "`duration(\"3600s\")`";
    ToDyn "dyn" false "`dyn(x)`";
    Quote "strings.quote" false "`strings.quote(s)`, in lone expressions";
    Format "format" true "`s.format(list)`, in lone expressions";
    Greatest "math.@max" false "`math.greatest(a, b)`, in lone expressions";
    Least "math.@min" false "`math.least(a, b)`, in lone expressions";
    Ceil "math.ceil" false "`math.ceil(x)`, in lone expressions";
    Floor "math.floor" false "`math.floor(x)`, in lone expressions";
    Round "math.round" false "`math.round(x)`, in lone expressions";
    Trunc "math.trunc" false "`math.trunc(x)`, in lone expressions";
    Sqrt "math.sqrt" false "`math.sqrt(x)`, in lone expressions";
    Abs "math.abs" false "`math.abs(x)`, in lone expressions";
    Sign "math.sign" false "`math.sign(x)`, in lone expressions";
    IsNan "math.isNaN" false "`math.isNaN(x)`, in lone expressions";
    IsInf "math.isInf" false "`math.isInf(x)`, in lone expressions";
    IsFinite "math.isFinite" false "`math.isFinite(x)`, in lone expressions";
    BitAnd "math.bitAnd" false "`math.bitAnd(a, b)`, in lone expressions";
    BitOr "math.bitOr" false "`math.bitOr(a, b)`, in lone expressions";
    BitXor "math.bitXor" false "`math.bitXor(a, b)`, in lone expressions";
    BitNot "math.bitNot" false "`math.bitNot(x)`, in lone expressions";
    BitShiftLeft "math.bitShiftLeft" false "`math.bitShiftLeft(x, n)`, in lone expressions";
    BitShiftRight "math.bitShiftRight" false "`math.bitShiftRight(x, n)`, in lone expressions";
    Entries "@entries" false "The pairs of a list's indices and elements, or of a map's keys and values.";
    FromEntries "@map" false "The map of a list of pairs; a repeated key is an error.";
    Merge "@merge" false "The map of all entries of a list of maps; a repeated key is an error.";
    TypeOf "type" false "`type(x)`, in lone expressions";
    OptionalOf "optional.of" false "`optional.of(x)`, in lone expressions";
    OptionalOfNonZero "optional.ofNonZeroValue" false "`optional.ofNonZeroValue(x)`, in lone expressions";
    OptionalNone "optional.none" false "`optional.none()`, in lone expressions";
    HasValue "hasValue" true "`o.hasValue()` of an optional, in lone expressions";
    OptionalValue "value" true "`o.value()` of an optional, in lone expressions";
    OptionalSelect "@optional" false "`x.?name`, `x[?i]`: what a map, list or optional holds there, as an optional.";
    Present "@present" false "What the optionals of a list hold: of a list literal with entries `?o`.";
    Base64Encode "base64.encode" false "`base64.encode(b)`, in lone expressions";
    Base64Decode "base64.decode" false "`base64.decode(s)`, in lone expressions";
}
