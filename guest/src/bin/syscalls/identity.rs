//! Users, groups and capabilities. What is given away can't be taken back, so each step has its own process.

use libc::*;

use crate::call::{NULL, call, in_child};

pub(crate) fn all() {
    asking();
    in_child(users);
    in_child(groups);
    in_child(capabilities);
}

fn asking() {
    call!(SYS_getuid);
    call!(SYS_geteuid);
    call!(SYS_getgid);
    call!(SYS_getegid);
    let (mut real, mut effective, mut saved) = (0_u32, 0_u32, 0_u32);
    call!(SYS_getresuid, &mut real, &mut effective, &mut saved);
    call!(SYS_getresgid, &mut real, &mut effective, &mut saved);
    call!(SYS_getresgid, NULL, NULL, NULL);
    let mut list = [0_u32; 32];
    call!(SYS_getgroups, list.len(), &mut list);
    call!(SYS_getgroups, -1, NULL);
}

fn users() {
    call!(SYS_setfsuid, 1000);
    call!(SYS_setfsuid, -1);
    call!(SYS_setreuid, -1, 0);
    call!(SYS_setresuid, -1, 1000, 0);
    call!(SYS_setresuid, 0, 0, 2000);
    call!(SYS_setuid, 1000);
    call!(SYS_setuid, 0);
    call!(SYS_setreuid, 3000, 4000);
}

fn groups() {
    let list = [5_u32, 60_000];
    call!(SYS_setgroups, list.len(), &list);
    call!(SYS_setgroups, 70_000, NULL);
    let mut found = [0_u32; 2];
    call!(SYS_getgroups, found.len(), &mut found);
    call!(SYS_setfsgid, 100);
    call!(SYS_setregid, 100, -1);
    call!(SYS_setresgid, 100, 100, 200);
    call!(SYS_setgid, 300);
    call!(SYS_setresuid, 1000, 1000, 1000);
    call!(SYS_setgid, 0);
    call!(SYS_setregid, 0, 0);
    call!(SYS_setresgid, 7, 7, 7);
}

fn capabilities() {
    let version = [0x2008_0522_u32, 0];
    let mut sets = [0_u32; 6];
    call!(SYS_capget, &version, &mut sets);
    sets[0] &= !(1 << 21);
    call!(SYS_capset, &version, &sets);
    let unknown = [7_u32, 0];
    call!(SYS_capset, &unknown, &sets);
}
