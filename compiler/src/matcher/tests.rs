//! When parts are compiled, and what becomes of those that can't be.

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use tracee_ebpf::abi::{RecordHeader, SLOTS_OFFSET};
use tracee_lang::check::check;
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use super::{EventMatcher, Matchers, NotCompiled, TargetSet};
use crate::{Options, compile};

/// Far longer than a part takes, on a machine that has other work.
const LONG: Duration = Duration::from_secs(60);

/// A rule for each user, of which each close matches one.
fn matchers(rules: usize) -> Matchers {
    let rule =
        |at: usize| format!("rule r{at} {{ on close where proc.uid == {at} or fd == {at}; }}");
    let rules: Vec<String> = (0..rules).map(rule).collect();
    let mut sources = SourceMap::default();
    let file = sources.add("p.tp", format!("policy p {{ {} }}", rules.concat()));
    let checked = check(&sources, &[file]);
    let (compiled, problems) = compile(schema(), &checked.policies, &Options::default());
    assert_eq!(problems, vec![]);
    compiled.matchers
}

/// Which rules match a close of the file descriptor 2 by a user.
fn run(matchers: &Matchers, uid: u32) -> Vec<usize> {
    let close = schema().event_named("close").unwrap();
    let header = RecordHeader {
        size: (SLOTS_OFFSET + 8 * close.slots.len()) as u32,
        event: close.id.0,
        present: 1,
        uid,
        ..RecordHeader::default()
    };
    let mut record = header.as_bytes().to_vec();
    record.resize(header.size as usize, 0);
    record[SLOTS_OFFSET] = 2;
    let words = record.chunks_exact(8);
    let words = words.map(|word| u64::from_ne_bytes(word.try_into().unwrap()));
    let record: Vec<u64> = words.collect();
    let mut out = TargetSet::new();
    let sound = matchers.run(record.as_bytes(), None, &mut out);
    assert_eq!(sound, Ok(()));
    out.iter().collect()
}

fn matcher(matchers: &Matchers) -> &EventMatcher {
    let close = schema().event_named("close").unwrap();
    matchers.events[usize::from(close.id.0)].as_ref().unwrap()
}

#[test]
fn code_is_made_on_another_thread_once_it_pays() {
    let matchers = matchers(20);
    assert_eq!(run(&matchers, 7), [2, 7]);
    assert_eq!(matchers.code_size(), 0);
    let begin = Instant::now();
    while matchers.code_size() == 0 {
        assert_eq!(run(&matchers, 7), [2, 7]);
        assert!(begin.elapsed() < LONG);
    }
    let part = &matcher(&matchers).parts[0];
    assert!(part.code().is_some() && matchers.not_compiled().is_none());
    assert_eq!(run(&matchers, 7), [2, 7]);
}

/// A code generator that never ends holds up nobody but `complete`.
#[test]
fn no_event_waits_for_code() {
    let matchers = matchers(20);
    let part = &matcher(&matchers).parts[0];
    let (begun, has_begun) = channel();
    let (end, may_end) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            part.code.get_or_init(|| {
                begun.send(()).unwrap();
                let _ = may_end.recv();
                Err("it took too long".into())
            })
        });
        has_begun.recv().unwrap();
        for uid in 0..2_000 {
            let expected = match uid {
                2 => vec![2],
                0..20 => vec![2.min(uid as usize), 2.max(uid as usize)],
                _ => vec![2],
            };
            assert_eq!(run(&matchers, uid), expected);
        }
        assert_eq!(matchers.code_size(), 0);
        drop(end);
    });
    matchers.complete();
}

#[test]
fn what_can_not_be_compiled_is_counted_and_interpreted() {
    let matchers = matchers(150);
    let parts = &matcher(&matchers).parts;
    assert!(parts.len() >= 3, "{parts:?}");
    for (at, reason) in [(0, "too large"), (2, "no memory")] {
        parts[at].code.set(Err(reason.into())).unwrap();
    }
    for _ in 0..2_000 {
        for uid in [0, 70, 149] {
            let mut expected = vec![2, uid];
            expected.sort_unstable();
            assert_eq!(run(&matchers, uid as u32), expected);
        }
    }
    matchers.complete();
    let conditions = parts[0].part.targets.len() + parts[2].part.targets.len();
    let reason = "too large".into();
    let failed = NotCompiled { conditions, reason };
    assert_eq!(matchers.not_compiled(), Some(failed));
    assert!(matchers.code_size() > 0);
    assert_eq!(run(&matchers, 70), [2, 70]);
}

#[test]
fn matchers_that_end_leave_their_thread_nothing_to_do() {
    let matchers = matchers(150);
    for uid in 0..5_000 {
        run(&matchers, uid);
    }
    let events = std::sync::Arc::downgrade(&matchers.events);
    drop(matchers);
    let begin = Instant::now();
    while events.upgrade().is_some() {
        assert!(begin.elapsed() < LONG);
        thread::yield_now();
    }
}
