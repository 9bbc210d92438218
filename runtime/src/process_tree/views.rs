//! The views that matchers read: in chunks that are never moved or freed, so that pointers to them
//! stay good.

use std::cell::Cell;

use tracee_compiler::process::ProcessView;

const CHUNK: usize = 1024;

/// Views by index. Cells, because matchers' pointers into them stay in use while the tree changes
/// what they point to.
#[derive(Default)]
pub(super) struct Views {
    chunks: Vec<Box<[Cell<ProcessView>]>>,
    changes: Cell<u64>,
}

impl std::fmt::Debug for Views {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Views({} chunks)", self.chunks.len())
    }
}

impl Views {
    /// Makes place for the view with this index.
    pub(super) fn reserve(&mut self, index: u32) {
        while self.chunks.len() * CHUNK <= index as usize {
            self.chunks.push(
                (0..CHUNK)
                    .map(|_| Cell::new(ProcessView::UNKNOWN))
                    .collect(),
            );
        }
    }

    #[inline]
    fn cell(&self, index: u32) -> &Cell<ProcessView> {
        &self.chunks[index as usize / CHUNK][index as usize % CHUNK]
    }

    pub(super) fn pointer(&self, index: u32) -> *const ProcessView {
        self.cell(index).as_ptr()
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> ProcessView {
        self.cell(index).get()
    }

    /// How often one was changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Changes a view.
    pub(super) fn update(&self, index: u32, change: impl FnOnce(&mut ProcessView)) {
        let cell = self.cell(index);
        let mut view = cell.get();
        change(&mut view);
        cell.set(view);
        self.changes.set(self.changes.get() + 1);
    }
}
