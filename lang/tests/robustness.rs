//! Any text gives diagnostics: no panic, no stack overflow, no endless work.

use tracee_lang::check::{Checked, check};
use tracee_lang::codes;
use tracee_lang::diagnostics::{MAX_REPORTED, has_errors};
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib;
use tracee_lang::token::lex;

const EXAMPLE: &str = include_str!("hir/whole_subset.tp");

/// Examples, none of which names the standard library: it would be checked each time, too.
fn examples() -> [String; 2] {
    let exceptions = include_str!("hir/exceptions.tp");
    let exceptions = exceptions.replace(", std.ld_preload", "");
    [EXAMPLE.to_owned(), exceptions.replace("std.*", "p.own")]
}

fn check_text(text: &str) -> Checked {
    let mut map = SourceMap::default();
    let file = map.add("test.tp", text);
    check(&map, &[file])
}

/// The codes of what is said about a text.
fn codes_of(text: &str) -> Vec<u16> {
    check_text(text)
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.0)
        .collect()
}

#[test]
fn every_prefix_of_an_example_is_checked() {
    for example in examples() {
        for (at, _) in example.char_indices() {
            let _ = check_text(&example[..at]);
        }
    }
}

#[test]
fn an_example_without_any_one_token_is_checked() {
    for example in examples() {
        for (_, range) in lex(&example) {
            let without = format!("{}{}", &example[..range.start], &example[range.end..]);
            let _ = check_text(&without);
        }
    }
}

#[test]
fn an_example_with_any_two_tokens_swapped_is_checked() {
    let tokens: Vec<_> = lex(EXAMPLE)
        .filter(|(token, _)| !token.is_trivia())
        .collect();
    for pair in tokens.windows(2) {
        let (first, second) = (pair[0].1.clone(), pair[1].1.clone());
        let swapped = [
            &EXAMPLE[..first.start],
            &EXAMPLE[second.clone()],
            &EXAMPLE[first.end..second.start],
            &EXAMPLE[first.clone()],
            &EXAMPLE[second.end..],
        ];
        let _ = check_text(&swapped.concat());
    }
}

#[test]
fn tokens_cover_the_text() {
    for text in [EXAMPLE, "\0\u{1}é\"\\\n'\"", "//", "/", "/// \n////"] {
        let mut end = 0;
        for (_, range) in lex(text) {
            assert_eq!(range.start, end);
            end = range.end;
        }
        assert_eq!(end, text.len());
    }
}

#[test]
fn odd_texts_give_errors() {
    let odd = [
        "\0",
        "\u{feff}\u{feff}policy p {}",
        "policy",
        "\"",
        "'",
        "{",
        "}",
        "policy p {",
        "]",
        "é",
        "list",
        "policy p { select open where pathname == \"\0",
        "let x = x.y.z.;",
        "policy p { rule r { on open where ((((; } }",
        "- - -",
        "1",
        "..",
        "/*",
    ];
    for text in odd {
        assert!(has_errors(&check_text(text).diagnostics), "{text:?}");
    }
}

#[test]
fn an_empty_file_is_no_error() {
    for text in ["", "\n\n", "// nothing", "/// nothing"] {
        assert!(check_text(text).diagnostics.is_empty(), "{text:?}");
    }
}

#[test]
fn nesting_is_limited() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("not ", ""),
        ("!", ""),
        ("any a in argv { ", "}"),
    ] {
        let text = format!(
            "policy p {{ select execve where {}true{}; }}",
            open.repeat(10_000),
            close.repeat(10_000)
        );
        assert_eq!(codes_of(&text), [codes::NESTED_TOO_DEEPLY.0], "{open}");
    }
    assert_eq!(codes_of(&"(".repeat(10_000)), [codes::NESTED_TOO_DEEPLY.0]);
    // As deep as it may be: every stage still has the stack for it.
    let deep = format!(
        "policy p {{ select open where {}pathname exists{}; }}",
        "(".repeat(127),
        ")".repeat(127)
    );
    assert_eq!(codes_of(&deep), [0u16; 0]);
}

#[test]
fn lets_do_not_grow_without_limit() {
    let mut doubling = String::from("let a0 = pathname exists;\n");
    let mut chain = doubling.clone();
    for at in 1..2000 {
        chain.push_str(&format!("let a{at} = not a{};\n", at - 1));
    }
    for at in 1..60 {
        doubling.push_str(&format!("let a{at} = a{0} and a{0};\n", at - 1));
    }
    let policy = |last| format!("policy p {{ select open where a{last}; }}");
    assert_eq!(
        codes_of(&(doubling + &policy(59))),
        [codes::CONDITION_TOO_LARGE.0]
    );
    assert_eq!(
        codes_of(&(chain + &policy(1999))),
        [codes::CONDITION_TOO_LARGE.0]
    );
    let mut values = String::from("let a0 = pathname;\n");
    for at in 1..5000 {
        values.push_str(&format!("let a{at} = a{};\n", at - 1));
    }
    for using in [
        "a4999 == \"x\"",
        "a4999 exists",
        "any x in a4999 { true }",
        "a4999",
    ] {
        let text = format!("{values}policy p {{ select open where {using}; }}");
        assert_eq!(codes_of(&text), [codes::CONDITION_TOO_LARGE.0], "{using}");
    }
    let numbers: Vec<_> = (0..16_000).map(|n| (2 * n).to_string()).collect();
    let many = vec!["oldfd in l"; 20].join(" or ");
    let text = format!(
        "list l: i32 = [{}]; policy p {{ select dup where {many}; }}",
        numbers.join(",")
    );
    assert_eq!(codes_of(&text), [codes::CONDITION_TOO_LARGE.0]);
    let wide = vec!["pathname exists"; 5000].join(" and ");
    assert_eq!(
        codes_of(&format!("policy p {{ select open where {wide}; }}")),
        [codes::CONDITION_TOO_LARGE.0]
    );
}

#[test]
fn all_conditions_together_are_limited() {
    let parts = vec!["pathname exists"; 4000].join(" and ");
    let rules = |count: usize| -> String {
        let rule = |at| format!("rule r{at} {{ on open where every; }}\n");
        (0..count).map(rule).collect()
    };
    let text = |count| format!("let every = {parts};\npolicy p {{ {} }}", rules(count));
    let said = check_text(&text(300)).diagnostics;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].code, codes::CONDITION_TOO_LARGE);
    assert!(
        said[0].message.contains("up to here"),
        "{}",
        said[0].message
    );
    // A mistake in what is used too often is all that is said.
    let wrong = text(300).replacen("pathname", "pathnam", 1);
    assert_eq!(codes_of(&wrong), [codes::UNKNOWN_NAME.0]);
}

/// A clause for all rules of a policy is a condition for each of them.
#[test]
fn exceptions_are_limited() {
    let rules: String = (0..400)
        .map(|at| format!("rule r{at} {{ on open where retval == {at}; }}\n"))
        .collect();
    let all: String = (0..400)
        .map(|at| format!("except p.* reason \"r\" where proc.pid in [{at}, 9999] or true;\n"))
        .collect();
    let said = check_text(&format!("policy p {{ {rules} {all} }}")).diagnostics;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].code, codes::CONDITION_TOO_LARGE);
    let many: String = (0..2500)
        .map(|at| format!("except reason \"r\" where proc.pid == {at};\n"))
        .collect();
    let said = check_text(&format!("policy p {{ rule r {{ on open; {many} }} }}")).diagnostics;
    let too_large = said
        .iter()
        .filter(|one| one.code == codes::CONDITION_TOO_LARGE);
    let first = too_large.clone().next().map(|one| &one.message);
    let message = "the condition of rule `r` is too large with its exceptions";
    assert_eq!(first.map(String::as_str), Some(message));
}

#[test]
fn files_and_lists_are_limited() {
    let large = " ".repeat((8 << 20) + 1);
    assert_eq!(codes_of(&large), [codes::FILE_TOO_LARGE.0]);
    assert_eq!(codes_of(&"a ".repeat(600_000)), [codes::FILE_TOO_LARGE.0]);
    let numbers: Vec<_> = (0..131_073).map(|n| n.to_string()).collect();
    let list = format!(
        "policy p {{ select dup where oldfd in [{}]; }}",
        numbers.join(",")
    );
    assert_eq!(codes_of(&list), [codes::LIST_TOO_LARGE.0]);
}

#[test]
fn errors_are_reported_up_to_a_limit() {
    for text in [";".repeat(5000), "list l: u8 = [1] x ;\n".repeat(5000)] {
        let codes = codes_of(&text);
        assert_eq!(codes.len(), MAX_REPORTED + 1);
        assert_eq!(codes.last(), Some(&codes::TOO_MANY_MISTAKES.0));
    }
}

#[test]
fn warnings_are_reported_up_to_a_limit_but_for_those_that_are_allowed() {
    let rule = |at: usize, comment: &str| {
        format!(
            "rule r{at} {{ on open where pathname prefix \"/etc\" and retval == {at}; {comment}\n}}"
        )
    };
    let allowed = "// tracee: allow(TP2207) reason \"test\"";
    let rules: String = (0..2000)
        .map(|at| rule(at, if at % 2 == 0 { allowed } else { "" }))
        .collect();
    let prefixes = vec![codes::PREFIX_WITHOUT_SLASH.0; MAX_REPORTED];
    assert_eq!(codes_of(&format!("policy p {{ {rules} }}")), prefixes);
    let more = rule(2000, "");
    let codes = codes_of(&format!("policy p {{ {rules} {more} }}"));
    assert_eq!(codes[..MAX_REPORTED], prefixes);
    assert_eq!(codes[MAX_REPORTED..], [codes::TOO_MANY_MISTAKES.0]);
}

#[test]
fn messages_are_limited() {
    for field in ["{pathname}", "{p}", "{ }"] {
        let message = field.repeat(101);
        let text = format!("policy p {{ rule r {{ on unlink; message \"{message}\"; }} }}");
        let said = check_text(&text).diagnostics;
        let last = said.last().map(|one| one.message.as_str());
        let limit = said
            .iter()
            .any(|one| one.message == "the message has more than 100 fields");
        assert!(limit, "{field}: {last:?}");
    }
}

#[test]
fn long_tokens_are_read() {
    let long = "a".repeat(1_000_000);
    for text in [
        format!("// {long}"),
        format!("policy p {{ version \"{long}\"; select unlink; }}"),
    ] {
        assert_eq!(codes_of(&text), [0u16; 0]);
    }
    for text in [
        format!("'{long}'"),
        format!("\"{long}"),
        "1".repeat(1_000_000),
        "€".repeat(300_000),
    ] {
        assert_eq!(codes_of(&text).len(), 1);
    }
}

#[test]
fn names_are_of_their_file_and_policies_of_all() {
    let mut map = SourceMap::default();
    let first = map.add(
        "a.tp",
        "list l: string = [\"a\"]; policy p { select open where pathname in l; }",
    );
    let second = map.add(
        "b.tp",
        "list l: string = [\"b\"]; policy p { select open where pathname in l; }",
    );
    let checked = check(&map, &[first, second]);
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| (d.code, d.span().file))
        .collect();
    assert_eq!(said, [(codes::DUPLICATE_NAME, second)]);
}

#[test]
fn every_event_can_be_selected_and_every_argument_named() {
    for event in &stdlib::schema().events {
        for slot in &event.slots {
            let text = format!(
                "policy p {{ select {} where {} exists; }}",
                event.name, slot.path
            );
            assert_eq!(codes_of(&text), [0u16; 0], "{text}");
        }
    }
}
