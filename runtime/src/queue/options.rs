//! `--queue memory[:SIZE] | disk:DIR[:SIZE]`.

use std::path::PathBuf;
use std::str::FromStr;

use super::drain::Target;
use super::writer::QueuedWriter;
use crate::whole_writer::WriteError;

/// The least that a queue holds: more than the longest unit.
const LEAST: u64 = 1 << 20;
/// What one holds in memory unless told otherwise.
const MEMORY: u64 = 64 << 20;
/// What one holds on disk unless told otherwise.
const DISK: u64 = 1 << 30;

/// Where what waits is kept, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueOptions {
    /// Where.
    pub place: Place,
    /// Bytes, at least a MiB.
    pub bytes: u64,
}

/// See [`QueueOptions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory.
    Memory,
    /// In a file without a name in this directory, and some in memory before it.
    Disk(PathBuf),
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            place: Place::Memory,
            bytes: MEMORY,
        }
    }
}

impl QueueOptions {
    /// Starts the threads of a queue in front of `target`, which is called `name` in errors.
    ///
    /// # Errors
    /// The file for the queue can't be made, or no thread.
    pub fn start(&self, name: &str, target: Target) -> Result<QueuedWriter, WriteError> {
        QueuedWriter::start(self, name, target)
    }
}

impl FromStr for QueueOptions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (place, rest) = text.split_once(':').unwrap_or((text, ""));
        match place {
            "memory" if text == "memory" => Ok(Self::default()),
            "memory" => Ok(Self {
                place: Place::Memory,
                bytes: size(rest)?,
            }),
            "disk" => {
                // A directory may have colons in its name: only what looks like a size is one.
                let (directory, bytes) = match rest.rsplit_once(':') {
                    Some((directory, last)) if last.starts_with(|c: char| c.is_ascii_digit()) => {
                        (directory, size(last)?)
                    }
                    _ => (rest, DISK),
                };
                if directory.is_empty() {
                    return Err("`disk:` needs a directory, as in `disk:/var/tmp:2GiB`".into());
                }
                Ok(Self {
                    place: Place::Disk(directory.into()),
                    bytes,
                })
            }
            _ => Err(format!(
                "unknown queue `{place}`: use memory[:SIZE] or disk:DIR[:SIZE]"
            )),
        }
    }
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let shift = match unit {
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => {
            return Err(format!(
                "`{text}` is no size: a number with KiB, MiB or GiB"
            ));
        }
    };
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no size: it begins with a number"))?;
    let bytes = number.checked_mul(1 << shift);
    bytes
        .filter(|bytes| (LEAST..=1 << 50).contains(bytes))
        .ok_or_else(|| format!("a queue has at least 1MiB and at most 1048576GiB, not {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_sizes() {
        let parse = |text: &str| text.parse::<QueueOptions>();
        let memory = |bytes| {
            Ok(QueueOptions {
                place: Place::Memory,
                bytes,
            })
        };
        let disk = |path: &str, bytes| {
            Ok(QueueOptions {
                place: Place::Disk(path.into()),
                bytes,
            })
        };
        assert_eq!(parse("memory"), memory(MEMORY));
        assert_eq!(parse("memory:2MiB"), memory(2 << 20));
        assert_eq!(parse("memory:1024KiB"), memory(1 << 20));
        assert_eq!(parse("disk:/var/tmp"), disk("/var/tmp", DISK));
        assert_eq!(parse("disk:/var/tmp:2GiB"), disk("/var/tmp", 2 << 30));
        assert_eq!(parse("disk:/a:b:3MiB"), disk("/a:b", 3 << 20));
        assert_eq!(parse("disk:/a:b"), disk("/a:b", DISK));
        for wrong in [
            "",
            "ram",
            "memory:",
            "memory:5",
            "memory:5MB",
            "memory:1KiB",
            "memory:MiB",
            "disk",
            "disk:",
            "disk::1GiB",
            "disk:/x:5",
            "memory:99999999999999999999GiB",
            "memory:9999999999GiB",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
