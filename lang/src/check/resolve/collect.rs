//! From the files of a program to [`Names`]: declarations, imports, and names that clash.

use std::collections::{HashMap, HashSet};

use ecow::EcoString;

use super::imports::idle_policies;
use super::program::{ProgramFile, Signatures};
use super::{Declaration, DeclarationId, FileScope, Kind, Names, Program, STD, Sort, Target};
use crate::ast::{self, ImportSource, Item, Name, PolicyClause, TestClause};
use crate::check::Context;
use crate::check::names::meaning_everywhere;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::functions;
use crate::source::{FileId, Span};
use crate::stdlib;

impl Names {
    /// Collects the names of all files, and says what is wrong with declarations and imports.
    pub(in crate::check) fn collect(program: &Program, cx: &mut Context<'_>) -> Self {
        let files = program.files.iter();
        let mut names = Self {
            names_standard: program.names_standard
                || files.clone().any(|file| names_standard(file.tree())),
            ..Self::default()
        };
        for file in &program.files {
            names.declare(file.id, file.tree(), cx);
            if let Some(scope) = names.files.get_mut(&file.id) {
                scope.lost_declarations |= file.parsed.broken;
            }
        }
        for import in &program.signatures {
            names.declare_signatures(import);
        }
        for (id, tree) in stdlib::library() {
            names.declare(*id, tree, cx);
            if let Some(scope) = names.files.get(id) {
                names.standard.values.extend(scope.own.values.clone());
                names.standard.rules.extend(scope.own.rules.clone());
            }
        }
        let files: HashMap<FileId, &ProgramFile> = files.map(|file| (file.id, file)).collect();
        let mut policies_said = HashSet::new();
        for file in &program.files {
            for item in &file.tree().items {
                if let Item::Import(import) = item {
                    let target = names.target(import, &file.imports, cx);
                    names.import(file.id, import, target, cx);
                    if let Target::File(of) = target {
                        let of = files.get(&of);
                        if let Some(of) = of.filter(|of| !of.named && policies_said.insert(of.id)) {
                            idle_policies(import, of.tree(), cx);
                        }
                    }
                }
            }
        }
        for (id, tree) in stdlib::library() {
            for item in &tree.items {
                if let Item::Import(import) = item {
                    let target = names.target(import, &HashMap::new(), cx);
                    names.import(*id, import, target, cx);
                }
            }
        }
        for file in &program.files {
            names.clashes(file.id, cx);
        }
        names.declarations.shrink_to_fit();
        names
    }

    /// The declarations of one file.
    fn declare(&mut self, file: FileId, tree: &ast::File, cx: &mut Context<'_>) {
        let mut scope = FileScope {
            imports_end: imports_end(tree),
            ..FileScope::default()
        };
        for item in &tree.items {
            let (kind, name, doc, span) = match item {
                Item::List(decl) => (Kind::List, &decl.name, &decl.doc, decl.span),
                Item::Let(decl) => (Kind::Let, &decl.name, &decl.doc, decl.span),
                Item::Rule(decl) => (Kind::Rule, &decl.name, &decl.doc, decl.span),
                Item::Policy(decl) => (Kind::Policy, &decl.name, &decl.doc, decl.span),
                Item::Error => {
                    scope.lost_declarations = true;
                    continue;
                }
                _ => continue,
            };
            let id = self.add(kind, name, doc, span, None);
            if let Item::Policy(policy) = item {
                self.declare_rules(id, policy);
            }
            if name.text.is_empty() {
                continue; // a name that is missing, which was reported
            }
            let is_function = matches!(item, Item::Let(decl) if decl.parameters.is_some());
            let other = match name.text.as_str() {
                text if is_function && functions::find(text).is_some() => {
                    Some("a function of the language".to_owned())
                }
                STD => Some("the name of the standard library".to_owned()),
                text if kind.sort() == Sort::Value => meaning_everywhere(text, cx),
                _ => None,
            };
            if let Some(other) = other {
                let message = format!("`{}` is {other}", name.text);
                cx.report(
                    Diagnostic::error(codes::NAME_CLASH, message, name.span)
                        .help("choose another name"),
                );
            } else if let Some(first) = scope.own.of(kind.sort()).get(&name.text) {
                let message = format!("`{}` is declared twice", name.text);
                let first = self.declarations[first.0].name.span;
                cx.report(
                    Diagnostic::error(codes::DUPLICATE_NAME, message, name.span)
                        .related(first, "first here"),
                );
            } else {
                scope.own.of_mut(kind.sort()).insert(name.text.clone(), id);
            }
        }
        self.files.insert(file, scope);
    }

    /// The signatures that an import of Rego brings.
    fn declare_signatures(&mut self, import: &Signatures) {
        let mut scope = FileScope {
            lost_declarations: import.lost,
            ..FileScope::default()
        };
        for signature in &import.found {
            let name = Name {
                text: signature.name.as_str().into(),
                span: signature.span,
            };
            let doc = signature.description.as_deref().unwrap_or_default().into();
            let id = self.add(Kind::Rule, &name, &doc, signature.span, None);
            scope.own.rules.insert(name.text, id);
        }
        self.files.insert(import.id, scope);
    }

    /// The rules that stand in a policy.
    fn declare_rules(&mut self, id: DeclarationId, policy: &ast::Policy) {
        let mut members = HashMap::new();
        for clause in &policy.clauses {
            if let PolicyClause::Rule(rule) = clause {
                let declared = self.add(Kind::Rule, &rule.name, &rule.doc, rule.span, Some(id));
                members.entry(rule.name.text.clone()).or_insert(declared);
            }
        }
        self.members.insert(id, members);
    }

    fn add(
        &mut self,
        kind: Kind,
        name: &Name,
        doc: &EcoString,
        span: Span,
        policy: Option<DeclarationId>,
    ) -> DeclarationId {
        let id = DeclarationId(self.declarations.len());
        self.declarations.push(Declaration {
            kind,
            name: name.clone(),
            doc: doc.clone(),
            span,
            policy,
        });
        id
    }
}

/// Behind what an import can be added.
fn imports_end(tree: &ast::File) -> Option<Span> {
    let imports = tree.items.iter().rev().find_map(|item| match item {
        Item::Import(import) => Some(import.span),
        _ => None,
    });
    imports.or_else(|| match tree.items.first() {
        Some(Item::Edition(_, span)) => Some(*span),
        _ => None,
    })
}

/// Whether a file names the standard library.
fn names_standard(tree: &ast::File) -> bool {
    let is_standard = |path: &ast::Path| path.names.first().is_some_and(|name| name.text == STD);
    tree.items.iter().any(|item| match item {
        Item::Import(import) => matches!(import.source, ImportSource::Std(_)),
        Item::Policy(policy) => policy.clauses.iter().any(|clause| match clause {
            PolicyClause::Use(paths) => paths.iter().any(is_standard),
            _ => false,
        }),
        Item::Test(test) => {
            let mut expected = test.clauses.iter().filter_map(|clause| match clause {
                TestClause::Expect { rule, .. } => Some(rule),
                _ => None,
            });
            test.of.iter().any(is_standard) || expected.any(is_standard)
        }
        _ => false,
    })
}
