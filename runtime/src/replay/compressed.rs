//! Files that are packed with gzip or zstd, by their first bytes.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Unpacked bytes that are read at once.
const BUFFER: usize = 256 * 1024;
/// The largest window that a frame may ask for: what `zstd --ultra` makes at most without `--long`.
const MAX_WINDOW: u64 = 128 << 20;

/// The input unpacked, if it is packed.
///
/// # Errors
/// It can't be read.
pub(super) fn unpacked(mut input: Box<dyn BufRead>) -> io::Result<Box<dyn BufRead>> {
    let begin = input.fill_buf()?;
    Ok(match begin {
        [0x1f] | [0x1f, 0x8b, ..] => {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(input)))
        }
        [0x28] | [0x28, 0xb5, ..] => Box::new(BufReader::with_capacity(BUFFER, Zstd::new(input))),
        _ => input,
    })
}

/// Frames of zstd, one after the other, as `zstd` and `cat` make them. Checksums are compared.
struct Zstd {
    input: Box<dyn BufRead>,
    decoder: FrameDecoder,
    /// Within a frame.
    inside: bool,
}

impl Zstd {
    fn new(input: Box<dyn BufRead>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self {
            input,
            decoder,
            inside: false,
        }
    }

    /// Reads the header of the next frame; false at the end of the input.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.input).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(wrong(&error)),
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.inside = false;
        match (
            self.decoder.get_checksum_from_data(),
            self.decoder.get_calculated_checksum(),
        ) {
            (Some(told), Some(found)) if told != found => Err(wrong(&"a checksum is wrong")),
            _ => Ok(()),
        }
    }
}

impl Read for Zstd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside && !self.begin()? {
                return Ok(0);
            }
            self.inside = true;
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.input, one);
                decoded.map_err(|error| wrong(&error))?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.end()?;
        }
    }
}

fn wrong(error: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("it is no sound zstd: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf hello | zstd --check`, and a frame that is to be skipped.
    const HELLO: &[u8] = b"\x28\xb5\x2f\xfd\x04\x58\x29\x00\x00hello\xa3\x6d\x9f\x88";
    const SKIPPED: &[u8] = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc";

    fn unpack(packed: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        let packed: Box<dyn BufRead> = Box::new(io::Cursor::new(packed.to_vec()));
        unpacked(packed)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn frames_follow_each_other() {
        let all = [HELLO, SKIPPED, HELLO].concat();
        assert_eq!(unpack(&all).unwrap(), "hellohello");
    }

    #[test]
    fn what_is_cut_or_changed_is_an_error() {
        for end in 2..HELLO.len() {
            assert!(unpack(&HELLO[..end]).is_err(), "{end}");
        }
        let mut changed = HELLO.to_vec();
        changed[10] ^= 1;
        let error = unpack(&changed).unwrap_err();
        assert!(error.to_string().contains("checksum"), "{error}");
        let cut = [HELLO, &SKIPPED[..9]].concat();
        assert!(unpack(&cut).is_err());
    }
}
