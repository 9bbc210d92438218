//! The tables of a few policies, to read beside abi.h; and the syscalls' arguments.

use std::fmt::Write;

use tracee_compiler::tables::{FilterTables, syscall_numbers};
use tracee_compiler::{Options, compile};
use tracee_ebpf::abi::{self, Selectors, field};
use tracee_lang::address::set::AddressSet;
use tracee_lang::check::check;
use tracee_lang::hir::{CompareOp, Expr, ExprKind, Field, Operand, TextOp};
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use tracee_lang::types::Type;

use crate::conditions::{expr, policies};
use crate::limits::{and, path, uid};

/// The selectors in a set, ascending.
fn bits(selectors: &Selectors) -> Vec<usize> {
    (0..256)
        .filter(|bit| selectors[bit / 64] >> (bit % 64) & 1 == 1)
        .collect()
}

/// The tables as text; the automata as their transitions by byte.
fn print(tables: &FilterTables) -> String {
    let mut out = String::new();
    for (id, config) in &tables.events {
        let name = &schema().event(*id).unwrap().name;
        let slots = config.slot_count;
        let flags = config.flags;
        writeln!(
            out,
            "{name} flags {flags} slots {slots} selectors {:?}",
            bits(&config.selectors)
        )
        .unwrap();
        let from = config.filter_base as usize;
        let filters = &tables.field_filters[from..from + config.filter_count as usize];
        for (at, filter) in filters.iter().enumerate() {
            let constrained = bits(&filter.constrained);
            let early = match at < config.early_count as usize {
                true => format!(" early, of {}", filter.early),
                false => String::new(),
            };
            writeln!(
                out,
                "  field {}{early} constrains {constrained:?}",
                filter.field
            )
            .unwrap();
            let entries = filter.base as usize..(filter.base + filter.count) as usize;
            match filter.kind {
                abi::FILTER_INTERVALS => {
                    for interval in &tables.intervals[entries] {
                        writeln!(
                            out,
                            "    from {:#x} {:?}",
                            interval.start,
                            bits(&interval.satisfied)
                        )
                        .unwrap();
                    }
                }
                abi::FILTER_ADDRESSES => {
                    for interval in &tables.intervals[entries] {
                        let begin = u128::from(interval.start) << 64 | u128::from(interval.low);
                        let satisfied = bits(&interval.satisfied);
                        writeln!(out, "    from {begin:#x} {satisfied:?}").unwrap();
                    }
                }
                abi::FILTER_FLAGS => {
                    for test in &tables.flag_tests[entries] {
                        let (then, otherwise) = (bits(&test.satisfies), bits(&test.otherwise));
                        writeln!(
                            out,
                            "    & {:#x} == {:#x} {then:?} else {otherwise:?}",
                            test.mask, test.want
                        )
                        .unwrap();
                    }
                }
                _ => print_automaton(&mut out, tables, &tables.automata[filter.base as usize]),
            }
        }
    }
    writeln!(
        out,
        "roots {:?}, {} transitions",
        tables.tree_roots,
        tables.transitions.len()
    )
    .unwrap();
    out
}

fn print_automaton(out: &mut String, tables: &FilterTables, automaton: &abi::Automaton) {
    let initial = automaton.initial.map(|initial| bits(&initial));
    writeln!(out, "    start {} initially {initial:?}", automaton.start).unwrap();
    let mut seen = std::collections::BTreeSet::from([automaton.start]);
    let mut queue = std::collections::VecDeque::from([automaton.start]);
    while let Some(state) = queue.pop_front() {
        write!(out, "    {state}:").unwrap();
        let next = |class: u32| {
            let at = automaton.base + (state << automaton.shift) + class;
            u32::from(tables.transitions[at as usize])
        };
        let of_byte = |byte: u8| next(automaton.classes[usize::from(byte)].into());
        let other = of_byte(0);
        let apart = (0x20..=0x7eu8).filter(|&byte| of_byte(byte) != other);
        let mut steps: Vec<_> = apart
            .map(|byte| (char::from(byte).to_string(), of_byte(byte)))
            .collect();
        steps.push(("other".into(), other));
        steps.push(("END".into(), next(automaton.end_class)));
        for (label, next) in steps.into_iter().filter(|(_, next)| *next != 0) {
            write!(out, " {label}→{next}").unwrap();
            if seen.insert(next) {
                queue.push_back(next);
            }
        }
        if let Some(at) = state.checked_sub(automaton.first_output) {
            let output = &tables.outputs[(automaton.output_base + at) as usize];
            let satisfies = output.satisfies.map(|satisfies| bits(&satisfies));
            write!(
                out,
                " satisfies {satisfies:?} denies {:?}",
                bits(&output.denies)
            )
            .unwrap();
        }
        writeln!(out).unwrap();
    }
}

fn tables_of(event: &str, conditions: Vec<Expr>) -> String {
    let event = schema().event_named(event).unwrap().id;
    let conditions = [None]
        .into_iter()
        .chain(conditions.into_iter().map(Some))
        .collect();
    let (compiled, diagnostics) = compile(
        schema(),
        &policies(event, vec![conditions]),
        &Options::default(),
    );
    assert_eq!(diagnostics, []);
    print(&compiled.tables)
}

fn not(of: Expr) -> Expr {
    expr(ExprKind::Not(Box::new(of)))
}

#[test]
fn prefixes_and_equalities() {
    insta::assert_snapshot!(tables_of(
        "openat",
        vec![
            path(TextOp::Prefix, &["/etc/"]),
            path(TextOp::Eq, &["/etc", "/e"]),
        ]
    ));
}

#[test]
fn a_prefix_without_a_suffix() {
    insta::assert_snapshot!(tables_of(
        "openat",
        vec![and(vec![
            path(TextOp::Prefix, &["a"]),
            path(TextOp::Contains, &["bb"]),
            not(path(TextOp::Suffix, &["c"]))
        ]),]
    ));
}

#[test]
fn integers_of_the_context() {
    insta::assert_snapshot!(tables_of(
        "openat",
        vec![
            uid(CompareOp::Ge, 1000),
            not(uid(CompareOp::Eq, 0)),
            uid(CompareOp::Lt, 10),
        ]
    ));
}

#[test]
fn addresses_of_both_families() {
    let within = |set: &[(u128, u128)]| {
        expr(ExprKind::InAddresses {
            value: Operand::Field(Field::Slot(3), Type::Ip),
            addresses: AddressSet::new(set.iter().copied()),
        })
    };
    let ten = (0xffff_0a00_0000, 0xffff_0aff_ffff);
    insta::assert_snapshot!(tables_of(
        "connect",
        vec![
            within(&[ten, (1, 1)]),
            not(within(&[ten])),
            within(&[(0x2001_0db8 << 96, u128::MAX)]),
        ]
    ));
}

#[test]
fn signed_integers_and_flags() {
    let openat = schema().event_named("openat").unwrap();
    let flags = || Operand::Field(Field::Slot(2), openat.slots[2].ty.clone());
    let dirfd = Operand::Field(Field::Slot(0), openat.slots[0].ty.clone());
    let has = |flags: Operand, all| {
        expr(ExprKind::Has {
            value: flags,
            flags: vec![(3, 1), (64, 64)],
            all,
        })
    };
    insta::assert_snapshot!(tables_of(
        "openat",
        vec![
            expr(ExprKind::Compare {
                op: CompareOp::Eq,
                left: dirfd,
                right: Operand::Int(-100)
            }),
            has(flags(), false),
            has(flags(), true),
            not(has(flags(), false)),
            not(has(flags(), true)),
        ]
    ));
}

#[test]
fn a_process_tree() {
    let pid = expr(ExprKind::InInts {
        value: Operand::Ancestor(0, tracee_lang::context::ProcessField::HostPid),
        ranges: vec![(7, 8), (100, 100)].into(),
    });
    let tree = expr(ExprKind::Quantifier {
        all: false,
        over: tracee_lang::hir::Iterated::Ancestors,
        body: Box::new(pid),
    });
    insta::assert_snapshot!(tables_of("openat", vec![tree, uid(CompareOp::Eq, 0)]));
}

#[test]
fn arguments_of_every_kind_of_syscall() {
    let mut out = String::new();
    for event in [
        "openat",
        "execve",
        "connect",
        "openat2",
        "sched_process_exec",
    ] {
        let id = schema().event_named(event).unwrap().id;
        let (compiled, diagnostics) = compile(
            schema(),
            &policies(id, vec![vec![None, None]]),
            &Options::default(),
        );
        assert_eq!(diagnostics, []);
        let config = &compiled.tables.events[0].1;
        writeln!(
            out,
            "{event} flags {} slots {}",
            config.flags, config.slot_count
        )
        .unwrap();
        for arg in config.args.iter().filter(|arg| arg.kind != abi::ARG_NONE) {
            let abi::ArgConfig {
                kind,
                slot,
                size,
                is_signed,
                aux,
                ..
            } = arg;
            writeln!(
                out,
                "  kind {kind} slot {slot} size {size} signed {is_signed} aux {aux}"
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn every_declared_syscall_can_be_read() {
    let mut conditions = tracee_lang::hir::PolicySet::default();
    for event in &schema().events {
        conditions
            .policies
            .extend(policies(event.id, vec![vec![None, None]]).policies);
    }
    let (compiled, diagnostics) = compile(schema(), &conditions, &Options::default());
    assert_eq!(diagnostics, []);
    assert!(compiled.tables.events.len() > 20);
}

#[test]
fn a_syscall_has_an_entry_for_each_of_its_numbers() {
    let numbers = syscall_numbers(schema());
    let openat = u32::from(schema().event_named("openat").unwrap().id.0) + 1;
    let of_openat: Vec<_> = numbers
        .iter()
        .filter(|(_, event)| *event == openat)
        .collect();
    assert_eq!(of_openat, [&(257, openat), &(600 + 295, openat)]);
    assert!(numbers.is_sorted());
}

#[test]
fn a_list_field_is_not_text() {
    let argv = Operand::Field(Field::Slot(1), Type::List(Box::new(Type::String)));
    let atom = expr(ExprKind::Exists(argv));
    insta::assert_snapshot!(tables_of("execve", vec![atom]));
}

/// Their conditions in any order: those that need no record come first, up to as many as the kernel takes.
#[test]
fn what_needs_no_record_comes_first() {
    let early = |event: &str, condition: &str| {
        let mut sources = SourceMap::default();
        let text = format!("policy p {{ select {event} where {condition}; }}");
        let file = sources.add("p.tp", text.as_str());
        let checked = check(&sources, &[file]);
        assert_eq!(checked.diagnostics, [], "{text}");
        let (compiled, _) = compile(schema(), &checked.policies, &Options::default());
        let event = schema().event_named(event).unwrap().id;
        let config = compiled.tables.events.iter().find(|(id, _)| *id == event);
        let config = config.unwrap().1;
        let from = config.filter_base as usize;
        let filters = &compiled.tables.field_filters[from..from + config.filter_count as usize];
        let fields: Vec<(u32, u8)> = filters
            .iter()
            .map(|filter| (filter.field, filter.early))
            .collect();
        (fields, config.early_count)
    };
    let (uid, comm, pid) = (field::UID, field::COMM, field::PID);
    let context = abi::EARLY_CONTEXT;
    assert_eq!(
        early(
            "openat",
            "pathname prefix \"/e\" and proc.pid == 1 and flags has O_CREAT and proc.comm == \"a\" \
             and proc.uid == 0"
        ),
        (vec![(uid, context), (2, 3), (comm, 0), (pid, 0), (1, 0)], 2),
    );
    assert_eq!(
        early(
            "openat",
            "dirfd == 3 and event.cpu == 1 and proc.uid == 0 and proc.gid == 0 and retval > 0"
        )
        .1,
        abi::MAX_EARLY_FILTERS as u32
    );
    // Neither more tests of bits than are looked at, nor a comparison of two fields.
    let flags = "flags has O_CREAT or flags has O_EXCL or flags has O_TRUNC or flags has O_APPEND \
                 or flags has O_SYNC";
    assert_eq!(early("openat", &format!("({flags}) and mode == 0")).1, 1);
    assert_eq!(early("openat", "proc.uid != proc.gid").1, 0);
    // Only syscalls have a moment before a record.
    assert_eq!(early("security_file_open", "proc.uid == 0").1, 0);
    // What is in a struct is no register.
    let (fields, count) = early(
        "connect",
        "addr.port == 53 and proc.uid == 0 and sockfd == 3",
    );
    assert_eq!((fields[2].1, count), (0, 2), "{fields:?}");
}
