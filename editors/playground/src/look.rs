//! What is known of a policy while it is typed: diagnostics, the plan, and its words by kind.

use std::ops::Range;

use serde::Serialize;
use tracee_compiler::report::Report;
use tracee_compiler::{Explanation, explain};
use tracee_lang::stdlib;
use tracee_lang::token::{Token, lex};

use crate::policy::Looked;
use crate::request::Policy;

/// All of it.
#[derive(Debug, Serialize)]
pub(crate) struct Look {
    /// As `tracee check --format json` says.
    diagnostics: Vec<Report>,
    /// As `tracee explain --format json`, but for what only a kernel or a code generator knows; nothing if
    /// the policy has errors.
    explanation: Option<Explanation>,
    words: Vec<Word>,
}

/// A piece of the text that is not plain.
#[derive(Debug, Serialize)]
struct Word {
    /// In bytes.
    start: usize,
    end: usize,
    kind: &'static str,
}

/// Looks at a policy.
///
/// # Errors
/// It is too large.
pub(crate) fn look(policy: &Policy) -> Result<Look, String> {
    let looked = Looked::at(policy)?;
    let (compiled, said) = looked.compile();
    let mut diagnostics = looked.checked.diagnostics.clone();
    diagnostics.extend(said);
    let explanation = compiled.map(|compiled| {
        let policies = &looked.checked.policies;
        explain(stdlib::schema(), policies, &compiled, &looked.map)
    });
    let words = lex(&policy.text).filter_map(|(token, range)| word(&policy.text, token, range));
    Ok(Look {
        diagnostics: looked.reports(&diagnostics),
        explanation,
        words: words.collect(),
    })
}

fn word(text: &str, token: Token, range: Range<usize>) -> Option<Word> {
    let kind = match token {
        Token::Whitespace | Token::Ident | Token::Foreign => return None,
        Token::Comment => "comment",
        Token::DocComment => "doc",
        Token::Int | Token::Duration | Token::Date | Token::Address => "number",
        Token::Error => "invalid",
        _ => match text.get(range.clone())?.chars().next()? {
            '"' | '\'' | '‘' | '’' | '‚' | '‛' | '“' | '”' | '„' | '‟' | '«' => {
                "string"
            }
            first if first.is_alphabetic() => "keyword",
            _ => return None,
        },
    };
    Some(Word {
        start: range.start,
        end: range.end,
        kind,
    })
}
