//! The hierarchy of control groups that containers have theirs in.
//!
//! A system mounts version 2 at /sys/fs/cgroup, or each of version 1's hierarchies in a directory there, with
//! version 2's, which nobody limits anything by, in another one. There container runtimes make their groups in
//! version 1's: of those, cpuset's is looked at, which all of them use.

use std::fs;
use std::path::{Path, PathBuf};

/// A hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hierarchy {
    /// Where it is mounted.
    pub(super) mount: PathBuf,
    /// Its number: 0 is version 2's.
    pub(super) number: u32,
}

const CPUSET: &str = "cpuset";

impl Hierarchy {
    /// That of a system whose files are below `root` (`/`); `None` if it mounts none where systems do.
    pub(super) fn of(root: &Path) -> Option<Self> {
        let place = root.join("sys/fs/cgroup");
        let second = |mount: PathBuf| {
            let is_there = mount.join("cgroup.controllers").exists();
            is_there.then_some(Self { mount, number: 0 })
        };
        second(place.clone())
            .or_else(|| Self::cpuset(root, place.join(CPUSET)))
            .or_else(|| second(place.join("unified")))
    }

    fn cpuset(root: &Path, mount: PathBuf) -> Option<Self> {
        let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
        let number = groups.lines().find_map(|line| {
            let (number, rest) = line.split_once(':')?;
            let (controllers, _) = rest.split_once(':')?;
            let is_cpusets = controllers.split(',').any(|name| name == CPUSET);
            is_cpusets.then(|| number.parse().ok())?
        })?;
        // Not the path of somebody's own mount: it has files of its controller.
        let is_there = mount.join("cpuset.cpus").exists();
        is_there.then_some(Self { mount, number })
    }

    /// The path in it that a line of `/proc/PID/cgroup` says.
    pub(super) fn path<'l>(&self, line: &'l str) -> Option<&'l str> {
        let (number, rest) = line.split_once(':')?;
        let (_, path) = rest.split_once(':')?;
        (number.parse() == Ok(self.number)).then_some(path)
    }
}

/// Whether the control groups of containers are in version 1's cpuset hierarchy.
pub fn uses_cpuset_groups(root: &Path) -> bool {
    Hierarchy::of(root).is_some_and(|hierarchy| hierarchy.number != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const OWN: (&str, &str) = (
        "proc/self/cgroup",
        "12:memory:/user.slice\n7:cpu,cpuacct:/\n4:cpuset:/docker/x\n1:name=systemd:/init\n0::/init\n",
    );

    fn of(files: &[(&str, &str)]) -> Option<(String, u32)> {
        let root = system(files);
        let hierarchy = Hierarchy::of(root.path())?;
        let mount = hierarchy.mount.strip_prefix(root.path()).unwrap();
        Some((mount.display().to_string(), hierarchy.number))
    }

    #[test]
    fn version_1s_cpuset_is_taken_where_version_2_limits_nothing() {
        let second = ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu\n");
        let unified = ("sys/fs/cgroup/unified/cgroup.controllers", "\n");
        let cpuset = ("sys/fs/cgroup/cpuset/cpuset.cpus", "0-1\n");
        let found = |place: &str, number| Some((place.to_owned(), number));
        assert_eq!(of(&[OWN, second]), found("sys/fs/cgroup", 0));
        assert_eq!(of(&[OWN, second, cpuset]), found("sys/fs/cgroup", 0));
        assert_eq!(of(&[OWN, cpuset]), found("sys/fs/cgroup/cpuset", 4));
        assert_eq!(
            of(&[OWN, cpuset, unified]),
            found("sys/fs/cgroup/cpuset", 4)
        );
        assert_eq!(of(&[OWN, unified]), found("sys/fs/cgroup/unified", 0));
        assert_eq!(of(&[cpuset, unified]), found("sys/fs/cgroup/unified", 0));
        assert_eq!(of(&[OWN]), None);
    }

    #[test]
    fn a_path_is_of_its_hierarchys_line() {
        let of = |number| Hierarchy {
            mount: PathBuf::new(),
            number,
        };
        let path = |number| OWN.1.lines().find_map(|line| of(number).path(line));
        assert_eq!(path(0), Some("/init"));
        assert_eq!(path(4), Some("/docker/x"));
        assert_eq!(path(5), None);
        assert_eq!(of(0).path("0::/a:b"), Some("/a:b"));
        assert_eq!(of(0).path("nothing"), None);
    }
}
