//! `tracee doc`: what the manual says, and that nothing a policy says breaks out of it.

use std::collections::HashSet;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::{outcome, policy, tracee};

/// The example policies, by name.
fn examples() -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_dir("examples/policies")
        .expect("the examples")
        .map(|entry| entry.expect("a readable directory").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tp"))
        .map(|path| path.display().to_string())
        .collect();
    files.sort();
    files
}

fn manual(format: &str, files: &[&str]) -> String {
    let made = outcome(&mut tracee(&[&["doc", "--format", format], files].concat()));
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    made.stdout
}

const OWN: [&str; 2] = ["tests/cli/doc/everything.tp", "tests/cli/doc/hostile.tp"];

#[test]
fn manuals_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for file in examples().iter().map(String::as_str).chain(OWN) {
            let name = std::path::Path::new(file).file_stem().expect("a name");
            let name = format!("doc_{}", name.display());
            insta::assert_snapshot!(format!("{name}.md"), manual("markdown", &[file]));
        }
        // The style is left out: whoever changes it looks at it.
        for file in OWN {
            let name = std::path::Path::new(file).file_stem().expect("a name");
            let page = manual("html", &[file]);
            let (_, body) = page.split_once("</style>").expect("a style");
            insta::assert_snapshot!(format!("doc_{}.html", name.display()), body);
        }
    });
}

#[test]
fn every_rule_appears() {
    for file in examples().iter().map(String::as_str).chain(OWN) {
        let listed = outcome(&mut tracee(&["list", "rules", "--format", "json", file]));
        let rules: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
        let (markdown, html) = (manual("markdown", &[file]), manual("html", &[file]));
        for rule in rules.as_array().expect("an array") {
            let name = rule["rule"].as_str().expect("a name");
            let heading = format!("\n### {}\n", name.replace('_', "\\_"));
            assert!(markdown.contains(&heading), "{name}");
            let id = |prefix| format!("<h3 id=\"rule-{prefix}{name}\">");
            let found = html.contains(&id("")) || html.contains(&id("shared-"));
            assert!(found, "{name}");
            for technique in rule["techniques"].as_array().expect("an array") {
                let technique = technique["name"].as_str().expect("a name");
                assert!(
                    markdown.contains(technique) && html.contains(technique),
                    "{name}"
                );
            }
        }
    }
}

/// Well-formed, by a stricter reader than any browser; every link leads somewhere; nothing runs and
/// nothing is loaded.
#[test]
fn the_page_is_sound_whatever_policies_say() {
    let examples = examples();
    let all: Vec<&str> = examples.iter().map(String::as_str).chain(OWN).collect();
    let page = manual("html", &all);
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let tree = roxmltree::Document::parse_with_options(&page, options).expect("well-formed");
    let mut ids = HashSet::new();
    let mut level = 0;
    for element in tree.descendants().filter(roxmltree::Node::is_element) {
        let tag = element.tag_name().name();
        let forbidden = [
            "script", "img", "iframe", "object", "link", "base", "form", "svg",
        ];
        assert!(!forbidden.contains(&tag), "{tag}");
        if let Some(id) = element.attribute("id") {
            assert!(ids.insert(id), "{id} is there twice");
        }
        for attribute in element.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "style");
        }
        if let Some(heading) = tag.strip_prefix('h').and_then(|of| of.parse::<u32>().ok()) {
            assert!(heading <= level + 1, "h{heading} after h{level}");
            let text: String = element
                .descendants()
                .filter_map(|node| node.text())
                .collect();
            assert!(!text.trim().is_empty(), "a heading says nothing");
            level = heading;
        }
        // A parser of HTML would end the paragraph there.
        let within_paragraph = element.ancestors().skip(1).any(|of| of.has_tag_name("p"));
        let inline = ["a", "code", "strong", "em", "span", "del", "br", "wbr"];
        assert!(
            !within_paragraph || inline.contains(&tag),
            "<{tag}> within <p>"
        );
    }
    for element in tree.descendants() {
        match element.attribute("href") {
            Some(href) if href.starts_with('#') => assert!(ids.contains(&href[1..]), "{href}"),
            Some(href) => assert!(href.starts_with("https://"), "{href}"),
            None => {}
        }
    }
}

/// The Markdown has the headings that the manual means to have and no HTML, and its links lead to
/// headings.
#[test]
fn the_markdown_is_sound_whatever_policies_say() {
    for file in OWN {
        let page = manual("markdown", &[file]);
        let (mut headings, mut links) = (Vec::new(), Vec::new());
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(&page, Options::ENABLE_TABLES) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => panic!("{file}: {html}"),
                Event::Start(Tag::Image { dest_url, .. }) => panic!("{file}: {dest_url}"),
                Event::Start(Tag::Link { dest_url, .. }) => match dest_url.strip_prefix('#') {
                    Some(anchor) => links.push(anchor.to_owned()),
                    None => assert!(dest_url.starts_with("https://"), "{file}: {dest_url}"),
                },
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => headings.extend(heading.take()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        let anchors: HashSet<String> = headings
            .iter()
            .map(|heading| {
                heading
                    .to_lowercase()
                    .replace(' ', "-")
                    .replace(['.', '&'], "")
            })
            .collect();
        for link in &links {
            assert!(anchors.contains(link), "{file}: #{link} of {anchors:?}");
        }
        assert!(
            !headings
                .iter()
                .any(|heading| heading.contains("Not a heading"))
        );
        let declared = headings
            .iter()
            .filter(|heading| heading.starts_with("Policy "))
            .count();
        assert_eq!(
            declared,
            1 + if file == OWN[0] { 3 } else { 1 },
            "{headings:?}"
        );
    }
}

#[test]
fn the_output_tells_the_format_and_may_be_a_directory() {
    let (directory, path) = policy("policy p { select connect where addr.port == 25; }");
    let file = |name: &str| directory.path().join(name).display().to_string();
    for (output, made, html) in [
        (file("manual.html"), file("manual.html"), true),
        (file("manual.md"), file("manual.md"), false),
        (file("site/"), file("site/index.md"), false),
    ] {
        let run = outcome(&mut tracee(&["doc", &path, "-o", &output]));
        assert_eq!((run.code, &*run.stdout), (Some(0), ""), "{}", run.stderr);
        let text = std::fs::read_to_string(&made).expect("the manual");
        assert_eq!(text.starts_with("<!DOCTYPE html>"), html, "{made}");
    }
    let run = outcome(&mut tracee(&[
        "doc",
        &path,
        "--format",
        "html",
        "-o",
        &file("site"),
    ]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(directory.path().join("site/index.html").exists());
    let run = outcome(&mut tracee(&[
        "doc",
        &path,
        "-o",
        "/proc/nothing/manual.md",
    ]));
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("can't be written"), "{}", run.stderr);
}

#[test]
fn a_directory_is_the_policies_in_it() {
    let pack = "examples/policies/web_server";
    let files = ["policy.tp", "tests.tp"].map(|name| format!("{pack}/{name}"));
    let of_files = manual("markdown", &files.each_ref().map(String::as_str));
    assert_eq!(manual("markdown", &[pack]), of_files);
}

#[test]
fn a_policy_with_errors_has_no_manual() {
    let (_directory, path) = policy("policy p { select opnat; }");
    let run = outcome(&mut tracee(&["doc", &path]));
    assert_eq!((run.code, &*run.stdout), (Some(1), ""));
    assert!(run.stderr.contains("TP0201"), "{}", run.stderr);
}
