//! The literals of all rules that one string is compared with, found in one pass over it.
//!
//! ```text
//! ==                     the string's ends and length ─→ whole ┐
//! prefix, suffix         its first or last 1 … 8 bytes ─→ edges ├─→ literal ─compared→ targets
//! prefix, contains       its grams, at slashes and such ─→ marks┤
//! contains                          every so many bytes ─→ grams┘
//! ```
//!
//! All keys are taken from bytes whose ASCII letters are in lower case (and some others look alike): so
//! literals with and without regard to case are in the same tables, and the comparison tells them apart.

use tracee_lang::hir::TextOp;
use tracee_lang::interpreter;

use super::edges::Edges;
use super::grams::Grams;
use super::marks::Marked;
use super::table::Table;
use crate::plan::Pattern;

/// The shortest part of a string that is looked for anywhere in it.
pub(super) const SHORTEST_GRAM: usize = 4;
/// The part that is looked for, if the literal is as long.
pub(super) const GRAM: usize = 6;

/// Whether the tables can find a literal.
pub(in super::super) fn is_indexed(pattern: &Pattern) -> bool {
    match pattern.op {
        TextOp::Eq => true,
        TextOp::Prefix | TextOp::Under | TextOp::Suffix => !pattern.literal.is_empty(),
        TextOp::Contains => pattern.literal.len() >= SHORTEST_GRAM,
    }
}

/// Whether more than the ends of a string are looked at for it.
pub(super) fn is_scanned(pattern: &Pattern) -> bool {
    match pattern.op {
        TextOp::Eq | TextOp::Suffix => false,
        TextOp::Prefix | TextOp::Under => pattern.literal.len() >= GRAM,
        TextOp::Contains => true,
    }
}

/// The literals of one string field.
#[derive(Debug)]
pub(in super::super) struct Texts {
    literals: Box<[Literal]>,
    /// Theirs, one after the other.
    bytes: Box<[u8]>,
    targets: Box<[u32]>,
    whole: Option<Table<u32>>,
    begin: Edges,
    end: Edges,
    marked: Option<Marked>,
    grams: Option<Grams<GRAM>>,
    short_grams: Option<Grams<SHORTEST_GRAM>>,
}

#[derive(Debug)]
struct Literal {
    op: TextOp,
    fold: bool,
    /// Of [`Texts::bytes`].
    begin: u32,
    length: u32,
    /// Of [`Texts::targets`].
    from: u32,
    count: u32,
}

/// A place in a string where a literal may be: where it would begin, as a number that wraps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    pub(super) literal: u32,
    /// Where in the literal the gram is.
    pub(super) offset: u32,
}

/// Where candidates are written, and what may be spent on that.
#[derive(Debug)]
pub(in super::super) struct Found<'a> {
    /// A bit for each target.
    pub(super) candidates: &'a mut [u64],
    /// Comparisons that may still be made.
    pub(super) budget: u32,
}

impl Found<'_> {
    #[inline(always)]
    pub(super) fn insert(&mut self, target: u32) {
        self.candidates[(target / 64) as usize] |= 1 << (target % 64);
    }
}

/// Which literals go where.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) whole: Vec<u32>,
    pub(super) begin: Vec<u32>,
    pub(super) end: Vec<u32>,
    /// At the begin or anywhere, and long enough for a gram.
    pub(super) long: Vec<u32>,
    pub(super) short_grams: Vec<u32>,
}

impl Sorted {
    pub(super) fn of<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Self {
        let mut sorted = Self::default();
        for (at, pattern) in patterns.enumerate() {
            let is_long = pattern.literal.len() >= GRAM;
            let place = match pattern.op {
                TextOp::Eq => &mut sorted.whole,
                TextOp::Suffix => &mut sorted.end,
                TextOp::Prefix | TextOp::Under if !is_long => &mut sorted.begin,
                TextOp::Contains if !is_long => &mut sorted.short_grams,
                _ => &mut sorted.long,
            };
            place.push(at as u32);
        }
        sorted
    }
}

impl Texts {
    /// Of literals, each with its targets.
    pub(in super::super) fn new(mut wanted: Vec<(Pattern, u32)>) -> Self {
        wanted.sort();
        let mut patterns: Vec<Pattern> = Vec::new();
        let (mut literals, mut bytes): (Vec<Literal>, Vec<u8>) = Default::default();
        let mut targets: Vec<u32> = Vec::new();
        for (pattern, target) in wanted {
            match literals.last_mut() {
                Some(last) if patterns.last() == Some(&pattern) => last.count += 1,
                _ => {
                    literals.push(Literal {
                        op: pattern.op,
                        fold: pattern.fold,
                        begin: bytes.len() as u32,
                        length: pattern.literal.len() as u32,
                        from: targets.len() as u32,
                        count: 1,
                    });
                    bytes.extend_from_slice(&pattern.literal);
                    patterns.push(pattern);
                }
            }
            targets.push(target);
        }
        let sorted = Sorted::of(patterns.iter());
        let literal = |at: &u32| (&*patterns[*at as usize].literal, *at);
        let whole = sorted.whole.iter().map(literal);
        let whole = (!sorted.whole.is_empty())
            .then(|| Table::new(whole.map(|(bytes, at)| (Ends::of(bytes).whole(bytes.len()), at))));
        let of = |of: &[u32]| -> Vec<(Pattern, u32)> {
            let one = |at: &u32| (patterns[*at as usize].clone(), *at);
            of.iter().map(one).collect()
        };
        let (marked, others) = Marked::new(&of(&sorted.long));
        let anywhere = |(pattern, _): &(Pattern, u32)| pattern.op == TextOp::Contains;
        let (grams, begin): (Vec<_>, Vec<_>) = others.into_iter().partition(anywhere);
        let mut begin: Vec<u32> = begin.into_iter().map(|(_, literal)| literal).collect();
        begin.extend(sorted.begin);
        Self {
            whole,
            begin: Edges::begin(begin.iter().map(literal)),
            end: Edges::end(sorted.end.iter().map(literal)),
            marked,
            grams: Grams::new(&grams),
            short_grams: Grams::new(&of(&sorted.short_grams)),
            literals: literals.into(),
            bytes: bytes.into(),
            targets: targets.into(),
        }
    }

    /// Marks the targets that have a literal which the string passes, and no others. `false` if the budget did not
    /// suffice, and not all are marked.
    pub(super) fn find(&self, text: &[u8], ends: Ends, found: &mut Found<'_>) -> bool {
        let mut one = |literal| self.compare(literal, text, found);
        if let Some(whole) = &self.whole {
            let key = ends.whole(text.len());
            if whole.may_have(key) && !whole.get(key).iter().all(|literal| one(*literal)) {
                return false;
            }
        }
        self.begin.each(ends.first, text.len(), &mut one)
            && self.end.each(ends.last, text.len(), &mut one)
            && self.marked(text, ends, found)
            && self.grams(self.grams.as_ref(), text, ends, found)
            && self.grams(self.short_grams.as_ref(), text, ends, found)
    }

    /// Whether the string passes any of the literals, if their target is 0.
    #[cfg_attr(
        target_family = "wasm",
        expect(dead_code, reason = "generated code needs it")
    )]
    pub(in super::super) fn has_any(&self, text: &[u8]) -> bool {
        let mut candidates = [0];
        let mut found = Found {
            candidates: &mut candidates,
            budget: u32::MAX,
        };
        self.find(text, Ends::of(text), &mut found);
        candidates != [0]
    }

    #[inline(always)]
    fn marked(&self, text: &[u8], ends: Ends, found: &mut Found<'_>) -> bool {
        let Some(marked) = &self.marked else {
            return true;
        };
        marked.scan(text, ends, |at, uses| self.each(uses, at, text, found))
    }

    #[inline(always)]
    fn grams<const WIDTH: usize>(
        &self,
        grams: Option<&Grams<WIDTH>>,
        text: &[u8],
        ends: Ends,
        found: &mut Found<'_>,
    ) -> bool {
        let Some(grams) = grams else { return true };
        grams.scan(text, ends.last, |at, uses| self.each(uses, at, text, found))
    }

    /// Compares what is around a place of the string with the literals that may be there.
    #[inline(never)]
    fn each(&self, uses: &[Use], at: usize, text: &[u8], found: &mut Found<'_>) -> bool {
        uses.iter().all(|gram| {
            let begin = at.wrapping_sub(gram.offset as usize);
            let literal = &self.literals[gram.literal as usize];
            match literal.op {
                // Only these may begin anywhere.
                TextOp::Contains => {
                    let rest = text.get(begin..).unwrap_or_default();
                    let there = &rest[..rest.len().min(literal.length as usize)];
                    self.compare_as(TextOp::Eq, literal, there, found)
                }
                _ => begin != 0 || self.compare_as(literal.op, literal, text, found),
            }
        })
    }

    /// Compares the string with a literal; `false` if that is one comparison too many.
    #[inline(never)]
    fn compare(&self, literal: u32, text: &[u8], found: &mut Found<'_>) -> bool {
        let literal = &self.literals[literal as usize];
        self.compare_as(literal.op, literal, text, found)
    }

    #[inline]
    fn compare_as(
        &self,
        op: TextOp,
        literal: &Literal,
        text: &[u8],
        found: &mut Found<'_>,
    ) -> bool {
        if found.budget == 0 {
            return false;
        }
        found.budget -= 1;
        if interpreter::text(op, text, self.bytes(literal), literal.fold) {
            let targets = &self.targets[literal.from as usize..][..literal.count as usize];
            targets.iter().for_each(|target| found.insert(*target));
        }
        true
    }

    #[inline]
    fn bytes(&self, literal: &Literal) -> &[u8] {
        &self.bytes[literal.begin as usize..][..literal.length as usize]
    }

    /// How many literals there are.
    pub(super) fn len(&self) -> usize {
        self.literals.len()
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        let marked = self.marked.as_ref().map_or(0, Marked::size);
        let grams = self.grams.as_ref().map_or(0, Grams::size);
        let short_grams = self.short_grams.as_ref().map_or(0, Grams::size);
        let whole = self.whole.as_ref().map_or(0, Table::size);
        let own = size_of_val(&*self.literals) + self.bytes.len() + size_of_val(&*self.targets);
        own + whole + marked + grams + short_grams + self.begin.size() + self.end.size()
    }
}

/// The lowest bytes of a word as a key.
#[inline(always)]
pub(super) fn key<const WIDTH: usize>(word: u64) -> u64 {
    let unused = 64 - 8 * WIDTH as u32;
    lower(word) << unused >> unused
}

/// Letters in lower case; of other bytes some are taken as equal as well.
pub(super) fn lower(word: u64) -> u64 {
    word | 0x2020_2020_2020_2020
}

/// The two ends of a string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// The first bytes, up to 8, from the lowest; zeros behind them.
    pub(super) first: u64,
    /// The last bytes, up to 8, the last one highest; zeros before them.
    pub(super) last: u64,
}

impl Ends {
    #[inline(always)]
    pub(super) fn of(text: &[u8]) -> Self {
        match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => Self {
                first: u64::from_le_bytes(*first),
                last: u64::from_le_bytes(*last),
            },
            _ => {
                let word = short_word(text);
                let unused = 64 - 8 * text.len() as u32;
                Self {
                    first: word,
                    last: word.checked_shl(unused).unwrap_or_default(),
                }
            }
        }
    }

    /// Of the first `length` of these bytes: without a branch, as names of tasks are short and long at
    /// random.
    #[inline(always)]
    pub(super) fn of_name(bytes: &[u8; 16], length: usize) -> Self {
        let unused = 128 - 8 * length as u32;
        let aligned = u128::from_le_bytes(*bytes)
            .checked_shl(unused)
            .unwrap_or_default();
        let name = aligned.checked_shr(unused).unwrap_or_default();
        Self {
            first: name as u64,
            last: (aligned >> 64) as u64,
        }
    }

    /// The bytes of a string of at most 16, from the lowest.
    #[inline(always)]
    pub(super) fn both(self, length: usize) -> u128 {
        let last = match length {
            8.. => u128::from(self.last) << (8 * (length - 8)),
            _ => 0,
        };
        u128::from(self.first) | last
    }

    /// What two equal strings have in common, and few others.
    #[inline(always)]
    fn whole(self, length: usize) -> u64 {
        let (first, last) = (lower(self.first), lower(self.last));
        first.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ last.rotate_left(23) ^ length as u64
    }
}

/// Less than 8 bytes, from the lowest.
fn short_word(text: &[u8]) -> u64 {
    let wide = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        // They overlap, in the same bytes.
        (Some(first), Some(last)) => wide(first) | wide(last) << (8 * (text.len() - 4)),
        _ => text
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}
