//! Names, paths and addresses: those in rules are made of the same syllables as those in events, so that
//! near misses are as common as chance makes them.

use super::{Condition, Event, Field, KINDS, Op, Random};

pub(crate) const CONTAINERS: [&str; 3] = ["c0ffee0a11ce", "0ddba11ca5e5", "5eed5e1ec7ed"];

const SYLLABLES: [&str; 32] = [
    "ba", "con", "der", "en", "fi", "gra", "har", "in", "jo", "ker", "lin", "mo", "net", "or",
    "pro", "qu", "re", "ser", "ti", "un", "ver", "wa", "ex", "yo", "zed", "sys", "log", "dat",
    "tmp", "lib", "bin", "run",
];
const ROOTS: [&str; 12] = [
    "/etc",
    "/usr/bin",
    "/usr/lib",
    "/usr/share",
    "/var/log",
    "/var/lib",
    "/tmp",
    "/home",
    "/opt",
    "/root",
    "/srv",
    "/run",
];
const ENDINGS: [&str; 10] = [
    ".so", ".conf", ".log", ".py", ".sh", ".json", ".key", ".service", "", "",
];

/// What names there are.
pub(crate) struct Words {
    directories: Vec<String>,
    /// Those that are opened again and again, by rank.
    files: Vec<String>,
    comms: Vec<String>,
}

impl Words {
    pub(crate) fn new(random: &mut Random) -> Self {
        let directories = (0..1_500).map(|_| {
            let mut path = (*random.one(&ROOTS)).to_owned();
            for _ in 0..random.below(3) + 1 {
                path.push('/');
                path += &word(random);
            }
            path
        });
        let directories: Vec<String> = directories.collect();
        let files = (0..20_000).map(|_| file(random, &directories)).collect();
        let comms = (0..300).map(|_| word(random)).collect();
        Self {
            directories,
            files,
            comms,
        }
    }

    pub(crate) fn event(&self, random: &mut Random, kind: usize) -> Event {
        let (has_path, has_address) = (KINDS[kind].path, KINDS[kind].address);
        let path = match random.below(100) {
            _ if !has_path => String::new(),
            0..40 => self.files[random.skewed(40) as usize].clone(),
            40..75 => self.files[random.skewed(20_000) as usize].clone(),
            75..85 => format!(
                "/proc/{}/{}",
                random.below(32_768),
                random.one(&["stat", "status", "maps", "cmdline"])
            ),
            85..92 => {
                let layer = random.below(1 << 40);
                format!(
                    "/var/lib/docker/overlay2/{layer:064x}/diff/{}/{}",
                    word(random),
                    word(random)
                )
            }
            _ => file(random, &self.directories),
        };
        let number = |random: &mut Random| random.skewed(250) + 1;
        let address = match has_address {
            true => format!(
                "10.{}.{}.{}",
                number(random),
                number(random),
                number(random)
            ),
            false => String::new(),
        };
        Event {
            kind,
            path,
            comm: self.comms[random.skewed(300) as usize].clone(),
            uid: [0, 0, 0, 33, 1000, 1000, 1001, 65534][random.below(8) as usize],
            container: (random.below(100) < 55).then(|| *random.one(&CONTAINERS)),
            address,
            port: if has_address {
                [443, 53, 80, 8080, random.below(60_000) as u16][random.below(5) as usize]
            } else {
                0
            },
        }
    }

    pub(crate) fn path_test(&self, random: &mut Random) -> Condition {
        let file = |random: &mut Random| file(random, &self.directories);
        let (op, values) = match random.below(6) {
            0 => (
                Op::Prefix,
                some(random, 2, |random| {
                    format!("{}/", random.one(&self.directories))
                }),
            ),
            1 => (
                Op::Suffix,
                some(random, 2, |random| {
                    format!("/{}{}", word(random), random.one(&ENDINGS))
                }),
            ),
            2 => (
                Op::Contains,
                some(random, 2, |random| format!("/{}/", word(random))),
            ),
            3 => (
                Op::Contains,
                some(random, 2, |random| format!(".{}.", word(random))),
            ),
            4 => (Op::Equal, some(random, 2, file)),
            _ => (Op::Equal, (0..20).map(|_| file(random)).collect()),
        };
        Condition::Text(Field::Path, op, values)
    }

    pub(crate) fn comm_test(&self, random: &mut Random) -> Condition {
        let values = match random.below(3) {
            0 => 3 + random.below(13),
            _ => 1,
        };
        let values = (0..values).map(|_| random.one(&self.comms).clone());
        Condition::Text(Field::Comm, Op::Equal, values.collect())
    }

    pub(crate) fn address_test(&self, random: &mut Random) -> Condition {
        let address = |random: &mut Random| {
            let mut part = || random.below(250) + 1;
            format!("10.{}.{}.{}", part(), part(), part())
        };
        match random.below(3) {
            0 => Condition::Port(1_000 + random.below(9_000) as u16),
            1 => Condition::Text(Field::Address, Op::Equal, vec![address(random)]),
            _ => Condition::Text(
                Field::Address,
                Op::Equal,
                (0..20).map(|_| address(random)).collect(),
            ),
        }
    }
}

fn some(random: &mut Random, most: u64, mut one: impl FnMut(&mut Random) -> String) -> Vec<String> {
    (0..=random.below(most)).map(|_| one(random)).collect()
}

fn word(random: &mut Random) -> String {
    (0..random.below(3) + 2)
        .map(|_| *random.one(&SYLLABLES))
        .collect()
}

fn file(random: &mut Random, directories: &[String]) -> String {
    format!(
        "{}/{}{}",
        random.one(directories),
        word(random),
        random.one(&ENDINGS)
    )
}
