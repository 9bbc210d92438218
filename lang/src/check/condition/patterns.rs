//! `glob` and `regex`: strings against patterns.

use std::sync::Arc;

use super::Condition;
use super::binary::Operator;
use super::paths::Typed;
use super::sides::Side;
use super::text::{MAX_COMM, is_task_name, literal_type};
use crate::ast::{Expr, ExprKind};
use crate::check::literals::{self, Literals};
use crate::check::patterns::within;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::{self, TextOp, display};
use crate::pattern::{self, PatternKind, PatternSet};
use crate::source::Span;
use crate::types::Type;

/// Bytes that a pattern may have.
const MAX_LENGTH: usize = 4096;
/// A cheaper operator with more literals for each pattern is not proposed: it is no easier to read.
const MAX_PROPOSED: usize = 3;

impl<'c, 'a: 'c> Condition<'c, 'a, '_> {
    pub(super) fn pattern(
        &mut self,
        operator: &Operator,
        kind: PatternKind,
        left: Side<'c, 'a>,
        right: Side<'c, 'a>,
        span: Span,
    ) -> Option<hir::ExprKind> {
        let value = self.left_value(left, &right, span)?;
        if !value.ty.is_text() {
            let written = format!("`{}`", kind.word());
            self.wrong_operator(operator, &written, &value.ty);
            return None;
        }
        let set = match right {
            Side::List(list, place) => {
                if list.ty == Type::Error {
                    return None;
                }
                self.same_list_type(&list.ty, &value.ty, place)?;
                let set = self
                    .cx
                    .patterns(kind, &list.elements, operator.fold, place)?;
                self.task_name(&value, &set, place)?;
                self.odd_patterns(&value, kind, &list.elements);
                set
            }
            Side::Literal(expr) => {
                let elements: Vec<&Expr> = match &expr.kind {
                    ExprKind::Path(path) => {
                        self.unknown(&path[0]);
                        return None;
                    }
                    ExprKind::List(elements) => self.only_patterns(kind, elements, expr.span)?,
                    _ => vec![expr],
                };
                let written = self.written(&elements, &value, expr.span)?;
                let set = self.cx.patterns(kind, &written, operator.fold, expr.span)?;
                self.task_name(&value, &set, expr.span)?;
                if !self.cheaper(operator, &set, expr.span) {
                    self.odd_patterns(&value, kind, &written);
                }
                set
            }
            Side::Value(_) => {
                self.no_pattern(kind, operator.span);
                return None;
            }
        };
        Some(hir::ExprKind::Pattern {
            value: value.operand,
            set,
        })
    }

    /// The elements of a list, none of which may be of the event.
    fn only_patterns(
        &mut self,
        kind: PatternKind,
        elements: &'a [Expr],
        span: Span,
    ) -> Option<Vec<&'a Expr>> {
        let found = self.elements(elements, span);
        for (_, place) in &found.values {
            self.no_pattern(kind, *place);
        }
        (found.complete && found.values.is_empty()).then_some(found.literals)
    }

    fn no_pattern(&mut self, kind: PatternKind, place: Span) {
        let message = format!("the pattern of a `{}` is not of the event", kind.word());
        self.report(
            Diagnostic::error(codes::NOT_A_VALUE, message, place)
                .help("write it as a literal: it is compiled once, before anything happens"),
        );
    }

    fn written(&mut self, elements: &[&Expr], value: &Typed, span: Span) -> Option<Literals> {
        let mut fine = Some(());
        for element in elements {
            if let ExprKind::Text(text) = &element.kind
                && text.bytes.len() > MAX_LENGTH
            {
                let message = format!("a pattern has at most {MAX_LENGTH} bytes");
                self.report(Diagnostic::error(
                    codes::PATTERN_TOO_LARGE,
                    message,
                    element.span,
                ));
                fine = None;
            }
        }
        fine?;
        literals::elements(elements, span, &literal_type(value), self.cx)
    }

    /// Whether a task name can be long enough; it is a mistake if not.
    fn task_name(&mut self, value: &Typed, set: &PatternSet, place: Span) -> Option<()> {
        let groups = &set.literals().necessary;
        let too_long = |group: &&Vec<pattern::LiteralTest>| {
            !group.is_empty() && group.iter().all(|test| test.literal.len() > MAX_COMM)
        };
        if !is_task_name(&value.operand) || !groups.iter().any(|group| too_long(&group)) {
            return Some(());
        }
        let message = format!("a task name has at most {MAX_COMM} bytes, what matches has more");
        self.report(Diagnostic::error(codes::NEVER_MATCHES, message, place));
        None
    }

    /// Warns if an operator that only compares says the same; a glob of a directory's inside is as
    /// cheap and easier to read.
    fn cheaper(&mut self, operator: &Operator, set: &PatternSet, right: Span) -> bool {
        let known = set.literals();
        let Some(first) = known.sufficient.first() else {
            return false;
        };
        let alike = |test: &pattern::LiteralTest| (test.op, test.fold) == (first.op, first.fold);
        let all = known.sufficient_is_necessary && known.sufficient.iter().all(alike);
        let trivial = first.op != TextOp::Eq && first.literal.is_empty();
        if !all
            || trivial
            || known.sufficient.len() > MAX_PROPOSED * set.sources().len()
            || set.kind() == PatternKind::Glob && first.op != TextOp::Eq
        {
            return false;
        }
        let literals: Vec<_> = known.sufficient.iter().map(|test| &test.literal).collect();
        let word = first.op.word(literals.len());
        let fold = if first.fold { "~" } else { "" };
        let instead = display::text_operator(word, first.fold, &literals);
        let what = match (set.kind(), first.op) {
            (PatternKind::Glob, _) => "this glob has no wildcards",
            (_, TextOp::Prefix) => "this regex asks only how the string begins",
            (_, TextOp::Suffix) => "this regex asks only how the string ends",
            (_, TextOp::Contains) => "this regex asks only what the string contains",
            (_, TextOp::Eq | TextOp::Under) => "this regex asks only what the string is",
        };
        let mut diagnostic = Diagnostic::warning(codes::CHEAPER_OPERATOR, what, right)
            .help(format!("write `{instead}`"));
        // Not a comment, nor what is between a `let` and the argument that it is given.
        let between = Span {
            start: operator.span.end,
            end: right.start,
            ..right
        };
        let together = operator.span.file == right.file
            && between.start <= between.end
            && self.cx.map.slice(between).trim().is_empty();
        if together {
            diagnostic = diagnostic.fix(
                format!("write `{word}{fold}`"),
                operator.span.to(right),
                instead,
            );
        }
        self.report(diagnostic);
        true
    }

    /// Warns of single patterns that are not what their author thinks.
    fn odd_patterns(&mut self, value: &Typed, kind: PatternKind, written: &Literals) {
        for (source, place) in written.texts_with_places() {
            match kind {
                PatternKind::Regex => self.idle_part(source, place),
                PatternKind::Glob if value.ty == Type::Path => self.relative_glob(source, place),
                PatternKind::Glob => {}
            }
        }
    }

    fn idle_part(&mut self, source: &Arc<[u8]>, place: Span) {
        let Some(idle) = pattern::idle_parts(source) else {
            return;
        };
        let span = within(self.cx.map, place, &idle);
        let message = format!("`{}` adds nothing", self.cx.map.slice(span));
        self.report(
            Diagnostic::warning(codes::IDLE_DOT_STAR, message, span)
                .help("remove it: a regex may match any part of the string")
                .fix("remove it", span, ""),
        );
    }

    fn relative_glob(&mut self, source: &Arc<[u8]>, place: Span) {
        if !pattern::misses_absolute_paths(source) {
            return;
        }
        let shown = display::literal(source);
        let message = format!("no absolute path matches `{shown}`");
        let diagnostic = Diagnostic::warning(codes::RELATIVE_GLOB, message, place);
        if let Some(rest) = source.strip_prefix(b"~/") {
            let home = display::literal(&[b"/home/*/", rest].concat());
            self.report(
                diagnostic
                    .help(format!("write `{home}`"))
                    .note("`~` is not expanded"),
            );
            return;
        }
        let anywhere = display::literal(&[b"**/", &**source].concat());
        let start = within(self.cx.map, place, &(0..0)).start;
        let begin = Span {
            start,
            end: start,
            ..place
        };
        self.report(
            diagnostic
                .help(format!("write `{anywhere}`"))
                .note("a glob is about the whole path, and `*` does not cross slashes")
                .suggest("begin with `**/`", begin, "**/"),
        );
    }
}
