//! Modules that the kernel has and /proc/modules does not tell of.
//!
//! A module that hides takes itself out of the list that /proc/modules and lsmod are made from, and maybe out of
//! /sys/module. What the kernel finds the owner of an address by, `mod_tree`, it can hardly leave: a fault in
//! its code would be the kernel's end. All three are walked. Modules that come or go are somewhere between them for
//! a moment, so only what is hidden twice in a row is told.

use std::collections::{BTreeMap, BTreeSet};

use super::memory::{Found, Memory, Step};
use super::symbols::Symbols;

/// What the kernel tells of its modules. One that takes none has no such file.
pub(super) const TOLD: &str = "/proc/modules";

/// The heads of the three.
pub(super) const LIST: &str = "modules";
pub(super) const SET: &str = "module_kset";
pub(super) const TREE: &str = "mod_tree";

/// More modules than any kernel has: who walks in circles ends here.
const MANY: usize = 4096;

/// A module that hides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hidden {
    /// Of its `struct module`.
    pub(super) address: u64,
    pub(super) name: String,
    pub(super) source: String,
}

/// What was hidden when it was last looked.
#[derive(Debug, Default)]
pub(super) struct Seeker {
    before: BTreeSet<Hidden>,
}

impl Seeker {
    /// Modules that were hidden before and are now; and whether others are, which should be looked for again.
    pub(super) fn seek(
        &mut self,
        symbols: &Symbols,
        memory: &mut Memory<'_>,
    ) -> Result<(Vec<Hidden>, bool), String> {
        let told = told()?;
        let there = walk(symbols, memory)?;
        let hidden = hidden(&told, there);
        let stay = hidden
            .intersection(&self.before)
            .cloned()
            .collect::<Vec<_>>();
        let again = stay.len() < hidden.len();
        self.before = hidden;
        Ok((stay, again))
    }
}

fn hidden(told: &BTreeSet<String>, there: BTreeMap<u64, Hidden>) -> BTreeSet<Hidden> {
    let there = there.into_values();
    there
        .filter(|module| !told.contains(&module.name))
        .collect()
}

/// The names in /proc/modules.
fn told() -> Result<BTreeSet<String>, String> {
    let text =
        std::fs::read_to_string(TOLD).map_err(|err| format!("{TOLD} can't be read: {err}"))?;
    let names = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}

/// Every module that one of the three ways leads to, by its address.
fn walk(symbols: &Symbols, memory: &mut Memory<'_>) -> Result<BTreeMap<u64, Hidden>, String> {
    let mut found = BTreeMap::new();
    let mut keep = |module: &Found| {
        if module.address != 0 {
            found.entry(module.address).or_insert_with(|| Hidden {
                address: module.address,
                name: module.name(),
                source: module.source(),
            });
        }
    };
    let named = |name: &'static str| {
        let symbol = symbols.named(name).map(|symbol| symbol.address);
        symbol.ok_or_else(|| format!("/proc/kallsyms has no symbol {name}"))
    };
    let head = named(LIST)?;
    list(memory, Step::List, head, &mut keep)?;
    let set = memory.words(named(SET)?, 1)?;
    let set = set.first().copied().unwrap_or_default();
    let head = memory.step(Step::Set, set)?.next;
    list(memory, Step::Object, head, &mut keep)?;
    let root = memory.step(Step::Tree, named(TREE)?)?.left;
    let mut nodes = vec![root];
    for _ in 0..MANY {
        let Some(node) = nodes.pop() else { break };
        if node != 0 {
            let node = memory.step(Step::Node, node)?;
            keep(&node);
            nodes.extend([node.left, node.right]);
        }
    }
    Ok(found)
}

/// Goes round a list from its head.
fn list(
    memory: &mut Memory<'_>,
    step: Step,
    head: u64,
    keep: &mut dyn FnMut(&Found),
) -> Result<(), String> {
    // The head is in no module.
    let first = memory.words(head, 1)?;
    let mut at = first.first().copied().unwrap_or(head);
    for _ in 0..MANY {
        if at == head || at == 0 {
            break;
        }
        let found = memory.step(step, at)?;
        keep(&found);
        at = found.next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_is_who_is_there_and_not_told_of() {
        let module = |address, name: &str| {
            let (name, source) = (name.to_owned(), String::new());
            let module = Hidden {
                address,
                name,
                source,
            };
            (address, module)
        };
        let told = ["llc", "stp"].map(str::to_owned).into();
        let there = BTreeMap::from([module(1, "llc"), module(2, "rootkit")]);
        let hidden = hidden(&told, there);
        assert_eq!(
            hidden.into_iter().collect::<Vec<_>>(),
            [module(2, "rootkit").1]
        );
    }
}
