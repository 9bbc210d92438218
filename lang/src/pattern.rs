//! Patterns of strings: `glob` and `regex`. All patterns of one condition are compiled together, once,
//! when it is checked; after that the [`PatternSet`] is shared. Enter at [`PatternSet::new`].
//!
//! ```text
//! glob  ─┐              ┌─ the matcher: linear in the text, whatever the pattern
//!        ├→ syntax tree ┤
//! regex ─┘              └─ words → literals: what a match must have and what is enough for one
//! ```
//!
//! [`glob`] and [`regex`] read the two notations, over bytes, and say what is wrong with one; [`words`]
//! finds the literal parts of a tree, [`literals`] what they say of the whole set. The kernel and the
//! warnings about meaning know patterns by those.

mod glob;
mod literals;
mod regex;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use regex_automata::meta;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_syntax::hir::Hir;

pub use self::glob::misses_absolute_paths;
pub use self::literals::{LiteralTest, Literals};
pub use self::regex::idle_parts;

/// Bytes that one pattern may take as an automaton. This bounds the steps for each byte of a text, too.
const MAX_SIZE: usize = 128 << 10;
/// Bytes that the patterns of one condition may take together.
const MAX_SET_SIZE: usize = 4 << 20;
/// How deep groups and repetitions may be nested, and braces of a glob.
const MAX_NEST: u32 = 50;

/// Which notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PatternKind {
    /// `glob`: about the whole string, where `/` separates components.
    Glob,
    /// `regex`: about any part of it.
    Regex,
}

impl PatternKind {
    /// The operator.
    pub fn word(self) -> &'static str {
        match self {
            Self::Glob => "glob",
            Self::Regex => "regex",
        }
    }
}

/// The patterns of one condition, of which any may match. Two sets are equal if they were written so.
pub struct PatternSet {
    kind: PatternKind,
    sources: Arc<[Arc<[u8]>]>,
    fold: bool,
    matcher: meta::Regex,
    literals: Literals,
    size: usize,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// Which of the patterns; `None` is all of them together.
    pub at: Option<usize>,
    /// Its bytes that are wrong.
    pub place: Range<usize>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Nothing is malformed, but there is too much of it.
    pub too_large: bool,
}

/// A mistake in one pattern.
#[derive(Debug)]
struct Flaw {
    place: Range<usize>,
    message: String,
    help: Option<String>,
    too_large: bool,
}

impl Flaw {
    fn new(place: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
            help: None,
            too_large: false,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn too_large(mut self) -> Self {
        self.too_large = true;
        self
    }

    fn at(self, at: usize) -> PatternError {
        PatternError {
            at: Some(at),
            place: self.place,
            message: self.message,
            help: self.help,
            too_large: self.too_large,
        }
    }
}

impl PatternSet {
    /// Compiles patterns; `fold` ignores the case of ASCII letters.
    ///
    /// # Errors
    /// Every malformed pattern, or what is too large.
    pub fn new(
        kind: PatternKind,
        sources: Arc<[Arc<[u8]>]>,
        fold: bool,
    ) -> Result<Self, Vec<PatternError>> {
        let mut trees = Vec::with_capacity(sources.len());
        let mut wrong = Vec::new();
        let mut size = 0;
        for (at, source) in sources.iter().enumerate() {
            let tree = match kind {
                PatternKind::Glob => glob::parse(source, fold),
                PatternKind::Regex => regex::parse(source, fold),
            };
            let made = tree.and_then(|tree| {
                size += size_of(&tree).ok_or_else(|| {
                    let message = format!("the {} is too large when it is compiled", kind.word());
                    Flaw::new(0..source.len(), message)
                        .help("repeat less often, or compare with literals as well")
                        .too_large()
                })?;
                Ok(tree)
            });
            match made {
                Ok(tree) => trees.push(tree),
                Err(flaw) => wrong.push(flaw.at(at)),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let matcher = (size <= MAX_SET_SIZE).then(|| compile(&trees, size));
        let Some(matcher) = matcher.flatten() else {
            return Err(vec![PatternError {
                at: None,
                place: 0..0,
                message: "the patterns are too large together".into(),
                help: Some("use fewer of them in one condition".into()),
                too_large: true,
            }]);
        };
        let literals = Literals::of(trees.iter().map(words::words));
        Ok(Self {
            kind,
            sources,
            fold,
            matcher,
            literals,
            size,
        })
    }

    /// Whether any of the patterns matches the text. Takes time in proportion to its length.
    pub fn matches(&self, text: &[u8]) -> bool {
        self.matcher.is_match(text)
    }

    /// Which notation they are in.
    pub fn kind(&self) -> PatternKind {
        self.kind
    }

    /// The patterns as they were written; not empty.
    pub fn sources(&self) -> &Arc<[Arc<[u8]>]> {
        &self.sources
    }

    /// Whether the case of ASCII letters is ignored.
    pub fn fold(&self) -> bool {
        self.fold
    }

    /// What comparisons with literals say of the set.
    pub fn literals(&self) -> &Literals {
        &self.literals
    }

    /// Bytes that the patterns take as automata.
    pub fn size(&self) -> usize {
        self.size
    }
}

impl PartialEq for PatternSet {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.fold) == (other.kind, other.fold) && self.sources == other.sources
    }
}

impl fmt::Debug for PatternSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatternSet")
            .field("kind", &self.kind)
            .field("sources", &self.sources)
            .field("fold", &self.fold)
            .finish_non_exhaustive()
    }
}

/// Bytes of a pattern's automaton; `None` if there are too many.
fn size_of(tree: &Hir) -> Option<usize> {
    let config = thompson::Config::new()
        .utf8(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(MAX_SIZE));
    let automaton = thompson::Compiler::new()
        .configure(config)
        .build_from_hir(tree);
    automaton.ok().map(|automaton| automaton.memory_usage())
}

/// What finds any of them, in one pass; `size` is that of all of them.
fn compile(trees: &[Hir], size: usize) -> Option<meta::Regex> {
    // States that were met are kept, for each thread that matches, up to so many bytes; then it begins
    // anew. The least that is needed is little more than the size.
    let cache = (8 * size).clamp(32 << 10, 8 << 20);
    let config = meta::Config::new()
        .utf8_empty(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(2 * MAX_SET_SIZE))
        .hybrid_cache_capacity(cache);
    let matcher = meta::Builder::new()
        .configure(config)
        .build_many_from_hir(trees);
    matcher.ok()
}
