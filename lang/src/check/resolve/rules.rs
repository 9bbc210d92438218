//! Which rules and policies a path stands for: `std.*`, `site.beacon`, `web_tier.shell`.

use super::imports::or_help;
use super::{
    Declaration, DeclarationId, Found, Kind, Missing, Names, STD, Sort, Space, Target, Use,
};
use crate::ast::{self, Name, Path};
use crate::check::schema::meant;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::FileId;

/// The rules that a path names.
#[derive(Debug, Clone)]
pub struct Named {
    /// In the order of their declarations; never empty.
    pub rules: Vec<DeclarationId>,
    import: Option<usize>,
}

/// Why a path names nothing; [`None`] if that was reported before.
type Unnamed = Option<Box<Diagnostic>>;

impl Names {
    /// The rules that a path in a file names. Within a policy, the bare names of its own rules come
    /// first.
    ///
    /// # Errors
    /// What is wrong with the path; [`None`] if that was reported already.
    pub fn rules(
        &self,
        file: FileId,
        within: Option<DeclarationId>,
        path: &Path,
    ) -> Result<Named, Unnamed> {
        if path.all {
            return self.all_rules(file, path);
        }
        let (Some(last), names) = (path.names.last(), &path.names[..]) else {
            return Err(None);
        };
        let member = |policy: DeclarationId, import| {
            let rule = self.members.get(&policy)?.get(&last.text)?;
            Some(Named {
                rules: vec![*rule],
                import,
            })
        };
        if let (Some(policy), [_]) = (within, names)
            && let Some(own) = member(policy, None)
        {
            return Ok(own);
        }
        let found = match self.look_up(file, names, Sort::Rule) {
            Ok(found) => found,
            Err(missing) => return Err(self.no_rule(file, within, path, missing)),
        };
        let import = found.import;
        let left = names.len() - found.length;
        match (self.declarations[found.declaration.0].kind, left) {
            (Kind::Rule, 0) => Ok(Named {
                rules: vec![found.declaration],
                import,
            }),
            (Kind::Policy, 1) => {
                member(found.declaration, import).ok_or_else(|| self.no_member(last, found))
            }
            (Kind::Policy, 0) => {
                let written = written(path);
                let message = format!("`{written}` is a policy, not a rule");
                Err(wrong(
                    path,
                    message,
                    &format!("write `{written}.` and the name of a rule"),
                ))
            }
            _ => {
                let message = format!("rule `{}` has nothing below it", written(path));
                Err(wrong(path, message, "remove what follows its name"))
            }
        }
    }

    /// `std.*`, `site.*`, `web_tier.*`
    fn all_rules(&self, file: FileId, path: &Path) -> Result<Named, Unnamed> {
        let loose = |space| {
            let all = self.names_in(space, Sort::Rule).map(|(_, id)| id);
            let mut rules: Vec<_> = all.filter(|id| self.is_rule(*id)).collect();
            rules.sort_unstable();
            rules
        };
        let members = |policy| {
            let rules = self.members.get(&policy).into_iter().flatten();
            let mut rules: Vec<_> = rules.map(|(_, id)| *id).collect();
            rules.sort_unstable();
            rules
        };
        let named = |rules: Vec<DeclarationId>, import| match rules.is_empty() {
            false => Ok(Named { rules, import }),
            true => {
                let message = format!("`{}` has no rules", written(path));
                Err(Some(
                    Diagnostic::error(codes::USES_NOTHING, message, path.span).into(),
                ))
            }
        };
        match self.look_up(file, &path.names, Sort::Rule) {
            Err(Missing::Whole(Space::Standard)) => named(loose(Space::Standard), None),
            Err(Missing::Whole(space @ Space::File(of, import))) => {
                if loose(space).is_empty() && self.has_lost_declarations(of) {
                    return Err(None);
                }
                named(loose(space), Some(import))
            }
            Err(missing) => Err(self.no_rule(file, None, path, missing)),
            Ok(found) => {
                let declared = &self.declarations[found.declaration.0];
                if declared.kind == Kind::Policy && found.length == path.names.len() {
                    return named(members(found.declaration), found.import);
                }
                let message = format!(
                    "`{}` is {}: there is nothing below it",
                    written(path),
                    declared.kind.described()
                );
                Err(wrong(path, message, "write it without `.*`"))
            }
        }
    }

    /// The policy that a path in a file names.
    ///
    /// # Errors
    /// What is wrong with the path; [`None`] if that was reported already.
    pub fn policy(&self, file: FileId, path: &Path) -> Result<DeclarationId, Unnamed> {
        let found = match self.look_up(file, &path.names, Sort::Rule) {
            Err(Missing::Said) => return Err(None),
            found => found.ok().filter(|found| found.length == path.names.len()),
        };
        let kind = found.map(|found| self.declarations[found.declaration.0].kind);
        match (found, kind, path.all) {
            (Some(found), Some(Kind::Policy), false) => Ok(found.declaration),
            (_, Some(kind), _) => {
                let message = format!("`{}` is {}, not a policy", written(path), kind.described());
                Err(Some(
                    Diagnostic::error(codes::UNKNOWN_POLICY, message, path.span).into(),
                ))
            }
            _ => {
                let message = format!("there is no policy `{}`", written(path));
                let whole = Name {
                    text: written(path).into(),
                    span: path.span,
                };
                let policies = self.declarations.iter();
                let known = policies.filter(|declared| declared.kind == Kind::Policy);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_POLICY, message, path.span);
                let known = known.map(|declared| declared.name.text.as_str());
                Err(Some(meant(diagnostic, &whole, known).into()))
            }
        }
    }

    /// The declaration of a policy of a file, for what stands within it.
    pub(in crate::check) fn declared_at(
        &self,
        file: FileId,
        policy: &ast::Policy,
    ) -> Option<DeclarationId> {
        let found = self.own(file, &policy.name.text, Sort::Rule)?;
        (self.declarations[found.0].span == policy.span).then_some(found)
    }

    /// What a path of rules uses: for [`Names::uses`].
    pub fn used(&self, path: &Path, named: &Named) -> Vec<Use> {
        let last = path.names.last().map_or(path.span, |name| name.span);
        let rules = named.rules.iter();
        rules
            .map(|rule| Use {
                span: if path.all { path.span } else { last },
                declaration: *rule,
                by_name: !path.all,
                import: named.import,
            })
            .collect()
    }

    fn is_rule(&self, id: DeclarationId) -> bool {
        self.declarations[id.0].kind == Kind::Rule
    }

    /// Why a path names no rule.
    fn no_rule(
        &self,
        file: FileId,
        within: Option<DeclarationId>,
        path: &Path,
        missing: Missing,
    ) -> Unnamed {
        let written = written(path);
        if let Some(kind) = self.value(file, path) {
            let message = format!("`{written}` is {}, not a rule", kind.described());
            return Some(Diagnostic::error(codes::NOT_A_RULE, message, path.span).into());
        }
        match missing {
            Missing::Said | Missing::NotImported(_) => None,
            Missing::Whole(space) => {
                let what = match space {
                    Space::Standard => "the standard library",
                    Space::File(..) => "an imported file",
                };
                let message = format!("`{written}` is {what}, not a rule");
                let all = format!("{written}.*");
                let diagnostic = Diagnostic::error(codes::NOT_A_RULE, message, path.span)
                    .help(format!("write `{all}` for all of its rules"));
                Some(
                    diagnostic
                        .suggest(format!("write `{all}`"), path.span, all)
                        .into(),
                )
            }
            Missing::Second(space) => {
                let name = path.names.get(1)?;
                let of = self.space_name(file, space);
                let message = format!("there is no rule `{of}.{}`", name.text);
                let rules = self.names_in(space, Sort::Rule);
                let rules = rules.filter(|(_, id)| self.is_rule(*id));
                let diagnostic = Diagnostic::error(codes::NO_SUCH_RULE, message, name.span);
                let diagnostic = meant(diagnostic, name, rules.map(|(name, _)| name));
                Some(
                    match space {
                        Space::Standard => or_help(
                            diagnostic,
                            "`tracee list rules` prints those of the standard library",
                        ),
                        Space::File(..) => diagnostic,
                    }
                    .into(),
                )
            }
            Missing::First => {
                let name = path.names.first()?;
                Some(self.unknown(file, within, path, name).into())
            }
        }
    }

    /// The first name of a path is nothing.
    fn unknown(
        &self,
        file: FileId,
        within: Option<DeclarationId>,
        path: &Path,
        name: &Name,
    ) -> Diagnostic {
        let alone = path.names.len() == 1 && !path.all;
        let message = match alone {
            true => format!("there is no rule `{}`", name.text),
            false => format!("`{}` is neither an import nor a policy", name.text),
        };
        let diagnostic = Diagnostic::error(codes::NO_SUCH_RULE, message, name.span);
        if alone && self.standard.rules.contains_key(&name.text) {
            let meant = format!("{STD}.{}", name.text);
            return diagnostic.help(format!("did you mean `{meant}`?")).suggest(
                format!("write `{meant}`"),
                name.span,
                meant,
            );
        }
        let mut known: Vec<&str> = Vec::new();
        if let Some(scope) = self.files.get(&file) {
            let bare = scope
                .imports
                .iter()
                .filter_map(|import| match import.target {
                    Target::File(of) if import.alias.is_none() => self.files.get(&of),
                    _ => None,
                });
            for scope in std::iter::once(scope).chain(bare) {
                let wanted = |declared: &Declaration| match declared.kind {
                    Kind::Rule => alone,
                    Kind::Policy => !alone,
                    Kind::List | Kind::Let => false,
                };
                let own = scope.own.rules.iter();
                known.extend(
                    own.filter(|(_, id)| wanted(&self.declarations[id.0]))
                        .map(|(name, _)| name.as_str()),
                );
            }
            if !alone {
                let aliases = scope.imports.iter().filter_map(|i| i.alias.as_ref());
                known.extend(aliases.map(|alias| alias.text.as_str()));
                known.push(STD);
            }
        }
        if let Some(policy) = within.filter(|_| alone) {
            let members = self.members.get(&policy).into_iter().flatten();
            known.extend(members.map(|(name, _)| name.as_str()));
        }
        meant(diagnostic, name, known)
    }

    /// Whether a path names a list or a `let`.
    fn value(&self, file: FileId, path: &Path) -> Option<Kind> {
        let id = match self.look_up(file, &path.names, Sort::Value) {
            Ok(found) => found.declaration,
            Err(Missing::NotImported(list)) => list,
            Err(_) => return None,
        };
        Some(self.declarations[id.0].kind)
    }

    /// A policy has no such rule.
    fn no_member(&self, name: &Name, policy: Found) -> Unnamed {
        let of = &self.declarations[policy.declaration.0].name.text;
        let message = format!("policy `{of}` has no rule `{}`", name.text);
        let members = self.members.get(&policy.declaration).into_iter().flatten();
        let diagnostic = Diagnostic::error(codes::NO_SUCH_RULE, message, name.span);
        let known = members.map(|(name, _)| name.as_str());
        Some(meant(diagnostic, name, known).into())
    }
}

fn wrong(path: &Path, message: String, help: &str) -> Unnamed {
    let diagnostic = Diagnostic::error(codes::NOT_A_RULE, message, path.span);
    Some(diagnostic.help(help).into())
}

/// A path without its `.*`.
pub(in crate::check) fn written(path: &Path) -> String {
    let names: Vec<_> = path.names.iter().map(|name| name.text.as_str()).collect();
    names.join(".")
}
