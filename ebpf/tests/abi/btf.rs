//! As much of BTF as the comparison needs: structs with their members, enums with their constants.
//! The format is in the kernel's Documentation/bpf/btf.rst.

use std::collections::BTreeMap;

use object::{Object, ObjectSection};

pub(crate) struct Struct {
    pub(crate) size: u32,
    /// Name and offset in bytes, in order.
    pub(crate) members: Vec<(String, u32)>,
}

#[derive(Default)]
pub(crate) struct Btf {
    pub(crate) structs: BTreeMap<String, Struct>,
    /// Constants by the name of their enum.
    pub(crate) enums: BTreeMap<String, Vec<(String, i64)>>,
}

const INT: u32 = 1;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const ENUM: u32 = 6;
const FUNC_PROTO: u32 = 13;
const VAR: u32 = 14;
const DATASEC: u32 = 15;
const DECL_TAG: u32 = 17;
const ENUM64: u32 = 19;

/// Reads the `.BTF` section of an object.
pub(crate) fn read(elf: &[u8]) -> Btf {
    let file = object::File::parse(elf).expect("the object is an ELF file");
    let section = file
        .section_by_name(".BTF")
        .expect("the object has a .BTF section");
    let data = section.data().expect("the .BTF section can be read");
    assert_eq!(word(data, 0) & 0xffff, 0xeb9f, "the magic number of BTF");
    let header = word(data, 4) as usize;
    let types = header + word(data, 8) as usize;
    let strings = header + word(data, 16) as usize;
    parse(
        &data[types..types + word(data, 12) as usize],
        &data[strings..],
    )
}

fn parse(types: &[u8], strings: &[u8]) -> Btf {
    let mut btf = Btf::default();
    let mut at = 0;
    while at < types.len() {
        let name = text(strings, word(types, at));
        let info = word(types, at + 4);
        let size = word(types, at + 8);
        let count = (info & 0xffff) as usize;
        let kind = info >> 24 & 0x1f;
        at += 12;
        let each = match kind {
            STRUCT | UNION | DATASEC | ENUM64 => 12 * count,
            ENUM | FUNC_PROTO => 8 * count,
            ARRAY => 12,
            INT | VAR | DECL_TAG => 4,
            _ => 0,
        };
        let items = &types[at..at + each];
        at += each;
        if kind == STRUCT {
            let members = items.chunks(12).map(|item| {
                // With kind_flag the upper byte is a bit field's size.
                let bits = word(item, 8) & if info >> 31 == 1 { 0xff_ffff } else { !0 };
                (text(strings, word(item, 0)), bits / 8)
            });
            let members = members.collect();
            btf.structs.insert(name, Struct { size, members });
        } else if kind == ENUM {
            let constants = items.chunks(8).map(|item| {
                let value = i64::from(word(item, 4) as i32);
                (text(strings, word(item, 0)), value)
            });
            btf.enums
                .entry(name)
                .or_default()
                .extend(constants.collect::<Vec<_>>());
        }
    }
    btf
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn text(strings: &[u8], at: u32) -> String {
    let bytes = &strings[at as usize..];
    let end = bytes.iter().position(|&byte| byte == 0).unwrap();
    String::from_utf8(bytes[..end].to_vec()).unwrap()
}
