//! How the kernel reads a syscall's arguments, and which syscalls it looks at: both follow from the
//! schema alone.

use tracee_ebpf::abi::{self, ArgConfig};
use tracee_lang::schema::{Arg, Event, EventId, Hook, Schema};
use tracee_lang::types::Type;

use super::EncodeError;

/// 64-bit words of a struct that the kernel reads.
const MAX_WORDS: usize = 8;

/// The reading of each argument of `event`, if it is a syscall; argument i is in register i.
pub(super) fn arguments(
    schema: &Schema,
    event: &Event,
) -> Result<[ArgConfig; abi::MAX_SYSCALL_ARGS], EncodeError> {
    let mut configs = [ArgConfig::default(); abi::MAX_SYSCALL_ARGS];
    if !event
        .hooks
        .iter()
        .any(|hook| matches!(hook, Hook::Syscall { .. }))
    {
        return Ok(configs);
    }
    if event.args.len() > configs.len() {
        return Err(unreadable(
            event,
            format!(
                "has {} arguments; a syscall has at most 6",
                event.args.len()
            ),
        ));
    }
    for (index, (arg, config)) in event.args.iter().zip(&mut configs).enumerate() {
        *config = argument(schema, event, index, arg)?;
    }
    Ok(configs)
}

fn argument(
    schema: &Schema,
    event: &Event,
    index: usize,
    arg: &Arg,
) -> Result<ArgConfig, EncodeError> {
    // A schema has at most 64 slots and six arguments.
    let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
    let base = ArgConfig {
        slot: small(usize::from(arg.slot)),
        ..ArgConfig::default()
    };
    if let Some(int) = schema.int_repr(&arg.ty) {
        let (size, is_signed) = (int.bits / 8, u8::from(int.signed));
        return Ok(ArgConfig {
            kind: abi::ARG_INT,
            size,
            is_signed,
            ..base
        });
    }
    match &arg.ty {
        Type::String | Type::Path => Ok(ArgConfig {
            kind: abi::ARG_STRING,
            ..base
        }),
        Type::List(of) if of.is_text() => Ok(ArgConfig {
            kind: abi::ARG_STRING_LIST,
            ..base
        }),
        Type::Struct(id) => {
            let fields = &schema.struct_type(*id).fields;
            let is_word = |ty: &Type| schema.int_repr(ty).is_some_and(|int| int.bits == 64);
            if is_sockaddr(schema, fields.iter().map(|(_, _, ty)| ty)) {
                if index + 1 >= event.args.len() {
                    let what = format!(
                        "has a socket address `{}` without its length after it",
                        arg.name
                    );
                    return Err(unreadable(event, what));
                }
                Ok(ArgConfig {
                    kind: abi::ARG_SOCKADDR,
                    aux: small(index + 1),
                    ..base
                })
            } else if (1..=MAX_WORDS).contains(&fields.len())
                && fields.iter().all(|(_, _, ty)| is_word(ty))
            {
                Ok(ArgConfig {
                    kind: abi::ARG_U64S,
                    aux: small(fields.len()),
                    ..base
                })
            } else {
                Err(unreadable(event, cannot_read(schema, arg)))
            }
        }
        _ => Err(unreadable(event, cannot_read(schema, arg))),
    }
}

/// Family, port, address, path: the four slots that the kernel fills from a `struct sockaddr`.
fn is_sockaddr<'a>(schema: &Schema, types: impl Iterator<Item = &'a Type>) -> bool {
    let types: Vec<_> = types.collect();
    match types.as_slice() {
        [family, Type::Port, Type::Ip, path] => schema.int_repr(family).is_some() && path.is_text(),
        _ => false,
    }
}

fn cannot_read(schema: &Schema, arg: &Arg) -> String {
    let ty = schema.type_name(&arg.ty);
    format!(
        "has an argument `{}` of type `{ty}`, which can't be read from a syscall",
        arg.name
    )
}

fn unreadable(event: &Event, what: String) -> EncodeError {
    EncodeError::Unreadable {
        message: format!("event `{}` {what}", event.name),
        span: event.span,
    }
}

/// The entries of map `syscalls`: index (`compat * MAX_SYSCALLS + number`) and event id + 1. Numbers
/// past the ABI's limit have no entry; the loader can't trace them.
pub fn syscall_numbers(schema: &Schema) -> Vec<(u32, u32)> {
    let mut entries = Vec::new();
    for event in &schema.events {
        for hook in &event.hooks {
            let Hook::Syscall { number, compat, .. } = hook else {
                continue;
            };
            let EventId(id) = event.id;
            let value = u32::from(id) + 1;
            let limit = abi::MAX_SYSCALLS as u32;
            let number = number.filter(|&number| number < limit);
            entries.extend(number.map(|number| (number, value)));
            let compat = compat.filter(|&number| number < limit);
            entries.extend(compat.map(|number| (limit + number, value)));
        }
    }
    entries.sort_unstable();
    entries
}
