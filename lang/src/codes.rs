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
    CONDITION_TOO_LARGE = 4: "With its `let`s in place, a condition may have at most 4,096 parts, nested 256 deep, and 262,144 literals, counting a list at each of its uses.";
    LIST_TOO_LARGE = 5: "A list may have at most 16,384 elements.";

    SYNTAX = 101: "The text does not have the form of a policy at this place.";
    MISSING_SEMICOLON = 102: "Every clause ends with `;`, also the last one of a block.";
    UNKNOWN_CLAUSE = 103: "There is no declaration or clause with this name.";
    MISPLACED_CLAUSE = 104: "The clause exists, but not in this block: `on` belongs in a rule, `select` in a policy.";
    NOT_YET = 105: "The language has this construct, but this version of tracee does not support it yet. It is refused rather than ignored.";
    WRONG_WORD = 106: "The language has a word or sign of its own for this: `==` compares, and conditions are joined with `and`, `or` and `not`.";
    BAD_STRING = 107: "A string is written in double quotes, on one line; `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t`, `\\0`, `\\xNN` and `\\u{N}` are its escapes.";
    BAD_NUMBER = 108: "A number is decimal, or hexadecimal after `0x`, octal after `0o`, binary after `0b`; `_` may separate digits.";
    RESERVED_WORD = 109: "Words that have a meaning in conditions (`and`, `in`, `prefix`, …) cannot name anything.";

    UNKNOWN_EVENT = 201: "No event has this name. `tracee list events` prints them all.";
    UNKNOWN_NAME = 202: "A bare name in a condition is an argument of the event, a `let` or `list` of the file, the name that `any` or `all` gives to an element, or a constant of the type on the other side.";
    UNKNOWN_FIELD = 203: "The context or a struct has no field with this name. `tracee list fields` prints those of the context.";
    UNKNOWN_CONSTANT = 204: "The enum or flag set on the other side has no constant with this name.";
    UNKNOWN_FUNCTION = 205: "There is no function with this name.";
    DUPLICATE_NAME = 206: "Two lists or lets of a file, two policies, two rules of a policy or two rule ids have one name: it would not be clear which one is meant.";
    NAME_CLASH = 207: "A name means two things here: an argument of the event, a constant or the context, and a list, a let or an element of a quantifier. Rename the one that is yours.";
    LET_CYCLE = 208: "A `let` stands for itself, by way of others. It would have no value.";
    ARGUMENT_TYPES_DIFFER = 209: "A condition over several events may use only arguments that all of them have with the same type. Write one `on` for each event.";
    SCOPE_USES_EVENT = 210: "A scope says which workloads a policy covers. It may use the context (`proc.uid`, `ns.mnt`), but not what one event brings: arguments and `retval`.";

    NOT_A_CONDITION = 301: "Something true or false is wanted: a comparison, a test, or a field of type `bool`.";
    NOT_A_VALUE = 302: "A value is wanted: a field or a literal, not a condition or a list.";
    TYPE_MISMATCH = 303: "The sides are of different types; there are no conversions.";
    OUT_OF_RANGE = 304: "The literal lies outside of the range of the field's type, so the comparison could only ever come out one way.";
    WRONG_OPERATOR = 305: "The operator is not for this type: `has` is for flags, `prefix`, `suffix` and `contains` are for strings and paths, `<` and ranges for numbers.";
    ONLY_LITERALS = 306: "Neither side depends on the event.";
    EMPTY_LIST = 307: "Nothing is in an empty list: the comparison could only ever come out one way.";
    EMPTY_RANGE = 308: "The range ends before it begins; both ends belong to it.";
    NEVER_MATCHES = 309: "No value can match this literal: the kernel keeps 15 bytes of a task name and 4,096 of other strings, and strings have no NUL bytes.";
    NO_BITS = 310: "`has` asks for bits; 0 has none. Compare with `==`.";
    NEVER_TRUNCATED = 311: "Only strings, paths, byte strings and lists among an event's arguments can have been cut.";
    WRONG_ARGUMENTS = 312: "The function wants other arguments.";
    NO_RETVAL = 313: "The event is not a call: it returns nothing.";

    DUPLICATE_CLAUSE = 401: "The clause may stand once.";
    UNKNOWN_SEVERITY = 402: "A severity is `info`, `low`, `medium`, `high` or `critical`.";
    BAD_ATTACK_ID = 403: "A technique of MITRE ATT&CK is `T` and four digits, a sub-technique three more after a dot: `T1059.004`.";
    NO_EVENT = 404: "A rule without `on` can never match.";
    BAD_MESSAGE = 405: "A message has fields in braces: `{pathname}`, `{proc.exe}`; a brace itself is written twice.";

    UNKNOWN_TYPE = 501: "There is no type, enum, flag set or struct with this name.";
    BAD_REPR = 502: "An enum or flag set is over one of i8 … i64, u8 … u64.";
    DUPLICATE_DECLARATION = 503: "Two declarations of the schema have one name, or two events one id.";
    BAD_CONSTANT = 504: "A constant's number must fit its integer type; a flag's value must lie within its mask.";
    BAD_EVENT = 505: "An event has exactly one id below 4096, at least one hook, and at most 64 slots, 6 arguments if it is a syscall.";
    BAD_HOOK = 506: "A hook is `syscall NUMBER [compat NUMBER] [at enter]`, `raw_tracepoint NAME` or `userland`.";
    SCHEMA_IN_POLICY = 507: "Events, enums, flag sets and structs are declared in the standard library, because a program must read them in the kernel.";
    UNREADABLE_ARGUMENT = 508: "A syscall's argument is an integer, a string, a list of strings, a socket address with its length after it, or a struct of at most eight 64-bit words: the kernel's programs read nothing else.";

    UNUSED_LIST = 2001: "Nothing uses the list.";
    UNUSED_LET = 2002: "Nothing uses the `let`, so it was not checked either.";
    DUPLICATE_ELEMENT = 2003: "The list has this element already.";
    EMPTY_POLICY = 2004: "A policy without `select` and `rule` does nothing.";

    NO_ROOM_IN_KERNEL = 2101: "The kernel's tables are bounded: 262,144 transitions for the strings of all policies together, 32 filters an event, 63 process trees. What does not fit is left to tracee, which gives the same detections but has to read more events.";
    INTERPRETED = 2102: "There is no code generator for this processor, so conditions are interpreted: same detections, more time for each event.";

    NEVER_HOLDS = 2201: "A condition, or two parts of it together, can hold for no event.";
    ALWAYS_HOLDS = 2202: "A condition holds for every event, or for every event that has the value. It filters nothing.";
    ONLY_WHEN_ABSENT = 2203: "A test of an absent value is false, so its `not` is true. Nothing else makes this condition hold.";
    ADDS_NOTHING = 2204: "The condition would mean the same without this part: another part covers it.";
    NEVER_IN_SCOPE = 2205: "The policy's scope and the condition contradict each other, so it matches nothing.";
    DUPLICATE_RULE = 2206: "Two rules of a policy have the same events and conditions: each match is detected twice.";
    PREFIX_WITHOUT_SLASH = 2207: "`prefix` compares bytes: `\"/etc\"` is a prefix of `/etcetera` too. With the slash at the end it is the directory's.";
    UNFILTERED = 2208: "The event happens many thousands of times a second on a busy machine, and nothing selects among them.";
}

/// What is known of a code, if it is registered.
pub fn info(code: Code) -> Option<&'static Info> {
    ALL.iter().find(|info| info.code == code)
}
