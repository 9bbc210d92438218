//! Equal lists of conditions are one list in memory. So a list takes its memory once however often it
//! is used, and what later passes find out about one they find out about all that are equal.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use crate::address::set::AddressSet;
use crate::hir::ExprKind;

/// The lists that there are.
#[derive(Debug, Default)]
pub(super) struct Lists {
    texts: HashSet<Arc<[Arc<[u8]>]>>,
    ranges: HashSet<Arc<[(i128, i128)]>>,
    addresses: HashSet<AddressSet>,
}

impl Lists {
    /// Lets an atom have the list that is equal to its own, if it has one. Returns its length.
    pub(super) fn share(&mut self, atom: &mut ExprKind) -> usize {
        match atom {
            ExprKind::Text { literals, .. } => {
                share(literals, &mut self.texts);
                literals.len()
            }
            ExprKind::InInts { ranges, .. } => {
                share(ranges, &mut self.ranges);
                ranges.len()
            }
            ExprKind::InAddresses { addresses, .. } => {
                share(addresses, &mut self.addresses);
                addresses.as_slice().len()
            }
            // The sets are shared themselves.
            ExprKind::Pattern { set, .. } => set.sources().len(),
            // `not in` and `!=` are not of one.
            ExprKind::Not(of) => self.share(&mut of.kind),
            _ => 0,
        }
    }
}

fn share<T: Clone + Eq + Hash>(list: &mut T, known: &mut HashSet<T>) {
    match known.get(list) {
        Some(same) => *list = same.clone(),
        None => {
            known.insert(list.clone());
        }
    }
}
