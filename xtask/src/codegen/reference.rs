//! `docs/reference/`: a page for every declaration and operator, and their index.

use tracee_lang::manual::{DECLARATIONS, OPERATORS, Page};

use super::{Generated, notice};

const INTRODUCTION: &str = "\
# Reference

A page for every declaration and every operator of the language. `tracee explain prefix` prints one. A
newcomer begins with [the guide](../guide.md).

What conditions look at: [events](../events.md) and their arguments, [the context](../fields.md) of every
event.
";

/// The index, and every page.
pub(super) fn files() -> impl Iterator<Item = Generated> {
    let index = Generated {
        path: "docs/reference/README.md".into(),
        make: Box::new(|| Ok(index())),
    };
    let pages = DECLARATIONS.iter().chain(OPERATORS).map(|page| Generated {
        path: format!("docs/reference/{}.md", page.name),
        make: Box::new(move || Ok(text(page))),
    });
    std::iter::once(index).chain(pages)
}

fn text(page: &Page) -> String {
    let notice = notice(&format!("lang/src/manual/**/{}.md", page.name));
    format!("{notice}# {}\n\n{}", page.title, page.text)
}

fn index() -> String {
    let mut text = notice("lang/src/manual.rs");
    text.push_str(INTRODUCTION);
    for (title, pages) in [("Declarations", DECLARATIONS), ("Operators", OPERATORS)] {
        text.push_str(&format!("\n## {title}\n\n| page | says |\n|---|---|\n"));
        for page in pages {
            let summary = summary(page.text).replace('|', "\\|");
            text.push_str(&format!(
                "| [{}]({}.md) | {summary} |\n",
                page.title, page.name
            ));
        }
    }
    text
}

/// The first sentence of a page, on one line.
fn summary(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(end) => line[..=end].to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_sentence() {
        assert_eq!(summary("One\ntwo. Three.\n\nFour."), "One two.");
        assert_eq!(summary("One `a.b`."), "One `a.b`.");
    }

    #[test]
    fn every_page_is_in_the_index() {
        let index = index();
        for page in DECLARATIONS.iter().chain(OPERATORS) {
            assert!(
                index.contains(&format!("]({}.md)", page.name)),
                "{}",
                page.name
            );
        }
    }
}
