//! Names that one clause gives: the parameters of a `let`, what a quantifier runs over.

use tracee_lang::token::Token;

use super::Syntax;
use super::place::Walk;

/// The word that gives a name, if a word is such a name, there or where it is used.
pub(crate) fn local(walk: &Walk<'_>, at: usize) -> Option<usize> {
    let syntax = walk.syntax;
    let name = syntax.written(at);
    let behind_dot = at > 0 && syntax.token(at - 1) == Some(Token::Dot);
    if behind_dot || !syntax.is_name(at) {
        return None;
    }
    let quantified = at > 0
        && matches!(syntax.token(at - 1), Some(Token::Any | Token::All))
        && syntax.token(at + 1) == Some(Token::In);
    let begins = walk
        .frames
        .last()
        .is_some_and(|frame| frame.clause.is_empty());
    if quantified || (walk.in_parameters() && begins) {
        return Some(at);
    }
    if !walk.in_condition() {
        return None;
    }
    let binders = walk.frames.iter().rev().filter_map(|frame| frame.binder);
    let mut names = binders
        .map(|(at, _)| at)
        .chain(walk.parameters.iter().copied());
    names.find(|given| syntax.written(*given) == name)
}

/// All words that are this name.
pub(crate) fn occurrences(syntax: &Syntax, given: usize) -> Vec<usize> {
    let name = syntax.written(given);
    let mut walk = Walk::new(syntax);
    let mut all = Vec::new();
    for at in 0..syntax.words.len() {
        walk.begin(at);
        if at >= given && syntax.written(at) == name && local(&walk, at) == Some(given) {
            all.push(at);
        }
        walk.step(at);
    }
    all
}

/// All words that are the name of an import, if a word is one.
pub(crate) fn alias(syntax: &Syntax, word: usize) -> Option<Vec<usize>> {
    let name = syntax.written(word);
    let mut imports = syntax.outline.imports.iter();
    imports.find(|import| import.alias.as_deref() == Some(name))?;
    let is_alias = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| syntax.token(at));
        let after = syntax.token(at + 1);
        syntax.written(*at) == name
            && (before == Some(Token::As)
                || (before != Some(Token::Dot) && after == Some(Token::Dot)))
    };
    let all: Vec<usize> = (0..syntax.words.len()).filter(is_alias).collect();
    all.contains(&word).then_some(all)
}
