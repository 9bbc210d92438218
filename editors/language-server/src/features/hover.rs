//! What is under the cursor: its type, documentation, and where the predicate around it runs.

use gen_lsp_types::{Contents, Hover, HoverParams, MarkupContent, MarkupKind};
use tracee_lang::attack::{self, Status, Technique};
use tracee_lang::check::resolve::{Declaration, Kind as Sort};
use tracee_lang::context::{FieldInfo, Origin};
use tracee_lang::functions::Function;
use tracee_lang::manual::{self, Page};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::source::FileId;
use tracee_lang::stdlib;
use tracee_lang::types::Type;

use super::here::{Here, Subject};
use super::hints;
use crate::analysis::Analysis;
use crate::plan;
use crate::server::Server;
use crate::syntax::fields::{self, Known};

/// So much of a declaration is shown.
const MAX_LINES: usize = 12;
/// So many events of a set are shown.
const MAX_EVENTS: usize = 100;

/// `textDocument/hover`.
pub(crate) fn hover(server: &Server, params: HoverParams) -> Option<Hover> {
    let here = Here::of(server, &params.text_document_position_params)?;
    let about = here.subject().and_then(|subject| about(&here, &subject));
    let runs = runs(&here);
    let parts: Vec<String> = about.into_iter().chain(runs).collect();
    if parts.is_empty() {
        return None;
    }
    let word = here.word.and_then(|at| here.syntax().words.get(at));
    Some(Hover {
        contents: Contents::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value: parts.join("\n\n---\n\n"),
        }),
        range: word.map(|word| here.text.range_of(word.range())),
    })
}

/// Where the smallest predicate around the cursor runs.
fn runs(here: &Here) -> Option<String> {
    let all = here.analysis.predicates();
    let around = all.iter().map(|one| one.span).filter(|span| {
        let range = span.start as usize..=span.end as usize;
        span.file == FileId(0) && range.contains(&here.offset)
    });
    let span = around.min_by_key(|span| span.end - span.start)?;
    let written = here.analysis.map.slice(span);
    let shown = match written.lines().count() {
        1 => format!("`{written}`: "),
        _ => String::new(),
    };
    let said = hints::described(plan::at(all, span));
    Some(match said.starts_with("- ") {
        true => format!("{shown}\n{said}"),
        false => format!("{shown}{said}"),
    })
}

fn about(here: &Here, subject: &Subject) -> Option<String> {
    let schema = stdlib::schema();
    Some(match subject {
        Subject::Declared(id) => {
            let declared = here.analysis.checked.names.declaration(*id)?;
            declaration(&here.analysis, declared)
        }
        Subject::Event(event) => event_page(schema, event),
        Subject::Set(set) => set_page(schema, set),
        Subject::Known(known) => known_page(schema, known)?,
        Subject::Technique(technique) => technique_page(technique),
        Subject::Page(page) => manual_page(page),
        Subject::Alias(path) => format!("the file `{path}`"),
        Subject::Local(name) => code(name),
    })
}

fn code(text: &str) -> String {
    format!("```tp\n{text}\n```")
}

/// What stands first, then the documentation.
fn with_doc(text: &str, doc: &str) -> String {
    match doc.trim() {
        "" => code(text),
        doc => format!("{}\n\n{doc}", code(text)),
    }
}

fn declaration(analysis: &Analysis, declared: &Declaration) -> String {
    let text = analysis.map.slice(declared.span);
    let shown = match declared.kind {
        // Of a policy or rule what it is, not all that is in it.
        Sort::Policy => format!("policy {}", declared.name.text),
        Sort::Rule => head(text),
        Sort::List | Sort::Let => {
            let lines: Vec<_> = text.lines().take(MAX_LINES).collect();
            let more = text.lines().count() > MAX_LINES;
            let rest = if more { "\n…" } else { "" };
            format!("{}{rest}", lines.join("\n"))
        }
    };
    with_doc(&shown, &declared.doc)
}

/// A rule without its conditions.
fn head(text: &str) -> String {
    let clauses = ["rule ", "id ", "title ", "severity ", "attack "];
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| clauses.iter().any(|clause| line.starts_with(clause)));
    let lines: Vec<_> = lines.take(MAX_LINES).collect();
    lines.join("\n  ")
}

fn event_page(schema: &Schema, event: &Event) -> String {
    let arguments = event.args.iter();
    let arguments: Vec<_> = arguments
        .map(|arg| format!("{}: {}", arg.name, schema.type_name(&arg.ty)))
        .collect();
    let hooks = event.hooks.iter();
    let hooks: Vec<_> = hooks.map(|hook| format!("made from {hook}")).collect();
    let page = with_doc(
        &format!("event {}({})", event.name, arguments.join(", ")),
        &event.doc,
    );
    format!("{page}\n\n{}", hooks.join("; "))
}

/// A set with its events.
fn set_page(schema: &Schema, set: &str) -> String {
    let events = schema.events_of(set);
    let names: Vec<_> = events.map(|event| format!("`{}`", event.name)).collect();
    let mut doc = match names.len() {
        1 => "1 event: ".to_owned(),
        count => format!("{count} events: "),
    };
    let (shown, hidden) = names.split_at(names.len().min(MAX_EVENTS));
    doc.push_str(&shown.join(", "));
    if !hidden.is_empty() {
        doc.push_str(&format!(" and {} more", hidden.len()));
    }
    with_doc(&format!("set.{set}"), &doc)
}

fn known_page(schema: &'static Schema, known: &Known) -> Option<String> {
    let typed = |name: &str, ty: &Type| format!("{name}: {}", schema.type_name(ty));
    Some(match known {
        Known::Argument(event, arg) => {
            let page = with_doc(&typed(&arg.name, &arg.ty), &arg.doc);
            let page = format!("{page}\n\nargument of `{}`", event.name);
            match type_doc(schema, &arg.ty) {
                Some(doc) => format!("{page}; {doc}"),
                None => page,
            }
        }
        Known::Member(event, arg, (name, doc, ty)) => {
            let page = with_doc(&typed(&format!("{}.{name}", arg.name), ty), doc);
            format!("{page}\n\nargument of `{}`", event.name)
        }
        Known::Context(info) => context_page(schema, info),
        Known::Ancestors => with_doc(
            "proc.ancestors",
            "the process itself, then those above it: `any p in proc.ancestors { p.exe == \"…\" }`",
        ),
        Known::Constant(ty, name, number) => {
            let shown = code(&format!("{name} = {number}"));
            format!("{shown}\n\na constant of `{}`", schema.type_name(ty))
        }
        Known::Function(function) => function_page(function),
        Known::Binder(true) => with_doc("process", "the process at hand of the quantifier"),
        Known::Binder(false) => with_doc("string", "the string at hand of the quantifier"),
        Known::Parameter => return None,
    })
}

/// What is said of an enum or flag set, with its constants.
fn type_doc(schema: &'static Schema, ty: &Type) -> Option<String> {
    let doc = match ty {
        Type::Enum(id) => &schema.enum_type(*id).doc,
        Type::Flags(id) => &schema.flags_type(*id).doc,
        _ => return None,
    };
    let constants = fields::constants(schema, ty);
    let names: Vec<_> = constants
        .iter()
        .take(MAX_LINES)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let more = if constants.len() > MAX_LINES {
        ", …"
    } else {
        ""
    };
    let doc = doc.trim().trim_end_matches('.');
    Some(format!("{doc}: {}{more}", names.join(", ")))
}

fn context_page(schema: &Schema, info: &FieldInfo) -> String {
    let origin = match info.origin {
        Origin::Kernel => "the kernel knows it",
        Origin::Userland => "the process tree knows it, in userland",
    };
    let ty = schema.type_name(&info.ty);
    let page = with_doc(&format!("{}: {ty}", info.path), info.doc);
    format!("{page}\n\n{origin}")
}

fn function_page(function: &Function) -> String {
    with_doc(
        &function.signature(),
        &format!("{}\n\n{}", function.doc, function.edges),
    )
}

/// `T1059.004` with its name, tactics and page.
pub(crate) fn technique_page(technique: &Technique) -> String {
    let tactics: Vec<_> = technique.tactics().map(|tactic| tactic.name).collect();
    let named = |id: &str| match attack::lookup(id) {
        Some(other) => format!("{id} {}", other.full_name()),
        None => id.to_owned(),
    };
    let status = match technique.status {
        Status::Current => String::new(),
        Status::Revoked(id) => format!("\n\nrevoked: now {}", named(id)),
        Status::Deprecated(ids) => {
            let ids: Vec<_> = ids.iter().map(|id| named(id)).collect();
            format!("\n\ndeprecated {}", ids.join(", "))
        }
    };
    let (id, name, url) = (technique.id, technique.full_name(), technique.url());
    format!("**[{id}]({url})** {name}\n\n{}{status}", tactics.join(", "))
}

fn manual_page(page: &Page) -> String {
    format!("**{}**\n\n{}", page.title, page.text.trim_end())
}

/// The page of a word of the language.
pub(crate) fn page(word: &str) -> Option<&'static Page> {
    let starts = word.starts_with(|first: char| !first.is_ascii_digit() && first != '"');
    manual::page(word).filter(|page| starts && page.words.contains(&word))
}
