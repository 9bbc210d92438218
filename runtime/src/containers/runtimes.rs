//! What the runtimes' own files say of a container. Every runtime keeps the state of its containers in
//! files that root can read; they are there before the container's program starts. There is nothing to wait for,
//! and nothing that hangs when a runtime does. What the files leave open, [`super::api`] asks.
//!
//! | runtime | file |
//! |---|---|
//! | Docker | `/var/lib/docker/containers/ID/config.v2.json` |
//! | containerd | `/run/containerd/io.containerd.runtime.v2.task/NAMESPACE/ID/config.json` |
//! | CRI-O | `/run/containers/storage/overlay-containers/ID/userdata/config.json` |
//! | Podman, as root | `/var/lib/containers/storage/overlay-containers/containers.json` |

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Container;
use super::cgroup_path::{Named, is_id};

/// The longest file that is read.
const MAX_FILE: u64 = 16 << 20;

/// Where containerd keeps the containers that run, and where k3s has it do that.
const CONTAINERD: [&str; 2] = [
    "run/containerd/io.containerd.runtime.v2.task",
    "run/k3s/containerd/io.containerd.runtime.v2.task",
];

/// What is known of where else to ask.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    /// containerd's namespace.
    pub(super) namespace: Option<String>,
    /// The container that holds the namespaces of its pod.
    pub(super) sandbox: Option<String>,
}

/// Fills in what files below `root` (`/`) say of the container. What they don't say stays as it is.
pub(super) fn describe(root: &Path, container: &mut Container) -> Hints {
    let mut hints = Hints::default();
    // Others are names, which somebody may have made to look like a path.
    if is_id(&container.id) || container.runtime == "containerd" && is_one_name(&container.id) {
        let _ = docker(root, container)
            .or_else(|| containerd(root, container, &mut hints))
            .or_else(|| crio(root, container))
            .or_else(|| podman(root, container));
    }
    hints
}

/// The container that containerd runs in a control group below that of its namespace, which is what it does where
/// nobody says otherwise: the id may be any name, so there must be such a container.
pub(super) fn in_containerds_groups(root: &Path, path: &str) -> Option<Named> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut pairs = parts.windows(2).rev();
    let is_one = |pair: &&[&str]| {
        let mut tasks = CONTAINERD.iter().map(|tasks| root.join(tasks));
        tasks.any(|tasks| tasks.join(pair[0]).join(pair[1]).is_dir())
    };
    let pair = pairs.find(is_one)?;
    Some(Named {
        runtime: "containerd",
        id: pair[1].to_owned(),
        pod_uid: String::new(),
    })
}

/// Whether it can be nothing but the name of a file in a directory.
fn is_one_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0'])
}

fn docker(root: &Path, container: &mut Container) -> Option<()> {
    let state_of = |id: &str| {
        let directory = root.join("var/lib/docker/containers").join(id);
        json(&directory.join("config.v2.json"))
    };
    let state = state_of(&container.id)?;
    set(&mut container.runtime, Some("docker"));
    docker_state(&state, container);
    container.pod_labels = docker_labels(&state["Config"]["Labels"], state_of);
    Some(())
}

/// Fills in what Docker's state of a container says, in its file and over its socket.
pub(super) fn docker_state(state: &Value, container: &mut Container) {
    let name = text(&state["Name"]).map(|name| name.trim_start_matches('/'));
    set(&mut container.name, name);
    set(&mut container.image, text(&state["Config"]["Image"]));
    set(&mut container.image_digest, text(&state["Image"]));
    let label = |key: &str| text(&state["Config"]["Labels"][&format!("io.kubernetes.pod.{key}")]);
    set(&mut container.pod_name, label("name"));
    set(&mut container.pod_namespace, label("namespace"));
    set(&mut container.pod_uid, label("uid"));
}

/// The labels of a Docker container's pod: those that Kubernetes gave the container which holds the pod's
/// namespaces, without its own.
pub(super) fn docker_labels(
    labels: &Value,
    state_of: impl FnOnce(&str) -> Option<Value>,
) -> Option<Vec<String>> {
    const SANDBOX: &str = "io.kubernetes.sandbox.id";
    if text(&labels["io.kubernetes.docker.type"]) == Some("podsandbox") {
        return object_labels(labels);
    }
    let sandbox = text(&labels[SANDBOX]).filter(|id| is_id(id))?;
    object_labels(&state_of(sandbox)?["Config"]["Labels"])
}

/// The labels of a CRI-O container's pod: a JSON text in the annotations of the one that holds its namespaces.
fn crio_labels(storage: &Path, annotations: &Value) -> Option<Vec<String>> {
    let said = |annotations: &Value, key: &str| {
        text(&annotations[&format!("io.kubernetes.cri-o.{key}")]).map(str::to_owned)
    };
    let of_sandbox = |annotations: &Value| {
        let labels = said(annotations, "Labels")?;
        object_labels(&serde_json::from_str(&labels).ok()?)
    };
    if said(annotations, "ContainerType").as_deref() == Some("sandbox") {
        return of_sandbox(annotations);
    }
    let sandbox = said(annotations, "SandboxID").filter(|id| is_id(id))?;
    let state = json(&storage.join(sandbox).join("userdata/config.json"))?;
    of_sandbox(&state["annotations"])
}

fn object_labels(labels: &Value) -> Option<Vec<String>> {
    let labels = labels.as_object()?.iter();
    let texts = labels.filter_map(|(key, value)| Some((key.as_str(), text(value)?)));
    Some(pod_labels(texts))
}

/// `key=value` of each, by key, but not what Kubernetes and Docker's adapter say there for themselves.
pub(super) fn pod_labels<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> Vec<String> {
    let own = ["io.kubernetes.", "annotation."];
    let labels = labels.filter(|(key, _)| !own.iter().any(|own| key.starts_with(own)));
    let mut labels: Vec<String> = labels
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    labels.sort_unstable();
    labels
}

fn containerd(root: &Path, container: &mut Container, hints: &mut Hints) -> Option<()> {
    let tasks = CONTAINERD
        .iter()
        .filter_map(|tasks| root.join(tasks).read_dir().ok());
    let mut namespaces = tasks.flatten().flatten().map(|namespace| namespace.path());
    let bundle: PathBuf = namespaces.find_map(|namespace| {
        let bundle = namespace.join(&container.id);
        let name = namespace.file_name()?.to_str()?;
        bundle.is_dir().then(|| {
            hints.namespace = Some(name.to_owned());
            bundle
        })
    })?;
    set_unknown(&mut container.runtime, "containerd");
    let state = json(&bundle.join("config.json"))?;
    let said = |key: &str| text(&state["annotations"][&format!("io.kubernetes.cri.{key}")]);
    set(&mut container.name, said("container-name"));
    image(container, said("image-name"), said("image-ref"));
    set(&mut container.pod_name, said("sandbox-name"));
    set(&mut container.pod_namespace, said("sandbox-namespace"));
    set(&mut container.pod_uid, said("sandbox-uid"));
    container.pod_sandbox |= said("container-type") == Some("sandbox");
    hints.sandbox = said("sandbox-id").filter(|id| is_id(id)).map(str::to_owned);
    Some(())
}

fn crio(root: &Path, container: &mut Container) -> Option<()> {
    let storage = root.join("run/containers/storage/overlay-containers");
    let state = json(&storage.join(&container.id).join("userdata/config.json"))?;
    let annotations = &state["annotations"];
    let said = |key: &str| text(&annotations[&format!("io.kubernetes.cri-o.{key}")]);
    // Podman keeps a bundle there, too.
    said("ContainerType")?;
    set(&mut container.runtime, Some("crio"));
    set(
        &mut container.name,
        text(&annotations["io.kubernetes.container.name"]),
    );
    image(container, said("ImageName"), said("ImageRef"));
    set(
        &mut container.pod_name,
        text(&annotations["io.kubernetes.pod.name"]),
    );
    set(
        &mut container.pod_namespace,
        text(&annotations["io.kubernetes.pod.namespace"]),
    );
    set(
        &mut container.pod_uid,
        text(&annotations["io.kubernetes.pod.uid"]),
    );
    container.pod_labels = crio_labels(&storage, annotations);
    container.pod_sandbox |= said("ContainerType") == Some("sandbox");
    Some(())
}

fn podman(root: &Path, container: &mut Container) -> Option<()> {
    let storage = root.join("var/lib/containers/storage/overlay-containers");
    let all = json(&storage.join("containers.json"))?;
    let mut all = all.as_array()?.iter();
    let state = all.find(|one| text(&one["id"]) == Some(&container.id))?;
    set_unknown(&mut container.runtime, "podman");
    set(&mut container.name, text(&state["names"][0]));
    // A JSON document in a string.
    let metadata: Value = serde_json::from_str(text(&state["metadata"])?).ok()?;
    set(&mut container.image, text(&metadata["image-name"]));
    Some(())
}

/// A name may have the digest behind an `@`, and be nothing but a digest.
pub(super) fn image(container: &mut Container, name: Option<&str>, reference: Option<&str>) {
    for said in [reference, name].into_iter().flatten() {
        let digest = said.rsplit_once('@').map_or(said, |(_, digest)| digest);
        if digest.starts_with("sha256:") && container.image_digest.is_empty() {
            digest.clone_into(&mut container.image_digest);
        }
    }
    set(&mut container.image, name);
}

pub(super) fn set(to: &mut String, said: Option<&str>) {
    if let Some(said) = said.filter(|said| !said.is_empty()) {
        said.clone_into(to);
    }
}

fn set_unknown(to: &mut String, runtime: &str) {
    if to == "unknown" {
        runtime.clone_into(to);
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn json(path: &Path) -> Option<Value> {
    let file = File::open(path).ok()?;
    serde_json::from_reader(file.take(MAX_FILE)).ok()
}
