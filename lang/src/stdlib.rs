//! The standard library, which is compiled into the program.

use std::sync::LazyLock;

use crate::check;
use crate::diagnostics::Diagnostic;
use crate::parse;
use crate::schema::Schema;
use crate::source::SourceMap;

macro_rules! file {
    ($path:literal) => {
        (
            concat!("std/", $path),
            include_str!(concat!("../../stdlib-signatures/", $path)),
        )
    };
}

/// Every file: its name in diagnostics, and its text. A test compares it with the directory.
pub const FILES: &[(&str, &str)] = &[
    file!("events/files.tp"),
    file!("events/memory.tp"),
    file!("events/modules.tp"),
    file!("events/network.tp"),
    file!("events/processes.tp"),
    file!("events/tracee.tp"),
    file!("events/types.tp"),
];

struct Stdlib {
    map: SourceMap,
    schema: Schema,
    diagnostics: Vec<Diagnostic>,
}

static STDLIB: LazyLock<Stdlib> = LazyLock::new(|| {
    let mut map = SourceMap::default();
    for (name, text) in FILES {
        map.add(*name, *text);
    }
    let mut diagnostics = Vec::new();
    let files: Vec<_> = map
        .iter()
        .map(|(id, _)| {
            let parsed = parse::parse(&map, id);
            diagnostics.extend(parsed.diagnostics);
            parsed.file
        })
        .collect();
    let schema = check::schema::build(&files, &mut diagnostics);
    Stdlib {
        map,
        schema,
        diagnostics,
    }
});

/// The events, enums and flag sets of the standard library. Spans in it are places in
/// [`source_map`], not in a user's map.
pub fn schema() -> &'static Schema {
    &STDLIB.schema
}

/// The files of the standard library, for reports on them.
pub fn source_map() -> &'static SourceMap {
    &STDLIB.map
}

/// What is wrong with the standard library: nothing, as a test makes sure.
pub fn diagnostics() -> &'static [Diagnostic] {
    &STDLIB.diagnostics
}
