//! Every diagnostic code: number, name and page, once. A code is never reused.
//!
//! The page of TP0301 is `codes/TP0301.md`: what the code means, why it is an error and what to do in
//! one paragraph; then, where one is short enough, a file that causes it and the same without it.
//! `tracee explain TP0301` and docs/diagnostics.md show it.
//!
//! - TP00nn the text as a whole
//! - TP01nn syntax
//! - TP02nn names and declarations
//! - TP03nn types and values
//! - TP04nn policies and rules
//! - TP05nn the schema's declarations and techniques of ATT&CK
//! - TP06nn tests
//! - TP07nn OPA signatures
//! - TP20nn warnings about declarations
//! - TP21nn warnings about what the compiler made of a policy
//! - TP22nn warnings about what a policy means
//! - TP23nn warnings about tests
//! - TP24nn warnings about OPA signatures
#![expect(
    clippy::zero_prefixed_literal,
    reason = "a code has four digits, here as everywhere"
)]

use crate::diagnostics::{Code, Severity};

/// What is known of a code.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// The code.
    pub code: Code,
    /// A short name, in the form of a Rust constant.
    pub name: &'static str,
    /// Markdown: a paragraph that explains it and, where there is one, an example.
    pub page: &'static str,
}

impl Info {
    /// The name in words: `not a condition`.
    pub fn title(&self) -> String {
        self.name.to_lowercase().replace('_', " ")
    }

    /// The anchor of its heading in docs/diagnostics.md.
    pub fn anchor(&self) -> String {
        let heading = format!("{} {}", self.code, self.title());
        heading.to_lowercase().replace(' ', "-")
    }

    /// The page without its example.
    pub fn summary(&self) -> &'static str {
        let end = self.page.find("```").unwrap_or(self.page.len());
        self.page[..end].trim_end()
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        if self.code.0 < 2000 {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// The file that causes it and the one that does not, if the page has them.
    pub fn example(&self) -> Option<(&'static str, &'static str)> {
        let block = |opening: &str| {
            let (_, block) = self.page.split_once(opening)?;
            block.split_once("```").map(|(text, _)| text)
        };
        Some((block("```tp wrong\n")?, block("```tp right\n")?))
    }
}

macro_rules! codes {
    ($($name:ident = $number:literal;)*) => {
        $(
            #[doc = include_str!(concat!("codes/TP", stringify!($number), ".md"))]
            pub const $name: Code = Code($number);
        )*

        /// All codes in order.
        pub const ALL: &[Info] = &[
            $(Info {
                code: $name,
                name: stringify!($name),
                page: include_str!(concat!("codes/TP", stringify!($number), ".md")),
            },)*
        ];
    };
}

codes! {
    FILE_TOO_LARGE = 0001;
    NESTED_TOO_DEEPLY = 0002;
    UNBALANCED = 0003;
    CONDITION_TOO_LARGE = 0004;
    LIST_TOO_LARGE = 0005;
    FORMAT_DIFFERS = 0006;
    NOT_UTF8 = 0007;
    INVISIBLE_CHARACTER = 0008;
    BIDI_CONTROL = 0009;
    LOOKALIKE = 0010;
    NOT_ASCII = 0011;
    UNREADABLE = 0012;
    TOO_MANY_MISTAKES = 0013;

    SYNTAX = 0101;
    MISSING_SEMICOLON = 0102;
    UNKNOWN_CLAUSE = 0103;
    MISPLACED_CLAUSE = 0104;
    NOT_YET = 0105;
    WRONG_WORD = 0106;
    BAD_STRING = 0107;
    BAD_NUMBER = 0108;
    RESERVED_WORD = 0109;
    BAD_ALLOW = 0110;

    UNKNOWN_EVENT = 0201;
    UNKNOWN_NAME = 0202;
    UNKNOWN_FIELD = 0203;
    UNKNOWN_CONSTANT = 0204;
    UNKNOWN_FUNCTION = 0205;
    DUPLICATE_NAME = 0206;
    NAME_CLASH = 0207;
    LET_CYCLE = 0208;
    ARGUMENT_TYPES_DIFFER = 0209;
    SCOPE_USES_EVENT = 0210;
    UNREADABLE_IMPORT = 0211;
    IMPORT_CYCLE = 0212;
    UNKNOWN_IMPORT = 0213;
    NOT_IMPORTED = 0214;
    NO_SUCH_RULE = 0215;
    UNKNOWN_POLICY = 0216;
    NOT_A_RULE = 0217;
    USES_NOTHING = 0218;
    EXCEPTION_WITHOUT_REASON = 0219;
    EXCEPTION_WITHOUT_CONDITION = 0220;
    EXCEPTION_WITHOUT_RULE = 0221;
    EXCEPTION_IN_RULE = 0222;
    RULE_NOT_IN_POLICY = 0223;
    UNTYPED_PARAMETER = 0226;

    NOT_A_CONDITION = 0301;
    NOT_A_VALUE = 0302;
    TYPE_MISMATCH = 0303;
    OUT_OF_RANGE = 0304;
    WRONG_OPERATOR = 0305;
    ONLY_LITERALS = 0306;
    EMPTY_LIST = 0307;
    EMPTY_RANGE = 0308;
    NEVER_MATCHES = 0309;
    NO_BITS = 0310;
    NEVER_TRUNCATED = 0311;
    WRONG_ARGUMENTS = 0312;
    NO_RETVAL = 0313;
    BAD_DIRECTORY = 0314;
    BAD_GLOB = 0315;
    BAD_REGEX = 0316;
    PATTERN_TOO_LARGE = 0317;
    LITERAL_CALL = 0318;
    WRONG_ARGUMENT_TYPE = 0319;
    CALLS_NESTED_TOO_DEEPLY = 0320;
    BAD_ADDRESS = 0323;
    HOST_BITS = 0324;
    MIXED_FAMILIES = 0325;

    DUPLICATE_CLAUSE = 0401;
    UNKNOWN_SEVERITY = 0402;
    BAD_ATTACK_ID = 0403;
    NO_EVENT = 0404;
    BAD_MESSAGE = 0405;
    UNKNOWN_MODE = 0412;
    UNKNOWN_ACTION = 0413;

    UNKNOWN_TYPE = 0501;
    BAD_REPR = 0502;
    DUPLICATE_DECLARATION = 0503;
    BAD_CONSTANT = 0504;
    BAD_EVENT = 0505;
    BAD_HOOK = 0506;
    SCHEMA_IN_POLICY = 0507;
    UNREADABLE_ARGUMENT = 0508;
    UNKNOWN_TECHNIQUE = 0509;
    NOT_A_TECHNIQUE = 0510;

    TEST_FOR_NOTHING = 0601;
    NO_GIVEN = 0602;
    NO_EXPECTATION = 0603;
    UNKNOWN_RULE = 0604;
    GIVEN_TWICE = 0605;
    WRONG_SHAPE = 0606;
    NEVER_ABSENT = 0607;
    IMPOSSIBLE_VALUE = 0608;
    FLAGS_EXCLUDE_EACH_OTHER = 0609;
    CONTRADICTING_EXPECTATIONS = 0610;
    ACTION_OF_NO_MATCH = 0611;
    EXPECTATION_FAILED = 0615;
    KERNEL_WOULD_DROP = 0616;
    ENGINES_DISAGREE = 0617;
    UNREADABLE_EVENTS = 0618;

    BAD_REGO = 0701;
    BAD_SIGNATURE = 0702;
    DUPLICATE_SIGNATURE = 0703;

    UNUSED_LIST = 2001;
    UNUSED_LET = 2002;
    DUPLICATE_ELEMENT = 2003;
    EMPTY_POLICY = 2004;
    UNUSED_ALLOW = 2005;
    REVOKED_TECHNIQUE = 2006;
    DEPRECATED_TECHNIQUE = 2007;
    DUPLICATE_TECHNIQUE = 2008;
    UNUSED_IMPORT = 2009;
    IMPORTED_TWICE = 2010;
    IMPORTED_POLICY = 2011;
    USED_TWICE = 2012;
    UNUSED_RULE = 2013;
    EXPIRED_EXCEPTION = 2014;
    EXCEPTION_HIDES_ALL = 2015;
    EXCEPTION_HIDES_NOTHING = 2016;
    DUPLICATE_EXCEPTION = 2017;

    NO_ROOM_IN_KERNEL = 2101;
    INTERPRETED = 2102;

    NEVER_HOLDS = 2201;
    ALWAYS_HOLDS = 2202;
    ONLY_WHEN_ABSENT = 2203;
    ADDS_NOTHING = 2204;
    NEVER_IN_SCOPE = 2205;
    DUPLICATE_RULE = 2206;
    PREFIX_WITHOUT_SLASH = 2207;
    UNFILTERED = 2208;
    NOT_A_FULL_PATH = 2209;
    CHEAPER_OPERATOR = 2210;
    IDLE_DOT_STAR = 2211;
    RELATIVE_GLOB = 2212;
    STAR_IS_LITERAL = 2213;
    NEVER_GIVEN = 2214;
    CALL_ADDS_NOTHING = 2215;
    ONE_NANOSECOND = 2216;
    COMM_AS_IDENTITY = 2220;

    EXPECTATION_WITHOUT_EVENT = 2301;
    DUPLICATE_TITLE = 2302;

    UNKNOWN_SELECTED_EVENT = 2401;
    SKIPPED_SIGNATURE = 2402;
}

/// What is known of a code, if it is registered.
pub fn info(code: Code) -> Option<&'static Info> {
    ALL.iter().find(|info| info.code == code)
}
