//! What the page asks.

use serde::Deserialize;
use tracee_lang::times::Moment;

/// A request.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Request {
    /// What is wrong with a policy, and its plan.
    Look { policy: Policy },
    /// What a policy says of the attached recording or JSON lines; `file` is its name.
    Run { policy: Policy, file: String },
    /// The page of a diagnostic.
    Page { code: String },
    /// A message of the language server's protocol.
    Editor { message: serde_json::Value },
}

/// A policy as it is in the editor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// What it is called in places.
    pub(crate) name: String,
    pub(crate) text: String,
    /// When it is: exceptions expire. In milliseconds since the epoch, as browsers count.
    now: u64,
}

impl Policy {
    pub(crate) fn now(&self) -> Moment {
        Moment(self.now.saturating_mul(1_000_000))
    }
}
