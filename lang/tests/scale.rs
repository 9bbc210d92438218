//! What a check takes grows with the size of the policies, not faster: in rules, in lists and their
//! uses, in `let`s, in nesting, in mistakes. Measured in allocations, which are the same in every run.

use allocation_counter::{AllocationInfo, measure};
use tracee_lang::check::check;
use tracee_lang::source::SourceMap;

/// `count` of something, each with its number.
fn many(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect()
}

fn policy(clauses: &str) -> String {
    format!("policy p {{\n{clauses}}}\n")
}

/// One rule for each number.
fn rules(count: usize, condition: impl Fn(usize) -> String) -> String {
    let rule = |at: usize| format!("rule r{at} {{ on open where {}; }}\n", condition(at));
    policy(&many(count, rule))
}

/// Kinds of policies by how long they are.
type Kind = (&'static str, fn(usize) -> String);

const KINDS: &[Kind] = &[
    ("rules", |n| {
        rules(n, |at| format!("pathname == \"/{at}\" and retval > {at}"))
    }),
    ("rules that are the same", |n| {
        rules(n, |_| "pathname == \"/x\"".into())
    }),
    ("policies", |n| {
        many(n, |at| {
            format!("policy p{at} {{ select open where retval == {at}; }}\n")
        })
    }),
    ("elements of a list", |n| {
        let elements = many(n, |at| format!("\"{at}\", "));
        format!(
            "list l: string = [{elements}];\n{}",
            rules(1, |_| "pathname in l".into())
        )
    }),
    ("elements of a list and its uses", |n| {
        let elements = many(n, |at| format!("\"/{at}/\", "));
        let uses = rules(n, |at| {
            format!("pathname prefix l and not pathname in l and retval == {at}")
        });
        format!("list l: string = [{elements}];\n{uses}")
    }),
    ("elements and uses of a list of numbers", |n| {
        let elements = many(n, |at| format!("{}, ", 2 * at));
        let uses = policy(&many(n, |at| {
            format!("rule r{at} {{ on dup where oldfd in l and not retval in l; }}\n")
        }));
        format!("list l: i32 = [{elements}];\n{uses}")
    }),
    ("elements of a list in a condition on several events", |n| {
        let elements = many(n, |at| format!("\"{at}\", "));
        policy(&format!(
            "select open, openat, openat2, unlink where pathname in [{elements}];"
        ))
    }),
    ("lets", |n| {
        let lets = many(n, |at| format!("let a{at} = retval == {at};\n"));
        format!("{lets}{}", rules(n, |at| format!("a{at}")))
    }),
    ("uses of a let with a mistake", |n| {
        format!(
            "let a = pathnam == \"x\";\n{}",
            rules(n, |at| format!("a or retval == {at}"))
        )
    }),
    ("lets of lets", |n| {
        let lets = many(n, |at| {
            format!("let a{} = a{at} and retval != {at};\n", at + 1)
        });
        format!("let a0 = retval > 0;\n{lets}{}", rules(1, |_| "a40".into()))
    }),
    ("parts of an `or`", |n| {
        let parts = many(n, |at| format!("pathname suffix \"/{at}\" or "));
        rules(1, |_| format!("{parts} retval == 3"))
    }),
    ("parts of an `and`", |n| {
        let parts = many(n, |at| format!("not pathname contains \"/{at}\" and "));
        rules(1, |_| format!("{parts} retval == 3"))
    }),
    ("nested conditions", |n| {
        let nested = |at| format!("{}retval == {at}{}", "not (".repeat(60), ")".repeat(60));
        rules(n, nested)
    }),
    ("rules with exceptions", |n| {
        let rule = |at| {
            format!(
                "rule r{at} {{ on open where retval > {at}; \
                 except reason \"a\" where proc.exe == \"/{at}\"; }}\n\
                 except r{at} reason \"b\" where proc.exe == \"/x{at}\";\n"
            )
        };
        policy(&many(n, rule))
    }),
    ("exceptions of a rule", |n| {
        let exception = |at| {
            format!("except r0 reason \"a\" where proc.exe == \"/{at}\" and retval == {at};\n")
        };
        policy(&format!(
            "rule r0 {{ on open, openat where retval > 0; }}\n{}",
            many(n, exception)
        ))
    }),
    ("comments that allow", |n| {
        let allow = "// tracee: allow(TP2207) reason \"test\"";
        let rule =
            |at| format!("rule r{at} {{ on open where pathname prefix \"/etc\"; {allow}\n}}\n");
        policy(&many(n, rule))
    }),
    ("names that are unknown", |n| {
        let lets = many(n, |at| {
            format!("let name_of_something_{at} = retval == {at};\n")
        });
        let uses = many(n, |at| {
            format!("select open where nam_of_something_x{at};\n")
        });
        format!("{lets}{}", policy(&uses))
    }),
    ("clauses that are unknown", |n| {
        policy(&many(n, |at| format!("clause{at} x;\n")))
    }),
    ("signs that make no sense", |n| many(n, |_| "; , ;".into())),
    ("names that nothing uses", |n| {
        many(n, |at| format!("list l{at}: u8 = [{}];\n", at % 256))
    }),
];

/// What the check of a text takes.
fn taken(text: &str) -> AllocationInfo {
    measure(|| {
        let mut map = SourceMap::default();
        let file = map.add("test.tp", text);
        drop(check(&map, &[file]));
    })
}

#[test]
fn what_a_check_takes_grows_no_faster_than_the_policies() {
    // What is made once for all checks.
    taken("");
    for (what, make) in KINDS {
        let (small, large) = (make(50), make(400));
        let (before, after) = (taken(&small), taken(&large));
        // A vector that grows takes twice what is in it.
        let longer = large.len() as f64 / small.len() as f64;
        let most = |before: u64| (before as f64 * longer * 1.5) as u64;
        for (unit, before, after) in [
            ("allocations", before.count_total, after.count_total),
            ("bytes in all", before.bytes_total, after.bytes_total),
            ("bytes at once", before.bytes_max, after.bytes_max),
        ] {
            assert!(
                after <= most(before),
                "{what}: {before} {unit}, but {after} for {longer:.1} times the text"
            );
        }
    }
}

#[test]
fn at_once_a_check_takes_a_few_times_the_text() {
    let list = |of: &str, at: usize| {
        let elements: Vec<String> = (0..8)
            .map(|element| format!("\"/{of}/{at}/{element}/file\""))
            .collect();
        elements.join(", ")
    };
    let rules = rules(1_000, |at| {
        let (etc, usr) = (list("etc", at), list("usr", at));
        format!(
            "pathname in [{etc}] and not pathname suffix [{usr}] and (proc.uid == {at} or container.id exists)"
        )
    });
    taken("");
    let most = 12 * rules.len() as u64;
    let taken = taken(&rules).bytes_max;
    assert!(taken <= most, "{taken} bytes for {} of text", rules.len());
}
