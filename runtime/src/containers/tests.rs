//! Records → containers, and a system's control groups → records.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use tracee_ebpf::abi::RecordHeader;
use tracee_lang::context::ContainerField as Field;
use tracee_lang::stdlib::schema;
use tracee_lang::value::Value;

use super::*;
use crate::record::{Layout, Layouts, RecordBuf, RecordBuilder};

const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff";

fn header(cgroup_id: u64) -> RecordHeader {
    RecordHeader {
        cgroup_id,
        ..RecordHeader::default()
    }
}

fn container() -> Container {
    Container {
        id: ID.into(),
        runtime: "docker".into(),
        name: "web".into(),
        ..Container::default()
    }
}

struct Fed {
    containers: Containers,
    layouts: Layouts,
}

impl Fed {
    fn new() -> Self {
        Self {
            containers: Containers::new(schema()),
            layouts: Layouts::new(schema()),
        }
    }

    fn take(&mut self, record: &RecordBuf) {
        let record = Record::parse(record.as_bytes(), &self.layouts).unwrap();
        self.containers.before(&record);
        self.containers.after(&record);
    }

    /// A record of an event of this name.
    fn say(&mut self, event: &str, change: impl FnOnce(&mut RecordHeader)) {
        let layout = Layout::of(schema(), schema().event_named(event).unwrap()).unwrap();
        let mut builder = RecordBuilder::new(&layout);
        change(&mut builder.header);
        self.take(&builder.build());
    }

    fn tell(&mut self, cgroup: u64, existing: bool) {
        let records = Records::new(schema());
        let told = records.told(&container(), existing, &header(cgroup));
        self.take(&told.unwrap());
    }

    fn value(&self, cgroup: u64, field: Field) -> Option<String> {
        // SAFETY: nothing is taken while the view is used.
        #[expect(unsafe_code, reason = "as matchers read it")]
        let view = unsafe { self.containers.view(cgroup).as_ref() }?;
        match view.value(field) {
            Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Value::Int(int) => Some(int.to_string()),
            Value::List(items) => {
                let items = items.into_iter().map(String::from_utf8_lossy);
                Some(items.collect::<Vec<_>>().join(" "))
            }
            Value::Absent => None,
        }
    }

    fn started(&self, cgroup: u64) -> Option<String> {
        self.value(cgroup, Field::Started)
    }
}

#[test]
fn records_say_what_a_control_group_is_of() {
    let mut fed = Fed::new();
    fed.tell(7, true);
    assert_eq!(fed.value(7, Field::Id).as_deref(), Some(ID));
    assert_eq!(fed.value(7, Field::Runtime).as_deref(), Some("docker"));
    assert_eq!(fed.value(7, Field::Name).as_deref(), Some("web"));
    assert_eq!(fed.value(7, Field::Image), None);
    assert_eq!(fed.started(7).as_deref(), Some("1"));
    assert_eq!(fed.value(8, Field::Id), None);
    fed.say("container_remove", |header| header.cgroup_id = 7);
    assert_eq!(fed.value(7, Field::Id), None);
}

#[test]
fn a_new_container_is_started_once_something_runs_in_a_mount_namespace_of_its_own() {
    let mut fed = Fed::new();
    fed.say("existing_process", |header| {
        (header.host_pid, header.mnt_ns) = (1, 100);
    });
    fed.tell(7, false);
    assert_eq!(fed.started(7).as_deref(), Some("0"));
    let exec = |mnt_ns| {
        move |header: &mut RecordHeader| {
            (header.cgroup_id, header.host_pid, header.mnt_ns) = (7, 42, mnt_ns);
        }
    };
    fed.say("sched_process_exec", exec(100));
    assert_eq!(fed.started(7).as_deref(), Some("0"));
    fed.say("sched_process_exec", exec(200));
    assert_eq!(fed.started(7).as_deref(), Some("1"));
}

#[test]
fn the_oldest_are_forgotten_and_counted() {
    let mut fed = Fed::new();
    for cgroup in 0..MAX_CGROUPS as u64 + 3 {
        fed.tell(cgroup, true);
    }
    assert_eq!(fed.containers.dropped(), 3);
    assert_eq!(fed.value(2, Field::Id), None);
    assert!(fed.value(3, Field::Id).is_some());
}

/// A system with one control group of a container, and files of its runtime.
fn system(path: &str) -> (tempfile::TempDir, u64) {
    let root = tempfile::tempdir().unwrap();
    let mount = root.path().join("sys/fs/cgroup");
    let group = mount.join(path);
    fs::create_dir_all(&group).unwrap();
    fs::write(mount.join("cgroup.controllers"), "").unwrap();
    let id = fs::metadata(&group).unwrap().ino();
    (root, id)
}

fn write(root: &Path, path: &str, text: &str) {
    write_as_is(root, &path.replace("ID", ID), &text.replace("ID", ID));
}

fn write_as_is(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn looked_up(root: &Path, cgroup: u64) -> Option<Fed> {
    let mut lookup = CgroupLookup::new(schema(), root, 0);
    let record = lookup.before(&header(cgroup));
    assert_eq!(lookup.before(&header(cgroup)), None, "it is told once");
    let mut fed = Fed::new();
    fed.take(&record?);
    Some(fed)
}

#[test]
fn a_control_group_is_found_by_its_number_or_by_its_process() {
    let (root, id) = system(&format!("system.slice/docker-{ID}.scope/init"));
    let fed = looked_up(root.path(), id).unwrap();
    assert_eq!(fed.value(id, Field::Id).as_deref(), Some(ID));
    // It was made after the run began.
    assert_eq!(fed.started(id).as_deref(), Some("0"));
    let mut lookup = CgroupLookup::new(schema(), root.path(), u64::MAX);
    let existing = lookup.existing();
    assert_eq!(existing.len(), 1 + 1, "the scope and what is below it");
    let mut fed = Fed::new();
    existing.iter().for_each(|record| fed.take(record));
    assert_eq!(fed.started(id).as_deref(), Some("1"));
    assert_eq!(lookup.before(&header(id)), None, "it was told");

    let path = format!("0::/system.slice/docker-{ID}.scope/init\n");
    write(root.path(), "proc/42/cgroup", &path);
    let mut lookup = CgroupLookup::new(schema(), root.path(), 0);
    let of = |cgroup_id| RecordHeader {
        host_pid: 42,
        ..header(cgroup_id)
    };
    assert!(lookup.before(&of(id)).is_some());
    assert_eq!(lookup.before(&of(u64::MAX)), None);
    assert_eq!(lookup.unresolved(), 1);
}

#[test]
fn other_control_groups_are_of_no_container() {
    let (root, id) = system("system.slice/ssh.service");
    assert!(looked_up(root.path(), id).is_none());
}

#[test]
fn runtimes_say_names_and_images() {
    let digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let docker = format!(
        r#"{{"Name":"/web","Config":{{"Image":"nginx:1.29","Labels":{{}}}},"Image":"{digest}"}}"#
    );
    let cri = format!(
        r#"{{"annotations":{{"io.kubernetes.cri.container-name":"web",
        "io.kubernetes.cri.image-name":"docker.io/nginx@{digest}",
        "io.kubernetes.cri.sandbox-name":"web-0","io.kubernetes.cri.sandbox-namespace":"shop"}}}}"#
    );
    let crio = format!(
        r#"{{"annotations":{{"io.kubernetes.cri-o.ContainerType":"container",
        "io.kubernetes.container.name":"web","io.kubernetes.cri-o.ImageName":"docker.io/nginx:1.29",
        "io.kubernetes.cri-o.ImageRef":"docker.io/nginx@{digest}",
        "io.kubernetes.pod.name":"web-0","io.kubernetes.pod.namespace":"shop"}}}}"#
    );
    let podman = r#"[{"id":"other"},{"id":"ID","names":["web"],
        "metadata":"{\"image-name\":\"docker.io/nginx:1.29\"}"}]"#;
    let none = (None, None);
    let by_digest = format!("docker.io/nginx@{digest}");
    let digest = Some(digest);
    let pod = (Some("web-0"), Some("shop"));
    let cases = [
        (
            "docker/ID",
            "var/lib/docker/containers/ID/config.v2.json",
            &*docker,
            ("docker", "nginx:1.29", digest, none),
        ),
        (
            "kubepods/ID",
            "run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json",
            &cri,
            ("containerd", &by_digest, digest, pod),
        ),
        (
            "kubepods/ID",
            "run/containers/storage/overlay-containers/ID/userdata/config.json",
            &crio,
            ("crio", "docker.io/nginx:1.29", digest, pod),
        ),
        (
            "machine.slice/libpod-ID.scope",
            "var/lib/containers/storage/overlay-containers/containers.json",
            podman,
            ("podman", "docker.io/nginx:1.29", None, none),
        ),
    ];
    for (group, file, state, (runtime, image, digest, (pod, namespace))) in cases {
        let (root, id) = system(&group.replace("ID", ID));
        write(root.path(), file, state);
        let fed = looked_up(root.path(), id).unwrap();
        let said = |field| fed.value(id, field);
        assert_eq!(said(Field::Runtime).as_deref(), Some(runtime));
        assert_eq!(said(Field::Name).as_deref(), Some("web"), "{runtime}");
        assert_eq!(said(Field::Image).as_deref(), Some(image));
        assert_eq!(said(Field::ImageDigest).as_deref(), digest, "{runtime}");
        assert_eq!(said(Field::PodName).as_deref(), pod, "{runtime}");
        assert_eq!(said(Field::PodNamespace).as_deref(), namespace, "{runtime}");
    }
}

/// Kubernetes gives the pod's labels to the container that holds its namespaces.
#[test]
fn pods_have_the_labels_of_their_sandbox() {
    let sandbox = ID.replace('0', "f");
    let own = r#""io.kubernetes.pod.name":"web-0","annotation.note":"x","#;
    let docker = [
        (
            ID,
            format!(
                r#"{{"Config":{{"Labels":{{{own}"io.kubernetes.docker.type":"container",
            "io.kubernetes.sandbox.id":"{sandbox}","maintainer":"of the image"}}}}}}"#
            ),
        ),
        (
            sandbox.as_str(),
            format!(
                r#"{{"Config":{{"Labels":{{{own}"io.kubernetes.docker.type":"podsandbox",
            "tier":"front","app":"web"}}}}}}"#
            ),
        ),
    ];
    let annotation = |key: &str, value: &str| format!(r#""io.kubernetes.cri-o.{key}":{value:?}"#);
    let labels = r#"{"tier":"front","io.kubernetes.pod.uid":"1","app":"web"}"#;
    let crio = [
        (
            ID,
            format!(
                r#"{{"annotations":{{{},{}}}}}"#,
                annotation("ContainerType", "container"),
                annotation("SandboxID", &sandbox)
            ),
        ),
        (
            sandbox.as_str(),
            format!(
                r#"{{"annotations":{{{},{}}}}}"#,
                annotation("ContainerType", "sandbox"),
                annotation("Labels", labels)
            ),
        ),
    ];
    let cases = [
        ("var/lib/docker/containers/ID/config.v2.json", &docker),
        (
            "run/containers/storage/overlay-containers/ID/userdata/config.json",
            &crio,
        ),
    ];
    for (file, states) in cases {
        for group in [ID, sandbox.as_str()] {
            let (root, id) = system(&format!("kubepods/{group}"));
            for (of, state) in states {
                write_as_is(root.path(), &file.replace("ID", of), state);
            }
            let fed = looked_up(root.path(), id).unwrap();
            let labels = fed.value(id, Field::PodLabels);
            assert_eq!(
                labels.as_deref(),
                Some("app=web tier=front"),
                "{file} {group}"
            );
        }
        // The sandbox is gone, or there is none.
        let (root, id) = system(&format!("kubepods/{ID}"));
        write_as_is(root.path(), &file.replace("ID", ID), &states[0].1);
        let fed = looked_up(root.path(), id).unwrap();
        assert_eq!(fed.value(id, Field::PodLabels), None, "{file}");
    }
}

#[test]
fn files_that_are_damaged_say_nothing() {
    let (root, id) = system(&format!("docker/{ID}"));
    write(
        root.path(),
        "var/lib/docker/containers/ID/config.v2.json",
        r#"{"Name":["/web"#,
    );
    let fed = looked_up(root.path(), id).unwrap();
    assert_eq!(fed.value(id, Field::Runtime).as_deref(), Some("docker"));
    assert_eq!(fed.value(id, Field::Name), None);
}
