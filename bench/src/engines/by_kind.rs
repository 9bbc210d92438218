//! Rules that an engine compiled, by the kind of event that they are on.

use super::Match;
#[cfg(feature = "peers")]
use crate::workload::Event;
use crate::workload::{KINDS, Rule};

pub(super) struct ByKind<R>(Vec<Vec<(u32, R)>>);

impl<R> ByKind<R> {
    /// Compiles every rule from its text.
    pub(super) fn compile<T, E>(
        rules: &[Rule],
        texts: &[T],
        mut compile: impl FnMut(&T) -> Result<R, E>,
    ) -> Result<Self, E> {
        let mut kinds: Vec<Vec<(u32, R)>> = KINDS.iter().map(|_| Vec::new()).collect();
        for (at, (rule, text)) in rules.iter().zip(texts).enumerate() {
            kinds[rule.kind].push((at as u32, compile(text)?));
        }
        Ok(Self(kinds))
    }

    /// Asks each rule of the event's kind.
    pub(super) fn each(
        &mut self,
        at: usize,
        kind: usize,
        found: &mut Vec<Match>,
        mut holds: impl FnMut(&mut R) -> bool,
    ) {
        for (number, rule) in &mut self.0[kind] {
            if holds(rule) {
                found.push((at as u32, *number));
            }
        }
    }
}

#[cfg(feature = "peers")]
/// What of an event has a value: texts that its kind does not have are left out.
pub(super) fn texts(event: &Event) -> impl Iterator<Item = (&'static str, &str)> {
    let path = KINDS[event.kind]
        .path
        .then_some(("path", event.path.as_str()));
    let address = KINDS[event.kind]
        .address
        .then_some(("address", event.address.as_str()));
    path.into_iter().chain(address).chain([
        ("comm", event.comm.as_str()),
        ("container", event.container.unwrap_or_default()),
    ])
}
