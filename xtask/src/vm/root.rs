//! A guest's root file system: busybox, the programs to run with the libraries they need, and the
//! few files in /etc that programs expect. [`super::cpio`] packs it.

use std::path::Path;
use std::process::Command;

use super::cpio::Archive;
use crate::{Result, shell};

const INIT: &str = include_str!("init.sh");
const BUSYBOX: &str = "/bin/busybox";

/// The files of /etc; the attack chain reads this shadow file, so no machine's own is ever read.
const ETC: &[(&str, u32, &str)] = &[
    (
        "/etc/passwd",
        0o644,
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    ),
    ("/etc/group", 0o644, "root:x:0:\nnogroup:x:65534:\n"),
    (
        "/etc/shadow",
        0o600,
        "root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
    ),
    ("/etc/hostname", 0o644, "guest\n"),
    ("/etc/hosts", 0o644, "127.0.0.1 localhost\n"),
];

/// A root being filled.
pub(crate) struct Root {
    archive: Archive,
}

impl Root {
    /// A root that boots, and then runs `job` (a shell script).
    pub(crate) fn new(job: &str) -> Result<Root> {
        let mut archive = Archive::default();
        for folder in [
            "/bin", "/dev", "/proc", "/sys", "/tmp", "/out", "/root", "/var/tmp", "/run",
            "/usr/bin",
        ] {
            archive.folder(folder);
        }
        // The kernel opens it for the first process before that can mount /dev.
        archive.character_device("/dev/console", 5, 1);
        archive.file("/init", 0o755, INIT);
        archive.file("/job", 0o755, job);
        archive.file(BUSYBOX, 0o755, shell::read(Path::new(BUSYBOX))?);
        for &(path, mode, text) in ETC {
            archive.file(path, mode, text);
        }
        Ok(Root { archive })
    }

    /// Adds a program, without its debug information, and its libraries at their own paths.
    pub(crate) fn program(&mut self, host: &Path, guest: &str) -> Result<()> {
        self.archive.file(guest, 0o755, stripped(host)?);
        for library in libraries(host)? {
            if !self.archive.has(&library) {
                let bytes = shell::read(Path::new(&library))?;
                self.archive.file(&library, 0o755, bytes);
            }
        }
        Ok(())
    }

    /// Adds a program that is a text.
    pub(crate) fn script(&mut self, host: &Path, guest: &str) -> Result<()> {
        self.archive.file(guest, 0o755, shell::read(host)?);
        Ok(())
    }

    /// Whether there is something at this path.
    pub(crate) fn has(&self, guest: &str) -> bool {
        self.archive.has(guest)
    }

    /// Adds a file with this content.
    pub(crate) fn file(&mut self, guest: &str, bytes: Vec<u8>) {
        self.archive.file(guest, 0o644, bytes);
    }

    /// Adds a file, or a folder with all that is in it.
    pub(crate) fn copy(&mut self, host: &Path, guest: &str) -> Result<()> {
        if !host.is_dir() {
            self.archive.file(guest, 0o644, shell::read(host)?);
            return Ok(());
        }
        for entry in std::fs::read_dir(host)? {
            let entry = entry?;
            self.copy(
                &entry.path(),
                &format!("{guest}/{}", entry.file_name().display()),
            )?;
        }
        Ok(())
    }

    /// The cpio archive.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.archive.to_bytes()
    }
}

/// The program without debug information: a debug build has ten times what the guest's memory
/// should hold.
fn stripped(program: &Path) -> Result<Vec<u8>> {
    // strip seeks in its output, so that can't be a pipe.
    let copy = shell::root().join(".vm/stripped");
    shell::write(&copy, [])?;
    shell::output(
        Command::new("strip")
            .args(["--strip-debug", "-o"])
            .arg(&copy)
            .arg(program),
    )?;
    shell::read(&copy)
}

/// What ldd names; nothing for a static program.
fn libraries(program: &Path) -> Result<Vec<String>> {
    match shell::output(Command::new("ldd").arg(program)) {
        Ok(text) => library_paths(&String::from_utf8_lossy(&text)),
        Err(err) if err.to_string().contains("not a dynamic executable") => Ok(Vec::new()),
        Err(err) => Err(err),
    }
}

fn library_paths(ldd: &str) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for line in ldd.lines() {
        if line.contains("=> not found") {
            return Err(format!("ldd: {}", line.trim()).into());
        }
        let path = line.split_once("=> ").map_or(line, |(_, path)| path).trim();
        if path.starts_with('/') {
            let end = path.find(" (").unwrap_or(path.len());
            paths.push(path[..end].to_owned());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_ldd() {
        let ldd = "\tlinux-vdso.so.1 (0x00007ffc)\n\
                   \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f00)\n\
                   \t/lib64/ld-linux-x86-64.so.2 (0x00007f01)\n";
        assert_eq!(
            library_paths(ldd).unwrap(),
            [
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/lib64/ld-linux-x86-64.so.2"
            ]
        );
        assert_eq!(library_paths("\tstatically linked\n").unwrap(), [""; 0]);
        assert!(library_paths("\tlibx.so => not found\n").is_err());
    }
}
