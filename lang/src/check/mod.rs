//! Syntax tree → typed HIR. Enter at [`check`].
//!
//! - [`names`] knows the lists and lets of a file
//! - [`policies`] goes through policies and rules
//! - [`condition`] resolves and types conditions against an event, [`message`] message templates
//! - [`tests`] reads `test` blocks
//! - [`attack`] knows techniques
//! - [`meaning`] warns about what is well formed but can't be meant
//! - [`reports`] collects what there is to say; [`allow`] silences single warnings
//! - [`schema`] is for the standard library's declarations

mod allow;
mod attack;
mod condition;
mod literals;
mod meaning;
mod message;
mod names;
mod policies;
mod reports;
pub mod schema;
mod tests;

use crate::ast::{self, Item};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::PolicySet;
use crate::hir::test::Test;
use crate::parse::{self, Parsed};
use crate::schema::Schema;
use crate::source::{FileId, SourceMap, Span};
use crate::stdlib;
use reports::Reports;

/// What became of the files.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The policies. If there are errors, parts that have them are missing: not to be run then.
    pub policies: PolicySet,
    /// The tests, in the order of the files and of the declarations in them.
    pub tests: Vec<Test>,
    /// Errors and warnings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses and checks files of the map, against the events of the standard library. Lists and lets are
/// known in their own file; the names of policies and the ids of rules must differ in all of them.
pub fn check(map: &SourceMap, files: &[FileId]) -> Checked {
    let mut context = Context {
        map,
        schema: stdlib::schema(),
        diagnostics: Reports::new(map, files),
        size: condition::Size::default(),
    };
    let mut whole: Vec<ast::File> = Vec::new();
    for file in files {
        let Parsed {
            file,
            diagnostics,
            broken,
        } = parse::parse(map, *file);
        diagnostics.into_iter().for_each(|one| context.report(one));
        if !broken {
            whole.push(file);
        }
    }
    for file in &whole {
        context.edition(file);
        for item in &file.items {
            context.refuse(item);
        }
    }
    let policies = policies::check(&whole, &mut context);
    let complete = whole.len() == files.len();
    let tests = tests::check(&whole, complete, &policies, &mut context);
    meaning::check(&policies, &mut context);

    Checked {
        policies,
        tests,
        diagnostics: context.diagnostics.finish(),
    }
}

/// What all parts of the check have at hand.
struct Context<'a> {
    map: &'a SourceMap,
    schema: &'static Schema,
    diagnostics: Reports<'a>,
    size: condition::Size,
}

impl Context<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports what a part of the check found that keeps a list of its own.
    fn report_from<T>(&mut self, part: impl FnOnce(&mut Vec<Diagnostic>) -> T) -> T {
        let mut found = Vec::new();
        let made = part(&mut found);
        found.into_iter().for_each(|one| self.report(one));
        made
    }

    /// Reports what the language will have.
    fn not_yet(&mut self, what: &str, span: Span) {
        let message = format!("{what} is not supported yet");
        self.report(Diagnostic::error(codes::NOT_YET, message, span));
    }

    /// `edition 1;` may open a file.
    fn edition(&mut self, file: &ast::File) {
        for (at, item) in file.items.iter().enumerate() {
            let Item::Edition(edition, span) = item else {
                continue;
            };
            if at > 0 {
                let message = "`edition` is not the first thing in the file";
                self.report(
                    Diagnostic::error(codes::MISPLACED_CLAUSE, message, *span)
                        .help("move it before everything else"),
                );
            }
            if edition.value != 1 {
                let what = format!("edition {} of the language", edition.value);
                self.not_yet(&what, edition.span);
            }
        }
    }

    /// Reports declarations that cannot stand in a policy file.
    fn refuse(&mut self, item: &Item) {
        let name = match item {
            Item::Event(decl) => &decl.name,
            Item::Enum(decl) => &decl.name,
            Item::Flags(decl) => &decl.name,
            Item::Struct(decl) => &decl.name,
            Item::Rule(rule) => {
                let message = "a `rule` outside of a policy is not supported yet";
                self.report(
                    Diagnostic::error(codes::NOT_YET, message, rule.name.span)
                        .help("write it in a `policy`"),
                );
                return;
            }
            Item::Import(import) => return self.not_yet("`import`", import.span),
            _ => return,
        };
        let message = format!("`{}` can't be declared in a policy file", name.text);
        self.report(
            Diagnostic::error(codes::SCHEMA_IN_POLICY, message, name.span)
                .help("events and their types are declared in stdlib-signatures/events"),
        );
    }
}
