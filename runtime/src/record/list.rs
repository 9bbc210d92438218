//! Lists of strings in a record's tail: each item a `u32` length, that many bytes, and zeros up to
//! a multiple of 4.

/// The items of a list.
#[derive(Debug, Clone)]
pub struct ListItems<'a> {
    rest: &'a [u8],
}

impl<'a> ListItems<'a> {
    pub(super) fn new(list: &'a [u8]) -> Self {
        Self { rest: list }
    }

    /// The next item, or `Err` if what is left is not an item.
    fn step(&mut self) -> Option<Result<&'a [u8], ()>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((length, after)) = self.rest.split_first_chunk::<4>() else {
            return Some(Err(()));
        };
        let length = u32::from_ne_bytes(*length) as usize;
        let Some((item, rest)) = length
            .checked_next_multiple_of(4)
            .and_then(|padded| after.split_at_checked(padded))
        else {
            return Some(Err(()));
        };
        self.rest = rest;
        Some(Ok(&item[..length]))
    }

    /// Whether the list consists of whole items.
    pub(super) fn well_formed(list: &[u8]) -> bool {
        let mut items = ListItems::new(list);
        loop {
            match items.step() {
                None => return true,
                Some(Ok(_)) => {}
                Some(Err(())) => return false,
            }
        }
    }
}

impl<'a> Iterator for ListItems<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        self.step().and_then(Result::ok)
    }
}

/// A list as records have it.
pub(crate) fn list_of<'v>(items: impl IntoIterator<Item = &'v [u8]>) -> Box<[u8]> {
    let mut list = Vec::new();
    items
        .into_iter()
        .for_each(|item| push_item(&mut list, item));
    list.into()
}

/// Appends an item to a list.
pub(super) fn push_item(list: &mut Vec<u8>, item: &[u8]) {
    list.extend_from_slice(&(item.len() as u32).to_ne_bytes());
    list.extend_from_slice(item);
    list.resize(list.len().next_multiple_of(4), 0);
}
