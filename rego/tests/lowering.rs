//! Signatures as conditions: who decides each, for each of its events, and why. That conditions say what
//! regorus says is compared in runtime/tests/signatures. Snapshots: `INSTA_UPDATE=always cargo test -p tracee-rego`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use tracee_lang::hir::ExprKind;
use tracee_lang::signature::{Decision, Reason};
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use tracee_rego::{load, lower};

#[test]
fn signatures_are_decided_by_conditions_where_those_say_the_same() {
    insta::glob!("lowering/*.rego", |path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut map = SourceMap::default();
        let id = map.add(name, fs::read_to_string(path).unwrap());
        let loaded = load(&map, &[id]);
        assert_eq!(loaded.diagnostics, [], "{}", path.display());
        let signature = &loaded.signatures[0];
        // Of those that select everything, some.
        let events: BTreeSet<&str> = signature
            .selected
            .iter()
            .flat_map(|selected| match &selected.name {
                Some(name) => vec![name.as_str()],
                None => vec!["close", "kill", "openat"],
            })
            .collect();
        let mut shown = String::new();
        for name in events {
            let event = schema().event_named(name).unwrap();
            let lowered = lower::lower(signature, schema(), event);
            let never = match lowered.condition.kind {
                ExprKind::Bool(false) => ", never",
                _ => "",
            };
            writeln!(shown, "{name}: {}{never}", said(&lowered.decision)).unwrap();
        }
        insta::assert_snapshot!(shown);
    });
}

fn said(decision: &Decision) -> String {
    let place = |why: &Reason| format!("{} at {}:{}:{}", why.text, why.file, why.line, why.column);
    match decision {
        Decision::Compiled { output: false } => "compiled".to_owned(),
        Decision::Compiled { output: true } => "compiled, with an output".to_owned(),
        Decision::Guarded { sure, why } => {
            let sure = if sure.is_some() {
                ", mostly decided"
            } else {
                ""
            };
            format!("guarded{sure}: {}", place(why))
        }
        Decision::Interpreted { why } => format!("interpreted: {}", place(why)),
    }
}
