//! What editors ask while one types: the language server, without a disk.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tracee_lang::times::Moment;
use tracee_language_server::{Disk, Server};

/// The server of one page.
#[derive(Debug)]
pub(crate) struct Editor {
    server: Server,
}

impl Default for Editor {
    fn default() -> Self {
        Self {
            server: Server::new(Box::new(NoDisk)),
        }
    }
}

impl Editor {
    /// Takes a message of the protocol and gives a list of messages. Diagnostics are not among them: those
    /// are looked at with the plan.
    ///
    /// # Errors
    /// It is no message.
    pub(crate) fn handle(&mut self, message: Value) -> Result<Value, String> {
        let message = serde_json::from_value(message);
        let message = message.map_err(|error| format!("this is no message: {error}"))?;
        Ok(json!(self.server.handle(message)))
    }
}

/// Nothing but what the page has open.
struct NoDisk;

const NOTHING: &str = "the playground has this one file";

impl Disk for NoDisk {
    fn read(&self, _: &Path) -> Result<String, String> {
        Err(NOTHING.to_owned())
    }

    fn real(&self, _: &Path) -> Result<PathBuf, String> {
        Err(NOTHING.to_owned())
    }

    fn names(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }

    fn policies(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    fn signatures(&self, _: &Path, _: &str) -> Result<Vec<PathBuf>, String> {
        Err(NOTHING.to_owned())
    }

    /// Exceptions that have expired are said by what looks at the policy.
    fn now(&self) -> Option<Moment> {
        None
    }
}
