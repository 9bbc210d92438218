//! One process, and how entries are made, found, linked and dropped.

use std::ptr;

use super::learned::FileKey;
use super::links::Neighbours;
use super::texts::SharedText;
use super::update::Said;
use super::{
    KNOWN_ENTITY, KNOWN_HOST_PID, KNOWN_START_TIME, MAX_SAME_PID, ProcessTree, ProcessView,
    SAME_START, Text, entity,
};

/// How far up a process is looked for before it gets a parent, if it has children already.
const MAX_DEPTH: usize = 4096;

/// What the tree keeps beside the view.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) host_pid: u32,
    /// Nanoseconds since the epoch; 0 if it is not known.
    pub(super) start: u64,
    /// Whether `start` is what the kernel said, not rounded.
    pub(super) exact: bool,
    pub(super) exited: bool,
    /// Events lost before the tree heard of it.
    pub(super) losses_before: u64,
    /// What a record said that changed nothing, while that is so.
    pub(super) said: Option<Said>,
    /// By [`TextField`].
    texts: [Option<SharedText>; TextField::ALL.len()],
    /// Whose name its user is: of a user id, and whether the process is in a container.
    pub(super) user_of: Option<(u32, bool)>,
    /// The file that the digest is of.
    pub(super) digested: Option<FileKey>,
    pub(super) parent: Option<u32>,
    first_child: Option<u32>,
    sibling_before: Option<u32>,
    sibling_after: Option<u32>,
    /// The process that had the pid before.
    predecessor: Option<u32>,
    /// In `running` or `exited`.
    pub(super) queue: Neighbours,
}

/// Which string of a process.
#[derive(Debug, Clone, Copy)]
pub(super) enum TextField {
    Comm,
    Exe,
    Cmdline,
    Cwd,
    User,
    ExeSha256,
}

impl TextField {
    pub(super) const ALL: [Self; 6] = [
        Self::Comm,
        Self::Exe,
        Self::Cmdline,
        Self::Cwd,
        Self::User,
        Self::ExeSha256,
    ];

    /// Its place in a view.
    fn of(self, view: &mut ProcessView) -> &mut Text {
        match self {
            Self::Comm => &mut view.comm,
            Self::Exe => &mut view.exe,
            Self::Cmdline => &mut view.cmdline,
            Self::Cwd => &mut view.cwd,
            Self::User => &mut view.user,
            Self::ExeSha256 => &mut view.exe_sha256,
        }
    }
}

/// When a process started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Nanoseconds since the epoch; 0 if it is not known.
    pub(super) time: u64,
    /// Whether the kernel said so: what /proc says is rounded.
    pub(super) exact: bool,
}

impl Entry {
    pub(super) fn text(&self, field: TextField) -> Option<&[u8]> {
        self.texts[field as usize].as_deref()
    }
}

impl ProcessTree {
    pub(super) fn find_entry(&self, host_pid: u32, start: u64) -> Option<u32> {
        let mut next = self.newest(host_pid);
        while let Some(at) = next {
            let entry = &self.entries[at as usize];
            if start == 0 || entry.start == 0 || entry.start.abs_diff(start) < SAME_START {
                return Some(at);
            }
            next = entry.predecessor;
        }
        None
    }

    /// The newest process with the pid. Events come in bursts of one process.
    fn newest(&self, host_pid: u32) -> Option<u32> {
        if let Some((pid, at)) = self.found.get()
            && pid == host_pid
        {
            return Some(at);
        }
        let at = self.by_pid.get(&host_pid).copied()?;
        self.found.set(Some((host_pid, at)));
        Some(at)
    }

    /// The process, made if it isn't there, as the most recently seen.
    pub(super) fn find_or_add(&mut self, host_pid: u32, start: Start) -> u32 {
        let Some(at) = self.find_entry(host_pid, start.time) else {
            let at = self.add(host_pid, start.time);
            self.set_start(at, start);
            return at;
        };
        let queue = if self.entries[at as usize].exited {
            &mut self.exited
        } else {
            &mut self.running
        };
        queue.renew(&mut self.entries, at);
        self.set_start(at, start);
        at
    }

    /// Says when a process started, unless that is known better.
    pub(super) fn set_start(&mut self, at: u32, start: Start) {
        let entry = &mut self.entries[at as usize];
        let is_known = entry.start == start.time && entry.exact == start.exact;
        if start.time == 0 || is_known || entry.exact && !start.exact {
            return;
        }
        entry.start = start.time;
        entry.exact = start.exact;
        entry.said = None;
        let host_pid = entry.host_pid;
        self.views.update(at, |view| {
            view.start_time = start.time;
            view.known |= KNOWN_START_TIME;
            if start.exact {
                view.entity = entity(host_pid, start.time);
                view.known |= KNOWN_ENTITY;
            }
        });
    }

    fn add(&mut self, host_pid: u32, start: u64) -> u32 {
        while self.entries.len() - self.free.len() >= self.limits.processes {
            self.drop_oldest();
        }
        let newest = self.by_pid.get(&host_pid).copied();
        // The process whose place among those with this pid is behind the new one's.
        let mut after_newest = false;
        if let Some(newest) = newest {
            after_newest = start != 0 && self.entries[newest as usize].start > start;
            if !after_newest {
                // The pid was given again, so whoever had it is gone.
                self.mark_exited(newest);
            }
        }
        let at = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry::default());
            (self.entries.len() - 1) as u32
        });
        self.views.reserve(at);
        let losses_before = self.losses;
        let entry = Entry {
            host_pid,
            start,
            exited: after_newest,
            losses_before,
            ..Entry::default()
        };
        self.entries[at as usize] = entry;
        if let Some(newest) = newest.filter(|_| after_newest) {
            self.entries[at as usize].predecessor = self.entries[newest as usize].predecessor;
            self.entries[newest as usize].predecessor = Some(at);
            self.exited.add(&mut self.entries, at);
        } else {
            self.entries[at as usize].predecessor = newest;
            self.by_pid.insert(host_pid, at);
            self.found.set(None);
            self.running.add(&mut self.entries, at);
        }
        self.views.update(at, |view| {
            let known_start = if start != 0 { KNOWN_START_TIME } else { 0 };
            let known = KNOWN_HOST_PID | known_start;
            *view = ProcessView {
                host_pid,
                start_time: start,
                known,
                ..ProcessView::UNKNOWN
            };
        });
        if newest.is_some() {
            self.limit_incarnations(host_pid);
        }
        at
    }

    /// Drops the oldest of too many processes with the same pid, so that looking one up is short.
    fn limit_incarnations(&mut self, host_pid: u32) {
        let mut next = self.by_pid.get(&host_pid).copied();
        let mut last = None;
        let mut count = 0;
        while let Some(at) = next {
            last = Some(at);
            next = self.entries[at as usize].predecessor;
            count += 1;
        }
        if let Some(last) = last.filter(|&last| count > MAX_SAME_PID && self.pinned != Some(last)) {
            self.counters.dropped_exited += 1;
            self.remove(last);
        }
    }

    pub(super) fn mark_exited(&mut self, at: u32) {
        self.last = None;
        if !self.entries[at as usize].exited {
            self.running.remove(&mut self.entries, at);
            self.exited.add(&mut self.entries, at);
            self.entries[at as usize].exited = true;
        }
    }

    /// Makes place for one.
    fn drop_oldest(&mut self) {
        if self.drop_exited() {
            return;
        }
        if let Some(at) = self.running.oldest_but(&self.entries, self.pinned) {
            self.counters.dropped_running += 1;
            self.remove(at);
        }
    }

    fn drop_exited(&mut self) -> bool {
        let Some(at) = self.exited.oldest_but(&self.entries, self.pinned) else {
            return false;
        };
        self.counters.dropped_exited += 1;
        self.remove(at);
        true
    }

    fn remove(&mut self, at: u32) {
        self.last = None;
        self.set_parent(at, None);
        while let Some(child) = self.entries[at as usize].first_child {
            self.set_parent(child, None);
        }
        let host_pid = self.entries[at as usize].host_pid;
        let predecessor = self.entries[at as usize].predecessor;
        if self.by_pid.get(&host_pid) == Some(&at) {
            self.found.set(None);
            match predecessor {
                Some(predecessor) => _ = self.by_pid.insert(host_pid, predecessor),
                None => _ = self.by_pid.remove(&host_pid),
            }
        } else {
            let mut next = self.by_pid.get(&host_pid).copied();
            while let Some(successor) = next {
                next = self.entries[successor as usize].predecessor;
                if next == Some(at) {
                    self.entries[successor as usize].predecessor = predecessor;
                    break;
                }
            }
        }
        let queue = if self.entries[at as usize].exited {
            &mut self.exited
        } else {
            &mut self.running
        };
        queue.remove(&mut self.entries, at);
        let entry = std::mem::take(&mut self.entries[at as usize]);
        self.views.update(at, |view| *view = ProcessView::UNKNOWN);
        for text in entry.texts {
            self.texts.release(text);
        }
        self.free.push(at);
    }

    /// Makes `parent` the parent, unless that would close a circle: what a file says may be
    /// impossible, and matchers rely on there being none.
    pub(super) fn set_parent(&mut self, at: u32, parent: Option<u32>) {
        self.entries[at as usize].said = None;
        if parent.is_some_and(|parent| self.could_close_circle(at, parent)) {
            return;
        }
        let entry = &mut self.entries[at as usize];
        let old = entry.parent.take();
        let before = entry.sibling_before.take();
        let after = entry.sibling_after.take();
        if let Some(after) = after {
            self.entries[after as usize].sibling_before = before;
        }
        match (before, old) {
            (Some(before), _) => self.entries[before as usize].sibling_after = after,
            (None, Some(old)) => self.entries[old as usize].first_child = after,
            (None, None) => {}
        }
        let mut pointer = ptr::null();
        if let Some(parent) = parent {
            let first = self.entries[parent as usize].first_child.replace(at);
            if let Some(first) = first {
                self.entries[first as usize].sibling_before = Some(at);
            }
            let entry = &mut self.entries[at as usize];
            entry.parent = Some(parent);
            entry.sibling_after = first;
            pointer = self.views.pointer(parent);
        }
        self.views.update(at, |view| view.parent = pointer);
    }

    /// Whether `at` is, or in a very deep tree might be, above `parent`.
    fn could_close_circle(&self, at: u32, parent: u32) -> bool {
        if self.entries[at as usize].first_child.is_none() {
            return at == parent;
        }
        let mut above = Some(parent);
        for _ in 0..MAX_DEPTH {
            match above {
                None => return false,
                Some(ancestor) if ancestor == at => return true,
                Some(ancestor) => above = self.entries[ancestor as usize].parent,
            }
        }
        true
    }

    /// Gives a process a string; exited processes go to make place for it.
    pub(super) fn set_text(&mut self, at: u32, field: TextField, bytes: &[u8]) {
        if self.entries[at as usize].text(field) == Some(bytes) {
            return;
        }
        let mut text = self.texts.share(bytes);
        while text.is_none() && self.drop_exited() {
            text = self.texts.share(bytes);
        }
        if text.is_none() {
            self.counters.dropped_texts += 1;
        }
        self.put_text(at, field, text);
    }

    /// Gives a process the strings of another one that it has none of its own for.
    pub(super) fn inherit_texts(&mut self, from: u32, to: u32) {
        let mut texts = self.entries[from as usize].texts.clone();
        let own = &mut self.entries[to as usize].texts;
        for (text, own) in texts.iter_mut().zip(own) {
            match own {
                Some(_) => *text = None,
                None => own.clone_from(text),
            }
        }
        self.views.update(to, |view| {
            for (field, text) in TextField::ALL.into_iter().zip(&texts) {
                if let Some(text) = text {
                    *field.of(view) = Text::new(text);
                }
            }
        });
    }

    /// Takes a string from a process.
    pub(super) fn clear_text(&mut self, at: u32, field: TextField) {
        self.put_text(at, field, None);
    }

    fn put_text(&mut self, at: u32, field: TextField, text: Option<SharedText>) {
        let pointed = text.as_deref().map_or(Text::ABSENT, Text::new);
        let entry = &mut self.entries[at as usize];
        entry.said = None;
        let old = std::mem::replace(&mut entry.texts[field as usize], text);
        self.views.update(at, |view| *field.of(view) = pointed);
        self.texts.release(old);
    }
}
