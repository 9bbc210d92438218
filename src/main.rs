//! The `tracee` command line.

fn main() {}
