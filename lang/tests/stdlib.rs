//! The standard library: every file is compiled in, and nothing is wrong with any. Numbers and
//! constants are compared with the kernel's headers in headers.rs.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use tracee_lang::check::{self, check};
use tracee_lang::diagnostics::Severity;
use tracee_lang::source::{SourceMap, Span};
use tracee_lang::stdlib;

fn files_below(directory: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "tp") {
            found.push(path);
        }
    }
    Ok(())
}

#[test]
fn every_file_is_compiled_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib-signatures");
    let mut paths = Vec::new();
    files_below(&root, &mut paths).unwrap();
    let mut there: Vec<_> = paths
        .iter()
        .map(|path| format!("std/{}", path.strip_prefix(&root).unwrap().display()))
        .collect();
    there.sort();
    let table: Vec<_> = stdlib::FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(table, there);
}

#[test]
fn nothing_is_wrong_with_it() {
    let said: Vec<_> = stdlib::declared()
        .1
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.span();
            let file = stdlib::source_map().get(span.file).unwrap();
            let line = file.text[..span.start as usize].lines().count();
            format!(
                "{}:{line}: {} {}",
                file.name, diagnostic.code, diagnostic.message
            )
        })
        .collect();
    assert_eq!(said, Vec::<String>::new());
}

/// A file of a list or a rule is clean by itself, as one of a user's would be.
#[test]
fn lists_and_rules_have_no_warnings() {
    for (name, text) in stdlib::FILES {
        if name.starts_with("std/events/") {
            continue;
        }
        let mut map = SourceMap::default();
        let file = map.add(*name, *text);
        let said = check(&map, &[file]).diagnostics;
        assert!(said.is_empty(), "{said:#?}");
    }
}

/// `std.shells` is in lists/shells.tp, `std.ld_preload` in rules/persistence/ld_preload.tp, and that is
/// a tactic of its technique.
#[test]
fn lists_and_rules_are_found_by_their_names() {
    let file_of = |span: Span| &*stdlib::source_map().get(span.file).unwrap().name;
    let rules = check::standard_rules();
    assert!(!rules.is_empty());
    for rule in &rules {
        let (tactic, file) = file_of(rule.span)
            .strip_prefix("std/rules/")
            .and_then(|path| path.split_once('/'))
            .unwrap();
        assert_eq!(file, format!("{}.tp", rule.name));
        assert_eq!(rule.qualified_name, format!("std.{}", rule.name));
        let mut tactics = rule.attack.iter().flat_map(|technique| technique.tactics());
        let name = tactic.replace('-', " ");
        assert!(
            tactics.any(|tactic| tactic.name.to_lowercase() == name),
            "{} is not of {name}",
            rule.name
        );
        assert!(rule.id.is_some() && rule.title.is_some());
        assert!(rule.message.is_some() && !rule.references.is_empty());
        assert!(
            rule.doc.contains("\n\nKnown false positives: "),
            "{}",
            rule.name
        );
    }
    let count = |directory: &str| {
        let files = stdlib::FILES.iter();
        files
            .filter(|(name, _)| name.starts_with(directory))
            .count()
    };
    assert_eq!(count("std/rules/"), rules.len());
    let lists = stdlib::lists();
    assert_eq!(count("std/lists/"), lists.len());
    for list in &lists {
        let file = format!("std/lists/{}.tp", list.name);
        assert!(
            stdlib::FILES.iter().any(|(name, _)| *name == file),
            "{file}"
        );
        assert!(!list.doc.is_empty(), "{} has no doc comment", list.name);
        assert!(list.elements.is_sorted(), "{} is not sorted", list.name);
    }
}

/// A hit, a miss and more beside each rule; that nothing else is left out, `tracee test --coverage` says.
#[test]
fn rules_have_tests() {
    for (name, text) in stdlib::FILES {
        if name.starts_with("std/rules/") {
            let mut map = SourceMap::default();
            let file = map.add(*name, *text);
            let tests = check(&map, &[file]).tests;
            let expected = || tests.iter().flat_map(|test| &test.expect);
            assert!(tests.len() >= 3, "{name}");
            assert!(expected().any(|expect| expect.not), "{name}");
            assert!(expected().any(|expect| !expect.not), "{name}");
        }
    }
}

/// Lists of names can be compared with `comm`, of which the kernel keeps 15 bytes, and paths are whole.
#[test]
fn elements_of_lists_can_match() {
    for list in stdlib::lists() {
        for element in list.elements {
            let text = element.trim_matches('"');
            match list.ty {
                "string" => assert!(text.len() <= 15 && !text.contains('/'), "{element}"),
                "path" => assert!(text.starts_with('/'), "{element}"),
                "ip" => assert!(text.parse::<std::net::IpAddr>().is_ok(), "{element}"),
                ty => panic!("what is a list of `{ty}` compared with?"),
            }
        }
    }
}

#[test]
fn every_event_and_constant_is_in_the_golden_schema() {
    let schema = stdlib::schema();
    let mut out = String::new();
    for event in &schema.events {
        let id = event.id.0;
        let sets = event.sets.join(" ");
        writeln!(out, "event {id} {} [{sets}] {:?}", event.name, event.hooks).unwrap();
        for (at, slot) in event.slots.iter().enumerate() {
            writeln!(
                out,
                "  {at:2} {}: {}",
                slot.path,
                schema.type_name(&slot.ty)
            )
            .unwrap();
        }
    }
    for ty in &schema.enums {
        writeln!(out, "enum {}: {}", ty.name, ty.repr).unwrap();
        for (name, value) in &ty.constants {
            writeln!(out, "  {name} = {value}").unwrap();
        }
    }
    for ty in &schema.flag_sets {
        writeln!(out, "flags {}: {}", ty.name, ty.repr).unwrap();
        for flag in &ty.constants {
            writeln!(
                out,
                "  {} = {:#x} mask {:#x}",
                flag.name, flag.value, flag.mask
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn events_are_found_by_name_and_id_and_documented() {
    let schema = stdlib::schema();
    assert_eq!(schema.events.len(), 546);
    for event in &schema.events {
        assert_eq!(schema.event_named(&event.name).unwrap().id, event.id);
        assert_eq!(schema.event(event.id).unwrap().name, event.name);
        assert!(!event.doc.is_empty(), "{} has no doc comment", event.name);
    }
}

/// No word of the language is in the way of the name of an event or an argument.
#[test]
fn events_and_arguments_can_be_asked_for() {
    let schema = stdlib::schema();
    for event in &schema.events {
        let asked = event
            .slots
            .iter()
            .map(|slot| format!("{} exists", slot.path));
        let condition: Vec<_> = asked.chain(["proc.pid == 1".to_owned()]).collect();
        let text = format!(
            "policy p {{ select {} where {}; }}",
            event.name,
            condition.join(" or ")
        );
        let mut map = SourceMap::default();
        let file = map.add("p.tp", text.as_str());
        let said = check(&map, &[file]).diagnostics;
        let errors = said.iter().filter(|said| said.severity == Severity::Error);
        let errors: Vec<_> = errors.map(|said| &said.message).collect();
        assert!(errors.is_empty(), "{text}: {errors:?}");
    }
}

/// The table in docs/kernel-events.md names no event that there is.
#[test]
fn events_that_are_said_to_be_missing_are() {
    let page = include_str!("../../docs/kernel-events.md");
    let table = page.split_once("tracee does not have").unwrap().1;
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let names = rows.filter_map(|row| Some(row.split_once(" |")?.0));
    let names: Vec<_> = names.flat_map(|names| names.split(", ")).collect();
    assert!(names.len() > 30, "{names:?}");
    let schema = stdlib::schema();
    let there: Vec<_> = names
        .iter()
        .filter(|name| schema.event_named(name).is_some())
        .collect();
    assert!(there.is_empty(), "{there:?}");
}
