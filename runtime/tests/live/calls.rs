//! Calls of syscalls of all kinds, made from the schema, so that what was passed is known: every one
//! fails, for its descriptor is -1 or its path does not exist. [`crate::syscalls`] compares.

use tracee_lang::schema::{Arg, Event, Hook, Schema};
use tracee_lang::stdlib;
use tracee_lang::types::Type;

/// What is passed for one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The register; only so many bits of it are the argument.
    Int(u64),
    /// The address of this text.
    Text(String),
    /// The address of pointers to these texts.
    List(Vec<String>),
    /// The address of these words.
    Words(Vec<u64>),
    /// The address of 127.1.2.3:8080.
    Address,
}

/// `struct sockaddr_in` of [`Passed::Address`].
pub(crate) const ADDRESS: [u8; 16] = [2, 0, 0x1f, 0x90, 127, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0];

/// A syscall with what is passed to it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) event: &'static Event,
    pub(crate) number: u32,
    pub(crate) args: Vec<Passed>,
}

/// The path that says what a call returned.
pub(crate) fn returned(name: &str, retval: i64) -> String {
    format!("/nowhere/returned/{name}/{retval}")
}

/// Calls of 64-bit callers, or of 32-bit ones.
pub(crate) fn calls(compat: bool) -> Vec<Call> {
    let schema = stdlib::schema();
    let mut calls = Vec::new();
    for event in schema.events.iter().filter(|event| is_harmless(event)) {
        let number = event.hooks.iter().find_map(|hook| match hook {
            Hook::Syscall { number, .. } if !compat => *number,
            Hook::Syscall { compat, .. } => *compat,
            _ => None,
        });
        // A register that can't be set is the sixth of a 32-bit caller.
        if let Some(number) = number
            && !(compat && event.args.len() > 5)
        {
            let args = passed(schema, event);
            calls.push(Call {
                event,
                number,
                args,
            });
        }
    }
    calls
}

/// Whether the call fails before it does anything: it needs a descriptor or a path.
fn is_harmless(event: &Event) -> bool {
    let is_path = |arg: &Arg| arg.ty == Type::Path;
    let fails = event.args.first().is_some_and(is_descriptor) || event.args.iter().any(is_path);
    // getcwd writes its path; old_select's number is another call's without the 32-bit table.
    fails && event.name != "getcwd"
}

fn is_descriptor(arg: &Arg) -> bool {
    matches!(arg.ty, Type::Int(_)) && arg.name.contains("fd")
}

fn passed(schema: &Schema, event: &Event) -> Vec<Passed> {
    let mut args: Vec<Passed> = Vec::new();
    for (at, arg) in event.args.iter().enumerate() {
        let number = 0x0123_4560_8a00_0000 + 0x0101 * (at as u64 + 1);
        let text = |what: &str| format!("/nowhere/{} {} {what}", event.name, arg.name);
        let value = match &arg.ty {
            Type::Path | Type::String => Passed::Text(text("\u{e4}\n")),
            Type::List(_) => Passed::List(vec![text("first"), String::new(), text("third")]),
            Type::Struct(id) if schema.struct_type(*id).name == "sockaddr" => Passed::Address,
            Type::Struct(id) => {
                let words = 0..schema.struct_type(*id).fields.len() as u64;
                Passed::Words(words.map(|word| number + 0x1_0000 * word).collect())
            }
            // Where no program has a page.
            Type::Pointer => Passed::Int(0x10 + at as u64),
            _ if args.last() == Some(&Passed::Address) => Passed::Int(ADDRESS.len() as u64),
            _ if is_descriptor(arg) => Passed::Int(u64::MAX),
            _ => Passed::Int(number),
        };
        args.push(value);
    }
    args
}
