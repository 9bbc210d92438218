//! A doubly linked list through the entries, oldest first: adding, removing and renewing an entry
//! take constant time, and there is nothing to allocate.

use super::entry::Entry;

/// An entry's neighbours in the list it is in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Neighbours {
    older: Option<u32>,
    newer: Option<u32>,
}

/// The ends of a list.
#[derive(Debug, Default)]
pub(super) struct Links {
    oldest: Option<u32>,
    newest: Option<u32>,
    length: usize,
}

impl Links {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The oldest entry, or the one after it if that is `pinned`.
    pub(super) fn oldest_but(&self, entries: &[Entry], pinned: Option<u32>) -> Option<u32> {
        let oldest = self.oldest?;
        if Some(oldest) == pinned {
            entries[oldest as usize].queue.newer
        } else {
            Some(oldest)
        }
    }

    /// Adds an entry that is in no list as the newest.
    pub(super) fn add(&mut self, entries: &mut [Entry], at: u32) {
        entries[at as usize].queue = Neighbours {
            older: self.newest,
            newer: None,
        };
        match self.newest {
            Some(newest) => entries[newest as usize].queue.newer = Some(at),
            None => self.oldest = Some(at),
        }
        self.newest = Some(at);
        self.length += 1;
    }

    /// Removes an entry that is in this list.
    pub(super) fn remove(&mut self, entries: &mut [Entry], at: u32) {
        let Neighbours { older, newer } = std::mem::take(&mut entries[at as usize].queue);
        match older {
            Some(older) => entries[older as usize].queue.newer = newer,
            None => self.oldest = newer,
        }
        match newer {
            Some(newer) => entries[newer as usize].queue.older = older,
            None => self.newest = older,
        }
        self.length -= 1;
    }

    /// Makes an entry of this list the newest.
    pub(super) fn renew(&mut self, entries: &mut [Entry], at: u32) {
        if self.newest != Some(at) {
            self.remove(entries, at);
            self.add(entries, at);
        }
    }
}
