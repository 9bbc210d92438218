//! What a check has to say: each mistake once, no warning that its line allows, and of no file more
//! than anybody reads.

use std::collections::{HashMap, HashSet};

use super::allow::Allows;
use crate::codes;
use crate::diagnostics::{Code, Diagnostic, MAX_REPORTED, Severity};
use crate::source::{FileId, SourceMap, Span, Spans};

/// The diagnostics so far.
#[derive(Debug)]
pub(super) struct Reports<'a> {
    map: &'a SourceMap,
    all: Vec<Diagnostic>,
    /// How many were given to it, also those that it did not keep.
    taken: usize,
    said: HashSet<(Code, Span)>,
    files: HashMap<FileId, Count>,
    allows: Allows,
}

/// What there is of a file.
#[derive(Debug, Default)]
struct Count {
    errors: usize,
    warnings: usize,
}

impl<'a> Reports<'a> {
    /// Nothing yet, but that comments in the files may allow warnings.
    pub(super) fn new(map: &'a SourceMap, files: &[FileId]) -> Self {
        let mut reports = Self {
            map,
            all: Vec::new(),
            taken: 0,
            said: HashSet::new(),
            files: HashMap::new(),
            allows: Allows::default(),
        };
        let mut wrong = Vec::new();
        reports.allows = Allows::of(map, files, &mut wrong);
        wrong.into_iter().for_each(|one| reports.push(one));
        reports
    }

    /// Adds one, unless it was said: a mistake in a `let`, or in a condition on several events, is found
    /// at every use.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.taken += 1;
        let place = diagnostic.span();
        if self.allows.allow(&diagnostic) {
            return;
        }
        let count = *self.count(&diagnostic);
        if count < MAX_REPORTED {
            if self.said.insert((diagnostic.code, place)) {
                *self.count(&diagnostic) += 1;
                self.all.push(diagnostic);
            }
        } else if count == MAX_REPORTED && !self.said.contains(&(diagnostic.code, place)) {
            *self.count(&diagnostic) += 1;
            self.all
                .push(and_more(self.map, place.file, diagnostic.severity));
        }
    }

    /// How many there are of its file and severity.
    fn count(&mut self, diagnostic: &Diagnostic) -> &mut usize {
        let count = self.files.entry(diagnostic.span().file).or_default();
        match diagnostic.severity {
            Severity::Error => &mut count.errors,
            Severity::Warning => &mut count.warnings,
        }
    }

    /// Whether an error would be kept, so that it is worth while to find out more.
    pub(super) fn wants(&self, code: Code, place: Span) -> bool {
        let full = |count: &Count| count.errors > MAX_REPORTED;
        !self.files.get(&place.file).is_some_and(full) && !self.said.contains(&(code, place))
    }

    /// The places of errors.
    pub(super) fn errors(&self) -> impl Iterator<Item = Span> {
        let all = self.all.iter();
        let errors = all.filter(|one| one.severity == Severity::Error);
        errors.map(Diagnostic::span)
    }

    /// Counts what is not said again: it was, where the same was looked at first.
    pub(super) fn take_again(&mut self) {
        self.taken += 1;
    }

    /// How many were given to it, also those that it did not keep.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Those after the first so many.
    pub(super) fn since(&mut self, first: usize) -> &mut [Diagnostic] {
        self.all.get_mut(first..).unwrap_or_default()
    }

    /// Drops those of the places that one between `from` and `first` has already.
    pub(super) fn drop_repeated(&mut self, from: usize, first: usize) {
        let places: HashSet<_> = self.all[from..first].iter().map(Diagnostic::span).collect();
        let new = self.all.split_off(first);
        for diagnostic in new {
            if !places.contains(&diagnostic.span()) {
                self.all.push(diagnostic);
            } else {
                *self.count(&diagnostic) -= 1;
            }
        }
    }

    /// Whether there is an error.
    pub(super) fn has_errors(&self) -> bool {
        self.files.values().any(|count| count.errors > 0)
    }

    /// Whether there is an error in a file.
    pub(super) fn has_errors_in(&self, file: FileId) -> bool {
        self.files.get(&file).is_some_and(|count| count.errors > 0)
    }

    /// All, in the order of their places.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        // In a file with errors, the warning may not have been looked for.
        for unused in std::mem::take(&mut self.allows).unused() {
            if !self.has_errors_in(unused.span().file) {
                self.push(unused);
            }
        }
        let mut all = self.all;
        all.sort_by(|a, b| a.span().cmp(&b.span()).then(a.severity.cmp(&b.severity)));
        drop_derived(self.map, &mut all);
        all
    }
}

/// A word of odd characters is no known name, and a string of them no good value: what is said of the
/// characters is enough. Where a bracket is missing, nobody knows what belongs together.
fn drop_derived(map: &SourceMap, sorted: &mut Vec<Diagnostic>) {
    let of_characters = [
        codes::INVISIBLE_CHARACTER,
        codes::BIDI_CONTROL,
        codes::LOOKALIKE,
        codes::NOT_ASCII,
    ];
    let odd = |d: &Diagnostic| of_characters.contains(&d.code);
    let odd_places = sorted.iter().filter(|d| odd(d)).map(Diagnostic::span);
    let places: Vec<Span> = odd_places.collect();
    let derived = |span: Span| {
        let from = |place: &Span| (place.file, place.start) < (span.file, span.start);
        places
            .get(places.partition_point(from))
            .filter(|place| place.file == span.file && place.end <= span.end)
            .is_some_and(|place| *place == span || map.slice(span).starts_with('"'))
    };
    let unbalanced = sorted.iter().filter(|d| d.code == codes::UNBALANCED);
    let misread = unbalanced.filter_map(|d| Some(d.labels.first()?.span.to(d.labels.get(1)?.span)));
    let misread = Spans::new(misread.collect());
    let of_form = |code| code == codes::UNBALANCED || code == codes::BAD_STRING;
    sorted.retain(|d| odd(d) || of_form(d.code) || !(derived(d.span()) || misread.cover(d.span())));
}

/// What stands at the end of a file of which no more is reported.
fn and_more(map: &SourceMap, file: FileId, severity: Severity) -> Diagnostic {
    let end = map.get(file).map_or(0, |file| file.text.len());
    let span = Span::new(file, end, end);
    let (report, what): (fn(_, _, _) -> _, _) = match severity {
        Severity::Error => (Diagnostic::error, "errors"),
        Severity::Warning => (Diagnostic::warning, "warnings"),
    };
    let message = format!("more than {MAX_REPORTED} {what}; the others are not shown");
    report(codes::TOO_MANY_MISTAKES, message, span)
}
