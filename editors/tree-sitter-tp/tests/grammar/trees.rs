//! The trees of small texts, with the names that queries and editors go by.

use std::fmt::Write as _;

use tracee_tree_sitter::parser;
use tree_sitter::{Node, TreeCursor};

/// A line for each node: its field, its kind, and the text of those that have no parts.
fn show(cursor: &mut TreeCursor<'_>, text: &str, depth: usize, shown: &mut String) {
    let node: Node<'_> = cursor.node();
    if node.is_named() || node.is_missing() {
        let field = cursor.field_name().map(|name| format!("{name}: "));
        let kind = node.kind();
        let missing = if node.is_missing() { " MISSING" } else { "" };
        let own = match node.named_child_count() {
            0 => format!(" `{}`", &text[node.byte_range()]),
            _ => String::new(),
        };
        let indent = "  ".repeat(depth);
        writeln!(
            shown,
            "{indent}{}{kind}{missing}{own}",
            field.unwrap_or_default()
        )
        .unwrap();
    }
    if cursor.goto_first_child() {
        loop {
            show(cursor, text, depth + 1, shown);
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }
}

#[test]
fn trees() {
    insta::glob!("..", "trees/*.tp", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let tree = parser().unwrap().parse(&text, None).unwrap();
        let mut shown = String::new();
        show(&mut tree.walk(), &text, 0, &mut shown);
        insta::assert_snapshot!(shown);
    });
}
