//! `did you mean …`: the one candidate that is near what was written.

/// Longer words have no suggestions: the letters of one are the bits of an integer.
const MAX_LENGTH: usize = 64;

/// The candidate nearest to `word`, if it is near (one edit for every three letters, at least one)
/// and no other candidate is as near. An edit inserts, removes or changes a letter, or swaps two;
/// ASCII case does not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    let limit = (word.len() / 3).max(1);
    let word = Word::new(word.as_bytes());
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for candidate in candidates {
        if candidate.len().abs_diff(word.length) > limit {
            continue;
        }
        let distance = word.distance(candidate.as_bytes());
        match best {
            Some((least, name)) if distance == least && name != candidate => tied = true,
            Some((least, _)) if distance >= least => {}
            _ => (best, tied) = (Some((distance, candidate)), false),
        }
    }
    best.filter(|(distance, _)| *distance <= limit && !tied)
        .map(|(_, candidate)| candidate)
}

/// A word that others are compared with, by bytes: names are ASCII.
struct Word {
    length: usize,
    /// Where each byte is, in either case.
    places: [u64; 256],
}

impl Word {
    fn new(word: &[u8]) -> Self {
        let mut places = [0; 256];
        for (at, byte) in word.iter().enumerate() {
            for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                places[usize::from(byte)] |= 1 << at;
            }
        }
        Self {
            length: word.len(),
            places,
        }
    }

    /// The optimal string alignment distance: a whole column of its matrix at a time, as the bits
    /// where it goes up and down (H. Hyyrö, "A bit-vector algorithm for computing Levenshtein and
    /// Damerau edit distances", 2003).
    fn distance(&self, other: &[u8]) -> usize {
        let Some(last) = self.length.checked_sub(1) else {
            return other.len();
        };
        let (mut up, mut down) = (u64::MAX, 0);
        let (mut diagonal, mut before) = (0_u64, 0);
        let mut distance = self.length;
        for byte in other {
            let here = self.places[usize::from(*byte)];
            let swapped = ((!diagonal & here) << 1) & before;
            diagonal = ((here & up).wrapping_add(up) ^ up) | here | down | swapped;
            let right_up = down | !(diagonal | up);
            let right_down = diagonal & up;
            distance += (right_up >> last & 1) as usize;
            distance -= (right_down >> last & 1) as usize;
            let right_up = right_up << 1 | 1;
            up = right_down << 1 | !(diagonal | right_up);
            down = right_up & diagonal;
            before = here;
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::{Word, nearest};

    /// The same by its definition.
    fn defined(a: &[u8], b: &[u8]) -> usize {
        let (Some((last_a, rest_a)), Some((last_b, rest_b))) = (a.split_last(), b.split_last())
        else {
            return a.len().max(b.len());
        };
        let changed = defined(rest_a, rest_b) + usize::from(last_a != last_b);
        let least = changed
            .min(defined(rest_a, b) + 1)
            .min(defined(a, rest_b) + 1);
        match (rest_a.split_last(), rest_b.split_last()) {
            (Some((x, before_a)), Some((y, before_b))) if x == last_b && y == last_a => {
                least.min(defined(before_a, before_b) + 1)
            }
            _ => least,
        }
    }

    #[test]
    fn distances_are_those_of_the_definition() {
        let words = |length: u32| (0..1 << length).map(move |bits: u32| (length, bits));
        let word = |(length, bits): (u32, u32)| -> Vec<u8> {
            (0..length)
                .map(|at| b'a' + (bits >> at & 1) as u8)
                .collect()
        };
        let all: Vec<_> = (0..6).flat_map(words).map(word).collect();
        for a in &all {
            for b in &all {
                assert_eq!(Word::new(a).distance(b), defined(a, b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn one_near_candidate_is_suggested() {
        let events = ["open", "openat", "openat2", "connect"];
        assert_eq!(nearest("conect", events), Some("connect"));
        assert_eq!(nearest("opneat", events), Some("openat"));
        assert_eq!(nearest("PTRACE", ["ptrace"]), Some("ptrace"));
    }

    #[test]
    fn far_and_tied_candidates_are_not() {
        assert_eq!(nearest("execve", ["connect"]), None);
        assert_eq!(nearest("dup4", ["dup2", "dup3"]), None);
        assert_eq!(nearest("", ["a"]), Some("a"));
        let long = "a".repeat(64);
        assert_eq!(
            nearest(&long, [&*"a".repeat(85), "b"]),
            Some(&*"a".repeat(85))
        );
        assert_eq!(nearest(&long, [&*"a".repeat(86)]), None);
    }
}
