//! The server as an editor sees it: requests and what they are answered with, in golden files, and whole
//! sessions.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says why and fails"
)]

mod golden;
mod robustness;
mod sessions;
mod support;
