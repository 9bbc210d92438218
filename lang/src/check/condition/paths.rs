//! What a name in a condition stands for.

use super::{Condition, fields};
use crate::ast::{Expr, LetDecl, Name};
use crate::check::names::{CONTEXT_WORDS, List, Meaning};
use crate::check::schema::meant;
use crate::codes;
use crate::context::{ContextField, ProcessField};
use crate::diagnostics::Diagnostic;
use crate::hir::Operand;
use crate::schema::{Arg, Schema};
use crate::source::Span;
use crate::types::{StructId, Type};

/// What a path stands for.
pub(super) enum Found<'c, 'a> {
    Value(Typed),
    /// A whole struct argument: its first slot, and what it is.
    Struct(u16, StructId),
    /// `proc.ancestors`
    Ancestors,
    /// The process that a quantifier stands at.
    Ancestor,
    List(&'c List),
    Let(&'a LetDecl),
    /// A literal that a parameter stands for.
    Literal(&'a Expr),
    /// A bare name that is nothing of these: a constant, if the other side has a type for it.
    Constant,
}

/// A value of the event with its type.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) operand: Operand,
    pub(super) ty: Type,
}

impl Found<'_, '_> {
    /// In words, after `is`.
    pub(super) fn describe(&self, schema: &Schema) -> String {
        match self {
            Self::Value(value) => format!("of type `{}`", schema.type_name(&value.ty)),
            Self::Struct(_, id) => format!("a struct `{}`", schema.struct_type(*id).name),
            Self::Ancestors => "a list of processes".into(),
            Self::Ancestor => "a process".into(),
            Self::List(_) => "a list".into(),
            Self::Let(_) => "a `let`".into(),
            Self::Literal(_) => "a literal".into(),
            Self::Constant => "a constant".into(),
        }
    }
}

/// Properties of an ancestor by name.
pub(in crate::check) const PROCESS_FIELDS: &[(&str, ProcessField)] = &[
    ("pid", ProcessField::Pid),
    ("host_pid", ProcessField::HostPid),
    ("uid", ProcessField::Uid),
    ("gid", ProcessField::Gid),
    ("comm", ProcessField::Comm),
    ("exe", ProcessField::Exe),
    ("cmdline", ProcessField::Cmdline),
    ("start_time", ProcessField::StartTime),
    ("cwd", ProcessField::Cwd),
    ("user", ProcessField::User),
    ("exe_sha256", ProcessField::ExeSha256),
    ("entity", ProcessField::Entity),
];

impl<'c, 'a> Condition<'c, 'a, '_> {
    /// What a path stands for. A bare name that is nothing is reported if it is `known` that it
    /// can't be a constant.
    pub(super) fn find(&mut self, path: &[Name], span: Span, known: bool) -> Option<Found<'c, 'a>> {
        let (first, rest) = path.split_first()?;
        if let Some(found) = self.parameter(first, rest) {
            return found;
        }
        let hidden = self.lets.last().map_or(0, |inlined| inlined.hidden);
        let binder = self
            .binders
            .iter()
            .skip(hidden)
            .rposition(|b| b.name.text == first.text);
        if let Some(at) = binder {
            let depth = self.binders.len() - 1 - (hidden + at);
            return self.element(depth, first, rest, span);
        }
        let event = self.event;
        if let Some(arg) = event.and_then(|event| event.arg(&first.text))
            && (rest.is_empty() || !CONTEXT_WORDS.contains(&first.text.as_str()))
        {
            let found = self.argument(arg, first, rest, span)?;
            return Some(found);
        }
        if CONTEXT_WORDS.contains(&first.text.as_str()) || first.text == "retval" {
            return self.context_field(path, span);
        }
        match self.names.find(path, self.cx) {
            Err(said) => {
                if let Some(diagnostic) = said {
                    self.report(*diagnostic);
                }
                return None;
            }
            Ok(Some((entry, length))) => {
                let (found, rest) = path.split_at(length);
                if let [field, ..] = rest {
                    let written = words(found);
                    let message = format!("`{written}` has no fields");
                    self.report(Diagnostic::error(codes::UNKNOWN_FIELD, message, field.span));
                    return None;
                }
                return Some(match &entry.meaning {
                    Meaning::List(list) => Found::List(list),
                    Meaning::Let(decl, _) => Found::Let(decl),
                });
            }
            Ok(None) => {}
        }
        if known || !rest.is_empty() {
            self.unknown(first);
            return None;
        }
        Some(Found::Constant)
    }

    /// Reports a name that is nothing.
    pub(super) fn unknown(&mut self, name: &Name) {
        let code = match self.event {
            None if fields::argument_somewhere(self.cx, &name.text) => codes::SCOPE_USES_EVENT,
            _ => codes::UNKNOWN_NAME,
        };
        // Looking for what was meant takes long in a file with many names.
        if !self.cx.diagnostics.wants(code, name.span) {
            self.cx.diagnostics.take_again();
            return;
        }
        let message = match self.event {
            None if code == codes::SCOPE_USES_EVENT => {
                format!("`{}` is an argument of an event, not context", name.text)
            }
            None => format!("unknown name `{}`", name.text),
            Some(event) => format!("event `{}` has no argument `{}`", event.name, name.text),
        };
        let arguments = self.event.map_or(&[][..], |event| &event.args);
        let binders = self.binders.iter().map(|binder| binder.name.text.as_str());
        let candidates = binders
            .chain(arguments.iter().map(|arg| arg.name.as_str()))
            .chain(self.names.all())
            .chain(CONTEXT_WORDS.iter().chain(&["retval"]).copied());
        let diagnostic = Diagnostic::error(code, message, name.span);
        let mut diagnostic = meant(diagnostic, name, candidates);
        if diagnostic.help.is_none()
            && let Some(field) = fields::context_field_called(&name.text)
        {
            diagnostic = diagnostic.help(format!("did you mean `{field}`?")).suggest(
                format!("write `{field}`"),
                name.span,
                field,
            );
        }
        if diagnostic.help.is_none()
            && let Some(event) = self.event
            && !event.args.is_empty()
        {
            let args: Vec<_> = event
                .args
                .iter()
                .map(|arg| format!("`{}`", arg.name))
                .collect();
            diagnostic = diagnostic.help(format!("it has {}", args.join(", ")));
        }
        self.report(diagnostic);
    }

    fn element(
        &mut self,
        depth: usize,
        first: &Name,
        rest: &[Name],
        span: Span,
    ) -> Option<Found<'c, 'a>> {
        let binder = &self.binders[self.binders.len() - 1 - depth];
        let depth = u8::try_from(depth).ok()?;
        match (binder.ancestor, rest) {
            (false, []) => Some(Found::Value(Typed {
                operand: Operand::Element(depth),
                ty: Type::String,
            })),
            (false, [field, ..]) => {
                let message = format!("`{}` is a string and has no fields", first.text);
                self.report(Diagnostic::error(codes::UNKNOWN_FIELD, message, field.span));
                None
            }
            (true, []) => Some(Found::Ancestor),
            (true, [name]) => {
                let field = PROCESS_FIELDS.iter().find(|(known, _)| *known == name.text);
                let Some((_, field)) = field else {
                    let message = format!("a process has no `{}` here", name.text);
                    let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, message, name.span);
                    self.report(meant(diagnostic, name, PROCESS_FIELDS.iter().map(|f| f.0)));
                    return None;
                };
                let info = crate::context::info(ContextField::Proc(*field))?;
                let operand = Operand::Ancestor(depth, *field);
                Some(Found::Value(Typed {
                    operand,
                    ty: info.ty.clone(),
                }))
            }
            (true, _) => {
                let written = self.cx.map.slice(span);
                let message = format!("no field `{written}`");
                self.report(Diagnostic::error(codes::UNKNOWN_FIELD, message, span));
                None
            }
        }
    }

    fn argument(
        &mut self,
        arg: &'static Arg,
        first: &Name,
        rest: &[Name],
        span: Span,
    ) -> Option<Found<'c, 'a>> {
        if let Some(declared) = self.names.declared(&first.text) {
            self.names.used(first, self.cx);
            let event = self
                .event
                .map(|event| event.name.as_str())
                .unwrap_or_default();
            let message = format!(
                "`{}` is an argument of `{event}` and declared in the file",
                first.text
            );
            let help = match declared.file == self.names.file {
                true => "rename the one of the file",
                false => "import that file `as` a name of its own",
            };
            self.report(
                Diagnostic::error(codes::NAME_CLASH, message, first.span)
                    .related(declared, "declared here")
                    .help(help),
            );
            return None;
        }
        let found = fields::argument(self.cx, arg, rest, span)
            .map_err(|d| self.report(*d))
            .ok()?;
        if let (Found::Value(Typed { ty, .. }), Some(event)) = (&found, self.event) {
            let path = words(std::iter::once(first).chain(rest));
            let before = self
                .arguments
                .entry(path.clone())
                .or_insert_with(|| (ty.clone(), event.name.clone()));
            if before.0 != *ty {
                let message = format!(
                    "`{path}` is `{}` in `{}`, but `{}` in `{}`",
                    self.cx.schema.type_name(&before.0),
                    before.1,
                    self.cx.schema.type_name(ty),
                    event.name
                );
                self.report(
                    Diagnostic::error(codes::ARGUMENT_TYPES_DIFFER, message, span)
                        .help("write one `on` for each event"),
                );
                return None;
            }
        }
        Some(found)
    }

    fn context_field(&mut self, path: &[Name], span: Span) -> Option<Found<'c, 'a>> {
        fields::context(path, span, self.event)
            .map_err(|d| self.report(*d))
            .ok()
    }
}

/// A path as it is written.
fn words<'n>(path: impl IntoIterator<Item = &'n Name>) -> String {
    let names: Vec<_> = path.into_iter().map(|name| name.text.as_str()).collect();
    names.join(".")
}
