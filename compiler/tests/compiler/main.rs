//! Tests of the compiler as a whole. The properties are the invariants: the interpreter and the
//! machine code agree, and the kernel's filter drops nothing that a target would have matched.

#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod agreement;
mod conditions;
mod crowds;
mod exceptions;
mod explanations;
mod functions;
mod limits;
mod places;
mod pushdown;
mod samples;
mod soundness;
mod tables;
mod traces;
