//! The language server: what editors ask about `.tp` policies, answered by the compiler's own crates.
//!
//! ```text
//!            ┌ documents ─ text (places as editors count them, tokens)
//! Message ─ server ┤
//!            └ analysis (Program, Checked, plan; one for each version of a document) ← Disk
//!                 ↑
//!              features: one file for each thing that an editor asks
//! ```
//!
//! Enter at [`serve`], which reads and writes the protocol's messages on stdin and stdout, or at
//! [`Server`], which makes messages of messages and does no IO but through [`Disk`].

mod analysis;
mod capabilities;
mod disk;
mod documents;
mod features;
mod loader;
mod plan;
mod server;
mod syntax;
mod text;
mod uri;

pub use disk::Disk;
pub use lsp_server as protocol;
pub use server::Server;

use lsp_server::{Connection, Message};

/// Why the server ended other than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stdin or stdout failed.
    #[error("the editor can't be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The editor left without the protocol's `shutdown`.
    #[error("the editor ended without `shutdown`")]
    NotShutDown,
}

/// Serves an editor on stdin and stdout until it says `exit` or is gone.
///
/// # Errors
/// Stdin or stdout failed, or the editor ended without `shutdown` before.
pub fn serve(disk: Box<dyn Disk>) -> Result<(), Error> {
    let (connection, threads) = Connection::stdio();
    let ended = answer(&connection, disk);
    drop(connection);
    threads.join()?;
    if ended {
        Ok(())
    } else {
        Err(Error::NotShutDown)
    }
}

/// Answers messages; whether the last one was an `exit` after a `shutdown`.
fn answer(connection: &Connection, disk: Box<dyn Disk>) -> bool {
    let mut server = Server::new(disk);
    for message in &connection.receiver {
        let mut answers = server.handle(message);
        // What was typed meanwhile is looked at once.
        if connection.receiver.is_empty() {
            answers.extend(server.settle());
        }
        if !send(connection, answers) {
            return false;
        }
        if let Some(cleanly) = server.ended() {
            return cleanly;
        }
    }
    false
}

/// Whether there still is somebody to send to.
fn send(connection: &Connection, messages: Vec<Message>) -> bool {
    let mut messages = messages.into_iter();
    messages.all(|message| connection.sender.send(message).is_ok())
}
