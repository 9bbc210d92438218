//! CEL: one environment for all, and variables that are borrowed from the event.

use std::sync::Arc;

use cel::common::types::{CelInt, CelString};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Env, Program, Value};

use super::by_kind::ByKind;
use super::{Engine, Error, Match, since};
use crate::workload::{Condition, Event, Field, Op, Rule};

struct Cel {
    rules: ByKind<Program>,
    environment: Arc<Env>,
    events: Vec<Event>,
}

pub(super) fn load(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    let texts: Vec<String> = rules
        .iter()
        .map(|rule| condition(&rule.condition))
        .collect();
    let begin = crate::now();
    let environment = Arc::new(Env::stdlib());
    let rules = ByKind::compile(rules, &texts, |text| {
        environment
            .compile(text)
            .map_err(|error| Error::from(format!("{error}: {text}")))
    })?;
    let took = since(begin);
    Ok((
        Box::new(Cel {
            rules,
            environment,
            events: Vec::new(),
        }),
        took,
    ))
}

fn condition(of: &Condition) -> String {
    let joined = |parts: Vec<String>, word: &str| format!("({})", parts.join(word));
    let all = |parts: &[Condition]| parts.iter().map(condition).collect();
    match of {
        Condition::All(parts) => joined(all(parts), " && "),
        Condition::Any(parts) => joined(all(parts), " || "),
        Condition::Not(part) => format!("!{}", condition(part)),
        Condition::Text(field, op, values) => {
            let field = match field {
                Field::Path => "path",
                Field::Comm => "comm",
                Field::Address => "address",
            };
            let method = match op {
                Op::Equal => return format!("({field} in {values:?})"),
                Op::Prefix => "startsWith",
                Op::Suffix => "endsWith",
                Op::Contains => "contains",
            };
            let one = |value: &String| format!("{field}.{method}({value:?})");
            joined(values.iter().map(one).collect(), " || ")
        }
        Condition::Root => "(uid == 0)".into(),
        Condition::InContainer => "(container != \"\")".into(),
        Condition::Port(port) => format!("(port == {port})"),
    }
}

impl VariableResolver for Event {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let text = |text: &'b str| Some(CowVal::owned(CelString::from(text)));
        let int = |int: i64| Some(CowVal::owned(CelInt::from(int)));
        match variable {
            "path" => text(&self.path),
            "comm" => text(&self.comm),
            "address" => text(&self.address),
            "container" => text(self.container.unwrap_or_default()),
            "uid" => int(self.uid.into()),
            "port" => int(self.port.into()),
            _ => None,
        }
    }
}

impl Engine for Cel {
    fn take(&mut self, events: &[Event]) {
        self.events = events.to_vec();
    }

    fn evaluate(&mut self, found: &mut Vec<Match>) {
        for (at, event) in self.events.iter().enumerate() {
            let mut context = Context::with_env(self.environment.clone());
            context.set_variable_resolver(event);
            self.rules.each(at, event.kind, found, |rule| {
                matches!(rule.execute(&context), Ok(Value::Bool(true)))
            });
        }
    }
}
