//! What the forms of a manual say of exceptions.

use tracee_lang::source::{SourceMap, Span};

use super::code::Code;
use super::model::{Exception, Manual, Policy};
use super::{html, markdown};

fn manual() -> Manual {
    let mut sources = SourceMap::default();
    let text = "proc.exe == \"</code>\"";
    let file = sources.add("a.tp", text);
    let condition = Code::at(&sources, Span::new(file, 0, text.len()));
    let exception = Exception {
        rule: Some("std.ld_preload".into()),
        anchor: Some("shared-std.ld_preload".into()),
        reason: "SEC-142 <b>".into(),
        expires: Some("2027-01-31".into()),
        expired: false,
        condition,
    };
    let expired = Exception {
        rule: None,
        anchor: None,
        expired: true,
        condition: Code::at(&sources, Span::new(file, 0, 0)),
        ..exception.clone()
    };
    let exceptions = vec![exception, expired];
    let policy = Policy {
        name: "p".into(),
        exceptions,
        ..Policy::default()
    };
    Manual {
        policies: vec![policy],
        ..Manual::default()
    }
}

#[test]
fn exceptions_have_rule_day_reason_and_condition() {
    let page = markdown::page(&manual());
    let said = "**Excepted** from `std.ld_preload`, until 2027-01-31: SEC-142 \\<b\\>.\n\n\
                ```tp\nproc.exe == \"</code>\"\n```\n\n\
                **Excepted**, until 2027-01-31 (expired): SEC-142 \\<b\\>.\n";
    assert!(page.contains(said), "{page}");
    let page = html::page(&manual());
    let said = "<p><strong>Excepted</strong> from <code>std.ld_preload</code>, until 2027-01-31: \
                SEC-142 &lt;b&gt;.</p>\n<pre tabindex=\"0\"><code>proc.exe == <span class=\"t\">\
                &quot;&lt;/code&gt;&quot;</span></code></pre>\n</div>";
    assert!(page.contains(said), "{page}");
    assert!(
        page.contains("</strong>, until 2027-01-31 (expired): SEC-142"),
        "{page}"
    );
}
