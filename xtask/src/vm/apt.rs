//! Debian packages for guests, fetched with apt commands that leave the machine's own package state alone, and
//! unpacked, never installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::mirror::Place;
use crate::{Result, shell};

/// apt with lists, cache and sources in a folder of its own.
pub(super) struct Apt {
    dir: PathBuf,
}

impl Apt {
    /// In a new folder, with the lists of the sources' packages; [`Apt::unpack`] and [`Apt::keep`] remove
    /// the folder.
    pub(super) fn set_up(dir: &Path, sources: &str) -> Result<Apt> {
        for folder in ["lists/partial", "cache/archives/partial"] {
            shell::create_dir(&dir.join(folder))?;
        }
        shell::write(&dir.join("parts/debian.sources"), sources)?;
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
        let apt = Apt {
            dir: dir.to_owned(),
        };
        shell::output(apt.command("apt-get").args(["--error-on=any", "update"]))?;
        Ok(apt)
    }

    /// Downloads packages and unpacks them into a folder, without those that they need.
    pub(super) fn unpack(self, packages: &[&str], into: &Path) -> Result<()> {
        for deb in self.download(packages)? {
            shell::output(Command::new("dpkg").arg("-x").arg(&deb).arg(into))?;
        }
        shell::remove_dir(&self.dir)
    }

    /// Downloads packages into a folder, as they are.
    pub(super) fn keep(self, packages: &[&str], into: &Path) -> Result<()> {
        for deb in self.download(packages)? {
            std::fs::rename(&deb, into.join(deb.file_name().unwrap_or_default()))?;
        }
        shell::remove_dir(&self.dir)
    }

    fn download(&self, packages: &[&str]) -> Result<Vec<PathBuf>> {
        let mut download = self.command("apt-get");
        download
            .arg("download")
            .args(packages)
            .current_dir(&self.dir);
        shell::output(&mut download)?;
        downloaded(&self.dir)
    }

    /// One of apt's programs.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .arg("-c")
            .arg(self.dir.join("apt.conf"))
            .env("LC_ALL", "C");
        command
    }
}

/// A source in deb822 form.
pub(super) fn stanza(place: &Place, suites: &[&str]) -> String {
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

fn downloaded(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut debs = children(dir);
    debs.retain(|path| path.extension().is_some_and(|extension| extension == "deb"));
    match debs.is_empty() {
        true => Err("apt-get download left no package".into()),
        false => Ok(debs),
    }
}

/// What is in a folder; nothing if it can't be read.
pub(super) fn children(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
