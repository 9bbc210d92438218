//! Who calls whom. A function that calls itself, or a chain of calls that is too long, would overflow the
//! stack; a function that does not exist would be noticed when the first event comes.

use std::collections::{HashMap, HashSet};

use crate::syntax::{Named, Rule, Syntax};

/// The most rules and functions that may lead to each other in a row.
pub(crate) const MAX_CHAIN: usize = 48;

/// What can't be evaluated: the module's number, the place, and why.
pub(crate) type Refused = (usize, (usize, usize), String);

/// Looks through the modules that are evaluated together. `is_builtin` knows the functions that Rego has.
pub(crate) fn check(modules: &[Syntax], is_builtin: impl Fn(&str) -> bool) -> Result<(), Refused> {
    let mut graph = Graph::default();
    for (at, module) in modules.iter().enumerate() {
        for rule in &module.rules {
            graph
                .by_path
                .entry(&rule.path)
                .or_default()
                .push((at, rule));
        }
    }
    for (at, module) in modules.iter().enumerate() {
        for rule in &module.rules {
            for named in &rule.names {
                if named.is_call && graph.target(&named.path).is_none() && !is_builtin(&named.path)
                {
                    let name = named.path.strip_prefix("data.").unwrap_or(&named.path);
                    return Err((at, named.span, format!("there is no function `{name}`")));
                }
            }
        }
    }
    let mut paths: Vec<&str> = graph.by_path.keys().copied().collect();
    paths.sort_unstable();
    for path in paths {
        graph.chain(path)?;
    }
    Ok(())
}

/// Names, each with the number of the module that mentions it.
type Mentions<'m> = Vec<(usize, &'m Named)>;

#[derive(Default)]
struct Graph<'m> {
    /// All bodies of a name.
    by_path: HashMap<&'m str, Vec<(usize, &'m Rule)>>,
    /// How long the longest chain is that begins at a name.
    lengths: HashMap<&'m str, usize>,
}

impl<'m> Graph<'m> {
    /// The rule that a path leads to, or into.
    fn target(&self, path: &str) -> Option<&'m str> {
        let mut path = path;
        loop {
            if let Some((known, _)) = self.by_path.get_key_value(path) {
                return Some(known);
            }
            path = path.rsplit_once('.')?.0;
        }
    }

    /// Follows everything from a name. No recursion: chains are as long as their author likes.
    fn chain(&mut self, from: &'m str) -> Result<(), Refused> {
        let mut way: Vec<(&'m str, Mentions<'m>, usize)> = Vec::new();
        let mut on_way: HashSet<&str> = HashSet::new();
        let edges = |graph: &Self, path: &str| -> Mentions<'m> {
            let bodies = graph.by_path.get(path).into_iter().flatten();
            let names = bodies.flat_map(|(at, rule)| rule.names.iter().map(|named| (*at, named)));
            names.collect()
        };
        if self.lengths.contains_key(from) {
            return Ok(());
        }
        on_way.insert(from);
        way.push((from, edges(self, from), 1));
        while let Some((path, left, longest)) = way.last_mut() {
            let (path, longest_now) = (*path, *longest);
            let Some((at, named)) = left.pop() else {
                on_way.remove(path);
                way.pop();
                self.lengths.insert(path, longest_now);
                if let Some((_, _, longest)) = way.last_mut() {
                    *longest = (*longest).max(longest_now + 1);
                }
                self.refuse_length(path, longest_now)?;
                continue;
            };
            let Some(target) = self.target(&named.path) else {
                continue;
            };
            if on_way.contains(target) {
                let begin = way.iter().position(|(path, ..)| *path == target);
                let circle = &way[begin.unwrap_or(0)..];
                // That of rules is noticed when they are evaluated; a name may also be a variable's.
                if named.is_call && circle.iter().all(|(path, ..)| self.is_function(path)) {
                    let name = target.rsplit('.').next().unwrap_or(target);
                    let why = format!("function `{name}` calls itself, which Rego doesn't allow");
                    return Err((at, named.span, why));
                }
            } else if let Some(&known) = self.lengths.get(target) {
                if let Some((_, _, longest)) = way.last_mut() {
                    *longest = (*longest).max(known + 1);
                }
            } else {
                on_way.insert(target);
                way.push((target, edges(self, target), 1));
            }
        }
        Ok(())
    }

    fn is_function(&self, path: &str) -> bool {
        let mut bodies = self.by_path.get(path).into_iter().flatten();
        bodies.any(|(_, rule)| rule.is_function)
    }

    fn refuse_length(&self, path: &str, length: usize) -> Result<(), Refused> {
        if length <= MAX_CHAIN {
            return Ok(());
        }
        let Some((at, rule)) = self.by_path.get(path).and_then(|bodies| bodies.first()) else {
            return Ok(());
        };
        let name = path.rsplit('.').next().unwrap_or(path);
        let why = format!("`{name}` leads to more than {MAX_CHAIN} others in a row");
        Err((*at, rule.span, why))
    }
}
