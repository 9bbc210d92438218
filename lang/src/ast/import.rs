//! Imports, and the paths that name what is in other files.

use super::{Name, Text};
use crate::source::Span;

/// `import std.shells;`, `import "site/lists.tp" as site;`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportDecl {
    /// From where.
    pub source: ImportSource,
    /// `as site`
    pub alias: Option<Name>,
    /// The whole declaration.
    pub span: Span,
}

/// From where something is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportSource {
    /// `std.shells`, of the standard library.
    Std(Path),
    /// `"site/lists.tp"`, relative to the file that imports it.
    File(Text),
    /// `rego "signatures/*.rego"`
    Rego(Text),
}

/// `web_tier.shell`, `std.*`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The names; never empty.
    pub names: Box<[Name]>,
    /// Whether `.*` follows: everything below.
    pub all: bool,
    /// The whole path.
    pub span: Span,
}
