//! A record and its process as the interpreter reads them.

use std::borrow::Cow;
use std::slice;
use std::sync::Arc;

use tracee_lang::context::{ContainerField, ContextField, ProcessField};
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::syscalls;
use tracee_lang::types::Type;
use tracee_lang::value::{EventView, Value};

use crate::layout::{Storage, header_field};
use crate::process::{self, ContainerView, ProcessView, Text};
use crate::record::{self, Record};

/// A record beside the view of its process.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub(super) record: Record<'a>,
    process: Option<&'a ProcessView>,
    event: Cow<'a, EventKind>,
}

/// What a record does not say of its event: its name, and how each slot's 64 bits are read, a bit each.
#[derive(Debug, Clone)]
pub(super) struct EventKind {
    #[cfg_attr(
        target_family = "wasm",
        expect(dead_code, reason = "said to a code generator")
    )]
    pub(super) id: u16,
    pub(super) name: Arc<str>,
    /// Refers to the tail.
    pub(super) tails: u64,
    /// Of those, lists.
    pub(super) lists: u64,
    /// Signed integers.
    pub(super) signed: u64,
    /// How many slots there are.
    pub(super) count: usize,
}

impl EventKind {
    pub(super) fn of(schema: &Schema, event: &tracee_lang::schema::Event) -> Self {
        let mut kinds = Self {
            id: event.id.0,
            name: event.name.as_str().into(),
            tails: 0,
            lists: 0,
            signed: 0,
            count: event.slots.len(),
        };
        for (at, slot) in event.slots.iter().enumerate() {
            match (schema.int_repr(&slot.ty), &slot.ty) {
                (Some(int), _) => kinds.signed |= u64::from(int.signed) << at,
                (None, Type::List(_)) => {
                    kinds.tails |= 1 << at;
                    kinds.lists |= 1 << at;
                }
                (None, _) => kinds.tails |= 1 << at,
            }
        }
        kinds
    }
}

impl<'a> View<'a> {
    /// The view of a record that begins at a multiple of 8; `None` if it is not a whole record of an
    /// event that the schema has. The caller keeps the promise of [`ProcessView`].
    pub fn new(
        schema: &Schema,
        record: &'a [u8],
        process: Option<&'a ProcessView>,
    ) -> Option<Self> {
        let record = Record::new(record)?;
        let event = schema.event(EventId(record.header().event))?;
        Some(Self {
            record,
            process,
            event: Cow::Owned(EventKind::of(schema, event)),
        })
    }

    pub(super) fn of_kind(
        record: Record<'a>,
        process: Option<&'a ProcessView>,
        event: &'a EventKind,
    ) -> Self {
        Self {
            record,
            process,
            event: Cow::Borrowed(event),
        }
    }
}

impl EventView for View<'_> {
    fn slot(&self, slot: u16) -> Value<'_> {
        let has = |mask: u64| {
            mask.checked_shr(slot.into())
                .is_some_and(|mask| mask & 1 == 1)
        };
        if usize::from(slot) >= self.event.count {
            return Value::Absent;
        }
        if has(self.event.lists) {
            return self
                .record
                .list(slot)
                .map_or(Value::Absent, |list| Value::List(list.collect()));
        }
        if has(self.event.tails) {
            return self.record.tail(slot).map_or(Value::Absent, Value::bytes);
        }
        match self.record.word(slot) {
            Some(word) if has(self.event.signed) => Value::Int(word.cast_signed().into()),
            Some(word) => Value::Int(word.into()),
            None => Value::Absent,
        }
    }

    fn truncated(&self, slot: u16) -> bool {
        self.record.is_cut(slot)
    }

    fn context(&self, field: ContextField) -> Value<'_> {
        match field {
            ContextField::EventName => Value::bytes(self.event.name.as_bytes()),
            ContextField::EventSyscall => {
                let name = syscalls::name(self.record.header().syscall);
                name.map_or(Value::Absent, |name| Value::bytes(name.as_bytes()))
            }
            ContextField::EventId => Value::Int(self.record.header().event.into()),
            ContextField::Parent(field) => {
                let parent = self.process.and_then(ProcessView::parent);
                parent.map_or(Value::Absent, |parent| parent.value(field))
            }
            ContextField::Proc(ProcessField::Comm) => Value::bytes(self.record.comm()),
            _ => match (header_field(field), field) {
                (Some(header), _) => match self.record.header_word(header) {
                    Some(word) if header.storage == Storage::Retval => {
                        Value::Int(word.cast_signed().into())
                    }
                    Some(word) => Value::Int(word.into()),
                    None => Value::Absent,
                },
                (None, ContextField::Proc(field)) => self
                    .process
                    .map_or(Value::Absent, |process| process.value(field)),
                (None, ContextField::Container(field)) => {
                    let container = self.process.and_then(ProcessView::container);
                    container.map_or(Value::Absent, |container| container.value(field))
                }
                (None, ContextField::HostName) => self
                    .process
                    .map_or(Value::Absent, |process| process.host.value()),
                (None, _) => Value::Absent,
            },
        }
    }

    fn ancestor(&self, depth: usize, field: ProcessField) -> Option<Value<'_>> {
        let mut process = self.process?;
        for _ in 0..depth {
            process = process.parent()?;
        }
        Some(process.value(field))
    }
}

impl ProcessView {
    /// The parent, if it is known.
    pub fn parent(&self) -> Option<&ProcessView> {
        // SAFETY: by the promise of `ProcessView`, `parent` is null or leads to a view that lives
        // for as long as this one is borrowed.
        unsafe { self.parent.as_ref() }
    }

    /// The container, if it is in one.
    pub fn container(&self) -> Option<&ContainerView> {
        // SAFETY: by the promise of `ProcessView`, as for `parent`.
        unsafe { self.container.as_ref() }
    }

    /// One property, if it is known.
    pub fn value(&self, field: ProcessField) -> Value<'_> {
        let int = |known: u32, value: u64| {
            if self.known & known != 0 {
                Value::Int(value.into())
            } else {
                Value::Absent
            }
        };
        match field {
            ProcessField::Pid => int(process::KNOWN_PID, self.pid.into()),
            ProcessField::HostPid => int(process::KNOWN_HOST_PID, self.host_pid.into()),
            ProcessField::Uid => int(process::KNOWN_UID, self.uid.into()),
            ProcessField::Gid => int(process::KNOWN_GID, self.gid.into()),
            ProcessField::StartTime => int(process::KNOWN_START_TIME, self.start_time),
            ProcessField::Entity => int(process::KNOWN_ENTITY, self.entity.into()),
            ProcessField::Comm => self.comm.value(),
            ProcessField::Exe => self.exe.value(),
            ProcessField::Cmdline => self.cmdline.value(),
            ProcessField::Cwd => self.cwd.value(),
            ProcessField::User => self.user.value(),
            ProcessField::ExeSha256 => self.exe_sha256.value(),
        }
    }
}

impl ContainerView {
    /// One property, if it is known.
    pub fn value(&self, field: ContainerField) -> Value<'_> {
        match (container_text(field), field) {
            (Some(text), ContainerField::PodLabels) => match text(self).bytes() {
                Some(list) => Value::List(record::items(list).collect()),
                None => Value::Absent,
            },
            (Some(text), _) => text(self).value(),
            (None, _) => Value::Int(self.started.into()),
        }
    }
}

/// Where a view has a string or a list; `None` for `started`.
fn container_text(field: ContainerField) -> Option<fn(&ContainerView) -> &Text> {
    Some(match field {
        ContainerField::Id => |view| &view.id,
        ContainerField::Runtime => |view| &view.runtime,
        ContainerField::Name => |view| &view.name,
        ContainerField::Image => |view| &view.image,
        ContainerField::ImageDigest => |view| &view.image_digest,
        ContainerField::PodName => |view| &view.pod_name,
        ContainerField::PodNamespace => |view| &view.pod_namespace,
        ContainerField::PodUid => |view| &view.pod_uid,
        ContainerField::PodLabels => |view| &view.pod_labels,
        ContainerField::Started => return None,
    })
}

impl Text {
    fn value(&self) -> Value<'_> {
        self.bytes().map_or(Value::Absent, Value::bytes)
    }

    fn bytes(&self) -> Option<&[u8]> {
        if self.pointer.is_null() {
            return None;
        }
        // SAFETY: by the promise of `ProcessView`, a pointer that is not null leads to `length`
        // bytes that live and don't change for as long as the view is borrowed.
        Some(unsafe { slice::from_raw_parts(self.pointer, self.length) })
    }
}
