//! Whether the comparison would notice a wrong condition: conditions are corrupted, and each must be found.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracee_lang::hir::{Expr, ExprKind, PolicySet, display};
use tracee_lang::schema::EventId;
use tracee_lang::signature::Decision;
use tracee_lang::stdlib::schema;
use tracee_rego::lower;
use tracee_runtime::record::Layouts;

use crate::corrupt::{self, Corrupted};
use crate::events::{Made, Maker};
use crate::{detected, engine, files, policies, selected};

/// So many events of each kind are tried: as the comparison has of each in some hundred thousand cases.
const EVENTS: u64 = 4_000;

/// What the right condition says of an event.
struct Answered {
    event: Made,
    said: Vec<(String, Option<String>)>,
}

/// Which event tells a wrong condition from the right one is looked for without regorus, which is slow; of that
/// event it is then asked, so that the comparison would find it.
#[test]
fn a_wrong_condition_is_found() {
    let files = files();
    let layouts = Layouts::new(schema());
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = String::new();
    for file in &files {
        let maker = Maker::new(&layouts, std::slice::from_ref(file), 0);
        let plain = policies(std::slice::from_ref(file));
        let mut lowered = plain.clone();
        lower::apply(&mut lowered, schema());
        let (mut asked, mut right) = (engine(&plain), engine(&lowered));
        for (event, _) in selected(&plain) {
            let at = clause(&lowered, event.id);
            let wrong = corrupted(&lowered, at);
            let asks = !matches!(
                lowered.policies[0].rules[0].on[at].decision.as_deref(),
                Some(Decision::Compiled { output: false })
            );
            // Where regorus has a say that takes its time.
            let events = if asks { EVENTS / 8 } else { EVENTS };
            let answered: Vec<Answered> = (0..if wrong.is_empty() { 0 } else { events })
                .map(|number| {
                    let event = maker.event(event, number);
                    let said = detected(&mut right, &event);
                    Answered { event, said }
                })
                .collect();
            for (what, part, wrong) in wrong {
                let mut decided = engine(&wrong);
                let differs = |one: &&Answered| detected(&mut decided, &one.event) != one.said;
                if let Some(one) = answered.iter().find(differs) {
                    assert_eq!(
                        detected(&mut asked, &one.event),
                        one.said,
                        "{}: {what}",
                        file.0
                    );
                    *found.entry(what).or_default() += 1;
                } else {
                    let part = display::condition(&part, Some(event));
                    missed += &format!("{} on {}: {what}: {part}\n", file.0, event.name);
                }
            }
        }
    }
    // Much of what is not found says the same: a part that another one implies (`x == ""` beside `x == "c"`), or
    // that can't hold beside it. The rest takes an event that is rarer than one of these.
    insta::assert_snapshot!(format!("found: {found:?}\n\nnot found:\n{missed}"));
}

/// The clause of the only rule that is on an event.
fn clause(policies: &PolicySet, event: EventId) -> usize {
    let on = &policies.policies[0].rules[0].on;
    on.iter().position(|on| on.event == event).unwrap()
}

/// The policies with one condition made wrong.
fn corrupted(policies: &PolicySet, at: usize) -> Vec<(&'static str, Expr, PolicySet)> {
    let on = &policies.policies[0].rules[0].on[at];
    let (Some(condition), Some(decision)) = (on.condition.as_deref(), &on.decision) else {
        return Vec::new();
    };
    let with = |condition: Option<Expr>, decision: Option<Decision>| {
        let mut wrong = policies.clone();
        let on = &mut wrong.policies[0].rules[0].on[at];
        on.condition = condition.map(Arc::new);
        on.decision = decision.map(Arc::new).or(on.decision.take());
        wrong
    };
    match &**decision {
        Decision::Compiled { output: false } => corrupt::all(condition)
            .into_iter()
            .map(|Corrupted { what, part, expr }| (what, part, with(Some(expr), None)))
            .collect(),
        // Regorus decides what they let through, so too much of that is nothing wrong.
        Decision::Compiled { output: true } => {
            vec![(
                "negated",
                condition.clone(),
                with(Some(not(condition)), None),
            )]
        }
        Decision::Guarded { sure, why } => {
            let mut all = vec![(
                "negated",
                condition.clone(),
                with(Some(not(condition)), None),
            )];
            if let Some(sure) = sure {
                let span = condition.span;
                let kind = ExprKind::Bool(true);
                let wrong = Decision::Guarded {
                    sure: Some(Expr { kind, span }),
                    why: why.clone(),
                };
                let wrong = with(Some(condition.clone()), Some(wrong));
                all.push(("sure of everything", sure.clone(), wrong));
            }
            all
        }
        Decision::Interpreted { .. } => Vec::new(),
    }
}

fn not(of: &Expr) -> Expr {
    let kind = ExprKind::Not(Box::new(of.clone()));
    let span = of.span;
    Expr { kind, span }
}
