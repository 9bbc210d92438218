//! What a watched process attaches programs of BPF to, with the bare system calls.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use crate::acts::call;

/// `enum bpf_prog_type`
const KPROBE: u64 = 2;
const TRACEPOINT: u64 = 5;
const RAW_TRACEPOINT: u64 = 17;
/// `enum perf_type_id`
const PERF_TYPE_TRACEPOINT: u64 = 2;

/// Loads a program that gives 0.
fn program(kind: u64, name: &[u8; 8]) -> i64 {
    let instructions: [u64; 2] = [0xb7, 0x95]; // r0 = 0; exit
    // union bpf_attr of BPF_PROG_LOAD: type and count, instructions, license, …, name (at byte 48).
    let mut load = [0u64; 8];
    load[0] = 2 << 32 | kind;
    load[1] = instructions.as_ptr() as u64;
    load[2] = c"GPL".as_ptr() as u64;
    load[6] = u64::from_ne_bytes(*name);
    let loaded = call(libc::SYS_bpf, [5, load.as_ptr() as i64, 64, 0, 0]);
    assert!(loaded >= 0, "{}", std::io::Error::last_os_error());
    loaded
}

fn number(path: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap();
    text.trim().parse().unwrap()
}

/// A perf event, of whatever process, on the first processor.
fn perf_event(kind: u64, config: u64, first: u64, second: u64) -> i64 {
    // struct perf_event_attr: type and size, config, …, config1 (at byte 56), config2.
    let mut attr = [0u64; 16];
    attr[0] = 128 << 32 | kind;
    attr[1] = config;
    attr[7] = first;
    attr[8] = second;
    let opened = call(
        libc::SYS_perf_event_open,
        [attr.as_ptr() as i64, -1, 0, -1, 0],
    );
    assert!(opened >= 0, "{}", std::io::Error::last_os_error());
    opened
}

pub(super) fn attach(home: &Path) {
    const PERF_EVENT_IOC_SET_BPF: i64 = 0x4004_2408;
    /// `config`: whether it is at the return.
    const RETURN: u64 = 1;
    let set = |event: i64, program: i64| {
        let set = call(
            libc::SYS_ioctl,
            [event, PERF_EVENT_IOC_SET_BPF, program, 0, 0],
        );
        assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
    };
    let on_kprobe = program(KPROBE, b"traceekp");
    let kprobes = number("/sys/bus/event_source/devices/kprobe/type");
    let function = c"vfs_fsync".as_ptr() as u64;
    set(perf_event(kprobes, 0, function, 0), on_kprobe);
    set(perf_event(kprobes, RETURN, function, 0), on_kprobe);
    // Its bytes need not be a program's, as it is never executed.
    let library = home.join("library");
    fs::write(&library, [0x90; 4096]).unwrap();
    let path = std::ffi::CString::new(library.as_os_str().as_bytes()).unwrap();
    let uprobes = number("/sys/bus/event_source/devices/uprobe/type");
    set(perf_event(uprobes, 0, path.as_ptr() as u64, 64), on_kprobe);
    set(
        perf_event(uprobes, RETURN, path.as_ptr() as u64, 64),
        on_kprobe,
    );
    let id = number("/sys/kernel/tracing/events/sched/sched_process_exit/id");
    let on_tracepoint = program(TRACEPOINT, b"traceetp");
    set(perf_event(PERF_TYPE_TRACEPOINT, id, 0, 0), on_tracepoint);
    // BPF_RAW_TRACEPOINT_OPEN: name, program.
    let on_raw = program(RAW_TRACEPOINT, b"traceert") as u64;
    let open = [c"sched_process_fork".as_ptr() as u64, on_raw];
    let opened = call(libc::SYS_bpf, [17, open.as_ptr() as i64, 16, 0, 0]);
    assert!(opened >= 0, "{}", std::io::Error::last_os_error());
}

/// Whether bpf(2) links programs to perf events: since 5.15.
pub(super) fn has_links() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map(str::parse::<u32>);
    let mut next = || numbers.next().unwrap().unwrap();
    (next(), next()) >= (5, 15)
}

/// Attaches by a link of bpf(2).
pub(super) fn link(_: &Path) {
    const BPF_LINK_CREATE: i64 = 28;
    const BPF_PERF_EVENT: u64 = 41;
    let id = number("/sys/kernel/tracing/events/sched/sched_process_exec/id");
    let event = perf_event(PERF_TYPE_TRACEPOINT, id, 0, 0) as u64;
    // program and event, kind and flags, cookie.
    let linked = program(TRACEPOINT, b"traceeln") as u64;
    let attr = [event << 32 | linked, BPF_PERF_EVENT, 0];
    let link = call(
        libc::SYS_bpf,
        [BPF_LINK_CREATE, attr.as_ptr() as i64, 24, 0, 0],
    );
    assert!(link >= 0, "{}", std::io::Error::last_os_error());
}

/// Writes to a file, and again much later, and reads it.
pub(super) fn modify(home: &Path) {
    let path = home.join("modified");
    let mut file = fs::File::create(&path).unwrap();
    let pause = Duration::from_millis(50);
    for text in ["one", "two"] {
        std::thread::sleep(pause);
        file.write_all(text.as_bytes()).unwrap();
    }
    std::thread::sleep(pause);
    let mut text = String::new();
    fs::File::open(&path)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "onetwo");
}
