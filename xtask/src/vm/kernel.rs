//! The kernels that guests boot: Debian's cloud images, fetched into `.vm/kernels/` with apt
//! commands that leave the machine's own package state alone, and unpacked, never installed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::mirror::{Mirror, Place};
use crate::{Result, shell};

/// A kernel series and where Debian has it. Package versions come and go, so the newest whose name
/// matches is taken.
#[derive(Debug)]
pub(crate) struct Kernel {
    /// As `--kernel` takes it.
    pub(crate) series: &'static str,
    suites: &'static [&'static str],
    security_suites: &'static [&'static str],
    /// Packages that have the image are named PREFIX…`-cloud-amd64`.
    prefix: &'static str,
    /// More for the kernel's command line.
    pub(crate) command_line: &'static str,
}

/// Oldest first: the oldest supported, two of Debian's releases, and the newest.
pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        series: "5.10",
        suites: &["bullseye"],
        security_suites: &["bullseye-security"],
        prefix: "linux-image-5.10.",
        // Compiled in, but not in this release's default list.
        command_line: "lsm=lockdown,yama,integrity,apparmor,bpf",
    },
    Kernel {
        series: "6.1",
        suites: &["bookworm"],
        security_suites: &["bookworm-security"],
        prefix: "linux-image-6.1.",
        command_line: "",
    },
    Kernel {
        series: "6.12",
        suites: &["trixie"],
        security_suites: &["trixie-security"],
        prefix: "linux-image-6.12.",
        command_line: "",
    },
    Kernel {
        series: "7.2",
        suites: &["sid"],
        security_suites: &[],
        // From 7.x on the image is in a package of its own.
        prefix: "linux-binary-7.2.",
        command_line: "",
    },
];

/// A kernel on disk, ready to boot.
#[derive(Debug)]
pub(crate) struct Image {
    /// The bzImage.
    pub(crate) path: PathBuf,
    /// The package it came from.
    pub(crate) package: String,
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.series)
    }
}

impl Kernel {
    /// The one named on the command line.
    pub(crate) fn named(series: &str) -> Option<&'static Kernel> {
        KERNELS.iter().find(|kernel| kernel.series == series)
    }

    /// The image in `store`, fetched first if it isn't there or `refresh` asks for a newer one.
    pub(crate) fn image(&self, store: &Path, refresh: bool) -> Result<Image> {
        let home = store.join(self.series);
        if refresh || !home.join("package").exists() {
            self.fetch(&home)
                .map_err(|err| format!("cannot fetch kernel {self}: {err}"))?;
        }
        let package = shell::read_text(&home.join("package"))?;
        Ok(Image {
            path: find_image(&home)?,
            package: package.trim().to_owned(),
        })
    }

    /// Downloads and unpacks the newest package. `home/package` is written last: it says that the
    /// rest is whole.
    fn fetch(&self, home: &Path) -> Result<()> {
        println!("fetching kernel {self} …");
        shell::remove_dir(home)?;
        let apt = Apt::set_up(
            &home.join("apt"),
            &self.sources(&Mirror::of_this_machine()?),
        )?;
        shell::output(apt.command("apt-get").args(["--error-on=any", "update"]))?;
        let package = self.newest_package(&apt)?;
        shell::output(
            apt.command("apt-get")
                .arg("download")
                .arg(&package)
                .current_dir(&apt.dir),
        )?;
        let deb = downloaded(&apt.dir)?;
        shell::output(Command::new("dpkg").arg("-x").arg(&deb).arg(home))?;
        shell::remove_dir(&apt.dir)?;
        find_image(home)?;
        shell::write(&home.join("package"), format!("{package}\n"))
    }

    /// The sources in deb822 form.
    fn sources(&self, mirror: &Mirror) -> String {
        let security = mirror
            .security
            .as_ref()
            .map(|place| (place, self.security_suites));
        [Some((&mirror.main, self.suites)), security]
            .into_iter()
            .flatten()
            .filter(|(_, suites)| !suites.is_empty())
            .map(|(place, suites)| stanza(place, suites))
            .collect()
    }

    fn newest_package(&self, apt: &Apt) -> Result<String> {
        let names = shell::output(apt.command("apt-cache").args(["pkgnames", self.prefix]))?;
        newest(&String::from_utf8_lossy(&names), self.prefix).ok_or_else(|| {
            format!(
                "{} has no package {}*-cloud-amd64 (any more)",
                self.suites.join(", "),
                self.prefix
            )
            .into()
        })
    }
}

fn stanza(place: &Place, suites: &[&str]) -> String {
    let mut text = format!(
        "Types: deb\nURIs: {}\nSuites: {}\nComponents: main\nArchitectures: amd64\n",
        place.uris,
        suites.join(" ")
    );
    for (key, value) in [("Signed-By", &place.signed_by), ("Trusted", &place.trusted)] {
        if let Some(value) = value {
            text.push_str(&format!("{key}: {value}\n"));
        }
    }
    text.push('\n');
    text
}

/// The name with the highest numbers in it. Some names differ in nothing but the numbers.
fn newest(names: &str, prefix: &str) -> Option<String> {
    names
        .lines()
        .filter(|name| name.starts_with(prefix) && name.ends_with("-cloud-amd64"))
        .max_by_key(|name| numbers(name))
        .map(str::to_owned)
}

fn numbers(name: &str) -> Vec<u64> {
    name.split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

fn downloaded(dir: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(dir)?;
    let mut debs = entries.flatten().map(|entry| entry.path());
    let deb = debs.find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    deb.ok_or_else(|| "apt-get download left no package".into())
}

/// `boot/vmlinuz-*`, or `usr/lib/modules/*/vmlinuz` in newer packages.
fn find_image(home: &Path) -> Result<PathBuf> {
    let children = |dir: PathBuf| {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let in_boot = children(home.join("boot")).into_iter().find(|path| {
        path.file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with("vmlinuz"))
    });
    let beside_modules = || {
        let modules = children(home.join("usr/lib/modules"));
        modules
            .into_iter()
            .map(|dir| dir.join("vmlinuz"))
            .find(|path| path.exists())
    };
    in_boot
        .or_else(beside_modules)
        .ok_or_else(|| format!("no kernel image in {}", home.display()).into())
}

/// apt with lists, cache and sources in a folder of its own.
struct Apt {
    dir: PathBuf,
}

impl Apt {
    fn set_up(dir: &Path, sources: &str) -> Result<Apt> {
        for folder in ["lists/partial", "cache/archives/partial"] {
            shell::create_dir(&dir.join(folder))?;
        }
        shell::write(&dir.join("parts/kernel.sources"), sources)?;
        let dir_option =
            |key: &str, path: &str| format!("{key} \"{}\";\n", dir.join(path).display());
        let settings = [
            "Dir::Etc::SourceList \"/dev/null\";\n".to_owned(),
            dir_option("Dir::Etc::SourceParts", "parts"),
            dir_option("Dir::State::Lists", "lists"),
            dir_option("Dir::Cache", "cache"),
            // The machine's hooks are for its own lists, the component metadata for its desktop.
            "#clear APT::Update::Post-Invoke;\n".to_owned(),
            "#clear APT::Update::Post-Invoke-Success;\n".to_owned(),
            "#clear Acquire::IndexTargets::deb::DEP-11;\n".to_owned(),
            "Acquire::Languages \"none\";\n".to_owned(),
            "Acquire::Retries \"3\";\n".to_owned(),
            // apt's unprivileged user may not be able to enter the checkout.
            "APT::Sandbox::User \"\";\n".to_owned(),
        ];
        shell::write(&dir.join("apt.conf"), settings.concat())?;
        Ok(Apt {
            dir: dir.to_owned(),
        })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .arg("-c")
            .arg(self.dir.join("apt.conf"))
            .env("LC_ALL", "C");
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_package_is_found_by_number_not_by_letters() {
        let names = "linux-image-6.12.94+deb13-cloud-amd64\n\
                     linux-image-6.12.107+deb13-cloud-amd64\n\
                     linux-image-6.12.200+deb13-cloud-amd64-dbg\n\
                     linux-image-6.12.201+deb13-amd64\n";
        assert_eq!(
            newest(names, "linux-image-6.12.").as_deref(),
            Some("linux-image-6.12.107+deb13-cloud-amd64")
        );
        assert_eq!(newest(names, "linux-image-6.1."), None);
    }

    #[test]
    fn sources_carry_the_machines_mirror_and_key() {
        let main = Place {
            uris: "http://mirror.example/debian".into(),
            signed_by: Some("/keys/debian.gpg".into()),
            trusted: None,
        };
        let mirror = Mirror {
            main,
            security: Some(Place::default()),
        };
        let sources = |series| Kernel::named(series).unwrap().sources(&mirror);
        assert_eq!(
            sources("7.2"),
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\n\
             Architectures: amd64\nSigned-By: /keys/debian.gpg\n\n"
        );
        assert!(sources("5.10").contains("Suites: bullseye-security\n"));
    }
}
