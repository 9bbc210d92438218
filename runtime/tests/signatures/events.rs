//! Random events of a schema, close to what signatures compare them with.

use std::collections::BTreeMap;

use tracee_compiler::process::{ContainerView, ProcessView, Text};
use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::{Event, EventId};
use tracee_lang::stdlib::schema;
use tracee_lang::types::Type;
use tracee_runtime::record::{Layouts, RecordBuf, RecordBuilder};

use crate::chance::Chance;
use crate::literals::{Literals, near};
use crate::{policies, selected};

/// The pid namespace of the host.
const HOST: u32 = 0xEFFF_FFFC;

/// Makes the same events of the same seed.
pub(crate) struct Maker<'a> {
    layouts: &'a Layouts,
    seed: u64,
    /// What all signatures compare with.
    all: Literals,
    /// What each signature on an event does.
    own: BTreeMap<EventId, Vec<Literals>>,
}

/// An event with what is known of its process.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) record: RecordBuf,
    /// What it was made of, for messages.
    #[expect(dead_code, reason = "a failed comparison prints it")]
    slots: Vec<String>,
    #[expect(dead_code, reason = "a failed comparison prints it")]
    header: RecordHeader,
    exe: Option<Vec<u8>>,
    container: Option<[Vec<u8>; 4]>,
}

/// The process, which borrows from [`Made`].
pub(crate) struct Lent {
    pub(crate) process: ProcessView,
    /// Where the process's container is.
    _container: Option<Box<ContainerView>>,
}

impl Made {
    pub(crate) fn view(&self) -> Lent {
        let container = self.container.as_ref().map(|[id, name, image, pod]| {
            Box::new(ContainerView {
                id: Text::new(id),
                name: Text::new(name),
                image: Text::new(image),
                pod_name: Text::new(pod),
                ..ContainerView::UNKNOWN
            })
        });
        let pointer = container
            .as_deref()
            .map_or(std::ptr::null(), |one| one as *const _);
        let process = ProcessView {
            container: pointer,
            exe: self.exe.as_deref().map_or(Text::ABSENT, Text::new),
            ..ProcessView::UNKNOWN
        };
        Lent {
            process,
            _container: container,
        }
    }
}

impl<'a> Maker<'a> {
    /// Makes events that are close to what these files ask for.
    pub(crate) fn new(layouts: &'a Layouts, files: &[(String, String)], seed: u64) -> Self {
        let mut own: BTreeMap<EventId, Vec<Literals>> = BTreeMap::new();
        for file in files {
            let literals = Literals::of(std::iter::once(file.1.as_str()));
            for (event, _) in selected(&policies(std::slice::from_ref(file))) {
                own.entry(event.id).or_default().push(literals.clone());
            }
        }
        let all = Literals::of(files.iter().map(|(_, text)| text.as_str()));
        Self {
            layouts,
            seed,
            all,
            own,
        }
    }

    /// The event with this number.
    pub(crate) fn event(&self, event: &Event, number: u64) -> Made {
        let chance = &mut Chance::new(self.seed, number);
        // Mostly of one signature: what it asks for at once is of one event then.
        let literals = match self.own.get(&event.id) {
            Some(own) if !chance.once_in(4) => chance.one_of(own),
            _ => &self.all,
        };
        let Literals { words, numbers } = literals;
        let mut builder = RecordBuilder::new(self.layouts.get(event.id).unwrap());
        let mut small = vec![0, 1, 2, 3, 7, 42, 62, 999, 1000, 60000, u32::MAX, 1 << 31];
        small.extend(numbers);
        let comm = near(words, chance);
        builder.comm(&comm);
        let header = &mut builder.header;
        let mut number = || *chance.one_of(&small);
        (header.pid, header.tid, header.ppid) = (number(), number(), number());
        (header.host_pid, header.host_tid, header.host_ppid) = (number(), number(), number());
        (header.uid, header.gid) = (number(), number());
        if !numbers.is_empty() && chance.once_in(2) {
            header.uid = *chance.one_of(numbers);
        }
        header.pid_ns = *chance.one_of(&[HOST, HOST, 4_026_532_000]);
        let mut number = || *chance.one_of(&small);
        (header.mnt_ns, header.uts_ns) = (number(), number());
        (header.net_ns, header.user_ns, header.cpu) = (number(), number(), number());
        (header.time, header.cgroup_id) = (number().into(), number().into());
        header.thread_start_time = number().into();
        (header.process_start_time, header.parent_start_time) = (number().into(), number().into());
        header.syscall = i32::try_from(chance.below(400)).unwrap_or_default() - 20;
        if chance.once_in(2) {
            header.syscall = 257;
        }
        if event.has_retval && !chance.once_in(8) {
            header.flags |= abi::RECORD_RETVAL;
            header.retval = *chance.one_of(&[0, 0, 1, 3, -1, -13]);
        }
        let pid = header.pid;
        let mut slots = Vec::new();
        for (at, slot) in event.slots.iter().enumerate() {
            if chance.once_in(7) {
                continue;
            }
            let at = u16::try_from(at).unwrap_or_default();
            let shown = value(literals, &mut builder, at, &slot.ty, pid, chance);
            slots.push(format!("{}: {shown}", slot.path));
            if chance.once_in(16) {
                builder.truncated(at);
            }
        }
        let mut text = |times| (!chance.once_in(times)).then(|| near(words, chance));
        let exe = text(4);
        let container = text(2).map(|id| {
            let mut text = || near(words, chance);
            [id, text(), text(), text()]
        });
        Made {
            header: builder.header,
            record: builder.build(),
            slots,
            exe,
            container,
        }
    }
}

/// Sets a slot to something; returns it for a person.
fn value(
    literals: &Literals,
    builder: &mut RecordBuilder<'_>,
    at: u16,
    ty: &Type,
    pid: u32,
    chance: &mut Chance,
) -> String {
    let Literals { words, numbers } = literals;
    let int = |builder: &mut RecordBuilder<'_>, value: u64| {
        builder.int(at, value);
        format!("{value:#x}")
    };
    match ty {
        Type::Enum(id) => {
            let ty = schema().enum_type(*id);
            let named = chance.one_of(&ty.constants).1;
            let mut value = i64::try_from(named).unwrap_or_default();
            // Those that signatures name are of many.
            let is_asked = |name: &str| words.iter().any(|word| word == name);
            let asked: Vec<i128> = ty
                .in_json()
                .filter(|(name, _)| is_asked(name))
                .map(|(_, value)| value)
                .collect();
            if !asked.is_empty() && chance.once_in(2) {
                value = i64::try_from(*chance.one_of(&asked)).unwrap_or_default();
            }
            if chance.once_in(6) {
                value = *chance.one_of(&[0, 1, 5, 80, 99_999]);
            }
            int(builder, value.cast_unsigned())
        }
        Type::Flags(id) => {
            let ty = schema().flags_type(*id);
            let mut value = 0;
            for _ in 0..chance.below(4) {
                let flag = chance.one_of(&ty.constants);
                value = value & !flag.mask | flag.value;
            }
            let word = chance.one_of(words);
            if let Some(asked) = ty.value_of(word) {
                value = asked;
            }
            if chance.once_in(5) {
                value ^= 1 << chance.below(64);
            }
            if chance.once_in(8) {
                value = chance.next();
            }
            if !chance.once_in(4) {
                value &= ty.width();
            }
            int(builder, value)
        }
        Type::Bool => int(builder, chance.next() & 1),
        Type::Int(_) | Type::Pointer | Type::Port | Type::Time | Type::Duration => {
            let values = [0, 1, 2, 7, 80, 443, 4444, u64::MAX, 1 << 63, pid.into(), 7];
            let mut value = *chance.one_of(&values);
            if !numbers.is_empty() && chance.once_in(2) {
                value = u64::from(*chance.one_of(numbers));
            }
            if *ty == Type::Port {
                value &= 0xffff;
            }
            int(builder, value)
        }
        Type::String | Type::Path => {
            let text = near(words, chance);
            builder.bytes(at, &text);
            text.escape_ascii().to_string()
        }
        Type::Bytes => {
            let starts: [&[u8]; 5] = [b"\x7fELF\x02\x01", b"\x7felf", b"ELF", b"", b"\xffELF"];
            let mut bytes = chance.one_of(&starts).to_vec();
            bytes.extend((0..chance.below(20)).map(|_| chance.next() as u8));
            builder.bytes(at, &bytes);
            bytes.escape_ascii().to_string()
        }
        Type::Ip => {
            let four: &[u8] = &[127, 0, 0, 1];
            let mapped: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1];
            let address = *chance.one_of(&[four, mapped, &[10, 1, 2, 3]]);
            builder.bytes(at, address);
            format!("{address:?}")
        }
        Type::List(_) => {
            let items: Vec<Vec<u8>> = (0..chance.below(5)).map(|_| near(words, chance)).collect();
            builder.list(at, items.iter().map(Vec::as_slice));
            let shown: Vec<String> = items
                .iter()
                .map(|one| one.escape_ascii().to_string())
                .collect();
            format!("{shown:?}")
        }
        Type::Struct(_) | Type::Cidr | Type::Error => String::new(),
    }
}
