//! `input`: the JSON form of an event (docs/output.md), before the event is known. The differential test
//! compares it with what the runtime makes.

use regorus::Value;
use tracee_lang::context::{ContainerField, ContextField, ProcessField};
use tracee_lang::hir::{Expr, ExprKind, Field, Operand};
use tracee_lang::schema::{Arg, Event, Schema};
use tracee_lang::source::Span;
use tracee_lang::types::Type;

use super::coded;
use super::truth::{and, not, or};
use super::value::{Code, Coded, Int, Sym, Text};

/// A value, with the condition that it is there.
pub(super) type Possible = (Option<Expr>, Sym);

/// Address families, as the kernel numbers them.
const AF_UNIX: i128 = 1;
const AF_INET: i128 = 2;
const AF_INET6: i128 = 10;

/// The form of one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) schema: &'a Schema,
    pub(super) event: &'a Event,
}

impl Document<'_> {
    /// A member of `input` (`""`), or of an object in it. Empty: it never has such a member.
    pub(super) fn member(&self, object: &str, name: &str, span: Span) -> Vec<Possible> {
        use ContextField as C;
        use ProcessField as P;
        let text = |value: &str| vec![(None, Sym::Const(Value::from(value)))];
        let number = |field: ContextField| vec![(None, Sym::Int(int(Field::Context(field))))];
        let known = |field: ContextField, otherwise: Value| {
            let there = exists(context(field), span);
            let value = match field {
                C::Retval => Sym::Int(Int {
                    signed: true,
                    ..int(Field::Context(field))
                }),
                _ => plain(context(field)),
            };
            vec![
                (Some(there.clone()), value),
                (Some(not(there)), Sym::Const(otherwise)),
            ]
        };
        let unknown = || vec![(None, Sym::Unknown)];
        match (object, name) {
            ("", "args") => vec![(None, Sym::Args)],
            ("", "eventName") => text(&self.event.name),
            ("", "eventId") => text(&self.event.id.0.to_string()),
            ("", "processName") => vec![(None, plain(context(C::Proc(P::Comm))))],
            ("", "timestamp") => number(C::EventTime),
            ("", "threadStartTime") => number(C::ThreadStartTime),
            ("", "processStartTime") => number(C::Proc(P::StartTime)),
            ("", "processorId") => number(C::EventCpu),
            ("", "processId") => number(C::Proc(P::Pid)),
            ("", "cgroupId") => number(C::CgroupId),
            ("", "threadId") => number(C::Tid),
            ("", "parentProcessId") => number(C::Ppid),
            ("", "hostProcessId") => number(C::Proc(P::HostPid)),
            ("", "hostThreadId") => number(C::HostTid),
            ("", "hostParentProcessId") => number(C::HostPpid),
            ("", "userId") => number(C::Proc(P::Uid)),
            ("", "groupId") => number(C::Proc(P::Gid)),
            ("", "mountNamespace") => number(C::MntNs),
            ("", "pidNamespace") => number(C::PidNs),
            ("", "utsNamespace") => number(C::UtsNs),
            ("", "netNamespace") => number(C::NetNs),
            ("", "userNamespace") => number(C::UserNs),
            ("", "returnValue") => known(C::Retval, Value::from(0)),
            ("", "syscall") => known(C::EventSyscall, Value::from("")),
            ("", "containerId") => known(C::Container(ContainerField::Id), Value::from("")),
            ("", "executable") => vec![(None, Sym::Input("executable"))],
            ("executable", "path") => known(C::Proc(P::Exe), Value::from("")),
            ("", "container") => vec![(None, Sym::Input("container"))],
            ("container", _) => {
                let field = match name {
                    "id" => ContainerField::Id,
                    "name" => ContainerField::Name,
                    "image" => ContainerField::Image,
                    "imageDigest" => ContainerField::ImageDigest,
                    "runtime" => ContainerField::Runtime,
                    _ => return Vec::new(),
                };
                self.unless_empty(field, span)
            }
            ("", "kubernetes") => vec![(None, Sym::Input("kubernetes"))],
            ("kubernetes", _) => {
                let field = match name {
                    "podName" => ContainerField::PodName,
                    "podNamespace" => ContainerField::PodNamespace,
                    "podUID" => ContainerField::PodUid,
                    _ => return Vec::new(),
                };
                self.unless_empty(field, span)
            }
            ("", "stackAddresses") => vec![(None, Sym::Const(Value::Null))],
            (
                "",
                "parentProcessStartTime"
                | "hostName"
                | "matchedPolicies"
                | "argsNum"
                | "contextFlags"
                | "threadEntityId"
                | "processEntityId"
                | "parentEntityId",
            ) => unknown(),
            ("", _) => Vec::new(),
            _ => unknown(),
        }
    }

    /// A member that is left out if it is empty.
    fn unless_empty(&self, field: ContainerField, span: Span) -> Vec<Possible> {
        let operand = context(ContextField::Container(field));
        let empty = ExprKind::Text {
            op: tracee_lang::hir::TextOp::Eq,
            value: operand.clone(),
            literals: std::sync::Arc::new([std::sync::Arc::from(&b""[..])]),
            fold: false,
        };
        let there = exists(operand.clone(), span);
        let there = and(vec![there, not(Expr { kind: empty, span })], span);
        vec![(Some(there), plain(operand))]
    }

    /// The argument with this number.
    pub(super) fn arg(&self, at: usize) -> Option<&Arg> {
        self.event.args.get(at)
    }

    /// Whether an argument is there.
    pub(super) fn arg_exists(&self, at: usize, span: Span) -> Option<Expr> {
        let arg = self.arg(at)?;
        let count = match &arg.ty {
            Type::Struct(id) => self.schema.struct_type(*id).fields.len(),
            _ => 1,
        };
        let slots = (arg.slot..).take(count);
        let any = slots.filter_map(|slot| Some(exists(self.slot(slot)?, span)));
        Some(or(any.collect(), span))
    }

    /// What an argument that is there holds.
    pub(super) fn arg_value(&self, at: usize) -> Sym {
        match self.arg(at).map(|arg| (&arg.ty, arg.slot)) {
            Some((Type::Struct(_), _)) => Sym::Struct(at),
            Some((_, slot)) => self.value(slot, false),
            None => Sym::Unknown,
        }
    }

    /// A member of an argument that is a struct.
    pub(super) fn struct_member(&self, at: usize, name: &str, span: Span) -> Vec<Possible> {
        let Some(Arg {
            ty: Type::Struct(id),
            slot,
            ..
        }) = self.arg(at)
        else {
            return Vec::new();
        };
        let structure = self.schema.struct_type(*id);
        let named = |field: &str| structure.fields.iter().position(|(own, ..)| own == field);
        let slot_of = |at: usize| slot + u16::try_from(at).unwrap_or_default();
        let there = |at: usize| {
            let operand = self.slot(slot_of(at))?;
            Some((exists(operand.clone(), span), operand))
        };
        if structure.name != "sockaddr" {
            let Some(at) = named(name) else {
                return Vec::new();
            };
            let Some((exists, _)) = there(at) else {
                return Vec::new();
            };
            return vec![(Some(exists), self.value(slot_of(at), false))];
        }
        // The runtime names what is in an address as the C struct of its family does.
        let (field, families): (&str, Option<i128>) = match name {
            "sa_family" => ("family", None),
            "sin_port" => ("port", Some(AF_INET)),
            "sin_addr" => ("ip", Some(AF_INET)),
            "sin6_port" => ("port", Some(AF_INET6)),
            "sin6_addr" => ("ip", Some(AF_INET6)),
            "sun_path" => ("path", Some(AF_UNIX)),
            _ if named(name).is_some() => return vec![(None, Sym::Unknown)],
            _ => return Vec::new(),
        };
        let (Some(at), Some(family)) = (named(field), named("family")) else {
            return vec![(None, Sym::Unknown)];
        };
        let (Some((mut exists, _)), Some(family)) = (there(at), self.slot(slot_of(family))) else {
            return vec![(None, Sym::Unknown)];
        };
        if let Some(number) = families {
            exists = and(vec![exists, coded::is(&family, number, span)], span);
        }
        vec![(Some(exists), self.value(slot_of(at), true))]
    }

    /// What a slot that is there holds; numbers as text if `texts`.
    fn value(&self, slot: u16, texts: bool) -> Sym {
        let Some(operand) = self.slot(slot) else {
            return Sym::Unknown;
        };
        let Some(ty) = self.event.slots.get(usize::from(slot)).map(|slot| &slot.ty) else {
            return Sym::Unknown;
        };
        let coded = |code| {
            Sym::Coded(Coded {
                operand: operand.clone(),
                code,
                lower: false,
            })
        };
        match ty {
            Type::Enum(id) => coded(Code::Enum(*id)),
            Type::Flags(id) => coded(Code::Flags(*id)),
            Type::Pointer => coded(Code::Hexadecimal),
            Type::Int(_) | Type::Port | Type::Time if texts => coded(Code::Decimal),
            Type::Int(of) => Sym::Int(Int {
                signed: of.signed,
                operand,
            }),
            Type::Port | Type::Time | Type::Duration if !texts => Sym::Int(Int {
                signed: false,
                operand,
            }),
            Type::String | Type::Path => plain(operand),
            Type::List(_) => Sym::List(Field::Slot(slot)),
            Type::Bytes => Sym::Bytes,
            Type::Bool if !texts => {
                let kind = ExprKind::Test(operand);
                let span = Span::default();
                Sym::Truth(super::truth::Truth::Exact(Expr { kind, span }), None)
            }
            _ => Sym::Unknown,
        }
    }

    fn slot(&self, slot: u16) -> Option<Operand> {
        let ty = &self.event.slots.get(usize::from(slot))?.ty;
        Some(Operand::Field(Field::Slot(slot), ty.clone()))
    }
}

fn context(field: ContextField) -> Operand {
    let ty = tracee_lang::context::info(field).map_or(Type::Error, |info| info.ty.clone());
    Operand::Field(Field::Context(field), ty)
}

fn int(field: Field) -> Int {
    let operand = match field {
        Field::Context(field) => context(field),
        Field::Slot(_) => Operand::Field(field, Type::Error),
    };
    Int {
        operand,
        signed: false,
    }
}

fn plain(operand: Operand) -> Sym {
    Sym::Text(Text {
        operand,
        element: None,
        lower: false,
    })
}

/// `value exists`.
pub(super) fn exists(operand: Operand, span: Span) -> Expr {
    let kind = ExprKind::Exists(operand);
    Expr { kind, span }
}
