//! `docs/fields.md`: the context that every event carries.

use tracee_lang::context::{FIELDS, Origin};
use tracee_lang::stdlib;

use super::{cell, notice};

const INTRODUCTION: &str = "\
# Context fields

Every event carries these beside its own arguments, under the same names in every condition; a
`scope` can use nothing else. What the kernel knows it can filter by; the rest is known to tracee's
process tree, so a condition on it is decided in userland.

| field | type | known to | |
|---|---|---|---|
";

/// The file's text.
pub(super) fn page() -> String {
    let mut page = notice("lang/src/context.rs");
    page.push_str(INTRODUCTION);
    for field in FIELDS {
        let ty = stdlib::schema().type_name(&field.ty);
        let origin = match field.origin {
            Origin::Kernel => "the kernel",
            Origin::Userland => "the process tree",
        };
        page.push_str(&format!(
            "| `{}` | `{ty}` | {origin} | {} |\n",
            field.path,
            cell(field.doc)
        ));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_row() {
        let page = page();
        assert_eq!(page.matches("\n| `").count(), FIELDS.len());
        assert!(
            page.contains("| `proc.uid` | `u32` | the kernel | real user id |"),
            "{page}"
        );
    }
}
