//! `docs/functions.md`: a section for every function of conditions.

use tracee_lang::functions::{self, Function, MAX_NESTING, Parameter};

use super::notice;

const INTRODUCTION: &str = "\
# Functions

A function stands wherever a condition has a value of the event: on either side of an operator, in a
list, in a quantifier, and in another function. What is written as `string` takes paths, too.

- If an argument is absent, so is the result; `exists` asks.
- Of an argument that the kernel cut, a function sees the bytes there are.
- A function of literals only is refused: write what it gives.
";

/// The file's text.
pub(super) fn page() -> String {
    let mut page = notice("lang/src/functions/");
    page.push_str(INTRODUCTION);
    page.push_str(&format!("- They nest, at most {MAX_NESTING} deep.\n\n"));
    page.push_str(
        "`tracee list functions` prints the same list.\n\n| function | gives |\n|---|---|\n",
    );
    for function in functions::ALL {
        let parameters: Vec<&str> = function.parameters.iter().map(name).collect();
        page.push_str(&format!(
            "| [`{name}({})`](#{name}) | {} |\n",
            parameters.join(", "),
            function.summary(),
            name = function.name,
        ));
    }
    functions::ALL
        .iter()
        .for_each(|function| page.push_str(&section(function)));
    page
}

fn name(parameter: &Parameter) -> &'static str {
    parameter.name
}

fn section(function: &Function) -> String {
    let mut text = format!(
        "\n## {}\n\n`{}`\n\n{}\n\n{}\n\n| | |\n|---|---|\n",
        function.name,
        function.signature(),
        function.doc,
        function.edges
    );
    for example in function.examples {
        let gives = example.gives_text();
        let gives = gives.map_or_else(|| "absent".to_owned(), |gives| format!("`{gives}`"));
        text.push_str(&format!("| `{}` | {gives} |\n", function.call(example)));
    }
    text.push_str("\n```tp\npolicy example {\n");
    for (event, condition) in function.conditions {
        text.push_str(&format!("  select {event} where {condition};\n"));
    }
    text.push_str("}\n```\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_section() {
        let page = page();
        assert_eq!(page.matches("\n## ").count(), functions::ALL.len());
        assert!(page.contains("\n| `basename(\"/usr/bin/bash\")` | `\"bash\"` |\n"));
    }
}
