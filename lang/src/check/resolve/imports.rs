//! What imports bring, and names that they bring twice.

use std::collections::{HashMap, HashSet};

use ecow::EcoString;

use super::{DeclarationId, FileScope, Import, Names, STD, Sort, Target};
use crate::ast::{self, ImportDecl, ImportSource, Item, Name};
use crate::check::Context;
use crate::check::names::meaning_everywhere;
use crate::check::schema::meant;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};

impl Names {
    /// What an import brings.
    pub(super) fn target(
        &self,
        import: &ImportDecl,
        found: &HashMap<Span, FileId>,
        cx: &mut Context<'_>,
    ) -> Target {
        match &import.source {
            ImportSource::File(text) | ImportSource::Rego(text) => found
                .get(&text.span)
                .map_or(Target::Missing, |id| Target::File(*id)),
            ImportSource::Std(path) => self
                .standard_list(path)
                .map_err(|diagnostic| cx.report(*diagnostic))
                .map_or(Target::Missing, Target::Standard),
        }
    }

    /// The list that `std.NAME` is.
    fn standard_list(&self, path: &ast::Path) -> Result<DeclarationId, Box<Diagnostic>> {
        let lists = || self.standard.values.keys().map(EcoString::as_str);
        let written: Vec<_> = path.names.iter().map(|name| name.text.as_str()).collect();
        let wrong = |message| Diagnostic::error(codes::UNKNOWN_IMPORT, message, path.span);
        match &path.names[..] {
            [first, name] if first.text == STD && !path.all => {
                match self.standard.values.get(&name.text) {
                    Some(id) => Ok(*id),
                    None if self.standard.rules.contains_key(&name.text) => {
                        let message = format!("`std.{}` is a rule, not a list", name.text);
                        Err(wrong(message)
                            .help("`use` finds the rules of the standard library by itself")
                            .into())
                    }
                    None => {
                        let message = format!("there is no list `std.{}`", name.text);
                        let diagnostic =
                            Diagnostic::error(codes::UNKNOWN_IMPORT, message, name.span);
                        let diagnostic = meant(diagnostic, name, lists());
                        Err(or_help(diagnostic, "docs/stdlib.md has all lists").into())
                    }
                }
            }
            [first, ..] if first.text == STD => {
                let message = "an import from the standard library names one list".to_owned();
                Err(wrong(message).help("write `import std.shells;`").into())
            }
            [name] if lists().any(|list| list == name.text) && !path.all => {
                let message = format!("`{}` is a list of the standard library", name.text);
                let std = format!("std.{}", name.text);
                Err(wrong(message)
                    .help(format!("write `import {std};`"))
                    .fix(format!("write `{std}`"), path.span, std)
                    .into())
            }
            _ => {
                let message = format!("`{}` is nothing that can be imported", written.join("."));
                Err(wrong(message)
                    .help("write `import std.shells;`, or a file in quotes: `import \"lists.tp\";`")
                    .into())
            }
        }
    }

    /// Adds an import to a file's.
    pub(super) fn import(
        &mut self,
        file: FileId,
        import: &ImportDecl,
        target: Target,
        cx: &mut Context<'_>,
    ) {
        let lost = match target {
            Target::Missing => true,
            Target::File(of) => self.has_lost_declarations(of),
            Target::Standard(_) => false,
        };
        // What is missing of the standard library was reported by its name.
        let by_name = matches!(import.source, ImportSource::Std(_));
        let Some(scope) = self.files.get_mut(&file) else {
            return;
        };
        scope.lost_imports |= lost && import.alias.is_none() && !by_name;
        scope.lost_standard |= lost && by_name;
        let first = scope
            .imports
            .iter()
            .find(|other| other.target == target && target != Target::Missing);
        if let Some(first) = first {
            let what = match target {
                Target::Standard(_) => "list",
                _ => "file",
            };
            let message = format!("the {what} is imported already");
            cx.report(
                Diagnostic::warning(codes::IMPORTED_TWICE, message, import.span)
                    .related(first.span, "first here")
                    .help("remove one of them"),
            );
        }
        scope.imports.push(Import {
            span: import.span,
            alias: import.alias.clone(),
            target,
        });
    }

    /// Reports names that a file has from two places.
    pub(super) fn clashes(&self, file: FileId, cx: &mut Context<'_>) {
        let Some(scope) = self.files.get(&file) else {
            return;
        };
        let mut brought: HashMap<(Sort, &str), DeclarationId> = HashMap::new();
        let mut seen = HashSet::new();
        for import in &scope.imports {
            let Target::File(of) = import.target else {
                continue;
            };
            if import.alias.is_some() || of == file || !seen.insert(of) {
                continue;
            }
            let mut both: Vec<(&str, DeclarationId, DeclarationId)> = Vec::new();
            for (name, id) in self.files.get(&of).into_iter().flat_map(|of| of.own.all()) {
                let sort = self.declarations[id.0].kind.sort();
                let own = scope.own.of(sort).get(name);
                match own.or(brought.get(&(sort, name))) {
                    Some(other) => both.push((name, id, *other)),
                    None => {
                        brought.insert((sort, name), id);
                    }
                }
            }
            both.sort_unstable();
            if let [(name, brought, other), more @ ..] = &both[..] {
                let message = format!("`{name}` is declared here and in the file that is imported");
                let message = match self.declarations[other.0].name.span.file == file {
                    true => message,
                    false => format!("two imports bring `{name}`"),
                };
                let place = |id: &DeclarationId| self.declarations[id.0].name.span;
                let mut diagnostic = Diagnostic::error(codes::NAME_CLASH, message, import.span)
                    .related(place(other), "one of them")
                    .related(place(brought), "the other one")
                    .help("import the file `as` a name of its own");
                if !more.is_empty() {
                    diagnostic = diagnostic.note(format!("so it is with {} more", more.len()));
                }
                cx.report(diagnostic);
            }
        }
        let mut aliases: HashMap<&str, &Name> = HashMap::new();
        for alias in scope.imports.iter().filter_map(|i| i.alias.as_ref()) {
            self.alias_clash(scope, alias, &brought, &aliases, cx);
            aliases.entry(&alias.text).or_insert(alias);
        }
    }

    /// Reports the name of an import that means something else.
    fn alias_clash(
        &self,
        scope: &FileScope,
        alias: &Name,
        brought: &HashMap<(Sort, &str), DeclarationId>,
        aliases: &HashMap<&str, &Name>,
        cx: &mut Context<'_>,
    ) {
        let everywhere = match alias.text.as_str() {
            STD => Some("the name of the standard library".to_owned()),
            text => meaning_everywhere(text, cx),
        };
        let declared = [Sort::Value, Sort::Rule]
            .into_iter()
            .find_map(|sort| {
                let own = scope.own.of(sort).get(&alias.text);
                own.or(brought.get(&(sort, alias.text.as_str())))
            })
            .map(|id| self.declarations[id.0].name.span)
            .or(aliases.get(alias.text.as_str()).map(|other| other.span));
        let diagnostic = match (everywhere, declared) {
            (Some(everywhere), _) => {
                let message = format!("`{}` is {everywhere}", alias.text);
                Diagnostic::error(codes::NAME_CLASH, message, alias.span)
            }
            (None, Some(declared)) => {
                let message = format!("`{}` is a name of something else already", alias.text);
                Diagnostic::error(codes::NAME_CLASH, message, alias.span)
                    .related(declared, "declared here")
            }
            (None, None) => return,
        };
        cx.report(diagnostic.help("choose another name"));
    }
}

/// Warns of policies that an import does not make run.
pub(super) fn idle_policies(import: &ImportDecl, tree: &ast::File, cx: &mut Context<'_>) {
    let mut policies = tree.items.iter().filter_map(|item| match item {
        Item::Policy(policy) => Some(&policy.name),
        _ => None,
    });
    let Some(first) = policies.next() else {
        return;
    };
    let message = match policies.count() {
        0 => format!("policy `{}` does not run by being imported", first.text),
        more => {
            let name = &first.text;
            format!("policy `{name}` and {more} more do not run by being imported")
        }
    };
    cx.report(
        Diagnostic::warning(codes::IMPORTED_POLICY, message, import.span)
            .related(first.span, "declared here")
            .help("name that file, too, or move what both need to a third one"),
    );
}

/// The help, unless there is one.
pub(super) fn or_help(diagnostic: Diagnostic, help: &str) -> Diagnostic {
    match diagnostic.help {
        Some(_) => diagnostic,
        None => diagnostic.help(help),
    }
}
