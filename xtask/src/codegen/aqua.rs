//! Where the rules of Aqua's Tracee are in the standard library: its OPA signatures up to version 0.22, and
//! its detectors after that. Part of docs/stdlib.md.

const INTRODUCTION: &str = "
## From Aqua's rules

What Aqua's Tracee detects by itself, by the ids of its OPA signatures (`TRC-2` …) and of its later detectors
(`TRC-101` …). Its OPA signatures also run [as they are](rego.md).

| Aqua's | here | what is different |
|---|---|---|
";

const AFTER: &str = "
That a file was written and then executed is no rule of either: it takes something kept from one event to the next,
or a difference of two times, and conditions have neither. `std.dropped_executable` and `std.hidden_executable`
say when it is written, `std.fileless_execution` and `std.hidden_program` when it is started.
";

/// Aqua's ids and name; rules here; what is different.
const RULES: &[(&str, &[&str], &str)] = &[
    (
        "TRC-101 stdio_over_socket",
        &["stdio_over_socket", "stdio_replaced_by_socket"],
        "a rule for each way: a descriptor from 0 to 2 connects, or one that is connected becomes one of them",
    ),
    ("TRC-2, TRC-102 anti_debugging", &["anti_debugging"], ""),
    (
        "TRC-3, TRC-103 code_injection",
        &[
            "ptrace_code_injection",
            "proc_mem_code_injection",
            "process_vm_write",
        ],
        "a rule for each way",
    ),
    (
        "TRC-4, TRC-104 dynamic_code_loading",
        &["unpacked_code", "dynamic_code_loading"],
        "the first is Aqua's; the second says that memory is writable and executable at once, closed or not. Memory \
         that is one after the other is what every compiler at run time makes",
    ),
    (
        "TRC-5, TRC-105 fileless_execution",
        &["fileless_execution"],
        "scripts, too",
    ),
    (
        "TRC-6, TRC-1017 kernel_module_loading",
        &["kernel_module_loading"],
        "only what the kernel took, with the module's name; not what it read and refused, as TRC-6 does",
    ),
    (
        "TRC-7, TRC-107 ld_preload",
        &["ld_preload", "library_search_path"],
        "LD_LIBRARY_PATH, which compilers hand on to all that they start, is a rule of its own",
    ),
    (
        "TRC-8, TRC-108 k8s_service_account_token",
        &["kubernetes_token_read"],
        "",
    ),
    (
        "TRC-9, TRC-1022 dropped_executable",
        &["dropped_executable"],
        "",
    ),
    (
        "TRC-10, TRC-1018 k8s_cert_theft",
        &["kubernetes_certificate_theft"],
        "",
    ),
    ("TRC-11, TRC-1014 disk_mount", &["disk_mount"], ""),
    (
        "TRC-12, TRC-1016 illegitimate_shell",
        &["illegitimate_shell"],
        "",
    ),
    (
        "TRC-14, TRC-1010 cgroup_release_agent",
        &["cgroup_release_agent"],
        "",
    ),
    (
        "TRC-15, TRC-1030, DRV-002 syscall_hooking",
        &["syscall_hooking"],
        "",
    ),
    ("TRC-16, TRC-1020 proc_fops_hooking", &["proc_hooking"], ""),
    ("DRV-003 hooked_seq_ops", &["connection_list_hooking"], ""),
    (
        "the event hidden_kernel_module",
        &["hidden_kernel_module"],
        "Aqua's Tracee has no rule on it",
    ),
    (
        "TRC-106 cgroup_notify_on_release",
        &["cgroup_notify_on_release"],
        "",
    ),
    (
        "TRC-109 aslr_inspection",
        &["aslr_inspection"],
        "Aqua's never matches: it asks for the flags as another type",
    ),
    (
        "TRC-1011 core_pattern_modification",
        &["core_pattern_modification"],
        "",
    ),
    (
        "TRC-1012 default_loader_mod",
        &["default_loader_modification"],
        "",
    ),
    (
        "TRC-1013 k8s_api_connection",
        &["kubernetes_api_connection"],
        "the addresses that clusters have by default; Aqua's remembers that of each container's environment",
    ),
    (
        "TRC-1015 hidden_file_created",
        &["hidden_executable", "hidden_program"],
        "hidden files, not what is in hidden directories; and when one is started",
    ),
    (
        "TRC-1019 docker_abuse",
        &["container_runtime_socket"],
        "the sockets of other runtimes, too",
    ),
    (
        "TRC-1021 proc_kcore_read",
        &["kcore_read"],
        "Aqua's never matches: it asks for the flags as another type",
    ),
    ("TRC-1023 proc_mem_access", &["proc_mem_access"], ""),
    (
        "TRC-1024 proc_mem_code_injection",
        &["proc_mem_code_injection"],
        "",
    ),
    (
        "TRC-1025 process_vm_write_inject",
        &["process_vm_write"],
        "",
    ),
    ("TRC-1026 rcd_modification", &["rc_modification"], ""),
    (
        "TRC-1027 scheduled_task_mod",
        &["scheduled_task_modification"],
        "",
    ),
    (
        "TRC-1028 sudoers_modification",
        &["sudoers_modification"],
        "",
    ),
    (
        "TRC-1029 sched_debug_recon",
        &["sched_debug_reconnaissance"],
        "",
    ),
    (
        "TRC-1031 system_request_key_mod",
        &["sysrq_modification"],
        "",
    ),
];

/// The section.
pub(super) fn section() -> String {
    let mut text = INTRODUCTION.to_owned();
    for (theirs, ours, different) in RULES {
        let ours: Vec<String> = ours.iter().map(|rule| format!("`std.{rule}`")).collect();
        let ours = ours.join(", ");
        text.push_str(&format!("| {theirs} | {ours} | {different} |\n"));
    }
    text + AFTER
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tracee_lang::check;

    use super::*;

    #[test]
    fn every_rule_is_named_and_there() {
        let rules = check::standard_rules();
        let there: BTreeSet<&str> = rules.iter().map(|rule| &*rule.qualified_name).collect();
        let named = RULES.iter().flat_map(|(_, ours, _)| ours.iter());
        let named: BTreeSet<String> = named.map(|rule| format!("std.{rule}")).collect();
        let named: BTreeSet<&str> = named.iter().map(String::as_str).collect();
        assert_eq!(named, there);
    }

    #[test]
    fn every_id_of_aqua_is_there() {
        let theirs: String = RULES
            .iter()
            .map(|(theirs, ..)| format!("{theirs} "))
            .collect();
        let ids: BTreeSet<&str> = theirs.split([',', ' ']).collect();
        // TRC-1 and TRC-13 were no OPA signatures.
        let signatures = (2..=16).filter(|number| *number != 13);
        let detectors = (101..=109).chain(1010..=1031);
        for number in signatures.chain(detectors) {
            assert!(ids.contains(format!("TRC-{number}").as_str()), "{number}");
        }
        assert!(RULES.iter().all(|(_, ours, _)| !ours.is_empty()));
    }
}
