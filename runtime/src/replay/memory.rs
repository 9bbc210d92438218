//! Objects that come again and again, with the text that they were read from: a container of a thousand events is read
//! once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::line::Shared;
use super::scan::Scanner;

/// Objects that are kept; one more, and they are read again.
const MAX_OBJECTS: usize = 1_024;
/// The longest text of one.
const MAX_TEXT: usize = 4_096;
/// Processes whose last one is at hand.
const PROCESSES: usize = 1_024;

/// An object and its text.
type Last<T> = (Box<[u8]>, Shared<T>);

/// The objects.
#[derive(Debug)]
pub(super) struct Memory<T> {
    by_text: HashMap<Box<[u8]>, Shared<T>, RandomState>,
    /// By the end of the process's number.
    last: Vec<Option<Last<T>>>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            by_text: HashMap::default(),
            last: (0..PROCESSES).map(|_| None).collect(),
        }
    }
}

impl<T> Memory<T> {
    /// Takes the object that is next, which an event of that process has. `read` is asked if its text is new.
    pub(super) fn read(
        &mut self,
        scanner: &mut Scanner<'_>,
        process: u32,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Shared<T>> {
        let last = &mut self.last[process as usize % PROCESSES];
        // An object ends where it ends, whatever follows.
        if let Some((text, object)) = last
            && scanner.take_text(text)
        {
            return Some(object.clone());
        }
        let text = scanner.skip_text()?;
        // Serde takes a list, too.
        if !text.starts_with('{') {
            return None;
        }
        let bytes = text.as_bytes();
        let object = match self.by_text.get(bytes) {
            Some(object) => object.clone(),
            None => {
                let object = Shared::new(read(text)?);
                if bytes.len() > MAX_TEXT {
                    return Some(object);
                }
                if self.by_text.len() >= MAX_OBJECTS {
                    self.by_text.clear();
                }
                self.by_text.insert(bytes.into(), object.clone());
                object
            }
        };
        *last = Some((bytes.into(), object.clone()));
        Some(object)
    }
}
