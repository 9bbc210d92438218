//! One line of JSON: Aqua's `trace.Event` in all its versions, which is our own `--output json`
//! too (docs/output.md).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::json::{Json, Text};
use crate::containers::Container;

/// An event, or a detection with its event inside. What older or other versions lack is `None`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(super) struct Line<'a> {
    /// `detection` for our detections.
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Text<'a>>,
    /// Of a detection.
    pub(super) event: Option<Box<Line<'a>>>,

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
    pub(super) process_name: Option<Text<'a>>,
    pub(super) executable: Option<Executable<'a>>,
    pub(super) host_name: Option<Text<'a>>,
    pub(super) container_id: Option<Text<'a>>,
    pub(super) container: Option<Shared<ContainerObject>>,
    pub(super) kubernetes: Option<Shared<PodObject>>,
    /// Up to v0.9 these stood here.
    pub(super) container_image: Option<Text<'a>>,
    pub(super) container_name: Option<Text<'a>>,
    pub(super) pod_name: Option<Text<'a>>,
    pub(super) pod_namespace: Option<Text<'a>>,
    #[serde(rename = "podUID")]
    pub(super) pod_uid: Option<Text<'a>>,
    pub(super) event_id: Option<EventNumber<'a>>,
    pub(super) event_name: Option<Text<'a>>,
    pub(super) return_value: Option<i64>,
    pub(super) syscall: Option<Text<'a>>,
    pub(super) context_flags: Option<ContextFlags>,
    #[serde(alias = "arguments")]
    pub(super) args: Option<Vec<Arg<'a>>>,
    /// Everything else.
    #[serde(flatten)]
    pub(super) others: BTreeMap<Text<'a>, Json<'a>>,
}

/// What lines that follow each other may have in common.
#[derive(Debug)]
pub(super) struct Shared<T>(Rc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Shared<T> {
    pub(super) fn new(of: T) -> Self {
        Self(Rc::new(of))
    }

    /// Whether it is one and the same, or none.
    pub(super) fn are_same(a: Option<&Self>, b: Option<&Self>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => Rc::ptr_eq(&a.0, &b.0),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Executable<'a> {
    #[serde(borrow)]
    pub(super) path: Option<Text<'a>>,
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
    /// Whether the container's own program runs: the newer form has it here.
    #[serde(skip)]
    pub(super) started: bool,
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
    /// Ours.
    #[serde(rename = "podLabels")]
    pub(super) labels: Option<Vec<String>>,
    #[serde(rename = "podSandbox")]
    pub(super) sandbox: bool,
}

impl Line<'_> {
    /// What it says of where the event happened: the process and its container. `text` makes the strings.
    pub(super) fn context<'s, 'b>(&'s self, text: impl Fn(&'s str) -> Cow<'b, str>) -> Line<'b> {
        let text = |of: &'s Option<Text<'_>>| of.as_deref().map(|of| Text(text(of)));
        let executable = self.executable.as_ref();
        Line {
            thread_start_time: self.thread_start_time,
            process_start_time: self.process_start_time,
            parent_process_start_time: self.parent_process_start_time,
            processor_id: self.processor_id,
            process_id: self.process_id,
            cgroup_id: self.cgroup_id,
            thread_id: self.thread_id,
            parent_process_id: self.parent_process_id,
            host_process_id: self.host_process_id,
            host_thread_id: self.host_thread_id,
            host_parent_process_id: self.host_parent_process_id,
            user_id: self.user_id,
            group_id: self.group_id,
            mount_namespace: self.mount_namespace,
            pid_namespace: self.pid_namespace,
            uts_namespace: self.uts_namespace,
            net_namespace: self.net_namespace,
            user_namespace: self.user_namespace,
            process_name: text(&self.process_name),
            executable: executable.map(|of| Executable {
                path: text(&of.path),
            }),
            host_name: text(&self.host_name),
            container_id: text(&self.container_id),
            container: self.container.clone(),
            kubernetes: self.kubernetes.clone(),
            container_image: text(&self.container_image),
            container_name: text(&self.container_name),
            pod_name: text(&self.pod_name),
            pod_namespace: text(&self.pod_namespace),
            pod_uid: text(&self.pod_uid),
            ..Line::default()
        }
    }

    /// The container that it says the event is from.
    pub(super) fn container(&self) -> Option<Container> {
        let first = |all: [Option<&str>; 2]| -> String {
            let mut said = all.into_iter().flatten().filter(|said| !said.is_empty());
            said.next().unwrap_or_default().to_owned()
        };
        let (of, pod) = (self.container.as_deref(), self.kubernetes.as_deref());
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
            pod_labels: pod.and_then(|pod| pod.labels.clone()),
            pod_sandbox: pod.is_some_and(|pod| pod.sandbox),
            created: 0,
        })
    }

    /// Whether it has keys of containers from up to v0.9.
    pub(super) fn has_old_containers(&self) -> bool {
        let old = [
            &self.container_image,
            &self.container_name,
            &self.pod_name,
            &self.pod_namespace,
            &self.pod_uid,
        ];
        old.into_iter().any(Option::is_some)
    }

    /// Whether the container's own program runs.
    pub(super) fn is_started(&self) -> bool {
        self.context_flags
            .as_ref()
            .is_some_and(|flags| flags.container_started)
    }
}

/// A string since v0.15, a number before.
#[derive(Debug)]
pub(super) enum EventNumber<'a> {
    Number(i64),
    Text(Text<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for EventNumber<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Integer(number) => i64::try_from(number).map(Self::Number).map_err(|_| ()),
            Json::Text(text) => Ok(Self::Text(text)),
            _ => Err(()),
        }
        .map_err(|()| D::Error::custom("an event's number is a number or a string"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContextFlags {
    pub(super) container_started: bool,
    pub(super) is_compat: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Arg<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) value: Json<'a>,
    /// Ours: the value was cut.
    #[serde(default)]
    pub(super) truncated: bool,
}

impl<'a> Arg<'a> {
    /// One that stands inside another; what is no object with a name is none.
    pub(super) fn of(value: Json<'a>) -> Option<Self> {
        let Json::Object(fields) = value else {
            return None;
        };
        let mut arg = Self {
            name: Text("".into()),
            value: Json::Null,
            truncated: false,
        };
        for (key, field) in fields {
            match (&*key, field) {
                ("name", Json::Text(name)) => arg.name = name,
                ("value", value) => arg.value = value,
                ("truncated", Json::Bool(truncated)) => arg.truncated = truncated,
                _ => {}
            }
        }
        (!arg.name.is_empty()).then_some(arg)
    }
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
