//! `docs/stdlib.md`: the lists and rules of the standard library.

use tracee_lang::check;
use tracee_lang::hir::Rule;
use tracee_lang::stdlib::{self, List};

use super::{aqua, notice};
use crate::Result;
use crate::vm::standard_rules;

const INTRODUCTION: &str = "\
# The standard library

Lists for conditions, and rules. A file imports the lists that it names; rules need no import:

```tp
import std.shells;
import std.web_servers;

policy host {
  use std.*;

  rule shell_under_a_web_server {
    on sched_process_exec
      where proc.comm in std.shells and proc.parent.comm in std.web_servers;
  }
}
```

The sources of a list are named in its file, in stdlib-signatures/lists. `tracee list lists` and
`tracee list rules` print the same.
";

const RULES: &str = "
## Rules

`tracee run` without a policy runs all of them, a policy those that it names: `use std.*;`, or
`use std.ld_preload;`. A rule that is wrong about something legitimate gets an exception in the policy:

```tp
policy host {
  use std.*;
  except std.ld_preload reason \"SEC-142: the agent\" where proc.exe == \"/opt/agent/bin/agent\";
}
```

| rule | id | severity | says |
|---|---|---|---|
";

const BUSY: &str = "
## On a busy machine

guest/busy.sh does what people and machines do all day: it compiles C with gcc, builds a package, installs it by
`apt-get install` together with Debian's cron, sudo and adduser, whose scripts run, upgrades the C library by `apt-get
upgrade`, packs and unpacks, runs jobs as cron does, looks through the system and works at a shell. With all rules at
once `cargo xtask vm` demands that these match of it, so often, and nothing else:

| rule | times | says | why that is harmless |
|---|---:|---|---|
";

/// The file's text.
///
/// # Errors
/// When what guests do can't be read.
pub(super) fn page() -> Result<String> {
    let mut page = notice("stdlib-signatures/lists and rules");
    page.push_str(INTRODUCTION);
    page.push_str("\n## Lists\n");
    for list in stdlib::lists() {
        page.push_str(&list_section(&list));
    }
    page.push_str(RULES);
    let rules = check::standard_rules();
    for rule in &rules {
        let (name, severity) = (&rule.qualified_name, rule.severity.name());
        let anchor = name.replace('.', "");
        let (id, title) = (text(rule.id.as_ref()), text(rule.title.as_ref()));
        page.push_str(&format!(
            "| [`{name}`](#{anchor}) | {id} | {severity} | {title} |\n"
        ));
    }
    for rule in &rules {
        page.push_str(&rule_section(rule));
    }
    page.push_str(BUSY);
    for known in standard_rules::read(standard_rules::BUSY)? {
        let why = known.more.unwrap_or_default();
        let (rule, times, says) = (known.rule, known.times, known.message);
        page.push_str(&format!("| `{rule}` | {times} | {says} | {why} |\n"));
    }
    page.push_str(&aqua::section());
    Ok(page)
}

fn text(written: Option<&String>) -> &str {
    written.map_or("", String::as_str)
}

fn list_section(list: &List) -> String {
    let elements: Vec<String> = list.elements.iter().map(|e| format!("`{e}`")).collect();
    format!(
        "\n### std.{}\n\n{}\n\nA list of `{}`: {}\n",
        list.name,
        list.doc.trim(),
        list.ty,
        elements.join(", ")
    )
}

fn rule_section(rule: &Rule) -> String {
    let techniques = rule.attack.iter();
    let techniques: Vec<String> = techniques
        .map(|technique| format!("{} {}", technique.id, technique.full_name()))
        .collect();
    let mut events: Vec<String> = rule
        .on
        .iter()
        .filter_map(|on| stdlib::schema().event(on.event))
        .map(|event| format!("`{}`", event.name))
        .collect();
    events.dedup();
    let references: Vec<String> = rule.references.iter().map(|of| format!("<{of}>")).collect();
    format!(
        "\n### {}\n\n{}\n\n| | |\n|---|---|\n| id | {} |\n| severity | {} |\n| technique | {} |\n| events | {} |\n| see | {} |\n",
        rule.qualified_name,
        rule.doc.trim(),
        text(rule.id.as_ref()),
        rule.severity.name(),
        techniques.join(", "),
        events.join(", "),
        references.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_and_rule_has_a_section() {
        let page = page().unwrap();
        let sections = stdlib::lists().len() + check::standard_rules().len();
        assert_eq!(page.matches("\n### std.").count(), sections);
        assert!(page.contains("\n### std.shells\n"), "{page}");
        assert!(
            page.contains("| technique | T1622 Debugger Evasion |"),
            "{page}"
        );
        assert_eq!(
            page.matches("\n| [`std.").count(),
            check::standard_rules().len()
        );
    }
}
