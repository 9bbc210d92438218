//! Running compiled policies: sources of events, the process tree, the engine, detections and outputs.

pub mod format;
pub mod process_tree;
pub mod record;
pub mod recording;
pub mod replay;
pub mod source;
pub mod syscalls;
pub mod text;
pub mod time;
pub mod whole_writer;
