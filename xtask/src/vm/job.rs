//! What a guest does: a command from the command line, some tests, or (by default) all the live
//! checks of `guest/live.sh`. Building the programs for it happens here, once for all kernels.

use std::path::Path;

use super::kernel::Image;
use super::root::Root;
use super::{containers, report, standard_rules, strace, work};
use crate::cargo::Executable;
use crate::{Result, cargo, equivalence, shell};

/// A guest's work.
pub(crate) enum Job {
    /// These words, run as a command.
    Command(Vec<String>),
    /// Nothing but the tests in /tests.
    Tests {
        /// `NAME=VALUE`.
        variables: Vec<String>,
        /// Parts of the names of those to run; none for all.
        only: Vec<String>,
    },
    /// So many random policies and events, decided by the kernel's filters and by the interpreter.
    Equivalence(u64),
    /// The live tests, the attack chain, whose output [`super::chain`] checks, and
    /// [`super::standard_rules`]; before them, if so, [`Job::Equivalence`].
    Live {
        /// How many cases of it.
        equivalence: Option<u64>,
    },
    /// The same without the live tests.
    Chain,
    /// Syscalls, told by strace and by tracee; [`super::strace`] compares them.
    Strace,
    /// Real containers, watched; [`super::containers`] checks what is said of them.
    Containers,
}

/// An integration test: the package and the name of its target.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) package: String,
    pub(crate) name: String,
}

impl Job {
    /// A root that does this job, with `tests` built and put in /tests; it is the same for all kernels.
    pub(crate) fn root(&self, tests: &[Test], kernels: &[Image]) -> Result<Root> {
        let mut root = Root::new(&self.script()?)?;
        for test in tests {
            add_test(&mut root, test)?;
        }
        if self.equivalence().is_some() {
            let test = equivalence::optimised("tracee-runtime", "equivalence")?;
            root.program(&test, EQUIVALENCE)?;
        }
        if self.runs_the_chain() || self.runs_strace() || self.runs_containers() {
            for (package, test) in PROGRAMS {
                let made = built(package, test)?.into_iter();
                for made in made.filter(|made| !made.is_test) {
                    root.program(&made.path, &format!("/bin/{}", file_name(&made.path)))?;
                }
            }
        }
        if self.runs_strace() {
            root.program(Path::new(STRACE), STRACE)?;
            root.copy(&shell::root().join(strace::SCRIPT), "/strace.sh")?;
        }
        if self.runs_containers() {
            containers::add(&mut root)?;
        }
        if self.runs_the_chain() {
            if matches!(self, Job::Live { .. }) {
                let live = Test {
                    package: "tracee-runtime".into(),
                    name: "live".into(),
                };
                add_test(&mut root, &live)?;
            }
            root.copy(
                &shell::root().join("examples/policies"),
                "/examples/policies",
            )?;
            for (script, guest) in [
                (standard_rules::SCRIPT, "/standard-rules.sh"),
                (standard_rules::BUSY, "/busy.sh"),
            ] {
                root.copy(&shell::root().join(script), guest)?;
            }
            work::add(&mut root)?;
        }
        if self.runs_the_chain() || matches!(self, Job::Tests { .. }) {
            for kernel in kernels {
                for (name, bytes) in kernel.modules()? {
                    root.file(&format!("/modules/{}/{name}", kernel.release), bytes);
                }
            }
        }
        Ok(root)
    }

    /// Whether /out is what [`super::chain`] checks.
    pub(crate) fn runs_the_chain(&self) -> bool {
        matches!(self, Job::Live { .. } | Job::Chain)
    }

    /// Whether /out is what [`super::strace`] checks.
    pub(crate) fn runs_strace(&self) -> bool {
        matches!(self, Job::Live { .. } | Job::Strace)
    }

    /// Whether /out is what [`super::containers`] checks.
    pub(crate) fn runs_containers(&self) -> bool {
        matches!(self, Job::Containers)
    }

    fn script(&self) -> Result<String> {
        match self {
            Job::Command(words) => Ok(format!("exec {}\n", quoted(words))),
            Job::Tests { variables, only } => {
                let export =
                    |variable| format!("export {}\n", quoted(std::slice::from_ref(variable)));
                let exports: String = variables.iter().map(export).collect();
                Ok(format!("{exports}set -- {}\n{RUN_TESTS}", quoted(only)))
            }
            Job::Equivalence(cases) => Ok(run_equivalence(*cases)),
            Job::Strace => Ok(RUN_STRACE.to_owned()),
            Job::Containers => Ok(containers::RUN.to_owned()),
            Job::Live { .. } | Job::Chain => {
                let compare = self.equivalence().map(run_equivalence).unwrap_or_default();
                let live = shell::read_text(&shell::root().join("guest/live.sh"))?;
                let strace = if self.runs_strace() { RUN_STRACE } else { "" };
                Ok(compare + &live + strace)
            }
        }
    }

    fn equivalence(&self) -> Option<u64> {
        match self {
            Job::Equivalence(cases) => Some(*cases),
            Job::Live { equivalence } => *equivalence,
            _ => None,
        }
    }
}

const RUN_TESTS: &str = "\
set -e
export TRACEE_REQUIRE_LIVE=1 TRACEE_KERNEL_REPORT=/out/kernel.json
for test in /tests/*; do
    echo \"--- $test\"
    \"$test\" --list \"$@\" | grep ': test$' >/dev/null || { echo \"no test is named so: $*\"; exit 1; }
    \"$test\" --test-threads=1 \"$@\"
done
";

/// Debian's, of the package of that name.
const STRACE: &str = "/usr/bin/strace";

const RUN_STRACE: &str = "sh /strace.sh\n";

/// Where the comparison of filters is in the guest.
const EQUIVALENCE: &str = "/equivalence";

fn run_equivalence(cases: u64) -> String {
    let report = format!("/out/{}", report::COMPARED);
    format!(
        "set -e
export TRACEE_REQUIRE_LIVE=1 TRACEE_EQUIVALENCE_CASES={cases} TRACEE_EQUIVALENCE_REPORT={report}
echo '--- {cases} cases: the kernel and the interpreter'
{EQUIVALENCE} --nocapture
"
    )
}

/// Packages whose programs go to /bin, each with a test that needs these.
const PROGRAMS: [(&str, &str); 2] = [("tracee", "cli"), ("tracee-guest", "programs")];

/// A test and the programs of its package, as `cargo test --workspace` builds them: the dependencies of one package
/// by itself have other features, so that they would be built again.
fn built(package: &str, test: &str) -> Result<Vec<Executable>> {
    let mut made = cargo::executables(&["test", "--no-run", "--workspace", "--test", test])?;
    made.retain(|made| made.package == package);
    match made.is_empty() {
        true => Err(format!("{package} has no test {test}").into()),
        false => Ok(made),
    }
}

/// Adds a test, and at their own paths the programs of its package: tests name them so.
fn add_test(root: &mut Root, test: &Test) -> Result<()> {
    for made in built(&test.package, &test.name)? {
        let path = match made.is_test {
            true => format!("/tests/{}", test.name),
            false => made.path.display().to_string(),
        };
        root.program(&made.path, &path)?;
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().display().to_string()
}

/// The words as a shell reads them back.
fn quoted(words: &[String]) -> String {
    let quote = |word: &String| format!("'{}'", word.replace('\'', r"'\''"));
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        let words = [
            "sh".to_owned(),
            "-c".to_owned(),
            "echo 'a b' $HOME".to_owned(),
        ];
        assert_eq!(quoted(&words), r"'sh' '-c' 'echo '\''a b'\'' $HOME'");
    }
}
