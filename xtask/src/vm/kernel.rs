//! The kernels that guests boot: Debian's cloud images, fetched into `.vm/kernels/` with apt
//! commands that leave the machine's own package state alone, and unpacked, never installed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::{Apt, children, stanza};
use super::mirror::Mirror;
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
    /// What packages with its modules have instead of the prefix, where they are not in the image's.
    modules_prefix: Option<&'static str>,
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
        modules_prefix: None,
        // Compiled in, but not in this release's default list.
        command_line: "lsm=lockdown,yama,integrity,apparmor,bpf",
    },
    Kernel {
        series: "6.1",
        suites: &["bookworm"],
        security_suites: &["bookworm-security"],
        prefix: "linux-image-6.1.",
        modules_prefix: None,
        command_line: "",
    },
    Kernel {
        series: "6.12",
        suites: &["trixie"],
        security_suites: &["trixie-security"],
        prefix: "linux-image-6.12.",
        modules_prefix: None,
        command_line: "",
    },
    Kernel {
        series: "7.2",
        suites: &["sid"],
        security_suites: &[],
        // From 7.x on the image is in a package of its own.
        prefix: "linux-binary-7.2.",
        modules_prefix: Some("linux-modules-7.2."),
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
    /// What `uname -r` says of it.
    pub(crate) release: String,
    /// The files of [`MODULES`], in that order.
    modules: Vec<PathBuf>,
}

/// Modules that need no device, in an order in which each finds those that it needs: where they are below
/// `kernel`. What they make when they begin is what tests of events ask for; `dummy`, a network interface that
/// drops everything, is what the standard rules load, and `overlay` has paths of its own.
const MODULES: [&str; 8] = [
    "drivers/net/dummy",
    "drivers/block/loop",
    "arch/x86/kernel/msr",
    "net/core/pktgen",
    "net/llc/llc",
    "net/802/stp",
    "net/bridge/bridge",
    "fs/overlayfs/overlay",
];

impl Image {
    /// The modules by name, as the kernel takes them.
    ///
    /// # Errors
    /// When one can't be read or unpacked.
    pub(crate) fn modules(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut modules = Vec::new();
        for file in &self.modules {
            let name = file.file_name().unwrap_or_default().display().to_string();
            let bytes = match name.ends_with(".xz") {
                true => shell::output(
                    Command::new("xz")
                        .arg("--decompress")
                        .arg("--stdout")
                        .arg(file),
                )?,
                false => shell::read(file)?,
            };
            modules.push((name.trim_end_matches(".xz").to_owned(), bytes));
        }
        Ok(modules)
    }
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
        let is_whole = home.join("package").exists() && find_modules(&home).is_ok();
        if refresh || !is_whole {
            self.fetch(&home)
                .map_err(|err| format!("cannot fetch kernel {self}: {err}"))?;
        }
        let package = shell::read_text(&home.join("package"))?;
        let (release, modules) = find_modules(&home)?;
        Ok(Image {
            path: find_image(&home)?,
            package: package.trim().to_owned(),
            release,
            modules,
        })
    }

    /// Downloads and unpacks the newest package. `home/package` is written last: it says that the
    /// rest is whole.
    fn fetch(&self, home: &Path) -> Result<()> {
        println!("fetching kernel {self} …");
        shell::remove_dir(home)?;
        let sources = self.sources(&Mirror::of_this_machine()?);
        let apt = Apt::set_up(&home.join("apt"), &sources)?;
        let package = self.newest_package(&apt)?;
        let modules = self.modules_package(&package);
        let packages: Vec<&str> = [Some(package.as_str()), modules.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        apt.unpack(&packages, home)?;
        find_image(home)?;
        find_modules(home)?;
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

    /// The package with the modules of an image, if that has none.
    fn modules_package(&self, image: &str) -> Option<String> {
        let version = image.strip_prefix(self.prefix)?;
        self.modules_prefix
            .map(|prefix| format!("{prefix}{version}"))
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

/// The kernel's release, and the files of [`MODULES`].
fn find_modules(home: &Path) -> Result<(String, Vec<PathBuf>)> {
    let folders = ["lib/modules", "usr/lib/modules"].map(|folder| children(&home.join(folder)));
    let of_kernel = folders.into_iter().flatten();
    let Some(folder) = of_kernel.into_iter().find(|it| it.join("kernel").exists()) else {
        return Err(format!("no modules in {}", home.display()).into());
    };
    let find = |name: &&str| {
        let files = ["ko", "ko.xz"].map(|end| folder.join(format!("kernel/{name}.{end}")));
        let file = files.into_iter().find(|file| file.exists());
        file.ok_or_else(|| format!("no module {name}.ko in {}", folder.display()))
    };
    let modules = MODULES.iter().map(find).collect::<Result<_, _>>()?;
    let release = folder.file_name().unwrap_or_default().display().to_string();
    Ok((release, modules))
}

/// `boot/vmlinuz-*`, or `usr/lib/modules/*/vmlinuz` in newer packages.
fn find_image(home: &Path) -> Result<PathBuf> {
    let in_boot = children(&home.join("boot")).into_iter().find(|path| {
        path.file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with("vmlinuz"))
    });
    let beside_modules = || {
        let modules = children(&home.join("usr/lib/modules"));
        modules
            .into_iter()
            .map(|dir| dir.join("vmlinuz"))
            .find(|path| path.exists())
    };
    in_boot
        .or_else(beside_modules)
        .ok_or_else(|| format!("no kernel image in {}", home.display()).into())
}

#[cfg(test)]
mod tests {
    use super::super::mirror::Place;
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
    fn modules_come_with_the_image_or_in_a_package_of_its_version() {
        let modules = |series, image| Kernel::named(series).unwrap().modules_package(image);
        assert_eq!(
            modules("7.2", "linux-binary-7.2.13+deb14-cloud-amd64").as_deref(),
            Some("linux-modules-7.2.13+deb14-cloud-amd64")
        );
        assert_eq!(modules("6.1", "linux-image-6.1.0-56-cloud-amd64"), None);
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
            codename: String::new(),
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
