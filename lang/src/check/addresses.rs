//! Addresses, networks and ranges of addresses as values of `ip` and `cidr`.

use super::Context;
use super::literals::{self, Literal};
use crate::address::{self, written};
use crate::ast::{Expr, ExprKind};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::types::Type;

/// An address, or what stands for several of them if `several`. [`None`]: it was reported.
pub(super) fn literal(
    expr: &Expr,
    ty: &Type,
    several: bool,
    cx: &mut Context<'_>,
) -> Option<Literal> {
    match &expr.kind {
        ExprKind::Address(found)
            if found.is_network == (*ty == Type::Cidr) || several && *ty == Type::Ip =>
        {
            Some(Literal::Addresses(found.first, found.last()))
        }
        ExprKind::Address(found) if *ty == Type::Cidr => {
            let written = cx.map.slice(expr.span);
            let length = if address::is_ipv4(found.first) {
                32
            } else {
                128
            };
            let network = format!("{written}/{length}");
            let message = format!("`{written}` is an address, not a network");
            cx.report(
                Diagnostic::error(codes::TYPE_MISMATCH, message, expr.span)
                    .help(format!("write `{network}`"))
                    .fix(format!("write `{network}`"), expr.span, network),
            );
            None
        }
        ExprKind::Address(_) => {
            not_one_address(expr, cx);
            None
        }
        ExprKind::Range(low, high) if several && *ty == Type::Ip => {
            let ends = (literal(low, ty, false, cx), literal(high, ty, false, cx));
            let (Literal::Addresses(low, _), Literal::Addresses(high, _)) = (ends.0?, ends.1?)
            else {
                return None;
            };
            let written = cx.map.slice(expr.span);
            let diagnostic = if !address::one_family(low, high) {
                let message = format!("`{written}` is from one family of addresses to the other");
                Diagnostic::error(codes::MIXED_FAMILIES, message, expr.span)
                    .help("write one range of IPv4 addresses and one of IPv6 addresses")
            } else if low > high {
                let message = format!("nothing is in `{written}`");
                Diagnostic::error(codes::EMPTY_RANGE, message, expr.span)
            } else {
                return Some(Literal::Addresses(low, high));
            };
            cx.report(diagnostic);
            None
        }
        ExprKind::Error => None,
        _ => literals::mismatch(expr, ty, cx),
    }
}

/// Whether the elements of a declared list are what its type says: networks are of `cidr`.
pub(super) fn declared(elements: &[Expr], ty: &Type, cx: &mut Context<'_>) -> bool {
    let is_network =
        |element: &&Expr| matches!(&element.kind, ExprKind::Address(found) if found.is_network);
    let mut wrong = elements
        .iter()
        .filter(is_network)
        .filter(|_| *ty == Type::Ip)
        .peekable();
    let fine = wrong.peek().is_none();
    wrong.for_each(|network| not_one_address(network, cx));
    fine
}

fn not_one_address(network: &Expr, cx: &mut Context<'_>) {
    let message = format!(
        "`{}` is a network, not an address",
        cx.map.slice(network.span)
    );
    cx.report(
        Diagnostic::error(codes::TYPE_MISMATCH, message, network.span)
            .help("networks are in a list of `cidr`"),
    );
}

/// Says of a string that holds an address to leave out the quotes.
pub(super) fn unquoted(expr: &Expr, diagnostic: Diagnostic) -> Diagnostic {
    let ExprKind::Text(text) = &expr.kind else {
        return diagnostic;
    };
    match std::str::from_utf8(&text.bytes) {
        Ok(address) if written::parse(address).is_ok() => diagnostic
            .help("an address is written without quotes")
            .fix("remove the quotes", expr.span, address),
        _ => diagnostic,
    }
}
