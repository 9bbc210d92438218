//! Dates and durations as values of `time` and `duration`.

use super::Context;
use super::literals::{self, Literal};
use crate::ast::{Date, Expr, ExprKind};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::CompareOp;
use crate::times::{DAY, Moment};
use crate::token::{Token, lex};
use crate::types::Type;

/// A date or a duration. [`None`]: it was reported.
pub(super) fn literal(expr: &Expr, ty: &Type, cx: &mut Context<'_>) -> Option<Literal> {
    let nanoseconds = match (&expr.kind, ty) {
        (ExprKind::Duration(duration), Type::Duration) => duration.nanoseconds,
        (ExprKind::Date(date), Type::Time) => match u64::try_from(date.nanoseconds) {
            Ok(nanoseconds) => nanoseconds,
            Err(_) => {
                let written = cx.map.slice(expr.span);
                let message = format!("`{written}` is before 1970, where times begin");
                cx.report(Diagnostic::error(codes::OUT_OF_RANGE, message, expr.span));
                return None;
            }
        },
        _ => return literals::mismatch(expr, ty, cx),
    };
    Some(Literal::Ints(nanoseconds.into(), nanoseconds.into()))
}

/// How values of a type are written, for what is none.
fn written(ty: &Type) -> &'static str {
    match ty {
        Type::Time => "a time is written as a date: `2027-01-31`, `2027-01-31T12:00:00Z`",
        _ => "a duration is written with its unit: `10s`, `500ms`, `7d`",
    }
}

/// Says what to write instead of something else; of a string that holds a date, to leave out the quotes.
pub(super) fn instead(expr: &Expr, ty: &Type, diagnostic: Diagnostic) -> Diagnostic {
    let quoted = match &expr.kind {
        ExprKind::Text(text) => std::str::from_utf8(&text.bytes).unwrap_or_default(),
        _ => "",
    };
    let wanted = match ty {
        Type::Time => Token::Date,
        _ => Token::Duration,
    };
    let mut tokens = lex(quoted).map(|(token, _)| token);
    let diagnostic = diagnostic.help(written(ty));
    match (tokens.next(), tokens.next()) {
        (Some(token), None) if token == wanted => {
            diagnostic.fix("remove the quotes", expr.span, quoted)
        }
        _ => diagnostic,
    }
}

/// Warns about a time compared with a date, if that is for a single nanosecond.
pub(super) fn compared(op: CompareOp, date: &Expr, ty: &Type, cx: &mut Context<'_>) {
    match (op, &date.kind) {
        (CompareOp::Eq, ExprKind::Date(date)) if *ty == Type::Time => exact(date, cx),
        (CompareOp::Le, ExprKind::Date(date)) if *ty == Type::Time => last(date, cx),
        _ => {}
    }
}

/// Warns about the elements of a list of times that are for single nanoseconds.
pub(super) fn element(element: &Expr, ty: &Type, cx: &mut Context<'_>) {
    match &element.kind {
        ExprKind::Date(date) if *ty == Type::Time => exact(date, cx),
        ExprKind::Range(_, high) => compared(CompareOp::Le, high, ty, cx),
        _ => {}
    }
}

fn exact(date: &Date, cx: &mut Context<'_>) {
    let written = cx.map.slice(date.span);
    let help = match next_day(date, cx) {
        Some(next) => format!("the whole day is `>= {written}` and `< {next}`"),
        None => "write `<`, `>` or a range".to_owned(),
    };
    let message = format!("`{written}` is exact to the nanosecond");
    cx.report(Diagnostic::warning(codes::ONE_NANOSECOND, message, date.span).help(help));
}

/// A day is its beginning: what goes up to it leaves out the rest of it.
fn last(date: &Date, cx: &mut Context<'_>) {
    if let Some(next) = next_day(date, cx) {
        let written = cx.map.slice(date.span);
        let message =
            format!("`{written}` is the beginning of the day: the rest of it is left out");
        cx.report(
            Diagnostic::warning(codes::ONE_NANOSECOND, message, date.span)
                .help(format!("up to its end is `< {next}`")),
        );
    }
}

/// The day after, if it is a day rather than a moment.
fn next_day(date: &Date, cx: &Context<'_>) -> Option<String> {
    if cx.map.slice(date.span).contains('T') {
        return None;
    }
    let next = u64::try_from(date.nanoseconds).ok()?.checked_add(DAY)?;
    let moment = Moment(next).to_string();
    moment.split_once('T').map(|(day, _)| day.to_owned())
}
