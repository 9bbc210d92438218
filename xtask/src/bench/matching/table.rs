//! The tables of docs/benchmarks.md: ratios first, because times are those of one machine on one day.

use std::fmt::Write;

use super::{Measured, REFERENCE, Runs};

/// The engine that others are compared with.
pub(super) const OWN: &str = "tracee";

/// Median, least and most.
fn spread(values: &[f64]) -> Option<(f64, f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some((
        *sorted.get(sorted.len() / 2)?,
        *sorted.first()?,
        *sorted.last()?,
    ))
}

pub(super) fn median(values: &[f64]) -> Option<f64> {
    Some(spread(values)?.0)
}

/// All tables.
pub(super) fn all(measured: &Measured) -> String {
    let of_own = |rules: u32| {
        let own = measured.iter().find(|(name, _)| name == OWN)?;
        median(&own.1.get(&rules)?.ns)
    };
    let ratio = |rules: u32, runs: &Runs| {
        let ratio = median(&runs.ns)? / of_own(rules)?;
        Some(format!("{} ×", rounded(ratio)))
    };
    let range = |values: &[f64]| {
        let (median, least, most) = spread(values)?;
        Some(format!(
            "{} [{}–{}]",
            rounded(median),
            rounded(least),
            rounded(most)
        ))
    };
    [
        table(measured, "times as long as tracee", &ratio),
        table(measured, "ns an event", &|_, runs| range(&runs.ns)),
        table(measured, "ns an event, the first ones", &|_, runs| {
            range(&runs.first_ns)
        }),
        table(measured, "ms to load the rules", &|_, runs| {
            range(&runs.load_ms)
        }),
        table(measured, "ms of other threads", &|_, runs| {
            range(&runs.beside_ms)
        }),
        table(measured, "KiB for them", &|_, runs| {
            Some(rounded(median(&runs.memory_kb)?))
        }),
    ]
    .join("\n")
}

fn table(measured: &Measured, title: &str, cell: &dyn Fn(u32, &Runs) -> Option<String>) -> String {
    let mut sizes: Vec<u32> = measured
        .iter()
        .flat_map(|(_, runs)| runs.keys().copied())
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    let heads: String = sizes
        .iter()
        .map(|size| format!(" {size} rules |"))
        .collect();
    let lines = "---:|".repeat(sizes.len());
    let mut text = format!("| {title} |{heads}\n|---|{lines}\n");
    for (name, runs) in measured.iter().filter(|(name, _)| name != REFERENCE) {
        let cells: String = sizes
            .iter()
            .map(|size| {
                let cell = runs.get(size).and_then(|runs| cell(*size, runs));
                format!(" {} |", cell.unwrap_or_else(|| "–".into()))
            })
            .collect();
        let _ = writeln!(text, "| {name} |{cells}");
    }
    text
}

/// With as many digits as mean something. What is less than nothing is the noise of clocks.
pub(super) fn rounded(value: f64) -> String {
    match value.max(0.0) {
        value @ ..10.0 => format!("{value:.1}"),
        value => {
            let digits = format!("{value:.0}");
            let groups = digits.as_bytes().rchunks(3).rev();
            let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
            groups.join(",")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn ratios_come_first_and_medians_with_their_range() {
        let runs = |ns: [f64; 3]| {
            let runs = Runs {
                first_ns: vec![20.0],
                ns: ns.into(),
                beside_ms: vec![0.0],
                load_ms: vec![1.5],
                memory_kb: vec![12_345.0],
            };
            BTreeMap::from([(10, runs)])
        };
        let measured = vec![
            ("tracee".to_owned(), runs([12.0, 10.0, 90.0])),
            ("slow".to_owned(), runs([30_000.0, 20_000.0, 24_000.0])),
            (REFERENCE.to_owned(), runs([1.0; 3])),
        ];
        let text = all(&measured);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "| times as long as tracee | 10 rules |",
                "|---|---:|",
                "| tracee | 1.0 × |",
                "| slow | 2,000 × |",
            ]
        );
        assert_eq!(lines[8], "| slow | 24,000 [20,000–30,000] |");
        assert_eq!(lines[28], "| slow | 12,345 |");
    }
}
