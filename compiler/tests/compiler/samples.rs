//! Random events: a record and a chain of processes, with values that conditions ask for often.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tracee_compiler::process::{self, ContainerView, ProcessView, Text};
use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::address::{self, IPV4};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::types::Type;
use zerocopy::IntoBytes;

/// Integers that literals and values are both taken from.
pub(crate) const INTS: &[i128] = &[
    -4096,
    -2,
    -1,
    0,
    1,
    2,
    3,
    7,
    1000,
    0o2101,
    4_294_967_295,
    i64::MAX as i128,
    u64::MAX as i128,
];

/// Strings that literals are, and values are made of.
pub(crate) const TEXTS: &[&str] = &[
    "",
    "/",
    "/e",
    ".",
    " a",
    "YQ==",
    "/etc/",
    "/etc/passwd",
    "/usr/lib/",
    "libcrypt",
    "Crypto.so",
    "sh",
    "bash",
    ".sh",
    "a",
    "A",
    "aB",
    "Ab",
    "aa",
    "aba",
    "bab",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// Addresses that literals and values are both taken from; IPv4 ones are mapped.
pub(crate) const ADDRESSES: &[u128] = &[
    0,
    1,
    IPV4.0 - 1,
    IPV4.0,
    0xffff_0a00_0000,
    0xffff_0a00_0001,
    0xffff_0aff_ffff,
    0xffff_0b00_0000,
    IPV4.1,
    IPV4.1 + 1,
    0x2001_0db8 << 96,
    (0x2001_0db8 << 96) + (1 << 64) - 1,
    (0x2001_0db8 << 96) + (1 << 64),
    1 << 127,
    u128::MAX,
];

/// The value of a slot.
#[derive(Debug, Clone)]
pub(crate) enum Slot {
    Int(i128),
    Bytes(Vec<u8>),
    List(Vec<Vec<u8>>),
}

/// One process of a chain; `None` is not known.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) ints: [Option<u32>; 5],
    pub(crate) texts: [Option<Vec<u8>>; 6],
}

/// An event.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) slots: Vec<Option<(Slot, bool)>>,
    pub(crate) ints: Vec<u32>,
    pub(crate) comm: Vec<u8>,
    pub(crate) retval: Option<i64>,
    /// The process itself first; empty if it is not known.
    pub(crate) processes: Vec<Process>,
    /// What the process is in.
    pub(crate) container: Option<Container>,
    /// Name of the machine.
    pub(crate) host: Option<Vec<u8>>,
}

/// A container; `None` is not known.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) texts: [Option<Vec<u8>>; 8],
    /// As records have lists.
    pub(crate) labels: Option<Vec<u8>>,
    pub(crate) started: bool,
}

/// The views of a sample's processes, and of what they lead to.
pub(crate) struct Views {
    #[expect(
        clippy::vec_box,
        reason = "views point to each other and must stay in place"
    )]
    processes: Vec<Box<ProcessView>>,
    #[expect(dead_code, reason = "owned for the pointer to it")]
    container: Option<Box<ContainerView>>,
}

impl std::ops::Deref for Views {
    type Target = [Box<ProcessView>];

    fn deref(&self) -> &Self::Target {
        &self.processes
    }
}

/// Samples of an event; `whole` ones have every value, uncut.
pub(crate) fn sample(schema: &Schema, event: &Event, whole: bool) -> BoxedStrategy<Sample> {
    let slots: Vec<_> = event
        .slots
        .iter()
        .map(|slot| {
            let value = match (&slot.ty, schema.int_repr(&slot.ty)) {
                (_, Some(int)) => select(INTS)
                    .prop_map(move |value| Slot::Int(value.clamp(int.min(), int.max())))
                    .boxed(),
                (Type::Ip, _) => select(ADDRESSES).prop_map(address).boxed(),
                (Type::List(_), _) => vec(any_length(whole), 0..4).prop_map(Slot::List).boxed(),
                _ => any_length(whole).prop_map(Slot::Bytes).boxed(),
            };
            let odds = (if whole { 1.0 } else { 0.8 }, if whole { 0.0 } else { 0.2 });
            (
                prop::bool::weighted(odds.0),
                value,
                prop::bool::weighted(odds.1),
            )
                .prop_map(|(present, value, cut)| present.then_some((value, cut)))
        })
        .collect();
    let int = || select(vec![0u32, 1, 2, 3, 7, 1000, u32::MAX]);
    let odds = if whole { 1.0 } else { 0.7 };
    let retval = (prop::bool::weighted(odds), select(vec![-2i64, 0, 1, 3]))
        .prop_map(|(present, retval)| present.then_some(retval));
    let comm = text().prop_map(|mut comm| {
        comm.truncate(15);
        comm
    });
    let field = prop::option::weighted(0.8, int());
    let process = (
        prop::array::uniform5(field),
        prop::array::uniform6(prop::option::weighted(0.8, text())),
    )
        .prop_map(|(ints, texts)| Process { ints, texts });
    let maybe = || prop::option::weighted(0.8, text());
    let texts = prop::array::uniform8(maybe());
    let labels = vec(text(), 0..4).prop_map(|items| list(&items));
    let labels = prop::option::weighted(0.8, labels);
    let container = (texts, labels, any::<bool>());
    let container = container.prop_map(|(texts, labels, started)| Container {
        texts,
        labels,
        started,
    });
    let container = prop::option::weighted(0.7, container);
    let around = (vec(process, 0..4), container, maybe());
    (slots, vec(int(), 18), comm, retval, around)
        .prop_map(|(slots, ints, comm, retval, around)| Sample {
            slots,
            ints,
            comm,
            retval,
            processes: around.0,
            container: around.1,
            host: around.2,
        })
        .boxed()
}

/// A list as records have it.
fn list(items: &[Vec<u8>]) -> Vec<u8> {
    items.iter().fold(Vec::new(), |mut list, item| {
        list.extend((item.len() as u32).to_ne_bytes());
        list.extend(item);
        list.resize(list.len().next_multiple_of(4), 0);
        list
    })
}

/// An address as records have it: an IPv4 one in either form, by the number's last bit.
fn address(number: u128) -> Slot {
    Slot::Bytes(address::bytes(number, number & 1 == 1))
}

/// A string made of up to three of [`TEXTS`].
fn text() -> impl Strategy<Value = Vec<u8>> {
    vec(select(TEXTS), 0..4).prop_map(|parts| parts.concat().into_bytes())
}

/// A string that rarely is about as long as one that the kernel looks at, or longer if that needn't be
/// `whole`.
fn any_length(whole: bool) -> impl Strategy<Value = Vec<u8>> {
    let most = abi::MAX_STRING + if whole { 0 } else { 8 };
    let long = (abi::MAX_STRING - 8..=most, text(), text());
    let long = long.prop_map(|(length, begin, end)| {
        let middle = length.saturating_sub(begin.len() + end.len());
        [&begin[..], &vec![b'a'; middle], &end].concat()
    });
    prop_oneof![40 => text(), 1 => long]
}

impl Sample {
    /// The record, at a multiple of 8.
    pub(crate) fn record(&self, event: &Event) -> Vec<u64> {
        let [pid, tid, ppid, host_pid, host_tid, host_ppid, uid, gid, ..] = self.ints[..] else {
            unreachable!("samples have 18 integers")
        };
        let mut header = RecordHeader {
            event: event.id.0,
            time: self.ints[8].into(),
            cgroup_id: self.ints[9].into(),
            thread_start_time: self.ints[10].into(),
            process_start_time: self.ints[11].into(),
            pid,
            tid,
            ppid,
            host_pid,
            host_tid,
            host_ppid,
            uid,
            gid,
            mnt_ns: self.ints[12],
            pid_ns: self.ints[13],
            uts_ns: self.ints[14],
            net_ns: self.ints[15],
            user_ns: self.ints[16],
            cpu: self.ints[17],
            syscall: [-1, 0, 59, 257, 469, 470, 471, 1000][self.ints[17] as usize % 8],
            ..RecordHeader::default()
        };
        header.comm[..self.comm.len()].copy_from_slice(&self.comm);
        if let Some(retval) = self.retval {
            header.retval = retval;
            header.flags |= abi::RECORD_RETVAL;
        }
        let tail_begin = abi::SLOTS_OFFSET + 8 * self.slots.len();
        let (mut words, mut tail) = (Vec::new(), Vec::new());
        for (at, slot) in self.slots.iter().enumerate() {
            let Some((value, cut)) = slot else {
                // What an absent slot holds must not matter.
                words.push(0xdead_beef_dead_beef);
                continue;
            };
            header.present |= 1 << at;
            header.truncated |= u64::from(*cut) << at;
            let bytes = match value {
                Slot::Int(value) => {
                    words.push(*value as u64);
                    continue;
                }
                Slot::Bytes(bytes) => bytes.clone(),
                Slot::List(items) => list(items),
            };
            let offset = (tail_begin + tail.len()) as u64;
            words.push(offset | (bytes.len() as u64) << 32);
            tail.extend(bytes);
            tail.resize(tail.len().next_multiple_of(8), 0);
        }
        header.size = (tail_begin + tail.len()) as u32;
        let bytes = [header.as_bytes(), words.as_bytes(), &tail].concat();
        bytes
            .chunks_exact(8)
            .map(|word| u64::from_ne_bytes(word.try_into().unwrap()))
            .collect()
    }

    /// The views of the processes, the process itself last; each leads to the one before it.
    pub(crate) fn views(&self) -> Views {
        let text = |text: &Option<Vec<u8>>| text.as_deref().map_or(Text::ABSENT, Text::new);
        let mut views: Vec<Box<ProcessView>> = Vec::new();
        for process in self.processes.iter().rev() {
            let [pid, host_pid, uid, gid, entity] = process.ints;
            let known = [
                (pid, process::KNOWN_PID),
                (host_pid, process::KNOWN_HOST_PID),
                (uid, process::KNOWN_UID),
                (gid, process::KNOWN_GID),
                (pid, process::KNOWN_START_TIME),
                (entity, process::KNOWN_ENTITY),
            ];
            views.push(Box::new(ProcessView {
                parent: views
                    .last()
                    .map_or(std::ptr::null(), |parent| &raw const **parent),
                comm: text(&process.texts[0]),
                exe: text(&process.texts[1]),
                cmdline: text(&process.texts[2]),
                cwd: text(&process.texts[3]),
                user: text(&process.texts[4]),
                exe_sha256: text(&process.texts[5]),
                start_time: pid.unwrap_or(0xdead).into(),
                pid: pid.unwrap_or(0xdead),
                host_pid: host_pid.unwrap_or(0xdead),
                uid: uid.unwrap_or(0xdead),
                gid: gid.unwrap_or(0xdead),
                entity: entity.unwrap_or(0xdead),
                known: known
                    .iter()
                    .filter(|(value, _)| value.is_some())
                    .map(|(_, flag)| flag)
                    .sum(),
                ..ProcessView::UNKNOWN
            }));
        }
        let container = self.container.as_ref().map(|container| {
            let [id, runtime, name, image, digest, pod, namespace, uid] = &container.texts;
            Box::new(ContainerView {
                id: text(id),
                runtime: text(runtime),
                name: text(name),
                image: text(image),
                image_digest: text(digest),
                pod_name: text(pod),
                pod_namespace: text(namespace),
                pod_uid: text(uid),
                pod_labels: text(&container.labels),
                started: container.started.into(),
            })
        });
        if let Some(own) = views.last_mut() {
            let pointer = container.as_deref().map(std::ptr::from_ref);
            own.container = pointer.unwrap_or(std::ptr::null());
            own.host = text(&self.host);
        }
        Views {
            processes: views,
            container,
        }
    }

    /// What the kernel's tree has for the process when these are the roots.
    pub(crate) fn tree_mask(&self, roots: &[(u8, u32)]) -> u64 {
        let is_ancestor = |pid: u32| {
            self.processes
                .iter()
                .any(|process| process.ints[1] == Some(pid))
        };
        roots
            .iter()
            .filter(|(_, pid)| is_ancestor(*pid))
            .map(|(bit, _)| 1 << bit)
            .sum()
    }
}
