//! Names of rules and policies, where they can stand.

use gen_lsp_types::CompletionItemKind as Kind;
use tracee_lang::token::Token;

use super::Cursor;
use super::items::Items;
use crate::syntax::Syntax;
use crate::syntax::outline::{Declared, What};

/// Behind `use`: rules outside of policies.
pub(super) fn usable(cursor: &Cursor<'_>, items: &mut Items) {
    match cursor.path[..] {
        [] => {
            loose(cursor.syntax, items);
            for (alias, text) in cursor.imported() {
                match alias {
                    Some(alias) => drop(items.add(alias, Kind::Module, "an imported file")),
                    None => loose(text.syntax(), items),
                }
            }
            items.add("std", Kind::Module, "the standard library");
        }
        ["std"] => {
            items.add("*", Kind::Operator, "all rules of the standard library");
            standard(items);
        }
        [name] => {
            for (_, text) in imported_as(cursor, name) {
                items.add("*", Kind::Operator, "all of its rules");
                loose(text.syntax(), items);
            }
        }
        _ => {}
    }
}

/// Behind `except`: rules of the policy and those that it uses; then the clause's other words.
pub(super) fn excepted(cursor: &Cursor<'_>, items: &mut Items) {
    if cursor.path.is_empty() && (cursor.behind_name() || cursor.before() == Some(Token::String)) {
        items.word("reason", "why");
        items.word("expires", "the last day that it holds");
        items.word("where", "what is excepted");
    }
    if cursor.before() == Some(Token::Except) || !cursor.path.is_empty() {
        if cursor.path.is_empty() {
            members(cursor.syntax, cursor.walk.policy(), items);
        }
        usable(cursor, items);
    }
}

/// Behind `expect`: rules of the test's policy and those that it uses.
pub(super) fn expected(cursor: &Cursor<'_>, items: &mut Items) {
    if cursor.before() == Some(Token::Expect) {
        items.word("not", "it must not match");
    }
    if let [policy] = cursor.path[..] {
        members(cursor.syntax, Some(policy), items);
    } else if let Some(policy) = tested(cursor) {
        members(cursor.syntax, Some(policy), items);
        items.add(policy, Kind::Class, "any rule of the policy");
    }
    usable(cursor, items);
}

/// Behind `for`: policies, and their rules.
pub(super) fn subjects(cursor: &Cursor<'_>, items: &mut Items) {
    match (&cursor.path[..], cursor.before()) {
        ([policy], _) => members(cursor.syntax, Some(policy), items),
        ([], Some(Token::String)) => items.word("for", "the policy or rule"),
        ([], Some(Token::For)) => {
            for policy in cursor.syntax.outline.of_kind(What::Policy) {
                add(policy, &policy.name, Kind::Class, items);
            }
            items.later();
            for rule in cursor.syntax.outline.of_kind(What::Rule) {
                if let Some(policy) = &rule.policy {
                    add(
                        rule,
                        &format!("{policy}.{}", rule.name),
                        Kind::Method,
                        items,
                    );
                }
            }
        }
        _ => {}
    }
}

/// The policy that the test around is for.
fn tested<'c>(cursor: &'c Cursor<'_>) -> Option<&'c str> {
    let syntax = cursor.syntax;
    let test = syntax.outline.around(cursor.offset)?;
    let mut words = test.words.clone();
    let of = words.find(|at| syntax.token(*at) == Some(Token::For))?;
    (test.what == What::Test).then(|| syntax.written(of + 1))
}

/// The rules outside of policies.
fn loose(syntax: &Syntax, items: &mut Items) {
    let rules = syntax.outline.of_kind(What::Rule);
    for rule in rules.filter(|rule| rule.policy.is_none()) {
        add(rule, &rule.name, Kind::Method, items);
    }
}

/// The rules of a policy.
fn members(syntax: &Syntax, policy: Option<&str>, items: &mut Items) {
    let rules = syntax.outline.of_kind(What::Rule);
    for rule in rules.filter(|rule| policy.is_some() && rule.policy.as_deref() == policy) {
        add(rule, &rule.name, Kind::Method, items);
    }
}

fn standard(items: &mut Items) {
    let files = tracee_lang::stdlib::FILES.iter();
    for (_, text) in files.filter(|(name, _)| name.starts_with("std/rules/")) {
        loose(&Syntax::new(text), items);
    }
}

fn imported_as(
    cursor: &Cursor<'_>,
    name: &str,
) -> impl Iterator<Item = (String, std::rc::Rc<crate::text::Text>)> {
    let imported = cursor.imported().into_iter();
    let named = imported.filter_map(|(alias, text)| Some((alias?.to_owned(), text)));
    let name = name.to_owned();
    named.filter(move |(alias, _)| *alias == name)
}

fn add(declared: &Declared, name: &str, kind: Kind, items: &mut Items) {
    if !name.is_empty() {
        let on = match declared.events.is_empty() {
            true => String::new(),
            false => format!("on {}", declared.events.join(", ")),
        };
        items.documented(name, kind, on, &declared.doc);
    }
}
