//! Every diagnostic code: number, name and explanation, once. A code is never reused.
//!
//! Written here without leading zeros: 301 is TP0301.
//!
//! TP00nn the text as a whole · TP01nn syntax · TP02nn names and declarations · TP03nn types and
//! values · TP04nn policies and rules · TP05nn the schema's declarations · TP2nnn warnings.

use crate::diagnostics::Code;

/// What is known of a code.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// The code.
    pub code: Code,
    /// A short name, in the form of a Rust constant.
    pub name: &'static str,
    /// One paragraph: what it means, why it is an error and what to do.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($name:ident = $number:literal: $explanation:literal;)*) => {
        $(
            #[doc = $explanation]
            pub const $name: Code = Code($number);
        )*

        /// All codes in order.
        pub const ALL: &[Info] = &[
            $(Info { code: $name, name: stringify!($name), explanation: $explanation },)*
        ];
    };
}

codes! {
    FILE_TOO_LARGE = 1: "A policy file may have at most 1 MiB and 200,000 tokens. Split it.";
    NESTED_TOO_DEEPLY = 2: "Parentheses, brackets, blocks and `not` may be nested 128 deep.";
    UNBALANCED = 3: "A bracket or brace is not closed, or closes nothing. Nothing after it can be understood, so other errors of the file are reported when this one is mended.";

    SYNTAX = 101: "The text does not have the form of a policy at this place.";
    MISSING_SEMICOLON = 102: "Every clause ends with `;`, also the last one of a block.";
    UNKNOWN_CLAUSE = 103: "There is no declaration or clause with this name.";
    MISPLACED_CLAUSE = 104: "The clause exists, but not in this block: `on` belongs in a rule, `select` in a policy.";
    NOT_YET = 105: "The language has this construct, but this version of tracee does not support it yet. It is refused rather than ignored.";
    WRONG_WORD = 106: "The language has a word or sign of its own for this: `==` compares, and conditions are joined with `and`, `or` and `not`.";
    BAD_STRING = 107: "A string is written in double quotes, on one line; `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t`, `\\0`, `\\xNN` and `\\u{N}` are its escapes.";
    BAD_NUMBER = 108: "A number is decimal, or hexadecimal after `0x`, octal after `0o`, binary after `0b`; `_` may separate digits.";
    RESERVED_WORD = 109: "Words that have a meaning in conditions (`and`, `in`, `prefix`, …) cannot name anything.";

    UNKNOWN_TYPE = 501: "There is no type, enum, flag set or struct with this name.";
    BAD_REPR = 502: "An enum or flag set is over one of i8 … i64, u8 … u64.";
    DUPLICATE_DECLARATION = 503: "Two declarations of the schema have one name, or two events one id.";
    BAD_CONSTANT = 504: "A constant's number must fit its integer type; a flag's value must lie within its mask.";
    BAD_EVENT = 505: "An event has exactly one id below 4096, at least one hook, and at most 64 slots, 6 arguments if it is a syscall.";
    BAD_HOOK = 506: "A hook is `syscall NUMBER [compat NUMBER] [at enter]`, `raw_tracepoint NAME` or `userland`.";
    SCHEMA_IN_POLICY = 507: "Events, enums, flag sets and structs are declared in the standard library, because a program must read them in the kernel.";
    UNREADABLE_ARGUMENT = 508: "A syscall's argument is an integer, a string, a list of strings, a socket address with its length after it, or a struct of at most eight 64-bit words: the kernel's programs read nothing else.";

    NO_ROOM_IN_KERNEL = 2101: "The kernel's tables are bounded: 262,144 transitions for the strings of all policies together, 32 filters an event, 63 process trees. What does not fit is left to tracee, which gives the same detections but has to read more events.";
    INTERPRETED = 2102: "There is no code generator for this processor, so conditions are interpreted: same detections, more time for each event.";
}

/// What is known of a code, if it is registered.
pub fn info(code: Code) -> Option<&'static Info> {
    ALL.iter().find(|info| info.code == code)
}
