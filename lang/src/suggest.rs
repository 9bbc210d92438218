//! `did you mean …`: the one candidate that is near what was written.

/// The candidate nearest to `word`, if it is near (one edit for every three letters, at least one)
/// and no other candidate is as near. An edit inserts, removes or changes a letter, or swaps two.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for candidate in candidates {
        let distance = distance(&word.to_lowercase(), &candidate.to_lowercase());
        match best {
            Some((least, name)) if distance == least && name != candidate => tied = true,
            Some((least, _)) if distance >= least => {}
            _ => (best, tied) = (Some((distance, candidate)), false),
        }
    }
    best.filter(|(distance, _)| *distance <= limit && !tied)
        .map(|(_, candidate)| candidate)
}

/// The optimal string alignment distance.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
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
    }
}
