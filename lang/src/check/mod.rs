//! Syntax tree → typed HIR.

pub mod schema;
