//! Whether this process may trace at all, asked before the kernel's bare EPERM.

use std::fs;
use std::path::Path;

use super::LiveError;

pub(super) const BTF: &str = "/sys/kernel/btf/vmlinux";

// include/uapi/linux/capability.h
const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;

/// The inode of the initial pid namespace: PROC_PID_INIT_INO in include/linux/proc_ns.h.
const INITIAL_PID_NS: &str = "pid:[4026531836]";

/// The reasons that no program could be loaded, the commonest first.
pub(super) fn check() -> Result<(), LiveError> {
    let path = "/proc/self/status";
    let status = fs::read_to_string(path).map_err(|why| LiveError::Proc {
        path: path.into(),
        why,
    })?;
    if !may_trace(effective_capabilities(&status)) {
        return Err(LiveError::NoPrivilege);
    }
    let path = "/proc/self/ns/pid";
    let own = fs::read_link(path).map_err(|why| LiveError::Proc {
        path: path.into(),
        why,
    })?;
    if own != Path::new(INITIAL_PID_NS) {
        return Err(LiveError::PidNamespace);
    }
    match fs::metadata(BTF) {
        Ok(_) => Ok(()),
        Err(err) => Err(LiveError::NoBtf {
            path: BTF,
            why: match err.kind() {
                std::io::ErrorKind::NotFound => "is missing".into(),
                _ => format!("can't be read: {err}"),
            },
        }),
    }
}

fn effective_capabilities(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0)
}

fn may_trace(capabilities: u64) -> bool {
    let has = |bit: u32| capabilities >> bit & 1 == 1;
    has(CAP_SYS_ADMIN) || has(CAP_BPF) && has(CAP_PERFMON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_the_two_capabilities_may_trace() {
        let of = |hex: &str| {
            may_trace(effective_capabilities(&format!(
                "Name:\tx\nCapEff:\t{hex}\n"
            )))
        };
        assert!(of("000001ffffffffff"));
        assert!(of("000000c000000000"));
        assert!(!of("0000004000000000"));
        assert!(!of("0000000000000000"));
        assert!(!may_trace(effective_capabilities("no such line")));
    }
}
