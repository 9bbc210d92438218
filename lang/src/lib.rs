//! The `.tp` language: text → tokens → syntax tree → typed HIR, and the reference interpreter
//! that defines what the HIR means.
//!
//! The stages, in order:
//!
//! ```text
//! text ─token→ Token ─parse→ ast ─check→ hir ─interpreter→ bool
//!                                  ↑ schema (events, enums, flags; declared in .tp too)
//! ```
//!
//! [`formatter`] stands beside them: text → text.
//!
//! Nothing here does IO, names a renderer, or knows of the kernel. Every stage returns what it
//! could make together with a list of [`diagnostics::Diagnostic`]; none of them fails.

pub mod address;
pub mod ast;
pub mod attack;
pub mod check;
pub mod codes;
pub mod context;
pub mod diagnostics;
pub mod fix;
pub mod formatter;
pub mod functions;
pub mod hir;
pub mod interpreter;
pub mod manual;
pub mod parse;
pub mod pattern;
pub mod schema;
pub mod signature;
pub mod source;
pub mod stdlib;
pub mod suggest;
pub mod syscalls;
pub mod times;
pub mod token;
pub mod trace;
pub mod types;
pub mod value;
