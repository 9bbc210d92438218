//! Arguments of events in JSON, with their names and types, and the values of slots.

use std::fmt;

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use tracee_lang::schema::{Arg, Schema};
use tracee_lang::types::Type;
use tracee_lang::value::Value;

use super::JsonText;
use crate::engine::MatchedEvent;
use crate::format::{Address, Integer, go_type};
use crate::record::Record;

/// One that an event has.
#[derive(Serialize)]
pub(super) struct ArgObject<'a> {
    pub(super) name: &'a str,
    r#type: String,
    pub(super) value: ArgValue<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) truncated: bool,
}

impl<'a> ArgObject<'a> {
    /// Those that there are.
    pub(super) fn all_of(matched: &MatchedEvent<'a>) -> Vec<Self> {
        let args = matched.event.args.iter();
        let object = |arg| Self::new(matched.schema, matched.record, arg);
        args.map(object).filter(Self::is_present).collect()
    }

    fn new(schema: &'a Schema, record: Record<'a>, arg: &'a Arg) -> Self {
        let value = ArgValue {
            schema,
            record,
            arg,
        };
        Self {
            name: &arg.name,
            // Values that print by name are strings, whatever they are in the kernel.
            r#type: go_type(schema, &arg.ty),
            truncated: value.slots().any(|slot| record.truncated(slot)),
            value,
        }
    }

    fn is_present(&self) -> bool {
        self.value
            .slots()
            .any(|slot| self.value.record.present(slot))
    }
}

/// Its value, or those of its members.
pub(super) struct ArgValue<'a> {
    pub(super) schema: &'a Schema,
    record: Record<'a>,
    pub(super) arg: &'a Arg,
}

impl ArgValue<'_> {
    fn slots(&self) -> impl Iterator<Item = u16> + use<> {
        let count = match &self.arg.ty {
            Type::Struct(id) => self.schema.struct_type(*id).fields.len() as u16,
            _ => 1,
        };
        self.arg.slot..self.arg.slot + count
    }
}

impl Serialize for ArgValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Type::Struct(id) = &self.arg.ty else {
            let value = self.record.value(self.arg.slot);
            return SlotValue {
                schema: self.schema,
                ty: &self.arg.ty,
                value,
            }
            .serialize(serializer);
        };
        let structure = self.schema.struct_type(*id);
        let sockaddr = structure.name == "sockaddr";
        let family = self.record.int(self.arg.slot);
        let mut map = serializer.serialize_map(None)?;
        for (slot, (name, _, ty)) in self.slots().zip(&structure.fields) {
            let value = self.record.value(slot);
            if value == Value::Absent {
                continue;
            }
            let value = SlotValue {
                schema: self.schema,
                ty,
                value,
            };
            match (sockaddr, &value.value) {
                // Aqua's consumers expect strings only.
                (true, Value::Int(int)) => {
                    let int = Integer {
                        schema: self.schema,
                        ty,
                        value: *int,
                    };
                    map.serialize_entry(c_member(family, name), &int.to_string())?;
                }
                (true, _) => map.serialize_entry(c_member(family, name), &value)?,
                (false, _) => map.serialize_entry(name, &value)?,
            }
        }
        map.end()
    }
}

/// The member of the C struct (`sockaddr_in`, `sockaddr_in6`, `sockaddr_un`) by which Aqua's Tracee
/// names a part of an address; our own name where there is none.
fn c_member(family: Option<i128>, field: &str) -> &str {
    const AF_UNIX: i128 = 1;
    const AF_INET: i128 = 2;
    const AF_INET6: i128 = 10;
    match (family, field) {
        (_, "family") => "sa_family",
        (Some(AF_INET), "port") => "sin_port",
        (Some(AF_INET), "ip") => "sin_addr",
        (Some(AF_INET6), "port") => "sin6_port",
        (Some(AF_INET6), "ip") => "sin6_addr",
        (Some(AF_UNIX), "path") => "sun_path",
        _ => field,
    }
}

/// A value, as its type is written.
pub(super) struct SlotValue<'a> {
    pub(super) schema: &'a Schema,
    pub(super) ty: &'a Type,
    pub(super) value: Value<'a>,
}

impl Serialize for SlotValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Absent => serializer.serialize_none(),
            Value::Int(value) => match self.ty {
                Type::Bool => serializer.serialize_bool(*value != 0),
                Type::Enum(id) => {
                    let ty = self.schema.enum_type(*id);
                    serializer.collect_str(&fmt::from_fn(|f| ty.write_in_json(f, *value)))
                }
                Type::Flags(_) | Type::Pointer => {
                    let int = Integer {
                        schema: self.schema,
                        ty: self.ty,
                        value: *value,
                    };
                    serializer.collect_str(&int)
                }
                _ => match u64::try_from(*value) {
                    Ok(value) => serializer.serialize_u64(value),
                    Err(_) => serializer.serialize_i64(*value as i64),
                },
            },
            Value::Bytes(bytes) => match self.ty {
                Type::Ip => serializer.collect_str(&Address(bytes)),
                Type::Bytes => serializer.collect_str(&base64::display::Base64Display::new(
                    bytes,
                    &base64::engine::general_purpose::STANDARD,
                )),
                _ => JsonText(bytes).serialize(serializer),
            },
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&JsonText(item))?;
                }
                list.end()
            }
        }
    }
}
