//! Text of policies in HTML: escaped, or as code.

use super::super::code::{Code, Style};
use super::super::prose::visible;

/// Text that stays text, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A name or a text as it is.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// The name of a rule, which a narrow screen breaks between its words.
pub(super) fn rule_name(name: &str) -> String {
    let name = escape(name).replace('.', ".<wbr/>").replace('_', "_<wbr/>");
    format!("<code>{name}</code>")
}

/// A piece of a policy, highlighted.
pub(super) fn block(code: &Code) -> String {
    format!("<pre tabindex=\"0\"><code>{}</code></pre>", inline(code))
}

/// The same without its element.
pub(super) fn inline(code: &Code) -> String {
    let mut shown = String::new();
    for (style, text) in code.pieces() {
        let class = match style {
            Style::Plain => {
                shown.push_str(&escape(text));
                continue;
            }
            Style::Word => "w",
            Style::Text => "t",
            Style::Value => "v",
            Style::Comment => "c",
        };
        shown.push_str(&format!("<span class=\"{class}\">{}</span>", escape(text)));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_ends_an_element_or_an_attribute() {
        assert_eq!(
            escape("</p><a href=\"x\" on='y'>&amp;"),
            "&lt;/p&gt;&lt;a href=&quot;x&quot; on=&#39;y&#39;&gt;&amp;amp;"
        );
    }
}
