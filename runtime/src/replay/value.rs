//! Values of JSON arguments as slots of a record, by the type that the schema gives the argument.
//!
//! Tracee prints an argument as the kernel's number or "parsed", depending on its version and
//! options: `577` or `"O_WRONLY|O_CREAT|O_TRUNC"`. Both are read. An integer may be written in the
//! other signedness of its width (`-100` or `4294967196` for a 32-bit descriptor).

use std::collections::HashMap;
use std::net::IpAddr;

use base64::Engine as _;
use foldhash::fast::RandomState;
use tracee_ebpf::abi::{self, RecordHeader};
use tracee_lang::schema::{Arg, Event, Schema};
use tracee_lang::types::{IntType, Type};

use super::encode::{Known, Moment, Syscalls};
use super::json::{Json, Object};
use super::report::Names;
use crate::record::{RecordBuf, RecordBuilder};
use crate::text;

/// Texts that are kept with the numbers that they stand for.
const MAX_TEXTS: usize = 4_096;

/// Numbers of names that came before: of flags there are few sets that are used.
#[derive(Debug, Default)]
pub(super) struct Values {
    enums: HashMap<u32, HashMap<Box<str>, i128, RandomState>, RandomState>,
    flags: HashMap<u32, HashMap<Box<str>, i128, RandomState>, RandomState>,
}

impl Values {
    /// The number that the text stands for; `read` says it if it is new.
    fn of(
        &mut self,
        ty: &Type,
        text: &str,
        read: impl FnOnce() -> Result<i128, String>,
    ) -> Result<i128, String> {
        let known = match ty {
            Type::Enum(id) => self.enums.entry(id.0.into()).or_default(),
            Type::Flags(id) => self.flags.entry(id.0.into()).or_default(),
            _ => return read(),
        };
        if let Some(value) = known.get(text) {
            return Ok(*value);
        }
        let value = read()?;
        if known.len() < MAX_TEXTS {
            known.insert(text.into(), value);
        }
        Ok(value)
    }
}

/// A record whose slots are being set.
pub(super) struct Setting<'e> {
    pub(super) builder: RecordBuilder<'e>,
    pub(super) event: &'e Event,
    pub(super) schema: &'e Schema,
    pub(super) syscalls: &'e Syscalls,
    pub(super) values: &'e mut Values,
}

impl Setting<'_> {
    /// Sets the slots of one argument. A null is an absent value.
    ///
    /// # Errors
    /// What is wrong with the value, beginning with the argument's name.
    pub(super) fn arg(
        &mut self,
        arg: &Arg,
        value: &Json<'_>,
        ignored: &mut Names,
    ) -> Result<(), String> {
        if !matches!(arg.ty, Type::Struct(_)) {
            return self
                .slot(arg.slot, &arg.ty, value)
                .map_err(|error| format!("`{}` {error}", arg.name));
        }
        let fields = match value {
            Json::Null => return Ok(()),
            Json::Object(fields) => fields,
            other => {
                return Err(format!(
                    "`{}` must be an object, not {}",
                    arg.name,
                    shown(other)
                ));
            }
        };
        for (key, value) in fields {
            match field(self.schema, arg, key, fields) {
                Some((slot, ty)) => self
                    .slot(slot, ty, value)
                    .map_err(|error| format!("`{}.{}` {error}", arg.name, &**key))?,
                None => ignored.count(&format!("{}.{}.{}", self.event.name, arg.name, &**key)),
            }
        }
        Ok(())
    }

    /// Sets one slot. A null is an absent value.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub(super) fn slot(&mut self, slot: u16, ty: &Type, value: &Json<'_>) -> Result<(), String> {
        set_slot(&mut self.builder, self.schema, self.values, slot, ty, value)
    }

    /// The record, with what else it says.
    pub(super) fn end(mut self, context: &RecordHeader, moment: Moment, known: Known) -> RecordBuf {
        let header = &mut self.builder.header;
        *header = RecordHeader {
            truncated: header.truncated,
            present: header.present,
            time: moment.time,
            syscall: moment.syscall.or(known.syscall).unwrap_or(-1),
            ..*context
        };
        if moment.is_compat {
            header.flags |= abi::RECORD_COMPAT;
        }
        if let Some(retval) = moment.retval.filter(|_| self.event.has_retval) {
            header.flags |= abi::RECORD_RETVAL;
            header.retval = retval;
        }
        self.builder.build()
    }
}

/// The slot of an argument's field that is written as `key`, of an object with these fields.
pub(super) fn field<'s>(
    schema: &'s Schema,
    arg: &Arg,
    key: &str,
    of: &Object<'_>,
) -> Option<(u16, &'s Type)> {
    let Type::Struct(id) = &arg.ty else {
        return None;
    };
    let structure = schema.struct_type(*id);
    let name = own_name(&structure.name, key, of);
    let mut fields = structure.fields.iter().enumerate();
    let (at, (_, _, ty)) = fields.find(|(_, (field, _, _))| field == name)?;
    Some((arg.slot + at as u16, ty))
}

/// Our name of a struct's field that Aqua's Tracee names after the C member.
fn own_name<'k>(structure: &str, key: &'k str, fields: &Object<'_>) -> &'k str {
    match (structure, key) {
        ("sockaddr", "sa_family") => "family",
        ("sockaddr", "sin_port" | "sin6_port") => "port",
        ("sockaddr", "sin_addr" | "sin6_addr") => "ip",
        ("sockaddr", "sun_path") if !fields.iter().any(|(name, _)| &**name == "path") => "path",
        _ => key,
    }
}

fn set_slot(
    builder: &mut RecordBuilder<'_>,
    schema: &Schema,
    values: &mut Values,
    slot: u16,
    ty: &Type,
    value: &Json<'_>,
) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    let wrong = |expected: &str| Err(format!("must be {expected}, not {}", shown(value)));
    match (ty, value) {
        (Type::Bool, Json::Bool(value)) => _ = builder.int(slot, u64::from(*value)),
        (Type::String | Type::Path, Json::Text(value)) => {
            builder.bytes(slot, &text::from_json(value));
        }
        (Type::String | Type::Path, _) => return wrong("a string"),
        (Type::Bytes, Json::Text(value)) => {
            match base64::engine::general_purpose::STANDARD.decode(&**value) {
                Ok(bytes) => _ = builder.bytes(slot, &bytes),
                Err(error) => return Err(format!("is no base64: {error}")),
            }
        }
        (Type::Bytes, _) => return wrong("a string of base64"),
        (Type::Ip, Json::Text(value)) => match value.parse() {
            Ok(IpAddr::V4(ip)) => _ = builder.bytes(slot, &ip.octets()),
            Ok(IpAddr::V6(ip)) => _ = builder.bytes(slot, &ip.octets()),
            Err(_) => return Err(format!("is no IP address: `{}`", cut(value))),
        },
        (Type::Ip, _) => return wrong("an IP address"),
        (Type::List(_), Json::List(items)) => {
            let items: Option<Vec<_>> = items
                .iter()
                .map(|item| match item {
                    Json::Text(text) => Some(text::from_json(text)),
                    _ => None,
                })
                .collect();
            let Some(items) = items else {
                return wrong("a list of strings only");
            };
            builder.list(slot, items.iter().map(|item| &**item));
        }
        (Type::List(_), _) => return wrong("a list of strings"),
        _ => {
            let Some(int) = schema.int_repr(ty) else {
                return wrong("of another type");
            };
            let number = match value {
                Json::Text(text) => values.of(ty, text, || integer(schema, ty, int, value))?,
                _ => integer(schema, ty, int, value)?,
            };
            _ = builder.int(slot, widen(number, int)?);
        }
    }
    Ok(())
}

/// An integer from a number, or from a string of names and numbers joined by `|`.
fn integer(schema: &Schema, ty: &Type, int: IntType, value: &Json<'_>) -> Result<i128, String> {
    let text = match value {
        Json::Integer(number) => return Ok(*number),
        Json::Float(_) => return Err(format!("must be an integer, not {}", shown(value))),
        Json::Text(text) => &**text,
        other => {
            return Err(format!(
                "must be {}, not {}",
                int_name(schema, ty),
                shown(other)
            ));
        }
    };
    if let Type::Enum(id) = ty {
        let ty = schema.enum_type(*id);
        let declared = ty.constants.iter().map(|(name, value)| (&**name, *value));
        if let Some((_, value)) = declared.chain(ty.in_json()).find(|(name, _)| *name == text) {
            return Ok(value);
        }
    }
    let mut bits = 0;
    let mut parts = text
        .split('|')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .peekable();
    if !matches!(ty, Type::Flags(_)) && parts.peek().is_none() {
        return Err(format!(
            "must be {}, not an empty string",
            int_name(schema, ty)
        ));
    }
    for part in parts {
        let value = named(schema, ty, part)
            .or_else(|| number(part))
            .ok_or_else(|| format!("is not {}: `{}`", int_name(schema, ty), cut(part)))?;
        if value < 0 && part.len() < text.trim().len() {
            return Err(format!(
                "has a negative number among names: `{}`",
                cut(text)
            ));
        }
        bits |= value;
    }
    debug_assert!(int.bits <= 64);
    Ok(bits)
}

fn named(schema: &Schema, ty: &Type, name: &str) -> Option<i128> {
    match ty {
        Type::Flags(id) => {
            let constants = &schema.flags_type(*id).constants;
            let flag = constants.iter().find(|flag| flag.name == name)?;
            Some(i128::from(flag.value))
        }
        Type::Int(_) => C_NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value),
        _ => None,
    }
}

/// Names that Tracee prints for arguments that are plain integers here: file modes (inode(7)) and
/// the descriptor of the working directory.
const C_NAMES: &[(&str, i128)] = &[
    ("AT_FDCWD", -100),
    ("S_IFSOCK", 0o140000),
    ("S_IFLNK", 0o120000),
    ("S_IFREG", 0o100000),
    ("S_IFBLK", 0o060000),
    ("S_IFDIR", 0o040000),
    ("S_IFCHR", 0o020000),
    ("S_IFIFO", 0o010000),
    ("S_ISUID", 0o4000),
    ("S_ISGID", 0o2000),
    ("S_ISVTX", 0o1000),
    ("S_IRWXU", 0o700),
    ("S_IRUSR", 0o400),
    ("S_IWUSR", 0o200),
    ("S_IXUSR", 0o100),
    ("S_IRWXG", 0o070),
    ("S_IRGRP", 0o040),
    ("S_IWGRP", 0o020),
    ("S_IXGRP", 0o010),
    ("S_IRWXO", 0o007),
    ("S_IROTH", 0o004),
    ("S_IWOTH", 0o002),
    ("S_IXOTH", 0o001),
];

/// A decimal or `0x` number. A leading zero is refused: it would be octal to some.
fn number(text: &str) -> Option<i128> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let hex = !digits.starts_with(['+', '-']);
        return hex.then(|| i128::from_str_radix(digits, 16).ok()).flatten();
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c));
    plain.then(|| text.parse().ok()).flatten()
}

/// A number as the 64 bits of a slot, if it fits the width in either signedness.
fn widen(value: i128, int: IntType) -> Result<u64, String> {
    let unsigned = IntType {
        signed: false,
        ..int
    };
    let signed = IntType {
        signed: true,
        ..int
    };
    if value < signed.min() || value > unsigned.max() {
        return Err(format!("doesn't fit {int}: {value}"));
    }
    let bits = u32::from(int.bits);
    let low = (value as u64) & (u64::MAX >> (64 - bits));
    if int.signed {
        let shift = 64 - bits;
        Ok(((low << shift).cast_signed() >> shift).cast_unsigned())
    } else {
        Ok(low)
    }
}

fn int_name(schema: &Schema, ty: &Type) -> String {
    match ty {
        Type::Enum(_) | Type::Flags(_) => format!("a number or names of {}", schema.type_name(ty)),
        Type::Bool => "true or false".into(),
        _ => format!("a number ({})", schema.type_name(ty)),
    }
}

/// A value in a message: short.
fn shown(value: &Json<'_>) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Integer(number) => number.to_string(),
        Json::Float(number) => number.to_string(),
        Json::Text(text) => format!("`{}`", cut(text)),
        Json::List(_) => "this list".into(),
        Json::Object(_) => "an object".into(),
    }
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{}{more}", text::Shown(short.as_bytes()))
}
