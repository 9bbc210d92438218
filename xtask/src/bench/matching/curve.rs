//! Nanoseconds an event against the number of rules, both logarithmic, as an SVG.

use std::fmt::Write;

use super::table::{median, rounded};
use super::{Measured, REFERENCE};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
/// Around the lines: for labels.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 50.0;
const COLORS: &[&str] = &[
    "#c0392b", "#e67e22", "#2980b9", "#16a085", "#8e44ad", "#7f8c8d", "#2c3e50",
];

/// The drawing.
pub(super) fn svg(measured: &Measured) -> String {
    let lines: Vec<(&str, Vec<(f64, f64)>)> = measured
        .iter()
        .filter(|(name, _)| name != REFERENCE)
        .map(|(name, runs)| {
            let points = runs.iter();
            let points =
                points.filter_map(|(rules, runs)| Some((f64::from(*rules), median(&runs.ns)?)));
            (name.as_str(), points.collect())
        })
        .collect();
    let points = || lines.iter().flat_map(|(_, points)| points.iter().copied());
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(1.0, f64::max);
    let (most_rules, most_ns) = (
        most(&mut points().map(|it| it.0)),
        most(&mut points().map(|it| it.1)),
    );
    let decades = |most: f64| most.log10().ceil().max(1.0);
    let (across, up) = (decades(most_rules), decades(most_ns));
    let x = |rules: f64| LEFT + rules.log10() / across * (WIDTH - LEFT - RIGHT);
    let y = |ns: f64| HEIGHT - BOTTOM - ns.max(1.0).log10() / up * (HEIGHT - TOP - BOTTOM);

    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let mut put = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    for decade in 0..=up as i32 {
        let (ns, at) = (10f64.powi(decade), y(10f64.powi(decade)));
        let end = WIDTH - RIGHT;
        put(format!(
            "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{end}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>"
        ));
        let (left, at) = (LEFT - 8.0, at + 4.0);
        put(format!(
            "<text x=\"{left}\" y=\"{at:.1}\" text-anchor=\"end\">{} ns</text>",
            whole(ns)
        ));
    }
    for decade in 1..=across as i32 {
        let (rules, at, bottom) = (
            10f64.powi(decade),
            x(10f64.powi(decade)),
            HEIGHT - BOTTOM + 18.0,
        );
        put(format!(
            "<text x=\"{at:.1}\" y=\"{bottom}\" text-anchor=\"middle\">{}</text>",
            whole(rules)
        ));
    }
    let (middle, bottom) = ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12.0);
    put(format!(
        "<text x=\"{middle}\" y=\"{bottom}\" text-anchor=\"middle\">rules</text>"
    ));
    let mut labels: Vec<f64> = Vec::new();
    for ((name, points), color) in lines.iter().zip(COLORS.iter().cycle()) {
        let Some(&(last_rules, last_ns)) = points.last() else {
            continue;
        };
        let places: Vec<String> = points
            .iter()
            .map(|&(rules, ns)| format!("{:.1},{:.1}", x(rules), y(ns)))
            .collect();
        put(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
            places.join(" ")
        ));
        for &(rules, ns) in points {
            put(format!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{color}\">\
                 <title>{name}, {rules} rules: {} ns</title></circle>",
                x(rules),
                y(ns),
                rounded(ns)
            ));
        }
        // Names that would stand upon each other go up.
        let mut at = y(last_ns) + 4.0;
        while labels.iter().any(|other| (other - at).abs() < 13.0) {
            at -= 1.0;
        }
        labels.push(at);
        let beside = x(last_rules) + 8.0;
        put(format!(
            "<text x=\"{beside:.1}\" y=\"{at:.1}\" fill=\"{color}\">{name}</text>"
        ));
    }
    put("</svg>".into());
    text
}

fn whole(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.0}")
    } else {
        rounded(value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Runs;
    use super::*;

    #[test]
    fn every_engine_has_a_line_through_its_medians() {
        let runs = |ns: f64| Runs {
            ns: vec![ns],
            ..Runs::default()
        };
        let measured = vec![
            (
                "tracee".to_owned(),
                BTreeMap::from([(10, runs(10.0)), (1_000, runs(50.0))]),
            ),
            (
                "other".to_owned(),
                BTreeMap::from([(10, runs(30.0)), (1_000, runs(10_000.0))]),
            ),
        ];
        let drawn = svg(&measured);
        assert_eq!(drawn.matches("<polyline").count(), 2);
        assert!(
            drawn.contains("<title>other, 1000 rules: 10,000 ns</title>"),
            "{drawn}"
        );
    }
}
