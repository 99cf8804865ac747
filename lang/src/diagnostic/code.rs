//! The codes: one line each, from which `assize doc`, hovers and the tests of their pages are made.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Severity;

macro_rules! codes {
    ($($name:ident $code:literal $severity:ident $summary:literal;)*) => {
        /// A kind of diagnostic, with the stable code that names it everywhere.
        ///
        /// `E01..` syntax, `E02..` names, `E03..` types, `E04..` evidence and decision tables,
        /// `E05..` time, `E06..` bindings and cost; `W…` the same rooms, as warnings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code with this name, such as `E0201`.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|code| code.as_str() == name).copied()
            }

            /// The stable code, such as `E0201`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// One line on what it says.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary,)* }
            }

            /// The page: what it says, a text that has it, one that has not, and why; Markdown.
            ///
            /// The one text behind `assize doc CODE`, hovers and the website.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("../../docs/codes/", $code, ".md")),)* }
            }

            /// How much a diagnostic of this code matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    Syntax               "E0101" Error "the text does not follow the grammar";
    MissingBrace         "E0102" Error "a brace, bracket or parenthesis is not closed";
    UnknownItem          "E0103" Error "a line starts no known item";
    NearMiss             "E0104" Error "another language's spelling of something that Assize has";
    BadLiteral           "E0105" Error "a literal that has no value";
    MissingBecause       "E0106" Error "an arm decides something and does not say why";
    DuplicateClause      "E0107" Error "a clause stands twice";
    TooLarge             "E0108" Error "a text, a literal or a nesting is over its limit";
    MissingPackage       "E0109" Error "a file does not say which package it belongs to";

    UnknownName          "E0201" Error "a name that nothing declares";
    UnknownField         "E0202" Error "a field that the type does not have";
    UnknownType          "E0203" Error "a type that nothing declares";
    UnknownControl       "E0204" Error "a control id that no catalog lists";
    UnknownFunction      "E0205" Error "a function or method that does not exist";
    UnknownMember        "E0206" Error "a member that the enum does not have";
    UnknownSignal        "E0207" Error "a signal that nothing declares";
    UnknownPackage       "E0208" Error "a package or a name in it that `use` cannot find";
    Duplicate            "E0209" Error "a name is declared twice";
    Ambiguous            "E0210" Error "a name that two packages offer";
    Shadowed             "E0211" Error "a local name hides something that the policy needs";
    BadName              "E0212" Error "a name that may not be used here";
    RecursiveFn          "E0213" Error "a function that calls itself";
    AliasControl         "W0214" Warning "a control named by an alias of its official id";

    TypeMismatch         "E0301" Error "a value of one type where another is needed";
    NoOverload           "E0302" Error "an operator or function that does not take these types";
    MaybeAbsent          "E0303" Error "a value that may be absent is ordered or computed with";
    WrongArguments       "E0304" Error "too few or too many arguments";
    NotConstant          "E0305" Error "something else where a constant is needed";
    OutOfBounds          "E0306" Error "a constant outside its bounds";
    UnorderedEnum        "E0307" Error "an enum without an order is compared by order";
    SensitiveFlow        "E0308" Error "a sensitive value would leave the engine";
    BadRegex             "E0309" Error "a regular expression that RE2 does not accept";
    LooksLikeDate        "W0310" Warning "an expression that looks like a date and is arithmetic";

    UnhandledUnknown     "E0401" Error "a policy can revoke or block and does not say what to do when it cannot tell";
    BadUnknownArm        "E0402" Error "an `unknown` arm does more than a gap allows";
    UnreachableArm       "E0403" Error "an arm that can never decide";
    TableGap             "E0404" Error "a table has no row for a combination";
    TableOverlap         "E0405" Error "two rows of a table disagree";
    UndeclaredCoverage   "E0406" Error "a type does not say what makes its absence knowable";
    BadWaiver            "E0412" Error "an exception without a scope, an end, a reason or an owner";
    BadEnvelope          "E0413" Error "a limit on carrying out that limits nothing";
    BadOutcome           "E0407" Error "an outcome on something that it cannot act on";
    OpenIndex            "E0408" Error "an index into a list that may have further members";
    CutWindow            "W0409" Warning "a revoke rests on an absence that a short life explains as well";
    VacuousAll           "W0410" Warning "a revoke or block rests on `all` over a list that may be empty";
    DeadWaiver           "W0414" Warning "a waiver that can never mark a decision";
    WeakerUnknown        "W0411" Warning "an `unknown` arm stands above a stronger arm";
    DecidesNothing       "W0417" Warning "a policy that can never decide anything";
    AbsenceInWhere       "W0418" Warning "a `where` that waits for an absence, of which no arm speaks where it cannot be told";
    UnsettledAbsence     "E0415" Error "an absence that nothing can ever show";

    TemporalFragment     "E0501" Error "`now` stands where no flip can be computed";
    ShortWindow          "W0502" Warning "a window against `now` that is shorter than the signal's lag";
    UnboundedEvent       "W0503" Warning "an event is judged for ever";

    MissingJoin          "E0601" Error "a binding that nothing joins to the others";
    UntiedHead           "E0605" Error "a column of a relation that a case leaves free";
    NegativeRecursion    "E0606" Error "a relation that leans on its own absence";
    OverBudget           "E0607" Error "a case ranges over more than the budget allows";
    UnusedParam          "W0602" Warning "a parameter that nothing reads";
    UnusedLet            "W0603" Warning "a `let` that nothing reads";
    UnusedBinding        "W0604" Warning "a binding that nothing reads";
    UnusedItem           "W0608" Warning "an item that nothing uses";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
