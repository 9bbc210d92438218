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

/// Its runtime answers after it was told, so that it is told as one that is there.
#[test]
fn a_container_that_is_told_again_is_no_more_started_than_before() {
    let mut fed = Fed::new();
    let records = Records::new(schema());
    let mut new = container();
    new.created = 5;
    fed.take(&records.told(&new, false, &header(7)).unwrap());
    new.image = "nginx".into();
    fed.take(&records.told(&new, true, &header(7)).unwrap());
    assert_eq!(fed.value(7, Field::Image).as_deref(), Some("nginx"));
    assert_eq!(fed.started(7).as_deref(), Some("0"));
    new.created = 6;
    fed.take(&records.told(&new, true, &header(7)).unwrap());
    assert_eq!(fed.started(7).as_deref(), Some("1"), "it is another");
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
fn version_1s_groups_are_found_by_their_own_lines() {
    let root = tempfile::tempdir().unwrap();
    let group = format!("docker/{ID}");
    let directory = root.path().join("sys/fs/cgroup/cpuset").join(&group);
    fs::create_dir_all(&directory).unwrap();
    let id = fs::metadata(&directory).unwrap().ino();
    write(root.path(), "sys/fs/cgroup/cpuset/cpuset.cpus", "0-1");
    write(root.path(), "sys/fs/cgroup/unified/cgroup.controllers", "");
    write(root.path(), "proc/self/cgroup", "4:cpuset:/\n0::/\n");
    write(
        root.path(),
        "proc/42/cgroup",
        "9:memory:/\n4:cpuset:/docker/ID\n0::/\n",
    );
    let mut lookup = CgroupLookup::new(schema(), root.path(), 0);
    let of = RecordHeader {
        host_pid: 42,
        ..header(id)
    };
    let mut fed = Fed::new();
    fed.take(&lookup.before(&of).unwrap());
    assert_eq!(fed.value(id, Field::Id).as_deref(), Some(ID));
    assert_eq!(fed.value(id, Field::Runtime).as_deref(), Some("docker"));
    // As it is when tracing begins, and without a process in it.
    let mut lookup = CgroupLookup::new(schema(), root.path(), 0);
    assert_eq!(lookup.existing().len(), 1);
    assert_eq!(lookup.before(&of), None, "it was told");
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

/// A system on which containerd runs a container, of whose names there is nothing in files.
fn containerd() -> (tempfile::TempDir, u64) {
    let (root, id) = system("default/web");
    let bundle = "run/containerd/io.containerd.runtime.v2.task/default/web/config.json";
    write(root.path(), bundle, "{}");
    (root, id)
}

/// What [`CgroupLookup`] lets through of a record of a control group, and what it says before.
fn turn(lookup: &mut CgroupLookup, cgroup: u64) -> Turn {
    let layout = Layout::of(schema(), schema().event_named("openat").unwrap()).unwrap();
    let mut builder = RecordBuilder::new(&layout);
    builder.header.cgroup_id = cgroup;
    let record = builder.build();
    lookup.turn(&record.header(), record.as_bytes())
}

#[test]
fn containerds_own_control_groups_are_known_by_its_files() {
    let (root, id) = containerd();
    let fed = looked_up(root.path(), id).unwrap();
    assert_eq!(fed.value(id, Field::Id).as_deref(), Some("web"));
    assert_eq!(fed.value(id, Field::Runtime).as_deref(), Some("containerd"));
    let (other, id) = system("default/web");
    assert!(looked_up(other.path(), id).is_none());
}

/// A daemon that hangs costs the first events some time, and later ones nothing but the names.
#[test]
fn events_wait_for_a_runtime_so_long_and_then_no_more() {
    let (root, id) = containerd();
    let socket = root.path().join("run/containerd/containerd.sock");
    let _silent = std::os::unix::net::UnixListener::bind(socket).unwrap();
    let mut lookup = CgroupLookup::new(schema(), root.path(), 0);
    let began = std::time::Instant::now();
    for _ in 0..3 {
        let turn = turn(&mut lookup, id);
        assert!(turn.waits && turn.before.is_empty() && turn.after.is_empty());
    }
    assert!(!turn(&mut lookup, 1).waits, "another control group's");
    assert!(lookup.ready().is_empty());
    let ready = lookup.settle();
    assert!(began.elapsed() >= PATIENCE);
    assert_eq!(ready.len(), 1 + 3, "the container, and what waited");
    assert_eq!(lookup.unnamed(), 1);
    let mut fed = Fed::new();
    ready.iter().for_each(|record| fed.take(record));
    assert_eq!(fed.value(id, Field::Id).as_deref(), Some("web"));
    assert_eq!(fed.value(id, Field::Name), None);
    // Another of its containers.
    let group = root.path().join("sys/fs/cgroup/default/db");
    fs::create_dir_all(&group).unwrap();
    let bundle = "run/containerd/io.containerd.runtime.v2.task/default/db/config.json";
    write(root.path(), bundle, "{}");
    let turn = turn(&mut lookup, fs::metadata(&group).unwrap().ino());
    assert!(!turn.waits);
    assert_eq!(turn.before.len(), 1);
}

#[test]
fn what_waits_is_bounded() {
    let (root, id) = containerd();
    let socket = root.path().join("run/containerd/containerd.sock");
    let _silent = std::os::unix::net::UnixListener::bind(socket).unwrap();
    let mut lookup = CgroupLookup::new(schema(), root.path(), 0);
    let large = RecordBuf::from_bytes(&vec![0; 1 << 20]);
    let mut of = header(id);
    of.size = 1 << 20;
    let held = (0..100).find_map(|held| {
        let turn = lookup.turn(&of, large.as_bytes());
        assert!(turn.waits);
        (!turn.after.is_empty()).then_some((held, turn.after.len()))
    });
    assert_eq!(held, Some((8, 1 + 9)), "all at once when it is too much");
}

/// The kernel says the path with the number, however short a container lives.
#[test]
fn control_groups_are_known_once_they_are_made() {
    let (root, _) = system("other");
    let mut lookup = CgroupLookup::new(schema(), root.path(), 0);
    let event = |name: &str, path: &str, hierarchy: u64| {
        let event = schema().event_named(name).unwrap();
        let layout = Layout::of(schema(), event).unwrap();
        let mut builder = RecordBuilder::new(&layout);
        builder.header.cgroup_id = 3;
        builder.header.time = 5;
        builder.int(event.arg("cgroup_id").unwrap().slot, 42);
        builder.int(event.arg("hierarchy_id").unwrap().slot, hierarchy);
        builder.bytes(event.arg("cgroup_path").unwrap().slot, path.as_bytes());
        builder.build()
    };
    let mut fed = Fed::new();
    let mut take = |lookup: &mut CgroupLookup, record: RecordBuf| {
        let turn = lookup.turn(&record.header(), record.as_bytes());
        assert!(turn.before.is_empty() && !turn.waits);
        turn.after.iter().for_each(|record| fed.take(record));
        (turn.after.len(), fed.value(42, Field::Id))
    };
    let path = format!("/docker/{ID}");
    let version_1 = event("cgroup_mkdir", &path, 3);
    assert_eq!(take(&mut lookup, version_1), (0, None));
    let made = event("cgroup_mkdir", &path, 0);
    assert_eq!(take(&mut lookup, made), (1, Some(ID.into())));
    let removed = event("cgroup_rmdir", &path, 0);
    assert_eq!(take(&mut lookup, removed), (1, None));
}
