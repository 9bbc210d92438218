//! The grammar for editors against the compiler's, its queries, and the trees that it makes.

mod agreement;
mod queries;
mod support;
mod trees;
