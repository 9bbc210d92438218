//! What comparisons with literals say of patterns: which ones a match cannot do without, and which ones
//! suffice for a match. The kernel can make comparisons, and warnings can reason about them.

use std::cmp::Reverse;
use std::sync::Arc;

use super::words::{Gap, Part, Word};
use crate::hir::TextOp;

/// More literals that are not all there is to say are not looked for.
const MAX_NECESSARY: usize = 1024;

/// A comparison with one literal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiteralTest {
    /// How.
    pub op: TextOp,
    /// With what.
    pub literal: Arc<[u8]>,
    /// Ignoring ASCII case.
    pub fold: bool,
}

/// What is known of a set of patterns by comparisons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Literals {
    /// At most two groups. What matches passes a test of each; none if nothing is known.
    pub necessary: Vec<Vec<LiteralTest>>,
    /// What passes a test of each group of `necessary`, matches.
    pub necessary_suffices: bool,
    /// What passes any of these, matches.
    pub sufficient: Vec<LiteralTest>,
    /// What matches, passes one of `sufficient`.
    pub sufficient_is_necessary: bool,
}

/// What one word asks: all of the tests, the one that tells most first.
struct Way {
    tests: Vec<LiteralTest>,
    /// Nothing else.
    exact: bool,
}

impl Literals {
    /// What is known of patterns by their words.
    pub(super) fn of(patterns: impl Iterator<Item = Vec<Word>>) -> Self {
        let ways: Vec<Way> = patterns.flatten().map(|word| way(&word)).collect();
        let alone = |way: &Way| (way.exact && way.tests.len() < 2).then(|| one(way));
        let mut sufficient: Vec<_> = ways.iter().filter_map(alone).collect();
        let complete = sufficient.len() == ways.len();
        tidy(&mut sufficient);
        let (necessary, suffices) = match ways.as_slice() {
            _ if complete => (vec![sufficient.clone()], true),
            [way] if way.exact && way.tests.len() == 2 => {
                let groups = way.tests.iter().map(|test| vec![test.clone()]);
                (groups.collect(), true)
            }
            ways => (groups(ways), false),
        };
        Self {
            necessary,
            necessary_suffices: suffices,
            sufficient,
            sufficient_is_necessary: complete,
        }
    }
}

/// The test of a way that has no other; every string passes if it has none.
fn one(way: &Way) -> LiteralTest {
    way.tests.first().cloned().unwrap_or(LiteralTest {
        op: TextOp::Contains,
        literal: Arc::from([]),
        fold: false,
    })
}

/// A group of the best test of every way, and one of the next best; none if some way has none that
/// tells anything.
fn groups(ways: &[Way]) -> Vec<Vec<LiteralTest>> {
    if ways.len() > MAX_NECESSARY {
        return Vec::new();
    }
    let telling = ways.iter().map(|way| {
        let mut tests: Vec<_> = way.tests.iter().filter(|test| tells(test)).collect();
        // To look for a single byte anywhere is not worth it beside something better.
        let rest = tests.iter().skip(1);
        let worth = |test: &&&LiteralTest| test.op != TextOp::Contains || test.literal.len() > 1;
        let worth = rest.take_while(worth).count();
        tests.truncate(1 + worth);
        tests
    });
    let telling: Vec<Vec<&LiteralTest>> = telling.collect();
    if telling.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let group = |at: usize| {
        let tests = telling.iter();
        let mut group: Vec<_> = tests
            .filter_map(|tests| tests.get(at).or(tests.first()))
            .map(|test| (*test).clone())
            .collect();
        tidy(&mut group);
        group
    };
    if telling.iter().any(|tests| tests.len() > 1) {
        vec![group(0), group(1)]
    } else {
        vec![group(0)]
    }
}

/// Nearly every path has a slash, and begins with one.
fn tells(test: &LiteralTest) -> bool {
    test.op == TextOp::Eq || !matches!(*test.literal, [] | [b'/'])
}

fn tidy(tests: &mut Vec<LiteralTest>) {
    tests.sort();
    tests.dedup();
}

/// A word's parts, joined; edges are not among them.
enum Piece {
    Run(Run),
    Gap(Gap),
}

/// Bytes that follow one another.
#[derive(Default)]
struct Run {
    bytes: Vec<u8>,
    /// Some letter may be of either case …
    folded: bool,
    /// … and some may not.
    plain: bool,
}

impl Run {
    fn push(&mut self, byte: u8, fold: bool) {
        let letter = byte.is_ascii_alphabetic();
        self.bytes.push(byte);
        self.folded |= letter && fold;
        self.plain |= letter && !fold;
    }

    fn test(&self, op: TextOp) -> LiteralTest {
        LiteralTest {
            op,
            literal: self.bytes.as_slice().into(),
            fold: self.folded,
        }
    }

    /// Whether an end of this run can be a begin of another one.
    fn overlaps(&self, next: &Self) -> bool {
        let longest = self.bytes.len().min(next.bytes.len());
        (1..=longest).any(|length| {
            let end = &self.bytes[self.bytes.len() - length..];
            end.eq_ignore_ascii_case(&next.bytes[..length])
        })
    }
}

fn way(word: &Word) -> Way {
    let is_edge = |part: &Part| matches!(part, Part::Begin | Part::End);
    let from = word.parts.iter().position(|part| !is_edge(part));
    let from = from.unwrap_or(word.parts.len());
    let to = word.parts.iter().rposition(|part| !is_edge(part));
    let to = to.map_or(from, |last| last + 1);
    let (before, middle, after) = (
        &word.parts[..from],
        &word.parts[from..to],
        &word.parts[to..],
    );
    let (begins, ends) = match middle {
        [] => (before.contains(&Part::Begin), before.contains(&Part::End)),
        _ => (before.contains(&Part::Begin), after.contains(&Part::End)),
    };
    // Edges in other places ask for more than is told here.
    let odd = !middle.is_empty() && (before.contains(&Part::End) || after.contains(&Part::Begin));
    let mut exact = word.exact && !odd && !middle.iter().any(is_edge);

    let mut pieces = joined(middle);
    if let [] | [Piece::Gap(_)] = pieces[..] {
        let gap = match pieces.first() {
            Some(Piece::Gap(gap)) => Some(*gap),
            _ => None,
        };
        let tests = match (gap, begins && ends) {
            (None, true) => vec![Run::default().test(TextOp::Eq)],
            _ => Vec::new(),
        };
        // Nothing is asked of the string, or nothing that is known.
        exact &= match gap {
            None | Some(Gap::Any) => true,
            Some(Gap::Optional) => !(begins && ends),
            Some(Gap::Some) => false,
        };
        return Way { tests, exact };
    }
    // A gap beside an edge moves that out of reach; one beside anything is a part of that, if it may
    // be empty.
    let mut beside = |gap: Option<Piece>, edge: bool| match gap {
        Some(Piece::Gap(gap)) => {
            exact &= gap == Gap::Any || gap == Gap::Optional && !edge;
            false
        }
        _ => edge,
    };
    let is_gap = |piece: Option<&Piece>| matches!(piece, Some(Piece::Gap(_)));
    let last = pieces.pop_if(|piece| is_gap(Some(piece)));
    let ends = beside(last, ends);
    let first = is_gap(pieces.first()).then(|| pieces.remove(0));
    let begins = beside(first, begins);

    exact &= pieces
        .iter()
        .all(|piece| !matches!(piece, Piece::Gap(Gap::Optional | Gap::Some)));
    let runs: Vec<Run> = pieces
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Run(run) => Some(run),
            Piece::Gap(_) => None,
        })
        .collect();
    exact &= runs.iter().all(|run| !(run.folded && run.plain));
    exact &= match runs.as_slice() {
        [_] => true,
        // In a string that has both, they may not be one upon the other.
        [first, second] => begins && ends && !first.overlaps(second),
        _ => false,
    };
    let last = runs.len() - 1;
    let tests = runs.iter().enumerate().map(|(at, run)| {
        run.test(match (at == 0 && begins, at == last && ends) {
            (true, true) => TextOp::Eq,
            (true, false) => TextOp::Prefix,
            (false, true) => TextOp::Suffix,
            (false, false) => TextOp::Contains,
        })
    });
    let mut tests: Vec<_> = tests.collect();
    tests.sort_by_key(|test| (Reverse(test.literal.len()), test.op));
    Way { tests, exact }
}

/// Bytes as runs, and the gaps between them.
fn joined(parts: &[Part]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts {
        match (*part, pieces.last_mut()) {
            (Part::Byte { byte, fold }, Some(Piece::Run(run))) => run.push(byte, fold),
            (Part::Byte { byte, fold }, _) => {
                let mut run = Run::default();
                run.push(byte, fold);
                pieces.push(Piece::Run(run));
            }
            (Part::Gap(gap), Some(Piece::Gap(before))) => *before = before.then(gap),
            (Part::Gap(gap), _) => pieces.push(Piece::Gap(gap)),
            (Part::Begin | Part::End, _) => {}
        }
    }
    pieces
}
