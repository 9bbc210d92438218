//! One call as strace writes it and as tracee's event has it.
//!
//! The program is run twice. Once strace reads what arguments point to and names numbers ([`Way::Decoded`]):
//! strings, structs and names are compared. Once it writes registers ([`Way::Raw`]): numbers are compared, those that
//! it otherwise leaves out or shows as what they point to among them.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tracee_lang::schema::{Arg, Event, Schema};
use tracee_lang::types::Type;

use super::by_design as may;
use super::text::{Call, Outcome, Term, Value};
use super::values::{
    Verdict, address, empty, is_left, narrowed, number, same, same_bytes, starts_with,
};

/// How strace wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Decoded,
    Raw,
}

/// What was found of all calls.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How often each call was compared.
    pub(super) calls: std::collections::BTreeMap<String, usize>,
    /// Calls that this kernel knows.
    pub(super) known: BTreeSet<String>,
    /// Calls without an event, for a person.
    pub(super) missing: Vec<String>,
    /// Arguments and fields that were compared at least once: call and `argument` or `argument.field`.
    pub(super) compared: BTreeSet<(String, String)>,
    /// What is not the same, for a person.
    pub(super) differences: Vec<String>,
}

impl Found {
    /// What was found of one more call.
    pub(super) fn add(&mut self, one: Self) {
        for (call, count) in one.calls {
            *self.calls.entry(call).or_default() += count;
        }
        self.known.extend(one.known);
        self.missing.extend(one.missing);
        self.compared.extend(one.compared);
        self.differences.extend(one.differences);
    }
}

/// What a kernel answers that does not have a call.
const ENOSYS: i64 = 38;

/// Compares one call with its event.
pub(super) fn compare(schema: &Schema, way: Way, call: &Call, event: &Json, found: &mut Found) {
    *found.calls.entry(call.name.clone()).or_default() += 1;
    if call.result != Outcome::Value(-ENOSYS) {
        found.known.insert(call.name.clone());
    }
    let Some(declared) = schema.event_named(&call.name) else {
        found
            .differences
            .push(format!("{}: no event has this name", call.name));
        return;
    };
    let mut one = One {
        schema,
        way,
        call,
        event,
        found,
    };
    one.result();
    one.arguments(declared);
}

struct One<'a> {
    schema: &'a Schema,
    way: Way,
    call: &'a Call,
    event: &'a Json,
    found: &'a mut Found,
}

impl One<'_> {
    fn result(&mut self) {
        let value = &self.event["returnValue"];
        let is = match self.call.result {
            Outcome::Value(result) => value.as_i64() == Some(result),
            // A call that never returns has no value, which is written as 0.
            Outcome::Never => value.as_i64() == Some(0),
        };
        if !is {
            let strace = &self.call.result;
            self.differ(&format!("result: strace {strace:?}, tracee {value}"));
        }
    }

    fn arguments(&mut self, declared: &Event) {
        let name = &*self.call.name;
        let mut of_tracee: Vec<&Arg> = declared.args.iter().collect();
        match self.way {
            Way::Raw => {
                of_tracee.retain(|argument| !has_no_register(name, &argument.name));
                let (strace, tracee) = (self.call.arguments.len(), of_tracee.len());
                if strace != tracee {
                    self.differ(&format!("strace has {strace} arguments, tracee {tracee}"));
                    return;
                }
            }
            Way::Decoded => {
                let in_order = may::IN_ORDER.iter().find(|(call, ..)| *call == name);
                of_tracee.truncate(in_order.map_or(usize::MAX, |(_, count, _)| *count));
            }
        }
        for (argument, term) in of_tracee.into_iter().zip(&self.call.arguments) {
            let value = value_of(self.event, &argument.name);
            let verdict = match (&argument.ty, self.way) {
                (_, Way::Raw) => self.raw(&argument.ty, term, value),
                _ if self.is_unread(&argument.name, term) => Ok(false),
                (Type::Struct(_), Way::Decoded) => {
                    self.structure(argument, term, value);
                    continue;
                }
                (_, Way::Decoded) => self.decoded(&argument.ty, term, value),
            };
            let verdict = match (verdict, &term.value, value) {
                (Err(_), Value::Text(strace), Some(Json::String(tracee)))
                    if may::LONGER.contains(&(name, &argument.name)) =>
                {
                    starts_with(strace, tracee)
                }
                (verdict, ..) => verdict,
            };
            self.note(&argument.name, verdict);
        }
    }

    /// strace shows no more than the address of what a call that failed did not look at.
    fn is_unread(&self, argument: &str, term: &Term) -> bool {
        let failed = matches!(self.call.result, Outcome::Value(result) if result < 0);
        let mut excepted = may::ADDRESS_ON_ERROR.iter();
        failed
            && matches!(term.value, Value::Number(_))
            && excepted.any(|(call, name, _)| *call == self.call.name && *name == argument)
    }

    fn note(&mut self, argument: &str, verdict: Verdict) {
        match verdict {
            Ok(true) => {
                let key = (self.call.name.clone(), argument.to_owned());
                self.found.compared.insert(key);
            }
            Ok(false) => {}
            Err(what) => self.differ(&format!("`{argument}`: {what}")),
        }
    }

    fn differ(&mut self, what: &str) {
        let line = format!(
            "{}: {what}\n    {:?}\n    {}",
            self.call.name, self.call, self.event["args"]
        );
        self.found.differences.push(line);
    }

    /// A register: what is behind an address is not compared, but that there is none.
    fn raw(&self, ty: &Type, term: &Term, value: Option<&Json>) -> Verdict {
        let Value::Number(register) = term.value else {
            return Err(format!("strace did not write a number: {:?}", term.value));
        };
        let Some(int) = self.schema.int_repr(ty) else {
            return match (register, value) {
                (0, Some(value)) if *value != empty(value) => {
                    Err(format!("there is no address, but tracee has {value}"))
                }
                _ => Ok(false),
            };
        };
        same(narrowed(register, int), number(self.schema, ty, value)?)
    }

    fn decoded(&self, ty: &Type, term: &Term, value: Option<&Json>) -> Verdict {
        if let Some(int) = self.schema.int_repr(ty) {
            // Of what an address points to, raw lines are the judge.
            let Value::Number(shown) = term.value else {
                return Ok(false);
            };
            let shown = if shown < int.min() || shown > int.max() {
                narrowed(shown, int)
            } else {
                shown
            };
            same(shown, number(self.schema, ty, value)?)?;
            return self.names(ty, term, value);
        }
        match (&term.value, value) {
            // What can't be read is written as its address.
            (Value::Number(_), None) => Ok(false),
            (Value::Text(bytes), Some(Json::String(text))) => same_bytes(bytes, text),
            (Value::List(items), Some(Json::Array(texts))) if items.len() == texts.len() => {
                for (item, text) in items.iter().zip(texts) {
                    match (&item.value, text) {
                        (Value::Text(bytes), Json::String(text)) => same_bytes(bytes, text)?,
                        _ => return Err(format!("strace {item:?}, tracee {text}")),
                    };
                }
                Ok(true)
            }
            (strace, tracee) => Err(format!("strace {strace:?}, tracee {tracee:?}")),
        }
    }

    /// Both name a number, or neither does.
    fn names(&self, ty: &Type, term: &Term, value: Option<&Json>) -> Verdict {
        if !matches!(ty, Type::Enum(_) | Type::Flags(_)) {
            return Ok(true);
        }
        let Some(Json::String(text)) = value else {
            return Err(format!("tracee has no text: {value:?}"));
        };
        let Value::Number(number) = term.value else {
            return Ok(true);
        };
        let comment = term.names.join(" ");
        // strace does not know the number.
        let is_unknown = comment.contains('?');
        let unnamed = (&*self.call.name, number);
        if is_unknown
            || may::UNNAMED
                .iter()
                .any(|(call, number, _)| (*call, *number) == unnamed)
        {
            return Ok(true);
        }
        let mut strace = BTreeSet::new();
        for name in words(&comment) {
            match may::OTHER_NAMES.iter().find(|(strace, ..)| *strace == name) {
                Some((_, names, _)) => strace.extend(names.iter().copied()),
                None => _ = strace.insert(name),
            }
        }
        let is_digits = |name: &str| {
            may::DIGITS
                .iter()
                .any(|(prefix, _)| name.starts_with(prefix))
        };
        let mut tracee: BTreeSet<&str> = words(text).collect();
        // A choice that is 0 has its name in tracee (O_RDONLY), and in strace only sometimes.
        tracee.retain(|name| strace.contains(name) || !(is_digits(name) || self.is_zero(ty, name)));
        strace.retain(|name| tracee.contains(name) || !self.is_zero(ty, name));
        match strace == tracee {
            true => Ok(true),
            false => Err(format!(
                "strace's names are {strace:?}, tracee's {tracee:?}"
            )),
        }
    }

    /// Whether a name is that of a choice of several bits of which none is set.
    fn is_zero(&self, ty: &Type, name: &str) -> bool {
        let Type::Flags(id) = ty else {
            return false;
        };
        let mut flags = self.schema.flags_type(*id).constants.iter();
        flags.any(|flag| flag.name == name && flag.value == 0)
    }

    fn structure(&mut self, argument: &Arg, term: &Term, value: Option<&Json>) {
        let Type::Struct(id) = &argument.ty else {
            return;
        };
        let structure = self.schema.struct_type(*id);
        let fields = value.and_then(Json::as_object);
        match (&term.value, fields) {
            (Value::Number(_), None) => return,
            (Value::Struct(_) | Value::List(_), Some(_)) => {}
            (strace, tracee) => {
                let what = format!("strace {strace:?}, tracee {tracee:?}");
                return self.note(&argument.name, Err(what));
            }
        }
        if structure.name == "sockaddr" {
            let verdict = address(&term.value, value);
            return self.note(&argument.name, verdict);
        }
        if may::WHAT_IS_LEFT.contains(&(&self.call.name, &argument.name)) {
            let verdict = is_left(&term.value, value);
            for (field, ..) in &structure.fields {
                self.note(&format!("{}.{field}", argument.name), verdict.clone());
            }
            return;
        }
        for (field, _, ty) in &structure.fields {
            let path = format!("{}.{field}", argument.name);
            let of_strace = member(&structure.name, field, &term.value);
            let of_tracee = fields.and_then(|fields| fields.get(field));
            let verdict = match of_strace {
                Some(term) => self.decoded(ty, term, of_tracee),
                // strace leaves out what the call does not look at.
                None => Ok(false),
            };
            self.note(&path, verdict);
        }
    }
}

fn has_no_register(call: &str, argument: &str) -> bool {
    let mut without = may::NO_REGISTER.iter();
    without.any(|(of, name, _)| *of == call && *name == argument)
}

/// The names in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Everything of a call's declaration that must have been compared at least once.
pub(super) fn all_of(schema: &Schema, call: &str) -> Vec<String> {
    let Some(event) = schema.event_named(call) else {
        return Vec::new();
    };
    let each = event.args.iter().flat_map(|argument| match &argument.ty {
        Type::Struct(id) if schema.struct_type(*id).name != "sockaddr" => {
            let fields = schema.struct_type(*id).fields.iter();
            fields
                .map(|(field, _, _)| format!("{}.{field}", argument.name))
                .collect()
        }
        _ => vec![argument.name.clone()],
    });
    each.filter(|argument| !has_no_register(call, argument))
        .collect()
}

fn value_of<'e>(event: &'e Json, name: &str) -> Option<&'e Json> {
    let arguments = event["args"].as_array()?;
    let found = arguments
        .iter()
        .find(|argument| argument["name"] == *name)?;
    Some(&found["value"])
}

/// The member of strace's struct that a field of ours is.
fn member<'t>(structure: &str, field: &str, value: &'t Value) -> Option<&'t Term> {
    let of = |at: usize, key: &str| match value {
        Value::List(items) => items.get(at)?.value.member(key),
        _ => None,
    };
    match (structure, field) {
        ("two_times", "used_sec") => of(0, "tv_sec"),
        ("two_times", "used_nsec") => of(0, "tv_nsec"),
        ("two_times", "changed_sec") => of(1, "tv_sec"),
        ("two_times", "changed_nsec") => of(1, "tv_nsec"),
        ("timespec", _) => value.member(&format!("tv_{field}")),
        ("rlimit", _) => value.member(&format!("rlim_{field}")),
        _ => value.member(field),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vm::strace::text;

    const OPENAT: &str =
        r#"openat(-100 /* AT_FDCWD */, "a\377", 0x80042 /* O_RDWR|O_CREAT|O_CLOEXEC */, 0640) = 8"#;

    fn differences(way: Way, strace: &str, args: Json, result: i64) -> Vec<String> {
        let call = text::calls(strace).unwrap().remove(0);
        let args: Vec<Json> = args
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let event = json!({ "eventName": call.name, "returnValue": result, "args": args });
        let mut found = Found::default();
        compare(
            tracee_lang::stdlib::schema(),
            way,
            &call,
            &event,
            &mut found,
        );
        found.differences
    }

    fn agree(way: Way, strace: &str, args: Json, result: i64) {
        let found = differences(way, strace, args, result);
        assert_eq!(found, [""; 0], "{strace}");
    }

    fn differ(way: Way, strace: &str, args: Json, result: i64) {
        let found = differences(way, strace, args.clone(), result);
        assert_ne!(found, [""; 0], "{strace} {args}");
    }

    fn openat(key: &str, value: Json) -> Json {
        let mut args = json!({
            "dirfd": -100, "pathname": "a\u{efff}", "flags": "O_RDWR|O_CREAT|O_CLOEXEC", "mode": 0o640
        });
        args[key] = value;
        args
    }

    #[test]
    fn numbers_names_texts_and_results_are_compared() {
        let right = openat("dirfd", json!(-100));
        agree(Way::Decoded, OPENAT, right.clone(), 8);
        differ(Way::Decoded, OPENAT, right, 9);
        for (key, wrong) in [
            ("dirfd", json!(-101)),
            ("pathname", json!("a")),
            ("pathname", json!("a\u{ff}")),
            ("flags", json!("O_RDWR|O_CREAT")),
            ("flags", json!("0x80042")),
            ("flags", json!("O_RDWR|O_CREAT|O_CLOEXEC|O_SYNC")),
            ("mode", json!(0o600)),
            ("mode", Json::Null),
        ] {
            differ(Way::Decoded, OPENAT, openat(key, wrong), 8);
        }
        // The numbers are the same, the name is another's.
        let strace = "lseek(9, 0, 0x1 /* SEEK_DATA */) = 0";
        let args = json!({ "fd": 9, "offset": 0, "whence": "SEEK_CUR" });
        differ(Way::Decoded, strace, args, 0);
    }

    #[test]
    fn registers_are_compared_as_far_as_the_kernel_takes_them() {
        let strace = "openat(0xffffff9c, 0x1000, 0x80042, 0x1a0) = -1 ENOENT (No such file)";
        let right = openat("dirfd", json!(-100));
        agree(Way::Raw, strace, right.clone(), -2);
        differ(Way::Raw, strace, openat("flags", json!("O_RDWR")), -2);
        differ(
            Way::Raw,
            "openat(0xffffff9c, 0x1000, 0x80042) = 3",
            right.clone(),
            3,
        );
        differ(
            Way::Raw,
            "openat(0xffffff9c, 0, 0x80042, 0x1a0) = 3",
            right,
            3,
        );
        let read = |buf: &str| json!({ "fd": 3, "buf": buf, "count": 2 });
        agree(
            Way::Raw,
            "read(0x3, 0x7ffd10, 0x2) = 0x2",
            read("0x7ffd10"),
            2,
        );
        differ(
            Way::Raw,
            "read(0x3, 0x7ffd10, 0x2) = 0x2",
            read("0x7ffd18"),
            2,
        );
    }

    #[test]
    fn structs_addresses_and_lists_are_compared() {
        let strace = r#"openat2(3, "a", {flags=0x2 /* O_RDWR */, mode=0600, resolve=0x8 /* RESOLVE_BENEATH */}, 24) = 4"#;
        let args = |resolve: &str| {
            json!({ "dirfd": 3, "pathname": "a", "size": 24,
                "how": { "flags": "O_RDWR", "mode": 0o600, "resolve": resolve } })
        };
        agree(Way::Decoded, strace, args("RESOLVE_BENEATH"), 4);
        differ(Way::Decoded, strace, args("RESOLVE_IN_ROOT"), 4);
        let strace = r#"bind(3, {sa_family=0x2 /* AF_INET */, sin_port="\x22\xe5" /* htons(8933) */, sin_addr="\x7f\x00\x00\x01" /* inet_addr("127.0.0.1") */}, 16) = 0"#;
        let args = |port: &str, ip: &str| {
            json!({ "sockfd": 3, "addrlen": 16,
                "addr": { "sa_family": "AF_INET", "sin_port": port, "sin_addr": ip } })
        };
        agree(Way::Decoded, strace, args("8933", "127.0.0.1"), 0);
        differ(Way::Decoded, strace, args("58658", "127.0.0.1"), 0);
        differ(Way::Decoded, strace, args("8933", "1.0.0.127"), 0);
        let strace = r#"execve("/a", ["a", "b"], []) = 0"#;
        let args = |argv: Json| json!({ "pathname": "/a", "argv": argv, "envp": [] });
        agree(Way::Decoded, strace, args(json!(["a", "b"])), 0);
        differ(Way::Decoded, strace, args(json!(["a"])), 0);
        differ(Way::Decoded, strace, args(json!(["a", "c"])), 0);
        let strace = "ppoll(NULL, 0, {tv_sec=2, tv_nsec=3}, NULL, 8) = 0 (Timeout)";
        let args = |sec: i64| {
            json!({ "fds": "0x0", "nfds": 0, "tmo_p": { "sec": sec, "nsec": 3 },
                "sigmask": "0x0", "sigsetsize": 8 })
        };
        agree(Way::Decoded, strace, args(1), 0);
        differ(Way::Decoded, strace, args(3), 0);
    }
}
