//! Tests, typed and resolved: what the runtime makes records of, and what it expects of them.
//!
//! Every field of a given event has a value here: the one that was written, or the zero of its type
//! ([`GivenValue::zero`]).

use std::sync::Arc;

use crate::context::{ContextField, ProcessField};
use crate::schema::EventId;
use crate::source::Span;
use crate::types::Type;

/// `test "…" for POLICY|RULE { … }`
#[derive(Debug, Clone)]
pub struct Test {
    /// What it shows.
    pub title: String,
    /// The doc comment.
    pub doc: String,
    /// The policy that it is for: an index in [`super::PolicySet::policies`].
    pub policy: usize,
    /// The rule of the policy, if it is for one: an index in [`super::Policy::rules`].
    pub rule: Option<usize>,
    /// Its events, in order; never empty.
    pub given: Vec<Given>,
    /// What is expected of them; never empty.
    pub expect: Vec<Expect>,
    /// The title.
    pub title_span: Span,
    /// The whole declaration.
    pub span: Span,
}

/// Where events of a test come from.
#[derive(Debug, Clone)]
pub enum Given {
    /// One event.
    Event(GivenEvent),
    /// The events of a file, relative to the test's own.
    Recording {
        /// Its path, as written.
        path: Arc<[u8]>,
        /// Where it is written.
        span: Span,
    },
}

/// One event, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenEvent {
    /// Which.
    pub event: EventId,
    /// One for each of [`crate::schema::Event::slots`].
    pub slots: Vec<GivenValue>,
    /// The context that is not of a process, as far as it was written; the rest is zero. `retval` is
    /// among it for every event that has one.
    pub context: Vec<(ContextField, GivenValue)>,
    /// The event's own process and those above it; never empty. What the first one has is both in the
    /// record and in the process tree.
    pub processes: Vec<GivenProcess>,
    /// The clause.
    pub span: Span,
}

/// A process: one value for each [`ProcessField`].
#[derive(Debug, Clone, PartialEq)]
pub struct GivenProcess {
    fields: Vec<GivenValue>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenValue {
    /// What it is.
    pub value: GivenData,
    /// It is what was kept of a longer one.
    pub truncated: bool,
}

/// The forms of values.
#[derive(Debug, Clone, PartialEq)]
pub enum GivenData {
    /// The event has none.
    Absent,
    /// An integer, enum, flag set, bool, port, time or pointer.
    Int(i128),
    /// A string, path, address or byte string.
    Bytes(Arc<[u8]>),
    /// A list of strings.
    List(Vec<Arc<[u8]>>),
}

/// `expect [not] RULE [ACTION];`
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// None of the rules may match, rather than any must.
    pub not: bool,
    /// Rules of the test's policy, by index, ascending; never empty.
    pub rules: Vec<usize>,
    /// The rule or rules, as written.
    pub written: String,
    /// The clause.
    pub span: Span,
}

impl GivenValue {
    /// No value.
    pub const ABSENT: Self = Self {
        value: GivenData::Absent,
        truncated: false,
    };

    /// What a field has that a test does not give: 0, `false`, the empty string or list, 0.0.0.0.
    pub fn zero(ty: &Type) -> Self {
        let value = match ty {
            Type::String | Type::Path | Type::Bytes => GivenData::Bytes(Arc::default()),
            Type::Ip => GivenData::Bytes(Arc::from([0; 4])),
            Type::List(_) => GivenData::List(Vec::new()),
            _ => GivenData::Int(0),
        };
        Self::from(value)
    }
}

impl From<GivenData> for GivenValue {
    fn from(value: GivenData) -> Self {
        Self {
            value,
            truncated: false,
        }
    }
}

impl GivenProcess {
    /// A process with the zero of every field.
    pub fn zero() -> Self {
        let zero = |field| {
            let info = crate::context::info(ContextField::Proc(field));
            info.map_or(GivenValue::ABSENT, |info| GivenValue::zero(&info.ty))
        };
        Self {
            fields: ProcessField::ALL.iter().copied().map(zero).collect(),
        }
    }

    /// A field's value.
    pub fn get(&self, field: ProcessField) -> &GivenValue {
        &self.fields[field as usize]
    }

    /// Sets a field.
    pub fn set(&mut self, field: ProcessField, value: GivenValue) {
        self.fields[field as usize] = value;
    }
}
