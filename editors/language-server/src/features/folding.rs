//! What can be folded: blocks, lists, comments, imports.

use gen_lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};
use tracee_lang::token::Token;

use crate::server::Server;
use crate::syntax::place::MAX_OPEN;
use crate::text::Text;

/// `textDocument/foldingRange`.
pub(crate) fn ranges(server: &Server, params: FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    let document = server.documents.get(&params.text_document.uri.0)?;
    let text = &document.text;
    let mut all = brackets(text);
    all.extend(comments(text));
    all.extend(imports(text));
    all.sort_by_key(|range| (range.start_line, range.end_line));
    Some(all)
}

/// From the line of a bracket to the one before that of its other half.
fn brackets(text: &Text) -> Vec<FoldingRange> {
    let mut open: Vec<(Token, u32)> = Vec::new();
    let mut all = Vec::new();
    for word in &text.syntax().words {
        let half = match word.token {
            Token::LeftBrace | Token::LeftBracket | Token::LeftParen => {
                open.push((word.token, text.line(word.start)));
                continue;
            }
            Token::RightBrace => Token::LeftBrace,
            Token::RightBracket => Token::LeftBracket,
            Token::RightParen => Token::LeftParen,
            _ => continue,
        };
        // One that is missing does not keep others from being folded.
        let near = open.len().saturating_sub(MAX_OPEN);
        let other = open[near..].iter().rposition(|(token, _)| *token == half);
        if let Some(at) = other.map(|at| near + at) {
            let (_, begin) = open[at];
            open.truncate(at);
            let end = text.line(word.start).saturating_sub(1);
            all.extend(range(begin, end, None));
        }
    }
    all
}

fn comments(text: &Text) -> Vec<FoldingRange> {
    let mut all = Vec::new();
    let mut block: Option<(u32, u32)> = None;
    for (_, at) in &text.syntax().comments {
        let line = text.line(at.start);
        let before = &text.text()[..at.start];
        let own_line = before
            .rsplit('\n')
            .next()
            .is_none_or(|it| it.trim().is_empty());
        block = match block {
            Some((begin, end)) if own_line && line == end + 1 => Some((begin, line)),
            other => {
                all.extend(other);
                own_line.then_some((line, line))
            }
        };
    }
    all.extend(block);
    let comment = |(begin, end)| range(begin, end, Some(FoldingRangeKind::Comment));
    all.into_iter().filter_map(comment).collect()
}

fn imports(text: &Text) -> Option<FoldingRange> {
    let imports = &text.syntax().outline.imports;
    let begin = text.line(imports.first()?.source_at.start);
    let end = text.line(imports.last()?.source_at.end);
    range(begin, end, Some(FoldingRangeKind::Imports))
}

fn range(begin: u32, end: u32, kind: Option<FoldingRangeKind>) -> Option<FoldingRange> {
    (begin < end).then_some(FoldingRange {
        start_line: begin,
        start_character: None,
        end_line: end,
        end_character: None,
        kind,
        collapsed_text: None,
    })
}
