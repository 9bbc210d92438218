//! Who may know whom: the crates' dependencies, and that the compiler's crates do no IO.

use std::process::Command;

use serde_json::Value;

use super::{File, Problem};
use crate::{Result, shell};

/// The workspace's packages and which others of it each may depend on. Downwards only.
const LAYERS: &[(&str, &[&str])] = &[
    ("tracee-lang", &[]),
    ("tracee-ebpf", &[]),
    ("tracee-guest", &[]),
    ("tracee-compiler", &["tracee-lang", "tracee-ebpf"]),
    ("tracee-rego", &["tracee-lang"]),
    (
        "tracee-runtime",
        &[
            "tracee-compiler",
            "tracee-rego",
            "tracee-lang",
            "tracee-ebpf",
            // Its tests do in guests what these programs do.
            "tracee-guest",
        ],
    ),
    (
        "tracee-language-server",
        &["tracee-compiler", "tracee-rego", "tracee-lang"],
    ),
    (
        "tracee-playground",
        &[
            "tracee-runtime",
            "tracee-language-server",
            "tracee-compiler",
            "tracee-lang",
        ],
    ),
    (
        "tracee",
        &[
            "tracee-runtime",
            "tracee-language-server",
            // Its tests compare the two.
            "tracee-playground",
            "tracee-compiler",
            "tracee-rego",
            "tracee-lang",
        ],
    ),
    (
        "tracee-fuzz",
        &[
            "tracee-runtime",
            "tracee-compiler",
            "tracee-lang",
            "tracee-ebpf",
        ],
    ),
    ("tracee-tree-sitter", &["tracee-lang"]),
    ("xtask", &["tracee-lang", "tracee-ebpf"]),
];

/// Libraries that only one package may name, and which.
const RESERVED: &[(&str, &str)] = &[
    ("aya", "tracee-runtime"),
    ("aya-obj", "tracee-runtime"),
    ("regorus", "tracee-rego"),
];

/// Crates without IO, so that they can't fail for reasons outside of their input.
const PURE: &[&str] = &["lang/src/", "compiler/src/", "rego/src/"];
const IO: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env::",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "File::open",
    "println!",
    "eprintln!",
];

/// A package of the workspace and the names of its dependencies of every kind.
pub(super) struct Package {
    name: String,
    dependencies: Vec<String>,
}

/// The workspace's packages, as cargo reads their manifests.
pub(super) fn packages() -> Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = shell::output(
        Command::new(cargo)
            .args([
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version",
                "1",
            ])
            .current_dir(shell::root()),
    )?;
    Ok(read_packages(&serde_json::from_slice(&metadata)?))
}

fn read_packages(metadata: &Value) -> Vec<Package> {
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&metadata["packages"])
        .iter()
        .map(|package| Package {
            name: name(package),
            dependencies: list(&package["dependencies"]).iter().map(name).collect(),
        })
        .collect()
}

pub(super) fn dependencies(packages: &[Package]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in packages {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
            problems.push(format!(
                "{}: not in the table of layers; add it to xtask/src/tidy/layers.rs",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.as_str();
            let in_workspace = packages.iter().any(|other| other.name == name);
            if in_workspace && !allowed.contains(&name) {
                problems.push(format!(
                    "{}: must not depend on {name}, only on {}",
                    package.name,
                    if allowed.is_empty() {
                        "none".into()
                    } else {
                        allowed.join(", ")
                    }
                ));
            }
            if let Some((_, owner)) = RESERVED.iter().find(|(reserved, _)| *reserved == name)
                && *owner != package.name
            {
                problems.push(format!("{}: only {owner} may name {name}", package.name));
            }
        }
    }
    problems
}

pub(super) fn io_in_pure_crates(files: &[File]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let pure = |file: &&File| {
        let in_pure = PURE.iter().any(|place| file.path.starts_with(place));
        in_pure && file.is_rust() && !file.path.ends_with("tests.rs")
    };
    for file in files.iter().filter(pure) {
        // Tests close a file, and may read fixtures.
        let code = file
            .lines()
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        for (number, line) in code.filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in IO.iter().filter(|word| line.contains(*word)) {
                problems.push(format!(
                    "{}:{number}: `{word}`; this crate does no IO, its callers do",
                    file.path
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(|&name| name.to_owned()).collect();
        Package {
            name: name.to_owned(),
            dependencies,
        }
    }

    #[test]
    fn dependencies_go_downwards_only() {
        let packages = [
            package("tracee-lang", &["logos", "tracee-compiler"]),
            package("tracee-compiler", &["tracee-lang", "aya"]),
            package("newcomer", &[]),
        ];
        assert_eq!(
            dependencies(&packages),
            [
                "tracee-lang: must not depend on tracee-compiler, only on none",
                "tracee-compiler: only tracee-runtime may name aya",
                "newcomer: not in the table of layers; add it to xtask/src/tidy/layers.rs",
            ]
        );
    }

    #[test]
    fn the_compiler_does_no_io_outside_of_tests() {
        let text = "//! x\n// std::fs is not used\nuse std::fs;\n#[cfg(test)]\nuse std::fs;\n";
        assert_eq!(
            io_in_pure_crates(&[file("lang/src/a.rs", text), file("runtime/src/a.rs", text)]),
            ["lang/src/a.rs:3: `std::fs`; this crate does no IO, its callers do"]
        );
    }

    #[test]
    fn metadata_is_read() {
        let metadata = serde_json::json!({
            "packages": [{ "name": "a", "dependencies": [{ "name": "b", "kind": "dev" }] }]
        });
        let packages = read_packages(&metadata);
        assert_eq!(
            (packages[0].name.as_str(), &packages[0].dependencies[..]),
            ("a", &["b".into()][..])
        );
    }
}
