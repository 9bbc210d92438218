//! Filters, with tables made by hand: what comes through is what they let through.

use tracee_compiler::tables::FilterTables;
use tracee_ebpf::abi::{self, FieldFilter, FlagTest, Interval, field};

use crate::acts::{DUPS, FLAGS, PATHS};
use crate::automaton::Pattern::{Contains, Equal, Prefix, Suffix};
use crate::tables::{add_event, equals, intervals, selector, strings};
use crate::watch::{Actor, Records, need_live, shared, watch};

/// The paths of the act `paths` that came through, with their selectors.
fn opened(records: &Records) -> Vec<(Vec<u8>, u64)> {
    let opens = records.of("openat");
    let ours = opens
        .iter()
        .filter(|open| PATHS.contains(&open.bytes(1).unwrap()));
    ours.map(|open| (open.bytes(1).unwrap().to_vec(), open.header().selectors[0]))
        .collect()
}

#[test]
fn string_operators() {
    need_live!();
    let patterns = [
        Equal(b"/nowhere/a/secret"),
        Prefix(b"/nowhere/b/"),
        Suffix(b"secret"),
        Contains(b"\xff\xfe"),
        Equal(b""),
        Prefix(b"/nowhere/a/se"),
        Contains(b"ssec"),
    ];
    let mut tables = FilterTables::default();
    let filter = strings(&mut tables, 1, &patterns);
    add_event(&mut tables, "openat", [0x7f, 0, 0, 0], vec![filter]);
    let found = opened(&watch("paths", &tables));

    let holds = |path: &[u8], at: usize| match patterns[at] {
        Equal(text) => path == text,
        Prefix(text) => path.starts_with(text),
        Suffix(text) => path.ends_with(text),
        Contains(text) => path.windows(text.len()).any(|part| part == text),
    };
    let expected: Vec<_> = PATHS
        .iter()
        .map(|path| {
            let bits = (0..patterns.len()).filter(|at| holds(path, *at));
            (path.to_vec(), bits.map(|at| 1 << at).sum::<u64>())
        })
        .filter(|(_, selectors)| *selectors != 0)
        .collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 8, "the patterns tell paths apart");
}

#[test]
fn the_last_selector_is_as_good_as_the_first() {
    need_live!();
    let mut tables = FilterTables::default();
    let mut patterns = vec![Contains(b"never here"); 255];
    patterns.push(Suffix(b".txt"));
    let filter = strings(&mut tables, 1, &patterns);
    add_event(&mut tables, "openat", [u64::MAX; 4], vec![filter]);
    let records = watch("paths", &tables);
    let opens = records.of("openat");
    assert!(!opens.is_empty());
    for open in opens {
        assert_eq!(open.bytes(1), Some(&b"/nowhere/a/secret.txt"[..]));
        assert_eq!(open.header().selectors, selector(255));
    }
}

#[test]
fn needs_and_refusals_of_one_selector() {
    need_live!();
    // Selector 0: prefix /nowhere/ and suffix secret, and not containing "/b/".
    let mut tables = FilterTables::default();
    let patterns = [Prefix(b"/nowhere/"), Suffix(b"secret"), Contains(b"/b/")];
    let mut filter = strings(&mut tables, 1, &patterns);
    filter.constrained = selector(0);
    for output in &mut tables.outputs {
        let bits = output.satisfies[0][0];
        output.satisfies[0][0] = bits & 1;
        output.satisfies[1][0] = bits >> 1 & 1;
        output.denies[0] = bits >> 2 & 1;
    }
    tables.automata[0].initial = [[0; 4]; 2];
    add_event(&mut tables, "openat", selector(0), vec![filter]);
    let found = opened(&watch("paths", &tables));
    let paths: Vec<_> = found.iter().map(|(path, _)| &path[..]).collect();
    assert_eq!(paths, [&b"/nowhere/a/secret"[..], b"/nowhere/a/ssecret"]);
}

#[test]
fn strings_that_were_cut_or_are_absent_pass() {
    need_live!();
    let mut tables = FilterTables::default();
    let filter = strings(&mut tables, 1, &[Equal(b"no such path")]);
    add_event(&mut tables, "openat", selector(0), vec![filter]);
    let lengths = watch("lengths", &tables);
    let cut: Vec<_> = lengths
        .of("openat")
        .iter()
        .map(|open| open.truncated(1))
        .collect();
    assert_eq!(cut, [true, true]);
    let files = watch("files", &tables);
    let absent: Vec<_> = files
        .of("openat")
        .iter()
        .map(|open| open.bytes(1))
        .collect();
    assert_eq!(absent, [None, None]);
}

/// Descriptors of the act `dups` that came through.
fn dupped(records: &Records) -> Vec<i32> {
    let fds = records
        .of("dup")
        .into_iter()
        .map(|dup| dup.int(0).unwrap() as i32);
    fds.filter(|fd| DUPS.contains(fd)).collect()
}

const SIGN: u64 = 1 << 63;

#[test]
fn signed_intervals() {
    need_live!();
    let mut tables = FilterTables::default();
    // 0: below -1; 1: at least 200000; both in a second word of selectors, too.
    let pieces = [
        (0, [1, 0, 0, 4]),
        (SIGN - 1, [0; 4]),
        (SIGN + 200_000, [2, 0, 0, 8]),
    ];
    let filter = intervals(&mut tables, 0, true, &pieces, [3, 0, 0, 12]);
    add_event(&mut tables, "dup", [3, 0, 0, 12], vec![filter]);
    let records = watch("dups", &tables);
    assert_eq!(dupped(&records), [-7, 200_000, 300_000, i32::MIN, i32::MAX]);
    for dup in records.of("dup") {
        let low = dup.int(0).unwrap() < 0;
        let expected = if low { [1, 0, 0, 4] } else { [2, 0, 0, 8] };
        assert_eq!(dup.header().selectors, expected);
    }
}

#[test]
fn a_search_among_many_intervals() {
    need_live!();
    let mut tables = FilterTables::default();
    // Every thousandth number is satisfied: some 2000 intervals.
    let mut pieces = vec![(0, [0; 4])];
    for thousand in (100_000..1_100_000u64).step_by(1000) {
        pieces.push((SIGN + thousand, selector(0)));
        pieces.push((SIGN + thousand + 1, [0; 4]));
    }
    let filter = intervals(&mut tables, 0, true, &pieces, selector(0));
    add_event(&mut tables, "dup", selector(0), vec![filter]);
    assert_eq!(dupped(&watch("dups", &tables)), [100_000, 200_000, 300_000]);
}

#[test]
fn return_values() {
    need_live!();
    let mut tables = FilterTables::default();
    // Negative ones fail: 0 and above only.
    let pieces = [(0, [0; 4]), (SIGN, selector(0))];
    let filter = intervals(&mut tables, field::RETVAL, true, &pieces, selector(0));
    add_event(&mut tables, "openat", selector(0), vec![filter]);
    add_event(&mut tables, "execve", selector(0), vec![filter]);
    let records = watch("files", &tables);
    assert!(
        records
            .of("openat")
            .iter()
            .all(|open| open.retval().unwrap() >= 0)
    );
    records.one("openat", 1, b"/dev/null");
    // A record that was made on entry is decided when its call returns.
    assert_eq!(watch("exec-fails", &tables).of("execve").len(), 0);
    assert_eq!(watch("exec", &tables).of("execve").len(), 1);
}

#[test]
fn flag_tests() {
    need_live!();
    let mut tables = FilterTables::default();
    let test = |mask, want, satisfies, otherwise| FlagTest {
        mask,
        want,
        satisfies: [satisfies, 0, 0, 0],
        otherwise: [otherwise, 0, 0, 0],
    };
    // 0: has O_WRONLY; 1: has no O_CLOEXEC; and many that add nothing.
    tables.flag_tests = vec![test(!0, 0xdead_beef, 4, 0); 200];
    tables.flag_tests.push(test(3, 1, 1, 0));
    tables.flag_tests.push(test(0o2000000, 0o2000000, 0, 2));
    let filter = abi::FieldFilter {
        field: 2,
        kind: abi::FILTER_FLAGS,
        is_signed: 0,
        early: abi::EARLY_NO,
        base: 0,
        count: 202,
        constrained: [7, 0, 0, 0],
    };
    let expected = [(FLAGS[0], 2), (FLAGS[1], 3), (FLAGS[2], 2), (FLAGS[3], 3)];
    // All of them; and the last two before a record is begun.
    let few = abi::FieldFilter {
        early: 3,
        base: 200,
        count: 2,
        ..filter
    };
    for filter in [filter, few] {
        tables.events.clear();
        add_event(&mut tables, "openat", [7, 0, 0, 0], vec![filter]);
        let records = watch("flags", &tables);
        let opens = records.of("openat");
        let ours = opens
            .iter()
            .filter(|open| open.bytes(1) == Some(b"/nowhere/flags"));
        let found: Vec<_> = ours
            .map(|open| (open.int(2).unwrap() as i32, open.header().selectors[0]))
            .collect();
        assert_eq!(found, expected);
    }
}

/// What the kernel tells without a record.
const EARLY: [u32; 8] = [
    field::UID,
    field::GID,
    field::HOST_PID,
    field::HOST_TID,
    field::CGROUP_ID,
    field::CPU,
    field::RETVAL,
    field::TREE,
];

/// How many of the act's opens come through a filter on the context; as many if it is applied before a record is
/// begun, where it can be.
fn opens_through(make: impl Fn(&mut FilterTables, &Actor) -> abi::FieldFilter) -> usize {
    let through = |is_early: bool| {
        let mut actor = Actor::new("paths");
        let mut tables = FilterTables::default();
        let mut filter = make(&mut tables, &actor);
        if is_early && EARLY.contains(&filter.field) {
            filter.early = abi::EARLY_CONTEXT;
        }
        add_event(&mut tables, "openat", selector(0), vec![filter]);
        let mut source = shared(&actor, &tables);
        assert!(actor.act().success());
        opened(&Records::read(&mut source)).len()
    };
    let count = through(false);
    assert_eq!(count, through(true));
    count
}

#[test]
fn context_fields() {
    need_live!();
    let all = PATHS.len();
    let through = |field: u32, value: u64| opens_through(|tables, _| equals(tables, field, value));
    let inode = |name: &str| {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(format!("/proc/self/ns/{name}"))
            .unwrap()
            .ino()
    };
    let fields = [
        (field::PPID, u64::from(std::process::id())),
        (field::HOST_PPID, u64::from(std::process::id())),
        // SAFETY: takes nothing and can't fail.
        (field::UID, u64::from(unsafe { libc::getuid() })),
        // SAFETY: as above.
        (field::GID, u64::from(unsafe { libc::getgid() })),
        (field::MNT_NS, inode("mnt")),
        (field::PID_NS, inode("pid")),
        (field::UTS_NS, inode("uts")),
        (field::NET_NS, inode("net")),
        (field::USER_NS, inode("user")),
    ];
    for (field, value) in fields {
        assert_eq!(through(field, value), all, "field {field} is {value}");
        assert_eq!(
            through(field, value + 1),
            0,
            "field {field} is not {}",
            value + 1
        );
    }
    for field in [field::PID, field::HOST_PID] {
        let passed = opens_through(|tables, actor| equals(tables, field, actor.pid().into()));
        assert_eq!(passed, all, "field {field}");
    }
    // The act runs in another thread.
    for field in [field::TID, field::HOST_TID] {
        let passed = opens_through(|tables, actor| equals(tables, field, actor.pid().into()));
        assert_eq!(passed, 0, "field {field}");
    }
    let since = |field: u32, start: u64| {
        opens_through(|tables, _| {
            let pieces = [(0, [0; 4]), (start, selector(0))];
            intervals(tables, field, false, &pieces, selector(0))
        })
    };
    for field in [
        field::PROCESS_START_TIME,
        field::THREAD_START_TIME,
        field::TIME,
    ] {
        assert_eq!(
            since(field, 1_600_000_000_000_000_000),
            all,
            "field {field}"
        );
        assert_eq!(since(field, 1 << 63), 0, "field {field}");
    }
    assert_eq!(since(field::CGROUP_ID, 1), all);
    assert_eq!(since(field::CPU, 1 << 20), 0);
    // All opens fail.
    assert_eq!(since(field::RETVAL, 1 << 63), all);
    assert_eq!(since(field::RETVAL, u64::MAX), 0);
}

#[test]
fn task_names() {
    need_live!();
    let through = |pattern| opens_through(|tables, _| strings(tables, field::COMM, &[pattern]));
    assert_eq!(through(Equal(b"acts::perform")), PATHS.len());
    assert_eq!(through(Prefix(b"acts")), PATHS.len());
    assert_eq!(through(Suffix(b"form")), PATHS.len());
    assert_eq!(through(Equal(b"acts::perfor")), 0);
    assert_eq!(through(Suffix(b"\0")), 0);
}

#[test]
fn process_trees() {
    need_live!();
    let passes = |bit: u8, tested: u8| {
        opens_through(|tables, actor| {
            tables.tree_roots = vec![(bit, actor.pid())];
            tables.flag_tests = vec![FlagTest {
                mask: 1 << tested,
                want: 1 << tested,
                satisfies: selector(0),
                otherwise: [0; 4],
            }];
            abi::FieldFilter {
                field: field::TREE,
                kind: abi::FILTER_FLAGS,
                is_signed: 0,
                early: abi::EARLY_NO,
                base: 0,
                count: 1,
                constrained: selector(0),
            }
        })
    };
    assert_eq!(passes(5, 5), PATHS.len());
    assert_eq!(passes(5, 6), 0);
}

#[test]
fn a_root_that_is_born_later() {
    need_live!();
    let largest = std::fs::read_to_string("/proc/sys/kernel/pid_max").unwrap();
    let largest: u32 = largest.trim().parse().unwrap();
    let is_free = |pid: &u32| !std::path::Path::new(&format!("/proc/{pid}")).exists();
    let pid = (300..largest).rev().find(is_free).unwrap();
    let through = |bit: u8, root: u32| {
        let mut tables = FilterTables {
            tree_roots: vec![(bit, root)],
            flag_tests: vec![FlagTest {
                mask: 1 << bit,
                want: 1 << bit,
                satisfies: selector(0),
                otherwise: [0; 4],
            }],
            ..FilterTables::default()
        };
        let filter = abi::FieldFilter {
            field: field::TREE,
            kind: abi::FILTER_FLAGS,
            is_signed: 0,
            early: abi::EARLY_NO,
            base: 0,
            count: 1,
            constrained: selector(0),
        };
        add_event(&mut tables, "openat", selector(0), vec![filter]);
        watch(&format!("fork-as:{pid}"), &tables).of("openat").len()
    };
    assert_eq!(through(5, pid), 1);
    assert_eq!(through(6, pid - 1), 0);
}

#[test]
fn several_filters_of_one_event() {
    need_live!();
    let mut tables = FilterTables::default();
    // 0: suffix secret and failed; 1: prefix /nowhere/a and succeeded, which none does.
    let pieces = [(0, selector(0)), (SIGN, selector(1))];
    let both = [3, 0, 0, 0];
    let retval = intervals(&mut tables, field::RETVAL, true, &pieces, both);
    let path = strings(&mut tables, 1, &[Suffix(b"/secret"), Prefix(b"/nowhere/a")]);
    add_event(&mut tables, "openat", both, vec![retval, path]);
    let found = opened(&watch("paths", &tables));
    let paths: Vec<_> = found
        .iter()
        .map(|(path, bits)| (&path[..], *bits))
        .collect();
    let expected = [
        (&b"/nowhere/a/secret"[..], 1),
        (b"/nowhere/b/secret", 1),
        (b"nowhere/a/secret", 1),
    ];
    assert_eq!(paths, expected);
}

#[test]
fn families_and_ports_of_sockets() {
    need_live!();
    let mut tables = FilterTables::default();
    let port = equals(&mut tables, 2, 443);
    add_event(&mut tables, "connect", selector(0), vec![port]);
    let records = watch("sockets", &tables);
    let ports: Vec<_> = records
        .of("connect")
        .iter()
        .map(|connect| connect.int(2))
        .collect();
    // The one with the port, and those without any.
    assert_eq!(
        ports
            .iter()
            .filter(|port| port.is_some())
            .collect::<Vec<_>>(),
        [&Some(443)]
    );
    assert!(!ports.contains(&Some(8080)));
}

#[test]
fn addresses_of_sockets() {
    need_live!();
    let mut tables = FilterTables::default();
    // 0: 127.0.0.0/8; 1: every other address; 2: just the IPv6 one of the act.
    let (ipv6, bit) = (0x0102_0304_0506_0708, |bit: usize| selector(bit));
    let pieces = [
        (0, 0, bit(1)),
        (0, 0xffff_7f00_0000, bit(0)),
        (0, 0xffff_8000_0000, bit(1)),
        (ipv6, 0x090a_0b0c_0d0e_0f10, [6, 0, 0, 0]),
        (ipv6, 0x090a_0b0c_0d0e_0f11, bit(1)),
    ];
    let of = |(start, low, satisfied)| Interval {
        start,
        low,
        satisfied,
    };
    tables.intervals.extend(pieces.map(of));
    let filter = FieldFilter {
        field: 3,
        kind: abi::FILTER_ADDRESSES,
        is_signed: 0,
        early: abi::EARLY_NO,
        base: 0,
        count: 5,
        constrained: [7, 0, 0, 0],
    };
    add_event(&mut tables, "connect", [7, 0, 0, 0], vec![filter]);
    let records = watch("sockets", &tables);
    let connects = records.of("connect");
    let of_family = |family: i32| {
        let ours = connects.iter().filter(move |connect| {
            connect.int(0) == Some(-1) && connect.int(1) == Some(family.into())
        });
        let decided =
            ours.map(|connect| (connect.bytes(3).is_some(), connect.header().selectors[0]));
        decided.collect::<Vec<_>>()
    };
    // An address that is cut short is absent, and passes like those of other families.
    assert_eq!(of_family(libc::AF_INET), [(true, 1), (false, 7)]);
    assert_eq!(of_family(libc::AF_INET6), [(true, 6)]);
    assert_eq!(of_family(libc::AF_NETLINK), [(false, 7)]);
}
