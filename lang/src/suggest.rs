//! `did you mean …`: the one candidate that is near what was written.

/// Longer words have no suggestions: comparing takes time by the length.
const MAX_LENGTH: usize = 64;

/// The candidate nearest to `word`, if it is near (one edit for every three letters, at least one)
/// and no other candidate is as near. An edit inserts, removes or changes a letter, or swaps two;
/// ASCII case does not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    let limit = (word.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for candidate in candidates {
        if candidate.len().abs_diff(word.len()) > limit {
            continue;
        }
        let Some(distance) = distance(word.as_bytes(), candidate.as_bytes(), limit) else {
            continue;
        };
        match best {
            Some((least, name)) if distance == least && name != candidate => tied = true,
            Some((least, _)) if distance >= least => {}
            _ => (best, tied) = (Some((distance, candidate)), false),
        }
    }
    best.filter(|_| !tied).map(|(_, candidate)| candidate)
}

/// The optimal string alignment distance, by bytes: names are ASCII. `None` if it is over the limit,
/// which is over neither length's difference nor a third of `MAX_LENGTH`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    const WIDTH: usize = 2 * MAX_LENGTH;
    const FAR: usize = 2 * WIDTH;
    let same = |i: usize, j: usize| a[i - 1].eq_ignore_ascii_case(&b[j - 1]);
    // Row i mod 3 is for the first i bytes of a: a swap looks two rows back. Cells further than the
    // limit from the diagonal are far and not looked at.
    let mut rows = [[FAR; WIDTH]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate().take(limit + 1) {
        *cell = j;
    }
    for i in 1..=a.len() {
        let (this, above, before) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        let (first, last) = (i.saturating_sub(limit), b.len().min(i + limit));
        rows[this][first.saturating_sub(1)] = FAR;
        rows[this][last + 1] = FAR;
        let mut nearest = FAR;
        for j in first..=last {
            let mut least = i;
            if j > 0 {
                let changed = rows[above][j - 1] + usize::from(!same(i, j));
                least = changed.min(rows[above][j] + 1).min(rows[this][j - 1] + 1);
                if i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j) {
                    least = least.min(rows[before][j - 2] + 1);
                }
            }
            rows[this][j] = least;
            nearest = nearest.min(least);
        }
        // Nor does a swap lead back: the row above is at most one nearer.
        if nearest > limit {
            return None;
        }
    }
    Some(rows[a.len() % 3][b.len()]).filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

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
    fn distances_within_the_limit_are_exact() {
        let words = |length: u32| (0..1 << length).map(move |bits: u32| (length, bits));
        let word = |(length, bits): (u32, u32)| -> Vec<u8> {
            (0..length)
                .map(|at| b'a' + (bits >> at & 1) as u8)
                .collect()
        };
        let all: Vec<_> = (0..6).flat_map(words).map(word).collect();
        for a in &all {
            for b in &all {
                for limit in a.len().abs_diff(b.len())..4 {
                    let right = Some(defined(a, b)).filter(|distance| *distance <= limit);
                    assert_eq!(distance(a, b, limit), right, "{a:?} {b:?} {limit}");
                }
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
