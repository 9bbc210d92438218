//! A condition as a tree, with what each part came to and the values under it.
//!
//! ```text
//! false  and
//! |- true   pathname in password_files
//! |           pathname = "/etc/shadow"
//! `- false  not proc.comm in ["sshd", "su"]
//!             proc.comm = "su"
//! ```

use tracee_lang::source::{SourceMap, Span};
use tracee_runtime::testing::Near;
use tracee_runtime::testing::explained::{Explained, Form, Named};
use tracee_runtime::text::Shown;

use crate::render::Target;

/// Characters of one part that are shown.
const MAX_TEXT: usize = 100;
/// Elements of a list that are shown, if not one decides.
const MAX_ELEMENTS: usize = 8;

/// The lines for a rule and an event.
pub(super) fn lines(near: &Near, sources: &SourceMap, target: Target) -> Vec<String> {
    let mut tree = Tree {
        sources,
        target,
        lines: Vec::new(),
    };
    if let Some(scope) = &near.scope {
        // In scope, only that is of interest.
        if scope.holds {
            let text = tree.text(scope, None, false);
            tree.line("", true, &format!("scope {text}"));
        } else {
            tree.line("", false, "scope");
            tree.below(scope, "", None, false);
        }
    }
    match &near.condition {
        Some(condition) => tree.part(condition, "", "", None, false),
        None => tree.line("", true, "every event"),
    }
    for exception in &near.exceptions {
        let until = exception.expires.as_ref();
        let until = until.map_or(String::new(), |day| format!(" until {day}"));
        let reason = Shown(exception.reason.as_bytes());
        let condition = &exception.condition;
        tree.line("", condition.holds, &format!("exception{until}: {reason}"));
        tree.children(&[condition], 0, "", None, false);
    }
    tree.lines
}

struct Tree<'a> {
    sources: &'a SourceMap,
    target: Target,
    lines: Vec<String>,
}

impl Tree<'_> {
    /// A part: its own line begins with `first`, those below it with `rest`. `around` is the part
    /// around it, `within` says that it is in a quantifier.
    fn part(
        &mut self,
        part: &Explained,
        first: &str,
        rest: &str,
        around: Option<Span>,
        within: bool,
    ) {
        let text = match part.form {
            Form::And => "and".to_owned(),
            Form::Or => "or".to_owned(),
            Form::Not if !is_atom(part) => "not".to_owned(),
            _ => self.text(part, around, within),
        };
        let named = self.name(part, around, within);
        let text = match (&named, part.form) {
            (Some(name), Form::And | Form::Or | Form::Not) => format!("{name}: {text}"),
            _ => text,
        };
        self.line(first, part.holds, &text);
        match part.form {
            // `not` and what it negates are one line.
            Form::Not if is_atom(part) => {
                for atom in &part.parts {
                    self.values(&atom.values, &format!("{rest}         "));
                }
            }
            Form::Atom => self.values(&part.values, &format!("{rest}         ")),
            _ => self.below(part, rest, Some(part.span), within),
        }
    }

    /// The parts below one.
    fn below(&mut self, part: &Explained, prefix: &str, around: Option<Span>, within: bool) {
        if part.form == Form::Atom {
            return self.values(&part.values, &format!("{prefix}         "));
        }
        if part.parts.is_empty()
            && let Some(list) = &part.list
        {
            let count = match (list.count, list.truncated) {
                (None, _) => "is absent".to_owned(),
                (Some(1), _) => "has 1 element".to_owned(),
                (Some(count), false) => format!("has {count} elements"),
                (Some(count), true) => format!("has {count} elements, truncated"),
            };
            self.lines
                .push(format!("{prefix}         {} {count}", list.name));
            let bodies = list.elements.iter().map(|(_, body)| body);
            // If one decided, it is the last, and the others don't matter.
            let decided = part.holds == (part.form == Form::Any);
            let skipped = match decided {
                true => list.elements.len().saturating_sub(1),
                false => 0,
            };
            let shown: Vec<_> = bodies.skip(skipped).take(MAX_ELEMENTS).collect();
            let left = list.count.unwrap_or_default().saturating_sub(shown.len());
            return self.children(&shown, left, prefix, around, true);
        }
        let parts: Vec<_> = part.parts.iter().collect();
        self.children(&parts, 0, prefix, around, within);
    }

    fn children(
        &mut self,
        parts: &[&Explained],
        left: usize,
        prefix: &str,
        around: Option<Span>,
        within: bool,
    ) {
        let (branch, last, bar) = match self.target.is_terminal {
            true => ("├─ ", "└─ ", "│  "),
            false => ("|- ", "`- ", "|  "),
        };
        for (at, part) in parts.iter().enumerate() {
            let is_last = at + 1 == parts.len() && left == 0;
            let (first, rest) = if is_last {
                (last, "   ")
            } else {
                (branch, bar)
            };
            let (first, rest) = (format!("{prefix}{first}"), format!("{prefix}{rest}"));
            self.part(part, &first, &rest, around, within);
        }
        if left > 0 {
            self.lines.push(format!("{prefix}{last}… {left} more"));
        }
    }

    fn values(&mut self, values: &[Named], prefix: &str) {
        for named in values {
            let value = named.value.as_deref().unwrap_or("absent");
            let cut = if named.truncated { "  (truncated)" } else { "" };
            self.lines
                .push(format!("{prefix}{} = {value}{cut}", named.name));
        }
    }

    fn line(&mut self, prefix: &str, holds: bool, text: &str) {
        let (word, code) = if holds { ("true ", 32) } else { ("false", 31) };
        let word = match self.target.color {
            true => format!("\x1b[{code}m{word}\x1b[0m"),
            false => word.to_owned(),
        };
        self.lines.push(format!("{prefix}{word}  {text}"));
    }

    /// A part in words: as it is written, if it is written on one line and not in a `let`.
    fn text(&self, part: &Explained, around: Option<Span>, within: bool) -> String {
        let written = self.sources.slice(part.span);
        let own = around != Some(part.span) && !within && !written.contains('\n');
        let text = match self.name(part, around, within) {
            Some(name) if matches!(part.form, Form::And | Form::Or) => name.to_owned(),
            Some(name) => format!("{name}: {}", part.text),
            None if own && !written.is_empty() => written.to_owned(),
            None => part.text.clone(),
        };
        match text.char_indices().nth(MAX_TEXT) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    /// The name of the `let` that stands here, if one does.
    fn name(&self, part: &Explained, around: Option<Span>, within: bool) -> Option<&str> {
        let written = self.sources.slice(part.span);
        let end = written
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(written.len());
        let rest = &written[end..];
        let call = rest.starts_with('(') && rest.ends_with(')');
        let named = end > 0 && (rest.is_empty() || call) && !written.contains('\n');
        let inside = around == Some(part.span) || within;
        (named && !inside && written != part.text).then_some(written)
    }
}

/// Whether it is `not` of something without parts.
fn is_atom(part: &Explained) -> bool {
    part.form == Form::Not && part.parts.iter().all(|part| part.form == Form::Atom)
}
