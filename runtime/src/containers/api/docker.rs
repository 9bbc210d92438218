//! What Docker says over its socket, and Podman, which answers in the same way: HTTP and JSON.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde_json::Value;

use super::Connection;
use crate::containers::Container;
use crate::containers::runtimes::{docker_labels, docker_state};

/// Docker's sockets below the root.
pub(super) const SOCKETS: &[&str] = &["run/docker.sock", "var/run/docker.sock"];
/// Podman's, as root.
pub(super) const PODMAN_SOCKETS: &[&str] = &["run/podman/podman.sock"];

/// The longest response that is read.
const MAX_RESPONSE: u64 = 4 << 20;

/// Fills in what it says.
pub(super) fn describe(socket: &Path, container: &mut Container) -> io::Result<()> {
    let state = inspect(socket, &container.id)?;
    docker_state(&state, container);
    container.pod_labels = docker_labels(&state["Config"]["Labels"], |sandbox| {
        inspect(socket, sandbox).ok()
    });
    Ok(())
}

fn inspect(socket: &Path, id: &str) -> io::Result<Value> {
    let mut connection = Connection::to(socket)?;
    // Of HTTP 1.0 the body ends with the connection.
    let request = format!("GET /containers/{id}/json HTTP/1.0\r\nHost: localhost\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut response = Vec::new();
    connection.take(MAX_RESPONSE).read_to_end(&mut response)?;
    body(&response)
        .and_then(|body| serde_json::from_slice(body).ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The body of a response that says that all is well.
fn body(response: &[u8]) -> Option<&[u8]> {
    let status = response.split(|byte| *byte == b' ').nth(1)?;
    let end = response.windows(4).position(|part| part == b"\r\n\r\n")?;
    (status == b"200").then(|| &response[end + 4..])
}
