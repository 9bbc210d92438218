//! What a signature says of itself: `__rego_metadoc__` and `tracee_selected_events`.

use serde_json::{Map, Value};
use tracee_lang::codes;
use tracee_lang::diagnostics::Diagnostic;
use tracee_lang::hir::RuleSeverity;
use tracee_lang::signature::{Origin, Selected, Signature};
use tracee_lang::source::{FileId, Span};
use tracee_lang::suggest::nearest;

use crate::syntax::Syntax;

/// The documents that make a module a signature.
pub(crate) const MATCH: &str = "tracee_match";
pub(crate) const METADATA: &str = "__rego_metadoc__";
pub(crate) const SELECTED: &str = "tracee_selected_events";

/// The most events that a signature may select.
const MAX_SELECTED: usize = 1024;
/// The most bytes of a text that is said of a signature.
const MAX_TEXT: usize = 64 << 10;

/// Reads the two documents of one module.
pub(crate) struct Reader<'s> {
    pub(crate) file: FileId,
    pub(crate) syntax: &'s Syntax,
}

impl Reader<'_> {
    /// The package clause.
    pub(crate) fn package(&self) -> Span {
        let (start, end) = self.syntax.package_span;
        Span::new(self.file, start, end)
    }

    /// Where a string is written, or else the package clause.
    fn place(&self, text: &str) -> Span {
        let found = self.syntax.string(text);
        found.map_or(self.package(), |(start, end)| {
            Span::new(self.file, start, end)
        })
    }

    fn wrong(&self, message: impl Into<String>, at: Span) -> Box<Diagnostic> {
        Diagnostic::error(codes::BAD_SIGNATURE, message, at).into()
    }

    /// The signature, with no events and no modules yet.
    pub(crate) fn metadata(&self, document: Option<Value>) -> Result<Signature, Box<Diagnostic>> {
        let package = &self.syntax.package;
        let name = package.rsplit('.').next().unwrap_or_default();
        let missing = || {
            self.wrong(
                format!("signature `{name}` has no `{METADATA}`"),
                self.package(),
            )
            .help(format!(
                "write `{METADATA} := {{\"id\": \"…\", \"name\": \"…\"}}`"
            ))
        };
        let Value::Object(of) = document.ok_or_else(missing)? else {
            return Err(self.wrong(format!("`{METADATA}` is no object"), self.package()));
        };
        let properties = match field(&of, "properties") {
            None | Some((_, Value::Null)) => Map::new(),
            Some((_, Value::Object(properties))) => properties.clone(),
            Some((key, _)) => return Err(self.no("properties", "an object", key)),
        };
        let severity = match field(&properties, "Severity") {
            None => None,
            Some((key, value)) => Some(
                severity(value).ok_or_else(|| self.no("Severity", "a number from 0 to 4", key))?,
            ),
        };
        let required = |key| match self.text(&of, key)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => {
                let message = format!("the metadata of signature `{name}` has no `{key}`");
                Err(self.wrong(message, self.package()))
            }
        };
        let properties_text = Value::Object(properties.clone()).to_string();
        if properties_text.len() > MAX_TEXT {
            return Err(self.no("properties", "of at most 64 KiB", "properties"));
        }
        Ok(Signature {
            name: name.to_owned(),
            path: package.clone(),
            span: self.package(),
            id: required("id")?,
            title: required("name")?,
            description: self.text(&of, "description")?,
            version: self.text(&of, "version")?,
            event_name: self.text(&of, "eventName")?,
            tags: self.tags(&of)?,
            severity,
            attack: self.text(&properties, "MITRE ATT&CK")?,
            properties: properties_text,
            selected: Vec::new(),
            modules: Vec::new(),
        })
    }

    fn no(&self, key: &str, what: &str, written: &str) -> Box<Diagnostic> {
        self.wrong(
            format!("`{key}` of a signature is {what}"),
            self.place(written),
        )
    }

    fn text(&self, of: &Map<String, Value>, key: &str) -> Result<Option<String>, Box<Diagnostic>> {
        match field(of, key) {
            None | Some((_, Value::Null)) => Ok(None),
            Some((_, Value::String(text))) if text.len() <= MAX_TEXT => Ok(Some(text.clone())),
            Some((written, _)) => Err(self.no(key, "a text", written)),
        }
    }

    fn tags(&self, of: &Map<String, Value>) -> Result<Vec<String>, Box<Diagnostic>> {
        let (written, tags) = match field(of, "tags") {
            None | Some((_, Value::Null)) => return Ok(Vec::new()),
            Some((written, Value::Array(tags))) => (written, tags),
            Some((written, _)) => return Err(self.no("tags", "a list of texts", written)),
        };
        let texts = tags.iter().map(|tag| match tag {
            Value::String(tag) => Ok(tag.clone()),
            _ => Err(self.no("tags", "a list of texts", written)),
        });
        texts.collect()
    }

    /// The events that it selects.
    pub(crate) fn selected(
        &self,
        document: Option<Value>,
    ) -> Result<Vec<Selected>, Box<Diagnostic>> {
        // A set is a list in JSON.
        let elements = match document {
            Some(Value::Array(elements)) if !elements.is_empty() => elements,
            Some(Value::Array(_)) | None => {
                let message = format!("the signature selects no events: `{SELECTED}` has none");
                let help = "write `tracee_selected_events[s] { s := {\"source\": \"tracee\", \
                            \"name\": \"…\"} }`";
                return Err(self.wrong(message, self.package()).help(help).into());
            }
            Some(_) => {
                let message = format!("`{SELECTED}` is neither a set nor an array");
                return Err(self.wrong(message, self.package()));
            }
        };
        if elements.len() > MAX_SELECTED {
            let message = format!("a signature selects at most {MAX_SELECTED} events");
            return Err(self.wrong(message, self.package()));
        }
        let mut made = Vec::with_capacity(elements.len());
        for element in &elements {
            let Value::Object(of) = element else {
                let message = format!("an element of `{SELECTED}` is no object");
                return Err(self.wrong(message, self.package()));
            };
            let selected = self.selector(of)?;
            if !made.contains(&selected) {
                made.push(selected);
            }
        }
        Ok(made)
    }

    fn selector(&self, of: &Map<String, Value>) -> Result<Selected, Box<Diagnostic>> {
        let text = |key| self.text(of, key).map(Option::unwrap_or_default);
        let (source, name, origin) = (text("source")?, text("name")?, text("origin")?);
        let span = match name.as_str() {
            "" | "*" => self.package(),
            _ => self.place(&name),
        };
        if source != "tracee" {
            let message = match source.as_str() {
                "" => "what the signature selects has no `source`".to_owned(),
                _ => format!("there is no source `{source}`"),
            };
            return Err(self
                .wrong(message, span)
                .help("write `\"source\": \"tracee\"`")
                .into());
        }
        let origin = match origin.as_str() {
            "" | "*" => Origin::Any,
            "host" => Origin::Host,
            "container" => Origin::Container,
            other => {
                let message = format!("there is no origin `{other}`");
                let help = match nearest(other, ["host", "container"]) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "there are `host`, `container` and `*`".to_owned(),
                };
                return Err(self.wrong(message, self.place(other)).help(help).into());
            }
        };
        Ok(Selected {
            name: Some(name).filter(|name| !name.is_empty() && name != "*"),
            origin,
            span,
        })
    }
}

/// The field with this name, in any case, as Go reads JSON; the exact one first.
fn field<'m>(of: &'m Map<String, Value>, name: &str) -> Option<(&'m str, &'m Value)> {
    let folded = || of.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    let found = of.get_key_value(name).or_else(folded);
    found.map(|(key, value)| (key.as_str(), value))
}

fn severity(value: &Value) -> Option<RuleSeverity> {
    use RuleSeverity::{Critical, High, Info, Low, Medium};
    let number = value.as_f64()?;
    let all = [
        (0.0, Info),
        (1.0, Low),
        (2.0, Medium),
        (3.0, High),
        (4.0, Critical),
    ];
    let found = all.into_iter().find(|(known, _)| *known == number);
    found.map(|(_, severity)| severity)
}
