//! The same for Aqua's newer form ([`LineV1`](super::line_v1::LineV1)), but for detections.

use super::json::Json;
use super::line::{Arg, ContainerObject, ContextFlags, Line, PodObject};
use super::line_v1::{Container, K8s, nanoseconds, number};
use super::memory::Memory;
use super::order::Order;
use super::scan::Scanner;
use super::scan_line::{Once, program};

/// What lines had before.
#[derive(Debug)]
pub(super) struct LineV1Scanner {
    fields: Order<Field>,
    workload: Order<Field>,
    process: Order<Field>,
    user: Order<Field>,
    thread: Order<Field>,
    ancestor: Order<Field>,
    item: Order<Kind>,
    list: Order<Field>,
    pub(super) context: ContextV1Scanner,
}

/// The same for what says where an event happened: the process and its container.
#[derive(Debug)]
pub(super) struct ContextV1Scanner {
    executable: Order<bool>,
    containers: Memory<ContainerObject>,
    pods: Memory<PodObject>,
}

/// What a key means, wherever it may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Begin,
    Timestamp,
    Name,
    Workload,
    Data,
    DetectedFrom,
    Process,
    Container,
    K8s,
    Executable,
    HostPid,
    Pid,
    RealUser,
    Id,
    Thread,
    Ancestors,
    StartTime,
    HostTid,
    Tid,
    Syscall,
    Compat,
    /// Of the first of the ancestors.
    ParentHostPid,
    ParentPid,
    Value,
    Other,
}

impl Field {
    pub(super) fn of_line(name: &str) -> Self {
        match name {
            "timestamp" => Self::Timestamp,
            "name" => Self::Name,
            "workload" => Self::Workload,
            "data" => Self::Data,
            "detected_from" => Self::DetectedFrom,
            _ => Self::Other,
        }
    }

    pub(super) fn of_workload(name: &str) -> Self {
        match name {
            "process" => Self::Process,
            "container" => Self::Container,
            "k8s" => Self::K8s,
            _ => Self::Other,
        }
    }

    pub(super) fn of_process(name: &str) -> Self {
        match name {
            "executable" => Self::Executable,
            "host_pid" => Self::HostPid,
            "pid" => Self::Pid,
            "real_user" => Self::RealUser,
            "thread" => Self::Thread,
            "ancestors" => Self::Ancestors,
            _ => Self::Other,
        }
    }

    pub(super) fn of_ancestor(name: &str) -> Self {
        match name {
            "host_pid" => Self::ParentHostPid,
            "pid" => Self::ParentPid,
            _ => Self::Other,
        }
    }

    pub(super) fn of_user(name: &str) -> Self {
        match name {
            "id" => Self::Id,
            _ => Self::Other,
        }
    }

    pub(super) fn of_thread(name: &str) -> Self {
        match name {
            "start_time" => Self::StartTime,
            "name" => Self::Name,
            "host_tid" => Self::HostTid,
            "tid" => Self::Tid,
            "syscall" => Self::Syscall,
            "compat" => Self::Compat,
            _ => Self::Other,
        }
    }

    fn of_list(name: &str) -> Self {
        match name {
            "value" => Self::Value,
            _ => Self::Other,
        }
    }
}

/// How an argument's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Begin,
    Name,
    List,
    Number,
    Plain,
}

impl Kind {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "str_array" | "int32_array" | "u_int64_array" => Self::List,
            "int64" | "u_int64" | "pointer" => Self::Number,
            _ => Self::Plain,
        }
    }
}

impl LineV1Scanner {
    pub(super) fn new() -> Self {
        let order = || Order::new(Field::Begin);
        Self {
            fields: order(),
            workload: order(),
            process: order(),
            user: order(),
            thread: order(),
            ancestor: order(),
            item: Order::new(Kind::Begin),
            list: order(),
            context: ContextV1Scanner {
                executable: Order::new(false),
                containers: Memory::default(),
                pods: Memory::default(),
            },
        }
    }

    /// Reads a line.
    pub(super) fn read<'a>(&mut self, bytes: &'a [u8]) -> Option<Line<'a>> {
        let mut scanner = Scanner::new(bytes)?;
        let mut line = Line {
            context_flags: Some(ContextFlags::default()),
            args: Some(Vec::new()),
            ..Line::default()
        };
        let mut once = Once::default();
        let mut fields = std::mem::replace(&mut self.fields, Order::new(Field::Begin));
        let done = scanner.object(&mut fields, Field::of_line, |scanner, field, _| {
            if field != Field::Other {
                once.first(field as u8)?;
            }
            match field {
                // A number is of the older form.
                Field::Timestamp => line.timestamp = Some(time(scanner)?),
                Field::Name => line.event_name = Some(scanner.text()?),
                Field::Workload => self.workload(scanner, &mut line)?,
                Field::Data => line.args = Some(self.data(scanner)?),
                Field::Other => scanner.skip()?,
                _ => return None,
            }
            Some(())
        });
        self.fields = fields;
        done?;
        scanner.end()?;
        (line.timestamp.is_some() && line.event_name.is_some()).then_some(line)
    }

    fn workload<'a>(&mut self, scanner: &mut Scanner<'a>, line: &mut Line<'a>) -> Option<()> {
        let mut once = Once::default();
        let mut order = std::mem::replace(&mut self.workload, Order::new(Field::Begin));
        let done = scanner.object(&mut order, Field::of_workload, |scanner, field, _| {
            if field != Field::Other {
                once.first(field as u8)?;
            }
            if matches!(field, Field::Container | Field::K8s) && scanner.null() {
                return Some(());
            }
            match field {
                Field::Process => self.process(scanner, line)?,
                Field::Container | Field::K8s => self.context.read(scanner, field, line)?,
                _ => scanner.skip()?,
            }
            Some(())
        });
        self.workload = order;
        done
    }

    fn process<'a>(&mut self, scanner: &mut Scanner<'a>, line: &mut Line<'a>) -> Option<()> {
        let Self {
            process,
            user,
            thread,
            ancestor,
            context,
            ..
        } = self;
        let mut once = Once::default();
        scanner.object(process, Field::of_process, |scanner, field, _| {
            if field == Field::Other {
                return scanner.skip();
            }
            once.first(field as u8)?;
            if field == Field::Ancestors {
                return ancestors(scanner, ancestor, context, line);
            }
            if scanner.null() {
                return Some(());
            }
            match field {
                Field::RealUser => {
                    let mut once = Once::default();
                    scanner.object(user, Field::of_user, |scanner, field, _| {
                        if field == Field::Other {
                            return scanner.skip();
                        }
                        once.first(field as u8)?;
                        if !scanner.null() {
                            context.read(scanner, field, line)?;
                        }
                        Some(())
                    })?;
                }
                Field::Thread => self::thread(scanner, thread, context, line)?,
                _ => context.read(scanner, field, line)?,
            }
            Some(())
        })
    }

    fn data<'a>(&mut self, scanner: &mut Scanner<'a>) -> Option<Vec<Arg<'a>>> {
        let mut args = Vec::with_capacity(8);
        let Self { item, list, .. } = self;
        scanner.list(|scanner| {
            let (mut name, mut value) = (None, Json::Null);
            scanner.object(item, Kind::of, |scanner, kind, _| {
                match kind {
                    Kind::Name => name = Some(scanner.text()?),
                    Kind::List => value = items(scanner, list)?,
                    Kind::Number => value = number(scanner.text()?),
                    Kind::Plain | Kind::Begin => value = scanner.value()?,
                }
                Some(())
            })?;
            args.push(Arg {
                name: name?,
                value,
                truncated: false,
            });
            Some(())
        })?;
        Some(args)
    }
}

impl ContextV1Scanner {
    /// Reads a field that is not null.
    pub(super) fn read<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        field: Field,
        of: &mut Line<'a>,
    ) -> Option<()> {
        let of_process = of.host_process_id.unwrap_or_default();
        match field {
            Field::Executable => of.executable = Some(program(scanner, &mut self.executable)?),
            Field::HostPid => of.host_process_id = Some(scanner.number()?),
            Field::Pid => of.process_id = Some(scanner.number()?),
            Field::Id => of.user_id = Some(scanner.number()?),
            Field::StartTime => of.thread_start_time = Some(time(scanner)?),
            Field::Name => of.process_name = Some(scanner.text()?),
            Field::HostTid => of.host_thread_id = Some(scanner.number()?),
            Field::Tid => of.thread_id = Some(scanner.number()?),
            Field::Syscall => of.syscall = Some(scanner.text()?),
            Field::Compat => {
                of.context_flags.get_or_insert_default().is_compat = scanner.bool()?;
            }
            Field::ParentHostPid => of.host_parent_process_id = Some(scanner.number()?),
            Field::ParentPid => of.parent_process_id = Some(scanner.number()?),
            Field::Container => {
                let read = |text: &str| serde_json::from_str(text).ok().map(Container::into_object);
                let container = self.containers.read(scanner, of_process, read)?;
                of.context_flags.get_or_insert_default().container_started = container.started;
                of.container = Some(container);
            }
            Field::K8s => {
                let read = |text: &str| {
                    let pod: K8s<'_> = serde_json::from_str(text).ok()?;
                    Some(pod.into_object())
                };
                of.kubernetes = Some(self.pods.read(scanner, of_process, read)?);
            }
            _ => return None,
        }
        Some(())
    }
}

pub(super) fn time(scanner: &mut Scanner<'_>) -> Option<u64> {
    nanoseconds(&scanner.string()?).ok()
}

/// `{"value": […]}`, with nothing else.
fn items<'a>(scanner: &mut Scanner<'a>, order: &mut Order<Field>) -> Option<Json<'a>> {
    let mut items = None;
    scanner.object(order, Field::of_list, |scanner, field, _| {
        let is_first = field == Field::Value && items.is_none();
        items = is_first.then(|| scanner.value()).flatten();
        items.is_some().then_some(())
    })?;
    items
}

fn ancestors<'a>(
    scanner: &mut Scanner<'a>,
    order: &mut Order<Field>,
    context: &mut ContextV1Scanner,
    line: &mut Line<'a>,
) -> Option<()> {
    let mut is_parent = true;
    scanner.list(|scanner| {
        let mut once = Once::default();
        scanner.object(order, Field::of_ancestor, |scanner, field, _| {
            if field == Field::Other {
                return scanner.skip();
            }
            once.first(field as u8)?;
            if scanner.null() {
                return Some(());
            }
            match is_parent {
                true => context.read(scanner, field, line),
                false => scanner.number().map(|_| ()),
            }
        })?;
        is_parent = false;
        Some(())
    })
}

fn thread<'a>(
    scanner: &mut Scanner<'a>,
    order: &mut Order<Field>,
    context: &mut ContextV1Scanner,
    line: &mut Line<'a>,
) -> Option<()> {
    let mut once = Once::default();
    scanner.object(order, Field::of_thread, |scanner, field, _| {
        if field == Field::Other {
            return scanner.skip();
        }
        once.first(field as u8)?;
        // Only this one can't be null.
        if field != Field::Compat && scanner.null() {
            return Some(());
        }
        context.read(scanner, field, line)
    })
}
