//! The whole machine: what is asked of it, and what it refuses.

use libc::*;

use crate::call::{BAD, NULL, call, descriptor, in_child};

pub(crate) fn all() {
    asking();
    refused();
    programs();
    in_child(landlock);
}

fn asking() {
    let mut bytes = [0_u8; 256];
    call!(SYS_sysinfo, &mut bytes);
    call!(SYS_syslog, 10, NULL, 0);
    call!(SYS_syslog, 9, NULL, 0);
    call!(SYS_syslog, 77, NULL, -1);
    call!(SYS_getrandom, &mut bytes, 16, GRND_NONBLOCK);
    call!(SYS_getrandom, &mut bytes, 16, 0x80);
    call!(SYS_ioperm, 0x80, 1, 1);
    call!(SYS_ioperm, 0x80, 1, 0);
    call!(SYS_iopl, 7);
    call!(SYS_lookup_dcookie, 7, &mut bytes, bytes.len());
    call!(SYS_get_thread_area, NULL);
    call!(SYS_set_thread_area, NULL);
}

/// Nothing of it is done: numbers, names and images are wrong.
fn refused() {
    call!(SYS_reboot, 1, 2, 3, NULL);
    call!(SYS_reboot, 0xfee1_dead_u32, 1, 0x4321_fedc, NULL);
    call!(SYS_init_module, c"no module", 9, c"option=1");
    call!(SYS_finit_module, BAD, c"", 1);
    call!(SYS_finit_module, BAD, c"debug=1", 2);
    call!(SYS_delete_module, c"none", O_NONBLOCK | O_TRUNC);
    call!(SYS_kexec_load, 0, 99, NULL, 1);
    call!(SYS_kexec_file_load, BAD, -1, 5, c"quiet", 4);
}

fn programs() {
    let mut attributes = [0_u64; 16];
    call!(SYS_bpf, 0, &attributes, 4);
    call!(SYS_bpf, 9999, &attributes, 0);
    // Of a size that there is none of: counting would rewrite the scheduler's code, which software emulation of
    // two processors does not always survive.
    attributes[0] = 1 | (3 << 32);
    call!(SYS_perf_event_open, &attributes, 0, -1, -1, 8);
    call!(SYS_perf_event_open, NULL, -1, 0, 7, 1);
}

fn landlock() {
    let files = 1_u64 << 1;
    let rules = descriptor(call!(SYS_landlock_create_ruleset, &files, 8, 0));
    call!(SYS_landlock_create_ruleset, NULL, 0, 1);
    call!(SYS_landlock_add_rule, rules, 1, NULL, 0);
    call!(SYS_landlock_add_rule, BAD, 9, NULL, 0);
    call!(SYS_landlock_restrict_self, rules, 0);
    call!(SYS_landlock_restrict_self, BAD, 0);
}
