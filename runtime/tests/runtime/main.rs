//! Tests of the runtime's public face, one module per part.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, too, fail by panicking"
)]

mod record;
mod support;
