//! Running compiled policies: sources of events, the process tree, the engine, detections and outputs.

pub mod record;
pub mod source;
