//! An Aho–Corasick trie over bytes and the two marks.

use std::collections::{BTreeMap, VecDeque};

use tracee_ebpf::abi;

/// A byte or a mark.
pub(super) type Symbol = u16;
/// The end mark, after the last byte.
pub(super) const END: Symbol = 256;
/// The begin mark, before the first byte.
pub(super) const BEGIN: Symbol = 257;

#[derive(Debug, Default)]
struct Node {
    children: BTreeMap<Symbol, usize>,
    /// The longest proper suffix that is in the trie.
    suffix: usize,
    /// Owners of the patterns that end here or at a suffix.
    found: Vec<usize>,
}

/// Patterns and their owners. Insert all, then [`Trie::link`], then step.
#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl Trie {
    pub(super) fn insert(&mut self, pattern: &[Symbol], owner: usize) {
        let mut at = 0;
        for &symbol in pattern {
            let fresh = self.nodes.len();
            let next = *self.nodes[at].children.entry(symbol).or_insert(fresh);
            if next == fresh {
                self.nodes.push(Node::default());
            }
            at = next;
        }
        self.nodes[at].found.push(owner);
    }

    /// Computes the suffix links, breadth first.
    pub(super) fn link(&mut self) {
        let mut queue = VecDeque::from([0]);
        while let Some(at) = queue.pop_front() {
            let children: Vec<_> = self.nodes[at]
                .children
                .iter()
                .map(|(&symbol, &child)| (symbol, child))
                .collect();
            for (symbol, child) in children {
                let suffix = if at == 0 {
                    0
                } else {
                    self.step(self.nodes[at].suffix, symbol)
                };
                let inherited = self.nodes[suffix].found.clone();
                let node = &mut self.nodes[child];
                node.suffix = suffix;
                node.found.extend(inherited);
                queue.push_back(child);
            }
        }
    }

    /// The state after `symbol`.
    pub(super) fn step(&self, mut at: usize, symbol: Symbol) -> usize {
        loop {
            if let Some(&next) = self.nodes[at].children.get(&symbol) {
                return next;
            }
            if at == 0 {
                return 0;
            }
            at = self.nodes[at].suffix;
        }
    }

    /// Owners of the patterns that have just been read; may repeat.
    pub(super) fn found(&self, at: usize) -> &[usize] {
        &self.nodes[at].found
    }

    /// Which bytes occur.
    pub(super) fn bytes(&self) -> [bool; abi::BYTE_CLASSES] {
        let mut bytes = [false; abi::BYTE_CLASSES];
        for symbol in self.nodes.iter().flat_map(|node| node.children.keys()) {
            if let Some(byte) = bytes.get_mut(usize::from(*symbol)) {
                *byte = true;
            }
        }
        bytes
    }
}
