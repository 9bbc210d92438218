//! What conditions can name, in words: where two programs have the same, a name leads to the same declaration
//! in both.

use std::fmt::Write as _;

use super::{Declaration, DeclarationId, Kind, Names, Program, Target};

impl Names {
    /// The lists and lets, in the order of their declarations.
    pub(in crate::check) fn values(&self) -> impl Iterator<Item = (DeclarationId, &Declaration)> {
        let all = (0..).map(DeclarationId).zip(&self.declarations);
        all.filter(|(_, declared)| matches!(declared.kind, Kind::List | Kind::Let))
    }

    /// Which names of values each file has, and from where.
    pub(in crate::check) fn visible(&self, program: &Program) -> String {
        let mut said = format!("{}", self.names_standard);
        // To a string nothing fails to be written.
        for file in &program.files {
            let Some(scope) = self.files.get(&file.id) else {
                continue;
            };
            let _ = write!(
                said,
                "\nfile {} {} {} {}:",
                file.id.0, scope.lost_declarations, scope.lost_imports, scope.lost_standard
            );
            for import in &scope.imports {
                let alias = import.alias.as_ref().map(|alias| &alias.text);
                let _ = match import.target {
                    Target::File(of) => write!(said, " import {} {alias:?}", of.0),
                    Target::Standard(list) => {
                        let list = self.declarations.get(list.0).map(|list| &list.name.text);
                        write!(said, " import std {list:?} {alias:?}")
                    }
                    Target::Missing => write!(said, " import nothing {alias:?}"),
                };
            }
        }
        for (id, declared) in self.values() {
            let Declaration { kind, name, .. } = declared;
            let own = self.files.get(&name.span.file);
            let own = own.and_then(|scope| scope.own.values.get(&name.text));
            let is_found = own == Some(&id);
            let file = name.span.file.0;
            let _ = write!(said, "\n{kind:?} {} in {file} {is_found}", name.text);
        }
        said
    }
}
