//! What the tree learns only if a policy asks for it: working directories, names of users, digests of executables.

use tracee_compiler::Learned;
use tracee_compiler::process::KNOWN_UID;
use tracee_lang::schema::{Event, EventId, Schema};

use super::ProcessTree;
use super::entry::TextField;
use super::update::MAX_TEXT;
use crate::record::Record;

/// Users whose names are kept.
const MAX_USERS: usize = 65_536;

/// A file as it was at one time: whoever changes its content changes its ctime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileKey {
    /// The device, as the kernel numbers it.
    pub dev: u32,
    /// Its number there.
    pub inode: u64,
    /// When its inode last changed, in nanoseconds since the epoch.
    pub ctime: u64,
}

/// Where in an event a [`FileKey`] is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileSlots {
    dev: u16,
    inode: u16,
    ctime: u16,
}

impl FileSlots {
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let slot = |name: &str| event.arg(name).map(|arg| arg.slot);
        Some(Self {
            dev: slot("dev")?,
            inode: slot("inode")?,
            ctime: slot("ctime")?,
        })
    }

    /// The file that the record is about; `None` where the kernel couldn't say.
    pub(crate) fn key(self, record: &Record<'_>) -> Option<FileKey> {
        let int = |slot| record.int(slot).and_then(|value| u64::try_from(value).ok());
        Some(FileKey {
            dev: u32::try_from(int(self.dev)?).ok()?,
            inode: int(self.inode)?,
            ctime: int(self.ctime)?,
        })
    }
}

/// The events that tell of it, and where in them the arguments lie.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// With the path.
    directory: Option<(EventId, u16)>,
    /// With the digest.
    digest: Option<(EventId, FileSlots, u16)>,
    /// With the number and the name.
    user: Option<(EventId, u16, u16)>,
    exec: Option<(EventId, FileSlots)>,
}

impl Slots {
    pub(super) fn new(schema: &Schema) -> Self {
        let slot = |event: &Event, name: &str| event.arg(name).map(|arg| arg.slot);
        let directory = || {
            let event = schema.event_named("working_directory")?;
            Some((event.id, slot(event, "path")?))
        };
        let digest = || {
            let event = schema.event_named("executable_digest")?;
            Some((event.id, FileSlots::of(event)?, slot(event, "sha256")?))
        };
        let user = || {
            let event = schema.event_named("user_name")?;
            Some((event.id, slot(event, "uid")?, slot(event, "name")?))
        };
        let exec = || {
            let event = schema.event_named("sched_process_exec")?;
            Some((event.id, FileSlots::of(event)?))
        };
        Self {
            directory: directory(),
            digest: digest(),
            user: user(),
            exec: exec(),
        }
    }
}

impl Slots {
    /// All of them.
    pub(super) fn events(&self) -> impl Iterator<Item = EventId> {
        let directory = self.directory.map(|(event, _)| event);
        let digest = self.digest.map(|(event, ..)| event);
        let user = self.user.map(|(event, ..)| event);
        let exec = self.exec.map(|(event, _)| event);
        [directory, digest, user, exec].into_iter().flatten()
    }
}

/// The events by which the tree learns what only some policies ask for.
pub fn learned_events(schema: &Schema) -> Learned {
    let slots = Slots::new(schema);
    Learned {
        directory: slots.directory.map(|(event, _)| event),
        digest: slots.digest.map(|(event, ..)| event),
        user: slots.user.map(|(event, ..)| event),
    }
}

impl ProcessTree {
    /// Takes what a record says of a process's directory or executable.
    pub(super) fn learn(&mut self, at: u32, record: &Record<'_>) {
        let event = record.event();
        let slots = &self.slots.learned;
        if let Some((_, path)) = slots.directory.filter(|(id, _)| *id == event) {
            if let Some(path) = record.bytes(path) {
                self.set_text(at, TextField::Cwd, &path[..path.len().min(MAX_TEXT)]);
            }
        } else if let Some((_, file, sha256)) = slots.digest.filter(|(id, ..)| *id == event) {
            if let Some(sha256) = record.bytes(sha256) {
                self.entries[at as usize].digested = file.key(record);
                self.set_text(at, TextField::ExeSha256, sha256);
            }
        } else if let Some((_, file)) = slots.exec.filter(|(id, _)| *id == event) {
            let entry = &mut self.entries[at as usize];
            if entry.digested.is_some() && entry.digested != file.key(record) {
                entry.digested = None;
                self.clear_text(at, TextField::ExeSha256);
            }
        }
    }

    /// Takes what a record says of a user.
    pub(super) fn learn_user(&mut self, record: &Record<'_>) {
        let told = self.slots.learned.user;
        let Some((_, uid, name)) = told.filter(|(id, ..)| *id == record.event()) else {
            return;
        };
        let uid = record.int(uid).and_then(|uid| u32::try_from(uid).ok());
        let (Some(uid), Some(name)) = (uid, record.bytes(name)) else {
            return;
        };
        match name {
            [] => _ = self.users.remove(&uid),
            _ if self.users.len() < MAX_USERS || self.users.contains_key(&uid) => {
                self.users.insert(uid, name.into());
            }
            _ => {
                self.counters.dropped_texts += 1;
                return;
            }
        }
        for at in 0..self.entries.len() as u32 {
            self.entries[at as usize].said = None;
            if let Some((of, contained)) = self.entries[at as usize].user_of
                && of == uid
            {
                self.entries[at as usize].user_of = None;
                self.name_user(at, contained);
            }
        }
    }

    /// Gives a process its user's name. A number is someone else's in a container.
    pub(super) fn name_user(&mut self, at: u32, contained: bool) {
        // Nobody asks: that costs nothing.
        if self.users.is_empty() && self.entries[at as usize].text(TextField::User).is_none() {
            return;
        }
        let view = self.views.get(at);
        let is_known = view.known & KNOWN_UID != 0;
        let entry = &mut self.entries[at as usize];
        let of = Some((view.uid, contained));
        if !is_known || entry.user_of == of {
            return;
        }
        entry.user_of = of;
        match self.users.get(&view.uid).filter(|_| !contained).cloned() {
            Some(name) => self.set_text(at, TextField::User, &name),
            None if self.entries[at as usize].text(TextField::User).is_some() => {
                self.clear_text(at, TextField::User);
            }
            None => {}
        }
    }
}
