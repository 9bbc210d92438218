//! Enums and flag sets.

use std::collections::HashMap;

use super::names::Names;
use crate::ast::{ConstantDecl, FlagsBody, Item, TypeExpr};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::schema::{EnumType, FlagConstant, FlagsType, Schema};
use crate::types::{IntType, Type};

/// Adds the enums and flag sets of `items` to the schema, in the order of their names' numbers.
pub(super) fn declare(
    items: &[&Item],
    names: &Names,
    schema: &mut Schema,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut same = Vec::new();
    for item in items.iter().filter(|item| names.is_first(item)) {
        match item {
            Item::Enum(decl) => {
                let repr = repr(&decl.repr, names, diagnostics);
                check_names(&decl.constants, diagnostics);
                let constants = decl
                    .constants
                    .iter()
                    .filter(|constant| fits(constant, repr, diagnostics))
                    .map(|constant| (constant.name.text.to_string(), constant.value.value))
                    .collect();
                schema.enums.push(EnumType {
                    name: decl.name.text.to_string(),
                    doc: decl.doc.to_string(),
                    repr,
                    constants,
                });
            }
            Item::Flags(decl) => {
                let repr = repr(&decl.repr, names, diagnostics);
                let constants = match &decl.body {
                    FlagsBody::Constants(constants) => {
                        check_names(constants, diagnostics);
                        constants
                            .iter()
                            .filter_map(|constant| flag(constant, repr, diagnostics))
                            .collect()
                    }
                    FlagsBody::Same(of) => {
                        same.push((schema.flag_sets.len(), of));
                        Vec::new()
                    }
                };
                schema.flag_sets.push(FlagsType {
                    name: decl.name.text.to_string(),
                    doc: decl.doc.to_string(),
                    repr,
                    constants,
                });
            }
            _ => {}
        }
    }
    // After the sets that they are the same as, wherever those stand.
    for (at, of) in same {
        if let Some(of) = names.flag_set(of, diagnostics) {
            let constants = schema.flags_type(of).constants.clone();
            schema.flag_sets[at].constants = constants;
        }
    }
}

fn repr(ty: &TypeExpr, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> IntType {
    match names.resolve(ty, diagnostics) {
        Type::Int(repr) => return repr,
        Type::Error => {}
        _ => {
            let message = "an enum or flag set is over an integer type";
            diagnostics.push(Diagnostic::error(codes::BAD_REPR, message, ty.span));
        }
    }
    IntType {
        bits: 64,
        signed: true,
    }
}

fn check_names(constants: &[ConstantDecl], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    for constant in constants {
        let name = &constant.name;
        if let Some(first) = seen.insert(&name.text, name.span) {
            let message = format!("constant `{}` is declared twice", name.text);
            diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DECLARATION, message, name.span)
                    .related(first, "first here"),
            );
        }
    }
}

fn fits(constant: &ConstantDecl, repr: IntType, diagnostics: &mut Vec<Diagnostic>) -> bool {
    if let Some((word, _)) = &constant.mask {
        let message = format!("unexpected `{}`: only flags have masks", word.text);
        diagnostics.push(Diagnostic::error(codes::BAD_CONSTANT, message, word.span));
    }
    in_range(constant.value.value, repr, constant, diagnostics)
}

fn flag(
    constant: &ConstantDecl,
    repr: IntType,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FlagConstant> {
    // Bits are written unsigned whatever the integer is: bit 31 of an `i32` is 0x80000000.
    let bits = IntType {
        bits: repr.bits,
        signed: false,
    };
    let value = constant.value.value;
    let mask = match &constant.mask {
        Some((word, mask)) if word.text == "mask" => mask.value,
        Some((word, _)) => {
            let message = format!("unexpected `{}`", word.text);
            diagnostics.push(
                Diagnostic::error(codes::BAD_CONSTANT, message, word.span).help("expected `mask`"),
            );
            return None;
        }
        None => value,
    };
    let in_range =
        in_range(value, bits, constant, diagnostics) && in_range(mask, bits, constant, diagnostics);
    if in_range && (value & !mask != 0 || mask == 0) {
        let message = format!(
            "flag `{}` has no bits, or bits outside of its mask",
            constant.name.text
        );
        diagnostics.push(Diagnostic::error(
            codes::BAD_CONSTANT,
            message,
            constant.value.span,
        ));
        return None;
    }
    in_range.then(|| FlagConstant {
        name: constant.name.text.to_string(),
        mask: u64::try_from(mask).unwrap_or(0),
        value: u64::try_from(value).unwrap_or(0),
    })
}

fn in_range(
    value: i128,
    repr: IntType,
    constant: &ConstantDecl,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let fits = (repr.min()..=repr.max()).contains(&value);
    if !fits {
        let message = format!("`{value}` does not fit `{repr}`");
        diagnostics.push(Diagnostic::error(
            codes::BAD_CONSTANT,
            message,
            constant.value.span,
        ));
    }
    fits
}
