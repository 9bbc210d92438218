//! Values as people write them: the one place that turns a record's integers and bytes into names
//! of flags, addresses and quoted lists, for the table, for messages and inside JSON.

use std::fmt::{self, Display, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};

use tracee_lang::hir::display;
use tracee_lang::schema::Schema;
use tracee_lang::types::Type;
use tracee_lang::value::Value;

use crate::text::Shown;
use crate::time::Timestamp;

/// A value with its type, as a person may see it: [`Display`] escapes what a terminal would obey.
#[derive(Debug, Clone, Copy)]
pub struct Formatted<'a> {
    /// Where the type's names are.
    pub schema: &'a Schema,
    /// The value's type.
    pub ty: &'a Type,
    /// The value.
    pub value: &'a Value<'a>,
}

impl Display for Formatted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Value::Absent => f.write_char('-'),
            Value::Int(value) if *self.ty == Type::Time => match u64::try_from(*value) {
                Ok(nanos) => Timestamp(nanos).fmt(f),
                Err(_) => value.fmt(f),
            },
            Value::Int(value) => Integer {
                schema: self.schema,
                ty: self.ty,
                value: *value,
            }
            .fmt(f),
            Value::Bytes(bytes) => match self.ty {
                Type::Ip => Address(bytes).fmt(f),
                Type::Bytes => Hex(bytes).fmt(f),
                _ => Shown(bytes).fmt(f),
            },
            Value::List(items) => {
                f.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(f, "{comma}\"{}\"", Shown(item))?;
                }
                f.write_char(']')
            }
        }
    }
}

/// An integer by its type: names of an enum or of flags, `0x…` for a pointer, `true`, `10s`, else
/// decimal.
#[derive(Debug, Clone, Copy)]
pub struct Integer<'a> {
    /// Where the type's names are.
    pub schema: &'a Schema,
    /// Its type.
    pub ty: &'a Type,
    /// As the record has it.
    pub value: i128,
}

impl Display for Integer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ty {
            Type::Bool => f.write_str(if self.value == 0 { "false" } else { "true" }),
            Type::Pointer => write!(f, "{:#x}", self.value),
            Type::Duration => f.write_str(&display::int(self.value, Some(self.ty))),
            Type::Enum(id) => self.schema.enum_type(*id).write(f, self.value),
            Type::Flags(id) => self.schema.flags_type(*id).write(f, self.value),
            _ => self.value.fmt(f),
        }
    }
}

/// An IPv4 or IPv6 address in network byte order; other lengths as hexadecimal.
#[derive(Debug, Clone, Copy)]
pub struct Address<'a>(pub &'a [u8]);

impl Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(four) = self.0.as_array::<4>() {
            Ipv4Addr::from(*four).fmt(f)
        } else if let Some(sixteen) = self.0.as_array::<16>() {
            Ipv6Addr::from(*sixteen).fmt(f)
        } else {
            Hex(self.0).fmt(f)
        }
    }
}

/// Bytes as hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub struct Hex<'a>(pub &'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The name that a type has in JSON: Go's, as existing consumers of Tracee's events expect. Enums
/// and flags print by name, so they are strings.
pub fn go_type(schema: &Schema, ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::Int(int) => format!("{}int{}", if int.signed { "" } else { "u" }, int.bits),
        Type::Pointer => "trace.Pointer".into(),
        Type::Port => "uint16".into(),
        Type::Time => "time.Time".into(),
        Type::Duration => "time.Duration".into(),
        Type::Cidr => "net.IPNet".into(),
        Type::Bytes => "[]byte".into(),
        Type::List(of) => format!("[]{}", go_type(schema, of)),
        Type::Struct(id) if schema.struct_type(*id).name == "sockaddr" => "SockAddr".into(),
        Type::Struct(id) => schema.struct_type(*id).name.clone(),
        Type::String | Type::Path | Type::Ip | Type::Enum(_) | Type::Flags(_) | Type::Error => {
            "string".into()
        }
    }
}
