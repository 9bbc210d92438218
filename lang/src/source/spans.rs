//! Whether places are within others.

use super::Span;

/// Places, to be asked what is within one of them.
#[derive(Debug)]
pub(crate) struct Spans {
    /// By where they begin; each ends where the last of those before it in its file does.
    sorted: Vec<Span>,
}

impl Spans {
    pub(crate) fn new(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        let mut last: Option<Span> = None;
        for span in &mut spans {
            if let Some(before) = last.filter(|before| before.file == span.file) {
                span.end = span.end.max(before.end);
            }
            last = Some(*span);
        }
        Self { sorted: spans }
    }

    /// Whether all of a place is within one of these.
    pub(crate) fn cover(&self, place: Span) -> bool {
        let begun = |span: &Span| (span.file, span.start) <= (place.file, place.start);
        let last = self.sorted.partition_point(begun).checked_sub(1);
        last.is_some_and(|last| {
            let span = self.sorted[last];
            span.file == place.file && place.end <= span.end
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn a_place_is_covered_by_one() {
        let at = |start, end| Span::new(FileId(1), start, end);
        let spans = Spans::new(vec![at(10, 20), at(2, 9), at(12, 14), at(30, 30)]);
        for (start, end, covered) in [
            (2, 9, true),
            (1, 3, false),
            (8, 10, false),
            (15, 20, true),
            (15, 21, false),
            (30, 30, true),
        ] {
            assert_eq!(spans.cover(at(start, end)), covered, "{start}..{end}");
        }
        assert!(!spans.cover(Span::new(FileId(0), 3, 4)));
        assert!(!spans.cover(Span::new(FileId(2), 3, 4)));
    }
}
