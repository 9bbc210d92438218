//! Where processes are: `working_directory`, and what the process tree makes of it.

use std::path::Path;

use tracee_compiler::tables::FilterTables;
use tracee_compiler::{Options, compile};
use tracee_ebpf::abi;
use tracee_lang::check::check;
use tracee_lang::context::ProcessField;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use tracee_lang::value::Value;
use tracee_runtime::process_tree::{
    Limits, ProcessTree, internal_events, learned_events, scan_directories,
};
use tracee_runtime::record::{Layouts, Record};

use crate::watch::{Actor, Records, event_id, need_live, shared};

/// The tables of a policy, compiled as a run does.
fn tables(policy: &str) -> (FilterTables, bool) {
    let mut sources = SourceMap::default();
    let file = sources.add("p.tp", policy);
    let checked = check(&sources, &[file]);
    assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    let options = Options {
        internal: internal_events(schema()),
        learned: learned_events(schema()),
        ..Options::default()
    };
    let (compiled, _) = compile(schema(), &checked.policies, &options);
    (compiled.tables, compiled.learned.directory.is_some())
}

#[test]
fn the_tree_knows_where_processes_are() {
    need_live!();
    // It was there, somewhere, before anybody looked.
    let mut actor = Actor::new("directories");
    let place = std::env::current_dir().unwrap();
    let place = place.to_str().unwrap();
    let policy =
        r#"policy p { select openat where pathname under "/nowhere" and proc.cwd exists; }"#;
    let (tables, needed) = tables(policy);
    assert!(needed);
    let mut source = shared(&actor, &tables);
    let layouts = Layouts::new(schema());
    let mut tree = ProcessTree::new(schema(), Limits::default());
    scan_directories(schema(), Path::new("/proc"), 0, &mut |record| {
        tree.before(&Record::parse(record.as_bytes(), &layouts).unwrap(), false);
    });
    assert!(actor.act().success());
    let records = Records::read(&mut source);

    let mut found = Vec::new();
    let mut parents = Vec::new();
    for record in records.all() {
        let process = tree.before(&record, false).unwrap();
        let cwd = |process| match tree.field(process, ProcessField::Cwd) {
            Value::Bytes(cwd) => String::from_utf8(cwd.into_owned()).unwrap(),
            _ => "?".to_owned(),
        };
        let mark = record.event() == event_id("openat") && record.bytes(1) != Some(b"/");
        let path = record.bytes(1).filter(|_| mark);
        if let Some(mark) = path.and_then(|path| path.strip_prefix(b"/nowhere/")) {
            let mark = String::from_utf8(mark.to_vec()).unwrap();
            parents.extend((mark == "root").then(|| tree.parent(process).map(cwd)));
            found.push((mark, cwd(process)));
        }
        if record.event() == event_id("sched_process_exec") {
            found.push(("exec".to_owned(), cwd(process)));
        }
        tree.after(&record);
    }
    let usr = std::fs::canonicalize("/usr").unwrap();
    let usr = usr.to_str().unwrap();
    let expected = [
        ("begin", place),
        ("stayed", place),
        ("usr", usr),
        ("inherited", usr),
        ("root", "/"),
        ("exec", "/"),
        ("parent", usr),
    ];
    let expected = expected.map(|(mark, place)| (mark.to_owned(), place.to_owned()));
    assert_eq!(found, expected);
    assert_eq!(parents, [Some(usr.to_owned())]);

    // Two changes, and one exec, which no selector has: nothing changed.
    let said = records.of("working_directory");
    let said: Vec<_> = said
        .iter()
        .map(|record| (record.bytes(0).unwrap(), record.header().syscall))
        .collect();
    assert_eq!(said, [(usr.as_bytes(), 80), (b"/", 81), (b"/", 59)]);
    assert!(
        records
            .of("working_directory")
            .iter()
            .all(Record::is_internal)
    );
}

#[test]
fn changes_are_events_and_execs_are_none() {
    need_live!();
    let policy = r#"policy p { select working_directory where path == "/"; }"#;
    let (tables, needed) = tables(policy);
    assert!(!needed, "nobody asks for proc.cwd");
    let mut actor = Actor::new("directories");
    let records = crate::watch::watch_actor(&mut actor, &tables);
    let said = records.of("working_directory");
    let [one] = &said[..] else {
        panic!("{} records", said.len());
    };
    assert_eq!(one.bytes(0), Some(&b"/"[..]));
    assert!(!one.has(abi::RECORD_INTERNAL));
    assert_eq!(one.header().syscall, 81);
}

#[test]
fn nobody_asks_nothing_is_said() {
    need_live!();
    let (tables, needed) = tables(r#"policy p { select openat where pathname under "/nowhere"; }"#);
    assert!(!needed);
    let records = crate::watch::watch("directories", &tables);
    assert!(records.of("working_directory").is_empty());
}
