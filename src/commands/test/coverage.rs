//! What no test reached, a line each.

use tracee_runtime::testing::coverage::{Gap, Missing, Part, Points, Role};

use super::Outcome;
use super::places::Places;

/// Characters of a part that are shown.
const MAX_TEXT: usize = 80;

/// `FILE:LINE:COLUMN: never true: pathname == "/x"`, in order of declaration.
pub(super) fn lines(outcome: &Outcome<'_>, places: Places<'_>) -> Vec<String> {
    let coverage = outcome.coverage.iter();
    coverage
        .flat_map(|coverage| coverage.gaps())
        .map(|gap| {
            let place = places.line(gap.span);
            format!("{place}: {}", said(&gap))
        })
        .collect()
}

fn said(gap: &Gap<'_>) -> String {
    let rule = gap.rule.unwrap_or("the scope");
    match gap.missing {
        Missing::Reached(part) | Missing::Held(part) if part.role == Role::Exception => {
            format!("no test that is excepted from `{rule}`: {}", text(part))
        }
        Missing::Failed(part) if part.role == Role::Exception => {
            format!("every test of `{rule}` is excepted: {}", text(part))
        }
        Missing::Test => format!("no test has an event that `{rule}` is on"),
        Missing::Reached(part) => format!("never reached: {}", text(part)),
        Missing::Held(part) if part.role == Role::Condition => {
            format!("no test where `{rule}` matches: {}", text(part))
        }
        Missing::Failed(part) if part.role == Role::Condition => {
            format!("no test where `{rule}` does not match: {}", text(part))
        }
        Missing::Held(part) => format!("never true: {}", text(part)),
        Missing::Failed(part) => format!("never false: {}", text(part)),
    }
}

fn text(part: &Part) -> String {
    match part.text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &part.text[..end]),
        None => part.text.clone(),
    }
}

/// `87 % (112 of 128)`
pub(super) fn total(points: Points) -> String {
    let (covered, all) = (points.covered, points.all);
    format!("{} % ({covered} of {all})", points.percent())
}
