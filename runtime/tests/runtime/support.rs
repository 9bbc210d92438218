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
        number: Some(number),
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
        (
            714,
            "sched_process_fork",
            vec![
                ("parent_tid", I32),
                ("parent_pid", I32),
                ("child_tid", I32),
                ("child_pid", I32),
                ("child_ns_pid", I32),
                ("start_time", Type::Time),
                ("leader_pid", I32),
                ("leader_start_time", Type::Time),
            ],
            raw("sched_process_fork"),
        ),
        (
            715,
            "sched_process_exec",
            vec![
                ("cmdpath", Type::Path),
                ("pathname", Type::Path),
                ("argv", strings.clone()),
            ],
            raw("sched_process_exec"),
        ),
        (
            716,
            "sched_process_exit",
            vec![("exit_code", I32), ("process_group_exit", Type::Bool)],
            raw("sched_process_exit"),
        ),
        (
            2900,
            "existing_process",
            vec![("exe", Type::Path), ("cmdline", strings.clone())],
            Hook::Userland,
        ),
        (
            2903,
            "working_directory",
            vec![("path", Type::Path)],
            raw("sys_exit"),
        ),
        (
            2901,
            "lost",
            vec![("event", Type::String), ("count", U64)],
            Hook::Userland,
        ),
    ];
    for (id, name, args, hook) in events {
        let event = event(&schema, id, name, &args, hook);
        schema.events.push(event);
    }
    schema.index();
    schema
}

/// A record as text: its header where it is not zero, then its slots.
pub(crate) fn dump(schema: &Schema, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    use tracee_ebpf::abi;
    use tracee_runtime::format::Formatted;
    use tracee_runtime::record::{Layouts, Record};
    use tracee_runtime::text::Shown;

    let layouts = Layouts::new(schema);
    let record = Record::parse(bytes, &layouts).unwrap();
    let header = record.header();
    let event = schema.event(record.event()).unwrap();
    let mut out = format!("{} comm={}", event.name, Shown(record.comm()));
    let internal = u64::from(header.flags & abi::RECORD_INTERNAL);
    let compat = u64::from(header.flags & abi::RECORD_COMPAT);
    for (name, value) in [
        ("time", header.time),
        ("pid", header.pid.into()),
        ("tid", header.tid.into()),
        ("ppid", header.ppid.into()),
        ("host_pid", header.host_pid.into()),
        ("host_tid", header.host_tid.into()),
        ("host_ppid", header.host_ppid.into()),
        ("uid", header.uid.into()),
        ("gid", header.gid.into()),
        ("thread_start", header.thread_start_time),
        ("process_start", header.process_start_time),
        ("parent_start", header.parent_start_time),
        ("cgroup", header.cgroup_id),
        ("mnt_ns", header.mnt_ns.into()),
        ("pid_ns", header.pid_ns.into()),
        ("net_ns", header.net_ns.into()),
        ("cpu", header.cpu.into()),
        ("internal", internal),
        ("compat", compat),
    ] {
        if value != 0 {
            write!(out, " {name}={value}").unwrap();
        }
    }
    write!(out, " syscall={}", header.syscall).unwrap();
    if let Some(retval) = record.retval() {
        write!(out, " retval={retval}").unwrap();
    }
    for (at, slot) in event.slots.iter().enumerate() {
        let at = at as u16;
        let value = record.value(at);
        let cut = if record.truncated(at) { " (cut)" } else { "" };
        let shown = Formatted {
            schema,
            ty: &slot.ty,
            value: &value,
        };
        write!(out, "\n    {}: {shown}{cut}", slot.path).unwrap();
    }
    out + "\n"
}

/// Everything that a source yields, each record as text.
pub(crate) fn drain(
    schema: &Schema,
    source: &mut dyn tracee_runtime::source::Source,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    use tracee_runtime::source::{Arriving, Poll};

    let mut out = String::new();
    loop {
        let mut take = |arriving: Arriving<'_>| out.push_str(&dump(schema, arriving.bytes()));
        if source.poll(std::time::Duration::ZERO, &mut take)? == Poll::End {
            return Ok(out);
        }
    }
}
