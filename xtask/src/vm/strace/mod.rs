//! strace as the judge: of each run of guest/src/bin/syscalls, watched by both, strace and tracee must say the same
//! names, arguments and results. What guest/strace.sh left in /out is compared.
//!
//! [`text`] reads strace's lines, with the errors of [`errno`]; [`compare`] holds one against an event, its parts by
//! [`values`]; [`by_design`] has what differs and may.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;
use tracee_lang::stdlib;

use super::skipped_runs;
use crate::{Result, shell};
use by_design::{FIRST, NOT_GIVEN, RETURNS_TWICE};
use compare::{Found, Way};
use text::{Call, Outcome};

mod by_design;
mod compare;
mod errno;
mod text;
mod values;

/// The script that leaves in /out what [`check`] reads.
pub(super) const SCRIPT: &str = "guest/strace.sh";

/// So many different syscalls must be compared at least.
const SYSCALLS: usize = 150;
/// So many differences are shown.
const SHOWN: usize = 40;

/// Compares all calls of both runs. Where the kernel skipped runs of tracee's programs, and tracee said how many, as
/// many calls may have no event: they are told.
///
/// # Errors
/// What differs, and what was never compared.
pub(super) fn check(out: &Path) -> Result<()> {
    let mut found = Found::default();
    let (events, skipped) = by_thread(&shell::read_text(&out.join("strace.json"))?)?;
    for (name, way) in [("strace-decoded", Way::Decoded), ("strace-raw", Way::Raw)] {
        let threads = threads(out, name)?;
        if threads.is_empty() {
            return Err(format!("{name}: strace wrote nothing").into());
        }
        let mut began = false;
        for (thread, mut calls) in threads {
            // Only one thread is the one that strace made.
            if !began && is_first(&calls) {
                began = true;
                calls.remove(0);
            }
            let events = events.get(&thread).map_or(&[][..], Vec::as_slice);
            compare_thread(way, thread, &calls, events, &mut found);
        }
    }
    if skipped > 0 && found.missing.len() <= skipped {
        let missing = std::mem::take(&mut found.missing);
        println!(
            "strace: {} calls have no event; tracee says that the kernel skipped {skipped} runs of its programs, for \
             whatever process",
            missing.len()
        );
        missing
            .iter()
            .take(SHOWN)
            .for_each(|call| println!("  {call}"));
    }
    verdict(&found)
}

/// Whether the thread begins with the program's own execution.
fn is_first(calls: &[Call]) -> bool {
    let first = calls.first();
    first.is_some_and(|call| call.name == FIRST && call.result == Outcome::Value(0))
}

fn verdict(found: &Found) -> Result<()> {
    let schema = stdlib::schema();
    let mut problems = found.differences.clone();
    problems.extend_from_slice(&found.missing);
    // What this kernel does not know fails, so that strace does not look at its arguments.
    for call in found
        .calls
        .keys()
        .filter(|call| found.known.contains(*call))
    {
        for argument in compare::all_of(schema, call) {
            if !found.compared.contains(&(call.clone(), argument.clone())) {
                problems.push(format!("{call}: `{argument}` was never compared"));
            }
        }
    }
    if found.calls.len() < SYSCALLS {
        problems.push(format!("only {} syscalls were compared", found.calls.len()));
    }
    let calls: usize = found.calls.values().sum();
    let sum = format!(
        "strace: {calls} calls of {} syscalls compared, {} arguments and fields of them",
        found.calls.len(),
        found.compared.len()
    );
    if problems.is_empty() {
        println!("{sum}: the same");
        return Ok(());
    }
    let more = problems.len().saturating_sub(SHOWN);
    problems.truncate(SHOWN);
    if more > 0 {
        problems.push(format!("… and {more} more"));
    }
    Err(format!("{sum}, and they differ:\n{}", problems.join("\n")).into())
}

/// Holds the calls of a thread against its events, in their order. Where there are fewer events than calls, a call
/// that is not the next event's is one without an event.
fn compare_thread(way: Way, thread: u64, calls: &[Call], events: &[Json], found: &mut Found) {
    let given = |call: &&Call| NOT_GIVEN.iter().all(|(name, _)| *name != call.name);
    let calls: Vec<&Call> = calls.iter().filter(given).collect();
    let mut events = same_begin(&calls, events).iter();
    let mut fewer = calls.len().saturating_sub(events.len());
    for call in calls {
        let next = events.as_slice().first();
        let of_call = next.filter(|event| event["eventName"] == *call.name);
        let mut one = Found::default();
        if let Some(event) = of_call {
            compare::compare(stdlib::schema(), way, call, event, &mut one);
        }
        if fewer > 0 && (of_call.is_none() || !one.differences.is_empty()) {
            fewer -= 1;
            found
                .missing
                .push(format!("thread {thread}: no event for {call:?}"));
            continue;
        }
        if of_call.is_none() {
            let name = next.map_or(&Json::Null, |event| &event["eventName"]);
            let difference = format!("thread {thread}: {name} instead of {call:?}");
            found.differences.push(difference);
            return;
        }
        found.add(one);
        events.next();
    }
    for event in events {
        let name = &event["eventName"];
        let difference = format!("thread {thread}: strace has no {name} at the end");
        found.differences.push(difference);
    }
}

/// The events without that of the call by which the thread was made, which returned in it, too.
fn same_begin<'e>(calls: &[&Call], events: &'e [Json]) -> &'e [Json] {
    let returned = |event: &Json| {
        let name = event["eventName"].as_str().unwrap_or_default();
        RETURNS_TWICE.contains(&name) && event["returnValue"] == 0
    };
    match events {
        [first, rest @ ..]
            if returned(first)
                && calls
                    .first()
                    .is_none_or(|call| first["eventName"] != *call.name) =>
        {
            rest
        }
        _ => events,
    }
}

/// tracee's events by their thread, and how many runs of its programs were skipped.
fn by_thread(output: &str) -> Result<(BTreeMap<u64, Vec<Json>>, usize)> {
    let mut threads: BTreeMap<u64, Vec<Json>> = BTreeMap::new();
    let mut skipped = 0;
    for line in output.lines() {
        let event: Json = serde_json::from_str(line)?;
        if event["eventName"] == "lost" {
            skipped += skipped_runs(&event).ok_or_else(|| format!("events were lost: {line}"))?;
            continue;
        }
        let thread = event["hostThreadId"].as_u64();
        let thread = thread.ok_or_else(|| format!("an event without a thread: {line}"))?;
        threads.entry(thread).or_default().push(event);
    }
    Ok((threads, skipped))
}

/// What strace wrote of each thread, in files `NAME.THREAD`.
fn threads(out: &Path, name: &str) -> Result<Vec<(u64, Vec<Call>)>> {
    let mut threads = Vec::new();
    for entry in std::fs::read_dir(out)? {
        let path = entry?.path();
        let file = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let number = file
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('.'));
        let Some(thread) = number.and_then(|number| number.parse().ok()) else {
            continue;
        };
        threads.push((thread, text::calls(&shell::read_text(&path)?)?));
    }
    threads.sort_by_key(|(thread, _)| *thread);
    Ok(threads)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(name: &str, result: i64) -> Json {
        json!({ "eventName": name, "hostThreadId": 7, "returnValue": result, "args": [] })
    }

    fn differences(strace: &str, events: &[Json]) -> Vec<String> {
        let mut found = Found::default();
        let calls = text::calls(strace).unwrap();
        compare_thread(Way::Decoded, 7, &calls, events, &mut found);
        [found.differences, found.missing].concat()
    }

    #[test]
    fn calls_are_held_against_events_in_their_order() {
        let strace = "getpid() = 7\nrt_sigreturn({mask=[]}) = 0\nsync() = 0\n";
        let (getpid, sync) = (event("getpid", 7), event("sync", 0));
        let right = [getpid.clone(), sync.clone()];
        assert_eq!(differences(strace, &right), [""; 0]);
        let forked = [&[event("fork", 0)][..], &right].concat();
        assert_eq!(differences(strace, &forked), [""; 0]);
        for wrong in [
            vec![],
            vec![getpid.clone()],
            vec![sync.clone(), getpid.clone()],
            vec![getpid.clone(), sync.clone(), sync.clone()],
            vec![event("getpid", 8), sync.clone()],
            vec![event("fork", 8), getpid.clone(), sync.clone()],
            vec![getpid, event("fork", 0), sync],
        ] {
            assert_ne!(differences(strace, &wrong), [""; 0], "{wrong:?}");
        }
    }

    #[test]
    fn a_call_without_an_event_is_found_among_its_like() {
        let strace = "umask(01) = 02\numask(02) = 01\numask(03) = 02\n";
        let umask = |mask: u64, result: i64| {
            json!({ "eventName": "umask", "returnValue": result,
                "args": [{ "name": "mask", "value": mask }] })
        };
        let calls = text::calls(strace).unwrap();
        let mut found = Found::default();
        let events = [umask(1, 2), umask(3, 2)];
        compare_thread(Way::Decoded, 7, &calls, &events, &mut found);
        assert_eq!((found.differences.len(), found.missing.len()), (0, 1));
        assert!(
            found.missing[0].contains("Number(2)"),
            "{:?}",
            found.missing
        );
        assert!(
            verdict(&found)
                .unwrap_err()
                .to_string()
                .contains("no event for")
        );
    }

    #[test]
    fn too_little_is_no_agreement() {
        let mut found = Found::default();
        let few = verdict(&found).unwrap_err().to_string();
        assert!(few.contains("only 0 syscalls"), "{few}");
        found.calls.insert("dup".to_owned(), 1);
        found.known.insert("dup".to_owned());
        let unseen = verdict(&found).unwrap_err().to_string();
        assert!(
            unseen.contains("dup: `oldfd` was never compared"),
            "{unseen}"
        );
        let lost = |what: &str| {
            let args = json!([{ "name": "event", "value": what }, { "name": "count", "value": 3 }]);
            json!({ "eventName": "lost", "hostThreadId": 0, "args": args }).to_string()
        };
        assert!(by_thread(&lost("openat")).is_err());
        assert_eq!(by_thread(&lost("program sys_exit")).unwrap().1, 3);
    }
}
