//! tracee: rules in its own language, and events as the records that the kernel writes, matched in place.

use tracee_compiler::matcher::{Engine as Evaluator, TargetSet};
use tracee_compiler::plan::TargetKind;
use tracee_compiler::process::{ContainerView, ProcessView, Text};
use tracee_compiler::{CompiledPolicy, Options, compile};
use tracee_ebpf::abi::{RecordHeader, SLOTS_OFFSET};
use tracee_lang::check::check;
use tracee_lang::schema;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use super::{Engine, Error, Match, since};
use crate::workload::{Condition, Event, Field, KINDS, Op, Rule};

struct Tracee {
    compiled: CompiledPolicy,
    /// By kind, the rules that its targets are.
    rules: Vec<Vec<u32>>,
    events: Vec<Taken>,
    /// One after the other, as in the ring buffer.
    records: Vec<u64>,
    matching: TargetSet,
}

struct Taken {
    kind: usize,
    /// Of [`Tracee::records`].
    record: std::ops::Range<usize>,
    process: ProcessView,
    /// The view leads to it.
    _container: Option<Box<ContainerView>>,
}

/// As tracee does it unless asked otherwise.
pub(super) fn chosen(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    load(rules, Evaluator::Jit)
}

/// Every condition, one after the other, as machine code.
pub(super) fn straight(rules: &[Rule]) -> Result<(Box<dyn Engine>, f64), Error> {
    load(rules, Evaluator::Straight)
}

fn load(rules: &[Rule], engine: Evaluator) -> Result<(Box<dyn Engine>, f64), Error> {
    let text = policy(rules);
    // Known before the first rule is: it is part of the program.
    let events = schema();
    let begin = crate::now();
    let mut sources = SourceMap::default();
    let file = sources.add("bench.tp", text);
    let checked = check(&sources, &[file]);
    let options = Options {
        // Other engines have no kernel to prepare.
        pushdown: false,
        engine,
        ..Options::default()
    };
    let checking = since(begin);
    let (compiled, problems) = compile(events, &checked.policies, &options);
    let took = since(begin);
    if std::env::var_os("TRACEE_BENCH_PHASES").is_some() {
        eprintln!(
            "checking {checking:.1} ms, compiling {:.1} ms",
            took - checking
        );
    }
    if let Some(problem) = problems.first() {
        return Err(problem.message.clone().into());
    }
    let rules_of = |kind: &crate::workload::Kind| {
        let event = events.event_named(kind.name)?;
        let mut planned = compiled.plan.events.iter();
        let planned = planned.find(|planned| planned.event == event.id)?;
        let rules = planned.targets.iter().map(|target| match target.kind {
            TargetKind::Rule(at) => at as u32,
            TargetKind::Select => u32::MAX,
        });
        Some(rules.collect())
    };
    let rules = KINDS.iter().map(|kind| rules_of(kind).unwrap_or_default());
    Ok((
        Box::new(Tracee {
            rules: rules.collect(),
            compiled,
            events: Vec::new(),
            records: Vec::new(),
            matching: TargetSet::new(),
        }),
        took,
    ))
}

fn policy(rules: &[Rule]) -> String {
    let rule = |(at, rule): (usize, &Rule)| {
        let (event, condition) = (KINDS[rule.kind].name, condition(&rule.condition));
        format!("rule r{at} {{ on {event} where {condition}; }}\n")
    };
    let rules: String = rules.iter().enumerate().map(rule).collect();
    format!("policy bench {{\n{rules}}}\n")
}

fn condition(of: &Condition) -> String {
    let joined = |parts: &[Condition], word: &str| {
        let parts: Vec<String> = parts.iter().map(condition).collect();
        format!("({})", parts.join(word))
    };
    match of {
        Condition::All(parts) => joined(parts, " and "),
        Condition::Any(parts) => joined(parts, " or "),
        Condition::Not(part) => format!("not {}", condition(part)),
        Condition::Text(Field::Address, _, values) => format!("addr.ip in [{}]", values.join(", ")),
        Condition::Text(field, op, values) => {
            let field = if *field == Field::Path {
                "pathname"
            } else {
                "proc.comm"
            };
            let op = match op {
                Op::Equal => "in",
                Op::Prefix => "prefix",
                Op::Suffix => "suffix",
                Op::Contains => "contains",
            };
            format!("{field} {op} {values:?}")
        }
        Condition::Root => "proc.uid == 0".into(),
        Condition::InContainer => "container.id exists".into(),
        Condition::Port(port) => format!("addr.port == {port}"),
    }
}

fn taken(event: &Event, records: &mut Vec<u64>) -> Taken {
    let container = event.container.map(|id| {
        Box::new(ContainerView {
            id: Text::new(id.as_bytes()),
            ..ContainerView::UNKNOWN
        })
    });
    let process = ProcessView {
        container: container
            .as_deref()
            .map_or(std::ptr::null(), std::ptr::from_ref),
        ..ProcessView::UNKNOWN
    };
    let begin = records.len();
    if let Some(declared) = schema().event_named(KINDS[event.kind].name) {
        records.extend(record(declared, event));
    }
    Taken {
        kind: event.kind,
        record: begin..records.len(),
        process,
        _container: container,
    }
}

/// The record, as the kernel would have written it.
fn record(declared: &schema::Event, event: &Event) -> Vec<u64> {
    let mut header = RecordHeader {
        event: declared.id.0,
        uid: event.uid,
        ..RecordHeader::default()
    };
    header.comm[..event.comm.len()].copy_from_slice(event.comm.as_bytes());
    let tail_begin = SLOTS_OFFSET + 8 * declared.slots.len();
    let (mut slots, mut tail) = (Vec::new(), Vec::new());
    for (at, slot) in declared.slots.iter().enumerate() {
        let mut put = |bytes: &[u8]| {
            let place = (tail_begin + tail.len()) as u64;
            tail.extend(bytes);
            tail.resize(tail.len().next_multiple_of(8), 0);
            place | (bytes.len() as u64) << 32
        };
        let word = match slot.path.as_str() {
            "pathname" => Some(put(event.path.as_bytes())),
            "addr.ip" => {
                let address = event.address.parse::<std::net::Ipv4Addr>();
                address.ok().map(|address| put(&address.octets()))
            }
            "addr.port" => Some(event.port.into()),
            "flags" | "fd" => Some(0),
            _ => None,
        };
        header.present |= u64::from(word.is_some()) << at;
        slots.push(word.unwrap_or_default());
    }
    header.size = (tail_begin + tail.len()) as u32;
    let all = [header.as_bytes(), slots.as_bytes(), &tail].concat();
    let words = all.chunks_exact(8).filter_map(|word| word.try_into().ok());
    words.map(u64::from_ne_bytes).collect()
}

impl Engine for Tracee {
    fn take(&mut self, events: &[Event]) {
        self.records.clear();
        let records = &mut self.records;
        self.events = events.iter().map(|event| taken(event, records)).collect();
    }

    fn evaluate(&mut self, found: &mut Vec<Match>) {
        let matching = &mut self.matching;
        for (at, event) in self.events.iter().enumerate() {
            let record = self.records[event.record.clone()].as_bytes();
            let run = self
                .compiled
                .matchers
                .run(record, Some(&event.process), matching);
            debug_assert_eq!(run, Ok(()));
            if !matching.is_empty() {
                let rules = &self.rules[event.kind];
                found.extend(matching.iter().map(|target| (at as u32, rules[target])));
            }
        }
    }
}
