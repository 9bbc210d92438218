//! Events as Aqua's Tracee writes them, the same in every run: a machine whose processes open files (60 %), connect
//! (10 %), and start programs that end soon (fork, execve, exec and exit, 20 %). One of a thousand is made to match a
//! rule of [`policies`](super::super::policies), ten are made to nearly match one.

use super::line::{Event, Process, args, connect, event, fields, openat, text, write};

/// Processes that run all the time.
const RUNNING: u64 = 400;
/// Events of a program that is started, beside those of its start and its end: about so many.
const CHILD_EVENTS: u64 = 8;
/// The chance that the next event is of another process, in a hundred: they come in bursts of four.
const OTHER: u64 = 25;
/// Rules that events are made to match are among so many, of which a policy has all, or the first.
const SIZES: [u64; 3] = [10, 100, 1_000];
/// When the first of them happened.
const BEGIN: u64 = 1_700_000_000_000_000_000;

const DIRECTORIES: &[&str] = &[
    "/etc",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/share/zoneinfo",
    "/var/lib/app",
    "/home/user/.cache",
    "/opt/service/conf",
    "/sys/fs/cgroup/system.slice",
    "/run/systemd",
];
const ENDINGS: &[&str] = &[".so.6", ".conf", ".log", ".py", ".json", ".service", "", ""];
const COMMS: &[&str] = &[
    "nginx",
    "postgres",
    "kubelet",
    "containerd",
    "sshd",
    "java",
    "python3",
    "node",
    "redis-server",
    "systemd-journal",
    "cron",
    "bash",
    "sh",
    "prometheus",
    "envoy",
    "runc",
    "dockerd",
    "etcd",
];
const PROGRAMS: &[&str] = &[
    "/usr/bin/ls",
    "/usr/bin/cat",
    "/bin/sh",
    "/usr/bin/grep",
    "/usr/bin/sed",
    "/usr/bin/id",
    "/usr/sbin/ip",
    "/usr/bin/date",
];

/// Chance that is the same everywhere: splitmix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Less than `limit`, which is not 0.
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[(self.next() % of.len() as u64) as usize]
    }

    /// In any order.
    fn shuffle<T>(&mut self, of: &mut [T]) {
        for at in (1..of.len()).rev() {
            of.swap(at, (self.next() % (at as u64 + 1)) as usize);
        }
    }
}

/// The machine.
pub(super) struct Machine {
    random: Random,
    processes: Vec<Process>,
    /// Whose turn it is.
    current: usize,
    next_pid: u64,
    time: u64,
    /// Whether keys come in any order.
    shuffled: bool,
    /// Their order, apart: the events stay the same.
    order: Random,
}

impl Machine {
    pub(super) fn new(shuffled: bool) -> Self {
        let mut machine = Self {
            random: Random(1),
            processes: Vec::new(),
            current: 0,
            next_pid: 1_000,
            time: BEGIN,
            shuffled,
            order: Random(2),
        };
        for number in 0..RUNNING {
            let random = &mut machine.random;
            let comm = random.one(COMMS);
            let process = Process {
                pid: 100 + number,
                parent: 1 + random.below(99),
                start: BEGIN - 1_000_000_000 * (RUNNING - number),
                uid: [0, 0, 33, 1000][random.below(4) as usize],
                comm: comm.to_owned(),
                exe: format!("/usr/bin/{comm}"),
                container: (random.below(100) < 55).then(|| random.below(40)),
                left: None,
            };
            machine.processes.push(process);
        }
        machine
    }

    /// Appends so many lines, or up to three more: a program's start is not cut.
    pub(super) fn lines(&mut self, count: u64, out: &mut String) -> u64 {
        let mut made = 0;
        while made < count {
            made += self.step(out);
        }
        made
    }

    fn step(&mut self, out: &mut String) -> u64 {
        if self.random.below(100) < OTHER {
            self.current = self.random.below(self.processes.len() as u64) as usize;
        }
        let chance = self.random.below(1_000);
        if chance < 110 && self.processes[self.current].left.is_none() {
            return self.start(out);
        }
        let at = self.current;
        if let Some(left) = &mut self.processes[at].left {
            if *left == 0 {
                let args = args(&[
                    ("exit_code", "int32", "0"),
                    ("signal_code", "int32", "0"),
                    ("process_group_exit", "bool", "true"),
                ]);
                self.write(
                    at,
                    &event(716, "sched_process_exit", "exit_group", 0, args),
                    out,
                );
                self.processes.swap_remove(at);
                self.current = 0;
                return 1;
            }
            *left -= 1;
        }
        let event = match self.random.below(1_000) {
            0 => self.matching(at, true),
            1..11 => self.matching(at, false),
            _ => self.ordinary(),
        };
        self.write(at, &event, out);
        1
    }

    fn ordinary(&mut self) -> Event {
        let chance = self.random.below(100);
        if chance < 76 {
            let path = self.path();
            return self.opened(&path, "O_RDONLY|O_CLOEXEC");
        }
        let random = &mut self.random;
        match chance {
            76..89 => {
                let port = [53, 443, 443, 443][random.below(4) as usize];
                connect(&address(random), port)
            }
            89..93 => event(3, "close", "close", 0, args(&[("fd", "int32", "7")])),
            93..98 => {
                let (id, name) = [(0, "read"), (1, "write")][random.below(2) as usize];
                let count = random.below(65_536).to_string();
                let values = [
                    ("fd", "int32", "7"),
                    ("buf", "trace.Pointer", "140720308486160"),
                    ("count", "uint64", &count),
                ];
                event(id, name, name, 512, args(&values))
            }
            98 => event(
                33,
                "dup2",
                "dup2",
                70_001,
                args(&[("oldfd", "int32", "70001"), ("newfd", "int32", "70001")]),
            ),
            _ => {
                let path = text(&format!("/tmp/work{}", random.below(100_000)));
                event(
                    87,
                    "unlink",
                    "unlink",
                    0,
                    args(&[("pathname", "string", &path)]),
                )
            }
        }
    }

    /// What a rule matches, or lacks one thing for.
    fn matching(&mut self, at: usize, whole: bool) -> Event {
        let random = &mut self.random;
        let rules = SIZES[random.below(3) as usize];
        // Of each kind of rule that is on such an event, by the place of the kind among them.
        let kind = [1, 2, 3, 7, 8, 10][random.below(6) as usize];
        let number = random.below(rules.div_ceil(12)) * 12 + kind;
        let number = if number < rules { number } else { kind };
        match kind {
            1 => self.opened(
                &format!("/etc/app{number}/settings"),
                if whole {
                    "O_WRONLY|O_TRUNC"
                } else {
                    "O_RDONLY"
                },
            ),
            2 => {
                self.processes[at].uid = if whole { 1000 } else { 33 };
                connect(&address(&mut self.random), 9_000)
            }
            3 => {
                let (ending, retval) = if whole { ("token", 3) } else { ("tokens", -2) };
                openat(
                    &format!("/srv/data/.app{number}/{ending}"),
                    "O_RDONLY",
                    retval,
                )
            }
            7 => {
                let path = text(&format!("/var/log/{number}/{}", random.below(1_000)));
                event(
                    87,
                    "unlink",
                    "unlink",
                    if whole { 0 } else { -13 },
                    args(&[("pathname", "string", &path)]),
                )
            }
            8 => {
                let request = text(if whole {
                    "PTRACE_POKETEXT"
                } else {
                    "PTRACE_CONT"
                });
                let values = [
                    ("request", "string", request.as_str()),
                    ("pid", "int32", "7"),
                ];
                event(101, "ptrace", "ptrace", 0, args(&values))
            }
            _ => openat(
                &format!("/srv/{number}/index.php"),
                if whole {
                    "O_WRONLY|O_CREAT"
                } else {
                    "O_RDONLY"
                },
                3,
            ),
        }
    }

    fn path(&mut self) -> String {
        let random = &mut self.random;
        let hot = random.below(100);
        let number = match hot {
            0..40 => random.below(40),
            40..75 => random.below(20_000),
            75..85 => return format!("/proc/{}/status", random.below(32_768)),
            85..92 => {
                let layer = random.next();
                return format!(
                    "/var/lib/docker/overlay2/{layer:032x}{layer:032x}/diff/usr/lib/python3.11/site.py"
                );
            }
            _ => random.next(),
        };
        let of = |names: &[&'static str], by: u64| names[(number / by) as usize % names.len()];
        format!("{}/file{number}{}", of(DIRECTORIES, 1), of(ENDINGS, 8))
    }

    /// Half of them as what a program asked for, half as what the kernel found.
    fn opened(&mut self, path: &str, flags: &str) -> Event {
        if self.random.below(2) == 0 {
            return openat(path, flags, 3);
        }
        let inode = self.random.below(4_000_000).to_string();
        let (path, flags) = (text(path), text(flags));
        let values = [
            ("pathname", "string", path.as_str()),
            ("flags", "string", &flags),
            ("dev", "uint32", "8388609"),
            ("inode", "uint64", &inode),
            ("ctime", "uint64", "1699999990123456789"),
            ("syscall_pathname", "string", &path),
        ];
        event(732, "security_file_open", "openat", 0, args(&values))
    }

    /// A process forks, and the child runs another program.
    fn start(&mut self, out: &mut String) -> u64 {
        self.next_pid += 1;
        let pid = self.next_pid;
        let parent = self.processes[self.current].clone();
        let (child, start) = (pid.to_string(), (self.time + 1_000).to_string());
        let old = parent.pid.to_string();
        let began = parent.start.to_string();
        let names = ["parent_tid", "parent_ns_tid", "parent_pid", "parent_ns_pid"];
        let mut values: Vec<_> = names
            .iter()
            .map(|name| (*name, "int32", old.as_str()))
            .collect();
        values.push(("parent_start_time", "uint64", &began));
        for name in ["child_tid", "child_ns_tid", "child_pid", "child_ns_pid"] {
            values.push((name, "int32", &child));
        }
        values.push(("start_time", "uint64", &start));
        self.write(
            self.current,
            &event(714, "sched_process_fork", "clone", 0, args(&values)),
            out,
        );
        let program = self.random.one(PROGRAMS);
        let comm = program.rsplit('/').next().unwrap_or(program);
        let left = self.random.below(2 * CHILD_EVENTS);
        self.processes.push(Process {
            pid,
            parent: parent.pid,
            start: self.time + 1_000,
            left: Some(left),
            ..parent
        });
        self.current = self.processes.len() - 1;
        let argv = format!(
            "[\"{comm}\",\"-l\",\"/var/lib/app/{}\"]",
            self.random.below(1_000)
        );
        let env = r#"["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin","HOME=/root","LANG=C.UTF-8"]"#;
        let path = text(program);
        let values = [
            ("pathname", "string", path.as_str()),
            ("argv", "[]string", &argv),
            ("envp", "[]string", env),
        ];
        self.write(
            self.current,
            &event(59, "execve", "execve", 0, args(&values)),
            out,
        );
        let process = &mut self.processes[self.current];
        comm.clone_into(&mut process.comm);
        program.clone_into(&mut process.exe);
        let values = [
            ("cmdpath", "string", path.as_str()),
            ("pathname", "string", &path),
            ("dev", "uint32", "8388609"),
            ("inode", "uint64", "131090"),
            ("ctime", "uint64", "1699999990123456789"),
            ("inode_mode", "uint16", "33261"),
            ("argv", "[]string", &argv),
            ("env", "[]string", env),
        ];
        self.write(
            self.current,
            &event(715, "sched_process_exec", "execve", 0, args(&values)),
            out,
        );
        3
    }

    fn write(&mut self, at: usize, event: &Event, out: &mut String) {
        self.time += 1 + self.random.below(20_000);
        let mut fields = fields(&self.processes[at], event, self.time);
        if self.shuffled {
            self.order.shuffle(&mut fields);
        }
        write(&fields, out);
    }
}

fn address(random: &mut Random) -> String {
    let mut part = || random.below(250) + 1;
    format!("10.{}.{}.{}", part(), part(), part())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn lines(shuffled: bool) -> Vec<Value> {
        let mut text = String::new();
        Machine::new(shuffled).lines(20_000, &mut text);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn what_happens_is_as_the_module_says() {
        let lines = lines(false);
        let part = |names: &[&str]| {
            let of = lines
                .iter()
                .filter(|line| names.contains(&line["eventName"].as_str().unwrap()));
            100 * of.count() / lines.len()
        };
        assert!((57..=63).contains(&part(&["openat", "security_file_open"])));
        assert!((9..=11).contains(&part(&["connect"])));
        let starts = [
            "sched_process_fork",
            "execve",
            "sched_process_exec",
            "sched_process_exit",
        ];
        assert!((18..=22).contains(&part(&starts)));
    }

    #[test]
    fn another_order_of_keys_changes_no_event() {
        assert_eq!(lines(false), lines(true));
    }
}
