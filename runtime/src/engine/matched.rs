//! What outputs get: an event with what is known beside its record, and a detection on it.

use tracee_compiler::process::ContainerView;
use tracee_lang::hir::{Policy, Rule};
use tracee_lang::schema::{Event, Schema};
use tracee_lang::signature::Signature;
use tracee_lang::types::Type;
use tracee_lang::value::Value;

use crate::record::Record;

/// An event that a policy selected, or that a rule matched.
#[derive(Debug, Clone, Copy)]
pub struct MatchedEvent<'a> {
    /// Where the names of its types are.
    pub schema: &'a Schema,
    /// Its declaration.
    pub event: &'a Event,
    /// What happened.
    pub record: Record<'a>,
    /// Path of the executable of its process, if it is known.
    pub exe: Option<&'a [u8]>,
    /// Name of the machine.
    pub host: &'a str,
    /// The container of its process, if it is in one.
    pub container: Option<&'a ContainerView>,
    /// The policies of which a select or a rule matched, in order of declaration.
    pub policies: &'a [&'a str],
}

/// A rule that matched an event.
#[derive(Debug, Clone, Copy)]
pub struct Detection<'a> {
    /// The policy that has the rule.
    pub policy: &'a Policy,
    /// The rule.
    pub rule: &'a Rule,
    /// The rule's message with this event's values, fit for a terminal.
    pub message: Option<&'a str>,
    /// What the rule's `output` names, with this event's values.
    pub output: &'a [OutputValue<'a>],
    /// What the rule's signature said, if it is one.
    pub signature: Option<SignatureMatch<'a>>,
    /// How many events of the process were lost, at most ([`super::Engine::tell_losses_by`]); if that is not known,
    /// those of all processes since it was first seen. 0 means that nothing of this process is known to be missing.
    pub lost: u64,
    /// What it matched.
    pub event: MatchedEvent<'a>,
}

/// What an OPA signature said of an event that it matches.
#[derive(Debug, Clone, Copy)]
pub struct SignatureMatch<'a> {
    /// The signature.
    pub signature: &'a Signature,
    /// `properties` of its metadata: an object.
    pub properties: &'a serde_json::Value,
    /// `tracee_match`, if it is an object.
    pub data: Option<&'a serde_json::Value>,
}

/// A field of a rule's output.
#[derive(Debug, Clone)]
pub struct OutputValue<'a> {
    /// Its name.
    pub name: &'a str,
    /// The type of its value.
    pub ty: &'a Type,
    /// What it holds for the event.
    pub value: Value<'a>,
}

impl Detection<'_> {
    /// Whether nothing of the process can be missing.
    pub fn is_complete(&self) -> bool {
        self.lost == 0
    }
}
