//! One automaton per string field: Aho–Corasick over bytes with a begin and an end mark, for all
//! patterns of all selectors at once.
//!
//! Patterns that ignore case and those that don't make a trie each, the first over lower-cased
//! bytes; a state of the automaton is a pair of their states. Only reachable pairs are made, which
//! in practice is about as many as both tries have together, so ignoring case costs no exactness.

#[cfg(test)]
mod tests;
mod trie;

use std::collections::{HashMap, VecDeque};

use tracee_ebpf::abi::{self, Selectors};
use tracee_lang::hir::TextOp;

use self::trie::{BEGIN, END, Symbol, Trie};
use super::set_bit;
use crate::plan::Pattern;

/// What one selector asks of the field.
#[derive(Debug, Clone)]
pub(super) struct TextTest<'a> {
    /// The selector's bit.
    pub(super) selector: usize,
    /// Which of its needs it is (0 or 1); `None` if the patterns are refused.
    pub(super) need: Option<usize>,
    pub(super) any: &'a [Pattern],
}

/// An automaton apart from where it lies in the maps.
#[derive(Debug)]
pub(super) struct Built {
    /// Without `base` and `output_base`.
    pub(super) header: abi::Automaton,
    /// A row of `1 << shift` for each state.
    pub(super) transitions: Vec<u16>,
    /// One for each state from `first_output` on.
    pub(super) outputs: Vec<abi::Output>,
}

/// The automaton would need more than [`abi::MAX_TRANSITIONS`] transitions or 65,536 states.
#[derive(Debug)]
pub(super) struct TooLarge;

/// Builds the automaton for all tests on one field of one event.
pub(super) fn build(tests: &[TextTest<'_>]) -> Result<Built, TooLarge> {
    let mut exact = Trie::default();
    let mut folded = Trie::default();
    for (index, test) in tests.iter().enumerate() {
        for pattern in test.any {
            let fold = pattern.fold && pattern.literal.iter().any(u8::is_ascii_alphabetic);
            let trie = if fold { &mut folded } else { &mut exact };
            for symbols in spelled(pattern, fold) {
                trie.insert(&symbols, index);
            }
        }
    }
    exact.link();
    folded.link();
    let classes = Classes::new(&exact, &folded);
    let states = reach(&exact, &folded, &classes)?;
    Ok(number(&states, &classes, tests))
}

/// The symbols of a pattern, in lower case if so; what is under a path takes two sequences.
fn spelled(pattern: &Pattern, fold: bool) -> impl Iterator<Item = Vec<Symbol>> {
    let slash = Symbol::from(b'/');
    // The empty string is at the begin of every string, and so is found before any byte.
    let empty = pattern.literal.is_empty();
    let root = *pattern.literal == *b"/";
    let (begins, ends) = match pattern.op {
        TextOp::Eq => (true, vec![Some(END)]),
        TextOp::Suffix if !empty => (false, vec![Some(END)]),
        TextOp::Contains if !empty => (false, vec![None]),
        TextOp::Under if !root => (true, vec![Some(END), Some(slash)]),
        TextOp::Prefix | TextOp::Suffix | TextOp::Contains | TextOp::Under => (true, vec![None]),
    };
    ends.into_iter().map(move |end| {
        let bytes = pattern.literal.iter().map(|byte| {
            Symbol::from(if fold {
                byte.to_ascii_lowercase()
            } else {
                *byte
            })
        });
        let begin = begins.then_some(BEGIN);
        begin.into_iter().chain(bytes).chain(end).collect()
    })
}

/// Bytes that no pattern tells apart are one class.
struct Classes {
    of: [u8; abi::BYTE_CLASSES],
    /// A byte of each class.
    bytes: Vec<u8>,
}

impl Classes {
    fn new(exact: &Trie, folded: &Trie) -> Self {
        let (exact, folded) = (exact.bytes(), folded.bytes());
        let mut numbers: HashMap<(Option<u8>, Option<u8>), u8> = HashMap::new();
        let mut classes = Self {
            of: [0; abi::BYTE_CLASSES],
            bytes: Vec::new(),
        };
        for byte in 0..=u8::MAX {
            let lower = byte.to_ascii_lowercase();
            let told_apart = (
                Some(byte).filter(|&byte| exact[usize::from(byte)]),
                Some(lower).filter(|&lower| folded[usize::from(lower)]),
            );
            let class = *numbers.entry(told_apart).or_insert_with(|| {
                classes.bytes.push(byte);
                // At most 256 classes, one a byte, so that the last has number 255.
                u8::try_from(classes.bytes.len() - 1).unwrap_or(u8::MAX)
            });
            classes.of[usize::from(byte)] = class;
        }
        classes
    }

    /// The end mark's column, after those of the classes.
    fn end(&self) -> usize {
        self.bytes.len()
    }

    fn shift(&self) -> u32 {
        (self.end() + 1).next_power_of_two().trailing_zeros()
    }
}

/// A reachable pair of trie states.
struct State {
    /// Indices of the tests that have a match here.
    found: Vec<usize>,
    /// By class, then the end mark; empty after the end mark.
    next: Vec<usize>,
    /// Whether a match may follow.
    alive: bool,
}

/// All pairs reachable from the begin mark, which is the first.
fn reach(exact: &Trie, folded: &Trie, classes: &Classes) -> Result<Vec<State>, TooLarge> {
    let begin = (exact.step(0, BEGIN), folded.step(0, BEGIN), false);
    let mut numbers = HashMap::from([(begin, 0)]);
    let mut queue = VecDeque::from([begin]);
    let mut states: Vec<State> = Vec::new();
    let room = (abi::MAX_TRANSITIONS >> classes.shift()).min(usize::from(u16::MAX));
    while let Some((in_exact, in_folded, ended)) = queue.pop_front() {
        let mut found = [exact.found(in_exact), folded.found(in_folded)].concat();
        found.sort_unstable();
        found.dedup();
        let mut next = Vec::new();
        let mut go = |pair| {
            let number = numbers.len();
            next.push(*numbers.entry(pair).or_insert_with(|| {
                queue.push_back(pair);
                number
            }));
        };
        if !ended {
            for &byte in &classes.bytes {
                let lower = Symbol::from(byte.to_ascii_lowercase());
                go((
                    exact.step(in_exact, Symbol::from(byte)),
                    folded.step(in_folded, lower),
                    false,
                ));
            }
            go((exact.step(in_exact, END), folded.step(in_folded, END), true));
        }
        states.push(State {
            found,
            next,
            alive: false,
        });
        // The dead state takes a row, but so does nothing that turns out dead: leave room for it.
        if states.len() > 2 * room {
            return Err(TooLarge);
        }
    }
    revive(&mut states);
    let rows = 1 + states.iter().filter(|state| state.is_needed()).count();
    if rows > room {
        Err(TooLarge)
    } else {
        Ok(states)
    }
}

/// Marks the states from which a match can follow.
fn revive(states: &mut [State]) {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); states.len()];
    for (number, state) in states.iter().enumerate() {
        for &next in &state.next {
            before[next].push(number);
        }
    }
    let mut queue: Vec<usize> = (0..states.len())
        .filter(|&number| !states[number].found.is_empty())
        .collect();
    while let Some(number) = queue.pop() {
        for &from in &before[number] {
            if !states[from].alive {
                states[from].alive = true;
                queue.push(from);
            }
        }
    }
}

impl State {
    fn is_needed(&self) -> bool {
        self.alive || !self.found.is_empty()
    }
}

/// Numbers the states: 0 is dead, those with outputs come last.
fn number(states: &[State], classes: &Classes, tests: &[TextTest<'_>]) -> Built {
    let silent = (0..states.len()).filter(|&at| states[at].alive && states[at].found.is_empty());
    let mut order: Vec<usize> = silent.collect();
    let first_output = order.len() + 1;
    order.extend((0..states.len()).filter(|&at| !states[at].found.is_empty()));
    let mut numbers = vec![0u16; states.len()];
    for (number, &at) in (1u16..).zip(&order) {
        numbers[at] = number;
    }

    let shift = classes.shift();
    let mut transitions = vec![0u16; (order.len() + 1) << shift];
    for &at in &order {
        let row = usize::from(numbers[at]) << shift;
        for (class, &next) in states[at].next.iter().enumerate() {
            transitions[row + class] = numbers[next];
        }
    }
    let outputs = order[first_output - 1..]
        .iter()
        .map(|&at| output(&states[at].found, tests));
    let header = abi::Automaton {
        base: 0,
        shift,
        start: u32::from(numbers[0]),
        first_output: u32::try_from(first_output).unwrap_or(u32::MAX),
        output_base: 0,
        end_class: u32::try_from(classes.end()).unwrap_or(u32::MAX),
        initial: initial(tests),
        classes: classes.of,
    };
    Built {
        header,
        outputs: outputs.collect(),
        transitions,
    }
}

/// What it means that these tests have a match.
fn output(found: &[usize], tests: &[TextTest<'_>]) -> abi::Output {
    let mut output = abi::Output::default();
    for &index in found {
        let test = &tests[index];
        match test.need {
            Some(need) => set_bit(&mut output.satisfies[need], test.selector),
            None => set_bit(&mut output.denies, test.selector),
        }
    }
    output
}

/// Selectors that need fewer than two things have the rest from the start.
fn initial(tests: &[TextTest<'_>]) -> [Selectors; 2] {
    let mut initial = [Selectors::default(); 2];
    for (need, satisfied) in initial.iter_mut().enumerate() {
        for test in tests {
            let needed =
                |other: &TextTest<'_>| other.selector == test.selector && other.need == Some(need);
            if !tests.iter().any(needed) {
                set_bit(satisfied, test.selector);
            }
        }
    }
    initial
}
