//! The pages of the manual on the language's words: one for every declaration and operator.
//!
//! docs/reference/ is made of them, `tracee explain prefix` prints one, and editors show them. A
//! test compiles their examples; another one finds words of the lexer that no page has.

/// A page.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// What it is about, and its file's name: `prefix`, `comparison`.
    pub name: &'static str,
    /// Its title: `` `prefix` ``.
    pub title: &'static str,
    /// The words of the language that it explains.
    pub words: &'static [&'static str],
    /// Markdown; the first sentence says what it is.
    pub text: &'static str,
}

macro_rules! pages {
    ($directory:literal: $($name:literal $title:literal $words:expr;)*) => {
        &[$(Page {
            name: $name,
            title: $title,
            words: &$words,
            text: include_str!(concat!("manual/", $directory, "/", $name, ".md")),
        },)*]
    };
}

/// Declarations and their clauses, in the order in which a reader meets them.
pub const DECLARATIONS: &[Page] = pages! { "declarations":
    "policy" "`policy`" ["policy", "version", "description", "labels", "mode"];
    "scope" "`scope`" ["scope"];
    "select" "`select`" ["select", "where"];
    "rule" "`rule`" ["rule", "id", "title", "severity", "attack", "references", "action"];
    "on" "`on`" ["on"];
    "message" "`message`" ["message"];
    "output" "`output`" ["output"];
    "list" "`list`" ["list"];
    "let" "`let`" ["let"];
    "import" "`import`" ["import", "as", "rego"];
    "use" "`use`" ["use"];
    "except" "`except`" ["except", "reason", "expires"];
    "test" "`test`" ["test", "for", "given", "recording", "expect"];
    "edition" "`edition`" ["edition"];
    "event" "`event`, `enum`, `flags`, `struct`" ["event", "enum", "flags", "struct", "sets", "hook"];
};

/// Operators, and what conditions are made of.
pub const OPERATORS: &[Page] = pages! { "operators":
    "logic" "`and`, `or`, `not`" ["and", "or", "not", "true", "false"];
    "comparison" "`==`, `!=`, `<`, `<=`, `>`, `>=`" ["==", "!=", "<", "<=", ">", ">="];
    "in" "`in`, `not in`" ["in"];
    "prefix" "`prefix`" ["prefix"];
    "suffix" "`suffix`" ["suffix"];
    "contains" "`contains`" ["contains"];
    "under" "`under`" ["under"];
    "glob" "`glob`" ["glob"];
    "regex" "`regex`" ["regex"];
    "has" "`has`" ["has"];
    "exists" "`exists`" ["exists"];
    "quantifiers" "`any`, `all`" ["any", "all"];
    "values" "Types and literals" [];
    "absent" "Absent and cut values" [];
};

/// The page on a word of the language, or of this name.
pub fn page(word: &str) -> Option<&'static Page> {
    let mut pages = DECLARATIONS.iter().chain(OPERATORS);
    pages.find(|page| page.name == word || page.words.contains(&word))
}
