//! The strings that signatures compare with, and what is nearly the same.

use crate::chance::Chance;

/// What signatures compare with.
#[derive(Debug, Clone)]
pub(crate) struct Literals {
    pub(crate) words: Vec<String>,
    pub(crate) numbers: Vec<u32>,
}

impl Literals {
    /// Those of some texts.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Self {
        Self {
            words: words(texts.clone()),
            numbers: numbers(texts),
        }
    }
}

/// What is between quotes and backticks in some texts.
fn words<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut found = Vec::new();
    for text in texts {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            for (at, part) in line.split(['"', '`']).enumerate() {
                if at % 2 == 1 && part.len() < 60 {
                    found.push(part.replace("\\uef80", "\u{ef80}").replace("\\\\", "\\"));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The numbers in some texts and those beside them, each once.
fn numbers<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<u32> {
    let mut found = Vec::new();
    for text in texts {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let numbers = words.filter_map(|word| word.parse::<u32>().ok());
            found.extend(numbers.flat_map(|one| one.saturating_sub(1)..=one.saturating_add(1)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Bytes that are close to one of the strings, or to some.
pub(crate) fn near(words: &[String], chance: &mut Chance) -> Vec<u8> {
    let mut made = chance.one_of(words).clone().into_bytes();
    // What a regex asks for, as a text that it may match.
    const TEXTS: &[&str] = &[
        "/proc/self/mem",
        "/proc/12/mem",
        "/proc/1\u{661}x/mem",
        "/proc/é/mem",
        "/tmp/é",
        "/tmp/a",
        "/tmp/\u{ef80}",
        "/etc/abc.sh",
        "/usr/x.sh",
        "a passwd b",
        "apasswd",
        "épasswd",
        "/etc/shadow-",
        "kiKi",
        "\u{212a}iki",
        "/etc/\u{212a}\u{130}\u{212a}i",
        "Kı\u{212a}",
        "k\u{130}k",
        "kik\u{130}",
        "/etc/kik\u{130}",
        "sh",
        "SH",
        "ſh",
        "nginx",
        "/tmp/İx.SH",
        "/tmp/Ix.sh",
        "/etc/x/shadow",
        "/usr/lib/x",
        "",
    ];
    if chance.once_in(4) {
        made = chance.one_of(TEXTS).as_bytes().to_vec();
    }
    // Conditions ask for several things at once, so half of the strings are as they are.
    let changes = if chance.once_in(2) {
        0
    } else {
        1 + chance.below(2)
    };
    for _ in 0..changes {
        match chance.below(9) {
            0 => made.truncate(chance.below(made.len() + 1)),
            1 => {
                let from = chance.below(made.len() + 1);
                made.drain(..from);
            }
            2 => made.extend(chance.one_of(words).as_bytes()),
            3 => {
                let mut before = chance.one_of(words).clone().into_bytes();
                before.append(&mut made);
                made = before;
            }
            4 => {
                let at = chance.below(made.len());
                if let Some(byte) = made.get_mut(at) {
                    *byte ^= 0x20;
                }
            }
            5 => {
                let at = chance.below(made.len());
                if let Some(byte) = made.get_mut(at) {
                    *byte = chance.next() as u8; // any byte
                }
            }
            6 => made.extend(chance.one_of(TEXTS).as_bytes()),
            7 => made = made.to_ascii_uppercase(),
            _ => made.push(*chance.one_of(b"/\n\x80\xff=a0")),
        }
    }
    made
}
