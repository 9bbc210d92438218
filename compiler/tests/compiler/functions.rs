//! What functions give is the same in machine code, also where several rules ask for it: it is
//! evaluated once then.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use tracee_compiler::matcher::{Engine, Matchers, TargetSet};
use tracee_compiler::split::{SplitOptions, split};
use tracee_lang::check::check;
use tracee_lang::diagnostics::has_errors;
use tracee_lang::functions::{ALL, MAX_NESTING};
use tracee_lang::source::SourceMap;
use tracee_lang::stdlib::schema;
use zerocopy::IntoBytes;

use crate::samples::sample;

/// Conditions on execve that share calls, in branches that not every event comes to.
const CONDITIONS: &[&str] = &[
    r#"basename(pathname) == "sh""#,
    r#"not basename(pathname) in ["bash", "sh"] and lower(basename(pathname)) prefix "a""#,
    r#"basename(lower(pathname)) suffix "b" or basename(lower(pathname)) == """#,
    r#"lower(pathname) != pathname and basename(lower(pathname)) contains "a""#,
    r#"proc.uid == 0 and join(argv) contains "a" or join(argv) == "sh""#,
    r#"at(argv, 1) == basename(pathname) or base64_decode(at(argv, 1)) == "a""#,
    r#"base64_decode(at(argv, 1)) exists and len(base64_decode(at(argv, 1))) < 9"#,
    r#"any a in argv { a == basename(pathname) or base64_decode(a) == lower(pathname) }"#,
    r#"all a in argv { lower(a) != upper(a) or len(at(argv, 1)) > len(a) }"#,
    r#"any p in proc.ancestors { basename(p.exe) == basename(pathname) or lower(p.comm) in argv }"#,
    r#"not (len(argv) == 2 or len(argv) > 3) and at(argv, 1) prefix dirname(pathname)"#,
    r#"trim(upper(pathname)) ==~ trim(lower(pathname)) and normalize(pathname) under dirname(pathname)"#,
    r#"truncated(pathname) or truncated(argv) == false and extension(pathname) == "sh""#,
    r#"proc.comm in [basename(pathname), lower(basename(pathname)), "a"]"#,
];

fn policy(conditions: &[&str]) -> String {
    let rules: String = (0..)
        .zip(conditions)
        .map(|(at, condition)| format!("rule r{at} {{ on execve where {condition}; }}\n"))
        .collect();
    format!("policy p {{\n{rules}}}\n")
}

fn matchers(text: &str, engine: Engine) -> Matchers {
    let mut sources = SourceMap::default();
    let file = sources.add("policy.tp", text);
    let checked = check(&sources, &[file]);
    assert!(
        !has_errors(&checked.diagnostics),
        "{:?}",
        checked.diagnostics
    );
    let plan = split(schema(), &checked.policies, &SplitOptions::default());
    let (matchers, reason) = Matchers::compile(schema(), &plan, engine);
    assert_eq!(reason, None);
    matchers.complete();
    matchers
}

/// Conditions that nest calls as deep as they may.
fn deep() -> Vec<String> {
    let of_text = ["lower", "basename", "normalize", "trim", "upper", "dirname"];
    let nested = |from: usize| {
        let names = of_text.iter().cycle().skip(from).take(MAX_NESTING);
        names.fold("pathname".to_owned(), |inner, name| {
            format!("{name}({inner})")
        })
    };
    (0..of_text.len())
        .map(|from| format!("{} == {}", nested(from), nested(from + 1)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn shared_calls_agree_with_the_interpreter(
        conditions in subsequence(CONDITIONS, 1..=CONDITIONS.len()).prop_shuffle(),
        samples in vec(sample(schema(), schema().event_named("execve").unwrap(), false), 12),
    ) {
        let event = schema().event_named("execve").unwrap();
        let deep = deep();
        let conditions: Vec<&str> = conditions.into_iter().chain(deep.iter().map(String::as_str)).collect();
        let text = policy(&conditions);
        let code = matchers(&text, Engine::Jit);
        let interpreter = matchers(&text, Engine::Interpreter);
        let (mut fast, mut right) = (TargetSet::new(), TargetSet::new());
        for sample in samples {
            let record = sample.record(event);
            let views = sample.views();
            let process = views.last().map(|view| &**view);
            prop_assert_eq!(code.run(record.as_bytes(), process, &mut fast), Ok(()));
            prop_assert_eq!(interpreter.run(record.as_bytes(), process, &mut right), Ok(()));
            prop_assert_eq!(&fast, &right, "{} {:?}", text, sample);
        }
    }
}

#[test]
fn every_function_is_among_the_conditions() {
    for function in ALL {
        let call = format!("{}(", function.name);
        let used = CONDITIONS.iter().any(|condition| condition.contains(&call));
        assert!(used, "{function:?}");
    }
}
