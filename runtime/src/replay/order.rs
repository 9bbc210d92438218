//! The order in which the keys of objects came last: what a scanner expects.

/// Names whose successors are remembered.
const MAX_NAMES: usize = 128;

/// What comes next, if it is as before.
pub(super) struct Expected<'o, K> {
    /// All between the values.
    pub(super) between: &'o [u8],
    /// Where in that the name is.
    pub(super) name_at: usize,
    pub(super) name_length: usize,
    /// What it means.
    pub(super) key: K,
    /// Which it is.
    pub(super) next: usize,
}

/// The keys of one kind of object: what follows what.
#[derive(Debug)]
pub(super) struct Order<K> {
    /// Of each name that came, what it means, and what came after it the last time; the first is the object's begin.
    names: Vec<Name<K>>,
}

#[derive(Debug)]
struct Name<K> {
    name: Box<str>,
    key: K,
    /// All between the value of this and that of the next: `,"pid":`. Nothing is expected if it is empty.
    between: Vec<u8>,
    /// Where in that the next one's name begins.
    name_at: usize,
    /// Which it is.
    next: usize,
}

impl<K: Copy> Order<K> {
    /// `begin` is what the begin of an object means; nobody is told.
    pub(super) fn new(begin: K) -> Self {
        let mut order = Self { names: Vec::new() };
        order.add("", begin);
        order
    }

    fn add(&mut self, name: &str, key: K) {
        self.names.push(Name {
            name: name.into(),
            key,
            between: Vec::new(),
            name_at: 0,
            next: 0,
        });
    }

    /// Which name it is, and what it means. There is no place for too many.
    pub(super) fn find(
        &mut self,
        name: &str,
        meaning: impl FnOnce(&str) -> K,
    ) -> (Option<usize>, K) {
        let known = self.names.iter().skip(1);
        if let Some(at) = known.into_iter().position(|known| *known.name == *name) {
            return (Some(at + 1), self.names[at + 1].key);
        }
        let key = meaning(name);
        if self.names.len() > MAX_NAMES {
            return (None, key);
        }
        self.add(name, key);
        (Some(self.names.len() - 1), key)
    }

    /// What comes after a name.
    pub(super) fn expected(&self, after: usize) -> Option<Expected<'_, K>> {
        let after = &self.names[after];
        let next = &self.names[after.next];
        (!after.between.is_empty()).then_some(Expected {
            between: &after.between,
            name_at: after.name_at,
            name_length: next.name.len(),
            key: next.key,
            next: after.next,
        })
    }

    /// What came after a name comes after it again.
    pub(super) fn expect(&mut self, after: usize, between: &[u8], name_at: usize, next: usize) {
        let after = &mut self.names[after];
        after.between.clear();
        after.between.extend_from_slice(between);
        (after.name_at, after.next) = (name_at, next);
    }
}
