//! `--format json`: one object a line, straight from the data.

use serde_json::json;
use tracee_compiler::report::report;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::source::SourceMap;

/// One object a line.
pub(super) fn lines(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| format!("{}\n", json!(report(sources, diagnostic))))
        .collect()
}
