//! The patterns of all conditions, each set compiled once, and their mistakes with their places.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::Context;
use super::literals::{Literals, Texts};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::parse::literal;
use crate::pattern::{PatternError, PatternKind, PatternSet};
use crate::source::{SourceMap, Span};

/// Bytes that all patterns may take together as automata.
const MAX_SIZE: usize = 64 << 20;

/// What was compiled so far.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    known: HashMap<Key, Arc<PatternSet>>,
    size: usize,
    /// Which were asked for, in that order.
    asked: Vec<Key>,
}

/// What a set is made of: its kind, whether case is ignored, and the patterns.
type Key = (PatternKind, bool, Texts);

/// A set with what it is made of.
pub(super) type Made = (Key, Arc<PatternSet>);

impl Patterns {
    /// How many sets were asked for so far.
    pub(super) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// Those that were asked for after the first so many.
    pub(super) fn since(&self, first: usize) -> Vec<Made> {
        let asked = self.asked.get(first..).unwrap_or_default().iter();
        let made = asked.filter_map(|key| Some((key.clone(), self.known.get(key)?.clone())));
        made.collect()
    }

    /// Takes sets that were made before. [`None`]: all are too large together then.
    pub(super) fn add(&mut self, made: &[Made]) -> Option<()> {
        for (key, set) in made {
            if !self.known.contains_key(key) {
                if self.size + set.size() > MAX_SIZE {
                    return None;
                }
                self.size += set.size();
                self.known.insert(key.clone(), set.clone());
            }
        }
        Some(())
    }
}

impl Context<'_> {
    /// The set of the patterns that `written` has, at `span`. [`None`]: something was reported.
    pub(super) fn patterns(
        &mut self,
        kind: PatternKind,
        written: &Literals,
        fold: bool,
        span: Span,
    ) -> Option<Arc<PatternSet>> {
        let key = (kind, fold, written.texts());
        self.patterns.asked.push(key.clone());
        if let Some(known) = self.patterns.known.get(&key) {
            return Some(known.clone());
        }
        let set = match PatternSet::new(kind, key.2.clone(), fold) {
            Ok(set) => Arc::new(set),
            Err(wrong) => {
                let mut places = HashMap::new();
                for (text, place) in written.texts_with_places() {
                    places.entry(&**text).or_insert(place);
                }
                for error in wrong {
                    let source = error.at.and_then(|at| key.2.get(at));
                    let literal = source.and_then(|source| places.get(&**source).copied());
                    if !literal.is_some_and(|literal| is_malformed(self.map, literal)) {
                        let place =
                            literal.map_or(span, |literal| within(self.map, literal, &error.place));
                        self.report(describe(kind, error, place));
                    }
                }
                return None;
            }
        };
        self.patterns.size += set.size();
        if self.patterns.size > MAX_SIZE {
            let message = "the patterns up to here are too large together";
            self.report(Diagnostic::error(codes::PATTERN_TOO_LARGE, message, span));
            return None;
        }
        self.patterns.known.insert(key, set.clone());
        Some(set)
    }
}

fn describe(kind: PatternKind, error: PatternError, place: Span) -> Diagnostic {
    let code = match (error.too_large, kind) {
        (true, _) => codes::PATTERN_TOO_LARGE,
        (false, PatternKind::Glob) => codes::BAD_GLOB,
        (false, PatternKind::Regex) => codes::BAD_REGEX,
    };
    let diagnostic = Diagnostic::error(code, error.message, place);
    match error.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Whether a string literal has escapes that are none, which was reported.
fn is_malformed(map: &SourceMap, literal: Span) -> bool {
    let inside = map.slice(literal).trim_matches('"');
    !literal::unescape(inside).1.is_empty()
}

/// The place of some of a string literal's bytes.
pub(super) fn within(map: &SourceMap, literal: Span, bytes: &Range<usize>) -> Span {
    let written = map.slice(literal);
    let inside = written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(inside) if !inside.is_empty() => {
            let place = literal::place(inside, bytes);
            let start = literal.start as usize + 1;
            Span::new(literal.file, start + place.start, start + place.end)
        }
        _ => literal,
    }
}
