//! Warnings of what nothing names: imports, lists, lets and rules.

use std::collections::HashSet;

use super::program::ProgramFile;
use super::{DeclarationId, Import, Kind, Names, Program, Sort, Target, Use};
use crate::ast::Item;
use crate::check::Context;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::FileId;

impl Names {
    /// Warns of what is declared or imported and not used. Not in a file with errors: the use may be in
    /// a part that was given up for one.
    ///
    /// A file without a policy is there for others: what it declares need not be used here.
    pub(in crate::check) fn warn_of_unused(&self, program: &Program, cx: &mut Context<'_>) {
        let with_policy = program.files.iter().filter(|file| has_policy(file));
        let with_policy: HashSet<FileId> = with_policy.map(|file| file.id).collect();
        let used: HashSet<DeclarationId> = cx.uses.iter().map(|used| used.declaration).collect();
        for file in &program.files {
            if !with_policy.contains(&file.id) {
                self.use_in_lets(file, &used, cx);
            }
        }
        let declarations: HashSet<DeclarationId> =
            cx.uses.iter().map(|used| used.declaration).collect();
        let uses = cx.uses.iter();
        let imports: HashSet<(FileId, usize)> = uses
            .filter_map(|used| Some((used.span.file, used.import?)))
            .collect();
        let imported: HashSet<FileId> = self
            .files
            .values()
            .flat_map(|scope| &scope.imports)
            .filter_map(|import| match import.target {
                Target::File(of) => Some(of),
                _ => None,
            })
            .collect();
        for file in &program.files {
            let Some(scope) = self.files.get(&file.id) else {
                continue;
            };
            if cx.diagnostics.has_errors_in(file.id) {
                continue;
            }
            for (at, import) in scope.imports.iter().enumerate() {
                let known = match import.target {
                    Target::Missing => false,
                    Target::File(of) => !self.has_lost_declarations(of),
                    Target::Standard(_) => true,
                };
                let same = |other: &Import| other.target == import.target;
                let twice = scope.imports[..at].iter().any(same);
                if known && !twice && !imports.contains(&(file.id, at)) {
                    let message = "nothing of this import is used";
                    cx.report(
                        Diagnostic::warning(codes::UNUSED_IMPORT, message, import.span)
                            .help("remove it")
                            .fix("remove it", import.span, ""),
                    );
                }
            }
            let own_policy = with_policy.contains(&file.id);
            for (name, id) in scope.own.all() {
                let declared = &self.declarations[id.0];
                let (code, message) = match declared.kind {
                    _ if declarations.contains(&id) => continue,
                    Kind::List if own_policy => {
                        (codes::UNUSED_LIST, format!("list `{name}` is not used"))
                    }
                    Kind::Let if own_policy => {
                        (codes::UNUSED_LET, format!("let `{name}` is not used"))
                    }
                    // Where others import it, they choose.
                    Kind::Rule if !with_policy.is_empty() && !imported.contains(&file.id) => (
                        codes::UNUSED_RULE,
                        format!("rule `{name}` never runs: no policy uses it"),
                    ),
                    _ => continue,
                };
                let diagnostic = Diagnostic::warning(code, message, declared.name.span);
                cx.report(match declared.kind {
                    Kind::Rule => diagnostic.help(format!("write `use {name};` in a policy")),
                    _ => diagnostic,
                });
            }
        }
    }

    /// Counts what the lets of a library say as used: those that nobody uses yet were not looked at.
    fn use_in_lets(&self, file: &ProgramFile, used: &HashSet<DeclarationId>, cx: &mut Context<'_>) {
        for item in &file.tree().items {
            if let Item::Let(decl) = item
                && let Some(id) = self.own(file.id, &decl.name.text, Sort::Value)
                && !used.contains(&id)
            {
                let mut hidden: Vec<&str> = Vec::new();
                let parameters = decl.parameters.iter().flatten();
                hidden.extend(parameters.map(|parameter| parameter.name.text.as_str()));
                decl.value.paths(&mut hidden, &mut |path| {
                    if let Ok(found) = self.look_up(file.id, path, Sort::Value) {
                        cx.uses.push(Use {
                            span: path[found.length - 1].span,
                            declaration: found.declaration,
                            by_name: true,
                            import: found.import,
                        });
                    }
                });
            }
        }
    }
}

fn has_policy(file: &ProgramFile) -> bool {
    let mut items = file.tree().items.iter();
    items.any(|item| matches!(item, Item::Policy(_)))
}
