//! What every engine is given: events, and rules on them, the same in every run. [`events`] and [`rules`]
//! make them; [`Condition::holds`] says what a rule means, for all engines alike.

mod random;
mod words;

use self::random::Random;
use self::words::Words;

/// The most rules that a run has; smaller sets are the first of them.
pub(crate) const MAX_RULES: usize = 5_000;
/// Sizes that events which are made to match are aimed at.
const SIZES: [usize; 4] = [10, 100, 1_000, MAX_RULES];

/// An event by name, with how many of a thousand events and rules are of it.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// It has a path.
    pub(crate) path: bool,
    /// It has an address and a port.
    pub(crate) address: bool,
    events: u64,
    rules: u64,
}

const fn kind(name: &'static str, has: (bool, bool), events: u64, rules: u64) -> Kind {
    let (path, address) = has;
    Kind {
        name,
        path,
        address,
        events,
        rules,
    }
}

const PATH: (bool, bool) = (true, false);
const ADDRESS: (bool, bool) = (false, true);
const NEITHER: (bool, bool) = (false, false);

/// 60 % opening files, 10 % programs, 10 % connections, and the rest.
pub(crate) const KINDS: &[Kind] = &[
    kind("openat", PATH, 300, 200),
    kind("open", PATH, 300, 200),
    kind("execve", PATH, 50, 100),
    kind("sched_process_exec", PATH, 50, 150),
    kind("connect", ADDRESS, 100, 150),
    kind("close", NEITHER, 60, 0),
    kind("read", NEITHER, 30, 0),
    kind("write", NEITHER, 30, 0),
    kind("unlink", PATH, 40, 100),
    kind("chmod", PATH, 20, 50),
    kind("mkdir", PATH, 20, 50),
];

/// An event, before any engine's own form.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Index in [`KINDS`].
    pub(crate) kind: usize,
    /// Empty if the kind has none.
    pub(crate) path: String,
    pub(crate) comm: String,
    pub(crate) uid: u32,
    /// The id of the container that it is in.
    pub(crate) container: Option<&'static str>,
    /// Dotted; empty if the kind has none.
    pub(crate) address: String,
    pub(crate) port: u16,
}

/// A string of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Path,
    Comm,
    Address,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    Prefix,
    Suffix,
    Contains,
}

#[derive(Debug, Clone)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// Any of the values.
    Text(Field, Op, Vec<String>),
    /// The user is root.
    Root,
    InContainer,
    Port(u16),
}

/// A rule on one kind of event.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Index in [`KINDS`].
    pub(crate) kind: usize,
    pub(crate) condition: Condition,
}

impl Event {
    pub(crate) fn text(&self, field: Field) -> &str {
        match field {
            Field::Path => &self.path,
            Field::Comm => &self.comm,
            Field::Address => &self.address,
        }
    }
}

impl Condition {
    pub(crate) fn holds(&self, event: &Event) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Not(part) => !part.holds(event),
            Self::Text(field, op, values) => {
                let text = event.text(*field);
                values.iter().any(|value| match op {
                    Op::Equal => text == value,
                    Op::Prefix => text.starts_with(value.as_str()),
                    Op::Suffix => text.ends_with(value.as_str()),
                    Op::Contains => text.contains(value.as_str()),
                })
            }
            Self::Root => event.uid == 0,
            Self::InContainer => event.container.is_some(),
            Self::Port(port) => event.port == *port,
        }
    }

    /// Changes the event towards what holds, as far as that is simple.
    fn apply(&self, event: &mut Event, random: &mut Random) {
        match self {
            // What comes last wins: whole values, then their ends.
            Self::All(parts) => parts.iter().for_each(|part| part.apply(event, random)),
            Self::Any(parts) => random.one(parts).apply(event, random),
            Self::Not(_) => {}
            Self::Text(field, op, values) => {
                let value = random.one(values);
                let text = match field {
                    Field::Path => &mut event.path,
                    Field::Comm => &mut event.comm,
                    Field::Address => &mut event.address,
                };
                *text = match op {
                    Op::Equal => value.clone(),
                    Op::Prefix => format!("{value}{}", text.trim_start_matches('/')),
                    Op::Suffix => format!("{text}{value}"),
                    Op::Contains => format!("{text}{value}x"),
                };
            }
            Self::Root => event.uid = 0,
            Self::InContainer => event.container = Some(words::CONTAINERS[0]),
            Self::Port(port) => event.port = *port,
        }
    }
}

/// What rules and events there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// As on a machine: few events match.
    Usual,
    /// A tenth of the events is made to match, not a thousandth.
    Dense,
    /// All rules and events are of one kind, and rules only ask for what many events have, or have not: for no string
    /// that could be looked up.
    Plain,
}

impl Workload {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "usual" => Some(Self::Usual),
            "dense" => Some(Self::Dense),
            "plain" => Some(Self::Plain),
            _ => None,
        }
    }

    /// The rules, always the same.
    pub(crate) fn rules(self, count: usize) -> Vec<Rule> {
        let mut random = Random::new(1);
        let words = Words::new(&mut random);
        let rule = |_| match self {
            Self::Plain => plain_rule(&mut random, &words),
            Self::Usual | Self::Dense => rule(&mut random, &words),
        };
        (0..count).map(rule).collect()
    }
}

fn plain_rule(random: &mut Random, words: &Words) -> Rule {
    let mut parts = vec![
        Condition::Not(Box::new(words.path_test(random))),
        Condition::Not(Box::new(words.comm_test(random))),
    ];
    for part in [Condition::Root, Condition::InContainer] {
        match random.below(3) {
            0 => {}
            1 => parts.push(part),
            _ => parts.push(Condition::Not(Box::new(part))),
        }
    }
    random.shuffle(&mut parts);
    Rule {
        kind: 0,
        condition: Condition::All(parts),
    }
}

fn rule(random: &mut Random, words: &Words) -> Rule {
    let kind = random.weighted(KINDS.iter().map(|kind| kind.rules));
    let mut parts = if KINDS[kind].address {
        vec![words.address_test(random)]
    } else {
        vec![words.path_test(random)]
    };
    for _ in 0..random.below(3) + 1 {
        parts.push(match random.below(8) {
            0 | 1 => words.comm_test(random),
            2 => Condition::Not(Box::new(words.comm_test(random))),
            3 => Condition::Root,
            4 => Condition::InContainer,
            5 => Condition::Not(Box::new(Condition::InContainer)),
            _ if KINDS[kind].address => words.address_test(random),
            6 => Condition::Not(Box::new(words.path_test(random))),
            _ => Condition::Any(vec![words.path_test(random), words.comm_test(random)]),
        });
    }
    if random.below(2) == 0 {
        random.shuffle(&mut parts);
    }
    Rule {
        kind,
        condition: Condition::All(parts),
    }
}

/// Events without end, the same for the same seed.
pub(crate) fn events(seed: u64, workload: Workload) -> impl Iterator<Item = Event> {
    let rules = workload.rules(MAX_RULES);
    let mut random = Random::new(1);
    let words = Words::new(&mut random);
    let mut random = Random::new(seed.wrapping_add(2));
    let (matching, near) = match workload {
        Workload::Usual => (1, 10),
        Workload::Dense => (100, 50),
        Workload::Plain => (0, 0),
    };
    std::iter::from_fn(move || {
        let chance = random.below(1_000);
        if chance >= matching + near {
            let kind = match workload {
                Workload::Plain => 0,
                _ => random.weighted(KINDS.iter().map(|kind| kind.events)),
            };
            return Some(words.event(&mut random, kind));
        }
        let size = *random.one(&SIZES);
        let rule = &rules[random.below(size as u64) as usize];
        let mut event = words.event(&mut random, rule.kind);
        if let Condition::All(parts) = &rule.condition {
            // A near miss lacks one of the parts, if it does not have that by chance.
            let missing = random.below(parts.len() as u64) as usize;
            for (at, part) in parts.iter().enumerate() {
                if chance < matching || at != missing {
                    part.apply(&mut event, &mut random);
                }
            }
        }
        Some(event)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_event_in_a_thousand_matches_a_thousand_rules() {
        let rules = Workload::Usual.rules(1_000);
        let events: Vec<_> = events(1, Workload::Usual).take(20_000).collect();
        let matches = |event: &&Event| {
            let mut on_it = rules.iter().filter(|rule| rule.kind == event.kind);
            on_it.any(|rule| rule.condition.holds(event))
        };
        let matching = events.iter().filter(matches).count();
        assert!((10..=100).contains(&matching), "{matching} of 20,000");
    }
}
