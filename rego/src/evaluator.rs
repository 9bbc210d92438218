//! One signature, asked of one event.

use regorus::{Engine, Value};
use serde::Serialize;
use tracee_lang::signature::Signature;

use crate::budget;
use crate::documents::engine_with;
use crate::mistake::Mistake;

/// An event as signatures see it: made once, for all of them.
#[derive(Debug, Clone)]
pub struct Input(Value);

impl Input {
    /// The JSON form of an event (`trace.Event` of Aqua's Tracee).
    ///
    /// # Errors
    /// What of it JSON can't hold.
    pub fn new(event: &impl Serialize) -> Result<Self, serde_json::Error> {
        let text = serde_json::to_string(event)?;
        serde_json::from_str(&text).map(Self)
    }
}

/// What a signature says of an event that it matches.
#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    /// `tracee_match` is true.
    Plain,
    /// `tracee_match` is this object.
    With(serde_json::Value),
}

/// Why a signature gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// It took more steps than an evaluation may.
    OverBudget,
    /// What went wrong, with its place: `a.rego:3:1: …`.
    Error(String),
}

/// A signature, ready to be asked.
#[derive(Debug, Clone)]
pub struct Evaluator {
    /// Without modules if they could not be loaded, and then why.
    engine: Result<Engine, String>,
    query: String,
}

impl Evaluator {
    /// Of a signature that [`crate::load()`] made.
    pub fn new(signature: &Signature) -> Self {
        let engine = engine_with(&signature.modules);
        Self {
            engine: engine.map_err(|error| Mistake::read(&error).line()),
            query: format!("{}.tracee_match", signature.path),
        }
    }

    /// Whether it matches the event.
    ///
    /// # Errors
    /// It can't tell: that is no miss.
    pub fn evaluate(&mut self, event: &Input) -> Result<Option<Match>, Failed> {
        let engine = self
            .engine
            .as_mut()
            .map_err(|why| Failed::Error(why.clone()))?;
        engine.set_input(event.0.clone());
        let begun = budget::begin();
        let value = engine.eval_rule(self.query.clone());
        if begun.is_over() {
            return Err(Failed::OverBudget);
        }
        match value.map_err(|error| Failed::Error(Mistake::read(&error).line()))? {
            Value::Undefined | Value::Bool(false) => Ok(None),
            Value::Bool(true) => Ok(Some(Match::Plain)),
            object @ Value::Object(_) => {
                let object = serde_json::to_value(&object);
                let object = object.map_err(|error| Failed::Error(error.to_string()))?;
                Ok(Some(Match::With(object)))
            }
            other => {
                let what = match other {
                    Value::Null => "null",
                    Value::Number(_) => "a number",
                    Value::String(_) => "a string",
                    Value::Array(_) => "an array",
                    _ => "a set",
                };
                let why = format!("`tracee_match` is {what}, neither a boolean nor an object");
                Err(Failed::Error(why))
            }
        }
    }
}
