//! The names of a file as a condition sees them: lists and lets, its own and imported.

use ecow::EcoString;

use super::{Found, Missing, Names, Sort, Space, Target, Use};
use crate::ast::{LetDecl, Name};
use crate::check::Context;
use crate::check::names::{Entry, Meaning, Values};
use crate::check::schema::meant;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};

/// The most names that are looked through for suggestions.
const MAX_SUGGESTED: usize = 1000;

/// What a condition of one file can name.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Scope<'c, 'a> {
    pub(in crate::check) names: &'c Names,
    pub(in crate::check) values: &'c Values<'a>,
    pub(in crate::check) file: FileId,
}

/// What a path begins with, and how many of its names that takes. The error is [`None`] if it was
/// reported already.
pub(in crate::check) type Entered<'c, 'a> =
    Result<Option<(&'c Entry<'a>, usize)>, Option<Box<Diagnostic>>>;

impl<'c, 'a> Scope<'c, 'a> {
    /// What a path begins with, from now on used; `Ok(None)` if its first name is nothing.
    pub(in crate::check) fn find(&self, path: &[Name], cx: &mut Context<'_>) -> Entered<'c, 'a> {
        let found = match self.names.look_up(self.file, path, Sort::Value) {
            Ok(found) => found,
            Err(Missing::First) => return Ok(None),
            Err(missing) => return Err(self.missing(path, missing, cx)),
        };
        let declaration = found.declaration;
        cx.uses.push(Use {
            span: place(&path[found.length - 1..], 1),
            declaration,
            by_name: true,
            import: found.import,
        });
        // If there is no value, its name means something else, which was reported.
        let declared = self.names.declaration(declaration);
        let entry = declared.and_then(|declared| self.values.get(&declared.name));
        let Some(entry) = entry else {
            cx.diagnostics.take_again();
            return Err(None);
        };
        Ok(Some((entry, found.length)))
    }

    /// Why a path is nothing, or no value.
    fn missing(
        &self,
        path: &[Name],
        missing: Missing,
        cx: &mut Context<'_>,
    ) -> Option<Box<Diagnostic>> {
        let diagnostic = match missing {
            Missing::Whole(space) => {
                let name = self.names.space_name(self.file, space);
                let what = match space {
                    Space::Standard => "the standard library",
                    Space::File(..) => "an imported file",
                };
                let message = format!("`{name}` is {what}, not a value");
                Diagnostic::error(codes::NOT_A_VALUE, message, path[0].span)
                    .help(format!("write `{name}.` and the name of a list or `let`"))
            }
            Missing::Second(space) => {
                let name = &path[1];
                let of = self.names.space_name(self.file, space);
                let message = format!("`{of}` has no list or `let` called `{}`", name.text);
                let known = self.names.names_in(space, Sort::Value);
                let known = known.map(|(name, _)| name).take(MAX_SUGGESTED);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, name.span);
                let diagnostic = meant(diagnostic, name, known);
                let mut rules = self.names.names_in(space, Sort::Rule);
                match rules.any(|(rule, _)| rule == name.text) {
                    true => diagnostic.note(format!("`{of}.{}` is a rule", name.text)),
                    false => diagnostic,
                }
            }
            Missing::NotImported(list) => {
                if !cx.not_imported.insert((self.file, list)) {
                    cx.diagnostics.take_again();
                    return None; // once for a file
                }
                let span = place(path, 2);
                let written = format!("std.{}", path[1].text);
                let message = format!("`{written}` is not imported");
                let import = format!("import {written};");
                let (at, text) = self.names.next_import(self.file, &import);
                Diagnostic::error(codes::NOT_IMPORTED, message, span)
                    .help(format!("write `{import}` at the top of the file"))
                    .fix("import it", at, text)
            }
            Missing::First | Missing::Said => {
                cx.diagnostics.take_again();
                return None;
            }
        };
        Some(diagnostic.into())
    }

    /// The scope that a `let` sees: that of its own file.
    pub(in crate::check) fn of(self, decl: &LetDecl) -> Self {
        Self {
            file: decl.name.span.file,
            ..self
        }
    }

    /// Whether a `let` is known to stand for itself.
    pub(in crate::check) fn is_cyclic(&self, decl: &LetDecl) -> bool {
        let entry = self.values.get(&decl.name);
        entry.is_some_and(Entry::is_cyclic)
    }

    /// Remembers that a `let` stands for itself.
    pub(in crate::check) fn set_cyclic(&self, decl: &LetDecl) {
        if let Some(entry) = self.values.get(&decl.name) {
            entry.set_cyclic();
        }
    }

    /// Where a name is declared that stands by itself: in the file, by an import, or as one.
    pub(in crate::check) fn declared(&self, name: &str) -> Option<Span> {
        if let Some(id) = self.declaration(name) {
            return Some(self.names.declarations[id.0].name.span);
        }
        let scope = self.names.files.get(&self.file)?;
        let mut aliases = scope.imports.iter().filter_map(|i| i.alias.as_ref());
        aliases.find(|alias| alias.text == name).map(|a| a.span)
    }

    /// Counts a name as used, as far as anyone can tell.
    pub(in crate::check) fn used(&self, name: &Name, cx: &mut Context<'_>) {
        if let Ok(Found {
            declaration,
            import,
            ..
        }) = self
            .names
            .look_up(self.file, std::slice::from_ref(name), Sort::Value)
        {
            cx.uses.push(Use {
                span: name.span,
                declaration,
                by_name: true,
                import,
            });
        }
    }

    fn declaration(&self, name: &str) -> Option<super::DeclarationId> {
        let scope = self.names.files.get(&self.file)?;
        scope.own.values.get(name).copied().or_else(|| {
            let bare = scope.imports.iter().filter(|i| i.alias.is_none());
            bare.filter_map(|import| match import.target {
                Target::File(of) => self.names.own(of, name, Sort::Value),
                _ => None,
            })
            .next()
        })
    }

    /// All names that can stand by themselves, for suggestions; none if there are so many that looking
    /// through them for every mistake takes long.
    pub(in crate::check) fn all(&self) -> impl Iterator<Item = &'c str> {
        let names: &'c Names = self.names;
        let scope = names.files.get(&self.file);
        let imports = scope.into_iter().flat_map(|scope| &scope.imports);
        let aliases = imports.clone().filter_map(|i| i.alias.as_ref());
        let bare = imports.filter_map(|import| match (import.target, &import.alias) {
            (Target::File(of), None) => names.files.get(&of),
            _ => None,
        });
        let owners: Vec<_> = scope.into_iter().chain(bare).collect();
        let count: usize = owners.iter().map(|scope| scope.own.values.len()).sum();
        let declared = owners.into_iter().flat_map(|scope| scope.own.values.keys());
        aliases
            .map(|alias| alias.text.as_str())
            .chain(declared.map(EcoString::as_str))
            .filter(move |_| count <= MAX_SUGGESTED)
    }

    /// The names of `let`s with parameters, for suggestions.
    pub(in crate::check) fn functions(&self) -> impl Iterator<Item = &'c str> {
        let takes = |name: &&str| {
            let declared = self.declaration(name);
            let declared = declared.and_then(|id| self.names.declaration(id));
            let entry = declared.and_then(|declared| self.values.get(&declared.name));
            entry.is_some_and(|entry| match &entry.meaning {
                Meaning::Let(decl, _) => decl.parameters.is_some(),
                Meaning::List(_) => false,
            })
        };
        self.all().filter(takes)
    }
}

/// The place of the first names of a path.
fn place(path: &[Name], length: usize) -> Span {
    let last = path.get(length.saturating_sub(1)).or(path.last());
    match (path.first(), last) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    }
}
