//! `tracee check --fix`: makes the sure fixes, again and again until there is none, then writes every
//! file that changed. `--diff` prints instead of writing.

use std::sync::Arc;

use similar::TextDiff;
use tracee_lang::check::Checked;
use tracee_lang::fix::{self, Made};
use tracee_lang::source::FileId;
use tracee_lang::times::Moment;

use crate::exit::{Exit, Failure};
use crate::load::Sources;
use crate::replace::replace;
use crate::{render, terminal};

/// Fixes are made so many times; one that mends nothing would be made for ever.
const MAX_ROUNDS: usize = 32;
/// Lines around a change.
const CONTEXT: usize = 3;

/// What was mended.
pub(super) struct Mended {
    /// What is still wrong.
    pub(super) checked: Checked,
    /// The files that changed, with their texts before.
    before: Vec<(FileId, Arc<str>)>,
    /// A line for every fix.
    said: Vec<String>,
}

/// Mends the files that were named. Nothing is written yet.
pub(super) fn mend(sources: &mut Sources, now: Moment) -> Result<Mended, Failure> {
    if sources.origins.iter().any(|origin| origin.is_stdin()) {
        let message = "stdin can't be fixed: there is no file to write";
        return Err(Failure::new(Exit::Usage, message));
    }
    let original = sources.map.clone();
    let files = sources.files.clone();
    let mut said = Vec::new();
    let mut checked = sources.check(now);
    for _ in 0..MAX_ROUNDS {
        let fixed = fix::apply(&sources.map, &checked.diagnostics, &files);
        if fixed.made.is_empty() {
            break;
        }
        said.extend(fixed.made.iter().map(|made| line(sources, made)));
        sources.rewrite(&fixed.texts);
        checked = sources.check(now);
    }
    let before = original.iter().filter_map(|(id, file)| {
        let changed = sources.map.get(id).is_some_and(|now| now.text != file.text);
        changed.then(|| (id, file.text.clone()))
    });
    Ok(Mended {
        checked,
        before: before.collect(),
        said,
    })
}

/// `FILE:LINE:COLUMN: fixed[CODE]: what was done`, the place as it was then.
fn line(sources: &Sources, made: &Made) -> String {
    let place = render::short_place(&sources.map, made.span);
    format!("{place}: fixed[{}]: {}", made.code, made.title)
}

impl Mended {
    /// Writes what changed and says what was fixed. A file that can't be written is said, and the others
    /// are written all the same.
    pub(super) fn write(&self, sources: &Sources) -> Exit {
        for line in &self.said {
            terminal::say(line);
        }
        let mut exit = Exit::Success;
        for (id, before) in &self.before {
            let file = sources.map.get(*id);
            let (Some(file), Some(origin)) = (file, sources.origins.get(id.0 as usize)) else {
                continue;
            };
            let written = if sources.is_as_read(origin, before) {
                replace(&origin.path, &origin.whole(&file.text))
            } else {
                let message = format!("`{}` changed while it was mended", file.name);
                Err(Failure::new(Exit::Usage, message).help("run the command again"))
            };
            if let Err(failure) = written {
                failure.say();
                exit = exit.max(failure.exit);
            }
        }
        exit
    }

    /// What would change, as a unified diff.
    pub(super) fn diff(&self, sources: &Sources) -> String {
        let mut text = String::new();
        for (id, before) in &self.before {
            let Some(file) = sources.map.get(*id) else {
                continue;
            };
            let diff = TextDiff::from_lines(&**before, &*file.text);
            let mut unified = diff.unified_diff();
            let unified = unified
                .context_radius(CONTEXT)
                .header(&file.name, &file.name);
            text.push_str(&unified.to_string());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone_and_the_others_are_written() {
        let directory = tempfile::tempdir().unwrap();
        let paths = ["a.tp", "b.tp"].map(|name| directory.path().join(name));
        for (path, name) in paths.iter().zip(["a", "b"]) {
            fs::write(path, format!("policy {name} {{ select execve }}")).unwrap();
        }
        let mut sources = Sources::read(&paths);
        let mended = mend(&mut sources, Moment(0)).unwrap();
        assert!(mended.checked.diagnostics.is_empty());
        fs::write(&paths[0], "policy a {}").unwrap();
        assert_eq!(mended.write(&sources), Exit::Usage);
        assert_eq!(fs::read_to_string(&paths[0]).unwrap(), "policy a {}");
        let written = fs::read_to_string(&paths[1]).unwrap();
        assert_eq!(written, "policy b { select execve; }");
    }
}
