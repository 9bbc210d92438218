//! Tests of the runtime's public face, one module per part.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, too, fail by panicking"
)]

mod format;
mod process_tree;
mod record;
mod recording;
mod replay;
mod support;
