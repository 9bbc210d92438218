//! Which container a control group is of, by its path. Runtimes put the id into the name of the
//! directory, each in its own way; what a container makes below its own group is still of it.

/// What a path says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// What runs the container; `unknown` if only the id can be told.
    pub(super) runtime: &'static str,
    pub(super) id: String,
    /// The uid of its Kubernetes pod; empty if it is of none.
    pub(super) pod_uid: String,
}

/// What runtimes write before the id, in a systemd scope (`docker-ID.scope`) or a plain directory.
const PREFIXES: &[(&str, &str)] = &[
    ("docker-", "docker"),
    ("cri-containerd-", "containerd"),
    ("nerdctl-", "containerd"),
    ("crio-", "crio"),
    ("libpod-", "podman"),
    ("buildkit-", "docker"),
];

/// Hexadecimal digits of the ids of OCI runtimes.
const ID_LENGTH: usize = 64;

/// The innermost container of a path; `None` if the group is of none.
pub(super) fn container(path: &str) -> Option<Named> {
    let mut parent = "";
    let mut pod_uid = String::new();
    let mut found = None;
    for part in path.split('/') {
        if let Some(uid) = pod(part) {
            pod_uid = uid;
        }
        if let Some((runtime, id)) = named(part, parent) {
            found = Some(Named {
                runtime,
                id,
                pod_uid: pod_uid.clone(),
            });
        }
        parent = part;
    }
    found
}

fn named(part: &str, parent: &str) -> Option<(&'static str, String)> {
    if let Some(name) = part.strip_prefix("lxc.payload.") {
        return Some(("lxc", name.to_owned()));
    }
    if let Some(machine) = part
        .strip_prefix("machine-")
        .and_then(|rest| rest.strip_suffix(".scope"))
        .filter(|_| parent == "machine.slice")
    {
        return Some(("systemd-nspawn", unescaped(machine)));
    }
    let name = part.strip_suffix(".scope").unwrap_or(part);
    for &(prefix, runtime) in PREFIXES {
        if let Some(id) = name.strip_prefix(prefix).filter(|id| is_id(id)) {
            return Some((runtime, id.to_owned()));
        }
    }
    if !is_id(name) {
        return None;
    }
    let runtime = match parent {
        "docker" => "docker",
        "libpod_parent" => "podman",
        _ => "unknown",
    };
    Some((runtime, name.to_owned()))
}

/// Whether it is the id of an OCI runtime's container.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The uid in `pod1234-…` or `kubepods-burstable-pod1234_….slice`.
fn pod(part: &str) -> Option<String> {
    let name = part.strip_suffix(".slice").unwrap_or(part);
    let begin = match name.strip_prefix("pod") {
        Some(uid) => uid,
        None if name.contains("kubepods") => name.rsplit_once("-pod")?.1,
        None => return None,
    };
    let uid = begin.replace('_', "-");
    let is_uid = uid.len() >= 32
        && uid
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_uid.then_some(uid)
}

/// systemd writes `\x2d` for a `-` in the name of a unit.
fn unescaped(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find("\\x") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let byte = escape
            .get(2..4)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(u8::is_ascii);
        let Some(byte) = byte else {
            out.push_str("\\x");
            rest = &escape[2..];
            continue;
        };
        out.push(char::from(byte));
        rest = &escape[4..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff";

    fn of(path: &str) -> Option<(&'static str, String, String)> {
        let path = path.replace("ID", ID);
        container(&path).map(|named| (named.runtime, named.id.replace(ID, "ID"), named.pod_uid))
    }

    fn found(runtime: &'static str) -> Option<(&'static str, String, String)> {
        Some((runtime, "ID".into(), String::new()))
    }

    #[test]
    fn runtimes_write_ids_each_in_their_own_way() {
        assert_eq!(of("/docker/ID"), found("docker"));
        assert_eq!(of("/system.slice/docker-ID.scope"), found("docker"));
        assert_eq!(of("/machine.slice/libpod-ID.scope"), found("podman"));
        assert_eq!(of("/libpod_parent/libpod-ID"), found("podman"));
        assert_eq!(of("/x/crio-ID.scope"), found("crio"));
        assert_eq!(of("/default/ID"), found("unknown"));
        let nspawn = of("/machine.slice/machine-my\\x2dbox.scope/payload");
        assert_eq!(
            nspawn,
            Some(("systemd-nspawn", "my-box".into(), String::new()))
        );
        let lxc = of("/lxc.payload.web/system.slice");
        assert_eq!(lxc, Some(("lxc", "web".into(), String::new())));
    }

    #[test]
    fn pods_are_named_above_their_containers() {
        let uid = "01234567-89ab-cdef-0123-456789abcdef";
        let escaped = uid.replace('-', "_");
        let path = format!(
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{escaped}.slice/cri-containerd-ID.scope"
        );
        assert_eq!(of(&path), Some(("containerd", "ID".into(), uid.into())));
        let path = format!("/kubepods/besteffort/pod{uid}/ID");
        assert_eq!(of(&path), Some(("unknown", "ID".into(), uid.into())));
    }

    #[test]
    fn what_is_below_a_container_is_of_it_and_the_innermost_counts() {
        assert_eq!(of("/docker/ID/init.scope"), found("docker"));
        let other = ID.replace('0', "f");
        let nested = format!("/docker/{other}/system.slice/docker-ID.scope");
        assert_eq!(of(&nested), found("docker"));
    }

    #[test]
    fn other_groups_are_of_none() {
        for path in [
            "/",
            "",
            "/system.slice/ssh.service",
            "/user.slice/user-1000.slice/session-3.scope",
            "/machine.slice/libpod-conmon-ID.scope",
            "/x/crio-conmon-ID.scope",
            "/docker/ID0",
            "/docker/0a1b",
            "/machine-x.scope",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
