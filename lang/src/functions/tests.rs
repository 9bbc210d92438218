//! What every function promises, for all of them.

use super::*;
use crate::check::check;
use crate::interpreter;
use crate::source::SourceMap;

const OPS: [TextOp; 5] = [
    TextOp::Eq,
    TextOp::Prefix,
    TextOp::Suffix,
    TextOp::Contains,
    TextOp::Under,
];

fn text_passes(op: TextOp, given: &[u8], literal: &[u8]) -> bool {
    interpreter::text(op, given, literal, false)
}

/// What a function gives of some arguments.
#[derive(Debug, Clone, PartialEq)]
enum Given {
    Absent,
    Int(i128),
    Bytes(Vec<u8>),
}

fn give(function: &Function, arguments: &mut [Argument<'_, '_>]) -> Given {
    let Evaluation::Values(evaluate) = function.evaluation else {
        panic!("{} is not evaluated from values", function.name);
    };
    let mut made = Vec::new();
    match evaluate(arguments, &mut made) {
        Answer::Absent => Given::Absent,
        Answer::Int(int) => Given::Int(int),
        Answer::Part(part) => Given::Bytes(part.to_vec()),
        Answer::Made => Given::Bytes(made),
    }
}

/// What an example's function gives.
fn run(function: &Function, samples: &[Sample]) -> Given {
    if let (Evaluation::Cut, [sample]) = (function.evaluation, samples) {
        return Given::Int(matches!(sample, Sample::Cut(_)).into());
    }
    let items = |sample: &Sample| match sample {
        Sample::List(items) => *items,
        _ => &[],
    };
    let lists = samples.iter().map(items);
    let mut lists: Vec<_> = lists
        .map(|items| items.iter().map(|item| item.as_bytes()))
        .collect();
    let arguments = samples.iter().zip(&mut lists);
    let mut arguments: Vec<_> = arguments
        .map(|(sample, list)| match sample {
            Sample::Bool(value) => Argument::Int(i128::from(*value)),
            Sample::Int(int) => Argument::Int(*int),
            Sample::Text(text) | Sample::Cut(text) => Argument::Bytes(text.as_bytes()),
            Sample::List(_) => Argument::List(list),
        })
        .collect();
    give(function, &mut arguments)
}

/// Every string of up to five of the characters that functions look at.
fn texts() -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..5 {
        let longer: Vec<_> = all[from..]
            .iter()
            .flat_map(|text: &Vec<u8>| b"/.aB ".iter().map(|byte| [text, &[*byte][..]].concat()))
            .collect();
        from = all.len();
        all.extend(longer);
    }
    all
}

/// The functions of one string that give one.
fn of_text() -> impl Iterator<Item = &'static Function> {
    ALL.iter().copied().filter(|function| {
        function.parameters.len() == 1
            && function.parameters[0].accepts == Accepts::Text
            && function.result.is_text()
    })
}

#[test]
fn the_table_is_in_order() {
    assert!(ALL.is_sorted_by(|a, b| a.name < b.name));
    for function in ALL {
        assert!(function.parameters.len() <= MAX_ARGUMENTS, "{function:?}");
        assert!(!function.summary().ends_with('.'), "{function:?}");
        for ignored in function.ignores {
            assert!(find(ignored).is_some(), "{function:?}: {ignored}");
        }
    }
}

#[test]
fn every_example_is_true() {
    for function in ALL {
        assert!(function.examples.len() >= 2, "{function:?}");
        for example in function.examples {
            let expected = match example.gives {
                None => Given::Absent,
                Some(Sample::Int(int)) => Given::Int(int),
                Some(Sample::Bool(value)) => Given::Int(value.into()),
                Some(Sample::Text(text)) => Given::Bytes(text.into()),
                Some(other) => panic!("no function gives {other}"),
            };
            let call = function.call(example);
            assert_eq!(run(function, example.arguments), expected, "{call}");
        }
    }
}

#[test]
fn every_condition_checks_without_a_warning() {
    for function in ALL {
        assert!(!function.conditions.is_empty(), "{function:?}");
        for (event, condition) in function.conditions {
            let mut map = SourceMap::default();
            let text = format!("policy p {{ select {event} where {condition}; }}");
            let file = map.add("test.tp", text);
            assert_eq!(check(&map, &[file]).diagnostics, [], "{condition}");
            assert!(condition.contains(function.name), "{condition}");
        }
    }
}

#[test]
fn what_is_called_impossible_is() {
    for (function, text) in of_text().flat_map(|f| texts().into_iter().map(move |t| (f, t))) {
        let Given::Bytes(given) = give(function, &mut [Argument::Bytes(&text)]) else {
            continue;
        };
        let length = given.len();
        for (start, end) in (0..=length).flat_map(|s| (s..=length).map(move |e| (s, e))) {
            let literal = &given[start..end];
            let fold = false;
            let asked = |op| Asked { op, literal, fold };
            for op in OPS
                .into_iter()
                .filter(|op| text_passes(*op, &given, literal))
            {
                let found = (function.impossible)(asked(op));
                assert_eq!(found, None, "{function:?} of {text:?}, {:?}", asked(op));
            }
        }
    }
}

#[test]
fn a_literal_that_is_meant_instead_is_possible() {
    for function in of_text() {
        for text in texts() {
            for (op, fold) in OPS.into_iter().flat_map(|op| [(op, false), (op, true)]) {
                let ask = |literal: &[u8]| (function.impossible)(Asked { op, literal, fold });
                if let Some(instead) = ask(&text).and_then(|found| found.instead) {
                    assert_eq!(ask(&instead), None, "{function:?} {op:?} {text:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_ignored_makes_no_difference() {
    for outer in ALL.iter().filter(|outer| !outer.ignores.is_empty()) {
        for inner in outer.ignores.iter().map(|name| find(name).unwrap()) {
            for text in texts() {
                let Given::Bytes(between) = give(inner, &mut [Argument::Bytes(&text)]) else {
                    panic!("{inner:?} gives no string");
                };
                assert_eq!(
                    give(outer, &mut [Argument::Bytes(&between)]),
                    give(outer, &mut [Argument::Bytes(&text)]),
                    "{outer:?} of {inner:?} of {text:?}"
                );
            }
        }
    }
}

#[test]
fn a_part_stands_in_the_argument_and_nothing_grows() {
    for (function, text) in of_text().flat_map(|f| texts().into_iter().map(move |t| (f, t))) {
        let Given::Bytes(given) = give(function, &mut [Argument::Bytes(&text)]) else {
            continue;
        };
        assert!(given.len() <= text.len().max(1), "{function:?}");
        let constant = given == b"." || given.is_empty();
        let is_there = constant || text.windows(given.len()).any(|part| part == given);
        assert!(!function.is_part || is_there, "{function:?} of {text:?}");
    }
}
