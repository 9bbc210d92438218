//! That doc comments stay harmless, whatever they say.

use super::*;

#[test]
fn html_is_text() {
    let doc = "A <b>bold</b> word.\n\n<script>alert(1)</script>\n\nEnd.";
    assert_eq!(
        to_html(doc),
        "<p>A &lt;b&gt;bold&lt;/b&gt; word.</p>\n\
         <p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n<p>End.</p>\n"
    );
    let again = to_markdown(doc);
    assert!(!Parser::new(&again).any(|event| matches!(
        event,
        Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::HtmlBlock)
    )));
    assert_eq!(to_html(&again), to_html(doc));
}

#[test]
fn what_is_open_ends() {
    for doc in [
        "```\ncode",
        "~~~",
        "~~~\\~~~`",
        "```\n",
        "    a",
        "> ```\n> a",
        "- ```\n  a",
        "- a\n  - b",
        "> quoted",
        "**bold",
        "<div",
        "`a",
        "[a]: http://x",
    ] {
        let page = format!("{}\n\n# After\n", to_markdown(doc));
        let mut headings = 0;
        for event in Parser::new_ext(&page, OPTIONS) {
            headings += u32::from(matches!(event, Event::Start(Tag::Heading { .. })));
        }
        assert_eq!(headings, 1, "{page}");
    }
}

#[test]
fn headings_are_bold_paragraphs() {
    assert_eq!(to_html("# A\n\nb"), "<p><strong>A</strong></p>\n<p>b</p>\n");
}

#[test]
fn links_lead_nowhere_harmful() {
    assert_eq!(to_html("[a](javascript:x)"), "<p>a</p>\n");
    assert_eq!(to_html("[a](JavaScript&#58;x)"), "<p>a</p>\n");
    assert_eq!(to_html("[a](data:text/html,x)"), "<p>a</p>\n");
    assert_eq!(to_html("[a](//host/x)"), "<p>a</p>\n");
    assert_eq!(
        to_html("[a](https://x)"),
        "<p><a href=\"https://x\">a</a></p>\n"
    );
    assert_eq!(
        to_html("[a](b.md#c:d)"),
        "<p><a href=\"b.md#c:d\">a</a></p>\n"
    );
    assert_eq!(
        to_html("<a@b.c>"),
        "<p><a href=\"mailto:a@b.c\">a@b.c</a></p>\n"
    );
    assert_eq!(
        to_html("[![a](http://i)](http://x)"),
        "<p><a href=\"http://x\">a</a></p>\n"
    );
    assert_eq!(
        to_html("![a](http://i)"),
        "<p><a href=\"http://i\">a</a></p>\n"
    );
    assert_eq!(to_html("[a][b]\n\n[b]: vbscript:x"), "<p>a</p>\n");
}

/// Pieces put together at random, by a generator that always gives the same.
#[test]
fn whatever_a_doc_comment_says_stays_within_it() {
    const PIECES: &[&str] = &[
        "```",
        "~~~",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "    ",
        "# ",
        "===",
        "---",
        "|",
        "|---|",
        "*",
        "**",
        "_",
        "`",
        "``",
        "[a](b)",
        "![",
        "[",
        "]",
        "(",
        ")",
        "[x]: ",
        "<b>",
        "</p>",
        "<!--",
        "-->",
        "<?",
        "<![CDATA[",
        "&amp;",
        "&#x3c;",
        "\\",
        "a",
        "a b",
        "http://x",
        "<http://x>",
        "javascript:",
        "\t",
        "\u{1}",
        "\u{ffff}",
        "é",
        "~~",
        "<script>",
        "\"",
        "'",
    ];
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for _ in 0..5_000 {
        let doc: String = (0..random(14))
            .map(|_| PIECES[random(PIECES.len())])
            .collect();
        let page = format!("<main>{}</main>", to_html(&doc));
        assert!(roxmltree::Document::parse(&page).is_ok(), "{doc:?}: {page}");
        let page = format!("{}\n\n# After\n", to_markdown(&doc));
        let mut headings = Vec::new();
        for event in Parser::new_ext(&page, OPTIONS) {
            match event {
                Event::Html(_) | Event::InlineHtml(_) => panic!("{doc:?}: {page}"),
                Event::Start(Tag::Heading { level, .. }) => headings.push(level),
                _ => {}
            }
        }
        assert_eq!(
            headings,
            [pulldown_cmark::HeadingLevel::H1],
            "{doc:?}: {page}"
        );
    }
}

#[test]
fn nothing_hides() {
    assert_eq!(
        visible("a\u{1b}[0m\u{202e}b\r\n\tc"),
        "a\\x1b[0m\\u{202e}b\n\tc"
    );
}
