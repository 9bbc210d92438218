//! Aqua's `trace.Event`, as Tracee writes it: our own form without what that has no key for. A detection is an event
//! of its own, as Tracee makes one of a signature's finding: named after the rule, with what the rule says in
//! `metadata`, and the event that it was found in as the last argument, `detectedFrom`.

use serde::Serialize;
use serde_json::Value as Json;

use super::{Args, EventObject, SlotValue};
use crate::engine::{Detection, MatchedEvent};
use crate::format::go_type;

/// Tracee numbers signatures from here on, in the order in which they were loaded; names tell them apart.
pub(super) const FIRST_SIGNATURE: u32 = 6000;

/// A selected event.
pub(super) fn event<'a>(matched: &MatchedEvent<'a>) -> EventObject<'a> {
    let mut object = EventObject::new(matched);
    object.process_start_time = None;
    object.parent_process_start_time = None;
    object.group_id = None;
    object.uts_namespace = None;
    object.net_namespace = None;
    object.user_namespace = None;
    object.container = object.container.into_aquas();
    object.kubernetes = object.kubernetes.into_aquas();
    if let Args::Event(args) = &mut object.args {
        args.iter_mut().for_each(|arg| arg.truncated = false);
    }
    object
}

/// A detection.
pub(super) fn finding<'a>(detection: &Detection<'a>) -> EventObject<'a> {
    let mut object = event(&detection.event);
    let mut args = data(detection);
    args.push(FindingArg {
        name: "detectedFrom",
        r#type: "unknown".to_owned(),
        value: FindingValue::From(Box::new(DetectedFrom {
            id: detection.event.record.event().0,
            name: object.event_name,
            args: std::mem::replace(&mut object.args, Args::Event(Vec::new())),
            return_value: object.return_value,
        })),
    });
    object.event_id = FIRST_SIGNATURE.to_string();
    object.event_name = &detection.rule.qualified_name;
    object.args_num = args.len();
    object.args = Args::Finding(args);
    object.metadata = Some(Metadata::new(detection));
    object
}

/// What the rule's `output` names, or what an OPA signature gave.
pub(super) fn data<'a>(detection: &Detection<'a>) -> Vec<FindingArg<'a>> {
    let schema = detection.event.schema;
    if let Some(Json::Object(fields)) = detection.signature.and_then(|said| said.data) {
        let arg = |(name, value): (&'a String, &'a Json)| FindingArg {
            name,
            r#type: "unknown".to_owned(),
            value: FindingValue::Signature(value),
        };
        return fields.iter().map(arg).collect();
    }
    let arg = |output: &crate::engine::OutputValue<'a>| FindingArg {
        name: output.name,
        r#type: go_type(schema, output.ty),
        value: FindingValue::Output(SlotValue {
            schema,
            ty: output.ty,
            value: output.value.clone(),
        }),
    };
    detection.output.iter().map(arg).collect()
}

/// An argument of a detection.
#[derive(Serialize)]
pub(super) struct FindingArg<'a> {
    pub(super) name: &'a str,
    r#type: String,
    pub(super) value: FindingValue<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum FindingValue<'a> {
    Output(SlotValue<'a>),
    Signature(&'a Json),
    From(Box<DetectedFrom<'a>>),
}

/// The event that a rule matched.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DetectedFrom<'a> {
    id: u16,
    name: &'a str,
    args: Args<'a>,
    return_value: i64,
}

/// What a rule says of itself, under the keys of Go's struct.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metadata<'a> {
    version: &'a str,
    description: &'a str,
    tags: &'a [String],
    properties: serde_json::Map<String, Json>,
}

impl<'a> Metadata<'a> {
    fn new(detection: &Detection<'a>) -> Self {
        let signature = detection.signature.map(|said| said.signature);
        let version = signature.and_then(|signature| signature.version.as_deref());
        let policy = detection.policy.version.as_deref();
        Self {
            version: version.or(policy).unwrap_or_default(),
            description: detection.rule.description.as_deref().unwrap_or_default(),
            tags: signature.map_or(&detection.policy.labels, |signature| &signature.tags),
            properties: properties(detection),
        }
    }
}

/// Those of an OPA signature, and what Tracee's own signatures have there.
pub(super) fn properties(detection: &Detection<'_>) -> serde_json::Map<String, Json> {
    let rule = detection.rule;
    let mut properties = match detection.signature.map(|said| said.properties) {
        Some(Json::Object(said)) => said.clone(),
        _ => serde_json::Map::new(),
    };
    let mut add = |key: &str, value: Json| {
        properties.insert(key.to_owned(), value);
    };
    add("Severity", (rule.severity as u8).into());
    if let Some(technique) = rule.attack.first() {
        if let Some(tactic) = technique.tactics().next() {
            add(
                "Category",
                tactic.name.to_lowercase().replace(' ', "-").into(),
            );
        }
        add("Technique", technique.name.into());
        add("external_id", technique.id.into());
    }
    let id = rule.id.as_deref().unwrap_or(&rule.qualified_name);
    add("signatureID", id.into());
    let name = rule.title.as_deref().unwrap_or(&rule.qualified_name);
    add("signatureName", name.into());
    if let Some(message) = detection.message {
        add("message", message.into());
    }
    properties
}
