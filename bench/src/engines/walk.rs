//! The conditions walked as they are: what all engines must agree with.

use super::by_kind::ByKind;
use super::{Engine, Error, Match};
use crate::workload::{Condition, Event, Rule};

struct Walk {
    rules: ByKind<Condition>,
    events: Vec<Event>,
}

pub(super) fn load(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    let conditions: Vec<_> = rules.iter().map(|rule| rule.condition.clone()).collect();
    let rules = ByKind::compile(rules, &conditions, |one| Ok::<_, Error>(one.clone()))?;
    let events = Vec::new();
    Ok((Box::new(Walk { rules, events }), 0.0))
}

impl Engine for Walk {
    fn take(&mut self, events: &[Event]) {
        self.events = events.to_vec();
    }

    fn evaluate(&mut self, found: &mut Vec<Match>) {
        for (at, event) in self.events.iter().enumerate() {
            self.rules
                .each(at, event.kind, found, |rule| rule.holds(event));
        }
    }
}
