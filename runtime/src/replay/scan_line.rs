//! A [`Line`] by the [`Scanner`], in any of its versions but that of our detections. What this gives up on, serde
//! reads; a test compares both.

use serde::de::DeserializeOwned;

use super::json::Text;
use super::line::{
    Arg, ContainerObject, ContextFlags, DERIVED, EventNumber, Executable, Line, PodObject,
};
use super::memory::Memory;
use super::order::Order;
use super::scan::Scanner;

/// What lines had before: most have the same keys in the same order, and containers that were there before.
#[derive(Debug)]
pub(super) struct LineScanner {
    fields: Order<Field>,
    args: Order<ArgField>,
    flags: Order<Flag>,
    pub(super) context: ContextScanner,
}

/// The same for what says where an event happened: the process and its container.
#[derive(Debug)]
pub(super) struct ContextScanner {
    executable: Order<bool>,
    containers: Memory<ContainerObject>,
    pods: Memory<PodObject>,
}

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Begin,
    Timestamp,
    ThreadStartTime,
    ProcessStartTime,
    ParentProcessStartTime,
    ProcessorId,
    ProcessId,
    CgroupId,
    ThreadId,
    ParentProcessId,
    HostProcessId,
    HostThreadId,
    HostParentProcessId,
    UserId,
    GroupId,
    MountNamespace,
    PidNamespace,
    UtsNamespace,
    NetNamespace,
    UserNamespace,
    ProcessName,
    Executable,
    HostName,
    ContainerId,
    Container,
    Kubernetes,
    ContainerImage,
    ContainerName,
    PodName,
    PodNamespace,
    PodUid,
    EventId,
    EventName,
    ReturnValue,
    Syscall,
    ContextFlags,
    Args,
    /// Says nothing that is asked for.
    Derived,
    /// Of a detection of ours.
    Unusual,
    Other,
}

impl Field {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "timestamp" => Self::Timestamp,
            "threadStartTime" => Self::ThreadStartTime,
            "processStartTime" => Self::ProcessStartTime,
            "parentProcessStartTime" => Self::ParentProcessStartTime,
            "processorId" => Self::ProcessorId,
            "processId" => Self::ProcessId,
            "cgroupId" => Self::CgroupId,
            "threadId" => Self::ThreadId,
            "parentProcessId" => Self::ParentProcessId,
            "hostProcessId" => Self::HostProcessId,
            "hostThreadId" => Self::HostThreadId,
            "hostParentProcessId" => Self::HostParentProcessId,
            "userId" => Self::UserId,
            "groupId" => Self::GroupId,
            "mountNamespace" => Self::MountNamespace,
            "pidNamespace" => Self::PidNamespace,
            "utsNamespace" => Self::UtsNamespace,
            "netNamespace" => Self::NetNamespace,
            "userNamespace" => Self::UserNamespace,
            "processName" => Self::ProcessName,
            "executable" => Self::Executable,
            "hostName" => Self::HostName,
            "containerId" => Self::ContainerId,
            "container" => Self::Container,
            "kubernetes" => Self::Kubernetes,
            "containerImage" => Self::ContainerImage,
            "containerName" => Self::ContainerName,
            "podName" => Self::PodName,
            "podNamespace" => Self::PodNamespace,
            "podUID" => Self::PodUid,
            "eventId" => Self::EventId,
            "eventName" => Self::EventName,
            "returnValue" => Self::ReturnValue,
            "syscall" => Self::Syscall,
            "contextFlags" => Self::ContextFlags,
            "args" | "arguments" => Self::Args,
            "type" | "event" => Self::Unusual,
            _ if DERIVED.contains(&name) => Self::Derived,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArgField {
    Begin,
    Name,
    Value,
    Truncated,
    Other,
}

impl ArgField {
    fn of(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "value" => Self::Value,
            "truncated" => Self::Truncated,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Begin,
    ContainerStarted,
    IsCompat,
    Other,
}

impl Flag {
    fn of(name: &str) -> Self {
        match name {
            "containerStarted" => Self::ContainerStarted,
            "isCompat" => Self::IsCompat,
            _ => Self::Other,
        }
    }
}

/// Which keys came already: one that comes twice is a mistake to serde.
#[derive(Debug, Default)]
pub(super) struct Once(u64);

impl Once {
    pub(super) fn first(&mut self, place: u8) -> Option<()> {
        let bit = 1u64.checked_shl(place.into())?;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new.then_some(())
    }
}

impl LineScanner {
    pub(super) fn new() -> Self {
        Self {
            fields: Order::new(Field::Begin),
            args: Order::new(ArgField::Begin),
            flags: Order::new(Flag::Begin),
            context: ContextScanner {
                executable: Order::new(false),
                containers: Memory::default(),
                pods: Memory::default(),
            },
        }
    }

    /// Reads a line.
    pub(super) fn read<'a>(&mut self, bytes: &'a [u8]) -> Option<Line<'a>> {
        let mut scanner = Scanner::new(bytes)?;
        let mut line = Line::default();
        let mut once = Once::default();
        let Self {
            fields,
            args,
            flags,
            context,
        } = self;
        scanner.object(fields, Field::of, |scanner, field, name| {
            match field {
                Field::Derived => return scanner.skip(),
                Field::Begin | Field::Unusual => return None,
                Field::Other => {
                    let value = scanner.value()?;
                    // One that says nothing takes the place of one that came before, at most.
                    if value.says_something() || name == "name" || !line.others.is_empty() {
                        line.others.insert(Text(name.into()), value);
                    }
                    return Some(());
                }
                _ => once.first(field as u8)?,
            }
            if scanner.null() {
                return Some(());
            }
            match field {
                Field::EventId => {
                    line.event_id = Some(match scanner.string() {
                        Some(text) => EventNumber::Text(Text(text)),
                        None => EventNumber::Number(i64::try_from(scanner.integer()?).ok()?),
                    });
                }
                Field::EventName => line.event_name = Some(scanner.text()?),
                Field::ReturnValue => line.return_value = Some(scanner.signed()?),
                Field::Syscall => line.syscall = Some(scanner.text()?),
                Field::ContextFlags => line.context_flags = Some(context_flags(scanner, flags)?),
                Field::Args => line.args = Some(arguments(scanner, args)?),
                _ => context.read(scanner, field, &mut line)?,
            }
            Some(())
        })?;
        scanner.end()?;
        // Else it may be of the newer form.
        line.event_name.is_some().then_some(line)
    }
}

impl ContextScanner {
    /// Reads a field that is not null.
    pub(super) fn read<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        field: Field,
        of: &mut Line<'a>,
    ) -> Option<()> {
        match field {
            Field::Timestamp => of.timestamp = Some(scanner.unsigned()?),
            Field::ThreadStartTime => of.thread_start_time = Some(scanner.unsigned()?),
            Field::ProcessStartTime => of.process_start_time = Some(scanner.unsigned()?),
            Field::ParentProcessStartTime => {
                of.parent_process_start_time = Some(scanner.unsigned()?);
            }
            Field::ProcessorId => of.processor_id = Some(scanner.number()?),
            Field::ProcessId => of.process_id = Some(scanner.number()?),
            Field::CgroupId => of.cgroup_id = Some(scanner.unsigned()?),
            Field::ThreadId => of.thread_id = Some(scanner.number()?),
            Field::ParentProcessId => of.parent_process_id = Some(scanner.number()?),
            Field::HostProcessId => of.host_process_id = Some(scanner.number()?),
            Field::HostThreadId => of.host_thread_id = Some(scanner.number()?),
            Field::HostParentProcessId => of.host_parent_process_id = Some(scanner.number()?),
            Field::UserId => of.user_id = Some(scanner.number()?),
            Field::GroupId => of.group_id = Some(scanner.number()?),
            Field::MountNamespace => of.mount_namespace = Some(scanner.number()?),
            Field::PidNamespace => of.pid_namespace = Some(scanner.number()?),
            Field::UtsNamespace => of.uts_namespace = Some(scanner.number()?),
            Field::NetNamespace => of.net_namespace = Some(scanner.number()?),
            Field::UserNamespace => of.user_namespace = Some(scanner.number()?),
            Field::ProcessName => of.process_name = Some(scanner.text()?),
            Field::HostName => of.host_name = Some(scanner.text()?),
            Field::ContainerId => of.container_id = Some(scanner.text()?),
            Field::ContainerImage => of.container_image = Some(scanner.text()?),
            Field::ContainerName => of.container_name = Some(scanner.text()?),
            Field::PodName => of.pod_name = Some(scanner.text()?),
            Field::PodNamespace => of.pod_namespace = Some(scanner.text()?),
            Field::PodUid => of.pod_uid = Some(scanner.text()?),
            Field::Executable => of.executable = Some(program(scanner, &mut self.executable)?),
            Field::Container => {
                let of_process = of.host_process_id.unwrap_or_default();
                of.container = Some(self.containers.read(scanner, of_process, plain)?);
            }
            Field::Kubernetes => {
                let of_process = of.host_process_id.unwrap_or_default();
                of.kubernetes = Some(self.pods.read(scanner, of_process, plain)?);
            }
            Field::Begin
            | Field::EventId
            | Field::EventName
            | Field::ReturnValue
            | Field::Syscall
            | Field::ContextFlags
            | Field::Args
            | Field::Derived
            | Field::Unusual
            | Field::Other => return None,
        }
        Some(())
    }
}

pub(super) fn program<'a>(
    scanner: &mut Scanner<'a>,
    order: &mut Order<bool>,
) -> Option<Executable<'a>> {
    let mut path = None;
    let mut once = Once::default();
    scanner.object(
        order,
        |name| name == "path",
        |scanner, is_path, _| {
            if !is_path {
                return scanner.skip();
            }
            once.first(0)?;
            if !scanner.null() {
                path = Some(scanner.text()?);
            }
            Some(())
        },
    )?;
    Some(Executable { path })
}

fn context_flags(scanner: &mut Scanner<'_>, order: &mut Order<Flag>) -> Option<ContextFlags> {
    let mut flags = ContextFlags::default();
    let mut once = Once::default();
    scanner.object(order, Flag::of, |scanner, flag, _| {
        match flag {
            Flag::ContainerStarted => {
                once.first(0)?;
                flags.container_started = scanner.bool()?;
            }
            Flag::IsCompat => {
                once.first(1)?;
                flags.is_compat = scanner.bool()?;
            }
            Flag::Begin | Flag::Other => scanner.skip()?,
        }
        Some(())
    })?;
    Some(flags)
}

fn arguments<'a>(scanner: &mut Scanner<'a>, order: &mut Order<ArgField>) -> Option<Vec<Arg<'a>>> {
    let mut args = Vec::with_capacity(8);
    scanner.list(|scanner| {
        let mut name = None;
        let (mut value, mut truncated) = Default::default();
        let mut once = Once::default();
        scanner.object(order, ArgField::of, |scanner, field, _| {
            match field {
                ArgField::Begin | ArgField::Other => return scanner.skip(),
                _ => once.first(field as u8)?,
            }
            match field {
                ArgField::Name => name = Some(scanner.text()?),
                ArgField::Value => value = scanner.value()?,
                _ => truncated = scanner.bool()?,
            }
            Some(())
        })?;
        args.push(Arg {
            name: name?,
            value,
            truncated,
        });
        Some(())
    })?;
    Some(args)
}

fn plain<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}
