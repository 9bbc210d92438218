//! The protocol: messages in, messages out. Enter at [`Server::handle`].
//!
//! Requests are answered from the analysis of the document's current version, which is made when the
//! first of them wants it and kept until the document or something that it imports changes. Diagnostics
//! follow in [`Server::settle`], when nothing more is waiting to be read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gen_lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    InitializeParams, Uri, WorkspaceFolders,
};
use lsp_server::{ErrorCode, Message, Notification, Request, Response, ResponseError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::analysis::{Analysis, Texts};
use crate::capabilities::{self, Client};
use crate::disk::Disk;
use crate::documents::{Document, Documents};
use crate::features;
use crate::text::{Encoding, Text};
use crate::uri;

/// What a request is answered with.
pub(crate) type Answer = Result<Value, ResponseError>;

/// How far the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was said yet.
    Silent,
    Talking,
    /// After `shutdown`: only `exit` may follow.
    ShutDown,
    /// After `exit`, and whether `shutdown` was before.
    Ended(bool),
}

/// An analysis.
#[derive(Clone)]
struct Kept {
    analysis: Rc<Analysis>,
    /// Something that it read has changed since: the next one is made from it.
    stale: bool,
}

impl Kept {
    fn new(analysis: Analysis) -> Self {
        Self {
            analysis: Rc::new(analysis),
            stale: false,
        }
    }
}

/// The server.
pub struct Server {
    stage: Stage,
    disk: Box<dyn Disk>,
    pub(crate) client: Client,
    pub(crate) encoding: Encoding,
    pub(crate) documents: Documents,
    /// Those of documents, by their URIs, and that of the workspace.
    analyses: RefCell<BTreeMap<String, Kept>>,
    workspace: RefCell<Option<Kept>>,
    folders: Vec<PathBuf>,
    /// Diagnostics may have changed since they were sent.
    unsettled: bool,
    /// What was sent, by the URIs of the files.
    published: BTreeMap<String, Vec<Diagnostic>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("stage", &self.stage)
            .field("documents", &self.documents)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// A server that nobody has talked to yet.
    pub fn new(disk: Box<dyn Disk>) -> Self {
        Self {
            stage: Stage::Silent,
            disk,
            client: Client::default(),
            encoding: Encoding::default(),
            documents: Documents::default(),
            analyses: RefCell::default(),
            workspace: RefCell::default(),
            folders: Vec::new(),
            unsettled: false,
            published: BTreeMap::new(),
        }
    }

    /// After `exit`: whether `shutdown` was before.
    pub fn ended(&self) -> Option<bool> {
        match self.stage {
            Stage::Ended(cleanly) => Some(cleanly),
            _ => None,
        }
    }

    /// Takes one message, and gives those that are to be sent at once.
    pub fn handle(&mut self, message: Message) -> Vec<Message> {
        match message {
            Message::Request(request) => vec![self.request(request).into()],
            Message::Notification(notification) => {
                self.notification(notification);
                Vec::new()
            }
            // Nothing is asked of the editor.
            Message::Response(_) => Vec::new(),
        }
    }

    /// Gives the diagnostics that changed. To be called when no more messages are waiting.
    pub fn settle(&mut self) -> Vec<Message> {
        if !std::mem::take(&mut self.unsettled) || self.stage != Stage::Talking {
            return Vec::new();
        }
        let found = catch_unwind(AssertUnwindSafe(|| features::diagnostics::all(self)));
        let Ok(found) = found else {
            return Vec::new(); // what was sent before stands
        };
        let mut uris: BTreeSet<&String> = self.published.keys().collect();
        uris.extend(found.keys());
        let none = Vec::new();
        let messages = uris.into_iter().filter_map(|uri| {
            let new = found.get(uri).unwrap_or(&none);
            if self.published.get(uri).unwrap_or(&none) == new {
                return None;
            }
            let mut params = json!({ "uri": uri, "diagnostics": new });
            if let Some(document) = self.documents.get(uri) {
                params["version"] = document.version.into();
            }
            let method = "textDocument/publishDiagnostics".to_owned();
            Some(Notification { method, params }.into())
        });
        let messages = messages.collect();
        self.published = found;
        messages
    }

    /// The analysis of an open document.
    pub(crate) fn analysis(&self, uri: &str) -> Option<Rc<Analysis>> {
        let before = match self.analyses.borrow().get(uri) {
            Some(kept) if !kept.stale => return Some(kept.analysis.clone()),
            before => before.map(|kept| kept.analysis.clone()),
        };
        let made = Kept::new(Analysis::of(uri, self.texts(), before)?);
        let mut analyses = self.analyses.borrow_mut();
        analyses.insert(uri.to_owned(), made.clone());
        Some(made.analysis)
    }

    /// That of all policies of the workspace together, and of all that are open.
    pub(crate) fn workspace(&self) -> Rc<Analysis> {
        let before = match &*self.workspace.borrow() {
            Some(kept) if !kept.stale => return kept.analysis.clone(),
            before => before.as_ref().map(|kept| kept.analysis.clone()),
        };
        let files = Analysis::all(&self.folders, self.texts(), before.clone());
        // That of an open document by itself is the same.
        let own = match &files[..] {
            [file] => self.analysis(&file.uri),
            _ => None,
        };
        let made = match own {
            Some(analysis) => Kept {
                analysis,
                stale: false,
            },
            None => Kept::new(Analysis::make(files, self.texts(), before)),
        };
        self.workspace.replace(Some(made.clone()));
        made.analysis
    }

    /// Where texts are from.
    pub(crate) fn texts(&self) -> Texts<'_> {
        Texts {
            documents: &self.documents,
            disk: &*self.disk,
            encoding: self.encoding,
        }
    }

    fn request(&mut self, request: Request) -> Response {
        let id = request.id;
        let refuse = |code: ErrorCode, why: &str| Err(refusal(code, why));
        let answer = match (self.stage, request.method.as_str()) {
            (Stage::Silent, "initialize") => self.initialize(request.params),
            (Stage::Silent, _) => {
                refuse(ErrorCode::ServerNotInitialized, "`initialize` comes first")
            }
            (Stage::Talking, "initialize") => {
                refuse(ErrorCode::InvalidRequest, "`initialize` came before")
            }
            (Stage::Talking, "shutdown") => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Talking, method) => {
                let asked = || features::answer(self, method, request.params);
                catch_unwind(AssertUnwindSafe(asked)).unwrap_or_else(|_| {
                    refuse(
                        ErrorCode::InternalError,
                        "tracee has a bug, please report it",
                    )
                })
            }
            (Stage::ShutDown | Stage::Ended(_), _) => {
                refuse(ErrorCode::InvalidRequest, "only `exit` follows `shutdown`")
            }
        };
        Response {
            id,
            response_result: answer,
        }
    }

    fn initialize(&mut self, params: Value) -> Answer {
        let params: InitializeParams = read(params)?;
        self.stage = Stage::Talking;
        self.client = Client::of(&params);
        self.encoding = Encoding::chosen(&self.client.encodings);
        let folders: Vec<Uri> = match &params.workspace_folders_initialize_params.workspace_folders
        {
            Some(WorkspaceFolders::WorkspaceFolderList(folders)) => {
                folders.iter().map(|folder| folder.uri.clone()).collect()
            }
            _ => Vec::from_iter(root(&params)),
        };
        self.folders = folders
            .iter()
            .filter_map(|folder| uri::path(&folder.0))
            .collect();
        Ok(capabilities::answer(&self.client, self.encoding))
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        if method == "exit" {
            self.stage = Stage::Ended(self.stage == Stage::ShutDown);
        }
        if self.stage != Stage::Talking {
            return;
        }
        // A notification that can't be read has nobody to tell.
        match method.as_str() {
            "textDocument/didOpen" => read(params).map_or((), |params| self.open(params)),
            "textDocument/didChange" => read(params).map_or((), |params| self.change(params)),
            "textDocument/didClose" => read(params).map_or((), |params| self.close(params)),
            "workspace/didChangeWatchedFiles" => self.forget(),
            _ => {}
        }
    }

    fn open(&mut self, params: DidOpenTextDocumentParams) {
        let opened = params.text_document;
        let path = uri::path(&opened.uri.0);
        let path = path.map(|path| self.disk.real(&path).unwrap_or(path));
        let document = Document {
            version: opened.version,
            text: Rc::new(Text::new(opened.text, self.encoding)),
            path,
        };
        self.documents.open(&opened.uri.0, document);
        self.forget();
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let uri = document.text_document_identifier.uri.0;
        let changes = params.content_changes;
        self.documents
            .change(&uri, document.version, changes, self.encoding);
        let path = self.documents.get(&uri).and_then(|open| open.path.clone());
        self.forget_readers(&uri, path.as_deref());
    }

    fn close(&mut self, params: DidCloseTextDocumentParams) {
        self.documents.close(&params.text_document.uri.0);
        self.forget();
    }

    /// No analysis holds any more: which file an import leads to may have changed.
    fn forget(&mut self) {
        let documents = &self.documents;
        let analyses = self.analyses.get_mut();
        analyses.retain(|of, _| documents.get(of).is_some());
        analyses.values_mut().for_each(|kept| kept.stale = true);
        self.forget_workspace();
    }

    /// Those that read a document hold no more.
    fn forget_readers(&mut self, uri: &str, path: Option<&Path>) {
        let reads = |analysis: &Analysis| path.is_some_and(|path| analysis.reads(path));
        for (of, kept) in self.analyses.get_mut() {
            kept.stale |= of == uri || reads(&kept.analysis);
        }
        self.forget_workspace();
    }

    fn forget_workspace(&mut self) {
        if let Some(kept) = self.workspace.get_mut() {
            kept.stale = true;
        }
        self.unsettled = true;
    }
}

/// The one folder of an editor that knows no more.
#[expect(deprecated, reason = "some editors send nothing else")]
fn root(params: &InitializeParams) -> Option<Uri> {
    params.root_uri.clone()
}

/// Parameters, typed.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn read<T: DeserializeOwned>(params: Value) -> Result<T, ResponseError> {
    serde_json::from_value(params)
        .map_err(|error| refusal(ErrorCode::InvalidParams, &error.to_string()))
}

/// An answer that is none.
pub(crate) fn refusal(code: ErrorCode, why: &str) -> ResponseError {
    ResponseError {
        code: code as i32,
        message: why.to_owned(),
        data: None,
    }
}
