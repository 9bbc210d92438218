//! OPA signatures: Rego written for Aqua's Tracee, evaluated by regorus.
//!
//! ```text
//! .rego files ─load→ Signature (what policies see; tracee_lang) ─evaluator→ match, for an event's JSON
//! ```
//!
//! - [`load()`] makes signatures of files, and says with its place what is wrong with one: [`nesting`] refuses
//!   what regorus could not read, [`syntax`] knows what a module defines and calls, [`calls`] refuses what could
//!   not be evaluated, [`metadata`] reads what a signature says of itself
//! - [`mod@lower`] makes conditions of signatures, for what needs no regorus
//! - [`Evaluator`] asks one signature of one event, within a [`budget`]
//! - [`testing`] runs `test_…` rules
//!
//! Nothing here does IO. Only this crate names regorus.

pub mod budget;
mod calls;
mod documents;
mod evaluator;
mod load;
pub mod lower;
mod metadata;
mod mistake;
mod nesting;
mod syntax;
pub mod testing;

pub use evaluator::{Evaluator, Failed, Input, Match};
pub use load::{Kind, Loaded, kind, load};

// Named for its features: regorus asks for none of them, and without those of Unicode `\d` is an error,
// which a signature takes for a miss.
use regex as _;
