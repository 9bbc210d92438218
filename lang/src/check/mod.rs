//! Syntax tree → typed HIR. Enter at [`check`].
//!
//! - [`resolve`] knows which name is what, in this file and others; [`names`] what lists and lets
//!   stand for
//! - [`policies`] goes through policies and rules, [`library`] through rules outside of them,
//!   [`signatures`] makes rules of OPA signatures, [`exceptions`] takes cases away from them
//! - [`literals`] gives literals the type of the other side, with [`addresses`] and [`times`]; [`covered`]
//!   looks at those of a list together
//! - [`condition`] resolves and types conditions against an event, [`message`] message templates;
//!   [`lists`] lets equal lists be one
//! - [`tests`] reads `test` blocks
//! - [`attack`] knows techniques
//! - [`meaning`] warns about what is well formed but can't be meant
//! - [`reports`] collects what there is to say; [`allow`] silences single warnings
//! - [`kept`] is what holds from one check to the next
//! - [`schema`] is for the standard library's declarations

mod addresses;
mod allow;
mod attack;
mod condition;
mod covered;
mod exceptions;
mod kept;
mod library;
mod lists;
mod literals;
mod meaning;
mod message;
mod names;
mod patterns;
mod policies;
mod reports;
pub mod resolve;
pub mod schema;
mod signatures;
mod tests;
mod times;

use std::borrow::Cow;
use std::collections::HashSet;

use crate::ast::{self, Item};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::hir::test::Test;
use crate::hir::{Policy, PolicySet, Rule};
use crate::schema::Schema;
use crate::source::{FileId, SourceMap, Span};
use crate::stdlib;
use crate::times::Moment;
pub use kept::Kept;
use library::Library;
use names::Values;
use policies::AllTaken;
use reports::Reports;
pub use resolve::Program;
use resolve::{DeclarationId, Names, Scope, Use};

/// What became of the files.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The policies. If there are errors, parts that have them are missing: not to be run then.
    pub policies: PolicySet,
    /// The tests, in the order of the files and of the declarations in them.
    pub tests: Vec<Test>,
    /// Policies of one rule each, which stands outside of policies and has tests. They don't run; tests
    /// number them behind the others ([`Checked::add_alone`]).
    pub alone: Vec<Policy>,
    /// The rules that stand outside of policies: of all files, and of the standard library if it is
    /// named anywhere.
    pub library: Vec<Rule>,
    /// Who declares and who uses which name.
    pub names: Names,
    /// Errors and warnings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// The policy that a test is for.
    pub fn policy_of(&self, test: &Test) -> Option<&Policy> {
        let mut policies = self.policies.policies.iter().chain(&self.alone);
        policies.nth(test.policy)
    }

    /// Makes the rules that are tested alone policies like the others.
    pub fn add_alone(&mut self) {
        self.policies.policies.append(&mut self.alone);
    }
}

/// Parses and checks files of the map that import no others by path. No exception has expired.
pub fn check(map: &SourceMap, files: &[FileId]) -> Checked {
    check_program_at(map, Program::parse(map, files), None)
}

/// The rules of the standard library.
pub fn standard_rules() -> Vec<Rule> {
    let program = Program {
        names_standard: true,
        ..Program::default()
    };
    check_program(&SourceMap::default(), &program).library
}

/// Checks a program against the events of the standard library. The names of policies and the ids of
/// rules must differ in all of its files. No exception has expired.
pub fn check_program(map: &SourceMap, program: &Program) -> Checked {
    check_whole(map, Cow::Borrowed(program), None, None)
}

/// The same at a moment: exceptions that have expired by then hold no longer. The program is dropped as soon
/// as it can be, as its trees are large.
pub fn check_program_at(map: &SourceMap, program: Program, now: Option<Moment>) -> Checked {
    check_whole(map, Cow::Owned(program), now, None)
}

/// The same of files of which another version was checked before.
pub fn check_program_again(
    map: &SourceMap,
    program: &Program,
    now: Option<Moment>,
    kept: &mut Kept,
) -> Checked {
    let checked = check_whole(map, Cow::Borrowed(program), now, Some(kept));
    kept.settle();
    checked
}

fn check_whole(
    map: &SourceMap,
    whole: Cow<'_, Program>,
    now: Option<Moment>,
    kept: Option<&mut Kept>,
) -> Checked {
    let program = &*whole;
    let files: Vec<FileId> = program.files.iter().map(|file| file.id).collect();
    let texts = files.iter().filter_map(|file| map.get(*file));
    let bytes = texts.map(|file| file.text.len()).sum();
    let mut context = Context {
        map,
        now,
        schema: stdlib::schema(),
        diagnostics: Reports::new(map, &files),
        size: condition::Size::new(bytes),
        uses: Vec::new(),
        not_imported: HashSet::new(),
        lists: lists::Lists::default(),
        covered: meaning::Covered::default(),
        patterns: patterns::Patterns::default(),
        kept,
    };
    let cx = &mut context;
    for diagnostic in &program.diagnostics {
        cx.report(diagnostic.clone());
    }
    for file in &program.files {
        cx.edition(file.tree());
        for item in &file.tree().items {
            cx.refuse(item);
        }
    }
    let mut names = Names::collect(program, cx);
    let own = program.files.iter().map(|file| (file.id, file.tree()));
    let standard = stdlib::library().iter().map(|(id, tree)| (*id, tree));
    let trees = standard.filter(|_| names.names_standard).chain(own);
    let mut values = Values::default();
    for (_, tree) in trees.clone() {
        values.collect(tree, cx);
    }
    if let Some(kept) = cx.kept.as_deref_mut() {
        kept.rules.begin(map, program, &names, &cx.diagnostics);
    }
    let scope = |file| Scope {
        names: &names,
        values: &values,
        file,
    };
    let mut taken = AllTaken::default();
    let mut library = Library::default();
    for (file, tree) in trees {
        library.add(tree, scope(file), &mut taken.rule_ids, cx);
    }
    library.add_signatures(program, cx);
    let mut policies = PolicySet::default();
    for file in &program.files {
        if file.named {
            let made = policies::check(file.tree(), scope(file.id), &library, &mut taken, cx);
            policies.policies.extend(made);
        } else {
            // It does not run: its names and ids are free.
            let mut taken = AllTaken::default();
            policies::check(file.tree(), scope(file.id), &library, &mut taken, cx);
        }
    }
    let named = program.files.iter().filter(|file| file.named);
    let complete = program.files.iter().all(|file| !file.parsed.broken);
    let named: Vec<_> = named.map(|file| (file.tree(), scope(file.id))).collect();
    let running = policies.policies.len();
    let tests = tests::check(&named, complete, &library, &mut policies, cx);
    let alone = policies.policies.split_off(running);
    names.warn_of_unused(program, cx);
    drop(values);
    drop(whole);
    meaning::check(&policies, &library.rules, cx);

    let Context {
        diagnostics,
        mut uses,
        ..
    } = context;
    uses.sort_unstable();
    uses.dedup();
    names.uses = uses;
    Checked {
        policies,
        tests,
        alone,
        library: library.rules,
        names,
        diagnostics: diagnostics.finish(),
    }
}

/// What all parts of the check have at hand.
struct Context<'a> {
    map: &'a SourceMap,
    /// What `expires` is compared with.
    now: Option<Moment>,
    schema: &'static Schema,
    diagnostics: Reports<'a>,
    size: condition::Size,
    /// What was named, where.
    uses: Vec<Use>,
    /// Lists of the standard library that a file names and does not import, which was reported.
    not_imported: HashSet<(FileId, DeclarationId)>,
    lists: lists::Lists,
    covered: meaning::Covered,
    patterns: patterns::Patterns,
    /// What is known from a check before.
    kept: Option<&'a mut Kept>,
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
            _ => return,
        };
        let message = format!("`{}` can't be declared in a policy file", name.text);
        self.report(
            Diagnostic::error(codes::SCHEMA_IN_POLICY, message, name.span)
                .help("events and their types are declared in stdlib-signatures/events"),
        );
    }
}
