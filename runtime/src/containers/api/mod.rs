//! What runtimes say of a container over their sockets, where their files don't. Each runtime has a thread that
//! asks it, so that none waits for another, and the pipeline for none ([`super::waiting`] says how long events do).
//!
//! | runtime | API |
//! |---|---|
//! | containerd | its own, gRPC ([`containerd`]) |
//! | CRI-O | CRI, gRPC ([`cri`]) |
//! | Docker, Podman | Docker's, HTTP ([`docker`]) |

mod containerd;
mod cri;
mod docker;
mod grpc;
mod protobuf;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::Container;
use super::cgroup_path::is_id;
use crate::system;

/// How long one connection may take in all.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Questions that wait for one runtime.
const MAX_QUESTIONS: usize = 1024;

/// A container, as far as it is known.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The control group that was found.
    pub(super) cgroup: u64,
    pub(super) container: Container,
    /// containerd's namespace.
    pub(super) namespace: Option<String>,
    /// The container that holds the namespaces of its pod.
    pub(super) sandbox: Option<String>,
}

/// What a runtime said.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) cgroup: u64,
    pub(super) runtime: Runtime,
    /// `None` if it said nothing.
    pub(super) container: Option<Container>,
}

/// Whom to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Runtime {
    Containerd,
    Crio,
    Docker,
    Podman,
}

impl Runtime {
    /// How many there are.
    pub(super) const COUNT: usize = 4;

    /// The one of that name that can say more of this container.
    fn to_ask(question: &Question) -> Option<Self> {
        let container = &question.container;
        let lacks = container.name.is_empty() || container.image.is_empty();
        let lacks_labels = question.sandbox.is_some() && container.pod_labels.is_none();
        let runtime = match container.runtime.as_str() {
            "containerd" if lacks || lacks_labels || container.image_digest.is_empty() => {
                return Some(Self::Containerd);
            }
            "crio" if lacks => Self::Crio,
            "docker" if lacks => Self::Docker,
            "podman" if lacks => Self::Podman,
            _ => return None,
        };
        // It is a part of a request.
        is_id(&container.id).then_some(runtime)
    }

    fn sockets(self) -> &'static [&'static str] {
        match self {
            Self::Containerd => containerd::SOCKETS,
            Self::Crio => cri::SOCKETS,
            Self::Docker => docker::SOCKETS,
            Self::Podman => docker::PODMAN_SOCKETS,
        }
    }

    /// What it says of a container, together with what is known.
    fn asked(self, root: &Path, question: &Question) -> Option<Container> {
        self.sockets().iter().find_map(|socket| {
            let socket = root.join(socket);
            let mut container = question.container.clone();
            let said = match self {
                Self::Containerd => containerd::describe(&socket, question, &mut container),
                Self::Crio => cri::describe(&socket, &mut container),
                Self::Docker | Self::Podman => docker::describe(&socket, &mut container),
            };
            said.ok().map(|()| container)
        })
    }
}

/// Asks runtimes.
#[derive(Debug)]
pub(super) struct Asker {
    /// Where sockets are below: `/`, but for tests.
    root: PathBuf,
    threads: [Option<SyncSender<Question>>; Runtime::COUNT],
    answers: Receiver<Answer>,
    /// For threads that begin later.
    answer: Sender<Answer>,
}

impl Asker {
    pub(super) fn new(root: &Path) -> Self {
        let (answer, answers) = channel();
        Self {
            root: root.to_owned(),
            threads: Default::default(),
            answers,
            answer,
        }
    }

    /// Asks whom there is to ask; an answer will come. `None` if nobody can say more, or too much is asked
    /// already.
    pub(super) fn ask(&mut self, question: Question) -> Option<Runtime> {
        let runtime = Runtime::to_ask(&question)?;
        let mut sockets = runtime.sockets().iter();
        if !sockets.any(|socket| self.root.join(socket).exists()) {
            return None;
        }
        let thread = &mut self.threads[runtime as usize];
        if thread.is_none() {
            *thread = begin(runtime, self.root.clone(), self.answer.clone()).ok();
        }
        thread.as_ref()?.try_send(question).ok()?;
        Some(runtime)
    }

    /// An answer, waiting at most so long for it.
    pub(super) fn answer(&self, wait: Duration) -> Option<Answer> {
        match wait.is_zero() {
            true => self.answers.try_recv().ok(),
            false => self.answers.recv_timeout(wait).ok(),
        }
    }
}

/// A thread that asks one runtime until the [`Asker`] is gone.
fn begin(
    runtime: Runtime,
    root: PathBuf,
    answer: Sender<Answer>,
) -> io::Result<SyncSender<Question>> {
    let (ask, asked) = sync_channel::<Question>(MAX_QUESTIONS);
    let work = move || {
        for question in asked {
            let said = Answer {
                cgroup: question.cgroup,
                runtime,
                container: runtime.asked(&root, &question),
            };
            if answer.send(said).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("containers".into())
        .spawn(work)?;
    Ok(ask)
}

/// A connection that takes no longer than [`TIMEOUT`] in all.
struct Connection {
    socket: system::Socket,
    end: Instant,
}

impl Connection {
    fn to(socket: &Path) -> io::Result<Self> {
        Ok(Self {
            socket: system::connect(socket)?,
            end: Instant::now() + TIMEOUT,
        })
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(left),
        }
    }
}

impl Read for Connection {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(into)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

#[cfg(test)]
mod tests;
