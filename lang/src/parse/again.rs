//! The tree of a text of which another version was parsed before. Enter at [`parse_again`].
//!
//! ```text
//! before  policy p { scope …; rule a {…} rule b {…} rule c {…} }
//!                             └ same ┘          ↑    └ same ┘
//! now     policy p { scope …; ▒▒▒▒▒▒▒▒▒▒ rule b {….} ▒▒▒▒▒▒▒▒▒▒ }
//! ```
//!
//! A rule that stands before or behind all that differs, and of which nothing was said, is one token to the
//! grammar: its tree is taken from before. Only what is between such rules is read. Where another tree could
//! come of the rule's own tokens, the whole text is read: if a brace is missing, if a rule stands where
//! none can begin, or if the parser skips one while it recovers from a mistake.

use ecow::EcoString;

use super::characters::are_plain;
use super::{MAX_FILE_BYTES, MAX_TOKENS, Parsed, Spanned, parse, read, understand};
use crate::ast::{Item, PolicyClause, Rule};
use crate::source::{FileId, Shift, SourceMap, Span};
use crate::token::Token;

/// With more mistakes than these, some may not be said: nothing is taken from before.
const MAX_MISTAKES: usize = 50;

/// A rule that is as it was.
#[derive(Debug)]
pub(super) struct Part<'a> {
    before: &'a Rule,
    /// Where it is now.
    span: Span,
    in_policy: bool,
}

impl Part<'_> {
    /// Its tree where it is now, with the doc comment that it has there.
    pub(super) fn rule(&self, start: usize, doc: EcoString) -> Rule {
        debug_assert_eq!(self.span.start as usize, start);
        let mut rule = Rule {
            doc,
            name: self.before.name.clone(),
            clauses: self.before.clauses.clone(),
            span: self.before.span,
        };
        let shift = Shift::between(self.before.span, self.span);
        if shift.of(rule.span) != rule.span {
            shift.apply(&mut rule);
        }
        rule
    }
}

/// Parses one file of the map, as [`parse`] does; `before` is the text and the tree of another version of it,
/// which may have had another id.
pub fn parse_again(map: &SourceMap, id: FileId, before: (&str, &Parsed)) -> Parsed {
    let text = map.get(id).map(|file| &*file.text).unwrap_or_default();
    partly(id, text, before).unwrap_or_else(|| parse(map, id))
}

/// [`None`]: nothing can be taken from before.
fn partly(id: FileId, text: &str, (old, before): (&str, &Parsed)) -> Option<Parsed> {
    if text.len() > MAX_FILE_BYTES {
        return None;
    }
    let parts = parts(id, text, old, before);
    if parts.is_empty() {
        return None;
    }
    let mut tokens: Vec<Spanned> = Vec::with_capacity(16 * parts.len());
    let plain = are_plain(text);
    let mut at = 0;
    let mut count = before.tokens + parts.len();
    for part in &parts {
        let Span { start, end, .. } = part.span;
        count += read(text.get(at..start as usize)?, at, plain, &mut tokens);
        tokens.push((start, Token::Parsed, end));
        at = end as usize;
    }
    count += read(text.get(at..)?, at, plain, &mut tokens);
    if count > MAX_TOKENS || !can_stand(&tokens, &parts) {
        return None;
    }
    understand(id, text, tokens, &parts, count)
}

/// The rules that are as they were, in the order of their places.
fn parts<'a>(id: FileId, text: &str, old: &str, before: &'a Parsed) -> Vec<Part<'a>> {
    let same = |(one, other): &(u8, u8)| one == other;
    let most = text.len().min(old.len());
    let begin = old.bytes().zip(text.bytes()).take_while(same).count();
    let end = old.bytes().rev().zip(text.bytes().rev());
    let end = end.take_while(same).count().min(most - begin);
    // Behind the difference, tokens are those that they were from the next line on: no token but white space
    // has the end of a line in it.
    let differs = old.len() - end;
    let behind = old.as_bytes()[differs..].iter();
    let behind = match behind.clone().position(|byte| *byte == b'\n') {
        Some(line) => differs + line + 1,
        None => usize::MAX,
    };
    let unsure = before.unsure(id);
    let is_unsure = |rule: Span| {
        let mut unsure = unsure.iter();
        unsure.any(|place| place.start <= rule.end && rule.start <= place.end)
    };
    let mut parts = Vec::new();
    let mut take = |rule: &'a Rule, in_policy: bool| {
        let (start, stop) = (rule.span.start as usize, rule.span.end as usize);
        let start = if stop <= begin {
            start
        } else if start >= behind {
            start + text.len() - old.len()
        } else {
            return;
        };
        if !is_unsure(rule.span) {
            let length = stop - rule.span.start as usize;
            parts.push(Part {
                before: rule,
                span: Span::new(id, start, start + length),
                in_policy,
            });
        }
    };
    for item in &before.file.items {
        match item {
            Item::Rule(rule) => take(rule, false),
            Item::Policy(policy) => {
                for clause in &policy.clauses {
                    if let PolicyClause::Rule(rule) = clause {
                        take(rule, true);
                    }
                }
            }
            _ => {}
        }
    }
    parts
}

impl Parsed {
    /// From where to where mistakes in the form of the file may reach: elsewhere the tree is that of what is
    /// written.
    pub(crate) fn unsure(&self, file: FileId) -> Vec<Span> {
        if self.broken || self.diagnostics.len() + self.misread.len() > MAX_MISTAKES {
            return vec![Span::new(file, 0, usize::MAX)];
        }
        let said = self.diagnostics.iter().map(|one| {
            let places = one.labels.iter().map(|label| label.span);
            places.fold(one.span(), Span::to)
        });
        said.chain(self.misread.iter().copied()).collect()
    }
}

/// Whether an open bracket is a brace.
fn is_brace((bracket, _): &(Token, usize)) -> bool {
    *bracket == Token::LeftBrace
}

/// Whether every rule of the tokens begins a statement, in no bracket but the brace of its policy, and is as
/// deep as it was.
fn can_stand(tokens: &[Spanned], parts: &[Part<'_>]) -> bool {
    // Each bracket with the `not`s before it, which count as depth.
    let mut open: Vec<(Token, usize)> = Vec::new();
    let mut nots = 0;
    let mut begins = true;
    let mut parts = parts.iter();
    for (_, token, _) in tokens.iter().filter(|(_, token, _)| !token.is_trivia()) {
        match token {
            Token::Parsed => {
                let in_policy = parts.next().is_some_and(|part| part.in_policy);
                let fits = match &open[..] {
                    [] => !in_policy,
                    [brace] => in_policy && *brace == (Token::LeftBrace, 0),
                    _ => false,
                };
                if !begins || !fits || nots > 0 {
                    return false;
                }
                continue;
            }
            Token::LeftBrace | Token::LeftParen | Token::LeftBracket => {
                open.push((*token, std::mem::take(&mut nots)));
            }
            Token::RightParen | Token::RightBracket => {
                if let Some((_, before)) = open.pop_if(|bracket| !is_brace(bracket)) {
                    nots = before;
                }
            }
            Token::RightBrace => {
                let Some(brace) = open.iter().rposition(is_brace) else {
                    return false;
                };
                nots = open[brace].1;
                open.truncate(brace);
            }
            Token::Semicolon => {
                let brace = open.iter().rposition(is_brace);
                open.truncate(brace.map_or(0, |brace| brace + 1));
                nots = 0;
            }
            Token::Comma | Token::And | Token::Or | Token::AndAnd | Token::OrOr => nots = 0,
            Token::Not | Token::Bang => nots += 1,
            _ => {}
        }
        begins = matches!(
            token,
            Token::LeftBrace | Token::RightBrace | Token::Semicolon
        );
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: usize = 100;

    /// A policy of many rules, and some that are in none.
    fn policy() -> String {
        let rule = |number| {
            format!(
                "  /// Of {number}.\n  rule r{number} {{ on open where proc.uid == {number}; }}\n"
            )
        };
        let rules: Vec<String> = (0..RULES).map(rule).collect();
        let (alone, within) = rules.split_at(RULES / 4);
        format!("{}policy p {{\n{}}}\n", alone.concat(), within.concat())
    }

    /// How many rules of a text are taken from another version of it.
    fn taken(old: &str, new: &str) -> usize {
        let mut map = SourceMap::default();
        let (before, now) = (map.add("", old), map.add("", new));
        let before = parse(&map, before);
        match partly(now, new, (old, &before)) {
            Some(_) => parts(now, new, old, &before).len(),
            None => 0,
        }
    }

    #[test]
    fn an_edit_in_a_rule_leaves_all_others() {
        let text = policy();
        assert_eq!(taken(&text, &text), RULES);
        for number in [0, 10, 24, 25, 60, 99] {
            let condition = format!("proc.uid == {number};");
            for written in [
                "proc.uid == 5000;",
                "proc.uid = ;",
                "proc.",
                "(proc.uid == 1;",
                "proc.exe == \"not closed;",
                "true; // }\n",
                "/* ; */ ]",
                "true;\n\n on close; severity high;",
                "",
            ] {
                let edited = text.replacen(&condition, written, 1);
                assert_ne!(edited, text);
                assert_eq!(taken(&text, &edited), RULES - 1, "{edited}");
                // What is wrong with the form of one rule is said of that alone.
                assert_eq!(taken(&edited, &text), RULES - 1, "{edited}");
            }
        }
    }

    #[test]
    fn an_edit_between_rules_leaves_all() {
        let text = policy();
        let before = "  /// Of 50.";
        for written in [
            "",
            "// said\n",
            "rule one { on open; }\n",
            "mode enforce;\n",
        ] {
            let edited = text.replacen(before, written, 1);
            assert_eq!(taken(&text, &edited), RULES, "{edited}");
        }
    }

    #[test]
    fn where_rules_stand_otherwise_all_is_read() {
        let text = policy();
        for (there, written) in [
            ("policy p {", "policy p "),
            ("policy p {", "policy p {{"),
            ("policy p {", ""),
            ("== 50; }", "== 50; "),
            ("== 50; }", "== 50; }}"),
            ("  /// Of 50.", "rule one { on open where not"),
            // What begins an `except` goes on to the next `;`, and the rule is skipped with it.
            ("  /// Of 50.", "except"),
        ] {
            let edited = text.replacen(there, written, 1);
            assert_ne!(edited, text);
            assert_eq!(taken(&text, &edited), 0, "{edited}");
        }
    }
}
