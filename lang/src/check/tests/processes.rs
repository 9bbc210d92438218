//! The processes of a given event: its own, and those above it.
//!
//! `proc.exe` is of the first, `proc.parent.exe` of the second, and `proc.ancestors` writes the whole
//! chain. A chain that is not written is the process and its parent, all zero.

use crate::ast::Name;
use crate::check::Context;
use crate::check::condition::PROCESS_FIELDS;
use crate::check::schema::meant;
use crate::codes;
use crate::context::{ContextField, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::test::{GivenProcess, GivenValue};
use crate::source::Span;
use crate::types::Type;
use crate::value::MAX_ANCESTORS;

/// What was written of them so far.
#[derive(Default)]
pub(super) struct Processes {
    fields: Vec<(usize, ProcessField, GivenValue)>,
    /// The length of the chain, if it was written, and where.
    chain: Option<(usize, Span)>,
    /// A field of the parent.
    parent: Option<Span>,
    /// `proc.parent: absent`
    no_parent: Option<Span>,
}

impl Processes {
    /// Sets a field of the process `depth` above the event's own.
    pub(super) fn set(&mut self, depth: usize, field: ProcessField, value: GivenValue) {
        self.fields.push((depth, field, value));
    }

    /// Sets a field of `proc.parent`.
    pub(super) fn set_parent(&mut self, field: ProcessField, value: GivenValue, at: Span) {
        self.parent.get_or_insert(at);
        self.set(1, field, value);
    }

    /// The parent is not known.
    pub(super) fn no_parent(&mut self, at: Span, cx: &mut Context<'_>) -> Option<()> {
        if let Some(first) = self.no_parent.replace(at) {
            let message = "`proc.parent` is given twice";
            cx.report(
                Diagnostic::error(codes::GIVEN_TWICE, message, at).related(first, "first here"),
            );
            return None;
        }
        Some(())
    }

    /// The chain has this many processes.
    pub(super) fn chain(&mut self, length: usize, at: Span, cx: &mut Context<'_>) -> Option<()> {
        self.chain = Some((length, at));
        if length > MAX_ANCESTORS {
            let message = format!(
                "the list has {length} processes; no condition sees more than {MAX_ANCESTORS}"
            );
            cx.report(Diagnostic::error(codes::LIST_TOO_LARGE, message, at));
            return None;
        }
        Some(())
    }

    /// The processes, the event's own first. [`None`]: they contradict each other, which was reported.
    pub(super) fn finish(self, cx: &mut Context<'_>) -> Option<Vec<GivenProcess>> {
        let orphan = match self.chain {
            Some((1, at)) => Some(at),
            _ => self.no_parent,
        };
        let more = match self.chain {
            Some((2.., at)) => Some(at),
            _ => self.parent,
        };
        if let (Some(orphan), Some(parent)) = (orphan, more) {
            let message = "`proc.parent` is given, and absent";
            cx.report(
                Diagnostic::error(codes::GIVEN_TWICE, message, parent)
                    .related(orphan, "here it is absent"),
            );
            return None;
        }
        let length = match self.chain {
            Some((length, _)) => length,
            None => 1 + usize::from(orphan.is_none()),
        };
        let mut processes = vec![GivenProcess::zero(); length];
        for (depth, field, value) in self.fields {
            if let Some(process) = processes.get_mut(depth) {
                process.set(field, value);
            }
        }
        Some(processes)
    }
}

/// The property of a process that a name in `proc.ancestors` is, with its type.
pub(super) fn property(
    path: &[Name],
    at: Span,
    cx: &mut Context<'_>,
) -> Option<(ProcessField, Type)> {
    let known = |name: &Name| PROCESS_FIELDS.iter().find(|(known, _)| *known == name.text);
    let found = match path {
        [name] => known(name),
        _ => None,
    };
    if let Some((_, field)) = found {
        let info = crate::context::info(ContextField::Proc(*field))?;
        return Some((*field, info.ty.clone()));
    }
    let names: Vec<_> = path.iter().map(|name| name.text.as_str()).collect();
    let whole = Name {
        text: names.join(".").into(),
        span: at,
    };
    let message = format!("a process has no `{}` here", whole.text);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, message, at);
    cx.report(meant(
        diagnostic,
        &whole,
        PROCESS_FIELDS.iter().map(|f| f.0),
    ));
    None
}
