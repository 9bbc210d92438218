//! sigma-rust: a rule is YAML, with a selection for each test, all of them with regard to case.

use std::fmt::Write;

use sigma_rust::{Event as SigmaEvent, Rule as SigmaRule, rule_from_yaml};

use super::by_kind::{ByKind, texts};
use super::{Engine, Error, Match, since};
use crate::workload::{Condition, Event, Field, Op, Rule};

struct Sigma {
    rules: ByKind<SigmaRule>,
    events: Vec<(usize, SigmaEvent)>,
}

pub(super) fn load(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    let written: Vec<String> = rules.iter().map(|rule| text(&rule.condition)).collect();
    let begin = crate::now();
    let rules = ByKind::compile(rules, &written, |text| {
        rule_from_yaml(text).map_err(|error| Error::from(format!("{error}: {text}")))
    })?;
    let took = since(begin);
    let events = Vec::new();
    Ok((Box::new(Sigma { rules, events }), took))
}

fn text(of: &Condition) -> String {
    let mut selections = String::new();
    let mut count = 0;
    let condition = condition(of, &mut selections, &mut count);
    format!(
        "title: rule\nlogsource:\n  category: test\ndetection:\n{selections}  condition: {condition}\n"
    )
}

fn condition(of: &Condition, selections: &mut String, count: &mut usize) -> String {
    let test = match of {
        Condition::All(parts) | Condition::Any(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| condition(part, selections, count))
                .collect();
            let word = if matches!(of, Condition::All(_)) {
                " and "
            } else {
                " or "
            };
            return format!("({})", parts.join(word));
        }
        Condition::Not(part) => return format!("not ({})", condition(part, selections, count)),
        Condition::Root => "uid: 0".into(),
        Condition::Port(port) => format!("port: {port}"),
        Condition::InContainer => "contained: 1".into(),
        Condition::Text(field, op, values) => {
            let field = match field {
                Field::Path => "path",
                Field::Comm => "comm",
                Field::Address => "address",
            };
            let op = match op {
                Op::Equal => "",
                Op::Prefix => "|startswith",
                Op::Suffix => "|endswith",
                Op::Contains => "|contains",
            };
            let mut test = format!("{field}{op}|cased:");
            for value in values {
                let _ = write!(test, "\n      - '{value}'");
            }
            test
        }
    };
    *count += 1;
    let _ = writeln!(selections, "  s{count}:\n    {test}");
    format!("s{count}")
}

impl Engine for Sigma {
    fn take(&mut self, events: &[Event]) {
        self.events = events
            .iter()
            .map(|event| {
                let mut taken = SigmaEvent::new();
                for (name, text) in texts(event) {
                    taken.insert(name, text);
                }
                taken.insert("uid", i64::from(event.uid));
                taken.insert("port", i64::from(event.port));
                taken.insert("contained", i64::from(event.container.is_some()));
                (event.kind, taken)
            })
            .collect();
    }

    fn evaluate(&mut self, found: &mut Vec<Match>) {
        for (at, (kind, event)) in self.events.iter().enumerate() {
            self.rules
                .each(at, *kind, found, |rule| rule.is_match(event));
        }
    }
}
