//! The declarations of syscalls against what the running kernel says of its own: the formats of the
//! tracepoints `syscalls:sys_enter_*`, which a kernel need not have. Guests have them.

use std::path::Path;

use tracee_lang::schema::{Arg, Event, Hook, Schema};
use tracee_lang::stdlib;
use tracee_lang::types::{IntType, Type};

const FORMATS: &str = "/sys/kernel/tracing/events/syscalls";

/// Calls that the kernel's functions have other names for.
const RENAMED: &[(&str, &str)] = &[
    ("stat", "newstat"),
    ("fstat", "newfstat"),
    ("lstat", "newlstat"),
    ("uname", "newuname"),
    ("umount2", "umount"),
    ("sendfile", "sendfile64"),
];

/// Arguments that only some kernels have are left out.
const LATER: &[(&str, usize)] = &[("bpf", 3)];

/// Of these the kernel has a `long`, and uses no more than an `int`.
const NARROWER: &[&str] = &["fd", "flags", "mode", "pid", "prot"];

/// An argument as the kernel says it.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    name: String,
    /// None for a pointer.
    int: Option<IntType>,
}

fn int(bits: u8, signed: bool) -> Option<IntType> {
    Some(IntType { bits, signed })
}

/// A line is `field:unsigned int fd; offset:16; size:8; signed:0;`, with tabs.
fn told(line: &str) -> Option<Told> {
    let (declared, _) = line.trim().strip_prefix("field:")?.split_once(';')?;
    let (ty, name) = declared.rsplit_once(' ')?;
    let common = name.starts_with("common_") || name == "__syscall_nr";
    // Newer kernels add the strings themselves.
    if common || ty.starts_with("__data_loc") {
        return None;
    }
    let words = ty.split_whitespace().filter(|word| *word != "const");
    let ty = words.collect::<Vec<_>>().join(" ");
    let int = match ty.as_str() {
        "umode_t" => int(16, false),
        "int"
        | "pid_t"
        | "key_t"
        | "key_serial_t"
        | "clockid_t"
        | "timer_t"
        | "mqd_t"
        | "rwf_t"
        | "__s32"
        | "enum landlock_rule_type" => int(32, true),
        "unsigned int" | "unsigned" | "u32" | "__u32" | "uid_t" | "gid_t" | "qid_t" => {
            int(32, false)
        }
        "long" | "loff_t" | "off_t" => int(64, true),
        "unsigned long" | "size_t" | "u64" | "__u64" | "aio_context_t" => int(64, false),
        ty if ty.contains('*') || ty.starts_with("cap_user_") => None,
        ty => panic!("what is a `{ty}`? {line}"),
    };
    let name = name.trim_start_matches('_').to_owned();
    Some(Told { name, int })
}

/// What the kernel says of a call, if it has it.
fn format_of(event: &Event) -> Option<Vec<Told>> {
    let name = RENAMED.iter().find(|(ours, _)| *ours == event.name);
    let name = name.map_or(event.name.as_str(), |(_, theirs)| theirs);
    let path = Path::new(FORMATS).join(format!("sys_enter_{name}/format"));
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().filter_map(told).collect())
}

/// What is wrong with the declaration of an argument.
fn difference(schema: &Schema, arg: &Arg, told: &Told) -> Option<String> {
    let is_address = |ty: &Type| !matches!(ty, Type::Int(_) | Type::Enum(_) | Type::Flags(_));
    let wrong = match (schema.int_repr(&arg.ty), told.int) {
        (_, None) => !is_address(&arg.ty),
        // Addresses that the kernel takes as numbers.
        (_, Some(theirs)) if is_address(&arg.ty) => theirs.bits != 64 || arg.ty != Type::Pointer,
        (Some(ours), Some(theirs)) => {
            let narrower = NARROWER.contains(&arg.name.as_str()) && ours.bits < theirs.bits;
            let sign_matters = matches!(arg.ty, Type::Int(_)) && theirs.bits == 64;
            !narrower && (ours.bits != theirs.bits || sign_matters && ours.signed != theirs.signed)
        }
        (None, Some(_)) => true,
    };
    let ty = schema.type_name(&arg.ty);
    wrong.then(|| format!("{}: {ty}, but the kernel has {told:?}", arg.name))
}

#[test]
fn syscalls_are_declared_as_the_kernel_has_them() {
    if !Path::new(FORMATS).exists() {
        eprintln!("skipped: this kernel has no tracepoints of syscalls");
        return;
    }
    let schema = stdlib::schema();
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for event in &schema.events {
        let native = |hook: &Hook| {
            matches!(
                hook,
                Hook::Syscall {
                    number: Some(_),
                    ..
                }
            )
        };
        let Some(told) = event
            .hooks
            .iter()
            .any(native)
            .then(|| format_of(event))
            .flatten()
        else {
            continue;
        };
        compared += 1;
        let later = LATER.contains(&(event.name.as_str(), event.args.len()));
        if told.len() != event.args.len() && !(later && told.len() > event.args.len()) {
            wrong.push(format!("{}: the kernel has {told:?}", event.name));
        }
        for (at, (arg, told)) in event.args.iter().zip(&told).enumerate() {
            let place = event.args.iter().position(|arg| arg.name == told.name);
            if place.is_some_and(|place| place != at) {
                wrong.push(format!("{}: `{}` is at {at}", event.name, told.name));
            }
            let what = difference(schema, arg, told);
            wrong.extend(what.map(|what| format!("{} {what}", event.name)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > 300, "only {compared} were compared");
}
