//! Our own recordings: the records as they are, behind a header that says what they mean.
//!
//! ```text
//! magic     8 bytes   89 'TRACEE' 0a
//! version   u32       1
//! length    u32       of the header, a multiple of 8
//! header    JSON      [`Header`], filled up with spaces
//! records             each begins with its own size (u32, never 0), a multiple of 8
//! end       16 bytes  u32 0, u32 0, u64 number of records
//! ```
//!
//! Everything is at a multiple of 8 and in the byte order that the header names, so a recording can
//! be read in place. A file without its end was cut: all whole records before the cut are read.
//!
//! [`Recorder`] writes, [`Recording`] reads: it maps slots by name and type to those of today's
//! schema, and refuses a file where a type changed. What the kernel had decided about selectors is
//! taken out of the records, because it was about other policies. RECORD_INTERNAL stays: such a
//! record stood outside what its policies wanted, and replay must see the same events.

mod blocks;
mod header;
mod reader;
mod remap;
mod writer;

pub use header::{Header, RecordedEvent, RecordedSlot};
pub use reader::Recording;
pub use writer::{Recorded, Recorder};

/// The first bytes of every recording; not UTF-8, so that it is taken for nothing else.
pub const MAGIC: [u8; 8] = *b"\x89TRACEE\n";

/// The version of the format that is written and read.
pub const VERSION: u32 = 1;

/// Bytes of the end mark.
const END_SIZE: usize = 16;
