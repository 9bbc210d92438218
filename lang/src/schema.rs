//! The typed declarations of all events, as data. Made by `check` from
//! `stdlib-signatures/events/*.tp`; read by every later stage.

mod names;
pub(crate) mod table;

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use crate::source::Span;
use crate::types::{EnumId, FlagsId, IntType, StructId, Type};

/// An event's number: an x86-64 syscall number below 600, 3000 and the i386 number for syscalls that
/// only 32-bit callers have, 700 and above for the others (the numbers that Aqua's Tracee uses, where
/// it has the event).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub u16);

/// Event ids are below this: the kernel's tables are arrays of this size.
pub const MAX_EVENTS: u16 = 4096;

/// The most slots an event may have: the record marks present slots in one 64-bit word.
pub const MAX_SLOTS: usize = 64;

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// The number that records carry.
    pub id: EventId,
    /// `openat`.
    pub name: String,
    /// The doc comment, Markdown, without the slashes.
    pub doc: String,
    /// The sets it belongs to (`fs`, `syscalls`).
    pub sets: Vec<String>,
    /// Its arguments in order.
    pub args: Vec<Arg>,
    /// One per argument, or one per field of a struct argument.
    pub slots: Vec<Slot>,
    /// Where it comes from, the preferred hook first.
    pub hooks: Vec<Hook>,
    /// Whether `retval` is there.
    pub has_retval: bool,
    /// Where it is declared.
    pub span: Span,
}

impl Event {
    /// The argument with this name.
    pub fn arg(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|arg| arg.name == name)
    }
}

/// One argument.
#[derive(Debug, Clone)]
pub struct Arg {
    /// `pathname`.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// Its type.
    pub ty: Type,
    /// Index of its first slot; a struct takes consecutive ones.
    pub slot: u16,
}

/// One 8-byte place in the record.
#[derive(Debug, Clone)]
pub struct Slot {
    /// `pathname`, or `addr.port` for a field of a struct.
    pub path: String,
    /// Never a struct.
    pub ty: Type,
    /// Index of the argument it belongs to.
    pub arg: u16,
}

/// The slots of an event's arguments, each of which gets its first.
pub(crate) fn slots(structs: &[StructType], args: &mut [Arg]) -> Vec<Slot> {
    let index = |at| u16::try_from(at).unwrap_or(u16::MAX);
    let mut slots = Vec::new();
    for (at, arg) in args.iter_mut().enumerate() {
        arg.slot = index(slots.len());
        let mut slot = |path: String, ty: &Type| {
            slots.push(Slot {
                path,
                ty: ty.clone(),
                arg: index(at),
            });
        };
        match &arg.ty {
            Type::Struct(id) => {
                let fields = structs.get(usize::from(id.0)).map(|of| of.fields.iter());
                for (name, _, ty) in fields.into_iter().flatten() {
                    slot(format!("{}.{name}", arg.name), ty);
                }
            }
            ty => slot(arg.name.clone(), ty),
        }
    }
    slots
}

/// What in the kernel makes an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// A syscall, through the pair of raw tracepoint programs. One of the numbers is there.
    Syscall {
        /// x86-64 number.
        number: Option<u32>,
        /// i386 number, for 32-bit callers.
        compat: Option<u32>,
        /// Arguments are gone when the call returns (execve): they are read on entry.
        at_enter: bool,
    },
    /// A raw tracepoint (`sched_process_exec`) with a program of its own.
    RawTracepoint(String),
    /// A function of the kernel (`security_file_open`).
    Function {
        /// How a program gets there.
        probe: Probe,
        /// Its name.
        function: String,
        /// Functions that the task calls before or instead, which tell what this one does not know: where in
        /// the mounts the event happens, which file it is about.
        after: Vec<String>,
    },
    /// Made by tracee itself, not by the kernel.
    Userland,
}

impl Hook {
    /// Whether it knows what the call gives.
    pub fn has_retval(&self) -> bool {
        match self {
            Self::Syscall { .. } => true,
            Self::Function {
                probe: Probe::Tracepoint,
                function,
                ..
            } => function == "sys_exit",
            Self::Function { probe, .. } => *probe == Probe::Fexit,
            Self::RawTracepoint(_) | Self::Userland => false,
        }
    }
}

/// How a program gets to a function of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probe {
    /// A trampoline at its begin: the cheapest.
    Fentry,
    /// A trampoline at its begin and its end.
    Fexit,
    /// A breakpoint, or what the kernel makes of it.
    Kprobe,
    /// No function but a tracepoint, with a program for this event alone.
    Tracepoint,
}

impl Probe {
    /// All, as [`Probe::name`] has them.
    pub const ALL: [Self; 4] = [Self::Fentry, Self::Fexit, Self::Kprobe, Self::Tracepoint];

    /// As declarations and eBPF sections name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fentry => "fentry",
            Self::Fexit => "fexit",
            Self::Kprobe => "kprobe",
            Self::Tracepoint => "tracepoint",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|probe| probe.name() == name)
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syscall {
                number,
                compat,
                at_enter,
            } => {
                match (number, compat) {
                    (Some(number), Some(compat)) => {
                        write!(f, "syscall {number} (x86-64; {compat} for 32-bit callers)")?;
                    }
                    (Some(number), None) => {
                        write!(
                            f,
                            "syscall {number} (x86-64; 32-bit callers have no such call)"
                        )?;
                    }
                    (None, compat) => {
                        let compat = compat.unwrap_or_default();
                        write!(f, "syscall {compat} of 32-bit callers, which alone have it")?;
                    }
                }
                f.write_str(if *at_enter { ", read on entry" } else { "" })
            }
            Self::RawTracepoint(name) => write!(f, "raw tracepoint {name}"),
            Self::Function {
                probe,
                function,
                after,
            } => {
                write!(f, "{} {function}", probe.name())?;
                match &after[..] {
                    [] => Ok(()),
                    after => write!(f, ", after {}", after.join(" and ")),
                }
            }
            Self::Userland => f.write_str("tracee itself"),
        }
    }
}

/// Named numbers.
#[derive(Debug, Clone)]
pub struct EnumType {
    /// `ptrace_request`.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// The integer below it.
    pub repr: IntType,
    /// Name and number, in declaration order.
    pub constants: Vec<(String, i128)>,
}

/// Named bits.
#[derive(Debug, Clone)]
pub struct FlagsType {
    /// `open_flags`.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// The integer below it.
    pub repr: IntType,
    /// In declaration order.
    pub constants: Vec<FlagConstant>,
}

/// `O_CREAT`: the value `v` has it when `v & mask == value`. For a plain bit both are the bit; the
/// access modes of open(2) share the mask 3, so `has O_RDONLY` (value 0) means what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagConstant {
    /// `O_CREAT`.
    pub name: String,
    /// The bits that must be looked at.
    pub mask: u64,
    /// What they must be.
    pub value: u64,
}

/// Named fields, read from the traced process or by a program; each becomes a slot.
#[derive(Debug, Clone)]
pub struct StructType {
    /// `sockaddr`.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// Name, doc and type of each field.
    pub fields: Vec<(String, String, Type)>,
}

/// All declarations.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// In order of id.
    pub events: Vec<Event>,
    /// [`EnumId`] indexes it.
    pub enums: Vec<EnumType>,
    /// [`FlagsId`] indexes it.
    pub flag_sets: Vec<FlagsType>,
    /// [`StructId`] indexes it.
    pub structs: Vec<StructType>,
    /// Name to index in `events`; kept by [`Schema::index`].
    by_name: HashMap<String, usize>,
    by_id: HashMap<EventId, usize>,
}

impl Schema {
    /// Sorts the events by id and rebuilds the look-up tables. Call after changing `events`.
    pub fn index(&mut self) {
        self.events.sort_by_key(|event| event.id);
        self.by_name = self
            .events
            .iter()
            .enumerate()
            .map(|(at, event)| (event.name.clone(), at))
            .collect();
        self.by_id = self
            .events
            .iter()
            .enumerate()
            .map(|(at, event)| (event.id, at))
            .collect();
    }

    /// Gives back the room that its lists had to grow: they are kept as long as the program runs.
    fn shrink(&mut self) {
        self.events.shrink_to_fit();
        for event in &mut self.events {
            event.sets.shrink_to_fit();
            event.args.shrink_to_fit();
            event.slots.shrink_to_fit();
            event.hooks.shrink_to_fit();
        }
        for ty in &mut self.enums {
            ty.constants.shrink_to_fit();
        }
        for ty in &mut self.flag_sets {
            ty.constants.shrink_to_fit();
        }
        for ty in &mut self.structs {
            ty.fields.shrink_to_fit();
        }
    }

    /// The event with this name.
    pub fn event_named(&self, name: &str) -> Option<&Event> {
        self.by_name.get(name).map(|&at| &self.events[at])
    }

    /// The events of a set, in order of id.
    pub fn events_of<'s>(&'s self, set: &str) -> impl Iterator<Item = &'s Event> {
        let is_of = move |event: &&Event| event.sets.iter().any(|of| of == set);
        self.events.iter().filter(is_of)
    }

    /// The names of all sets, sorted.
    pub fn sets(&self) -> BTreeSet<&str> {
        let sets = self.events.iter().flat_map(|event| &event.sets);
        sets.map(String::as_str).collect()
    }

    /// The event with this id.
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.by_id.get(&id).map(|&at| &self.events[at])
    }

    /// An enum by id. Ids come from this schema.
    pub fn enum_type(&self, id: EnumId) -> &EnumType {
        &self.enums[id.0 as usize]
    }

    /// A flag set by id. Ids come from this schema.
    pub fn flags_type(&self, id: FlagsId) -> &FlagsType {
        &self.flag_sets[id.0 as usize]
    }

    /// A struct by id. Ids come from this schema.
    pub fn struct_type(&self, id: StructId) -> &StructType {
        &self.structs[id.0 as usize]
    }

    /// The integer that a value of this type is in a record, or `None` if it is not one.
    pub fn int_repr(&self, ty: &Type) -> Option<IntType> {
        let int = |bits, signed| Some(IntType { bits, signed });
        match ty {
            Type::Bool => int(8, false),
            Type::Int(int) => Some(*int),
            Type::Pointer | Type::Time | Type::Duration => int(64, false),
            Type::Port => int(16, false),
            Type::Enum(id) => Some(self.enum_type(*id).repr),
            Type::Flags(id) => Some(self.flags_type(*id).repr),
            _ => None,
        }
    }

    /// The type as the user writes it: `list<string>`, `flags open_flags`.
    pub fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".into(),
            Type::Int(int) => int.to_string(),
            Type::Pointer => "pointer".into(),
            Type::Port => "port".into(),
            Type::Time => "time".into(),
            Type::String => "string".into(),
            Type::Path => "path".into(),
            Type::Bytes => "bytes".into(),
            Type::Ip => "ip".into(),
            Type::Cidr => "cidr".into(),
            Type::Duration => "duration".into(),
            Type::Enum(id) => format!("enum {}", self.enum_type(*id).name),
            Type::Flags(id) => format!("flags {}", self.flags_type(*id).name),
            Type::List(of) => format!("list<{}>", self.type_name(of)),
            Type::Struct(id) => self.struct_type(*id).name.clone(),
            Type::Error => "an unknown type".into(),
        }
    }
}
