//! Policies as large as wanted, the same in every run: rules of the kinds that examples/policies has,
//! no two alike.

use std::fmt::Write;

/// What a file declares for its rules.
const NAMES: &str = r#"/// Opened so that it can be changed.
let opened_for_write = flags has any [O_WRONLY, O_RDWR, O_TRUNC, O_APPEND];

/// Editors leave these behind.
let leftover = pathname suffix [".swp", ".swx", "~"];

/// Programs that read credentials because it is their work.
list readers: path = ["/usr/sbin/sshd", "/usr/bin/sudo", "/usr/bin/su", "/bin/login", "/usr/bin/passwd"];

/// Directories that anybody may write to.
list scratch: string = ["/tmp/", "/var/tmp/", "/dev/shm/", "/run/shm/"];

"#;

/// The clauses of rules, without what all have; `#` is the rule's number.
const KINDS: &[&str] = &[
    r#"title "Program # was started"; severity high; attack T1059.004, T1190;
    on sched_process_exec where pathname suffix ["/sh#", "/bash#"] and proc.parent.comm == "nginx";"#,
    r#"severity medium; attack T1556; message "{proc.comm} opened {pathname} with {flags}";
    on open, openat where pathname prefix "/etc/app#/" and opened_for_write and not leftover;"#,
    r#"title "Service # was reached"; severity medium; attack T1571;
    on connect where addr.port exists and not addr.port in [53, 443, #] and proc.uid != 33;"#,
    r#"severity high; attack T1552.001; message "{proc.comm} read a secret of application #";
    on openat where pathname suffix "/.app#/token" and not proc.exe in readers and retval >= 0;"#,
    r#"severity low; message "{proc.comm} sent {sig} to {pid}";
    on kill where sig in [SIGKILL, SIGTERM] and pid > # and retval == 0 and pid != proc.pid;"#,
    r#"severity high; attack T1496; title "A miner of pool # was started";
    on execve, execveat where any word in argv { word prefix "stratum+tcp://pool#" or word == "--#" };"#,
    r#"severity high; attack T1204.002; message "{proc.parent.comm} started {cmdpath}";
    on sched_process_exec where (pathname prefix scratch or cmdpath prefix scratch) and proc.uid == #;"#,
    r#"severity medium; attack T1070.002; title "Log # was removed or renamed";
    on unlink where pathname prefix "/var/log/#/" and retval == 0;
    on rename where oldpath prefix "/var/log/#/" and not newpath prefix "/var/log/";"#,
    r#"severity critical; attack T1055.008; message "{proc.comm} traces {pid}";
    on ptrace where request in [PTRACE_POKETEXT, PTRACE_POKEDATA] and not proc.exe in ["/usr/bin/gdb#", "/usr/bin/rr#"];"#,
    r#"severity low; title "Descriptor # was replaced"; message "{oldfd} in the place of {newfd}";
    on dup2, dup3 where newfd in #..70000 and oldfd != newfd and not proc.exe in ["/bin/sh", "/bin/bash"];"#,
    r#"severity high; attack T1505.003; message "{proc.comm} opened {pathname}";
    on openat where pathname prefix "/srv/#/" and pathname suffix~ [".php", ".jsp"] and opened_for_write;"#,
    r#"severity medium; title "A child of service # opened an archive";
    on openat where any p in proc.ancestors { p.comm == "svc#" } and pathname suffix ".tar.gz";"#,
];

/// A file with one policy that has the rules with these numbers.
pub(crate) fn file(name: &str, rules: std::ops::Range<usize>) -> String {
    let mut text = String::from(NAMES);
    let _ = writeln!(
        text,
        "/// Generated.\npolicy {name} {{\n  scope proc.uid < 60000;\n"
    );
    for (number, kind) in rules
        .clone()
        .zip(KINDS.iter().cycle().skip(rules.start % KINDS.len()))
    {
        let clauses = kind.replace('#', &number.to_string());
        let _ = writeln!(
            text,
            "  rule r{number} {{\n    id \"B-{number}\";\n    {clauses}\n  }}\n"
        );
    }
    text.push_str("}\n");
    text
}

/// A file with a list of so many strings, and rules that use it.
pub(crate) fn long_list(strings: usize) -> String {
    let mut text = String::from("list paths: string = [\n");
    for number in 0..strings {
        // The numbers are in no order; the multiplier has no divisor in common with the count.
        let mixed = number * 48_271 % strings;
        let _ = writeln!(text, "  \"/opt/{mixed}\",");
    }
    text.push_str(
        r#"];

policy lists {
  rule one_of_them { on openat where pathname in paths; }
  rule below_one_of_them { on openat where pathname prefix paths and proc.uid > 0; }
  rule none_of_them { on execve where not pathname in paths; }
}
"#,
    );
    text
}

#[cfg(test)]
mod tests {
    use tracee_lang::check::check;
    use tracee_lang::source::SourceMap;

    /// What is said about the texts, a line for each.
    fn diagnostics(texts: &[String]) -> String {
        let mut map = SourceMap::default();
        let files: Vec<_> = texts
            .iter()
            .map(|text| map.add("", text.as_str()))
            .collect();
        let checked = check(&map, &files);
        checked
            .diagnostics
            .iter()
            .map(|it| format!("{} {}\n", it.message, map.slice(it.span())))
            .collect()
    }

    #[test]
    fn what_is_measured_has_nothing_wrong() {
        let two = [super::file("a", 0..50), super::file("b", 50..100)];
        assert_eq!(diagnostics(&two), "");
        assert_eq!(diagnostics(&[super::long_list(500)]), "");
    }
}
