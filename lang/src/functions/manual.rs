//! Examples of functions, as the manual shows them and a test runs them.

use std::fmt;

use super::{Answer, Argument, Evaluation, Function};
use crate::hir::display;

/// Some arguments, and what a function gives of them.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The arguments.
    pub arguments: &'static [Sample],
    /// What it gives; [`None`] is absent.
    pub gives: Option<Sample>,
}

/// A value in an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// `true`, `false`
    Bool(bool),
    /// `3`
    Int(i128),
    /// `"/bin/sh"`
    Text(&'static str),
    /// What the kernel kept of a string.
    Cut(&'static str),
    /// `["sh", "-i"]`
    List(&'static [&'static str]),
}

impl Example {
    /// What the function gives, as text; [`None`] is absent.
    pub fn gives_text(&self) -> Option<String> {
        self.gives.map(|gives| gives.to_string())
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| display::literal(text.as_bytes());
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(int) => int.fmt(f),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Cut(text) => write!(f, "{}…", quoted(text)),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

impl Function {
    /// An example's call: `basename("/bin/sh")`.
    pub fn call(&self, example: &Example) -> String {
        let arguments: Vec<_> = example.arguments.iter().map(Sample::to_string).collect();
        format!("{}({})", self.name, arguments.join(", "))
    }

    /// What it gives of a literal, as it could be written; [`None`] if that is nothing.
    pub(crate) fn of_literal(&self, literal: &[u8]) -> Option<String> {
        let Evaluation::Values(evaluate) = self.evaluation else {
            return None;
        };
        let mut made = Vec::new();
        match evaluate(&mut [Argument::Bytes(literal)], &mut made) {
            Answer::Part(part) => Some(display::literal(part)),
            Answer::Made => Some(display::literal(&made)),
            Answer::Int(int) => Some(int.to_string()),
            Answer::Absent => None,
        }
    }
}
