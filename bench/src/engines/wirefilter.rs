//! Wirefilter 0.6.1, the last on crates.io: begins and ends are regular expressions there.

use wirefilter::{ExecutionContext, Filter, Scheme, Type};

use super::by_kind::ByKind;
use super::{Engine, Error, Match, since};
use crate::workload::{Condition, Event, Field, Op, Rule};

struct Wirefilter {
    rules: ByKind<Filter<'static>>,
    scheme: &'static Scheme,
    /// A filter's values live as long as its scheme.
    events: &'static [Event],
}

pub(super) fn load(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    let texts: Vec<String> = rules
        .iter()
        .map(|rule| condition(&rule.condition))
        .collect();
    let mut scheme = Scheme::default();
    for (name, ty) in [
        ("path", Type::Bytes),
        ("comm", Type::Bytes),
        ("container", Type::Bytes),
        ("address", Type::Ip),
        ("uid", Type::Int),
        ("port", Type::Int),
    ] {
        scheme
            .add_field(name.into(), ty)
            .map_err(|error| error.to_string())?;
    }
    // Filters borrow it, and live until the end.
    let scheme: &'static Scheme = Box::leak(Box::new(scheme));
    let begin = crate::now();
    let rules = ByKind::compile(rules, &texts, |text| {
        let ast = scheme
            .parse(text)
            .map_err(|error| format!("{error}: {text}"))?;
        Ok::<_, Error>(ast.compile())
    })?;
    let took = since(begin);
    Ok((
        Box::new(Wirefilter {
            rules,
            scheme,
            events: &[],
        }),
        took,
    ))
}

fn condition(of: &Condition) -> String {
    let joined = |parts: &[Condition], word: &str| {
        let parts: Vec<String> = parts.iter().map(condition).collect();
        format!("({})", parts.join(word))
    };
    match of {
        Condition::All(parts) => joined(parts, " && "),
        Condition::Any(parts) => joined(parts, " || "),
        Condition::Not(part) => format!("not ({})", condition(part)),
        Condition::Text(Field::Address, _, values) => {
            format!("address in {{{}}}", values.join(" "))
        }
        Condition::Text(field, op, values) => {
            let field = if *field == Field::Path {
                "path"
            } else {
                "comm"
            };
            let quoted = |value: &String| format!("{value:?}");
            let escaped = |value: &String| value.replace('.', "\\.");
            let any = |one: &dyn Fn(&String) -> String| {
                let all: Vec<String> = values.iter().map(one).collect();
                format!("({})", all.join(" || "))
            };
            match op {
                Op::Equal => {
                    let all: Vec<String> = values.iter().map(quoted).collect();
                    format!("{field} in {{{}}}", all.join(" "))
                }
                Op::Prefix => any(&|value| format!("{field} matches \"^{}\"", escaped(value))),
                Op::Suffix => any(&|value| format!("{field} matches \"{}$\"", escaped(value))),
                Op::Contains => any(&|value| format!("{field} contains {value:?}")),
            }
        }
        Condition::Root => "uid == 0".into(),
        Condition::InContainer => "container != \"\"".into(),
        Condition::Port(port) => format!("port == {port}"),
    }
}

impl Engine for Wirefilter {
    fn take(&mut self, events: &[Event]) {
        self.events = events.to_vec().leak();
    }

    fn evaluate(&mut self, found: &mut Vec<Match>) {
        for (at, event) in self.events.iter().enumerate() {
            let mut context = ExecutionContext::new(self.scheme);
            let address = event
                .address
                .parse()
                .unwrap_or(std::net::Ipv4Addr::UNSPECIFIED);
            let set = [
                context.set_field_value("path", event.path.as_str()),
                context.set_field_value("comm", event.comm.as_str()),
                context.set_field_value("container", event.container.unwrap_or_default()),
                context.set_field_value("address", std::net::IpAddr::from(address)),
                context.set_field_value("uid", event.uid.cast_signed()),
                context.set_field_value("port", i32::from(event.port)),
            ];
            debug_assert!(set.iter().all(Result::is_ok));
            self.rules.each(at, event.kind, found, |rule| {
                rule.execute(&context).unwrap_or(false)
            });
        }
    }
}
