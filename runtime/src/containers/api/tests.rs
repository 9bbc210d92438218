//! Sockets that answer as runtimes do, or don't.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use super::protobuf::{one, put};
use super::*;

const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff";
const SANDBOX: &str = "f00dcafe4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff";
const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn listen(root: &Path, socket: &str) -> UnixListener {
    let socket = root.join(socket);
    fs::create_dir_all(socket.parent().unwrap()).unwrap();
    UnixListener::bind(socket).unwrap()
}

/// Answers as gRPC does what is asked with these bytes in the request.
fn grpc_server(root: &Path, socket: &str, answers: Vec<(Vec<u8>, Vec<u8>)>) {
    let listener = listen(root, socket);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A request comes in one piece.
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let request = &request[..read];
            let answer = answers.iter().find(|(asked, _)| {
                request
                    .windows(asked.len())
                    .any(|part| part == asked.as_slice())
            });
            let mut out = vec![0, 0, 0, 4, 0, 0, 0, 0, 0];
            match answer {
                Some((_, message)) => {
                    let length = message.len() as u32;
                    out.extend(&(length + 5).to_be_bytes()[1..]);
                    out.extend([0, 1, 0, 0, 0, 1, 0]);
                    out.extend(length.to_be_bytes());
                    out.extend(message);
                }
                None => out.extend([0, 0, 0, 1, 5, 0, 0, 0, 1]),
            }
            let _ = stream.write_all(&out);
        }
    });
}

fn pairs_of(field: u32, pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut message = Vec::new();
    for (key, value) in pairs {
        let mut pair = one(1, key.as_bytes());
        put(&mut pair, 2, value.as_bytes());
        put(&mut message, field, &pair);
    }
    message
}

/// What a request for this has in it.
fn asked(id: &str) -> Vec<u8> {
    one(1, id.as_bytes())
}

fn question(runtime: &str) -> Question {
    Question {
        cgroup: 7,
        container: Container {
            id: ID.into(),
            runtime: runtime.into(),
            ..Container::default()
        },
        namespace: None,
        sandbox: None,
    }
}

fn answer(root: &Path, question: Question) -> Option<Container> {
    let mut asker = Asker::new(root);
    asker.ask(question)?;
    let answer = asker.answer(Duration::from_secs(20)).unwrap();
    assert_eq!(answer.cgroup, 7);
    answer.container
}

#[test]
fn containerd_says_names_images_and_the_labels_of_pods() {
    let root = tempfile::tempdir().unwrap();
    let mut container = one(1, ID.as_bytes());
    container.extend(pairs_of(
        2,
        &[
            ("io.kubernetes.container.name", "web"),
            ("io.kubernetes.pod.name", "web-0"),
            ("io.kubernetes.pod.namespace", "shop"),
        ],
    ));
    put(&mut container, 3, b"docker.io/nginx:1.29");
    let mut sandbox = one(1, SANDBOX.as_bytes());
    sandbox.extend(pairs_of(
        2,
        &[
            ("io.cri-containerd.kind", "sandbox"),
            ("io.kubernetes.pod.name", "web-0"),
            ("tier", "front"),
            ("app", "web"),
        ],
    ));
    let image = one(3, &one(2, DIGEST.as_bytes()));
    let answers = vec![
        (asked(ID), one(1, &container)),
        (asked(SANDBOX), one(1, &sandbox)),
        (asked("docker.io/nginx:1.29"), one(1, &image)),
    ];
    grpc_server(root.path(), "run/containerd/containerd.sock", answers);
    let asked = Question {
        namespace: Some("k8s.io".into()),
        sandbox: Some(SANDBOX.into()),
        ..question("containerd")
    };
    let said = answer(root.path(), asked).unwrap();
    assert_eq!((&*said.name, &*said.image), ("web", "docker.io/nginx:1.29"));
    assert_eq!(said.image_digest, DIGEST);
    assert_eq!((&*said.pod_name, &*said.pod_namespace), ("web-0", "shop"));
    let labels = ["app=web".to_owned(), "tier=front".to_owned()];
    assert_eq!(said.pod_labels.as_deref(), Some(&labels[..]));
    assert!(!said.pod_sandbox);
    // The namespace is not known.
    let sandbox = Question {
        container: Container {
            id: SANDBOX.into(),
            ..question("containerd").container
        },
        ..question("containerd")
    };
    let said = answer(root.path(), sandbox).unwrap();
    assert!(said.pod_sandbox);
    assert_eq!(said.name, "", "it is called by no name");
    assert_eq!(said.pod_labels.as_deref(), Some(&labels[..]));
}

#[test]
fn crio_says_names_images_and_the_labels_of_pods() {
    let root = tempfile::tempdir().unwrap();
    let mut container = one(1, ID.as_bytes());
    put(&mut container, 2, SANDBOX.as_bytes());
    put(&mut container, 3, &one(1, b"web"));
    put(&mut container, 4, &one(1, b"docker.io/nginx:1.29"));
    let by_digest = format!("docker.io/nginx@{DIGEST}");
    put(&mut container, 5, by_digest.as_bytes());
    let mut metadata = one(1, b"web-0");
    put(&mut metadata, 2, b"1234");
    put(&mut metadata, 3, b"shop");
    let mut sandbox = one(2, &metadata);
    sandbox.extend(pairs_of(
        5,
        &[("io.kubernetes.pod.uid", "1"), ("app", "web")],
    ));
    let answers = vec![
        (asked(ID), one(1, &container)),
        (asked(SANDBOX), one(1, &sandbox)),
    ];
    grpc_server(root.path(), "run/crio/crio.sock", answers);
    let said = answer(root.path(), question("crio")).unwrap();
    assert_eq!((&*said.name, &*said.image), ("web", "docker.io/nginx:1.29"));
    assert_eq!(said.image_digest, DIGEST);
    assert_eq!((&*said.pod_name, &*said.pod_namespace), ("web-0", "shop"));
    assert_eq!(said.pod_uid, "1234");
    assert_eq!(said.pod_labels, Some(vec!["app=web".to_owned()]));
}

#[test]
fn docker_and_podman_say_names_and_images() {
    for (runtime, socket) in [
        ("docker", "run/docker.sock"),
        ("podman", "run/podman/podman.sock"),
    ] {
        let root = tempfile::tempdir().unwrap();
        let listener = listen(root.path(), socket);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap();
                let request = String::from_utf8_lossy(&request[..read]);
                assert!(request.starts_with(&format!("GET /containers/{ID}/json HTTP/1.0\r\n")));
                let body = format!(
                    r#"{{"Name":"/web","Config":{{"Image":"nginx:1.29"}},"Image":"{DIGEST}"}}"#
                );
                let _ = write!(stream, "HTTP/1.0 200 OK\r\nX: y\r\n\r\n{body}");
            }
        });
        let said = answer(root.path(), question(runtime)).unwrap();
        assert_eq!((&*said.name, &*said.image), ("web", "nginx:1.29"));
        assert_eq!(said.image_digest, DIGEST);
    }
}

#[test]
fn who_knows_nothing_more_or_is_not_there_is_not_asked() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(answer(root.path(), question("containerd")), None);
    let _listener = listen(root.path(), "run/docker.sock");
    let mut known = question("docker");
    known.container.name = "web".into();
    known.container.image = "nginx".into();
    assert_eq!(Asker::new(root.path()).ask(known), None);
    // It is a part of the request.
    let mut hostile = question("docker");
    hostile.container.id = "x/json HTTP/1.0\r\n".into();
    assert_eq!(Asker::new(root.path()).ask(hostile), None);
}

#[test]
fn who_refuses_is_answered_for_at_once() {
    let root = tempfile::tempdir().unwrap();
    // The file stays when its daemon is gone.
    drop(listen(root.path(), "run/containerd/containerd.sock"));
    assert_eq!(answer(root.path(), question("containerd")), None);
    // Nobody is called so.
    grpc_server(root.path(), "run/crio/crio.sock", Vec::new());
    assert_eq!(answer(root.path(), question("crio")), None);
}
