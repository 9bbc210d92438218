//! Where rules and policies are named without being used: in tests, in `except`, and a policy before the
//! dot of a path. For editors, who rename them there, too.

use super::program::ProgramFile;
use super::{DeclarationId, Kind, Names, Program, Sort, Use};
use crate::ast::{Item, Name, Path, PolicyClause, RuleClause, TestClause};
use crate::source::FileId;

impl Names {
    /// Those places, in order; [`Names::uses`] has none of them.
    pub fn mentions(&self, program: &Program) -> Vec<Use> {
        let mut found = Vec::new();
        for file in &program.files {
            self.mentioned_in(file, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|mention| self.uses.binary_search(mention).is_err());
        found
    }

    fn mentioned_in(&self, file: &ProgramFile, found: &mut Vec<Use>) {
        for item in &file.tree().items {
            match item {
                Item::Policy(policy) => {
                    let declared = std::slice::from_ref(&policy.name);
                    let own = self.look_up(file.id, declared, Sort::Rule).ok();
                    let own = own.map(|own| own.declaration);
                    for clause in &policy.clauses {
                        match clause {
                            PolicyClause::Use(paths) => {
                                for path in paths {
                                    self.mention(file.id, None, path, found);
                                }
                            }
                            PolicyClause::Except(except) => {
                                if let Some(path) = &except.rule {
                                    self.mention(file.id, own, path, found);
                                }
                            }
                            PolicyClause::Rule(rule) => {
                                for clause in &rule.clauses {
                                    if let RuleClause::Except(except) = clause
                                        && let Some(path) = &except.rule
                                    {
                                        self.mention(file.id, own, path, found);
                                    }
                                }
                            }
                            _ => {}
                        }
                    }
                }
                Item::Test(test) => {
                    let subject = test.of.as_ref();
                    let policy = subject.and_then(|path| self.policy_of(file.id, &path.names));
                    if let Some(path) = subject {
                        self.mention(file.id, None, path, found);
                    }
                    for clause in &test.clauses {
                        if let TestClause::Expect { rule, .. } = clause {
                            self.mention(file.id, policy, rule, found);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The policy that a path begins with.
    fn policy_of(&self, file: FileId, path: &[Name]) -> Option<DeclarationId> {
        let found = self.look_up(file, path, Sort::Rule).ok()?;
        let is_policy = self.declarations[found.declaration.0].kind == Kind::Policy;
        is_policy.then_some(found.declaration)
    }

    /// What the names of a path stand for; within a policy, its own rules come first.
    fn mention(
        &self,
        file: FileId,
        within: Option<DeclarationId>,
        path: &Path,
        found: &mut Vec<Use>,
    ) {
        let mut add = |name: &Name, declaration, import| {
            found.push(Use {
                span: name.span,
                declaration,
                by_name: true,
                import,
            });
        };
        let member = |policy: DeclarationId, name: &Name| {
            let members = self.members.get(&policy)?;
            members.get(&name.text).copied()
        };
        if let (Some(policy), [name]) = (within, &path.names[..])
            && let Some(own) = member(policy, name)
        {
            return add(name, own, None);
        }
        let Ok(first) = self.look_up(file, &path.names, Sort::Rule) else {
            return;
        };
        if let Some(name) = path.names.get(first.length - 1) {
            add(name, first.declaration, first.import);
        }
        if let Some(name) = path.names.get(first.length)
            && let Some(rule) = member(first.declaration, name)
        {
            add(name, rule, first.import);
        }
    }
}
