//! Tau Engine: a rule is YAML, with an identifier for each test.

use std::borrow::Cow;
use std::fmt::Write;

use tau_engine::{Document, Optimisations, Rule as TauRule, Value};

use super::by_kind::ByKind;
use super::{Engine, Error, Match, since};
use crate::workload::{Condition, Event, Field, Op, Rule};

struct Tau {
    rules: ByKind<TauRule>,
    events: Vec<Event>,
}

pub(super) fn load(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    let texts: Vec<String> = rules.iter().map(|rule| text(&rule.condition)).collect();
    let begin = crate::now();
    let rules = ByKind::compile(rules, &texts, |text| {
        let rule = TauRule::from_str(text)?;
        let optimisations = Optimisations {
            coalesce: true,
            matrix: true,
            rewrite: true,
            shake: true,
        };
        Ok::<_, Error>(rule.optimise(optimisations))
    })?;
    let took = since(begin);
    let events = Vec::new();
    Ok((Box::new(Tau { rules, events }), took))
}

fn text(of: &Condition) -> String {
    let mut identifiers = String::new();
    let mut count = 0;
    let condition = condition(of, &mut identifiers, &mut count);
    format!(
        "detection:\n{identifiers}  condition: {condition}\ntrue_positives: []\ntrue_negatives: []\n"
    )
}

fn condition(of: &Condition, identifiers: &mut String, count: &mut usize) -> String {
    let (field, values) = match of {
        Condition::All(parts) | Condition::Any(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| condition(part, identifiers, count))
                .collect();
            let word = if matches!(of, Condition::All(_)) {
                " and "
            } else {
                " or "
            };
            return format!("({})", parts.join(word));
        }
        Condition::Not(part) => return format!("not ({})", condition(part, identifiers, count)),
        Condition::Root => return "int(uid) == 0".into(),
        Condition::Port(port) => return format!("int(port) == {port}"),
        Condition::InContainer => return "int(contained) == 1".into(),
        Condition::Text(field, op, values) => {
            let value = |value: &String| match op {
                // Quoted, because `i` and others at the begin mean something.
                Op::Equal => format!("\"'{value}'\""),
                Op::Prefix => format!("'{value}*'"),
                Op::Suffix => format!("'*{value}'"),
                Op::Contains => format!("'*{value}*'"),
            };
            let field = match field {
                Field::Path => "path",
                Field::Comm => "comm",
                Field::Address => "address",
            };
            (field, values.iter().map(value).collect::<Vec<_>>())
        }
    };
    *count += 1;
    let _ = writeln!(identifiers, "  A{count}:\n    {field}:");
    for value in values {
        let _ = writeln!(identifiers, "    - {value}");
    }
    format!("A{count}")
}

impl Document for Event {
    fn find(&self, key: &str) -> Option<Value<'_>> {
        let text = match key {
            "path" => &self.path,
            "comm" => &self.comm,
            "address" => &self.address,
            _ => "",
        };
        match key {
            _ if !text.is_empty() => Some(Value::String(Cow::Borrowed(text))),
            "uid" => Some(Value::Int(self.uid.into())),
            "port" => Some(Value::Int(self.port.into())),
            "contained" => Some(Value::Int(self.container.is_some().into())),
            _ => None,
        }
    }
}

impl Engine for Tau {
    fn take(&mut self, events: &[Event]) {
        self.events = events.to_vec();
    }

    fn evaluate(&mut self, found: &mut Vec<Match>) {
        for (at, event) in self.events.iter().enumerate() {
            self.rules
                .each(at, event.kind, found, |rule| rule.matches(event));
        }
    }
}
