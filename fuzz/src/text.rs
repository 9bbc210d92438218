//! Any text is checked.

use std::time::Duration;

use allocation_counter::measure;
use tracee_lang::check::{Checked, check};
use tracee_lang::diagnostics::{Diagnostic, MAX_REPORTED};
use tracee_lang::parse::parse;
use tracee_lang::source::{SourceMap, Span};
use tracee_lang::token::lex;

/// Allocations for a text, and for each byte of it. A count is the same in every run, as time is not.
const ALLOCATIONS: u64 = 40_000;
const ALLOCATIONS_A_BYTE: u64 = 300;
/// Set to look at the time, too.
const TIMED: &str = "TRACEE_FUZZ_TIMED";
/// What a KiB may take, and any text.
const A_KIB: Duration = Duration::from_millis(10);
const AT_LEAST: Duration = Duration::from_millis(40);

/// Parses and checks a text and looks at what is said about it.
pub(crate) fn is_checked(text: &str) {
    let mut end = 0;
    for (_, range) in lex(text) {
        assert_eq!(range.start, end, "tokens leave something out");
        end = range.end;
    }
    assert_eq!(end, text.len(), "tokens leave the end out");

    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    let mut checked = Checked::default();
    let taken = measure(|| {
        let parsed = parse(&map, file);
        parsed.diagnostics.iter().for_each(|it| places(&map, it));
        checked = check(&map, &[file]);
    });
    let most = ALLOCATIONS + ALLOCATIONS_A_BYTE * text.len() as u64;
    assert!(
        taken.count_total <= most,
        "{} allocations",
        taken.count_total
    );
    assert!(checked.diagnostics.len() <= 2 * (MAX_REPORTED + 1));
    for diagnostic in &checked.diagnostics {
        places(&map, diagnostic);
        let message = &diagnostic.message;
        assert!(
            !message.is_empty() && !message.ends_with('.'),
            "{message:?}"
        );
    }
    if std::env::var_os(TIMED).is_some() {
        in_time(text);
    }
}

/// Every place is a range of whole characters.
fn places(map: &SourceMap, diagnostic: &Diagnostic) {
    let fixes = diagnostic.fixes.iter().flat_map(|fix| &fix.edits);
    let edits = fixes.map(|edit| edit.span);
    for span in diagnostic
        .labels
        .iter()
        .map(|label| label.span)
        .chain(edits)
    {
        let Span { file, start, end } = span;
        let text = map.get(file).map_or("", |file| &file.text);
        let range = start as usize..end as usize;
        assert!(text.get(range).is_some(), "{span:?} of {diagnostic:?}");
    }
}

/// The best of some runs: an interrupt counts for who is interrupted.
fn in_time(text: &str) {
    let kibibytes = text.len() as f64 / 1024.0;
    let most = A_KIB.mul_f64(kibibytes).max(AT_LEAST);
    let run = || {
        let mut map = SourceMap::default();
        let file = map.add("test.tp", text);
        let begin = on_processor();
        drop(check(&map, &[file]));
        on_processor().saturating_sub(begin)
    };
    let fast = (0..5).map(|_| run()).find(|took| *took <= most);
    assert!(fast.is_some(), "more than {most:?} for {kibibytes:.1} KiB");
}

/// How long this thread has run: who else runs makes no difference. Linux counts it when the thread is
/// looked at and with every tick (4 ms).
fn on_processor() -> Duration {
    let known = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = known.split(' ').next().and_then(|first| first.parse().ok());
    match nanoseconds {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => panic!("{TIMED} is set, and /proc/thread-self/schedstat says {known:?}"),
    }
}
