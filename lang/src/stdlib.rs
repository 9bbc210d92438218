//! The standard library, which is compiled into the program: `events/` is the schema, `lists/` and
//! `rules/` are what policies know as `std.NAME`.

use std::sync::LazyLock;

use crate::ast::{self, Item};
use crate::check;
use crate::diagnostics::Diagnostic;
use crate::parse;
use crate::schema::{Schema, table};
use crate::source::{FileId, SourceMap};

macro_rules! file {
    ($path:literal) => {
        (
            concat!("std/", $path),
            include_str!(concat!("../../stdlib-signatures/", $path)),
        )
    };
}

/// Every file: its name in diagnostics, and its text. Rules have their tests behind them. A test compares
/// it with the directory.
pub const FILES: &[(&str, &str)] = &[
    file!("events/attributes.tp"),
    file!("events/compat_files.tp"),
    file!("events/compat_identity.tp"),
    file!("events/compat_processes.tp"),
    file!("events/compat_time.tp"),
    file!("events/containers.tp"),
    file!("events/directories.tp"),
    file!("events/file_hooks.tp"),
    file!("events/files.tp"),
    file!("events/identity.tp"),
    file!("events/identity_hooks.tp"),
    file!("events/integrity.tp"),
    file!("events/io.tp"),
    file!("events/ipc.tp"),
    file!("events/lifetimes.tp"),
    file!("events/machine_hooks.tp"),
    file!("events/memory.tp"),
    file!("events/memory_hooks.tp"),
    file!("events/module_hooks.tp"),
    file!("events/modules.tp"),
    file!("events/mounts.tp"),
    file!("events/network.tp"),
    file!("events/processes.tp"),
    file!("events/scheduling.tp"),
    file!("events/signals.tp"),
    file!("events/socket_hooks.tp"),
    file!("events/system.tp"),
    file!("events/time.tp"),
    file!("events/tracee.tp"),
    file!("events/types/devices.tp"),
    file!("events/types/files.tp"),
    file!("events/types/ipc.tp"),
    file!("events/types/memory.tp"),
    file!("events/types/mounts.tp"),
    file!("events/types/network.tp"),
    file!("events/types/prctl.tp"),
    file!("events/types/processes.tp"),
    file!("events/types/scheduling.tp"),
    file!("events/types/security.tp"),
    file!("events/types/signals.tp"),
    file!("events/types/system.tp"),
    file!("events/types/time.tp"),
    file!("events/types/watches.tp"),
    file!("events/waiting.tp"),
    file!("lists/container_runtimes.tp"),
    file!("lists/credential_files.tp"),
    file!("lists/debuggers.tp"),
    file!("lists/download_tools.tp"),
    file!("lists/interpreters.tp"),
    file!("lists/kubernetes_api_addresses.tp"),
    file!("lists/kubernetes_programs.tp"),
    file!("lists/package_managers.tp"),
    file!("lists/password_files.tp"),
    file!("lists/program_directories.tp"),
    file!("lists/runtime_sockets.tp"),
    file!("lists/scratch_directories.tp"),
    file!("lists/shells.tp"),
    file!("lists/web_servers.tp"),
    file!("rules/credential-access/kubernetes_certificate_theft.tp"),
    file!("rules/credential-access/kubernetes_token_read.tp"),
    file!("rules/credential-access/proc_mem_access.tp"),
    file!("rules/defense-evasion/anti_debugging.tp"),
    file!("rules/defense-evasion/connection_list_hooking.tp"),
    file!("rules/defense-evasion/default_loader_modification.tp"),
    file!("rules/defense-evasion/dropped_executable.tp"),
    file!("rules/defense-evasion/dynamic_code_loading.tp"),
    file!("rules/defense-evasion/fileless_execution.tp"),
    file!("rules/defense-evasion/hidden_executable.tp"),
    file!("rules/defense-evasion/hidden_kernel_module.tp"),
    file!("rules/defense-evasion/hidden_program.tp"),
    file!("rules/defense-evasion/proc_hooking.tp"),
    file!("rules/defense-evasion/proc_mem_code_injection.tp"),
    file!("rules/defense-evasion/process_vm_write.tp"),
    file!("rules/defense-evasion/ptrace_code_injection.tp"),
    file!("rules/defense-evasion/syscall_hooking.tp"),
    file!("rules/defense-evasion/unpacked_code.tp"),
    file!("rules/discovery/kubernetes_api_connection.tp"),
    file!("rules/discovery/sched_debug_reconnaissance.tp"),
    file!("rules/execution/stdio_over_socket.tp"),
    file!("rules/execution/stdio_replaced_by_socket.tp"),
    file!("rules/initial-access/illegitimate_shell.tp"),
    file!("rules/persistence/kernel_module_loading.tp"),
    file!("rules/persistence/ld_preload.tp"),
    file!("rules/persistence/library_search_path.tp"),
    file!("rules/persistence/rc_modification.tp"),
    file!("rules/persistence/scheduled_task_modification.tp"),
    file!("rules/privilege-escalation/aslr_inspection.tp"),
    file!("rules/privilege-escalation/cgroup_notify_on_release.tp"),
    file!("rules/privilege-escalation/cgroup_release_agent.tp"),
    file!("rules/privilege-escalation/container_runtime_socket.tp"),
    file!("rules/privilege-escalation/core_pattern_modification.tp"),
    file!("rules/privilege-escalation/disk_mount.tp"),
    file!("rules/privilege-escalation/kcore_read.tp"),
    file!("rules/privilege-escalation/sudoers_modification.tp"),
    file!("rules/privilege-escalation/sysrq_modification.tp"),
];

/// The schema, read in a tenth of the time that parsing its declarations takes.
const TABLE: &str = include_str!("schema/table.in");

fn is_declarations(name: &str) -> bool {
    name.starts_with("std/events/")
}

/// What comes before the tests of a rule: those are for whoever works on it, and are the longer part.
fn without_tests(text: &'static str) -> &'static str {
    let tests = text.find("\ntest \"");
    tests.map_or(text, |at| text.get(..at).unwrap_or(text))
}

/// Says whether [`TABLE`] is of these declarations.
fn fingerprint() -> u64 {
    let declarations = FILES.iter().filter(|(name, _)| is_declarations(name));
    table::fingerprint(declarations.map(|(_, text)| *text))
}

/// The files with their ids and texts.
fn texts() -> impl Iterator<Item = (FileId, &'static str, &'static str)> {
    let ids = (FileId::STANDARD.0..).map(FileId);
    ids.zip(FILES)
        .map(|(id, (name, text))| match is_declarations(name) {
            true => (id, *name, *text),
            false => (id, *name, without_tests(text)),
        })
}

// While somebody edits the declarations, the table is of those before.
static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| table::read(TABLE, fingerprint()).unwrap_or_else(|| declared().0));

static LIBRARY: LazyLock<Vec<(FileId, ast::File)>> = LazyLock::new(|| {
    let files = texts().filter(|(_, name, _)| !is_declarations(name));
    let parsed = files.map(|(id, _, text)| (id, parse::parse_text(id, text).file));
    parsed.collect()
});

// Only who looks at the texts has a copy of them.
static SOURCES: LazyLock<SourceMap> = LazyLock::new(|| {
    let mut map = SourceMap::standard();
    for (_, name, text) in texts() {
        map.add(name, text);
    }
    map
});

/// The schema as the declarations have it, and what is wrong with the text of the standard library:
/// nothing, as a test makes sure.
pub fn declared() -> (Schema, Vec<Diagnostic>) {
    let mut map = SourceMap::standard();
    let mut diagnostics = Vec::new();
    let mut events = Vec::new();
    for (name, text) in FILES {
        let id = map.add(*name, *text);
        let parsed = parse::parse(&map, id);
        diagnostics.extend(parsed.diagnostics);
        if is_declarations(name) {
            events.push(parsed.file);
        }
    }
    let schema = check::schema::build(&events, &mut diagnostics);
    (schema, diagnostics)
}

/// The text of `lang/src/schema/table.in`, which `cargo xtask codegen` writes.
pub fn schema_table() -> String {
    table::write(schema(), fingerprint())
}

/// The events, enums and flag sets of the standard library.
pub fn schema() -> &'static Schema {
    &SCHEMA
}

/// The files that hold its lists and rules, parsed.
pub(crate) fn library() -> &'static [(FileId, ast::File)] {
    &LIBRARY
}

/// A list of the standard library.
#[derive(Debug, Clone)]
pub struct List {
    /// `shells`: policies write `std.shells`.
    pub name: &'static str,
    /// The type of its elements, as written.
    pub ty: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// Its elements, as written.
    pub elements: Vec<&'static str>,
}

/// The lists, in the order of their names.
pub fn lists() -> Vec<List> {
    let items = library().iter().flat_map(|(_, file)| &file.items);
    let list = |item: &'static Item| match item {
        Item::List(list) => {
            let elements = list.elements.iter();
            Some(List {
                name: &list.name.text,
                ty: source_map().slice(list.ty.span),
                doc: &list.doc,
                elements: elements.map(|e| source_map().slice(e.span)).collect(),
            })
        }
        _ => None,
    };
    items.filter_map(list).collect()
}

/// The files of the standard library. Every map has them, too.
pub fn source_map() -> &'static SourceMap {
    &SOURCES
}
