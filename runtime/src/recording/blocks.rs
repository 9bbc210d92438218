//! A file read in large blocks, so that records can be looked at where they are.

use std::io::{self, Read};

use zerocopy::IntoBytes;

use crate::record::MAX_RECORD;

/// Bytes of a block: some records.
const BLOCK: usize = 4 * MAX_RECORD.next_power_of_two();

/// Bytes that are read at once: they are looked at while a processor's cache has them.
const PIECE: usize = 128 * 1024;

/// What is read begins at a multiple of 8, as long as multiples of 8 are taken.
pub(super) struct Blocks {
    input: Box<dyn Read>,
    words: Box<[u64]>,
    /// Where in the block the bytes are that were read and not taken.
    begin: usize,
    end: usize,
}

impl Blocks {
    pub(super) fn new(input: Box<dyn Read>) -> Self {
        Self {
            input,
            words: vec![0; BLOCK / 8].into(),
            begin: 0,
            end: 0,
        }
    }

    /// Sees to it that so many bytes can be looked at, at most [`MAX_RECORD`]; fewer at the end of the file.
    #[inline]
    pub(super) fn need(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.end - self.begin < count {
            self.read(count)?;
        }
        let there = count.min(self.end - self.begin);
        Ok(&self.words.as_bytes()[self.begin..self.begin + there])
    }

    #[cold]
    fn read(&mut self, count: usize) -> io::Result<()> {
        let block = self.words.as_mut_bytes();
        block.copy_within(self.begin..self.end, 0);
        (self.begin, self.end) = (0, self.end - self.begin);
        while self.end < count {
            let until = block.len().min(self.end + PIECE);
            match self.input.read(&mut block[self.end..until]) {
                Ok(0) => break,
                Ok(bytes) => self.end += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes so many bytes, of those that can be looked at.
    pub(super) fn take(&mut self, count: usize) -> &mut [u8] {
        let begin = self.begin;
        self.begin = self.end.min(begin + count);
        &mut self.words.as_mut_bytes()[begin..self.begin]
    }
}
