//! `docs/events.md`: every event with its arguments, sets and hooks. [`super::types`] has the types.

use std::collections::BTreeMap;

use tracee_lang::schema::{Event, Hook, Schema};
use tracee_lang::stdlib;

use super::{cell, notice, types};

const INTRODUCTION: &str = "\
# Events

What a policy can `select`, and what a rule can be `on`. In a condition an argument goes by its name
(`pathname prefix \"/etc/\"`), a field of a struct by both (`addr.port == 4444`). Every event also
carries the [context](fields.md). Named types are in [types](types.md), and what holds for all syscalls in
[syscalls](syscalls.md). `tracee list events` prints the same list, `tracee explain POLICY`
the hook that this kernel gives each event of a policy.

";

/// The file's text.
pub(super) fn page() -> String {
    let schema = stdlib::schema();
    let mut page = notice("stdlib-signatures/events");
    page.push_str(INTRODUCTION);
    let mut events: Vec<&Event> = schema.events.iter().collect();
    events.sort_by_key(|event| &event.name);
    page.push_str(&sets(&events));
    for event in events {
        page.push_str(&section(schema, event));
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// The events of each set.
fn sets(events: &[&Event]) -> String {
    let mut members: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for event in events {
        for set in &event.sets {
            members
                .entry(set)
                .or_default()
                .push(format!("[{0}](#{0})", event.name));
        }
    }
    let mut text = "| set | events |\n|---|---|\n".to_owned();
    for (set, events) in members {
        text.push_str(&format!("| `{set}` | {} |\n", events.join(", ")));
    }
    text.push('\n');
    text
}

fn section(schema: &Schema, event: &Event) -> String {
    let mut text = format!("## {}\n\n{}\n\n", event.name, event.doc.trim());
    if !event.args.is_empty() {
        text.push_str("| argument | type | |\n|---|---|---|\n");
        for argument in &event.args {
            let ty = types::linked(schema, &argument.ty);
            text.push_str(&format!(
                "| `{}` | {ty} | {} |\n",
                argument.name,
                cell(&argument.doc)
            ));
        }
        text.push('\n');
    }
    let hooks: Vec<String> = event.hooks.iter().map(Hook::to_string).collect();
    text.push_str(&format!(
        "Id {}; from {}",
        event.id.0,
        hooks.join(", else ")
    ));
    text.push_str(if event.has_retval {
        "; has `retval`.\n\n"
    } else {
        ".\n\n"
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_shown_with_its_arguments_and_hook() {
        let schema = stdlib::schema();
        let text = section(schema, schema.event_named("connect").unwrap());
        assert_eq!(
            text,
            "## connect\n\nConnects a socket to an address. connect(2)\n\n\
             | argument | type | |\n|---|---|---|\n\
             | `sockfd` | `i32` |  |\n\
             | `addr` | [`sockaddr`](types.md#sockaddr) |  |\n\
             | `addrlen` | `i32` |  |\n\n\
             Id 42; from syscall 42 (x86-64; 362 for 32-bit callers); has `retval`.\n\n"
        );
    }

    #[test]
    fn every_event_has_a_section() {
        let page = page();
        for event in &stdlib::schema().events {
            let heading = format!("\n## {}\n", event.name);
            assert_eq!(page.matches(&heading).count(), 1, "{heading}");
        }
    }
}
