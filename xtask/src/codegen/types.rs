//! `docs/types.md`: the enums, flag sets and structs of the events' arguments, and links to them.

use tracee_lang::schema::Schema;
use tracee_lang::stdlib;
use tracee_lang::types::Type;

use super::{cell, notice};

/// The type as the user writes it; a named one leads to its section.
pub(super) fn linked(schema: &Schema, ty: &Type) -> String {
    let written = schema.type_name(ty);
    match name(schema, ty) {
        Some(name) => format!("[`{written}`](types.md#{name})"),
        None => format!("`{written}`"),
    }
}

fn name<'a>(schema: &'a Schema, ty: &Type) -> Option<&'a str> {
    match ty {
        Type::Enum(id) => Some(&schema.enum_type(*id).name),
        Type::Flags(id) => Some(&schema.flags_type(*id).name),
        Type::Struct(id) => Some(&schema.struct_type(*id).name),
        Type::List(of) => name(schema, of),
        _ => None,
    }
}

const INTRODUCTION: &str = "\
# Types

The named types of the arguments of [events](events.md). Constants are the kernel's, of x86-64; a condition
takes the name or the number: `domain == AF_INET`, `flags has O_CREAT`.

";

/// The file's text: one section per named type.
pub(super) fn page() -> String {
    let schema = stdlib::schema();
    let mut text = notice("stdlib-signatures/events/types");
    text.push_str(INTRODUCTION);
    text.push_str("## Structs\n\n");
    for ty in &schema.structs {
        text.push_str(&heading(&ty.name, &ty.doc));
        text.push_str("| field | type | |\n|---|---|---|\n");
        for (name, doc, ty) in &ty.fields {
            text.push_str(&format!(
                "| `{name}` | {} | {} |\n",
                linked(schema, ty),
                cell(doc)
            ));
        }
        text.push('\n');
    }
    text.push_str("## Enums\n\nOne of these, or a number.\n\n");
    for ty in &schema.enums {
        let constants = ty
            .constants
            .iter()
            .map(|(name, value)| format!("`{name}` = {value}"));
        text.push_str(&heading(&ty.name, &ty.doc));
        text.push_str(&list(&ty.repr.to_string(), constants));
    }
    text.push_str("## Flags\n\nAny of these together, asked for with `has`.\n\n");
    for ty in &schema.flag_sets {
        let constants = ty.constants.iter().map(|flag| {
            let mask = match flag.mask == flag.value {
                true => String::new(),
                false => format!(" of {:#x}", flag.mask),
            };
            format!("`{}` = {:#x}{mask}", flag.name, flag.value)
        });
        text.push_str(&heading(&ty.name, &ty.doc));
        text.push_str(&list(&ty.repr.to_string(), constants));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn heading(name: &str, doc: &str) -> String {
    let doc = doc.trim();
    let gap = if doc.is_empty() { "" } else { "\n\n" };
    format!("### {name}\n\n{doc}{gap}")
}

fn list(repr: &str, constants: impl Iterator<Item = String>) -> String {
    format!("`{repr}`: {}\n\n", constants.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_section() {
        let (page, schema) = (page(), stdlib::schema());
        let names = schema.enums.iter().map(|ty| &ty.name);
        let names = names.chain(schema.flag_sets.iter().map(|ty| &ty.name));
        for name in names.chain(schema.structs.iter().map(|ty| &ty.name)) {
            let heading = format!("\n### {name}\n");
            assert_eq!(page.matches(&heading).count(), 1, "{name}");
        }
    }
}
