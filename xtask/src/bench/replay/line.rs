//! An event as a line of Aqua's JSON.

use std::fmt::Write as _;

#[derive(Clone)]
pub(super) struct Process {
    pub(super) pid: u64,
    pub(super) parent: u64,
    pub(super) start: u64,
    pub(super) uid: u64,
    pub(super) comm: String,
    pub(super) exe: String,
    pub(super) container: Option<u64>,
    /// Events until it ends; none if it never does.
    pub(super) left: Option<u64>,
}

/// An event of a process: its number and name, the syscall, what that returned, and the arguments.
pub(super) struct Event {
    id: u32,
    name: &'static str,
    syscall: &'static str,
    retval: i64,
    args: String,
}

/// The keys and values of a line, in Aqua's order.
pub(super) fn fields(process: &Process, event: &Event, time: u64) -> Vec<(&'static str, String)> {
    let started = process.container.is_some();
    let (container, pod, id, cgroup, namespace) = match process.container {
        None => (
            "{}".to_owned(),
            "{}".to_owned(),
            String::new(),
            5_247,
            4_026_531_836,
        ),
        Some(number) => {
            let id = format!("{number:02}c2778945e2");
            (
                format!("{{\"id\":\"{id}\",\"name\":\"web-{number}\",\"image\":\"nginx:1.25\"}}"),
                format!(
                    "{{\"podName\":\"web-{number}\",\"podNamespace\":\"prod\",\"podUID\":\"b26961b3-{number}\"}}"
                ),
                id,
                10_000 + number,
                4_026_532_000 + number,
            )
        }
    };
    let (pid, parent) = (process.pid, process.parent);
    let count = event.args.matches("\"name\"").count();
    vec![
        ("timestamp", time.to_string()),
        ("threadStartTime", process.start.to_string()),
        ("processorId", (pid % 8).to_string()),
        ("processId", pid.to_string()),
        ("cgroupId", cgroup.to_string()),
        ("threadId", pid.to_string()),
        ("parentProcessId", parent.to_string()),
        ("hostProcessId", pid.to_string()),
        ("hostThreadId", pid.to_string()),
        ("hostParentProcessId", parent.to_string()),
        ("userId", process.uid.to_string()),
        ("mountNamespace", namespace.to_string()),
        ("pidNamespace", (namespace + 100).to_string()),
        ("processName", text(&process.comm)),
        ("executable", format!("{{\"path\":\"{}\"}}", process.exe)),
        ("hostName", text("worker-1")),
        ("containerId", text(&id)),
        ("container", container),
        ("kubernetes", pod),
        ("eventId", text(&event.id.to_string())),
        ("eventName", text(event.name)),
        ("matchedPolicies", "[\"\"]".to_owned()),
        ("argsNum", count.to_string()),
        ("returnValue", event.retval.to_string()),
        ("syscall", text(event.syscall)),
        ("stackAddresses", "null".to_owned()),
        (
            "contextFlags",
            format!("{{\"containerStarted\":{started},\"isCompat\":false}}"),
        ),
        ("threadEntityId", (3_000_000_000 + pid).to_string()),
        ("processEntityId", (3_000_000_000 + pid).to_string()),
        ("parentEntityId", (3_000_000_000 + parent).to_string()),
        ("args", format!("[{}]", event.args)),
    ]
}

/// Appends a line.
pub(super) fn write(fields: &[(&str, String)], out: &mut String) {
    for (at, (key, value)) in fields.iter().enumerate() {
        let before = if at == 0 { '{' } else { ',' };
        let _ = write!(out, "{before}\"{key}\":{value}");
    }
    out.push_str("}\n");
}

pub(super) fn connect(address: &str, port: u64) -> Event {
    let address =
        format!("{{\"sa_family\":\"AF_INET\",\"sin_addr\":\"{address}\",\"sin_port\":\"{port}\"}}");
    let values = [
        ("sockfd", "int32", "5"),
        ("addr", "SockAddr", address.as_str()),
        ("addrlen", "int32", "16"),
    ];
    event(42, "connect", "connect", 0, args(&values))
}

pub(super) fn openat(path: &str, flags: &str, retval: i64) -> Event {
    let (path, flags) = (text(path), text(flags));
    let values = [
        ("dirfd", "int32", "-100"),
        ("pathname", "string", path.as_str()),
        ("flags", "string", &flags),
        ("mode", "uint16", "0"),
    ];
    event(257, "openat", "openat", retval, args(&values))
}

pub(super) fn event(
    id: u32,
    name: &'static str,
    syscall: &'static str,
    retval: i64,
    args: String,
) -> Event {
    Event {
        id,
        name,
        syscall,
        retval,
        args,
    }
}

/// A string in JSON; none of them needs an escape.
pub(super) fn text(text: &str) -> String {
    format!("\"{text}\"")
}

pub(super) fn args(values: &[(&str, &str, &str)]) -> String {
    let one = |(name, ty, value): &(&str, &str, &str)| {
        format!("{{\"name\":\"{name}\",\"type\":\"{ty}\",\"value\":{value}}}")
    };
    let all: Vec<String> = values.iter().map(one).collect();
    all.join(",")
}
