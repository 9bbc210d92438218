//! `cargo xtask playground`: the folder that any file server can serve: the compiler as WebAssembly, the page's
//! modules in two files, examples and recordings.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::{Result, shell};

const TARGET: &str = "wasm32-unknown-unknown";
/// Of the root's Cargo.toml.
const PROFILE: &str = "playground";
/// The page needs no more stack than a program has, 8 MiB, and browsers less than that.
const STACK: usize = 4 << 20;
/// A compiler of Debian's, whose source is there to build the library for WebAssembly of.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library";
const DEBIAN_LINKER: &str = "wasm-ld-19";
const NEEDS: &str = "neither `rustup target add wasm32-unknown-unknown` was run, nor are Debian's packages \
                     there: apt-get install rustc-web cargo-web rust-web-src lld-19";

/// Build the playground into target/playground
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Serve it on this machine, at this port
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "8000")]
    serve: Option<u16>,
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let target = target();
    let folder = target.join("playground");
    // Of its own, because the compiler may be another one than that of everything else.
    let program = compile(&target.join("wasm"))?;
    shell::remove_dir(&folder)?;
    shell::create_dir(&folder)?;
    let program = shell::read(&program)?;
    shell::write(&folder.join("playground.wasm"), &program)?;
    bundle(&folder)?;
    examples(&folder)?;
    println!(
        "{}: playground.wasm has {} bytes",
        folder.display(),
        program.len()
    );
    let port = args.serve.unwrap_or(8000);
    let serve = ["-m", "http.server", "--bind", "127.0.0.1", "--directory"];
    println!(
        "serve it with any file server: python3 {} {} {port}, then http://127.0.0.1:{port}/",
        serve.join(" "),
        folder.display()
    );
    match args.serve {
        None => Ok(()),
        Some(port) => {
            let mut server = Command::new("python3");
            let server = server.args(serve).arg(&folder).arg(port.to_string());
            visibly(server)
        }
    }
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell::root().join("target"), PathBuf::from)
}

/// Runs a program that talks to whoever called this.
fn visibly(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status();
    let status = status.map_err(|err| format!("cannot start {command:?}: {err}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?} failed: {status}").into()),
    }
}

/// Whether this toolchain has the library for WebAssembly.
fn has_library() -> bool {
    let mut rustc = Command::new("rustc");
    let rustc = rustc
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(shell::root());
    let library = shell::output(rustc).unwrap_or_default();
    let library = String::from_utf8_lossy(&library);
    !library.trim().is_empty() && Path::new(library.trim()).is_dir()
}

/// Builds the crate; the path of the program.
fn compile(target: &Path) -> Result<PathBuf> {
    let mut cargo;
    if has_library() {
        cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    } else if [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_LIBRARY]
        .iter()
        .all(|path| Path::new(path).exists())
    {
        cargo = Command::new(DEBIAN_CARGO);
        // Building the library is what the variable is for; nothing of this project is unstable.
        cargo
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", DEBIAN_RUSTC)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
            .env_remove("LD_LIBRARY_PATH")
            .arg("-Zbuild-std=std,panic_abort");
    } else {
        return Err(NEEDS.into());
    }
    cargo
        .env("CARGO_TARGET_DIR", target)
        .args([
            "rustc",
            "--locked",
            "--package",
            "tracee-playground",
            "--lib",
        ])
        .args([
            "--crate-type",
            "cdylib",
            "--target",
            TARGET,
            "--profile",
            PROFILE,
        ])
        .args(["--", "-C", &format!("link-arg=-zstack-size={STACK}")])
        .current_dir(shell::root());
    visibly(&mut cargo)?;
    Ok(target
        .join(TARGET)
        .join(PROFILE)
        .join("tracee_playground.wasm"))
}

/// The page, and its modules as two files.
fn bundle(folder: &Path) -> Result<()> {
    let sources = shell::root().join("editors/playground");
    if !sources.join("node_modules").is_dir() {
        let mut npm = Command::new("npm");
        let npm = npm
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&sources);
        visibly(npm)?;
    }
    let mut node = Command::new("node");
    visibly(node.arg("bundle.mjs").arg(folder).current_dir(&sources))?;
    let page = shell::read(&sources.join("web/index.html"))?;
    shell::write(&folder.join("index.html"), page)
}

/// Copies policies and recordings of examples/, and lists them in `examples.json`.
fn examples(folder: &Path) -> Result<()> {
    let root = shell::root().join("examples");
    let copy = |path: &Path, name: &str| shell::write(&folder.join(name), shell::read(path)?);
    let intrusion = "examples/intrusion.trec".to_owned();
    copy(&root.join("recordings/intrusion.trec"), &intrusion)?;
    let mut recordings = vec![json!({ "name": "a recorded intrusion", "file": intrusion })];
    let mut policies: Vec<Value> = Vec::new();
    let entries = std::fs::read_dir(root.join("policies"))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (policy, events) = match path.is_dir() {
            true => (path.join("policy.tp"), path.join("events.jsonl")),
            false => (path.clone(), PathBuf::new()),
        };
        let name = format!("examples/{stem}.tp");
        copy(&policy, &name)?;
        let title = stem.replace('_', " ");
        let recording = if events.is_file() {
            let file = format!("examples/{stem}.jsonl");
            copy(&events, &file)?;
            recordings.push(json!({ "name": format!("events of: {title}"), "file": file }));
            file
        } else {
            intrusion.clone()
        };
        let one = json!({ "name": title, "policy": name, "recording": recording });
        // The one to begin with is the first.
        let at = if stem == "quickstart" {
            0
        } else {
            policies.len()
        };
        policies.insert(at, one);
    }
    let list = json!({ "policies": policies, "recordings": recordings });
    shell::write(&folder.join("examples.json"), format!("{list:#}\n"))
}
