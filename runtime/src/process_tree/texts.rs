//! The strings of all processes, each kept once: a shell that forks 100,000 times has one path and
//! one command line.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// A string that several processes may have.
pub(super) type SharedText = Arc<[u8]>;

/// Bytes that a string takes beyond its own.
const OVERHEAD: usize = 64;

/// The strings in use, within a budget.
#[derive(Debug)]
pub(super) struct Texts {
    kept: HashSet<SharedText, RandomState>,
    used: usize,
    budget: usize,
}

impl Texts {
    pub(super) fn new(budget: usize) -> Self {
        Self {
            kept: HashSet::default(),
            used: 0,
            budget,
        }
    }

    /// The string, shared with whoever has it; `None` if there is no place for it.
    pub(super) fn share(&mut self, bytes: &[u8]) -> Option<SharedText> {
        if let Some(text) = self.kept.get(bytes) {
            return Some(Arc::clone(text));
        }
        let size = bytes.len() + OVERHEAD;
        if self.used + size > self.budget {
            return None;
        }
        self.used += size;
        let text = SharedText::from(bytes);
        self.kept.insert(Arc::clone(&text));
        Some(text)
    }

    /// Gives a string back; the last one frees it.
    pub(super) fn release(&mut self, text: Option<SharedText>) {
        // One count is ours, one is `text` itself.
        if let Some(text) = text
            && Arc::strong_count(&text) == 2
            && self.kept.remove(&text)
        {
            self.used -= text.len() + OVERHEAD;
        }
    }
}
