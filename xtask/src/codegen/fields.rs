//! `docs/fields.md`: the context that every event carries.

use tracee_lang::context::{FIELDS, Origin};
use tracee_lang::stdlib;

use super::{cell, notice};

const INTRODUCTION: &str = "\
# Context fields

Every event carries these beside its own arguments, under the same names in every condition; a
`scope` can use nothing else. What the kernel knows it can filter by; the rest is known to tracee's
process tree, so a condition on it is decided in userland.

| field | type | known to | |
|---|---|---|---|
";

const MORE: &str = "
## Where a process is

`proc.cwd` is the working directory, to which relative paths of system calls refer. It is the directory's path as
the process's mount namespace has it, through its mounts, like the paths of
[kernel events](kernel-events.md#paths): in a container as the container sees it, below a `chroot` with the root of
the chroot. A directory that was removed has the path that it had.

tracee reads `/proc/PID/cwd` of the processes that are there when it starts, a new process has its parent's, and
`chdir`, `fchdir`, `setns` and `pivot_root` change it: in the event of such a call it is the new one already. Each
exec says it anew, so that an event that was lost leaves it wrong until then at most. This needs no hook on a
function of the kernel, so every kernel has it, and it is watched only if a policy asks for it. A policy that begins
to ask while tracee runs, by a reload, has `/proc` read again.

It is absent where it is not known: in JSON lines, unless they have `working_directory` events, and in recordings
that were made without a policy that asks for it, of which a replay warns. What it does not see is that a directory
above was renamed or mounted elsewhere, until the process goes somewhere or begins a program, and that another
process changed a directory which both share (`clone` with `CLONE_FS` and without `CLONE_THREAD`).

To record such changes or have rules on them, select the event
[`working_directory`](events.md#working_directory).

## Who runs what

`proc.user` is the name that the machine's `/etc/passwd` gives to `proc.uid`; of two names of one number the first. The
file is read again when it changed, within a second. A number that isn't in it has no name: other sources of the name
service, like LDAP, are not asked. In a container the same number may be someone else's, so it has none there.

`proc.exe_sha256` is the SHA-256 of the file that the process runs (of a script, that of its interpreter), as
`sha256sum` prints it. A file is read once, by a thread, and its digest kept by device, inode and ctime, which nobody
can set: a file that was written has another ctime, and is read again. A condition on it holds from the exec on: the
exec and what follows of its process and its children wait until the file is read, two seconds and 8 MiB of events at
most, and the events of all others go on. Of what ran before tracee, and of what took longer, it is known once it is
read. It is absent of what could not be read: a file that was replaced or gone with its process before the thread came
to it, or one of more than 1 GiB; the summary says how many executions those were.

Both are learned only if a policy asks for them, and both are told as events, [`user_name`](events.md#user_name) and
[`executable_digest`](events.md#executable_digest), so that a recording has them and a replay decides the same; of a
recording that was made without, a replay warns. A policy that begins to ask while tracee runs, by a reload, has
`/proc` read again.

## What a process is

Process ids are given again. `proc.entity` is a number made of the host's process id and the time at which the
process started, exact to the nanosecond: the same in every event of a process, in its children's
`proc.parent.entity`, and in JSON's `processEntityId` and `parentEntityId`, to join them by. It has 32 bits: two of
77,000 processes have the same one with a probability of a half, so ask for `proc.pid`, too, where that matters.
Of processes that were there when tracing began the kernel lists the exact start, by a BPF iterator; `/proc` rounds it.
It is absent where the exact start is not known: in JSON lines, of a process above the event's own, until there was an
event of it or of a child, and so on a kernel that lists none, which tracee says when it begins.
";

/// The file's text.
pub(super) fn page() -> String {
    let mut page = notice("lang/src/context/fields.rs");
    page.push_str(INTRODUCTION);
    for field in FIELDS.iter() {
        let ty = stdlib::schema().type_name(&field.ty);
        let origin = match field.origin {
            Origin::Kernel => "the kernel",
            Origin::Userland => "the process tree",
        };
        page.push_str(&format!(
            "| `{}` | `{ty}` | {origin} | {} |\n",
            field.path,
            cell(field.doc)
        ));
    }
    page.push_str(MORE);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_row() {
        let page = page();
        assert_eq!(page.matches("\n| `").count(), FIELDS.len());
        assert!(
            page.contains("| `proc.uid` | `u32` | the kernel | real user id |"),
            "{page}"
        );
    }
}
