//! `cargo xtask bpf`: builds `ebpf/tracee.bpf.o` from `ebpf/bpf/`, with a pinned compiler and pinned
//! flags, so that anybody gets the same bytes. The object is committed: users need no clang.

use std::path::Path;
use std::process::Command;

use crate::{Result, shell};

const CLANG: &str = "clang-19";
const STRIP: &str = "llvm-strip-19";
const OBJECT: &str = "ebpf/tracee.bpf.o";

/// Larger than this the object should not become: it is in every binary.
const MAX_SIZE: usize = 384 * 1024;

/// Build the eBPF object, or check that the committed one is what its sources give
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail if the committed object is not what a build gives
    #[arg(long)]
    check: bool,
}

/// Runs the chore.
pub(crate) fn run(args: &Args) -> Result<()> {
    let committed = shell::root().join(OBJECT);
    let built = build()?;
    if built.len() > MAX_SIZE {
        return Err(format!("the object has {} bytes, more than {MAX_SIZE}", built.len()).into());
    }
    if !args.check {
        shell::write(&committed, &built)?;
        println!("{OBJECT}: {} bytes", built.len());
        return Ok(());
    }
    if shell::read(&committed)? == built {
        println!("{OBJECT} is what ebpf/bpf gives");
        return Ok(());
    }
    Err(format!(
        "{OBJECT} is not what ebpf/bpf gives: run `cargo xtask bpf` and commit the object with \
         the sources. If you did, compare `{CLANG} --version` and the version of libbpf-dev with \
         those that CONTRIBUTING.md names"
    )
    .into())
}

/// Compiles into a folder of its own, and returns the object's bytes.
fn build() -> Result<Vec<u8>> {
    need(CLANG, "clang-19")?;
    need(STRIP, "llvm-19")?;
    if !Path::new("/usr/include/bpf/bpf_helpers.h").exists() {
        return Err(
            "the headers of libbpf are missing: install libbpf-dev (Debian: `apt install \
             libbpf-dev`)"
                .into(),
        );
    }
    let folder = shell::root().join("target/bpf");
    shell::create_dir(&folder)?;
    let object = folder.join(format!("tracee.{}.o", std::process::id()));
    let sources = shell::root().join("ebpf/bpf");
    shell::output(
        Command::new(CLANG)
            .current_dir(&sources)
            // v3 is the newest instruction set that 5.10 takes whole; what v4 adds is 6.6.
            .args(["-target", "bpf", "-mcpu=v3", "-O2", "-g"])
            // The lines of inlined functions would be a third of the object, for the verifier's log alone.
            .arg("-gno-inline-line-tables")
            .args(["-Wall", "-Wextra", "-Werror", "-I."])
            // BTF.ext names the source files: not by where this checkout lies.
            .arg(format!("-ffile-prefix-map={}=bpf", sources.display()))
            .arg("-fdebug-compilation-dir=bpf")
            .args(["-c", "tracee.bpf.c", "-o"])
            .arg(&object),
    )?;
    // DWARF is two thirds of the object; BTF stays. Where its extension lies needs no relocation: each
    // part of it names its section.
    let strip = ["-g", "--remove-section=.rel.BTF.ext"];
    shell::output(Command::new(STRIP).args(strip).arg(&object))?;
    let bytes = shell::read(&object)?;
    std::fs::remove_file(&object)?;
    Ok(bytes)
}

fn need(program: &str, package: &str) -> Result<()> {
    shell::output(Command::new(program).arg("--version"))
        .map(drop)
        .map_err(|err| {
            format!(
                "{err}\n{program} is needed to build the eBPF object: install it (Debian: `apt \
                 install {package}`). To build tracee itself it isn't: {OBJECT} is committed"
            )
            .into()
        })
}
