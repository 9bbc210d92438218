//! The arguments, as clap reads them. Completions and the man page are made from this, too.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tracee_lang::times::Moment;
use tracee_runtime::queue::QueueOptions;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a policy has errors; fmt --check: one is not formatted
  2  wrong usage, or a file can't be read or written
  3  the kernel can't or won't: no privilege, no BTF, a program refused
  4  --strict: a recording has a bad line or is cut short
  5  the output can't be written, or nobody reads it any more
  6  test: a test failed, there is none, or less is covered than --fail-under
  7  test: tracee itself is wrong, please report it";

/// Watch Linux hosts and containers with compiled policies.
#[derive(Debug, Parser)]
#[command(name = "tracee", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// When to colour what is printed
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    /// The day, or moment, in UTC that decides which exceptions of policies have expired; default is now
    #[arg(long, global = true, value_name = "DATE", value_parser = parse_moment)]
    pub(crate) today: Option<Moment>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One subcommand, one file in `commands/`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check policies: exit 0 if they compile, 1 with diagnostics
    Check(CheckArgs),
    /// Format policies in place: the one layout, comments kept
    Fmt(FmtArgs),
    /// Start a pack: a policy, its tests, a recording, and what checks them
    Init(InitArgs),
    /// Run policies on this kernel, or over a recording
    Run(RunArgs),
    /// Run the tests in policies
    Test(TestArgs),
    /// Show where each predicate of a policy runs, and why
    Explain(ExplainArgs),
    /// Describe events: arguments and what they can be, sets, what this kernel makes them from
    Describe(DescribeArgs),
    /// List events, context fields, functions, or the rules of policies
    List(ListArgs),
    /// Write a manual of policies: rules, severities, techniques, fields
    Doc(DocArgs),
    /// Answer an editor: the language server, on stdin and stdout
    Lsp,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the man page (roff)
    Man,
}

/// `tracee check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Policies, checked together: files, directories with every *.tp below them, `-` for stdin
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How diagnostics are shown; auto is rich on a terminal and short elsewhere
    #[arg(long, value_enum, default_value_t = DiagnosticFormat::Auto)]
    pub(crate) format: DiagnosticFormat,
    /// Fail on warnings, too
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) deny: Option<Denied>,
    /// Mend what can be mended without a doubt in the files named, then report the rest
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: write nothing, print only what would change, and exit 1 if anything would
    #[arg(long, requires = "fix")]
    pub(crate) diff: bool,
}

/// `tracee fmt`.
#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Policies: files, directories with every *.tp below them; `-` is stdin to stdout
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write nothing; name each file that would change, and exit 1 if there is one
    #[arg(long)]
    pub(crate) check: bool,
}

/// `tracee init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Where to: a directory, which is made if it is not there. Its name is the policy's
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
}

/// `tracee test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Policies with their tests, checked together: files, or directories with every *.tp below them
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Run just the tests whose `POLICY: TITLE` has a match of this regular expression
    #[arg(long, value_name = "REGEX")]
    pub(crate) filter: Option<String>,
    /// Print what no test reaches: rules, and parts of conditions
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Fail if tests cover less
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    pub(crate) fail_under: Option<f64>,
    /// For a person, as one JSON object, or as JUnit's XML
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub(crate) format: TestFormat,
    /// Print the tests instead of running them
    #[arg(long, conflicts_with_all = ["coverage", "fail_under"])]
    pub(crate) list: bool,
}

/// How the outcome of tests is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For a person
    Human,
    /// One JSON object
    Json,
    /// JUnit's XML, for GitLab, GitHub and Jenkins
    Junit,
}

/// `tracee run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// Policies, run together: files, directories with every *.tp below them, `-` for stdin; without,
    /// every rule of the standard library
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Run every OPA signature below a directory, too
    #[arg(long, value_name = "DIR")]
    pub(crate) rego: Option<PathBuf>,
    /// What decides OPA signatures (default auto)
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub(crate) rego_engine: Option<RegoEngine>,
    /// Read events from a file instead of the kernel: our recording, or JSON lines in one of Aqua
    /// Tracee's forms, also packed with gzip or zstd; `-` is stdin; may be given several times, to
    /// be read in this order
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Vec<PathBuf>,
    /// Write every record that is read to a file, for --replay
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// How and where events and detections go: table or json, then optionally `:file:PATH`
    /// (default table); `json=aqua` and `json=aqua-v1` have the keys of Aqua Tracee's `trace.Event` and
    /// `v1beta1.Event`; may be given several times
    #[arg(long, value_name = "FORMAT[:DEST]")]
    pub(crate) output: Vec<crate::commands::run::OutputSpec>,
    /// Let the kernel pass every event that is wanted at all; userland filters
    #[arg(long, conflicts_with = "replay")]
    pub(crate) no_pushdown: bool,
    /// Evaluate conditions with the reference interpreter instead of machine code
    #[arg(long)]
    pub(crate) interpreter: bool,
    /// End after this long (`90s`, `5m`, `500ms`)
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) duration: Option<std::time::Duration>,
    /// End at the first bad line or record of a replayed file instead of counting it; with --rego,
    /// at a signature that is wrong instead of leaving it out
    #[arg(long)]
    pub(crate) strict: bool,
    /// Size of the buffer that the kernel writes events into: a power of two, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 16, value_parser = parse_buffer, conflicts_with = "replay")]
    pub(crate) buffer: u32,
    /// Where events and detections wait for each output, and how much of them, while it is slower than
    /// they come: `memory[:SIZE]` (default memory:64MiB) or `disk:DIR[:SIZE]` (1GiB); SIZE has KiB, MiB or
    /// GiB. What finds no place is counted
    #[arg(long, value_name = "QUEUE", conflicts_with = "replay")]
    pub(crate) queue: Option<QueueOptions>,
    /// Let the kernel measure its programs; the summary says what each cost, what became of each event, and
    /// how many records each selector let through
    #[arg(long, conflicts_with = "replay")]
    pub(crate) stats: bool,
    /// Write the summary as JSON to a file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) summary_json: Option<PathBuf>,
    /// Trace just this command and what it starts, and end with it
    #[arg(last = true, value_name = "CMD", conflicts_with = "replay")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

/// `tracee explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Policies, explained together, as they would run: files or directories; or the code of a
    /// diagnostic (`TP0301`), or a word of the language (`prefix`)
    #[arg(required_unless_present = "rego", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Explain every OPA signature below a directory, too
    #[arg(long, value_name = "DIR")]
    pub(crate) rego: Option<PathBuf>,
    /// What decides OPA signatures (default auto)
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub(crate) rego_engine: Option<RegoEngine>,
    /// For a person, or as one JSON object
    #[arg(long, value_enum, default_value_t = DataFormat::Human)]
    pub(crate) format: DataFormat,
}

/// What decides OPA signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RegoEngine {
    /// Conditions made of them where those say the same, regorus for the rest.
    Auto,
    /// Regorus alone.
    Regorus,
}

/// `tracee describe`.
#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// Events by name
    #[arg(required = true, value_name = "EVENT")]
    pub(crate) events: Vec<String>,
    /// For a person, or as one JSON array
    #[arg(long, value_enum, default_value_t = DataFormat::Human)]
    pub(crate) format: DataFormat,
}

/// `tracee list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list
    #[arg(value_enum)]
    pub(crate) what: Listed,
    /// Policies, for `rules`: files or directories; without, the standard library
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Of the events only those of this set
    #[arg(long, value_name = "SET")]
    pub(crate) set: Option<String>,
    /// For a person, or as one JSON array
    #[arg(long, value_enum, default_value_t = DataFormat::Human)]
    pub(crate) format: DataFormat,
}

/// `tracee doc`.
#[derive(Debug, Args)]
pub(crate) struct DocArgs {
    /// Policies, documented together: files, directories with every *.tp below them, `-` for stdin;
    /// without, every rule of the standard library
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Which form; without it the output's extension tells, else it is markdown
    #[arg(long, value_enum)]
    pub(crate) format: Option<DocFormat>,
    /// Where to: a file, or a directory for its index; default is stdout
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) output: Option<PathBuf>,
}

/// The forms of a manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocFormat {
    /// CommonMark with tables
    Markdown,
    /// One page that loads nothing
    Html,
}

/// What `tracee list` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listed {
    /// Every event with its arguments
    Events,
    /// The sets of events that `select set.NAME` takes
    Sets,
    /// The rules of the policies named, or of the standard library
    Rules,
    /// The lists of the standard library
    Lists,
    /// The context that every event carries
    Fields,
    /// The functions of conditions
    Functions,
}

/// What `tracee check` fails on beside errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Denied {
    /// Every warning
    Warnings,
}

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagnosticFormat {
    /// rich on a terminal, short elsewhere
    Auto,
    /// With source, colours and links
    Rich,
    /// In sentences, for screen readers
    Narrated,
    /// With source, for logs
    Plain,
    /// One line each: FILE:LINE:COLUMN: severity[CODE]: message
    Short,
    /// One JSON object a line
    Json,
    /// One SARIF 2.1.0 log, for code scanning and editors
    Sarif,
    /// Workflow commands, of which GitHub makes annotations
    Github,
}

/// How data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    /// For a person
    Human,
    /// JSON
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn parse_moment(text: &str) -> Result<Moment, &'static str> {
    text.parse()
}

fn parse_percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.parse().map_err(|_| "is not a number".to_owned())?;
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent),
        false => Err("is not from 0 to 100".into()),
    }
}

fn parse_buffer(text: &str) -> Result<u32, String> {
    let mebibytes = text
        .parse()
        .map_err(|_| "is not a whole number".to_owned())?;
    if (1..=2048).contains(&mebibytes) && u32::is_power_of_two(mebibytes) {
        Ok(mebibytes)
    } else {
        Err("is not a power of two from 1 to 2048".into())
    }
}

fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number
        .parse()
        .map_err(|_| "starts with a whole number".to_owned())?;
    let milliseconds = match unit {
        "ms" => Some(number),
        "s" | "" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => return Err(format!("unknown unit `{unit}`: use ms, s, m or h")),
    };
    milliseconds
        .filter(|&milliseconds| milliseconds > 0)
        .map(std::time::Duration::from_millis)
        .ok_or_else(|| "must be more than nothing and less than an age".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        let millis = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(millis("500ms"), Ok(500));
        assert_eq!(millis("90s"), Ok(90_000));
        assert_eq!(millis("90"), Ok(90_000));
        assert_eq!(millis("5m"), Ok(300_000));
        assert!(millis("5d").is_err() && millis("m").is_err() && millis("0s").is_err());
        assert!(millis("99999999999999999999h").is_err());
    }
}
