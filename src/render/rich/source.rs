//! A file as miette reads it. Its own reading counts columns in bytes, and goes through the whole
//! file for every label.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use tracee_lang::source::SourceFile;

/// One file.
#[derive(Debug)]
pub(super) struct Source<'a>(pub(super) &'a SourceFile);

impl SourceCode for Source<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = &*self.0.text;
        let (start, end) = (span.offset(), span.offset() + span.len());
        let Some(marked) = text.get(start..end) else {
            return Err(MietteError::OutOfBounds);
        };
        let mut line = self.0.line(start);
        let mut from = line_start(text, start);
        let column = text[from..start].chars().count();
        let contents = |from: usize, to: usize, line, column| {
            let lines = text[from..to].lines().count();
            let (data, span) = (&text.as_bytes()[from..to], (from, to - from).into());
            let name = self.0.name.to_string();
            MietteSpanContents::new_named(name, data, span, line, column, lines)
        };
        if lines_before == 0 && lines_after == 0 {
            return Ok(Box::new(contents(start, end, line, column)));
        }
        for _ in 0..lines_before.min(line) {
            from = line_start(text, from - 1);
            line -= 1;
        }
        // What ends with its line does not reach into the next one.
        let mut to = end - usize::from(marked.ends_with('\n'));
        for _ in 0..=lines_after {
            to += text[to..].find('\n').map_or(text.len() - to, |end| end + 1);
        }
        Ok(Box::new(contents(from, to, line, 0)))
    }
}

/// The first byte of the line that `at` is on.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}
