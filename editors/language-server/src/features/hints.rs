//! Behind every predicate, who decides it: ‹kernel› or ‹user›.

use gen_lsp_types::{InlayHint, InlayHintParams, Label, MarkupContent, MarkupKind, Tooltip};
use tracee_lang::source::FileId;

use crate::plan::{self, Predicate, Runs};
use crate::server::Server;

/// `textDocument/inlayHint`.
pub(crate) fn hints(server: &Server, params: InlayHintParams) -> Option<Vec<InlayHint>> {
    let analysis = server.analysis(&params.text_document.uri.0)?;
    let text = analysis.text(FileId(0))?;
    let begin = text.offset(params.range.start);
    let end = text.offset(params.range.end);
    let all = analysis.predicates();
    let mut spans: Vec<_> = all.iter().map(|one| one.span).collect();
    spans.dedup();
    let asked = spans.into_iter().filter(|span| {
        let (start, stop) = (span.start as usize, span.end as usize);
        span.file == FileId(0) && start <= end && begin <= stop
    });
    let hint = |span: tracee_lang::source::Span| {
        let of_span = plan::at(all, span);
        InlayHint {
            position: text.position(span.end as usize),
            label: Label::String(format!("‹{}›", word(of_span))),
            kind: None,
            text_edits: None,
            tooltip: Some(Tooltip::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: described(of_span),
            })),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        }
    };
    Some(asked.map(hint).collect())
}

/// Where a predicate runs, if that is the same for all events.
fn word(predicates: &[Predicate]) -> String {
    let mut runs: Vec<Runs> = predicates.iter().map(|one| one.runs).collect();
    runs.sort_unstable();
    runs.dedup();
    let words: Vec<_> = runs.into_iter().map(Runs::word).collect();
    words.join(" or ")
}

/// A line for each event, or one for all if they agree.
pub(crate) fn described(predicates: &[Predicate]) -> String {
    let line = |one: &Predicate| format!("{}: {}", who(one.runs), one.reason);
    let mut lines: Vec<String> = predicates.iter().map(line).collect();
    lines.sort_unstable();
    lines.dedup();
    if let [same] = &lines[..] {
        return same.clone();
    }
    let of_event = |one: &Predicate| format!("- `{}`: {}", one.event, line(one));
    let lines: Vec<_> = predicates.iter().map(of_event).collect();
    lines.join("\n")
}

fn who(runs: Runs) -> &'static str {
    match runs {
        Runs::Kernel => "the kernel decides it",
        Runs::Both => "the kernel decides it in part, userland the rest",
        Runs::User => "userland decides it",
    }
}
