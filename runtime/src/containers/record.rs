//! Records that tell of containers.

use tracee_ebpf::abi::RecordHeader;
use tracee_lang::schema::{Event, Schema};

use crate::record::{Layout, RecordBuf, RecordBuilder};

/// What is known of a container; what is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// As its runtime names it.
    pub id: String,
    /// What runs it.
    pub runtime: String,
    /// Its name.
    pub name: String,
    /// Its image's name.
    pub image: String,
    /// Its image's digest.
    pub image_digest: String,
    /// Name of its pod.
    pub pod_name: String,
    /// The pod's namespace.
    pub pod_namespace: String,
    /// The pod's uid.
    pub pod_uid: String,
    /// The pod's labels, `key=value` each, by key; none is that they are not known.
    pub pod_labels: Option<Vec<String>>,
    /// Whether it only holds the namespaces of a pod.
    pub pod_sandbox: bool,
    /// When its control group was made, in nanoseconds since the epoch; 0 if that is not known.
    pub created: u64,
}

/// Makes the records.
#[derive(Debug)]
pub struct Records {
    existing: Option<(Event, Layout)>,
    create: Option<(Event, Layout)>,
    remove: Option<(Event, Layout)>,
}

impl Records {
    /// For a schema; of events that it doesn't have, there are no records.
    pub fn new(schema: &Schema) -> Self {
        let of = |name: &str| {
            let event = schema.event_named(name)?;
            Some((event.clone(), Layout::of(schema, event)?))
        };
        Self {
            existing: of("existing_container"),
            create: of("container_create"),
            remove: of("container_remove"),
        }
    }

    /// Tells what the control group of `header` is of; of `header`, the time and the control group are
    /// taken.
    pub fn told(
        &self,
        container: &Container,
        existing: bool,
        header: &RecordHeader,
    ) -> Option<RecordBuf> {
        let of = if existing {
            &self.existing
        } else {
            &self.create
        };
        let (event, layout) = of.as_ref()?;
        let mut builder = begin(layout, header);
        let texts = [
            ("runtime", &container.runtime),
            ("container_id", &container.id),
            ("container_image", &container.image),
            ("container_image_digest", &container.image_digest),
            ("container_name", &container.name),
            ("pod_name", &container.pod_name),
            ("pod_namespace", &container.pod_namespace),
            ("pod_uid", &container.pod_uid),
        ];
        for (name, text) in texts {
            if let Some(arg) = event.arg(name) {
                builder.bytes(arg.slot, text.as_bytes());
            }
        }
        if let (Some(arg), Some(labels)) = (event.arg("pod_labels"), &container.pod_labels) {
            builder.list(arg.slot, labels.iter().map(String::as_bytes));
        }
        let ints = [
            ("ctime", container.created),
            ("pod_sandbox", container.pod_sandbox.into()),
        ];
        for (name, int) in ints {
            if let Some(arg) = event.arg(name) {
                builder.int(arg.slot, int);
            }
        }
        Some(builder.build())
    }

    /// Tells that the control group of `header` is of no container any more.
    pub fn removed(&self, container: &Container, header: &RecordHeader) -> Option<RecordBuf> {
        let (event, layout) = self.remove.as_ref()?;
        let mut builder = begin(layout, header);
        let texts = [
            ("runtime", &container.runtime),
            ("container_id", &container.id),
        ];
        for (name, text) in texts {
            if let Some(arg) = event.arg(name) {
                builder.bytes(arg.slot, text.as_bytes());
            }
        }
        Some(builder.build())
    }
}

fn begin<'l>(layout: &'l Layout, header: &RecordHeader) -> RecordBuilder<'l> {
    let mut builder = RecordBuilder::new(layout);
    builder.header.time = header.time;
    builder.header.cgroup_id = header.cgroup_id;
    builder.header.uid = u32::MAX;
    builder.header.gid = u32::MAX;
    builder
}
