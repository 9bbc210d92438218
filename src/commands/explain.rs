//! `tracee explain TP0301`: the page of a diagnostic code; `tracee explain prefix`: that of a word of the
//! language. `tracee explain FILE…`: the plan. Per event: what this kernel makes it from, which selectors the
//! kernel decides, where each predicate runs and why, and what is left for userland.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tracee_compiler::cost::{FilterCost, FilterKind, KernelCost};
use tracee_compiler::explain::{
    Asked, Decided, EventExplanation, ExceptionExplanation, Explanation, LookupExplanation,
    PredicateExplanation, SignatureExplanation, TargetExplanation, explain as plan,
};
use tracee_compiler::matcher::NotCompiled;
use tracee_compiler::plan::Pushdown;
use tracee_lang::codes;
use tracee_lang::diagnostics::Code;
use tracee_lang::manual;
use tracee_lang::schema::{EventId, Schema};
use tracee_lang::times::Moment;
use tracee_runtime::live::{self, HookReport, Outcome};
use tracee_runtime::text::Shown;

use crate::cli::{Color, DataFormat, ExplainArgs};
use crate::exit::{Exit, Failure};
use crate::load::Sources;
use crate::{load, terminal};

/// Prints the plan, or the page of a code, to stdout.
pub(crate) fn explain(arguments: &ExplainArgs, color: Color, now: Moment) -> Result<Exit, Failure> {
    if let [name] = &arguments.paths[..]
        && let Some(word) = name.to_str().filter(|_| !name.exists())
    {
        if let Some(code) = code(word) {
            refuse_signatures(arguments)?;
            return page(code, arguments.format);
        }
        if let Some(page) = manual::page(word) {
            refuse_signatures(arguments)?;
            return manual_page(page, arguments.format);
        }
    }
    let mut sources = Sources::read(&arguments.paths);
    if let Some(directory) = &arguments.rego {
        sources.add_signatures(directory, false)?;
    }
    let mut loaded = load::checked(sources, color, now, |_| true)?;
    load::check_engine(&loaded.checked.policies, arguments.rego_engine)?;
    load::lower(&mut loaded, arguments.rego_engine);
    let schema = load::schema();
    let options = load::options(&schema);
    let compiled = load::compile_valid(&schema, &loaded, &options, color)?;
    let explanation = plan(
        &schema,
        &loaded.checked.policies,
        &compiled,
        &loaded.sources.map,
    );
    let planned = compiled.plan.events.iter();
    let wanted = planned.filter_map(|planned| schema.event(planned.event));
    let hooks = Hooks {
        schema: &schema,
        reports: live::probe(wanted),
    };
    terminal::print(&match arguments.format {
        DataFormat::Human => Page {
            text: String::new(),
            color: terminal::stdout_color(color),
        }
        .page(&explanation, &hooks),
        DataFormat::Json => format!("{:#}\n", json(&explanation, &hooks)),
    })?;
    Ok(Exit::Success)
}

/// A page says nothing of signatures.
fn refuse_signatures(arguments: &ExplainArgs) -> Result<(), Failure> {
    let option = match (&arguments.rego, arguments.rego_engine) {
        (Some(_), _) => "--rego",
        (None, Some(_)) => "--rego-engine",
        (None, None) => return Ok(()),
    };
    let message = format!("{option} is for plans, not for the page of a code or a word");
    Err(Failure::new(Exit::Usage, message))
}

/// The code that a word names: `TP0301`, `tp0301`.
fn code(word: &str) -> Option<Code> {
    let (letters, digits) = word.split_at_checked(2)?;
    let is_code = letters.eq_ignore_ascii_case("tp")
        && digits.len() == 4
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_code).map(Code)
}

fn page(code: Code, format: DataFormat) -> Result<Exit, Failure> {
    let Some(info) = codes::info(code) else {
        let message = format!("there is no diagnostic `{code}`");
        return Err(Failure::new(Exit::Usage, message).help("docs/diagnostics.md lists all codes"));
    };
    terminal::print(&match format {
        DataFormat::Human => format!("{code}: {}\n\n{}", info.title(), info.page),
        DataFormat::Json => {
            let page =
                json!({ "code": code.to_string(), "title": info.title(), "page": info.page });
            format!("{page:#}\n")
        }
    })?;
    Ok(Exit::Success)
}

fn manual_page(page: &manual::Page, format: DataFormat) -> Result<Exit, Failure> {
    terminal::print(&match format {
        DataFormat::Human => format!("{}\n\n{}", page.title, page.text),
        DataFormat::Json => {
            let page = json!({ "name": page.name, "title": page.title, "page": page.text });
            format!("{page:#}\n")
        }
    })?;
    Ok(Exit::Success)
}

/// What this kernel gives each event.
struct Hooks<'a> {
    schema: &'a Schema,
    reports: Vec<HookReport>,
}

impl Hooks<'_> {
    fn of(&self, event: &str) -> Option<&Outcome> {
        let id: EventId = self.schema.event_named(event)?.id;
        self.reports
            .iter()
            .find(|report| report.event == id)
            .map(|report| &report.outcome)
    }
}

fn json(explanation: &Explanation, hooks: &Hooks<'_>) -> Value {
    let mut value = json!(explanation);
    for event in value["events"].as_array_mut().into_iter().flatten() {
        let name = event["event"].as_str().unwrap_or_default();
        event["hook"] = super::hook(hooks.of(name));
    }
    value
}

/// The plan for a person.
struct Page {
    text: String,
    color: bool,
}

impl Page {
    fn page(mut self, explanation: &Explanation, hooks: &Hooks<'_>) -> String {
        for event in &explanation.events {
            self.event(event, hooks);
        }
        let tables = &explanation.tables;
        self.line(0, &format!(
            "kernel tables: {} bytes ({} field filters, {} intervals, {} flag tests, {} automata \
             with {} of {} transitions)",
            tables.bytes,
            tables.field_filters,
            tables.intervals,
            tables.flag_tests,
            tables.automata,
            tables.transitions,
            tables.max_transitions,
        ));
        self.line(
            0,
            &format!("userland: {} bytes of machine code", explanation.code_bytes),
        );
        if let Some(NotCompiled { conditions, reason }) = &explanation.not_compiled {
            self.line(
                0,
                &format!("{conditions} conditions are interpreted: {reason}"),
            );
        }
        self.text
    }

    fn event(&mut self, event: &EventExplanation, hooks: &Hooks<'_>) {
        let title = self.bold(&format!("event {}", event.event));
        self.line(0, &title);
        match hooks.of(&event.event) {
            Some(Outcome::Hooked(from)) => self.line(1, &format!("made from {from}")),
            Some(Outcome::Unavailable(why)) => {
                self.line(1, &format!("not available on this kernel: {why}"));
            }
            None => {}
        }
        let merged = if event.merged {
            ", merged because there were more than 256"
        } else {
            ""
        };
        self.line(
            1,
            &format!("the kernel passes it when any of these holds{merged}:"),
        );
        for selector in &event.selectors {
            self.line(2, &selector.text);
        }
        if let Some(cost) = &event.kernel {
            self.cost(cost);
        }
        if let Some(lookup) = &event.lookup {
            self.lookup(lookup);
        }
        for target in &event.targets {
            self.target(target);
        }
        self.text.push('\n');
    }

    /// What the kernel does to decide that.
    fn cost(&mut self, cost: &KernelCost) {
        let KernelCost {
            filters,
            least_ns,
            most_ns,
            pass_ns,
        } = cost;
        let estimate = match filters.len() {
            0 => format!("without a filter: about {most_ns} ns an event"),
            1 => format!("by one filter: about {most_ns} ns an event"),
            count => format!(
                "by {count} filters: about {least_ns} ns an event that the first drops, {most_ns} ns one \
                 that all look at"
            ),
        };
        self.line(
            1,
            &format!("it decides {estimate}, and {pass_ns} ns more to pass it"),
        );
        let width = filters.iter().map(|filter| filter.field.chars().count());
        let width = width.max().unwrap_or(0);
        for filter in filters {
            let walks = match (filter.kind, filter.walks) {
                (FilterKind::String | FilterKind::Elements, None) => ", walks to the end",
                (_, Some(bytes)) => &format!(", walks at most {bytes} bytes"),
                _ => "",
            };
            let when = if filter.early {
                ", before a record is begun"
            } else {
                ""
            };
            let what = match filter.kind {
                FilterKind::Integers => "intervals",
                FilterKind::Addresses => "intervals of addresses",
                FilterKind::Flags => "tests of bits",
                FilterKind::Order => "orders",
                FilterKind::String => "states",
                FilterKind::Elements => "states for each element",
            };
            let FilterCost {
                field,
                entries,
                bytes,
                ns,
                ..
            } = filter;
            self.line(
                2,
                &format!("{field:<width$}  {entries} {what}, {bytes} bytes{walks}{when}: {ns} ns"),
            );
        }
    }

    /// How userland finds the conditions to evaluate, where it doesn't evaluate all.
    fn lookup(&mut self, lookup: &LookupExplanation) {
        let fields = lookup.fields.iter();
        let fields = fields.map(|one| format!("{} in {}", one.field, one.literals));
        let fields: Vec<String> = fields.collect();
        let all = lookup.candidates + lookup.always;
        let evaluated = match (lookup.candidates, lookup.always) {
            (0, _) => format!("it evaluates what they leave open of {all} conditions"),
            (_, 0) => format!("of {all} conditions it evaluates those found"),
            (_, always) => {
                format!(
                    "of {all} conditions it evaluates those found, and {always} for every event"
                )
            }
        };
        let fields = fields.join(", ");
        self.line(
            1,
            &format!("userland looks up {fields} literals; {evaluated}"),
        );
    }

    fn target(&mut self, target: &TargetExplanation) {
        let name = match &target.rule {
            Some(rule) => format!("rule {rule}"),
            None => format!("select of {}", target.policy),
        };
        let name = self.bold(&name);
        self.line(1, &name);
        let places: Vec<String> = target.predicates.iter().map(place).collect();
        let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).min(60);
        let text = width(&mut target.predicates.iter().map(|one| one.text.chars().count()));
        let at = width(&mut places.iter().map(|place| place.chars().count()));
        let mut exception = &None;
        for (predicate, place) in target.predicates.iter().zip(&places) {
            if predicate.exception != *exception {
                exception = &predicate.exception;
                self.exception(exception.as_ref());
            }
            let pushdown = self.pushdown(predicate.pushdown);
            let line = format!(
                "{pushdown}  {place:<at$}  {:<text$}  {}",
                predicate.text, predicate.reason
            );
            self.line(2, line.trim_end());
        }
        self.line(
            2,
            &match (&target.condition, &target.residual) {
                (None, None) => "always matches".to_owned(),
                (None, Some(residual)) => residual.clone(),
                (Some(_), None) => "left for userland: nothing".to_owned(),
                (Some(_), Some(residual)) => format!("left for userland: {residual}"),
            },
        );
        if let Some(signature) = &target.signature {
            self.line(2, &said(signature));
        }
    }

    /// What the predicates below are part of.
    fn exception(&mut self, exception: Option<&ExceptionExplanation>) {
        let Some(exception) = exception else {
            return; // a rule's own part comes first
        };
        let until = exception.expires.as_ref();
        let until = until.map_or(String::new(), |day| format!(" until {day}"));
        let reason = Shown(exception.reason.as_bytes());
        self.line(2, &format!("exception{until}: {reason}"));
    }

    fn pushdown(&self, pushdown: Pushdown) -> String {
        let (word, code) = match pushdown {
            Pushdown::Exact => ("kernel, exact  ", 32),
            Pushdown::Inexact => ("kernel, inexact", 33),
            Pushdown::None => ("userland       ", 36),
        };
        if self.color {
            format!("\x1b[{code}m{word}\x1b[0m")
        } else {
            word.to_owned()
        }
    }

    fn bold(&self, text: &str) -> String {
        if self.color {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        // Writing into a String can't fail.
        let _ = writeln!(self.text, "{:1$}{line}", "", depth * 2);
    }
}

fn place(predicate: &PredicateExplanation) -> String {
    predicate.place.as_ref().map_or(String::new(), |place| {
        format!("{}:{}:{}", place.file, place.line, place.column)
    })
}

/// Who decides an OPA signature, and why.
fn said(signature: &SignatureExplanation) -> String {
    let who = match (signature.decided, signature.regorus) {
        (Decided::Compiled, Asked::Output) => "compiled; regorus makes the output of a match",
        (Decided::Compiled, _) => "compiled",
        (Decided::Guarded, Asked::Open) => {
            "guarded: regorus is asked only where the condition leaves it open"
        }
        (Decided::Guarded, _) => "guarded: regorus decides what the condition lets through",
        (Decided::Interpreted, _) => "interpreted: regorus decides",
    };
    let place = signature.place.as_ref().map_or(String::new(), |place| {
        format!(" ({}:{}:{})", place.file, place.line, place.column)
    });
    match &signature.reason {
        Some(reason) => format!("signature {who}, because {reason}{place}"),
        None => format!("signature {who}"),
    }
}
