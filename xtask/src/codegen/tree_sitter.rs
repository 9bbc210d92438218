//! The parser of editors/tree-sitter-tp, from its grammar.js.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tree_sitter_generate::{
    OptLevel, PARSER_HEADER, generate_parser_for_grammar, load_grammar_file,
};

use super::Generated;
use crate::{Result, shell};

const FOLDER: &str = "editors/tree-sitter-tp";
/// Where it is set, node must be there.
const REQUIRED: &str = "TRACEE_REQUIRE_NODE";

/// The files of its `src/`.
pub(super) fn files() -> impl Iterator<Item = Generated> {
    let file = |name: &str, make: fn() -> Result<String>| Generated {
        path: format!("{FOLDER}/src/{name}"),
        make: Box::new(make),
    };
    let header = || {
        Ok(format!(
            "// What generated parsers include, as tree-sitter has it.\n{PARSER_HEADER}"
        ))
    };
    [
        file("grammar.json", grammar),
        file("parser.c", parser),
        file("tree_sitter/parser.h", header),
    ]
    .into_iter()
}

fn path(name: &str) -> PathBuf {
    shell::root().join(FOLDER).join(name)
}

/// What grammar.js comes to, which node knows. Without node, what it came to.
fn grammar() -> Result<String> {
    let mut node = Command::new("node");
    let there = node.arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there && std::env::var_os(REQUIRED).is_none() {
        return Ok(std::fs::read_to_string(path("src/grammar.json"))?);
    }
    let made: Value = serde_json::from_str(&load_grammar_file(&path("grammar.js"), Some("node"))?)?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&made)?))
}

fn parser() -> Result<String> {
    let version = (0, 1, 0);
    let mut warnings = Vec::new();
    let optimized = OptLevel::default();
    let (_, text) =
        generate_parser_for_grammar(&grammar()?, Some(version), optimized, &mut warnings)?;
    match warnings.first() {
        Some(warning) => Err(format!("{FOLDER}/grammar.js: {warning:?}").into()),
        None => Ok(text),
    }
}
