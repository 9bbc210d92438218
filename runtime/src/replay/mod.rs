//! Replaying events from a file or stdin: Aqua's JSON lines in both their forms, our own JSON output, or a
//! recording.
//! [`Replay::open`] looks at the first bytes to tell them apart, and whether they are packed.
//!
//! ```text
//! line ─repeat→ record                      recording ─remap→ record
//!   ├scan if it is new→ Line ─encode→ record
//!   └serde if the scanner gives up┘
//! ```
//!
//! Foreign JSON is encoded once, into the record that everything after it reads. What can't be
//! read, or has no place in a record, is skipped and named in the [`ReplayReport`]; with `strict`,
//! a bad piece ends the replay.
//!
//! A line without a field that the record's header always has reads as 0; without `userId` or
//! `groupId` as 4294967295, which no user has, so that no rule on root matches.

#[cfg(test)]
mod agreement;
mod compressed;
mod containers;
mod encode;
mod error;
mod events;
mod heads;
mod json;
mod json_lines;
mod learn;
mod learn_v1;
mod line;
mod line_v1;
mod lines;
mod memory;
mod open;
mod order;
mod piece;
mod repeat;
mod report;
mod scan;
mod scan_line;
mod scan_line_v1;
mod scan_number;
mod value;

pub use error::ReplayError;
pub use json_lines::JsonLines;
pub use open::Replay;
pub use report::{Names, ReplayReport, Skipped};
