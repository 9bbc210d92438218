//! The grammar for editors against the compiler's, its queries, and the trees that it makes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says why and fails"
)]

mod agreement;
mod queries;
mod support;
mod trees;
