//! An editor without a screen, and files in memory.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};
use tracee_lang::times::Moment;
use tracee_language_server::protocol::{Message, Notification, Request};
use tracee_language_server::{Disk, Server};

/// Files in memory.
#[derive(Debug, Default, Clone)]
pub(crate) struct Memory(pub(crate) BTreeMap<PathBuf, String>);

impl Disk for Memory {
    fn read(&self, path: &Path) -> Result<String, String> {
        let text = self.0.get(path);
        text.cloned().ok_or_else(|| "No such file".to_owned())
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(plain.pop()),
                Component::CurDir => {}
                part => plain.push(part),
            }
        }
        let known = self.0.contains_key(&plain);
        known.then_some(plain).ok_or_else(|| "No such file".into())
    }

    fn names(&self, directory: &Path) -> Vec<String> {
        let beside = self
            .0
            .keys()
            .filter(|path| path.parent() == Some(directory));
        let names = beside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
        names.collect()
    }

    fn policies(&self, directory: &Path) -> Vec<PathBuf> {
        let below = self.0.keys().filter(|path| path.starts_with(directory));
        below.cloned().collect()
    }

    /// What is in a directory: globs are the program's.
    fn signatures(&self, directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
        let directory = directory.join(pattern);
        let below = self.0.keys().filter(|path| path.starts_with(&directory));
        let found: Vec<_> = below.cloned().collect();
        match found.is_empty() {
            true => Err("No such file".to_owned()),
            false => Ok(found),
        }
    }

    fn now(&self) -> Option<Moment> {
        None
    }
}

/// A server and what an editor knows of it.
pub(crate) struct Session {
    server: Server,
    requests: i32,
    version: i32,
}

/// What editors of today can.
pub(crate) fn capabilities() -> Value {
    json!({
        "workspace": { "textDocumentContent": {} },
        "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } },
    })
}

impl Session {
    /// A session in the folder `/w`, initialized.
    pub(crate) fn new(disk: Memory) -> Self {
        let mut session = Self::silent(disk);
        session.ask(
            "initialize",
            json!({
                "processId": null,
                "capabilities": capabilities(),
                "workspaceFolders": [{ "uri": "file:///w", "name": "w" }],
            }),
        );
        session.tell("initialized", json!({}));
        session
    }

    /// One that has not begun.
    pub(crate) fn silent(disk: Memory) -> Self {
        Self {
            server: Server::new(Box::new(disk)),
            requests: 0,
            version: 0,
        }
    }

    /// The answer to a request: its result, or its error.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let request = Request::new(self.requests.into(), method.to_owned(), params);
        let answers = self.server.handle(request.into());
        match &answers[..] {
            [Message::Response(response)] => match &response.response_result {
                Ok(result) => result.clone(),
                Err(error) => json!({ "error": error }),
            },
            other => panic!("{method}: {other:?}"),
        }
    }

    /// Sends a notification, and gives what the server says on its own.
    pub(crate) fn tell(&mut self, method: &str, params: Value) -> Vec<Value> {
        let notification = Notification::new(method.to_owned(), params);
        let mut said = self.server.handle(notification.into());
        said.extend(self.server.settle());
        let said = said.into_iter();
        said.map(|message| serde_json::to_value(message).unwrap())
            .collect()
    }

    pub(crate) fn open(&mut self, uri: &str, text: &str) -> Vec<Value> {
        let document = json!({ "uri": uri, "languageId": "tp", "version": 0, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }))
    }

    pub(crate) fn change(&mut self, uri: &str, changes: Value) -> Vec<Value> {
        self.version += 1;
        let document = json!({ "uri": uri, "version": self.version });
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        )
    }

    /// A change that is followed by a request at once, before diagnostics are looked for.
    pub(crate) fn type_in(&mut self, uri: &str, changes: Value) {
        self.version += 1;
        let document = json!({ "uri": uri, "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        let method = "textDocument/didChange".to_owned();
        let said = self.server.handle(Notification::new(method, params).into());
        assert!(said.is_empty());
    }

    pub(crate) fn close(&mut self, uri: &str) -> Vec<Value> {
        self.tell(
            "textDocument/didClose",
            json!({ "textDocument": { "uri": uri } }),
        )
    }

    pub(crate) fn ended(&self) -> Option<bool> {
        self.server.ended()
    }
}
