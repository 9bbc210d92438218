//! The thread that reads executables.
//!
//! What a process executes is opened at once, without reading it, so that it is found though the process ends or
//! executes something else; whether it is the file that the kernel named is asked of the opened file. Everything that
//! a file system could make wait is the thread's.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::Digest;
use crate::process_tree::FileKey;
use crate::system;

/// Larger files are not read.
const MAX_FILE: u64 = 1 << 30;

/// Files that are open until the thread comes to them.
const MAX_OPEN: usize = 128;

/// Digests that the thread knows, so that what many processes run is read once.
const MAX_KNOWN: usize = 16_384;

/// What a process runs.
#[derive(Debug)]
pub(super) struct Question {
    pid: u32,
    /// The file that the kernel named.
    asked: Option<FileKey>,
    /// That, opened.
    file: Option<File>,
    /// Where it is if the process is gone.
    path: Vec<u8>,
}

impl Question {
    /// Of a process that runs.
    pub(super) fn running(pid: u32) -> Self {
        Self {
            pid,
            asked: None,
            file: None,
            path: Vec::new(),
        }
    }

    /// Of one that just executed this file.
    pub(super) fn executed(pid: u32, asked: FileKey, path: Vec<u8>) -> Self {
        Self {
            pid,
            asked: Some(asked),
            file: None,
            path,
        }
    }
}

/// What was found.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) pid: u32,
    pub(super) asked: Option<FileKey>,
    /// The file as the file system names it, and its digest.
    pub(super) found: Option<(FileKey, Digest)>,
}

/// Asks the thread.
#[derive(Debug)]
pub(super) struct Reader {
    thread: Option<Sender<Question>>,
    answers: Receiver<Answer>,
    /// For the thread, when it begins.
    answer: Sender<Answer>,
    open: usize,
}

impl Reader {
    pub(super) fn new() -> Self {
        let (answer, answers) = channel();
        Self {
            thread: None,
            answers,
            answer,
            open: 0,
        }
    }

    /// Asks; an answer will come. Not if too much is asked already: says so.
    pub(super) fn ask(&mut self, mut question: Question) -> bool {
        if question.asked.is_some() {
            if self.open >= MAX_OPEN {
                return false;
            }
            question.file = system::executable_of(question.pid).ok();
            self.open += 1;
        }
        if self.thread.is_none() {
            self.thread = begin(self.answer.clone()).ok();
        }
        let thread = self.thread.as_ref();
        thread.is_some_and(|thread| thread.send(question).is_ok())
    }

    /// An answer, waiting at most so long for it.
    pub(super) fn answer(&mut self, wait: Duration) -> Option<Answer> {
        let answer = match wait.is_zero() {
            true => self.answers.try_recv().ok(),
            false => self.answers.recv_timeout(wait).ok(),
        };
        if answer.as_ref().is_some_and(|answer| answer.asked.is_some()) {
            self.open = self.open.saturating_sub(1);
        }
        answer
    }
}

/// What was asked meanwhile; if there is nothing else to do, what is asked next. `None` with nothing to do is that
/// nobody asks any more.
fn next(asked: &Receiver<Question>, is_idle: bool) -> Option<Question> {
    match is_idle {
        true => asked.recv().ok(),
        false => asked.try_recv().ok(),
    }
}

/// A thread that reads until the [`Reader`] is gone.
fn begin(answer: Sender<Answer>) -> io::Result<Sender<Question>> {
    let (ask, asked) = channel::<Question>();
    let work = move || {
        let mut known = HashMap::new();
        let mut waiting = [VecDeque::new(), VecDeque::new()];
        loop {
            // Events wait for what was executed, and none for what ran before.
            while let Some(question) = next(&asked, waiting.iter().all(VecDeque::is_empty)) {
                waiting[usize::from(question.asked.is_none())].push_back(question);
            }
            let Some(question) = waiting.iter_mut().find_map(VecDeque::pop_front) else {
                return;
            };
            let (pid, asked) = (question.pid, question.asked);
            let found = found(question, &mut known);
            if answer.send(Answer { pid, asked, found }).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("executables".into())
        .spawn(work)?;
    Ok(ask)
}

fn found(question: Question, known: &mut HashMap<FileKey, Digest>) -> Option<(FileKey, Digest)> {
    let Question {
        pid,
        asked,
        file,
        path,
    } = question;
    let Some(asked) = asked else {
        let file = system::executable_of(pid).ok()?;
        return digest(&file, None, known);
    };
    let opened = file.and_then(|file| digest(&file, Some(asked), known));
    opened.or_else(|| digest(&system::named(&path).ok()?, Some(asked), known))
}

/// What an opened file hashes to, if it is the one that was asked for.
fn digest(
    opened: &File,
    asked: Option<FileKey>,
    known: &mut HashMap<FileKey, Digest>,
) -> Option<(FileKey, Digest)> {
    let file = system::file_key(&opened.metadata().ok()?)?;
    // File systems in layers name devices as they like; inode and ctime they have from the file.
    let is_it = |asked: FileKey| (asked.inode, asked.ctime) == (file.inode, file.ctime);
    if !asked.is_none_or(is_it) {
        return None;
    }
    if let Some(digest) = known.get(&file) {
        return Some((file, digest.clone()));
    }
    let reading = system::reopened(opened).ok()?;
    let digest = hash(reading)?;
    // Written meanwhile, it is neither what was nor what is.
    if system::file_key(&opened.metadata().ok()?)? != file {
        return None;
    }
    if known.len() >= MAX_KNOWN {
        known.clear();
    }
    known.insert(file, digest.clone());
    Some((file, digest))
}

fn hash(mut file: File) -> Option<Digest> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut left = MAX_FILE;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                left = left.checked_sub(count as u64)?;
                hash.update(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
}
