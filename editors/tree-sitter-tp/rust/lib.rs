//! The parser of `.tp` that tree-sitter made of `grammar.js`, for the tests that compare it with the
//! compiler's. Enter at [`parser`]; editors take `src/` and `queries/` as they are.

#![expect(unsafe_code, reason = "the generated parser is C")]

use tree_sitter::ffi::TSLanguage;
use tree_sitter::{Language, LanguageError, Parser};

unsafe extern "C" {
    fn tree_sitter_tp() -> *const TSLanguage;
}

/// The language.
pub fn language() -> Language {
    // SAFETY: `src/parser.c` defines the function; it has no state and returns the address of a constant.
    unsafe { Language::from_raw(tree_sitter_tp()) }
}

/// A parser of it.
///
/// # Errors
/// The parser was generated for another version of the library.
pub fn parser() -> Result<Parser, LanguageError> {
    let mut parser = Parser::new();
    parser.set_language(&language())?;
    Ok(parser)
}
