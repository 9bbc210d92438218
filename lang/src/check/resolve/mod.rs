//! Names across files: who declares what, and who uses it. Enter at [`Names`].
//!
//! [`program`] is the files with those that they import; [`collect`] makes [`Names`] of them,
//! [`imports`] of what they import;
//! [`scope`] is how a condition sees the names of its file; [`rules`] says which rules and policies a
//! path of `use`, `except` or a test stands for; [`mentions`] where else they are named; [`unused`] warns
//! of what nothing used; [`visible`] says whether names are what they were.
//!
//! A name stands for what its own file declares; then for what an import without `as` brings. With
//! `as`, an import brings one name, below which the other file's are. An import brings what the file
//! declares itself, not what that file imports. `std` is there in every file: its rules are for `use`,
//! its lists for conditions once they are imported.

mod collect;
mod imports;
mod mentions;
mod program;
mod rules;
mod scope;
mod unused;
mod visible;

use std::collections::HashMap;

use ecow::EcoString;

use crate::ast;
use crate::source::{FileId, Span};

pub use program::{
    Loader, MAX_BYTES, MAX_FILES, MAX_IMPORTS, Program, SignaturesFound, Unloadable,
};
pub use rules::Named;
pub(super) use rules::written;
pub(super) use scope::Scope;

/// The name of the standard library.
pub const STD: &str = "std";

/// A declaration of [`Names`]; an index into [`Names::declarations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclarationId(pub usize);

/// Something with a name.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// What it is.
    pub kind: Kind,
    /// Its name, where it is declared.
    pub name: ast::Name,
    /// The doc comment.
    pub doc: EcoString,
    /// The whole declaration: for rules, that of [`crate::hir::Rule::span`].
    pub span: Span,
    /// The policy that a rule stands in.
    pub policy: Option<DeclarationId>,
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `list`
    List,
    /// `let`
    Let,
    /// `rule`
    Rule,
    /// `policy`
    Policy,
}

/// Names of values and those of rules and policies do not clash: none can stand where the other can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    Value,
    Rule,
}

impl Kind {
    fn sort(self) -> Sort {
        match self {
            Self::List | Self::Let => Sort::Value,
            Self::Rule | Self::Policy => Sort::Rule,
        }
    }

    /// With its article, after `is`.
    fn described(self) -> &'static str {
        match self {
            Self::List => "a list",
            Self::Let => "a `let`",
            Self::Rule => "a rule",
            Self::Policy => "a policy",
        }
    }
}

/// A place where a declaration is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Use {
    /// The place of the name; of the whole path, if that is `site.*`.
    pub span: Span,
    /// What it names.
    pub declaration: DeclarationId,
    /// Whether it is there by its name, not by `.*`.
    pub by_name: bool,
    /// The import that brought it, by its number in the file.
    pub(in crate::check) import: Option<usize>,
}

/// Everything that has a name, in all files of a program and in the standard library.
#[derive(Debug, Clone, Default)]
pub struct Names {
    declarations: Vec<Declaration>,
    files: HashMap<FileId, FileScope>,
    /// The rules of policies, by name.
    members: HashMap<DeclarationId, HashMap<EcoString, DeclarationId>>,
    /// The lists and rules of the standard library.
    standard: Own,
    /// Whether any file names the standard library at all.
    pub(super) names_standard: bool,
    pub(super) uses: Vec<Use>,
}

/// What a file declares.
#[derive(Debug, Clone, Default)]
struct Own {
    values: HashMap<EcoString, DeclarationId>,
    rules: HashMap<EcoString, DeclarationId>,
}

impl Own {
    fn of(&self, sort: Sort) -> &HashMap<EcoString, DeclarationId> {
        match sort {
            Sort::Value => &self.values,
            Sort::Rule => &self.rules,
        }
    }

    fn of_mut(&mut self, sort: Sort) -> &mut HashMap<EcoString, DeclarationId> {
        match sort {
            Sort::Value => &mut self.values,
            Sort::Rule => &mut self.rules,
        }
    }

    fn all(&self) -> impl Iterator<Item = (&str, DeclarationId)> {
        let all = self.values.iter().chain(&self.rules);
        all.map(|(name, id)| (name.as_str(), *id))
    }
}

/// What one file can name.
#[derive(Debug, Clone, Default)]
struct FileScope {
    own: Own,
    /// In the order of their places.
    imports: Vec<Import>,
    /// The last import, or else the edition.
    imports_end: Option<Span>,
    /// Declarations that were not understood: what is named from outside may be one.
    lost_declarations: bool,
    /// Something that brings names without `as` could not be read: a name that is nothing may be its.
    lost_imports: bool,
    /// The same of the standard library: a list that is not imported may be it.
    lost_standard: bool,
}

/// One `import` of a file.
#[derive(Debug, Clone)]
struct Import {
    /// The whole declaration.
    span: Span,
    /// `as site`
    alias: Option<ast::Name>,
    target: Target,
}

/// What an import brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    File(FileId),
    /// A list of the standard library.
    Standard(DeclarationId),
    /// Nothing: that was reported.
    Missing,
}

/// What a path begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    declaration: DeclarationId,
    /// How many names of the path are its own.
    length: usize,
    import: Option<usize>,
}

/// Why a path is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// The first name is nothing.
    First,
    /// The first name is an import or `std`, the second nothing there.
    Second(Space),
    /// It is an import or `std` as a whole.
    Whole(Space),
    /// A list of the standard library that is not imported.
    NotImported(DeclarationId),
    /// It was said already why: an import could not be read.
    Said,
}

/// What has names below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Standard,
    /// A file, by an import of this number.
    File(FileId, usize),
}

impl Names {
    /// All declarations, files in the order of the program, then the standard library.
    pub fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// One of them.
    pub fn declaration(&self, id: DeclarationId) -> Option<&Declaration> {
        self.declarations.get(id.0)
    }

    /// All places where something is named, in order.
    pub fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// What is declared or named at a place.
    pub fn at(&self, file: FileId, offset: u32) -> Option<DeclarationId> {
        let covers = |span: Span| span.file == file && (span.start..=span.end).contains(&offset);
        let used = self.uses.iter().find(|used| covers(used.span));
        used.map(|used| used.declaration).or_else(|| {
            let at = self.declarations.iter();
            at.zip(0..)
                .find(|(declaration, _)| covers(declaration.name.span))
                .map(|(_, id)| DeclarationId(id))
        })
    }

    /// What a path in a file begins with.
    fn look_up(&self, file: FileId, path: &[ast::Name], sort: Sort) -> Result<Found, Missing> {
        let Some((first, rest)) = path.split_first() else {
            return Err(Missing::First);
        };
        if first.text == STD {
            return self.standard(file, rest, sort);
        }
        let Some(scope) = self.files.get(&file) else {
            return Err(Missing::First);
        };
        if let Some(declaration) = scope.own.of(sort).get(&first.text) {
            return Ok(Found {
                declaration: *declaration,
                length: 1,
                import: None,
            });
        }
        for (at, import) in scope.imports.iter().enumerate() {
            let below = match &import.alias {
                Some(alias) if alias.text != first.text => continue,
                Some(_) => true,
                None => false,
            };
            let found = |declaration, length| Found {
                declaration,
                length,
                import: Some(at),
            };
            match (import.target, below) {
                (Target::Missing, true) => return Err(Missing::Said),
                (Target::Standard(list), true) if sort == Sort::Value => {
                    return Ok(found(list, 1));
                }
                (Target::File(of), true) => {
                    let space = Space::File(of, at);
                    let Some(second) = rest.first() else {
                        return Err(Missing::Whole(space));
                    };
                    return match self.own(of, &second.text, sort) {
                        Some(declaration) => Ok(found(declaration, 2)),
                        None if self.has_lost_declarations(of) => Err(Missing::Said),
                        None => Err(Missing::Second(space)),
                    };
                }
                (Target::File(of), false) => {
                    if let Some(declaration) = self.own(of, &first.text, sort) {
                        return Ok(found(declaration, 1));
                    }
                }
                (Target::Missing, false) | (Target::Standard(_), _) => {}
            }
        }
        Err(if scope.lost_imports {
            Missing::Said
        } else {
            Missing::First
        })
    }

    /// `std.NAME`: a rule, or a list that the file imports.
    fn standard(&self, file: FileId, rest: &[ast::Name], sort: Sort) -> Result<Found, Missing> {
        let Some(second) = rest.first() else {
            return Err(Missing::Whole(Space::Standard));
        };
        let Some(declaration) = self.standard.of(sort).get(&second.text).copied() else {
            return Err(Missing::Second(Space::Standard));
        };
        let found = |import| Found {
            declaration,
            length: 2,
            import,
        };
        if sort == Sort::Rule {
            return Ok(found(None));
        }
        let scope = self.files.get(&file);
        let mut imports = scope.into_iter().flat_map(|scope| &scope.imports);
        match imports.position(|import| import.target == Target::Standard(declaration)) {
            Some(at) => Ok(found(Some(at))),
            None if scope.is_some_and(|scope| scope.lost_standard) => Err(Missing::Said),
            None => Err(Missing::NotImported(declaration)),
        }
    }

    /// What a file declares under a name.
    fn own(&self, file: FileId, name: &str, sort: Sort) -> Option<DeclarationId> {
        self.files.get(&file)?.own.of(sort).get(name).copied()
    }

    fn has_lost_declarations(&self, file: FileId) -> bool {
        let scope = self.files.get(&file);
        scope.is_none_or(|scope| scope.lost_declarations)
    }

    /// Where an import can be added to a file, and what to write there.
    fn next_import(&self, file: FileId, import: &str) -> (Span, String) {
        let scope = self.files.get(&file);
        match scope.and_then(|scope| scope.imports_end) {
            Some(end) => (
                Span {
                    start: end.end,
                    ..end
                },
                format!("\n{import}"),
            ),
            None => (Span::new(file, 0, 0), format!("{import}\n\n")),
        }
    }

    /// The name that an import has in its file: `site`, `std`.
    fn space_name(&self, file: FileId, space: Space) -> &str {
        match space {
            Space::Standard => STD,
            Space::File(_, at) => self
                .files
                .get(&file)
                .and_then(|scope| scope.imports.get(at)?.alias.as_ref())
                .map_or("", |alias| alias.text.as_str()),
        }
    }

    /// What can stand below an import or `std`, for suggestions.
    fn names_in(&self, space: Space, sort: Sort) -> impl Iterator<Item = (&str, DeclarationId)> {
        let own = match space {
            Space::Standard => Some(&self.standard),
            Space::File(of, _) => self.files.get(&of).map(|scope| &scope.own),
        };
        let names = own.into_iter().flat_map(move |own| own.of(sort));
        names.map(|(name, id)| (name.as_str(), *id))
    }
}
