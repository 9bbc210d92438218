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
        let distance = distance(word.as_bytes(), candidate.as_bytes());
        match best {
            Some((least, name)) if distance == least && name != candidate => tied = true,
            Some((least, _)) if distance >= least => {}
            _ => (best, tied) = (Some((distance, candidate)), false),
        }
    }
    best.filter(|(distance, _)| *distance <= limit && !tied)
        .map(|(_, candidate)| candidate)
}

/// The optimal string alignment distance, by bytes: names are ASCII. Neither is longer than
/// `MAX_LENGTH` and a third.
fn distance(a: &[u8], b: &[u8]) -> usize {
    const WIDTH: usize = 2 * MAX_LENGTH;
    let same = |i: usize, j: usize| a[i - 1].eq_ignore_ascii_case(&b[j - 1]);
    // Row i mod 3 is for the first i bytes of a: a swap looks two rows back.
    let mut rows = [[0; WIDTH]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        let (this, above, before) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        rows[this][0] = i;
        for j in 1..=b.len() {
            let changed = rows[above][j - 1] + usize::from(!same(i, j));
            let mut least = changed.min(rows[above][j] + 1).min(rows[this][j - 1] + 1);
            if i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j) {
                least = least.min(rows[before][j - 2] + 1);
            }
            rows[this][j] = least;
        }
    }
    rows[a.len() % 3][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

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
