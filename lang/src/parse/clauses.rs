//! Which clauses and declarations there are, where they stand, and what to say of those that do not
//! belong where they are.

use crate::ast::Name;
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::suggest::nearest;

/// Where a clause stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Outside of all blocks.
    File,
    /// In an event.
    Event,
    /// In a policy.
    Policy,
    /// In a rule.
    Rule,
    /// In a test.
    Test,
}

/// Which clauses and declarations there are, and where.
const CLAUSES: &[(Place, &[&str])] = &[
    (
        Place::File,
        &[
            "event", "enum", "flags", "struct", "list", "let", "policy", "rule", "import", "test",
            "edition",
        ],
    ),
    (Place::Event, &["id", "sets", "hook"]),
    (
        Place::Policy,
        &[
            "version",
            "description",
            "labels",
            "scope",
            "mode",
            "select",
            "use",
            "except",
            "rule",
        ],
    ),
    (
        Place::Rule,
        &[
            "id",
            "title",
            "description",
            "severity",
            "attack",
            "references",
            "on",
            "except",
            "message",
            "output",
            "action",
        ],
    ),
    (Place::Test, &["given", "expect"]),
];

/// What the language will have: state across events.
const NOT_YET: &[(Place, &[&str])] = &[(
    Place::Rule,
    &["sequence", "count", "first", "together", "cooldown"],
)];

/// The words of a table for a place.
fn words(table: &[(Place, &'static [&'static str])], place: Place) -> &'static [&'static str] {
    table
        .iter()
        .find(|(at, _)| *at == place)
        .map_or(&[], |(_, words)| words)
}

impl Place {
    /// `in a rule`
    fn within(self) -> &'static str {
        match self {
            Self::File => "outside of a policy",
            Self::Event => "in an event",
            Self::Policy => "in a policy",
            Self::Rule => "in a rule",
            Self::Test => "in a test",
        }
    }
}

/// What is wrong with a clause that the grammar has no place for.
pub(super) fn stray(word: &Name, place: Place) -> Diagnostic {
    let text = word.text.as_str();
    if words(NOT_YET, place).contains(&text) {
        let message = format!("`{text}` is not supported yet");
        return Diagnostic::error(codes::NOT_YET, message, word.span);
    }
    let elsewhere = [CLAUSES, NOT_YET]
        .into_iter()
        .flatten()
        .find(|(at, words)| *at != place && *at != Place::Event && words.contains(&text));
    if let Some((belongs, _)) = elsewhere {
        let message = format!("`{text}` can't stand {}", place.within());
        return Diagnostic::error(codes::MISPLACED_CLAUSE, message, word.span)
            .help(format!("it belongs {}", belongs.within()));
    }
    let message = match place {
        Place::File => format!("unknown declaration `{text}`"),
        _ => format!("unknown clause `{text}` {}", place.within()),
    };
    let diagnostic = Diagnostic::error(codes::UNKNOWN_CLAUSE, message, word.span);
    let candidates = words(CLAUSES, place)
        .iter()
        .chain(words(NOT_YET, place))
        .copied();
    if let Some(meant) = nearest(text, candidates) {
        return diagnostic.help(format!("did you mean `{meant}`?")).suggest(
            format!("write `{meant}`"),
            word.span,
            meant,
        );
    }
    // The schema's declarations are of no use in a policy file.
    let schema = ["event", "enum", "flags", "struct"];
    let known = words(CLAUSES, place)
        .iter()
        .filter(|word| !schema.contains(word));
    let known: Vec<_> = known.map(|word| format!("`{word}`")).collect();
    diagnostic.help(format!("there are {}", known.join(", ")))
}
