//! Values as people see them.

use tracee_lang::types::{EnumId, FlagsId, Type};
use tracee_lang::value::Value;
use tracee_runtime::format::Formatted;

use crate::support;

fn shown(ty: Type, value: Value<'_>) -> String {
    Formatted {
        schema: &support::schema(),
        ty: &ty,
        value: &value,
    }
    .to_string()
}

#[test]
fn flags_by_name() {
    for (value, expected) in [
        (0, "O_RDONLY"),
        (0o101, "O_WRONLY|O_CREAT"),
        (0o2100000, "O_RDONLY|O_LARGEFILE|O_CLOEXEC"),
        (0o4010002, "O_RDWR|O_SYNC"),
        (0o10002, "O_RDWR|O_DSYNC"),
        (0x4000_0001, "O_WRONLY|0x40000000"),
        (3, "0x3"),
        (-1, "O_CREAT|O_SYNC|O_LARGEFILE|O_CLOEXEC|0xffe76fbf"),
    ] {
        assert_eq!(shown(Type::Flags(FlagsId(0)), Value::Int(value)), expected);
    }
}

#[test]
fn each_type_its_form() {
    let v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let words = || Type::List(Box::new(Type::String));
    for (ty, value, expected) in [
        (Type::Enum(EnumId(0)), Value::Int(16), "PTRACE_ATTACH"),
        (Type::Enum(EnumId(0)), Value::Int(-7), "-7"),
        (Type::Bool, Value::Int(1), "true"),
        (Type::Pointer, Value::Int(0x7fff_0010), "0x7fff0010"),
        (
            Type::Time,
            Value::Int(1_680_182_976_364_916_505),
            "2023-03-30T13:29:36.364916505Z",
        ),
        (support::I32, Value::Int(-100), "-100"),
        (Type::Duration, Value::Int(1_500_000_000), "1500ms"),
        (Type::Ip, Value::bytes(&[10, 0, 0, 1]), "10.0.0.1"),
        (Type::Ip, Value::bytes(&v6), "2001:db8::1"),
        (Type::Bytes, Value::bytes(b"\x7fELF"), "7f454c46"),
        (Type::Path, Value::bytes(b"/tmp/\x1b[2J"), "/tmp/\\x1b[2J"),
        (
            words(),
            Value::List(vec![b"sh", b"-c", b"a\nb"]),
            r#"["sh", "-c", "a\nb"]"#,
        ),
        (words(), Value::List(vec![]), "[]"),
        (Type::Path, Value::Absent, "-"),
    ] {
        assert_eq!(shown(ty, value), expected);
    }
}
