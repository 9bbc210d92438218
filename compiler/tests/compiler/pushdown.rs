//! What the kernel decides, by type and operator, over all events: what is not exact says why.

use std::collections::BTreeMap;
use std::fmt::Write;

use tracee_compiler::split::{SplitOptions, split};
use tracee_lang::check::check;
use tracee_lang::context::FIELDS;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::hir::{Policy, PolicySet};
use tracee_lang::schema::{Event, Hook};
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use tracee_lang::types::Type;

/// Conditions on a value `x`.
const INTEGER: &[&str] = &["x == 1", "x < 2", "x in [1, 3]", "x in 1..3"];
const BOOL: &[&str] = &["x", "x == true"];
const TIME: &[&str] = &["x == 2027-01-31", "x > 2027-01-31"];
const FLAGS: &[&str] = &["x == 1", "x has F", "x has any [F]", "x has all [F]"];
const ADDRESS: &[&str] = &[
    "x == 10.0.0.1",
    "x in 10.0.0.0/8",
    "x in [10.0.0.0/8, fd00::/8]",
    "x == x",
];
const TEXT: &[&str] = &[
    "x == \"a\"",
    "x in [\"a\", \"b\"]",
    "x prefix \"a\"",
    "x suffix \"a\"",
    "x contains \"a\"",
    "x under \"/a\"",
    "x ==~ \"a\"",
    "x prefix~ \"a\"",
    "x glob \"/a/**\"",
    "x glob \"/a/*/b\"",
    "x glob \"/[ab]\"",
    "x regex \"^/a$\"",
    "x regex \"^/a[0-9]\"",
    "x regex \"[0-9]\"",
    "x == proc.exe",
    "x prefix proc.comm",
    "len(x) > 3",
    "len(lower(x)) > 3",
    "len(basename(x)) > 3",
    "base64_decode(x) == \"a\"",
    "basename(x) == \"a\"",
    "basename(x) prefix \"a\"",
    "dirname(x) == \"/a\"",
    "extension(x) == \"a\"",
    "lower(x) == \"a\"",
    "normalize(x) == \"/a/b\"",
    "trim(x) == \"a\"",
];
const LIST: &[&str] = &[
    "\"a\" in x",
    "any a in x { a prefix \"a\" }",
    "any a in x { a suffix \"a\" or a contains \"b\" }",
    "any a in x { a prefix \"a\" and a suffix \"b\" }",
    "any a in x { not a prefix \"a\" }",
    "any a in x { a glob \"a*b\" }",
    "any a in x { a regex \"^a[0-9]\" }",
    "any a in x { basename(a) == \"a\" }",
    "any a in x { a == proc.comm }",
    "all a in x { a prefix \"a\" }",
    "all a in x { not a prefix \"a\" }",
    "all a in x { not (a prefix \"a\" or a suffix \"b\") }",
    "at(x, 1) == \"a\"",
    "at(x, 1) == at(x, 2)",
    "join(x) contains \"a\"",
    "join(x) contains \"a -b\"",
    "len(x) == 0",
    "len(x) > 0",
    "len(x) > 3",
    "len(x) < 3",
];
const ANY_ARGUMENT: &[&str] = &["x exists"];
const IN_TAIL: &[&str] = &["truncated(x)", "truncated(x) == false"];

/// The conditions on a value of a type, and what the type is called here.
fn conditions(ty: &Type, is_argument: bool) -> (String, Vec<String>) {
    let (name, own) = match ty {
        Type::Bool => ("bool", BOOL),
        Type::Time => ("time", TIME),
        Type::Flags(_) => ("flags", FLAGS),
        Type::Ip => ("ip", ADDRESS),
        Type::String | Type::Path => ("string, path", TEXT),
        Type::List(_) => ("list", LIST),
        Type::Bytes => ("bytes", &["len(x) > 3"][..]),
        _ => ("integer, enum, port, pointer", INTEGER),
    };
    let flag = match ty {
        Type::Flags(id) => schema().flags_type(*id).constants[0].name.clone(),
        _ => String::new(),
    };
    let in_tail = schema().int_repr(ty).is_none() && *ty != Type::Ip;
    let of_argument = ANY_ARGUMENT.iter().filter(|_| is_argument);
    let of_tail = IN_TAIL.iter().filter(|_| is_argument && in_tail);
    let all = own.iter().chain(of_argument).chain(of_tail);
    let all = all.map(|text| text.replace('F', &flag)).collect();
    (name.to_owned(), all)
}

/// The value in place of `x`.
fn about(condition: &str, path: &str) -> String {
    let is_word = |at: usize| {
        let around = |at: Option<usize>| {
            at.and_then(|at| condition.as_bytes().get(at))
                .is_some_and(u8::is_ascii_alphanumeric)
        };
        !around(at.checked_sub(1)) && !around(Some(at + 1))
    };
    let parts = condition.char_indices().map(|(at, letter)| match letter {
        'x' if is_word(at) => path.to_owned(),
        letter => letter.to_string(),
    });
    parts.collect()
}

fn is_digest(field: &str) -> bool {
    field.ends_with("exe_sha256")
}

/// Of each condition on a field, how much the kernel decides and why.
fn outcomes(event: &Event, field: &str, conditions: &[String]) -> Vec<String> {
    // What is none of these names can't be asked for.
    let is_name = ["event.name", "event.syscall"].contains(&field);
    let both = conditions.iter().flat_map(|condition| {
        let mut condition = about(condition, field);
        let mut name = |letter: &str, name: &str| {
            condition = condition.replace(&format!("\"{letter}\""), &format!("\"{name}\""));
        };
        if is_name {
            name("a", "read");
            name("b", "write");
        }
        if is_digest(field) {
            name("a", &"a".repeat(64));
            name("b", &"b".repeat(64));
        }
        [condition.clone(), format!("not ({condition})")]
    });
    let rules = both
        .enumerate()
        .map(|(at, condition)| format!("rule r{at} {{ on {} where {condition}; }}\n", event.name));
    let text = format!("policy p {{\n{}}}", rules.collect::<String>());
    let mut sources = SourceMap::default();
    let file = sources.add("policy.tp", text.as_str());
    let checked = check(&sources, &[file]);
    let diagnostics = &checked.diagnostics;
    assert!(!has_errors(diagnostics), "{text}\n{diagnostics:?}");
    let policy = &checked.policies.policies[0];
    let outcomes = policy.rules.iter().map(|rule| {
        let alone = Policy {
            rules: vec![rule.clone()],
            ..policy.clone()
        };
        let policies = vec![alone];
        let plan = split(schema(), &PolicySet { policies }, &SplitOptions::default());
        let predicate = &plan.events[0].targets[0].predicates[0];
        let pushdown = format!("{:?}", predicate.pushdown).to_lowercase();
        let reason = predicate.reason.replace(&format!("`{field}`"), "it");
        format!("{pushdown}: {reason}")
    });
    outcomes.collect()
}

/// Fields by what becomes of a condition on them.
type Fields = BTreeMap<String, Vec<String>>;

#[test]
fn what_the_kernel_decides() {
    let mut found: BTreeMap<(String, usize, String), [Fields; 2]> = BTreeMap::new();
    let mut add = |event: &Event, path: &str, ty: &Type, is_argument: bool| {
        let (name, conditions) = conditions(ty, is_argument);
        // No digest is under a directory.
        let can_be_asked =
            |(_, one): &(usize, &String)| !(is_digest(path) && one.contains("under"));
        let asked = conditions.iter().enumerate().filter(can_be_asked);
        let (places, conditions): (Vec<usize>, Vec<String>) =
            asked.map(|(at, one)| (at, one.clone())).unzip();
        let outcomes = outcomes(event, path, &conditions);
        let shown = if is_argument {
            format!("{}.{path}", event.name)
        } else {
            path.to_owned()
        };
        let both = places.into_iter().zip(&conditions);
        let both = both.flat_map(|one| [(one, false), (one, true)]);
        for (((at, condition), negated), outcome) in both.zip(outcomes) {
            let flag = match ty {
                Type::Flags(id) => schema().flags_type(*id).constants[0].name.as_str(),
                _ => "F",
            };
            let condition = condition.replace(flag, "F");
            let of_condition = found.entry((name.clone(), at, condition)).or_default();
            let of_condition = &mut of_condition[usize::from(negated)];
            of_condition.entry(outcome).or_default().push(shown.clone());
        }
    };
    let openat = schema().event_named("openat").unwrap();
    for info in FIELDS.iter() {
        add(openat, info.path, &info.ty, false);
    }
    let from_kernel = |event: &&Event| !event.hooks.contains(&Hook::Userland);
    for event in schema().events.iter().filter(from_kernel) {
        for slot in &event.slots {
            add(event, &slot.path, &slot.ty, true);
        }
    }
    let mut out = String::new();
    for ((ty, _, condition), [plain, negated]) in found {
        if plain == negated {
            print(&mut out, &format!("{ty}: [not] {condition}"), plain);
        } else {
            print(&mut out, &format!("{ty}: {condition}"), plain);
            print(&mut out, &format!("{ty}: not {condition}"), negated);
        }
    }
    insta::assert_snapshot!(out);
}

/// Without the fields of which there are most: each new event has such.
fn print(out: &mut String, condition: &str, outcomes: Fields) {
    writeln!(out, "{condition}").unwrap();
    let most = outcomes.values().map(Vec::len).max().unwrap_or(0);
    let is_only = outcomes.len() == 1;
    for (outcome, fields) in outcomes {
        let fields = match fields.len() {
            count if count == most => "others".to_owned(),
            1..=6 => fields.join(", "),
            _ => format!("{}, and more", fields[0]),
        };
        let fields = match is_only {
            true => String::new(),
            false => format!(" ({fields})"),
        };
        writeln!(out, "    {outcome}{fields}").unwrap();
    }
}
