//! Diagnostics as plain data. Renderers (miette, codespan-reporting, JSON) live at the rim, in the
//! command line and the editors; the compiler only makes these.

use crate::source::Span;

/// So many errors, and so many warnings, are reported of one file. Nobody reads more, and a file that is
/// no policy is full of them.
pub const MAX_REPORTED: usize = 1000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy does not compile.
    Error,
    /// The policy compiles but probably does not mean what its author thinks.
    Warning,
}

/// A stable code, `TP0301`. All of them are registered in `codes.rs`, once, and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TP{:04}", self.0)
    }
}

/// A place in the source with what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub text: String,
    /// The place of the mistake itself; the others are related places.
    pub primary: bool,
}

/// One replacement of a [`Fix`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced (empty for an insertion).
    pub span: Span,
    /// With what.
    pub text: String,
}

/// A change that mends the mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Nothing else can be meant, or the meaning stays: `check --fix` makes it. Otherwise it is a guess,
    /// for an editor to offer: a name that is near, a condition that holds for something else.
    pub sure: bool,
    /// What it does, in the imperative: ``write `==` ``.
    pub title: String,
    /// The edits, none of which overlap.
    pub edits: Vec<Edit>,
}

/// One thing to say about a policy. Wording: lower case, no full stop, user text in backticks,
/// what is wrong before what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The registered code.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One line.
    pub message: String,
    /// Where; the first primary label is the place that is printed in a short report.
    pub labels: Vec<Label>,
    /// What to do about it (`did you mean …`).
    pub help: Option<String>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// Edits that mend it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, message: impl Into<String>, span: Span) -> Self {
        Self::new(code, Severity::Error, message, span)
    }

    /// A warning at `span`.
    pub fn warning(code: Code, message: impl Into<String>, span: Span) -> Self {
        Self::new(code, Severity::Warning, message, span)
    }

    fn new(code: Code, severity: Severity, message: impl Into<String>, span: Span) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            labels: vec![Label {
                span,
                text: String::new(),
                primary: true,
            }],
            help: None,
            notes: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Says what is at the primary place.
    #[must_use]
    pub fn labelled(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.text = text.into();
        }
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
            primary: false,
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds an explaining fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a one-edit fix that is sure.
    #[must_use]
    pub fn fix(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.one_edit(true, title.into(), span, text.into())
    }

    /// Adds a one-edit fix that is a guess.
    #[must_use]
    pub fn suggest(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.one_edit(false, title.into(), span, text.into())
    }

    fn one_edit(mut self, sure: bool, title: String, span: Span, text: String) -> Self {
        self.fixes.push(Fix {
            sure,
            title,
            edits: vec![Edit { span, text }],
        });
        self
    }

    /// The place of the mistake.
    pub fn span(&self) -> Span {
        self.labels
            .iter()
            .find(|label| label.primary)
            .map(|label| label.span)
            .unwrap_or_default()
    }
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}
