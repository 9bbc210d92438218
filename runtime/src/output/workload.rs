//! The container of an event, with the keys of Aqua's `trace.Event`.

use serde::Serialize;
use tracee_compiler::process::ContainerView;
use tracee_lang::context::ContainerField;
use tracee_lang::value::Value;

use crate::text;

/// `container`: `{}` outside of containers.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContainerObject {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    image: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    image_digest: String,
    /// Ours.
    #[serde(skip_serializing_if = "String::is_empty")]
    runtime: String,
}

/// `kubernetes`: `{}` outside of pods.
#[derive(Debug, Default, Serialize)]
pub(super) struct PodObject {
    #[serde(rename = "podName", skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(rename = "podNamespace", skip_serializing_if = "String::is_empty")]
    namespace: String,
    #[serde(rename = "podUID", skip_serializing_if = "String::is_empty")]
    uid: String,
    /// Ours.
    #[serde(rename = "podLabels", skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
}

impl ContainerObject {
    pub(super) fn new(container: Option<&ContainerView>) -> Self {
        let Some(container) = container else {
            return Self::default();
        };
        Self {
            id: said(container, ContainerField::Id),
            name: said(container, ContainerField::Name),
            image: said(container, ContainerField::Image),
            image_digest: said(container, ContainerField::ImageDigest),
            runtime: said(container, ContainerField::Runtime),
        }
    }
}

impl ContainerObject {
    /// Without what is ours alone.
    pub(super) fn into_aquas(self) -> Self {
        Self {
            runtime: String::new(),
            ..self
        }
    }
}

impl PodObject {
    /// Without what is ours alone.
    pub(super) fn into_aquas(self) -> Self {
        Self {
            labels: None,
            ..self
        }
    }

    pub(super) fn new(container: Option<&ContainerView>) -> Self {
        let Some(container) = container else {
            return Self::default();
        };
        Self {
            name: said(container, ContainerField::PodName),
            namespace: said(container, ContainerField::PodNamespace),
            uid: said(container, ContainerField::PodUid),
            labels: match container.value(ContainerField::PodLabels) {
                Value::List(labels) => Some(labels.into_iter().map(to_json).collect()),
                _ => None,
            },
        }
    }
}

fn said(container: &ContainerView, field: ContainerField) -> String {
    match container.value(field) {
        Value::Bytes(bytes) => to_json(&bytes),
        _ => String::new(),
    }
}

fn to_json(bytes: &[u8]) -> String {
    text::to_json(bytes).into_owned()
}
