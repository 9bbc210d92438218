//! Declarations of the schema → [`Schema`]. Enter at [`build`].
//!
//! Names first, so that a type may be declared after its use: [`names`] collects them and resolves
//! types, [`constants`] makes enums and flag sets, [`events`] structs and events.

mod constants;
mod events;
mod names;

pub(super) use names::{Names, meant};

use crate::ast::{File, Item};
use crate::diagnostics::Diagnostic;
use crate::schema::Schema;

/// The schema of the declarations in `files`. What is wrong with a declaration is added to
/// `diagnostics`; the declaration is then left out, or has [`crate::types::Type::Error`] in it.
pub fn build(files: &[File], diagnostics: &mut Vec<Diagnostic>) -> Schema {
    let items: Vec<&Item> = files.iter().flat_map(|file| &file.items).collect();
    let names = names::Names::collect(&items, diagnostics);
    let mut schema = Schema::default();
    constants::declare(&items, &names, &mut schema, diagnostics);
    events::declare(&items, &names, &mut schema, diagnostics);
    schema.index();
    schema
}
