//! What `guest/busy.sh` works with: Debian's programs of this machine (its shell, apt, dpkg, gcc, and Perl, in which
//! packages have scripts), and real packages that are installed there, fetched once into
//! `.vm/packages`.

use std::path::{Component, Path, PathBuf};
use std::process::Command;

use super::apt::{Apt, children, stanza};
use super::mirror::Mirror;
use super::root::Root;
use crate::{Result, shell};

/// Of packages that every Debian has, but for gcc and its libraries' headers.
const PROGRAMS: &[&str] = &[
    "/bin/dash",
    "/sbin/ldconfig",
    "/sbin/start-stop-daemon",
    "/usr/bin/apt-get",
    "/usr/bin/as",
    "/usr/bin/dpkg",
    "/usr/bin/dpkg-deb",
    "/usr/bin/dpkg-query",
    "/usr/bin/dpkg-split",
    "/usr/bin/dpkg-statoverride",
    "/usr/bin/dpkg-trigger",
    GCC,
    "/usr/bin/getent",
    "/usr/bin/ld",
    "/usr/bin/perl",
    "/usr/bin/tar",
    "/usr/lib/apt/methods/file",
    "/usr/lib/apt/methods/store",
    "/usr/sbin/groupadd",
];

const GCC: &str = "/usr/bin/gcc";

/// Programs that are texts.
const SCRIPTS: &[&str] = &[
    "/usr/bin/deb-systemd-helper",
    "/usr/bin/dpkg-maintscript-helper",
    "/usr/sbin/invoke-rc.d",
    "/usr/sbin/update-rc.d",
];

const FOLDERS: &[&str] = &["/usr/lib/x86_64-linux-gnu/perl-base", "/usr/share/dpkg"];

/// What gcc calls, by the names that it has for them.
const PARTS_OF_GCC: &[&str] = &["cc1", "collect2", "lto-wrapper"];

/// What its linker is told to load, whether it is needed or not.
const PLUGIN: &str = "liblto_plugin.so";

/// What is installed: a service with a job and a spool, who may become whom, what the first needs, and a new C
/// library.
const PACKAGES: &[&str] = &["adduser", "cron", "cron-daemon-common", "libc6", "sudo"];

/// What is compiled, relative to the checkout.
const SOURCE: &str = "guest/meter.c";

/// Adds all of it.
pub(super) fn add(root: &mut Root) -> Result<()> {
    for program in PROGRAMS {
        root.program(Path::new(program), program)?;
    }
    for script in SCRIPTS {
        root.script(Path::new(script), script)?;
    }
    for folder in FOLDERS {
        root.copy(Path::new(folder), folder)?;
    }
    let source = shell::root().join(SOURCE);
    root.copy(&source, "/meter.c")?;
    for part in PARTS_OF_GCC {
        let path = gcc(&[&format!("-print-prog-name={part}")])?;
        root.program(Path::new(path.trim()), path.trim())?;
    }
    for path in files_of_gcc(&source)? {
        // The loader and the C library are there as programs need them.
        if !root.has(&path) {
            root.copy(Path::new(&path), &path)?;
        }
    }
    for package in packages(&shell::root().join(".vm/packages"))? {
        let name = package
            .file_name()
            .unwrap_or_default()
            .display()
            .to_string();
        root.copy(&package, &format!("/packages/{name}"))?;
    }
    Ok(())
}

fn gcc(arguments: &[&str]) -> Result<String> {
    let said = shell::output(Command::new(GCC).args(arguments).env("LC_ALL", "C"))?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// The headers that it reads for the source, and what its linker takes: as it says itself.
fn files_of_gcc(source: &Path) -> Result<Vec<String>> {
    let source = source.display().to_string();
    let headers = gcc(&["-M", &source])?;
    let program = shell::root().join(".vm/meter").display().to_string();
    let linked = gcc(&["-Wl,--trace", "-o", &program, &source])?;
    let plugin = gcc(&[&format!("-print-file-name={PLUGIN}")])?;
    let texts = [&headers, &linked, &plugin];
    let words = texts.into_iter().flat_map(|text| text.split_whitespace());
    let mut files: Vec<String> = words
        .filter(|word| word.starts_with("/usr/") || word.starts_with("/lib"))
        .map(plain)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// The path without steps up: `/usr/lib/gcc/../crt1.o` is `/usr/lib/crt1.o`.
fn plain(path: &str) -> String {
    let mut plain = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain.display().to_string()
}

/// The packages' files, fetched if they are not there: of this machine's release, as its programs are.
fn packages(store: &Path) -> Result<Vec<PathBuf>> {
    let mirror = Mirror::of_this_machine()?;
    let home = store.join(&mirror.codename);
    let there = || -> Vec<PathBuf> {
        let mut there = children(&home);
        there.retain(|path| path.extension().is_some_and(|end| end == "deb"));
        there.sort();
        there
    };
    if there().len() != PACKAGES.len() {
        println!("fetching {} …", PACKAGES.join(", "));
        shell::remove_dir(&home)?;
        let sources = stanza(&mirror.main, &[&mirror.codename]);
        Apt::set_up(&home.join("apt"), &sources)?.keep(PACKAGES, &home)?;
    }
    Ok(there())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_gcc_lead_straight_there() {
        assert_eq!(
            plain("/usr/lib/gcc/x/12/../../../x/crt1.o"),
            "/usr/lib/x/crt1.o"
        );
        assert_eq!(plain("/usr/include/stdio.h"), "/usr/include/stdio.h");
    }
}
