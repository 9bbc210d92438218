//! OPA signatures as rules: on the events that they select, with what their metadata says.

use std::collections::HashSet;
use std::sync::Arc;

use super::Context;
use super::resolve::STD;
use crate::attack::{Status, TECHNIQUES, Technique, lookup};
use crate::codes;
use crate::context::{self, ContextField};
use crate::diagnostics::Diagnostic;
use crate::hir::{CompareOp, Expr, ExprKind, Field, On, Operand, Rule, RuleSeverity};
use crate::schema::EventId;
use crate::signature::{Origin, Selected, Signature};
use crate::source::Span;
use crate::suggest::nearest;
use crate::types::Type;

/// The pid namespace that the kernel begins with: `PROC_PID_INIT_INO` of include/linux/proc_ns.h.
const FIRST_PID_NAMESPACE: i128 = 0xEFFF_FFFC;

/// The rule that a signature is.
pub(super) fn rule(signature: &Arc<Signature>, cx: &mut Context<'_>) -> Rule {
    debug_assert_ne!(signature.name, STD);
    let severity = signature.severity;
    let technique = signature.attack.as_deref().and_then(technique);
    Rule {
        name: signature.name.clone(),
        qualified_name: signature.name.clone(),
        doc: String::new(),
        id: Some(signature.id.clone()),
        title: Some(signature.title.clone()),
        description: signature.description.clone(),
        references: Vec::new(),
        severity: severity.unwrap_or(RuleSeverity::Medium),
        attack: technique.into_iter().collect(),
        message: None,
        output: Vec::new(),
        on: on(signature, cx),
        exceptions: Vec::new(),
        used: None,
        signature: Some(Arc::clone(signature)),
        span: signature.span,
    }
}

/// One entry per event and origin.
fn on(signature: &Signature, cx: &mut Context<'_>) -> Vec<On> {
    let schema = cx.schema;
    let mut selected: Vec<(EventId, &Selected)> = Vec::new();
    for one in &signature.selected {
        match &one.name {
            None => selected.extend(schema.events.iter().map(|event| (event.id, one))),
            Some(name) => match schema.event_named(name) {
                Some(event) => selected.push((event.id, one)),
                None => unknown_event(signature, name, one.span, cx),
            },
        }
    }
    let everywhere = selected.iter().filter(|(_, one)| one.origin == Origin::Any);
    let everywhere: HashSet<EventId> = everywhere.map(|(event, _)| *event).collect();
    let mut made = HashSet::new();
    selected.retain(|(event, one)| {
        (one.origin == Origin::Any || !everywhere.contains(event))
            && made.insert((*event, one.origin))
    });
    let on = selected.into_iter().map(|(event, one)| On {
        event,
        condition: condition(one).map(Arc::new),
        exceptions: Vec::new(),
        decision: None,
        span: one.span,
    });
    on.collect()
}

fn unknown_event(signature: &Signature, name: &str, span: Span, cx: &mut Context<'_>) {
    let message = format!(
        "signature `{}` selects `{name}`, which is no event here",
        signature.name
    );
    let known = cx.schema.events.iter().map(|event| event.name.as_str());
    let help = match nearest(name, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`tracee list events` prints those that there are".to_owned(),
    };
    cx.report(Diagnostic::warning(codes::UNKNOWN_SELECTED_EVENT, message, span).help(help));
}

/// Whether a process is on the host: whether it is in the first of the pid namespaces, which the kernel
/// can decide.
fn condition(selected: &Selected) -> Option<Expr> {
    let span = selected.span;
    let pid_namespace = Field::Context(ContextField::PidNs);
    let ty = context::info(ContextField::PidNs).map_or(Type::Error, |info| info.ty.clone());
    let host = Expr {
        kind: ExprKind::Compare {
            op: CompareOp::Eq,
            left: Operand::Field(pid_namespace, ty),
            right: Operand::Int(FIRST_PID_NAMESPACE),
        },
        span,
    };
    match selected.origin {
        Origin::Any => None,
        Origin::Host => Some(host),
        Origin::Container => Some(Expr {
            kind: ExprKind::Not(host.into()),
            span,
        }),
    }
}

/// The technique that `Defense Evasion: Masquerading` means; [`None`] if MITRE has none of that name.
fn technique(written: &str) -> Option<&'static Technique> {
    let (_, name) = written.split_once(':').unwrap_or(("", written));
    let name = name.trim();
    let wanted = |one: &&Technique| {
        one.name.eq_ignore_ascii_case(name) || one.full_name().eq_ignore_ascii_case(name)
    };
    let found = TECHNIQUES.iter().filter(wanted);
    // Some names are those of a technique and of one that is no more.
    let found = found.min_by_key(|one| one.status != Status::Current)?;
    match found.status {
        Status::Current => Some(found),
        Status::Revoked(id) => lookup(id),
        Status::Deprecated(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_known_by_their_names() {
        let id = |written| technique(written).map(|one| one.id);
        assert_eq!(id("Privilege Escalation: Escape to Host"), Some("T1611"));
        assert_eq!(id("Defense Evasion: masquerading"), Some("T1036"));
        assert_eq!(id("Execution: Unix Shell"), Some("T1059.004"));
        assert_eq!(id("Defense Evasion: Something Else"), None);
        assert_eq!(id(""), None);
    }
}
