//! regorus: one Rego module for each rule, as a program of its virtual machine; fields are members of the
//! input.

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine as Interpreter, Value};

use super::by_kind::{ByKind, texts};
use super::{Engine, Error, Match, since};
use crate::workload::{Condition, Event, Field, Op, Rule};

struct Regorus {
    rules: ByKind<RegoVM>,
    events: Vec<(usize, Value)>,
}

pub(super) fn load(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    let texts: Vec<String> = rules.iter().map(|rule| text(&rule.condition)).collect();
    let begin = crate::now();
    let rules = ByKind::compile(rules, &texts, |text| program(text))?;
    let took = since(begin);
    let events = Vec::new();
    Ok((Box::new(Regorus { rules, events }), took))
}

fn program(text: &str) -> Result<RegoVM, Error> {
    const ENTRY: &str = "data.rule.match";
    let mut engine = Interpreter::new();
    engine
        .add_policy("rule.rego".into(), text.into())
        .map_err(|error| format!("{error}: {text}"))?;
    let policy = engine.compile_with_entrypoint(&ENTRY.into())?;
    let program = Compiler::compile_from_policy(&policy, &[ENTRY])?;
    let mut machine = RegoVM::new();
    machine.load_program(program);
    Ok(machine)
}

/// A module whose `match` holds if the condition does. Alternatives and negations are rules of their own.
fn text(of: &Condition) -> String {
    let mut helpers = Vec::new();
    let body = body(of, &mut helpers);
    format!(
        "package rule\n\nmatch if {{\n{body}}}\n\n{}",
        helpers.concat()
    )
}

/// The lines of a body that holds if the condition does.
fn body(of: &Condition, helpers: &mut Vec<String>) -> String {
    match of {
        Condition::All(parts) => parts.iter().map(|part| body(part, helpers)).collect(),
        Condition::Any(parts) => {
            let bodies: Vec<String> = parts.iter().map(|part| body(part, helpers)).collect();
            format!("  {}\n", helper(bodies, helpers))
        }
        Condition::Not(part) => {
            let body = body(part, helpers);
            format!("  not {}\n", helper(vec![body], helpers))
        }
        Condition::Text(field, op, values) => {
            let field = match field {
                Field::Path => "input.path",
                Field::Comm => "input.comm",
                Field::Address => "input.address",
            };
            let function = match op {
                Op::Equal => return format!("  {field} in {{{}}}\n", quoted(values)),
                Op::Prefix => "startswith",
                Op::Suffix => "endswith",
                Op::Contains => "contains",
            };
            let bodies = values
                .iter()
                .map(|value| format!("  {function}({field}, {value:?})\n"));
            let bodies: Vec<String> = bodies.collect();
            match &bodies[..] {
                [one] => one.clone(),
                _ => format!("  {}\n", helper(bodies, helpers)),
            }
        }
        Condition::Root => "  input.uid == 0\n".into(),
        Condition::InContainer => "  input.container != \"\"\n".into(),
        Condition::Port(port) => format!("  input.port == {port}\n"),
    }
}

fn quoted(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    values.join(", ")
}

/// A rule that holds if any of the bodies does; its name.
fn helper(bodies: Vec<String>, helpers: &mut Vec<String>) -> String {
    let name = format!("h{}", helpers.len());
    let rules = bodies
        .iter()
        .map(|body| format!("{name} if {{\n{body}}}\n\n"));
    helpers.push(rules.collect());
    name
}

impl Engine for Regorus {
    fn take(&mut self, events: &[Event]) {
        let value = |event: &Event| {
            let mut input = Value::new_object();
            if let Ok(members) = input.as_object_mut() {
                for (name, text) in texts(event) {
                    members.insert(name.into(), text.into());
                }
                members.insert("uid".into(), u64::from(event.uid).into());
                members.insert("port".into(), u64::from(event.port).into());
            }
            (event.kind, input)
        };
        self.events = events.iter().map(value).collect();
    }

    fn evaluate(&mut self, found: &mut Vec<Match>) {
        for (at, (kind, input)) in self.events.iter().enumerate() {
            self.rules.each(at, *kind, found, |machine| {
                machine.set_input(input.clone());
                matches!(machine.execute(), Ok(Value::Bool(true)))
            });
        }
    }
}
