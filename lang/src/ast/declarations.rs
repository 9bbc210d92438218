//! Declarations of the schema: events, enums, flag sets and structs. Only the standard library has
//! them; [`crate::check::schema`] makes a [`crate::schema::Schema`] of them.

use ecow::EcoString;

use super::{Int, Name};
use crate::source::Span;

/// `event openat(dirfd: i32, …) { id 257; … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// Its arguments.
    pub args: Box<[FieldDecl]>,
    /// Its clauses, in order.
    pub clauses: Box<[EventClause]>,
    /// The whole declaration.
    pub span: Span,
}

/// `pathname: path`: an argument of an event or a field of a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: TypeExpr,
}

/// A clause of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventClause {
    /// `id 257;`
    Id(Int),
    /// `sets [syscalls, fs];`
    Sets(Box<[Name]>),
    /// `hook syscall 257 compat 295 at enter;` with its place.
    Hook(Box<[HookWord]>, Span),
    /// Something that was already reported.
    Error,
}

/// A word of a hook clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookWord {
    /// `syscall`, `compat`, a tracepoint's name.
    Name(Name),
    /// A syscall number.
    Int(Int),
}

/// `enum ptrace_request: i64 { PTRACE_TRACEME = 0, … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// The integer type below it.
    pub repr: TypeExpr,
    /// Its constants.
    pub constants: Box<[ConstantDecl]>,
}

/// `flags open_flags: i32 { O_CREAT = 0x40, … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagsDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// The integer type below it.
    pub repr: TypeExpr,
    /// Its constants.
    pub body: FlagsBody,
}

/// Where a flag set has its constants from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagsBody {
    /// `{ … }`.
    Constants(Box<[ConstantDecl]>),
    /// `= open_flags;`: those of another set, over this one's integer.
    Same(Name),
}

/// `O_RDWR = 2 mask 3`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstantDecl {
    /// Its name.
    pub name: Name,
    /// Its number.
    pub value: Int,
    /// The word after it (`mask`) and that word's number.
    pub mask: Option<(Name, Int)>,
}

/// `struct sockaddr { family: enum address_family; … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructDecl {
    /// The doc comment.
    pub doc: EcoString,
    /// Its name.
    pub name: Name,
    /// Its fields.
    pub fields: Box<[FieldDecl]>,
}

/// A type as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeExpr {
    /// What is written.
    pub kind: TypeExprKind,
    /// Its place.
    pub span: Span,
}

/// The forms of types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeExprKind {
    /// `i32`, `path`, or the name of a struct.
    Named(Name),
    /// `enum address_family`
    Enum(Name),
    /// `flags open_flags`
    Flags(Name),
    /// `list<string>`
    List(Box<TypeExpr>),
}
