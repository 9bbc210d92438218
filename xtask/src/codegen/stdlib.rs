//! `docs/stdlib.md`: the lists and rules of the standard library.

use tracee_lang::check;
use tracee_lang::hir::Rule;
use tracee_lang::stdlib::{self, List};

use super::notice;

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

/// The file's text.
pub(super) fn page() -> String {
    let mut page = notice("stdlib-signatures/lists and rules");
    page.push_str(INTRODUCTION);
    page.push_str("\n## Lists\n");
    for list in stdlib::lists() {
        page.push_str(&list_section(&list));
    }
    page.push_str("\n## Rules\n");
    for rule in check::standard_rules() {
        page.push_str(&rule_section(&rule));
    }
    page
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
    format!(
        "\n### {}\n\n{}\n\n| | |\n|---|---|\n| severity | {} |\n| technique | {} |\n| events | {} |\n",
        rule.qualified_name,
        rule.doc.trim(),
        rule.severity.name(),
        techniques.join(", "),
        events.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_and_rule_has_a_section() {
        let page = page();
        let sections = stdlib::lists().len() + check::standard_rules().len();
        assert_eq!(page.matches("\n### std.").count(), sections);
        assert!(page.contains("\n### std.shells\n"), "{page}");
        assert!(
            page.contains("| technique | T1622 Debugger Evasion |"),
            "{page}"
        );
    }
}
