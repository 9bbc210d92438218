//! Compiles the generated parser.

fn main() {
    println!("cargo:rerun-if-changed=src/parser.c");
    println!("cargo:rerun-if-changed=src/tree_sitter/parser.h");
    cc::Build::new()
        .include("src")
        .file("src/parser.c")
        // As fast as it is for editors, also in tests.
        .opt_level(2)
        .warnings(false)
        .compile("tree-sitter-tp");
}
