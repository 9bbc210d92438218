//! Declarations, clauses, and what their words take.

use gen_lsp_types::CompletionItemKind as Kind;
use tracee_lang::attack::{Status, TECHNIQUES};
use tracee_lang::hir::RuleSeverity;
use tracee_lang::token::Token;

use super::Cursor;
use super::items::Items;

pub(super) fn declarations(items: &mut Items) {
    items.snippet(
        "policy",
        "what one team deploys",
        "policy ${1:name} {\n  $0\n}",
    );
    items.snippet(
        "rule",
        "a rule for policies to use",
        "rule ${1:name} {\n  title \"${2:What happened}\";\n  severity ${3|medium,info,low,high,critical|};\n  on ${4:sched_process_exec} where $0;\n}",
    );
    items.snippet(
        "list",
        "values to compare with",
        "list ${1:name}: ${2:string} = [$0];",
    );
    items.snippet("let", "a condition with a name", "let ${1:name} = $0;");
    items.snippet("import", "names of other files", "import $0;");
    items.snippet(
        "test",
        "what a policy shows",
        "test \"${1:title}\" for ${2:policy} {\n  given ${3:openat} { $0 };\n  expect ${2:policy};\n}",
    );
    items.snippet("edition", "the language's version", "edition 1;");
}

pub(super) fn of_policy(items: &mut Items) {
    items.snippet(
        "rule",
        "a detection",
        "rule ${1:name} {\n  title \"${2:What happened}\";\n  severity ${3|medium,info,low,high,critical|};\n  on ${4:sched_process_exec} where $0;\n}",
    );
    items.snippet("select", "events to record", "select ${1:openat} where $0;");
    items.snippet("scope", "which workloads it covers", "scope $0;");
    items.snippet("use", "rules of libraries", "use $0;");
    items.snippet(
        "except",
        "what is no detection",
        "except ${1:rule} reason \"${2:why}\" where $0;",
    );
    items.snippet("version", "of the policy", "version \"${1:1.0.0}\";");
    items.snippet("description", "what it is for", "description \"$0\";");
    items.snippet("labels", "to find it by", "labels \"$0\";");
    items.snippet("mode", "what it may do", "mode ${1:monitor};");
}

pub(super) fn of_rule(items: &mut Items) {
    items.snippet("on", "when it matches", "on ${1:openat} where $0;");
    items.snippet("id", "the same for ever", "id \"$0\";");
    items.snippet("title", "one line", "title \"$0\";");
    items.snippet("description", "all there is to say", "description \"$0\";");
    items.snippet("severity", "how bad it is", "severity $0;");
    items.snippet("attack", "techniques of MITRE ATT&CK", "attack $0;");
    items.snippet("references", "where to read more", "references \"$0\";");
    items.snippet(
        "message",
        "what a detection says",
        "message \"${1:{proc.comm\\} }$0\";",
    );
    items.snippet("output", "what a detection has", "output {\n  $0\n}");
    items.snippet("action", "what it does", "action ${1:alert};");
    items.snippet(
        "except",
        "what is no detection",
        "except reason \"${1:why}\" where $0;",
    );
}

pub(super) fn of_test(items: &mut Items) {
    items.snippet(
        "given",
        "an event that happens",
        "given ${1:openat} { $0 };",
    );
    items.snippet("expect", "a rule that matches", "expect $0;");
}

pub(super) fn severities(items: &mut Items) {
    let all = [
        (RuleSeverity::Info, "worth a look in context"),
        (RuleSeverity::Low, "unusual"),
        (RuleSeverity::Medium, "suspicious"),
        (RuleSeverity::High, "probably an attack"),
        (RuleSeverity::Critical, "an attack"),
    ];
    for (severity, about) in all {
        items.add(severity.name(), Kind::EnumMember, about);
        items.later();
    }
}

/// Techniques that may still be named, to be found by their names, too.
pub(super) fn techniques(cursor: &Cursor<'_>, items: &mut Items) {
    // `T1059.` is three tokens.
    if let [first] = cursor.path[..] {
        let words = &cursor.syntax.words;
        let dot = words.get(cursor.at.wrapping_sub(1));
        if let Some(dot) = dot.filter(|_| first.starts_with('T')) {
            let start = dot.start - first.len();
            items.replace(cursor.text.range_of(start..cursor.offset));
        }
    }
    let current = TECHNIQUES.iter();
    for technique in current.filter(|one| one.status == Status::Current) {
        let name = technique.full_name();
        if let Some(item) = items.add(technique.id, Kind::Constant, name) {
            let name = item.detail.as_deref().unwrap_or_default();
            item.filter_text = Some(format!("{} {name}", technique.id));
        }
    }
}

/// Types of lists and parameters, behind a colon.
pub(super) fn types(cursor: &Cursor<'_>, items: &mut Items) {
    if cursor.before() != Some(Token::Colon) {
        return;
    }
    let simple = [
        "string", "path", "ip", "cidr", "port", "u8", "u16", "u32", "u64", "i8", "i16", "i32",
        "i64", "time", "duration", "bytes",
    ];
    for name in simple {
        items.add(name, Kind::TypeParameter, "");
    }
    items.later();
    let schema = tracee_lang::stdlib::schema();
    for one in &schema.enums {
        items.add(&format!("enum {}", one.name), Kind::Enum, "");
    }
    for one in &schema.flag_sets {
        items.add(&format!("flags {}", one.name), Kind::Enum, "");
    }
}
