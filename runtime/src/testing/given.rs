//! A given event as a record, and the processes it is of as the matchers see them.

use tracee_compiler::process::{self, ContainerView, ProcessView, Text};
use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::context::{ContainerField, ContextField, ProcessField};
use tracee_lang::hir::test::{GivenData, GivenEvent, GivenProcess, GivenValue};
use tracee_lang::schema::{Hook, Schema};
use tracee_lang::syscalls;

use crate::record::{Layouts, RecordBuf, RecordBuilder, list_of};

/// The record of an event; `None` if the schema has a type in it that records can't hold.
pub(super) fn record(given: &GivenEvent, schema: &Schema, layouts: &Layouts) -> Option<RecordBuf> {
    let mut builder = RecordBuilder::new(layouts.get(given.event)?);
    for (slot, value) in (0..).zip(&given.slots) {
        match &value.value {
            GivenData::Absent => continue,
            // A negative number's two's complement.
            GivenData::Int(int) => builder.int(slot, *int as u64),
            GivenData::Bytes(bytes) => builder.bytes(slot, bytes),
            GivenData::List(items) => builder.list(slot, items.iter().map(|item| &**item)),
        };
        if value.truncated {
            builder.truncated(slot);
        }
    }
    if let Some(own) = given.processes.first() {
        process_header(&mut builder, own);
    }
    // A syscall's own, unless another one is given.
    let hooks = schema
        .event(given.event)
        .map_or(&[][..], |event| &event.hooks);
    let number = hooks.iter().find_map(|hook| match hook {
        Hook::Syscall { number, .. } => number.and_then(|number| i32::try_from(number).ok()),
        _ => None,
    });
    builder.header.syscall = number.unwrap_or(-1);
    for (field, value) in &given.context {
        match (field, &value.value) {
            (ContextField::EventSyscall, value) => {
                let name = match value {
                    GivenData::Bytes(name) => std::str::from_utf8(name).ok(),
                    _ => None,
                };
                builder.header.syscall = name.and_then(syscalls::number).unwrap_or(-1);
            }
            (field, GivenData::Int(value)) => context(&mut builder.header, *field, *value),
            _ => {}
        }
    }
    Some(builder.build())
}

/// What a record says of its process.
fn process_header(builder: &mut RecordBuilder<'_>, process: &GivenProcess) {
    if let GivenData::Bytes(comm) = &process.get(ProcessField::Comm).value {
        builder.comm(comm);
    }
    let id = |field| int(process.get(field)).and_then(|id| u32::try_from(id).ok());
    let header = &mut builder.header;
    header.pid = id(ProcessField::Pid).unwrap_or_default();
    header.host_pid = id(ProcessField::HostPid).unwrap_or_default();
    header.uid = id(ProcessField::Uid).unwrap_or_default();
    header.gid = id(ProcessField::Gid).unwrap_or_default();
    header.process_start_time = start_time(process).unwrap_or_default();
}

/// The rest of the header. The checker saw to it that values fit.
fn context(header: &mut RecordHeader, field: ContextField, value: i128) {
    let narrow = value as u32;
    let wide = value as u64;
    match field {
        ContextField::Tid => header.tid = narrow,
        ContextField::Ppid => header.ppid = narrow,
        ContextField::HostTid => header.host_tid = narrow,
        ContextField::HostPpid => header.host_ppid = narrow,
        ContextField::ThreadStartTime => header.thread_start_time = wide,
        ContextField::CgroupId => header.cgroup_id = wide,
        ContextField::MntNs => header.mnt_ns = narrow,
        ContextField::PidNs => header.pid_ns = narrow,
        ContextField::UtsNs => header.uts_ns = narrow,
        ContextField::NetNs => header.net_ns = narrow,
        ContextField::UserNs => header.user_ns = narrow,
        ContextField::EventTime => header.time = wide,
        ContextField::EventCpu => header.cpu = narrow,
        ContextField::Retval => {
            header.flags |= abi::RECORD_RETVAL;
            header.retval = wide.cast_signed();
        }
        // Of processes, or what the event is.
        ContextField::Proc(_)
        | ContextField::Parent(_)
        | ContextField::EventId
        | ContextField::EventName => {}
        // Beside the record.
        ContextField::Container(_) | ContextField::HostName | ContextField::EventSyscall => {}
    }
}

/// The processes of an event, for as long as the test that gives them.
///
/// Keeps the promise of [`ProcessView`]: each view leads to the one after it, which stays in its box,
/// and to the strings of the test.
#[derive(Debug)]
pub(super) struct Processes<'t> {
    /// The event's own last.
    #[expect(
        clippy::vec_box,
        reason = "views point to each other and must stay in place"
    )]
    views: Vec<Box<ProcessView>>,
    /// What the event's own leads to.
    #[expect(dead_code, reason = "owned for the pointer to it")]
    container: Option<Box<ContainerView>>,
    #[expect(dead_code, reason = "owned for the container's pointer to it")]
    labels: Option<Box<[u8]>>,
    given: std::marker::PhantomData<&'t GivenProcess>,
}

impl<'t> Processes<'t> {
    pub(super) fn new(given: &'t GivenEvent) -> Self {
        let processes = &given.processes;
        let mut views: Vec<Box<ProcessView>> = Vec::with_capacity(processes.len());
        for process in processes.iter().rev() {
            let parent = views.last();
            let parent = parent.map_or(std::ptr::null(), |parent| &raw const **parent);
            views.push(Box::new(ProcessView {
                parent,
                ..view(process)
            }));
        }
        let labels = labels(&given.context);
        let container = container(&given.context, labels.as_deref()).map(Box::new);
        if let Some(own) = views.last_mut() {
            let pointer = container.as_deref().map(std::ptr::from_ref);
            own.container = pointer.unwrap_or(std::ptr::null());
            own.host = text(&given.context, ContextField::HostName);
        }
        Self {
            views,
            container,
            labels,
            given: std::marker::PhantomData,
        }
    }

    /// The event's own.
    pub(super) fn own(&self) -> Option<&ProcessView> {
        self.views.last().map(|view| &**view)
    }
}

/// The labels of the pod as views have them; none if they are absent.
fn labels(given: &[(ContextField, GivenValue)]) -> Option<Box<[u8]>> {
    let field = ContextField::Container(ContainerField::PodLabels);
    match given.iter().find(|(of, _)| *of == field) {
        None => Some(Box::default()),
        Some((_, value)) => match &value.value {
            GivenData::List(labels) => Some(list_of(labels.iter().map(|label| &**label))),
            _ => None,
        },
    }
}

/// The container, if anything is given of it: what is not, is zero as everywhere.
fn container(given: &[(ContextField, GivenValue)], labels: Option<&[u8]>) -> Option<ContainerView> {
    let is_of_it = |(field, _): &(ContextField, _)| matches!(field, ContextField::Container(_));
    given.iter().any(is_of_it).then(|| {
        let text = |field| text(given, ContextField::Container(field));
        let mut started = given.iter().rev();
        let started = started.find_map(|(field, value)| match field {
            ContextField::Container(ContainerField::Started) => int(value),
            _ => None,
        });
        ContainerView {
            id: text(ContainerField::Id),
            runtime: text(ContainerField::Runtime),
            name: text(ContainerField::Name),
            image: text(ContainerField::Image),
            image_digest: text(ContainerField::ImageDigest),
            pod_name: text(ContainerField::PodName),
            pod_namespace: text(ContainerField::PodNamespace),
            pod_uid: text(ContainerField::PodUid),
            pod_labels: labels.map_or(Text::ABSENT, Text::new),
            started: u64::from(started == Some(1)),
        }
    })
}

/// A string of the context.
fn text(given: &[(ContextField, GivenValue)], field: ContextField) -> Text {
    match given.iter().find(|(of, _)| *of == field) {
        None => Text::new(b""),
        Some((_, value)) => match &value.value {
            GivenData::Bytes(text) => Text::new(text),
            _ => Text::ABSENT,
        },
    }
}

/// A process without its parent.
fn view(given: &GivenProcess) -> ProcessView {
    let mut known = 0;
    let mut id = |field, flag| match int(given.get(field)) {
        Some(id) => {
            known |= flag;
            // The checker saw to it that it fits.
            id as u32
        }
        None => 0,
    };
    let pid = id(ProcessField::Pid, process::KNOWN_PID);
    let host_pid = id(ProcessField::HostPid, process::KNOWN_HOST_PID);
    let uid = id(ProcessField::Uid, process::KNOWN_UID);
    let gid = id(ProcessField::Gid, process::KNOWN_GID);
    let entity = id(ProcessField::Entity, process::KNOWN_ENTITY);
    let start = start_time(given);
    if start.is_some() {
        known |= process::KNOWN_START_TIME;
    }
    let text = |field| match &given.get(field).value {
        GivenData::Bytes(text) => Text::new(text),
        _ => Text::ABSENT,
    };
    ProcessView {
        comm: text(ProcessField::Comm),
        exe: text(ProcessField::Exe),
        cmdline: text(ProcessField::Cmdline),
        cwd: text(ProcessField::Cwd),
        user: text(ProcessField::User),
        exe_sha256: text(ProcessField::ExeSha256),
        start_time: start.unwrap_or_default(),
        pid,
        host_pid,
        uid,
        gid,
        entity,
        known,
        ..ProcessView::UNKNOWN
    }
}

fn start_time(process: &GivenProcess) -> Option<u64> {
    int(process.get(ProcessField::StartTime)).map(|time| time as u64)
}

fn int(value: &GivenValue) -> Option<i128> {
    match value.value {
        GivenData::Int(int) => Some(int),
        _ => None,
    }
}
