//! Source files and places in them. Every diagnostic and every HIR node points here.

mod line_column;
mod placed;
mod places;
mod spans;

use std::sync::{Arc, OnceLock};

pub use line_column::{Place, place, places};
pub(crate) use placed::{Placed, Shift, placed};
pub use places::without_places;
pub(crate) use spans::Spans;

use crate::stdlib;

/// What some editors begin a file in UTF-8 with.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// Which file of a [`SourceMap`]. The files of the standard library are in every map, from
/// [`FileId::STANDARD`] on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

impl FileId {
    /// The first file of the standard library.
    pub const STANDARD: Self = Self(1 << 31);

    /// What stands for the OPA signatures of an import where the names of a file are looked up. No map
    /// has it: each signature is in a file of its own.
    pub(crate) fn of_signatures(import: usize) -> Self {
        let import = u32::try_from(import).unwrap_or(u32::MAX);
        Self((1 << 30) | (import & ((1 << 30) - 1)))
    }

    /// Whether it is a file of the standard library.
    pub fn is_standard(self) -> bool {
        self >= Self::STANDARD
    }
}

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// `0:12..17`: short, because every node of every tree has one.
impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

impl Span {
    /// The span from `start` to `end` (byte offsets) in `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            file,
            start: clip(start),
            end: clip(end),
        }
    }

    /// Whether it is around another one, or the same.
    pub fn covers(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both. Both must be in one file.
    pub fn to(self, other: Self) -> Self {
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// One source file: the name people know it by, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As the user wrote it (`policies/web.tp`), or `std/events/files.tp` for the standard library.
    pub name: Arc<str>,
    /// The text, UTF-8, without a byte order mark.
    pub text: Arc<str>,
    /// The first byte of each line.
    lines: OnceLock<Arc<[u32]>>,
}

impl SourceFile {
    /// The number of the line that a byte is on, from 0.
    pub fn line(&self, at: usize) -> usize {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(end, _)| end + 1);
            let starts = std::iter::once(0).chain(ends);
            starts
                .map(|start| u32::try_from(start).unwrap_or(u32::MAX))
                .collect()
        });
        lines.partition_point(|start| *start as usize <= at) - 1
    }
}

/// All files of one compilation, and those of the standard library.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    first: FileId,
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// The map of the standard library itself.
    pub(crate) fn standard() -> Self {
        Self {
            first: FileId::STANDARD,
            files: Vec::new(),
        }
    }

    /// Adds a file and returns its id. A byte order mark at the begin, which some editors write, is
    /// not part of its text: places are counted without it, as people do.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let at = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let id = FileId(self.first.0.saturating_add(at));
        let text = text.into();
        self.files.push(SourceFile {
            name: name.into(),
            text: text
                .strip_prefix(BYTE_ORDER_MARK)
                .map_or(text.clone(), Arc::from),
            lines: OnceLock::new(),
        });
        id
    }

    /// The file with this id, if it is of this map or of the standard library.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        match id.0.checked_sub(self.first.0) {
            Some(at) if id.is_standard() == self.first.is_standard() => self.files.get(at as usize),
            _ if id.is_standard() => stdlib::source_map().get(id),
            _ => None,
        }
    }

    /// All files that were added, with their ids, in that order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (self.first.0..).map(FileId).zip(self.files.iter())
    }

    /// The text at a span; empty if the span is not of this map.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }
}
