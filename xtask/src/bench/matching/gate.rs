//! What a run must show at least: how many times as long as tracee other engines take, in the same run.

use super::{Measured, table};
use crate::Result;

/// With so many rules, which engine takes so many times as long.
const PROMISED: [(u32, &str, f64); 3] = [
    (10, "tau-engine", 2.0),
    (100, "wirefilter", 10.0),
    (1_000, "wirefilter", 100.0),
];

/// Says what was promised and what it came to; an error if anything is missed, or was not measured.
pub(super) fn check(measured: &Measured) -> Result<()> {
    let median = |engine: &str, rules: u32| {
        let (_, runs) = measured.iter().find(|(name, _)| name == engine)?;
        table::median(&runs.get(&rules)?.ns)
    };
    let mut missed = Vec::new();
    for (rules, peer, promised) in PROMISED {
        let own = median(table::OWN, rules);
        let Some((own, other)) = own.zip(median(peer, rules)) else {
            return Err(format!("{peer} or tracee was not measured with {rules} rules").into());
        };
        let times = other / own;
        let line = format!("{rules} rules: {peer} takes {times:.1} times as long, of {promised}");
        println!("{line}");
        if times < promised {
            missed.push(line);
        }
    }
    match missed.is_empty() {
        true => Ok(()),
        false => Err(format!("slower than promised: {}", missed.join("; ")).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::bench::matching::Runs;

    fn of(name: &str, ns: [f64; 3]) -> (String, BTreeMap<u32, Runs>) {
        let runs = |ns| Runs {
            ns: vec![ns],
            ..Runs::default()
        };
        let sizes = [10, 100, 1_000].into_iter().zip(ns.map(runs));
        (name.to_owned(), sizes.collect())
    }

    #[test]
    fn ratios_of_one_run_decide() {
        let own = || of("tracee", [10.0, 20.0, 30.0]);
        let tau = || of("tau-engine", [20.0, 0.0, 0.0]);
        let fine = vec![own(), tau(), of("wirefilter", [0.0, 200.0, 3_000.0])];
        assert!(check(&fine).is_ok());
        let slow = vec![own(), tau(), of("wirefilter", [0.0, 200.0, 2_900.0])];
        let error = check(&slow).map_err(|error| error.to_string());
        let expected =
            "slower than promised: 1000 rules: wirefilter takes 96.7 times as long, of 100";
        assert_eq!(error, Err(expected.to_owned()));
        assert!(check(&vec![own(), tau()]).is_err());
    }
}
