//! Tests of the runtime's public face, one module per part.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, too, fail by panicking"
)]

mod engine;
mod format;
mod forms;
mod harness;
mod manual;
mod process_tree;
mod queued;
mod record;
mod recording;
mod replay;
mod support;
mod testing;
