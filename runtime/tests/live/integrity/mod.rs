//! Checks of the kernel's memory, in guests: a module that really changes the tables, and one that really hides.
//! Both are made of one of the kernel's own (`tracee_guest::rootkit`), as no distribution has such modules.

pub(crate) mod acts;

use std::time::Duration;

use tracee_guest::rootkit::{self, TARGET};
use tracee_lang::stdlib;

use crate::functions::module_acts::{folder_of_modules, load_bytes, remove};
use crate::functions::{slot, text};
use crate::tables::everything;
use crate::watch::{Actor, Records, event_id, need_live, shared};
use acts::{HIDDEN, HOOKS, SHOWS};

const EVENTS: [&str; 4] = [
    "hooked_syscall",
    "hooked_seq_ops",
    "hooked_proc_fops",
    "hidden_kernel_module",
];

/// How many records of these events there are.
fn count(records: &Records) -> [usize; 4] {
    EVENTS.map(|event| records.of(event).len())
}

/// One look says all that is wrong, a later one what hides, and neither says anything of a sound kernel.
#[test]
fn rootkits() {
    need_live!();
    if !folder_of_modules().exists() {
        eprintln!("skipped: {} is not there", folder_of_modules().display());
        return;
    }
    let mut actor = Actor::new("integrity-rootkits");
    let mut source = shared(&actor, &everything(&EVENTS));
    let sound = Records::read(&mut source);
    assert_eq!(count(&sound), [0; 4]);
    assert!(actor.act().success());
    let found = Records::read(&mut source);
    // Whoever hides is looked for twice.
    std::thread::sleep(Duration::from_millis(1200));
    let hidden = Records::read(&mut source);
    std::thread::sleep(Duration::from_millis(1200));
    let nothing_new = Records::read(&mut source);
    drop(source);
    // The guest goes on with other things, and is to be sound then.
    let shows = rootkit::showing(SHOWS, HIDDEN).unwrap();
    assert_eq!(load_bytes(&shows), 0, "{}", std::io::Error::last_os_error());
    for module in [HOOKS, "llc", SHOWS, HIDDEN] {
        assert_eq!(remove(module), 0, "{module}");
    }

    assert_eq!(count(&found), [1, 1, 1, 0]);
    let all = found.of("hooked_syscall");
    let said = |name| text(&all[0], "hooked_syscall", name).unwrap();
    assert_eq!(said("syscall"), b"lookup_dcookie");
    assert_eq!(said("function"), TARGET.as_bytes());
    assert_eq!(said("owner"), b"llc");
    // The module is gone by now, and its symbols with it: only the length can be compared.
    assert_eq!(said("address").len(), 16);
    for (event, argument, table) in [
        ("hooked_seq_ops", "hooked_seq_ops", "tcp6_seq_ops_show"),
        (
            "hooked_proc_fops",
            "hooked_fops_pointers",
            "proc_root_operations+",
        ),
    ] {
        let all = found.of(event);
        let list: Vec<_> = all[0].list(slot(event, argument)).unwrap().collect();
        let [item] = list[..] else { panic!("{list:?}") };
        let item = String::from_utf8_lossy(item);
        assert!(item.starts_with(table), "{item}");
        assert!(item.ends_with(&format!(": {TARGET} [llc]")), "{item}");
    }
    assert_eq!(count(&hidden), [0, 0, 0, 1]);
    let event = "hidden_kernel_module";
    let all = hidden.of(event);
    assert_eq!(text(&all[0], event, "name"), Some(HIDDEN.as_bytes()));
    assert_eq!(text(&all[0], event, "address").unwrap().len(), 16);
    assert_eq!(count(&nothing_new), [0; 4]);
    // Nobody's: they are of the machine.
    let schema = stdlib::schema();
    assert!(schema.event(event_id(event)).is_some());
    assert_eq!(all[0].header().host_pid, 0);
}
