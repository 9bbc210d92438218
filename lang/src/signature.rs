//! OPA signatures as policies see them: what one says of itself. Who reads and evaluates Rego is not
//! known here; [`crate::check::resolve::Loader::signatures`] brings them.

use std::sync::Arc;

use crate::hir::{Expr, RuleSeverity};
use crate::source::Span;

/// A detection written in Rego, to the contract of Aqua's Tracee. In policies it is a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// The last part of its package: `TRC_14`.
    pub name: String,
    /// Where its documents are: `data.tracee.TRC_14`.
    pub path: String,
    /// The `package` clause; no other signature has the same.
    pub span: Span,
    /// `id`.
    pub id: String,
    /// `name`.
    pub title: String,
    /// `description`.
    pub description: Option<String>,
    /// `version`.
    pub version: Option<String>,
    /// `eventName`.
    pub event_name: Option<String>,
    /// `tags`.
    pub tags: Vec<String>,
    /// `properties.Severity`; 0 is info, 4 critical.
    pub severity: Option<RuleSeverity>,
    /// `properties["MITRE ATT&CK"]`: `Privilege Escalation: Escape to Host`.
    pub attack: Option<String>,
    /// `properties` as they are: a JSON object.
    pub properties: String,
    /// `tracee_selected_events`, in order of names; never empty.
    pub selected: Vec<Selected>,
    /// The Rego that evaluates it: its own module first, then what it may import.
    pub modules: Vec<Module>,
}

/// Events that a signature wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The name; [`None`] is every event.
    pub name: Option<String>,
    /// Of which processes.
    pub origin: Origin,
    /// The name where it is written, or else the signature's package.
    pub span: Span,
}

/// Where the processes run whose events a signature wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Wherever.
    Any,
    /// On the host itself.
    Host,
    /// In a container.
    Container,
}

/// A file of Rego.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// As people know it.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// Who decides whether a signature matches an event whose condition in [`crate::hir::On`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The condition: it says what the signature says.
    Compiled {
        /// Regorus is still asked what the detection's output is, where there is a match.
        output: bool,
    },
    /// Regorus, of what the condition lets through: the signature says no to all else.
    Guarded {
        /// Where this holds it matches, and regorus need not be asked.
        sure: Option<Expr>,
        /// What could not be decided by a condition.
        why: Reason,
    },
    /// Regorus, of all that the signature selects.
    Interpreted {
        /// What could not be made a condition.
        why: Reason,
    },
}

/// Why a signature is left to regorus: the first thing in it that could not be made a condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    /// Lower case, no full stop.
    pub text: String,
    /// The file of Rego.
    pub file: Arc<str>,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}
