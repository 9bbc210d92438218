//! The playground: policies are checked, explained and run on recordings in a page, by the code that the
//! command line has.
//!
//! ```text
//! page (web/*.js) ─request as JSON, a file→ abi ─→ Playground ┬ look ─→ diagnostics, plan, words
//!                 ←─────────answer as JSON───────             ├ run ──→ detections, summary
//!                                                             ├ page ─→ what is known of a code
//!                                                             └ editor → completion, hover … (LSP)
//! ```
//!
//! Enter at [`Playground::answer`]. There are no files, no clock and no threads: requests bring what is
//! needed, and [`abi`](self) is all that knows of WebAssembly.

#[cfg(target_family = "wasm")]
mod abi;
mod editor;
mod look;
mod policy;
mod request;
mod run;

use serde_json::{Value, json};
use tracee_lang::codes;
use tracee_lang::diagnostics::Code;

use editor::Editor;
use request::Request;

/// What is kept between requests: what the language server knows of the policy that is edited.
#[derive(Debug, Default)]
pub struct Playground {
    editor: Editor,
}

impl Playground {
    /// Answers a request, an object of JSON whose `do` says what is asked (`Request` has all), with an
    /// object of JSON: `{"ok": …}`, or `{"error": "…"}` for a person. `attached` is the file that a request
    /// is about.
    pub fn answer(&mut self, request: &[u8], attached: Vec<u8>) -> String {
        let answer = match serde_json::from_slice(request) {
            Ok(request) => self.do_what(request, attached),
            Err(error) => Err(format!("the request can't be read: {error}")),
        };
        match answer {
            Ok(answer) => json!({ "ok": answer }),
            Err(error) => json!({ "error": error }),
        }
        .to_string()
    }

    fn do_what(&mut self, request: Request, attached: Vec<u8>) -> Result<Value, String> {
        match request {
            Request::Look { policy } => Ok(json!(look::look(&policy)?)),
            Request::Run { policy, file } => Ok(json!(run::run(&policy, &file, attached)?)),
            Request::Page { code } => page(&code),
            Request::Editor { message } => self.editor.handle(message),
        }
    }
}

/// The page of a diagnostic, in Markdown.
fn page(code: &str) -> Result<Value, String> {
    let number = code
        .strip_prefix("TP")
        .and_then(|digits| digits.parse().ok());
    let info = number.and_then(|number| codes::info(Code(number)));
    let info = info.ok_or_else(|| format!("there is no diagnostic `{code}`"))?;
    Ok(json!({ "code": code, "title": info.title(), "page": info.page }))
}
