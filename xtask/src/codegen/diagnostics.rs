//! `docs/diagnostics.md`: a section for every diagnostic code.

use tracee_lang::codes;

use super::notice;

const INTRODUCTION: &str = "\
# Diagnostics

Every error and warning has a code; `tracee explain TP0301` prints its section of this page. Codes
from TP2001 on are warnings.
";

/// The file's text.
pub(super) fn page() -> String {
    let mut page = notice("lang/src/codes/");
    page.push_str(INTRODUCTION);
    for info in codes::ALL {
        page.push_str(&format!(
            "\n## {}: {}\n\n{}",
            info.code,
            info.title(),
            info.page
        ));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_section() {
        let page = page();
        assert!(page.contains("\n## TP0301: not a condition\n"));
        assert_eq!(page.matches("\n## TP").count(), codes::ALL.len());
    }
}
