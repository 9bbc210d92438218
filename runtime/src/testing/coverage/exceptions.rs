//! Exceptions: each clause is counted once, however many rules it is for.

use tracee_compiler::pretty::Printer;
use tracee_lang::hir::Policy;
use tracee_lang::schema::Schema;
use tracee_lang::source::{FileId, Span};

use super::{Part, Role, part};

/// What was reached of an exception.
#[derive(Debug, Clone)]
pub struct ExceptionCoverage {
    /// Why there is one.
    pub reason: String,
    /// The first rule that it is for: its qualified name.
    pub rule: String,
    /// Its condition: it is asked that it held, so that a rule did not match for it, and that it failed.
    pub part: Part,
    /// The rules of the policy that it is for, by index.
    pub(super) rules: Vec<usize>,
    /// The clause.
    pub(super) span: Span,
}

/// Those of a policy that have not expired and stand in files that somebody asked about.
pub(super) fn of(
    schema: &Schema,
    policy: &Policy,
    files: &dyn Fn(FileId) -> bool,
) -> Vec<ExceptionCoverage> {
    let mut made: Vec<ExceptionCoverage> = Vec::new();
    for (at, rule) in policy.rules.iter().enumerate() {
        for (index, exception) in rule.exceptions.iter().enumerate() {
            if let Some(known) = made.iter_mut().find(|one| one.span == exception.span) {
                known.rules.push(at);
                continue;
            }
            // Its text is the same for every event that the rule is on.
            let said = rule.on.iter().find_map(|on| {
                let excepted = on.excepted().find(|(of, _)| *of == index);
                excepted.map(|(_, condition)| (on.event, condition))
            });
            if let Some((event, condition)) = said.filter(|_| files(exception.span.file)) {
                let event = schema.event(event);
                let printer = event.map(|event| Printer::new(schema, event));
                made.push(ExceptionCoverage {
                    reason: exception.reason.clone(),
                    rule: rule.qualified_name.clone(),
                    part: part(Role::Exception, condition, printer.as_ref(), &[]),
                    rules: vec![at],
                    span: exception.span,
                });
            }
        }
    }
    made
}
