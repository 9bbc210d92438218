//! One line of JSON: Aqua's `trace.Event` in all its versions, which is our own `--output json`
//! too (docs/output.md).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::containers::Container;

/// An event, or a detection with its event inside. What older or other versions lack is `None`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(super) struct Line {
    /// `detection` for our detections.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Of a detection.
    pub(super) event: Option<Box<Line>>,

    pub(super) timestamp: Option<u64>,
    pub(super) thread_start_time: Option<u64>,
    pub(super) process_start_time: Option<u64>,
    pub(super) parent_process_start_time: Option<u64>,
    pub(super) processor_id: Option<u32>,
    pub(super) process_id: Option<u32>,
    pub(super) cgroup_id: Option<u64>,
    pub(super) thread_id: Option<u32>,
    pub(super) parent_process_id: Option<u32>,
    pub(super) host_process_id: Option<u32>,
    pub(super) host_thread_id: Option<u32>,
    pub(super) host_parent_process_id: Option<u32>,
    pub(super) user_id: Option<u32>,
    pub(super) group_id: Option<u32>,
    pub(super) mount_namespace: Option<u32>,
    pub(super) pid_namespace: Option<u32>,
    pub(super) uts_namespace: Option<u32>,
    pub(super) net_namespace: Option<u32>,
    pub(super) user_namespace: Option<u32>,
    pub(super) process_name: Option<String>,
    pub(super) executable: Option<Executable>,
    pub(super) host_name: Option<String>,
    pub(super) container_id: Option<String>,
    pub(super) container: Option<ContainerObject>,
    pub(super) kubernetes: Option<PodObject>,
    /// Up to v0.9 these stood here.
    pub(super) container_image: Option<String>,
    pub(super) container_name: Option<String>,
    pub(super) pod_name: Option<String>,
    pub(super) pod_namespace: Option<String>,
    #[serde(rename = "podUID")]
    pub(super) pod_uid: Option<String>,
    pub(super) event_id: Option<EventNumber>,
    pub(super) event_name: Option<String>,
    pub(super) return_value: Option<i64>,
    pub(super) syscall: Option<String>,
    pub(super) context_flags: Option<ContextFlags>,
    #[serde(alias = "arguments")]
    pub(super) args: Option<Vec<Arg>>,
    /// Everything else.
    #[serde(flatten)]
    pub(super) others: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Executable {
    pub(super) path: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContainerObject {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) image: String,
    pub(super) image_digest: String,
    /// Ours.
    pub(super) runtime: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PodObject {
    #[serde(rename = "podName")]
    pub(super) name: String,
    #[serde(rename = "podNamespace")]
    pub(super) namespace: String,
    #[serde(rename = "podUID")]
    pub(super) uid: String,
    #[serde(rename = "podSandbox")]
    pub(super) sandbox: bool,
}

impl Line {
    /// The container that it says the event is from.
    pub(super) fn container(&self) -> Option<Container> {
        let first = |all: [Option<&str>; 2]| -> String {
            let mut said = all.into_iter().flatten().filter(|said| !said.is_empty());
            said.next().unwrap_or_default().to_owned()
        };
        let (of, pod) = (self.container.as_ref(), self.kubernetes.as_ref());
        let id = first([self.container_id.as_deref(), of.map(|of| &*of.id)]);
        (!id.is_empty()).then(|| Container {
            id,
            runtime: first([None, of.map(|of| &*of.runtime)]),
            name: first([self.container_name.as_deref(), of.map(|of| &*of.name)]),
            image: first([self.container_image.as_deref(), of.map(|of| &*of.image)]),
            image_digest: first([None, of.map(|of| &*of.image_digest)]),
            pod_name: first([self.pod_name.as_deref(), pod.map(|pod| &*pod.name)]),
            pod_namespace: first([
                self.pod_namespace.as_deref(),
                pod.map(|pod| &*pod.namespace),
            ]),
            pod_uid: first([self.pod_uid.as_deref(), pod.map(|pod| &*pod.uid)]),
            pod_sandbox: pod.is_some_and(|pod| pod.sandbox),
            created: 0,
        })
    }

    /// Whether the container's own program runs.
    pub(super) fn is_started(&self) -> bool {
        self.context_flags
            .as_ref()
            .is_some_and(|flags| flags.container_started)
    }
}

/// A string since v0.15, a number before.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum EventNumber {
    Number(i64),
    Text(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContextFlags {
    pub(super) container_started: bool,
    pub(super) is_compat: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Arg {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: Value,
    /// Ours: the value was cut.
    #[serde(default)]
    pub(super) truncated: bool,
}

/// Keys that say nothing that a record doesn't: they are made anew for every output.
pub(super) const DERIVED: &[&str] = &[
    "argsNum",
    "matchedPolicies",
    "matchedScopes",
    "threadEntityId",
    "processEntityId",
    "parentEntityId",
];

/// Whether a value says something: not null, 0, false or empty, nor made of such values only.
pub(super) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(says_something),
        Value::Object(map) => map.values().any(says_something),
    }
}
