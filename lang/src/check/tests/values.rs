//! Single values of a `given`: literals of the field's type, `[O_WRONLY, O_CREAT]`, `absent`,
//! `truncated("…")`.

use crate::address;
use crate::ast::{Expr, ExprKind, Name};
use crate::check::Context;
use crate::check::literals::{self, Literal};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::test::{GivenData, GivenValue};
use crate::types::{FlagsId, Type};

/// Whether the word `absent` stands here.
pub(super) fn is_absent(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Path(path) if matches!(&path[..], [name] if name.text == "absent"))
}

/// Whether `truncated(…)` stands here.
pub(super) fn is_cut(expr: &Expr) -> bool {
    cut(expr).is_some()
}

/// What `truncated(…)` is around, if that stands here.
fn cut(expr: &Expr) -> Option<(&Name, &[Expr])> {
    match &expr.kind {
        ExprKind::Call(call) if call.function.text == "truncated" => {
            Some((&call.function, &call.arguments))
        }
        _ => None,
    }
}

/// The value of an argument, which may have been cut. [`None`]: it was reported.
pub(super) fn argument(expr: &Expr, ty: &Type, cx: &mut Context<'_>) -> Option<GivenValue> {
    let Some((name, arguments)) = cut(expr) else {
        return value(expr, ty, cx);
    };
    let in_tail = ty.is_text() || matches!(ty, Type::List(_) | Type::Bytes);
    if !in_tail {
        let message = format!("`{}` is never truncated", cx.schema.type_name(ty));
        cx.report(Diagnostic::error(
            codes::NEVER_TRUNCATED,
            message,
            expr.span,
        ));
        return None;
    }
    let [kept] = arguments else {
        let message = "`truncated` is around one value";
        cx.report(
            Diagnostic::error(codes::WRONG_ARGUMENTS, message, name.span)
                .help("write what was kept: `truncated(\"/tmp/…\")`"),
        );
        return None;
    };
    let value = value(kept, ty, cx)?;
    Some(GivenValue {
        truncated: true,
        ..value
    })
}

/// A value of a type. [`None`]: it was reported.
pub(super) fn value(expr: &Expr, ty: &Type, cx: &mut Context<'_>) -> Option<GivenValue> {
    let data = match (&expr.kind, ty) {
        (ExprKind::List(elements), Type::List(of)) => {
            let mut all = Vec::with_capacity(elements.len());
            let mut fine = true;
            for element in elements {
                match literals::literal(element, of, false, cx) {
                    Some(Literal::Text(text)) => all.push(text),
                    Some(_) | None => fine = false,
                }
            }
            GivenData::List(fine.then_some(all)?)
        }
        (ExprKind::List(elements), Type::Flags(id)) => GivenData::Int(flags(elements, *id, cx)?),
        _ => match literals::literal(expr, ty, false, cx)? {
            Literal::Ints(value, _) => GivenData::Int(value),
            Literal::Text(text) => GivenData::Bytes(text),
            Literal::Addresses(number, _) => {
                let is_six = cx.map.slice(expr.span).contains(':');
                GivenData::Bytes(address::bytes(number, is_six).into())
            }
        },
    };
    Some(data.into())
}

/// All of these flags together, as the set's integer has them.
fn flags(elements: &[Expr], id: FlagsId, cx: &mut Context<'_>) -> Option<i128> {
    let ty = Type::Flags(id);
    let mut bits = 0;
    let mut fine = true;
    for element in elements {
        match literals::literal(element, &ty, false, cx) {
            Some(Literal::Ints(value, _)) => bits |= value,
            Some(_) | None => fine = false,
        }
    }
    // Access modes share bits: with two of them the result has neither.
    for element in elements.iter().filter(|_| fine) {
        let ExprKind::Path(path) = &element.kind else {
            continue;
        };
        let Some(flag) = literals::flag(cx.schema, id, &path[0].text) else {
            continue;
        };
        if bits as u64 & flag.mask != flag.value {
            let message = format!("`{}` can't be set with the others", path[0].text);
            cx.report(Diagnostic::error(
                codes::FLAGS_EXCLUDE_EACH_OTHER,
                message,
                element.span,
            ));
            return None;
        }
    }
    fine.then_some(bits)
}
