//! Running compiled policies: from records to detections and outputs.
//!
//! ```text
//! live kernel, file ─source→ record ─→ engine { process tree, matchers } ─→ outputs
//!                                └─→ recording
//! ```
//!
//! [`pipeline`] drives it all; [`replay`] opens files; [`record`] is the form in which everything
//! reads an event; [`testing`] runs `test` blocks. Only this crate does IO. Elsewhere than on Linux
//! (the playground is WebAssembly) recordings are replayed all the same; what is missing there is in
//! one file, `system`.

pub mod containers;
pub mod engine;
pub mod executables;
pub mod format;
pub mod kernel_stats;
#[cfg(target_os = "linux")]
pub mod live;
pub mod output;
pub mod pipeline;
pub mod process_tree;
pub mod queue;
pub mod record;
pub mod recording;
pub mod replay;
pub mod source;
pub mod summary;
mod system;
pub mod testing;
pub mod text;
pub mod time;
pub mod users;
pub mod whole_writer;
