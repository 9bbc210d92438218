//! `except`: what a rule doesn't match all the same. Enter at [`of_rule`] for the clauses of a rule, at
//! [`of_policy`] for those of a policy, whose rules must be there.
//!
//! An exception is checked like a condition on all events of its rules together.

use std::collections::HashMap;

use super::Context;
use super::condition::{ArgumentTypes, Condition, MAX_PARTS};
use super::policies::utf8;
use super::resolve::{Scope, written};
use crate::ast::{self, Date, PolicyClause};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, Exception, Expiry, Expr};
use crate::source::Span;
use crate::times::DAY;

/// Adds what a rule's own clauses except to it.
pub(super) fn of_rule<'a>(
    clauses: &[&'a ast::Except],
    rule: &mut hir::Rule,
    names: Scope<'_, 'a>,
    cx: &mut Context<'_>,
) {
    for clause in clauses {
        if let Some(path) = &clause.rule {
            let named = cx.map.slice(path.span);
            let message = format!("an exception in rule `{}` is for it", rule.name);
            let diagnostic = Diagnostic::error(codes::EXCEPTION_IN_RULE, message, path.span);
            cx.report(if named == rule.name || named == rule.qualified_name {
                let behind = Span {
                    start: path.span.end,
                    ..clause.span
                };
                let rest = cx.map.slice(behind);
                let blanks = rest.len() - rest.trim_start().len();
                let end = path.span.end + u32::try_from(blanks).unwrap_or_default();
                let cut = Span { end, ..path.span };
                diagnostic
                    .help("leave the name out")
                    .fix("leave the name out", cut, "")
            } else {
                diagnostic.help(format!(
                    "leave the name out, or move it out of the rule: `except {named} …` in the policy"
                ))
            });
        }
        add(clause, std::slice::from_mut(rule), &[0], names, cx);
    }
}

/// Adds what a policy's clauses except to the rules that they name. `complete` says that all of its
/// rules are there.
pub(super) fn of_policy<'a>(
    policy: &'a ast::Policy,
    complete: bool,
    made: &mut hir::Policy,
    names: Scope<'_, 'a>,
    cx: &mut Context<'_>,
) {
    let lost = |clause: &PolicyClause| matches!(clause, PolicyClause::Error);
    let complete = complete && !policy.clauses.iter().any(lost);
    let rules = made.rules.iter().zip(0..);
    let places: HashMap<Span, usize> = rules.map(|(rule, at)| (rule.span, at)).collect();
    for clause in &policy.clauses {
        let PolicyClause::Except(clause) = clause else {
            continue;
        };
        let context = Within {
            policy,
            complete,
            made,
            places: &places,
        };
        let rules = context.named(clause, names, cx);
        add(clause, &mut made.rules, &rules, names, cx);
    }
}

/// What the clauses of a policy stand in.
struct Within<'p> {
    policy: &'p ast::Policy,
    complete: bool,
    made: &'p hir::Policy,
    /// Its rules by their declarations.
    places: &'p HashMap<Span, usize>,
}

impl Within<'_> {
    /// The rules that a clause is for, in order. None: that was reported.
    fn named(
        &self,
        clause: &ast::Except,
        names: Scope<'_, '_>,
        cx: &mut Context<'_>,
    ) -> Vec<usize> {
        let Some(path) = &clause.rule else {
            which_rule(clause, self.made, cx);
            return Vec::new();
        };
        let within = names.names.declared_at(names.file, self.policy);
        let found = match names.names.rules(names.file, within, path) {
            Ok(found) => found,
            Err(said) => {
                if let Some(diagnostic) = said.filter(|_| self.complete) {
                    cx.report(qualified(*diagnostic, path, self.made));
                }
                return Vec::new();
            }
        };
        cx.uses.extend(names.names.used(path, &found));
        let declared = found.rules.iter();
        let declared = declared.filter_map(|rule| names.names.declaration(*rule));
        let here = declared.clone();
        let mut here: Vec<usize> = here
            .filter_map(|rule| self.places.get(&rule.span).copied())
            .collect();
        here.sort_unstable();
        if self.complete && here.is_empty() {
            let of_another = declared.clone().any(|rule| rule.policy.is_some());
            not_here(clause, path, of_another, &self.made.name, cx);
        }
        here
    }
}

/// Reports a clause for a rule that its policy does not have.
fn not_here(
    clause: &ast::Except,
    path: &ast::Path,
    of_another: bool,
    name: &str,
    cx: &mut Context<'_>,
) {
    let written = cx.map.slice(path.span);
    let message = match (of_another, path.all) {
        (true, _) => format!("`{written}` is of another policy than `{name}`"),
        (false, true) => format!("policy `{name}` uses none of `{written}`"),
        (false, false) => format!("policy `{name}` does not use `{written}`"),
    };
    let diagnostic = Diagnostic::error(codes::RULE_NOT_IN_POLICY, message, path.span);
    cx.report(if of_another {
        diagnostic.help("write the exception in the policy that has the rule")
    } else {
        let before = Span {
            end: clause.span.start,
            ..clause.span
        };
        let title = format!("write `use {written};`");
        let used = format!("use {written};\n  ");
        diagnostic.help(title.clone()).suggest(title, before, used)
    });
}

/// Reports a clause of a policy that names no rule.
fn which_rule(clause: &ast::Except, policy: &hir::Policy, cx: &mut Context<'_>) {
    let message = "the exception does not say of which rule";
    let word = word(clause);
    let diagnostic = Diagnostic::error(codes::EXCEPTION_WITHOUT_RULE, message, word);
    let all = format!("{}.*", policy.name);
    cx.report(match &policy.rules[..] {
        [] => diagnostic.help("write the rule's name after `except`"),
        [rule] => {
            let title = format!("write `except {}`", rule.qualified_name);
            diagnostic.help(title.clone()).suggest(
                title,
                word,
                format!("except {}", rule.qualified_name),
            )
        }
        _ => diagnostic.help(format!(
            "write the rule's name after `except`, or `{all}` for all rules that stand in the policy"
        )),
    });
}

/// A rule that the policy uses may have been meant, by its last name only.
fn qualified(diagnostic: Diagnostic, path: &ast::Path, policy: &hir::Policy) -> Diagnostic {
    let written = written(path);
    let mut rules = policy.rules.iter();
    match rules.find(|rule| rule.name == written && !path.all) {
        Some(rule) if diagnostic.fixes.is_empty() => {
            let meant = rule.qualified_name.clone();
            diagnostic.help(format!("did you mean `{meant}`?")).suggest(
                format!("write `{meant}`"),
                path.span,
                meant,
            )
        }
        _ => diagnostic,
    }
}

/// Adds an exception to some of the rules. What is wrong with it is reported, also if it is for none.
fn add<'a>(
    clause: &'a ast::Except,
    rules: &mut [hir::Rule],
    which: &[usize],
    names: Scope<'_, 'a>,
    cx: &mut Context<'_>,
) {
    let exception = exception(clause, cx);
    let Some(condition) = &clause.condition else {
        let message = "the exception does not say when";
        cx.report(
            Diagnostic::error(codes::EXCEPTION_WITHOUT_CONDITION, message, word(clause))
                .help("write `where CONDITION` at its end"),
        );
        return;
    };
    let mut arguments = ArgumentTypes::new();
    let before = cx.diagnostics.len();
    for at in which {
        let rule = &mut rules[*at];
        let index = rule.exceptions.len();
        for on in &mut rule.on {
            let Some(event) = cx.schema.event(on.event) else {
                continue;
            };
            let said = cx.diagnostics.len();
            let made = Condition::new(cx, names, Some(event), &mut arguments).expr(condition);
            // What is wrong for one event is not said again for the next.
            cx.diagnostics.drop_repeated(before, said);
            let Some(condition) = made else { continue };
            let Some(exception) = exception.as_ref().filter(|one| !one.expired) else {
                continue;
            };
            let whole = on.condition.as_deref().map_or(0, size);
            if whole + size(&condition) > MAX_PARTS {
                let message = format!(
                    "the condition of rule `{}` is too large with its exceptions",
                    rule.name
                );
                cx.report(Diagnostic::error(
                    codes::CONDITION_TOO_LARGE,
                    message,
                    exception.span,
                ));
                continue;
            }
            on.except(index, condition);
        }
        rule.exceptions.extend(exception.clone());
    }
}

/// What a clause says beside its condition, if it is whole.
fn exception(clause: &ast::Except, cx: &mut Context<'_>) -> Option<Exception> {
    let expires = clause.expires.map(|date| expiry(date, cx));
    let expired = expires.as_ref().is_some_and(|expiry| {
        let expired = cx.now.is_some_and(|now| expiry.end <= now.0.into());
        if expired {
            let message = format!("the exception has expired: `{}` is past", expiry.written);
            cx.report(
                Diagnostic::warning(codes::EXPIRED_EXCEPTION, message, expiry.span)
                    .help("remove it or, if there still is a reason, write a later day")
                    .note("what it excepted is detected again"),
            );
        }
        expired
    });
    let Some(reason) = &clause.reason else {
        let message = "the exception has no reason";
        cx.report(
            Diagnostic::error(codes::EXCEPTION_WITHOUT_REASON, message, word(clause))
                .help("write `reason \"…\"` before `where`: somebody will ask"),
        );
        return None;
    };
    let text = utf8(reason, cx)?;
    if text.trim().is_empty() {
        let message = "the exception's reason is empty";
        cx.report(
            Diagnostic::error(codes::EXCEPTION_WITHOUT_REASON, message, reason.span)
                .help("say why, or who knows: a ticket's number is enough"),
        );
        return None;
    }
    Some(Exception {
        reason: text,
        expires,
        expired,
        span: clause.span,
    })
}

/// `except` itself: a clause may have several lines.
fn word(clause: &ast::Except) -> Span {
    Span {
        end: clause.span.start + u32::try_from("except".len()).unwrap_or_default(),
        ..clause.span
    }
}

/// A day holds to its end.
fn expiry(date: Date, cx: &Context<'_>) -> Expiry {
    let written = cx.map.slice(date.span).to_owned();
    let lasts = match written.contains('T') {
        true => 0,
        false => DAY,
    };
    Expiry {
        end: i128::from(date.nanoseconds) + i128::from(lasts),
        written,
        span: date.span,
    }
}

/// How many parts a condition has.
fn size(expr: &Expr) -> usize {
    1 + match &expr.kind {
        hir::ExprKind::Not(of) => size(of),
        hir::ExprKind::And(parts) | hir::ExprKind::Or(parts) => parts.iter().map(size).sum(),
        hir::ExprKind::Quantifier { body, .. } => size(body),
        _ => 0,
    }
}
