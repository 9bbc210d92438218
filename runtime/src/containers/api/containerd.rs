//! What containerd says: its own API, which knows the containers of Kubernetes, too, and Docker's.

use std::io;
use std::path::Path;

use super::{Connection, Question, grpc, protobuf};
use crate::containers::Container;
use crate::containers::runtimes::{image, pod_labels, set};

/// Sockets below the root: its own, the one of Docker's, and k3s's.
pub(super) const SOCKETS: &[&str] = &[
    "run/containerd/containerd.sock",
    "run/docker/containerd/containerd.sock",
    "run/k3s/containerd/containerd.sock",
];

/// Where containers are whose namespace is not known.
const NAMESPACES: &[&str] = &["k8s.io", "default", "moby"];

/// Fills in what is missing.
pub(super) fn describe(
    socket: &Path,
    question: &Question,
    container: &mut Container,
) -> io::Result<()> {
    let known = question.namespace.as_deref();
    let namespaces = known.map_or(NAMESPACES.to_vec(), |known| vec![known]);
    let mut found = Err(io::ErrorKind::NotFound.into());
    for namespace in namespaces {
        found = get(socket, namespace, CONTAINERS, &container.id).map(|said| (namespace, said));
        if found.is_ok() {
            break;
        }
    }
    let (namespace, response) = found?;
    // GetContainerResponse { container = 1 }, Container { labels = 2, image = 3 }
    let said = protobuf::get(&response, 1).unwrap_or_default();
    let label = |key: &str| {
        let mut labels = protobuf::pairs(said, 2);
        labels
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    };
    let name = label("io.kubernetes.container.name").or_else(|| label("nerdctl/name"));
    // Without one it is called by its id; the container that holds a pod's namespaces is called so by nobody.
    let is_sandbox = label("io.cri-containerd.kind") == Some("sandbox");
    let name = name.or_else(|| (!is_sandbox).then_some(container.id.as_str()));
    let name = name.map(str::to_owned);
    unless_known(&mut container.name, name.as_deref());
    unless_known(&mut container.pod_name, label("io.kubernetes.pod.name"));
    unless_known(
        &mut container.pod_namespace,
        label("io.kubernetes.pod.namespace"),
    );
    unless_known(&mut container.pod_uid, label("io.kubernetes.pod.uid"));
    container.pod_sandbox |= is_sandbox;
    if container.image.is_empty() {
        image(container, protobuf::text(said, 3), None);
    }
    if container.image_digest.is_empty()
        && let Some(name) = protobuf::text(said, 3)
        && let Ok(response) = get(socket, namespace, IMAGES, name)
    {
        // GetImageResponse { image = 1 }, Image { target = 3 }, Descriptor { digest = 2 }
        let target = protobuf::get(&response, 1).and_then(|image| protobuf::get(image, 3));
        let digest = target.and_then(|target| protobuf::text(target, 2));
        set(&mut container.image_digest, digest);
    }
    let sandbox = match is_sandbox {
        true => Some(response.clone()),
        false => question
            .sandbox
            .as_deref()
            .and_then(|sandbox| get(socket, namespace, CONTAINERS, sandbox).ok()),
    };
    if let Some(sandbox) = sandbox {
        let said = protobuf::get(&sandbox, 1).unwrap_or_default();
        container.pod_labels = Some(pod_labels(
            protobuf::pairs(said, 2).filter(|(key, _)| !key.starts_with("io.cri-containerd.")),
        ));
    }
    Ok(())
}

const CONTAINERS: &str = "/containerd.services.containers.v1.Containers/Get";
const IMAGES: &str = "/containerd.services.images.v1.Images/Get";

/// Both take the id or name as field 1.
fn get(socket: &Path, namespace: &str, method: &str, of: &str) -> io::Result<Vec<u8>> {
    let request = protobuf::one(1, of.as_bytes());
    grpc::call(
        &mut Connection::to(socket)?,
        method,
        &[("containerd-namespace", namespace)],
        &request,
    )
}

fn unless_known(to: &mut String, said: Option<&str>) {
    if to.is_empty() {
        set(to, said);
    }
}
