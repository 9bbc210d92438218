//! Doc comments: Markdown of whoever wrote the policy, which may say anything. They are parsed, and
//! only what is harmless goes on: HTML becomes text, headings become bold paragraphs (the outline is
//! the manual's), images become links (a page loads nothing), links keep harmless targets only.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};
use pulldown_cmark_to_cmark::cmark_with_options;

/// What a doc comment may have beside CommonMark.
const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// A doc comment as HTML blocks.
pub(super) fn to_html(doc: &str) -> String {
    let doc = visible(doc);
    let mut page = String::new();
    html::push_html(&mut page, harmless(&doc).into_iter());
    page
}

/// A doc comment as Markdown blocks that end what they begin.
pub(super) fn to_markdown(doc: &str) -> String {
    let doc = visible(doc);
    let mut page = String::new();
    // Writing into a string fails only for events that no parser makes: then as plain text.
    let options = pulldown_cmark_to_cmark::Options {
        code_block_token_count: 3,
        increment_ordered_list_bullets: true,
        ..Default::default()
    };
    match cmark_with_options(harmless(&doc), &mut page, OPTIONS, options) {
        Ok(_) => page.trim_start_matches('\n').trim_end().to_owned(),
        Err(_) => super::markdown::escape(&doc),
    }
}

/// The doc comment of an event or a field as HTML within a line.
pub(super) fn to_html_line(doc: &str) -> String {
    let doc = one_line(doc);
    let is_line = |event: &Event<'_>| {
        !matches!(
            event,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
        )
    };
    let mut line = String::new();
    html::push_html(&mut line, harmless(&doc).into_iter().filter(is_line));
    line
}

/// The same as Markdown, also for a cell of a table.
pub(super) fn to_markdown_line(doc: &str) -> String {
    let line = to_markdown(&one_line(doc));
    match line.contains(['|', '\n']) {
        true => super::markdown::escape(doc),
        false => line,
    }
}

fn one_line(doc: &str) -> String {
    visible(&doc.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Text in which nothing hides: control characters and those that turn the direction of text or have no
/// width are written as escapes. Line feeds and tabs stay.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            '\r' => {}
            c if c.is_ascii_control() => shown.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() || is_hidden(c) => {
                shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => shown.push(c),
        }
    }
    shown
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{61c}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a link may lead there: the web, mail, or a place beside the page.
pub(super) fn is_harmless(target: &str) -> bool {
    let scheme = target.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme.split_once(':') {
        Some((scheme, _)) => ["http", "https", "mailto"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known)),
        None => !target.starts_with("//"),
    }
}

fn harmless(doc: &str) -> Vec<Event<'_>> {
    let mut made = Vec::new();
    // For each link and image that is open: whether it is shown as a link.
    let mut links = Vec::new();
    for event in Parser::new_ext(doc, OPTIONS) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                made.extend([Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)]);
            }
            Event::End(TagEnd::Heading(_)) => {
                made.extend([Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)]);
            }
            Event::Start(Tag::HtmlBlock) => made.push(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => {
                while made.last() == Some(&Event::SoftBreak) {
                    made.pop();
                }
                made.push(Event::End(TagEnd::Paragraph));
            }
            Event::Html(text) | Event::InlineHtml(text) => push_text(&mut made, &text),
            Event::Start(
                Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    ..
                }
                | Tag::Image {
                    link_type,
                    dest_url,
                    title,
                    ..
                },
            ) => {
                let is_mail = link_type == LinkType::Email;
                let is_link = !links.contains(&true) && (is_mail || is_harmless(&dest_url));
                links.push(is_link);
                if is_link {
                    made.push(Event::Start(Tag::Link {
                        // A reference's definition is not shown.
                        link_type: LinkType::Inline,
                        dest_url: match is_mail {
                            true => format!("mailto:{dest_url}").into(),
                            false => dest_url,
                        },
                        title,
                        id: CowStr::Borrowed(""),
                    }));
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if links.pop() == Some(true) {
                    made.push(Event::End(TagEnd::Link));
                }
            }
            // Of what stands after the fence only the language: it could lengthen the fence.
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let is_word = |c: char| c.is_ascii_alphanumeric() || "+-_#".contains(c);
                let language: String = info.chars().take_while(|&c| is_word(c)).collect();
                made.push(Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(
                    language.into(),
                ))));
            }
            // A block of code that the doc comment does not end would be left open.
            Event::End(TagEnd::CodeBlock) => {
                let is_open =
                    matches!(made.last(), Some(Event::Text(text)) if !text.ends_with('\n'));
                made.extend(is_open.then_some(Event::Text(CowStr::Borrowed("\n"))));
                made.push(event);
            }
            event => made.push(event),
        }
    }
    made
}

/// HTML as the text it is, with its line ends.
fn push_text(made: &mut Vec<Event<'_>>, html: &str) {
    for (number, line) in html.split('\n').enumerate() {
        if number > 0 {
            made.push(Event::SoftBreak);
        }
        if !line.is_empty() {
            made.push(Event::Text(line.to_owned().into()));
        }
    }
}

#[cfg(test)]
mod tests;
