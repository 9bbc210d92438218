//! What a runtime says by Kubernetes's Container Runtime Interface, version 1: CRI-O, whose own files may lie
//! elsewhere.

use std::io;
use std::path::Path;

use super::{Connection, grpc, protobuf};
use crate::containers::Container;
use crate::containers::runtimes::{image, pod_labels, set};

/// Sockets below the root.
pub(super) const SOCKETS: &[&str] = &["run/crio/crio.sock"];

const CONTAINERS: &str = "/runtime.v1.RuntimeService/ListContainers";
const SANDBOXES: &str = "/runtime.v1.RuntimeService/ListPodSandbox";

/// Fills in what it says.
pub(super) fn describe(socket: &Path, container: &mut Container) -> io::Result<()> {
    // A pod's container holds its namespaces; it is not among the others.
    let mut sandbox = container.id.clone();
    // Container { pod_sandbox_id = 2, metadata = 3 { name = 1 }, image = 4 { image = 1 }, image_ref = 5 }
    let containers = list(socket, CONTAINERS, &container.id)?;
    match protobuf::get(&containers, 1) {
        Some(said) => {
            let metadata = protobuf::get(said, 3).unwrap_or_default();
            set(&mut container.name, protobuf::text(metadata, 1));
            let name = protobuf::get(said, 4).and_then(|image| protobuf::text(image, 1));
            image(container, name, protobuf::text(said, 5));
            protobuf::text(said, 2)
                .unwrap_or_default()
                .clone_into(&mut sandbox);
        }
        None => container.pod_sandbox = true,
    }
    // PodSandbox { metadata = 2 { name = 1, uid = 2, namespace = 3 }, labels = 5 }
    let sandboxes = list(socket, SANDBOXES, &sandbox)?;
    let said = protobuf::get(&sandboxes, 1).ok_or(io::ErrorKind::NotFound)?;
    let metadata = protobuf::get(said, 2).unwrap_or_default();
    set(&mut container.pod_name, protobuf::text(metadata, 1));
    set(&mut container.pod_uid, protobuf::text(metadata, 2));
    set(&mut container.pod_namespace, protobuf::text(metadata, 3));
    container.pod_labels = Some(pod_labels(protobuf::pairs(said, 5)));
    Ok(())
}

/// Both take a filter as field 1, in which field 1 is the id.
fn list(socket: &Path, method: &str, id: &str) -> io::Result<Vec<u8>> {
    let request = protobuf::one(1, &protobuf::one(1, id.as_bytes()));
    grpc::call(&mut Connection::to(socket)?, method, &[], &request)
}
