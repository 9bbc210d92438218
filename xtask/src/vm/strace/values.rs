//! One value as strace and as tracee write it: numbers, texts, sockets' addresses, times.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value as Json;
use tracee_lang::schema::Schema;
use tracee_lang::types::{IntType, Type};

use super::text::Value;

/// What comes of one argument: compared, nothing to compare, or what differs.
pub(super) type Verdict = Result<bool, String>;

/// The value with no content of the same kind: what tracee has for an empty text where there was no address.
pub(super) fn empty(value: &Json) -> Json {
    match value {
        Json::String(_) => Json::String(String::new()),
        Json::Array(_) => Json::Array(Vec::new()),
        _ => Json::Null,
    }
}

/// The lower bits, as the type takes them.
pub(super) fn narrowed(number: i128, int: IntType) -> i128 {
    let bits = 1_i128 << int.bits;
    let low = number.rem_euclid(bits);
    if int.signed && low > int.max() {
        low - bits
    } else {
        low
    }
}

/// The number that tracee wrote, by name or not.
pub(super) fn number(schema: &Schema, ty: &Type, value: Option<&Json>) -> Result<i128, String> {
    let wrong = || format!("tracee has no number: {value:?}");
    match value {
        Some(Json::Number(number)) => {
            let number = number
                .as_i64()
                .map(i128::from)
                .or(number.as_u64().map(i128::from));
            number.ok_or_else(wrong)
        }
        Some(Json::Bool(value)) => Ok(i128::from(*value)),
        Some(Json::String(text)) => {
            let found = match ty {
                Type::Enum(id) => {
                    let mut constants = schema.enum_type(*id).in_json();
                    let named = constants.find(|(name, _)| name == text);
                    named.map(|(_, number)| number).or(text.parse().ok())
                }
                Type::Flags(id) => {
                    let flags = schema.flags_type(*id);
                    flags
                        .value_of(text)
                        .map(|value| narrowed(value.into(), flags.repr))
                }
                Type::Pointer => text
                    .strip_prefix("0x")
                    .and_then(|digits| i128::from_str_radix(digits, 16).ok()),
                _ => text.parse().ok(),
            };
            found.ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

pub(super) fn same(strace: i128, tracee: i128) -> Verdict {
    match strace == tracee {
        true => Ok(true),
        false => Err(format!(
            "strace {strace} ({strace:#x}), tracee {tracee} ({tracee:#x})"
        )),
    }
}

pub(super) fn same_bytes(strace: &[u8], tracee: &str) -> Verdict {
    match strace == bytes_of(tracee) {
        true => Ok(true),
        false => Err(format!(
            "strace {:?}, tracee {tracee:?}",
            String::from_utf8_lossy(strace)
        )),
    }
}

pub(super) fn starts_with(strace: &[u8], tracee: &str) -> Verdict {
    match bytes_of(tracee).starts_with(strace) {
        true => Ok(true),
        false => same_bytes(strace, tracee),
    }
}

/// The bytes that JSON has for bytes that are no UTF-8: docs/output.md.
pub(super) fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for c in text.chars() {
        match u32::from(c) {
            escaped @ 0xEF80..=0xEFFF => bytes.push((escaped & 0xFF) as u8),
            _ => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// A socket's address, of which tracee reads these members.
pub(super) fn address(strace: &Value, tracee: Option<&Json>) -> Verdict {
    let members = [
        "sa_family",
        "sin_port",
        "sin_addr",
        "sin6_port",
        "sin6_addr",
        "sun_path",
    ];
    for key in members {
        let expected = strace
            .member(key)
            .map(|term| (key, &term.value, &term.names));
        let found = tracee
            .and_then(|fields| fields.get(key))
            .and_then(Json::as_str);
        let is = match (expected, found) {
            (None, None) => true,
            (Some((_, Value::Number(number), names)), Some(text)) => {
                let names = names.join("|");
                text == names || (names.contains('?') && text == number.to_string())
            }
            (Some((_, Value::Text(bytes), _)), Some(text)) => match (key, &**bytes) {
                ("sin_port" | "sin6_port", &[high, low]) => {
                    text == u16::from_be_bytes([high, low]).to_string()
                }
                ("sin_addr", bytes) => {
                    let four = <[u8; 4]>::try_from(bytes).ok();
                    four.is_some_and(|four| text == Ipv4Addr::from(four).to_string())
                }
                ("sin6_addr", bytes) => {
                    let sixteen = <[u8; 16]>::try_from(bytes).ok();
                    sixteen.is_some_and(|sixteen| text == Ipv6Addr::from(sixteen).to_string())
                }
                // Of a name that is in no file system the zero is written as `@`.
                ("sun_path", [0, bytes @ ..]) => [b"@", bytes].concat() == bytes_of(text),
                ("sun_path", bytes) => bytes == bytes_of(text),
                _ => false,
            },
            _ => false,
        };
        if !is {
            return Err(format!("{key}: strace {expected:?}, tracee {found:?}"));
        }
    }
    Ok(true)
}

/// A time that is no more than it was.
pub(super) fn is_left(strace: &Value, tracee: Option<&Json>) -> Verdict {
    let of_strace = |key: &str| match strace.member(key).map(|term| &term.value) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let of_tracee = |key: &str| {
        tracee
            .and_then(|fields| fields.get(key)?.as_i64())
            .map(i128::from)
    };
    let before = of_strace("tv_sec").zip(of_strace("tv_nsec"));
    let after = of_tracee("sec").zip(of_tracee("nsec"));
    match (before, after) {
        (Some(before), Some(after)) if after <= before && after >= (0, 0) => Ok(true),
        _ => Err(format!(
            "strace {before:?} before the call, tracee {after:?} after it"
        )),
    }
}
