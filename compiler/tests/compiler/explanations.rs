//! What `tracee explain` says of the policies in explanations/.

use std::fmt::Write;

use tracee_compiler::cost::KernelCost;
use tracee_compiler::explain::{TargetExplanation, place};
use tracee_compiler::{Explanation, Options, compile, explain};
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::source::{SourceMap, Span};
use tracee_lang::stdlib::schema;

fn explained(name: &str, text: &str) -> Explanation {
    let mut sources = SourceMap::default();
    let file = sources.add(name, text);
    let checked = check(&sources, &[file]);
    assert!(!has_errors(&checked.diagnostics), "{name} has no errors");
    let (compiled, diagnostics) = compile(schema(), &checked.policies, &Options::default());
    assert_eq!(diagnostics, []);
    explain(schema(), &checked.policies, &compiled, &sources)
}

/// The explanation as text, without what depends on the processor.
fn print(explanation: &Explanation) -> String {
    let mut out = String::new();
    for event in &explanation.events {
        writeln!(
            out,
            "{}{}",
            event.event,
            if event.merged { " (merged)" } else { "" }
        )
        .unwrap();
        for selector in &event.selectors {
            writeln!(
                out,
                "  kernel passes for {:?}: {}",
                selector.targets, selector.text
            )
            .unwrap();
        }
        if let Some(cost) = &event.kernel {
            print_cost(&mut out, cost);
        }
        event
            .targets
            .iter()
            .for_each(|target| print_target(&mut out, target));
    }
    let tables = explanation.tables;
    writeln!(
        out,
        "{} transitions, {} bytes of tables",
        tables.transitions, tables.bytes
    )
    .unwrap();
    out
}

fn print_cost(out: &mut String, cost: &KernelCost) {
    for filter in &cost.filters {
        let walks = filter
            .walks
            .map_or(String::new(), |bytes| format!(" ≤{bytes}"));
        let kind = format!("{:?}", filter.kind).to_lowercase();
        let early = if filter.early { " early" } else { "" };
        let (selectors, entries, bytes) = (filter.selectors, filter.entries, filter.bytes);
        writeln!(
            out,
            "  {} by {kind}{walks}{early}: {selectors} selectors, {entries} entries, {bytes} bytes, {} ns",
            filter.field, filter.ns
        )
        .unwrap();
    }
    let (least, most) = (cost.least_ns, cost.most_ns);
    writeln!(out, "  {least} to {most} ns, {} more to pass", cost.pass_ns).unwrap();
}

fn print_target(out: &mut String, target: &TargetExplanation) {
    let name = target.rule.as_deref().unwrap_or("select");
    writeln!(
        out,
        "  {name}: {}",
        target.condition.as_deref().unwrap_or("always")
    )
    .unwrap();
    for predicate in &target.predicates {
        let place = predicate.place.as_ref().unwrap();
        let pushdown = format!("{:?}", predicate.pushdown).to_lowercase();
        let (line, column) = (place.line, place.column);
        let exception = predicate.exception.as_ref();
        let exception = exception.map_or(String::new(), |of| format!(" excepted {:?}", of.reason));
        writeln!(
            out,
            "    {line}:{column} {pushdown}: {} ({}){exception}",
            predicate.text, predicate.reason
        )
        .unwrap();
    }
    writeln!(
        out,
        "    left: {}",
        target.residual.as_deref().unwrap_or("nothing")
    )
    .unwrap();
}

#[test]
fn explanations() {
    insta::glob!("explanations/*.tp", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        insta::assert_snapshot!(print(&explained("policy.tp", &text)));
    });
}

#[test]
fn an_explanation_is_an_object_with_lower_case_names() {
    let text = "policy p { rule r { on openat where proc.uid == 0; } }";
    let json = serde_json::to_value(explained("policy.tp", text)).unwrap();
    let predicate = &json["events"][0]["targets"][0]["predicates"][0];
    assert_eq!(predicate["pushdown"], "exact");
    assert_eq!(
        predicate["place"],
        serde_json::json!({"file": "policy.tp", "line": 1, "column": 37})
    );
    assert_eq!(json["engine"], "jit");
}

#[test]
fn columns_count_characters() {
    let text = "policy p {\n  rule µµ";
    let mut sources = SourceMap::default();
    let file = sources.add("a.tp", text);
    let place = place(&sources, Span::new(file, text.len(), text.len())).unwrap();
    assert_eq!(
        (place.file.as_str(), place.line, place.column),
        ("a.tp", 2, 10)
    );
}
