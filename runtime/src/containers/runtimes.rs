//! What the runtimes' own files say of a container. Every runtime keeps the state of its containers in
//! files that root can read; they are there before the container's program starts. Nothing is asked over
//! sockets: there is nothing to wait for, and nothing that hangs when a runtime does.
//!
//! | runtime | file |
//! |---|---|
//! | Docker | `/var/lib/docker/containers/ID/config.v2.json` |
//! | containerd (CRI) | `/run/containerd/io.containerd.runtime.v2.task/NAMESPACE/ID/config.json` |
//! | CRI-O | `/run/containers/storage/overlay-containers/ID/userdata/config.json` |
//! | Podman, as root | `/var/lib/containers/storage/overlay-containers/containers.json` |

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Container;
use super::cgroup_path::is_id;

/// The longest file that is read.
const MAX_FILE: u64 = 16 << 20;

/// Fills in what files below `root` (`/`) say of the container. What they don't say stays as it is.
pub(super) fn describe(root: &Path, container: &mut Container) {
    // Others are names, which somebody may have made to look like a path.
    if !is_id(&container.id) {
        return;
    }
    let _ = docker(root, container)
        .or_else(|| containerd(root, container))
        .or_else(|| crio(root, container))
        .or_else(|| podman(root, container));
}

fn docker(root: &Path, container: &mut Container) -> Option<()> {
    let directory = root.join("var/lib/docker/containers").join(&container.id);
    let state = json(&directory.join("config.v2.json"))?;
    set(&mut container.runtime, Some("docker"));
    let name = text(&state["Name"]).map(|name| name.trim_start_matches('/'));
    set(&mut container.name, name);
    set(&mut container.image, text(&state["Config"]["Image"]));
    set(&mut container.image_digest, text(&state["Image"]));
    let labels = &state["Config"]["Labels"];
    set(
        &mut container.pod_name,
        text(&labels["io.kubernetes.pod.name"]),
    );
    set(
        &mut container.pod_namespace,
        text(&labels["io.kubernetes.pod.namespace"]),
    );
    set(
        &mut container.pod_uid,
        text(&labels["io.kubernetes.pod.uid"]),
    );
    container.pod_labels = docker_labels(root, labels);
    Some(())
}

/// The labels of a Docker container's pod: those that Kubernetes gave the container which holds the pod's
/// namespaces, without its own.
fn docker_labels(root: &Path, labels: &Value) -> Option<Vec<String>> {
    const SANDBOX: &str = "io.kubernetes.sandbox.id";
    if text(&labels["io.kubernetes.docker.type"]) == Some("podsandbox") {
        return pod_labels(labels);
    }
    let sandbox = text(&labels[SANDBOX]).filter(|id| is_id(id))?;
    let directory = root.join("var/lib/docker/containers").join(sandbox);
    let state = json(&directory.join("config.v2.json"))?;
    pod_labels(&state["Config"]["Labels"])
}

/// The labels of a CRI-O container's pod: a JSON text in the annotations of the one that holds its namespaces.
fn crio_labels(storage: &Path, annotations: &Value) -> Option<Vec<String>> {
    let said = |annotations: &Value, key: &str| {
        text(&annotations[&format!("io.kubernetes.cri-o.{key}")]).map(str::to_owned)
    };
    let of_sandbox = |annotations: &Value| {
        let labels = said(annotations, "Labels")?;
        pod_labels(&serde_json::from_str(&labels).ok()?)
    };
    if said(annotations, "ContainerType").as_deref() == Some("sandbox") {
        return of_sandbox(annotations);
    }
    let sandbox = said(annotations, "SandboxID").filter(|id| is_id(id))?;
    let state = json(&storage.join(sandbox).join("userdata/config.json"))?;
    of_sandbox(&state["annotations"])
}

/// `key=value` of each, by key, but not what Kubernetes and Docker's adapter say there for themselves.
fn pod_labels(labels: &Value) -> Option<Vec<String>> {
    let own = ["io.kubernetes.", "annotation."];
    let labels = labels.as_object()?.iter();
    let labels = labels.filter(|(key, _)| !own.iter().any(|own| key.starts_with(own)));
    let mut labels: Vec<String> = labels
        .filter_map(|(key, value)| Some(format!("{key}={}", text(value)?)))
        .collect();
    labels.sort_unstable();
    Some(labels)
}

fn containerd(root: &Path, container: &mut Container) -> Option<()> {
    let tasks = root.join("run/containerd/io.containerd.runtime.v2.task");
    let namespaces = tasks.read_dir().ok()?.flatten();
    let bundles = namespaces.map(|namespace| namespace.path().join(&container.id));
    let bundle: PathBuf = bundles.into_iter().find(|bundle| bundle.is_dir())?;
    set_unknown(&mut container.runtime, "containerd");
    let state = json(&bundle.join("config.json"))?;
    let said = |key: &str| text(&state["annotations"][&format!("io.kubernetes.cri.{key}")]);
    set(&mut container.name, said("container-name"));
    image(container, said("image-name"), said("image-ref"));
    set(&mut container.pod_name, said("sandbox-name"));
    set(&mut container.pod_namespace, said("sandbox-namespace"));
    set(&mut container.pod_uid, said("sandbox-uid"));
    container.pod_sandbox |= said("container-type") == Some("sandbox");
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
fn image(container: &mut Container, name: Option<&str>, reference: Option<&str>) {
    for said in [reference, name].into_iter().flatten() {
        let digest = said.rsplit_once('@').map_or(said, |(_, digest)| digest);
        if digest.starts_with("sha256:") && container.image_digest.is_empty() {
            digest.clone_into(&mut container.image_digest);
        }
    }
    set(&mut container.image, name);
}

fn set(to: &mut String, said: Option<&str>) {
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
