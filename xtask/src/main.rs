//! Chores of the project, run as `cargo xtask CHORE`.

fn main() {}
