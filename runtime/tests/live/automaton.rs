//! A small Aho–Corasick builder, written for these tests from abi.h alone: if the compiler's and the
//! kernel's idea of the format went wrong together, this one would differ.

use std::collections::{BTreeMap, BTreeSet};

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{self, Automaton, Output};

/// What a string must be like.
#[derive(Clone, Copy)]
pub(crate) enum Pattern {
    Equal(&'static [u8]),
    Prefix(&'static [u8]),
    Suffix(&'static [u8]),
    Contains(&'static [u8]),
}

/// A byte's class, or a mark.
type Symbol = usize;

/// Appends an automaton in which pattern `i` satisfies the first need of selector `i`; no selector
/// has a second need.
pub(crate) fn automaton(tables: &mut FilterTables, patterns: &[Pattern]) {
    let mut classes = [0u8; abi::BYTE_CLASSES];
    let bytes: BTreeSet<u8> = patterns.iter().flat_map(|p| text(p)).copied().collect();
    for (class, byte) in bytes.iter().enumerate() {
        classes[usize::from(*byte)] = class as u8 + 1;
    }
    // Class 0: every other byte. Then the end mark, then (never fed by the kernel) the begin mark.
    let (end, begin) = (bytes.len() + 1, bytes.len() + 2);

    // The trie; node 0 is the root.
    let mut nodes: Vec<BTreeMap<Symbol, usize>> = vec![BTreeMap::new()];
    let mut yields: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
    for (selector, pattern) in patterns.iter().enumerate() {
        let mut word: Vec<Symbol> = Vec::new();
        if matches!(pattern, Pattern::Equal(_) | Pattern::Prefix(_)) {
            word.push(begin);
        }
        word.extend(
            text(pattern)
                .iter()
                .map(|b| usize::from(classes[usize::from(*b)])),
        );
        if matches!(pattern, Pattern::Equal(_) | Pattern::Suffix(_)) {
            word.push(end);
        }
        let mut node = 0;
        for symbol in word {
            node = match nodes[node].get(&symbol) {
                Some(&next) => next,
                None => {
                    nodes.push(BTreeMap::new());
                    yields.push(BTreeSet::new());
                    let next = nodes.len() - 1;
                    nodes[node].insert(symbol, next);
                    next
                }
            };
        }
        yields[node].insert(selector);
    }

    // Failure links, breadth first, make it a goto table.
    let mut goto = vec![vec![0usize; begin + 1]; nodes.len()];
    let mut fails = vec![0usize; nodes.len()];
    let mut queue = std::collections::VecDeque::from([0]);
    while let Some(node) = queue.pop_front() {
        // Where a failure leads is nearer to the root: its row is complete.
        let mut row = match node {
            0 => vec![0; begin + 1],
            node => goto[fails[node]].clone(),
        };
        for (&symbol, &next) in &nodes[node] {
            fails[next] = row[symbol];
            let inherited = yields[row[symbol]].clone();
            yields[next].extend(inherited);
            row[symbol] = next;
            queue.push_back(next);
        }
        goto[node] = row;
    }

    // Numbers: 0 is dead, nodes that yield come last. The root is dead if nothing can begin later.
    let anchored = nodes[0].keys().all(|symbol| *symbol == begin);
    let order = (0..nodes.len()).filter(|node| yields[*node].is_empty());
    let order: Vec<usize> = order
        .chain((0..nodes.len()).filter(|node| !yields[*node].is_empty()))
        .collect();
    let mut numbers = vec![0u16; nodes.len()];
    let mut next = 1;
    for &node in &order {
        if !(node == 0 && anchored) {
            numbers[node] = next;
            next += 1;
        }
    }
    let width = (end + 1).next_power_of_two();
    let base = tables.transitions.len();
    tables
        .transitions
        .resize(base + usize::from(next) * width, 0);
    for &node in &order {
        if numbers[node] == 0 {
            continue;
        }
        for symbol in 0..=end {
            let at = base + usize::from(numbers[node]) * width + symbol;
            tables.transitions[at] = numbers[goto[node][symbol]];
        }
    }

    let output_base = tables.outputs.len() as u32;
    let yielding: Vec<_> = order
        .iter()
        .filter(|node| !yields[**node].is_empty())
        .collect();
    for &&node in &yielding {
        let mut output = Output::default();
        for &selector in &yields[node] {
            output.satisfies[0][selector / 64] |= 1 << (selector % 64);
        }
        tables.outputs.push(output);
    }
    tables.automata.push(Automaton {
        base: base as u32,
        shift: width.trailing_zeros(),
        start: numbers[goto[0][begin]].into(),
        first_output: u32::from(next) - yielding.len() as u32,
        output_base,
        end_class: end as u32,
        initial: [[0; abi::SELECTOR_WORDS], [u64::MAX; abi::SELECTOR_WORDS]],
        classes,
    });
}

fn text(pattern: &Pattern) -> &'static [u8] {
    match pattern {
        Pattern::Equal(text)
        | Pattern::Prefix(text)
        | Pattern::Suffix(text)
        | Pattern::Contains(text) => text,
    }
}
