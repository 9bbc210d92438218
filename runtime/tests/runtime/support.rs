//! A small schema with one event of every kind of slot, for tests.

use tracee_lang::schema::*;
use tracee_lang::source::Span;
use tracee_lang::types::*;

pub(crate) const I32: Type = Type::Int(IntType {
    bits: 32,
    signed: true,
});
pub(crate) const U64: Type = Type::Int(IntType {
    bits: 64,
    signed: false,
});
pub(crate) const U16: Type = Type::Int(IntType {
    bits: 16,
    signed: false,
});

/// An event with these arguments. Structs are looked up in `schema`.
pub(crate) fn event(
    schema: &Schema,
    id: u16,
    name: &str,
    args: &[(&str, Type)],
    hook: Hook,
) -> Event {
    let mut slots = Vec::new();
    let mut declared = Vec::new();
    for (at, (arg, ty)) in args.iter().enumerate() {
        let slot = slots.len() as u16;
        declared.push(Arg {
            name: (*arg).into(),
            doc: String::new(),
            ty: ty.clone(),
            slot,
        });
        match ty {
            Type::Struct(id) => {
                for (field, _, ty) in &schema.struct_type(*id).fields {
                    let path = format!("{arg}.{field}");
                    slots.push(Slot {
                        path,
                        ty: ty.clone(),
                        arg: at as u16,
                    });
                }
            }
            ty => slots.push(Slot {
                path: (*arg).into(),
                ty: ty.clone(),
                arg: at as u16,
            }),
        }
    }
    let has_retval = matches!(hook, Hook::Syscall { .. });
    Event {
        id: EventId(id),
        name: name.into(),
        doc: String::new(),
        sets: vec![],
        args: declared,
        slots,
        hooks: vec![hook],
        has_retval,
        span: Span::default(),
    }
}

/// Events of every kind of slot; names and numbers as in the standard library.
pub(crate) fn schema() -> Schema {
    let flag = |name: &str, mask, value| FlagConstant {
        name: name.into(),
        mask,
        value,
    };
    let mut schema = Schema::default();
    schema.enums = vec![
        EnumType {
            name: "ptrace_request".into(),
            doc: String::new(),
            repr: IntType {
                bits: 64,
                signed: true,
            },
            constants: vec![("PTRACE_TRACEME".into(), 0), ("PTRACE_ATTACH".into(), 16)],
        },
        EnumType {
            name: "address_family".into(),
            doc: String::new(),
            repr: IntType {
                bits: 16,
                signed: false,
            },
            constants: [
                ("AF_UNSPEC", 0),
                ("AF_UNIX", 1),
                ("AF_INET", 2),
                ("AF_INET6", 10),
            ]
            .map(|(name, value)| (name.into(), value))
            .to_vec(),
        },
    ];
    schema.flag_sets = vec![FlagsType {
        name: "open_flags".into(),
        doc: String::new(),
        repr: IntType {
            bits: 32,
            signed: true,
        },
        constants: vec![
            flag("O_RDONLY", 3, 0),
            flag("O_WRONLY", 3, 1),
            flag("O_RDWR", 3, 2),
            flag("O_CREAT", 0o100, 0o100),
            flag("O_DSYNC", 0o10000, 0o10000),
            flag("O_SYNC", 0o4010000, 0o4010000),
            flag("O_LARGEFILE", 0o100000, 0o100000),
            flag("O_CLOEXEC", 0o2000000, 0o2000000),
        ],
    }];
    schema.structs = vec![StructType {
        name: "sockaddr".into(),
        doc: String::new(),
        fields: vec![
            ("family".into(), String::new(), Type::Enum(EnumId(1))),
            ("port".into(), String::new(), Type::Port),
            ("ip".into(), String::new(), Type::Ip),
            ("path".into(), String::new(), Type::Path),
        ],
    }];
    let syscall = |number| Hook::Syscall {
        number,
        compat: None,
        at_enter: false,
    };
    let strings = Type::List(Box::new(Type::String));
    let raw = |name: &str| Hook::RawTracepoint(name.into());
    let events = [
        (
            257,
            "openat",
            vec![
                ("dirfd", I32),
                ("pathname", Type::Path),
                ("flags", Type::Flags(FlagsId(0))),
                ("mode", U16),
            ],
            syscall(257),
        ),
        (
            59,
            "execve",
            vec![
                ("pathname", Type::Path),
                ("argv", strings.clone()),
                ("envp", strings.clone()),
            ],
            syscall(59),
        ),
        (
            42,
            "connect",
            vec![
                ("sockfd", I32),
                ("addr", Type::Struct(StructId(0))),
                ("addrlen", I32),
            ],
            syscall(42),
        ),
        (
            101,
            "ptrace",
            vec![
                ("request", Type::Enum(EnumId(0))),
                ("pid", I32),
                ("addr", Type::Pointer),
                ("data", Type::Pointer),
            ],
            syscall(101),
        ),
        (
            700,
            "all_types",
            vec![
                ("yes", Type::Bool),
                ("when", Type::Time),
                ("blob", Type::Bytes),
                ("words", strings.clone()),
                ("size", U64),
            ],
            raw("all_types"),
        ),
    ];
    for (id, name, args, hook) in events {
        let event = event(&schema, id, name, &args, hook);
        schema.events.push(event);
    }
    schema.index();
    schema
}
