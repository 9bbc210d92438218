//! One file, or stdin, as text. Nothing that a path may name can make this wait or fill the memory.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use tracee_lang::codes;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::parse::{self, MAX_FILE_BYTES};
use tracee_lang::source::{FileId, Span};

/// Why there is no text.
#[derive(Debug)]
pub(super) enum Refused {
    /// It can't be read, and this says so.
    Unreadable(String),
    /// It has so many bytes, at least.
    TooLarge(u64),
    /// These bytes are not UTF-8.
    NotUtf8(Vec<u8>),
}

/// The text of a file.
pub(super) fn file(path: &Path) -> Result<String, Refused> {
    // Opening a device can do something, and opening a pipe waits: neither is tried.
    let size = regular(&std::fs::metadata(path).map_err(unreadable)?)?;
    if size > MAX_FILE_BYTES as u64 + BYTE_ORDER_MARK_BYTES {
        return Err(Refused::TooLarge(size));
    }
    // Should it have become a pipe since, this does not wait.
    let file: File = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .map_err(unreadable)?;
    regular(&file.metadata().map_err(unreadable)?)?;
    text(file)
}

/// All of stdin.
pub(super) fn stdin() -> Result<String, Refused> {
    text(std::io::stdin().lock())
}

const BYTE_ORDER_MARK_BYTES: u64 = 3;

const CANNOT_READ: &str = "the file can't be read: ";

/// The size of a regular file.
fn regular(metadata: &Metadata) -> Result<u64, Refused> {
    let kind = metadata.file_type();
    let what = if kind.is_file() {
        return Ok(metadata.len());
    } else if kind.is_dir() {
        "directory"
    } else if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    };
    let message = format!("{CANNOT_READ}it is a {what}");
    Err(Refused::Unreadable(message))
}

fn text(source: impl Read) -> Result<String, Refused> {
    let most = MAX_FILE_BYTES as u64 + BYTE_ORDER_MARK_BYTES;
    let mut bytes = Vec::new();
    source
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(Refused::TooLarge(bytes.len() as u64));
    }
    String::from_utf8(bytes).map_err(|error| Refused::NotUtf8(error.into_bytes()))
}

fn unreadable(error: std::io::Error) -> Refused {
    Refused::Unreadable(format!("{CANNOT_READ}{}", reason(&error)))
}

/// What the system says, without its number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let said = error.to_string();
    match said.rfind(" (os error") {
        Some(end) => said[..end].to_owned(),
        None => said,
    }
}

impl Refused {
    /// Why, for somebody who knows which file is meant.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Unreadable(message) => match message.strip_prefix(CANNOT_READ) {
                Some(reason) => reason.to_owned(),
                None => message,
            },
            Self::TooLarge(_) => format!("it has more than {} MiB", MAX_FILE_BYTES >> 20),
            Self::NotUtf8(_) => "it is not UTF-8".to_owned(),
        }
    }

    /// What there is to show of it, and what is to be said.
    pub(super) fn describe(self, id: FileId) -> (String, Diagnostic) {
        let begin = Span::new(id, 0, 0);
        match self {
            Self::Unreadable(message) => {
                let diagnostic = Diagnostic::error(codes::UNREADABLE, message, begin);
                (String::new(), diagnostic)
            }
            Self::TooLarge(bytes) => (String::new(), parse::too_large(begin, bytes)),
            Self::NotUtf8(bytes) if matches!(bytes[..], [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => {
                let message = "the file is UTF-16, not UTF-8";
                let diagnostic = Diagnostic::error(codes::NOT_UTF8, message, begin);
                (String::new(), diagnostic.help("save it in UTF-8"))
            }
            Self::NotUtf8(bytes) => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                let valid = bytes
                    .utf8_chunks()
                    .next()
                    .map_or(0, |chunk| chunk.valid().len());
                let byte = bytes.get(valid).copied().unwrap_or_default();
                let text = String::from_utf8_lossy(bytes).into_owned();
                let wrong = Span::new(id, valid, valid + char::REPLACEMENT_CHARACTER.len_utf8());
                let message = format!("the file is not UTF-8: byte 0x{byte:02X}");
                let diagnostic = Diagnostic::error(codes::NOT_UTF8, message, wrong)
                    .help("save it in UTF-8; other bytes are written in strings as `\\xNN`");
                (text, diagnostic)
            }
        }
    }
}
