//! Tests of what a function gives → tests of its argument, which the kernel knows. They may hold for
//! more, never for less: `basename(p) == "sh"` is `p in ["sh"] or p suffix "/sh"`, and
//! `dirname(p) == "/etc"` needs at least `p prefix "/etc/"`.

use std::sync::Arc;

use tracee_lang::functions::{Asked, Function};
use tracee_lang::hir::{Operand, TextOp};

use crate::plan::{Pattern, Reason};

/// What a string must be.
#[derive(Debug)]
pub(crate) struct Needs {
    /// Any of these matches; it can't be if there are none.
    pub(crate) any: Vec<Pattern>,
    /// None of these does.
    pub(crate) none: Vec<Pattern>,
    /// Whether that is all that is asked, and not only a part of it.
    pub(crate) exact: bool,
}

/// The value that functions are applied to, and what it must be for their result to match any of the
/// patterns. The error says why nothing is known.
pub(crate) fn through(value: &Operand, any: Vec<Pattern>) -> Result<(&Operand, Needs), Reason> {
    let call = match value {
        // An element of a list: the caller knows what lists can be asked.
        Operand::Call(call) if call.function.name != "at" => call,
        _ => {
            let needs = Needs {
                any,
                none: Vec::new(),
                exact: true,
            };
            return Ok((value, needs));
        }
    };
    let [argument] = &call.arguments[..] else {
        return Err(not_evaluated(call.function));
    };
    let asked = step(call.function, any)?;
    let (value, mut needs) = through(argument, asked.any)?;
    needs.exact &= asked.exact;
    if !asked.none.is_empty() {
        // To leave out what is not known for sure asks for less.
        match through(argument, asked.none) {
            Ok((_, none)) if none.exact && none.none.is_empty() => needs.none.extend(none.any),
            _ => needs.exact = false,
        }
    }
    Ok((value, needs))
}

/// Why the kernel does nothing with a function.
pub(super) fn not_evaluated(function: &Function) -> Reason {
    format!("the kernel does not evaluate `{}`", function.name).into()
}

/// What the argument of one function must be.
fn step(function: &Function, mut any: Vec<Pattern>) -> Result<Needs, Reason> {
    any.retain(|pattern| {
        let asked = Asked {
            op: pattern.op,
            literal: &pattern.literal,
            fold: pattern.fold,
        };
        (function.impossible)(asked).is_none()
    });
    let one: fn(&Pattern) -> Option<Step> = match function.name {
        "lower" | "upper" => folded,
        "basename" => basename,
        "dirname" => dirname,
        "extension" => extension,
        "trim" => trim,
        "normalize" => normalize,
        "join" => join,
        _ => return Err(not_evaluated(function)),
    };
    let mut needs = Needs {
        any: Vec::new(),
        none: Vec::new(),
        exact: true,
    };
    for pattern in &any {
        let unknown = || {
            format!(
                "of this the kernel knows nothing without `{}`",
                function.name
            )
        };
        let step = one(pattern).ok_or_else(unknown)?;
        needs.any.extend(step.any);
        needs.exact &= step.exact;
    }
    // `.so` is a hidden file, not one with an extension.
    let is_whole = |pattern: &Pattern| matches!(pattern.op, TextOp::Eq | TextOp::Under);
    if function.name == "extension" && any.iter().all(is_whole) {
        needs.none = any
            .iter()
            .flat_map(|pattern| {
                [
                    with(pattern, TextOp::Eq, b".", b""),
                    with(pattern, TextOp::Suffix, b"/.", b""),
                ]
            })
            .collect();
    }
    Ok(needs)
}

/// What one pattern becomes.
struct Step {
    any: Vec<Pattern>,
    exact: bool,
}

fn exactly(any: impl Into<Vec<Pattern>>) -> Option<Step> {
    let any = any.into();
    Some(Step { any, exact: true })
}

fn at_least(any: impl Into<Vec<Pattern>>) -> Option<Step> {
    let any = any.into();
    Some(Step { any, exact: false })
}

/// The pattern with another operator and something around its literal.
fn with(pattern: &Pattern, op: TextOp, before: &[u8], after: &[u8]) -> Pattern {
    let literal: Arc<[u8]> = [before, &pattern.literal[..], after].concat().into();
    let fold = pattern.fold;
    Pattern { op, literal, fold }
}

/// The pattern with another operator.
fn by(pattern: &Pattern, op: TextOp) -> Pattern {
    with(pattern, op, b"", b"")
}

/// Whether every string passes.
fn is_trivial(pattern: &Pattern) -> bool {
    !matches!(pattern.op, TextOp::Eq | TextOp::Under) && pattern.literal.is_empty()
}

fn folded(pattern: &Pattern) -> Option<Step> {
    exactly([Pattern {
        fold: pattern.literal.iter().any(u8::is_ascii_alphabetic),
        ..pattern.clone()
    }])
}

/// The literal has no slash.
fn basename(pattern: &Pattern) -> Option<Step> {
    match pattern.op {
        _ if is_trivial(pattern) => exactly([pattern.clone()]),
        TextOp::Eq | TextOp::Under => exactly([
            by(pattern, TextOp::Eq),
            with(pattern, TextOp::Suffix, b"/", b""),
        ]),
        TextOp::Suffix => exactly([pattern.clone()]),
        TextOp::Prefix => at_least([
            by(pattern, TextOp::Prefix),
            with(pattern, TextOp::Contains, b"/", b""),
        ]),
        TextOp::Contains => at_least([pattern.clone()]),
    }
}

/// The result begins the path, but for the `.` of a path without a slash.
fn dirname(pattern: &Pattern) -> Option<Step> {
    match (pattern.op, &pattern.literal[..]) {
        _ if is_trivial(pattern) => exactly([pattern.clone()]),
        // It is never empty.
        (TextOp::Eq, b"") => exactly([]),
        (_, b".") => None,
        (TextOp::Under, b"/") => exactly([pattern.clone()]),
        (TextOp::Under, _) => exactly([with(pattern, TextOp::Prefix, b"", b"/")]),
        (TextOp::Eq | TextOp::Suffix, b"/") => at_least([by(pattern, TextOp::Prefix)]),
        (TextOp::Eq, _) => at_least([with(pattern, TextOp::Prefix, b"", b"/")]),
        (TextOp::Suffix, _) => at_least([with(pattern, TextOp::Contains, b"", b"/")]),
        (TextOp::Prefix | TextOp::Contains, _) => at_least([pattern.clone()]),
    }
}

/// The literal has neither a dot nor a slash.
fn extension(pattern: &Pattern) -> Option<Step> {
    match pattern.op {
        _ if is_trivial(pattern) => exactly([pattern.clone()]),
        TextOp::Eq | TextOp::Under if pattern.literal.is_empty() => None,
        TextOp::Eq | TextOp::Under => exactly([with(pattern, TextOp::Suffix, b".", b"")]),
        TextOp::Prefix => at_least([with(pattern, TextOp::Contains, b".", b"")]),
        TextOp::Suffix | TextOp::Contains => at_least([pattern.clone()]),
    }
}

/// The result is made of whole parts of the path, in their order; but `.` may come from nothing.
fn normalize(pattern: &Pattern) -> Option<Step> {
    if is_trivial(pattern) {
        return exactly([pattern.clone()]);
    }
    let parts = pattern.literal.split(|byte| *byte == b'/');
    let told = parts.filter(|part| !matches!(*part, b"" | b"."));
    longest(pattern, told)
}

/// Of a list: an element has what lies between two spaces, but spaces may be in elements, too.
fn join(pattern: &Pattern) -> Option<Step> {
    let words = pattern.literal.split(|byte| *byte == b' ');
    let mut step = longest(pattern, words)?;
    step.exact = pattern.op == TextOp::Contains && !pattern.literal.contains(&b' ');
    Some(step)
}

/// The argument contains at least the longest of these parts.
fn longest<'a>(pattern: &Pattern, parts: impl Iterator<Item = &'a [u8]>) -> Option<Step> {
    let longest = parts.max_by_key(|part| part.len());
    let longest = longest.filter(|part| !part.is_empty())?;
    let (op, literal, fold) = (TextOp::Contains, longest.into(), pattern.fold);
    at_least([Pattern { op, literal, fold }])
}

fn trim(pattern: &Pattern) -> Option<Step> {
    let literal = &pattern.literal;
    match pattern.op {
        _ if is_trivial(pattern) => exactly([pattern.clone()]),
        TextOp::Eq if literal.is_empty() => None,
        TextOp::Contains if literal.trim_ascii().len() == literal.len() => {
            exactly([pattern.clone()])
        }
        _ => at_least([by(pattern, TextOp::Contains)]),
    }
}

#[cfg(test)]
mod tests;
