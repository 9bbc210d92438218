//! A copy of the object that has only some of its programs. Whoever loads an object relocates every program and links
//! it with all that it calls, wanted or not: of ours that takes ten times the object's size.
//!
//! A program that is left out stays where it is, in a section that isn't code any more; what is to be relocated there
//! is taken out of the section `.BTF.ext`. Sources: elf(5), the kernel's Documentation/bpf/btf.rst.

use std::collections::BTreeSet;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A copy of [`OBJECT`](crate::OBJECT).
#[derive(Debug)]
pub struct Selection(Vec<u64>);

impl Selection {
    /// The object with the programs that are `wanted` by their names.
    pub fn new(wanted: impl Fn(&str) -> bool) -> Self {
        let whole = || {
            let mut words = vec![0; crate::OBJECT.len().div_ceil(8)];
            words.as_mut_bytes()[..crate::OBJECT.len()].copy_from_slice(crate::OBJECT);
            words
        };
        let mut words = whole();
        match leave_out(words.as_mut_bytes(), wanted) {
            Some(()) => Self(words),
            // A test says that this does not happen; all programs are more than is wanted, and no mistake.
            None => Self(whole()),
        }
    }

    /// The file, at a multiple of 8.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[derive(FromBytes, KnownLayout, Immutable)]
#[repr(C)]
struct Header {
    identity: [u8; 16],
    kind: u16,
    machine: u16,
    version: u32,
    entry: u64,
    segments_at: u64,
    sections_at: u64,
    flags: u32,
    size: u16,
    segment_size: u16,
    segments: u16,
    section_size: u16,
    sections: u16,
    names: u16,
}

#[derive(FromBytes, KnownLayout, Immutable)]
#[repr(C)]
struct Section {
    name: u32,
    kind: u32,
    flags: u64,
    address: u64,
    at: u64,
    size: u64,
    link: u32,
    info: u32,
    alignment: u64,
    entry_size: u64,
}

/// Where a section's flags are in its header.
const FLAGS_AT: usize = 8;
/// SHF_EXECINSTR.
const IS_CODE: u64 = 4;
/// SHT_SYMTAB.
const SYMBOLS: u32 = 2;

#[derive(FromBytes, KnownLayout, Immutable)]
#[repr(C)]
struct Symbol {
    name: u32,
    info: u8,
    other: u8,
    section: u16,
    value: u64,
    size: u64,
}

/// STT_FUNC, of the low bits of a symbol's `info`.
const FUNCTION: u8 = 2;

/// Words of the header of `.BTF.ext`: its size, and where the relocations are behind it and how long all are.
const EXT_SIZE: usize = 4;
const RELOCATIONS_AT: usize = 24;
const RELOCATIONS_SIZE: usize = 28;

/// Of `.BTF`: its header's size, and where strings are behind it.
const BTF_SIZE: usize = 4;
const STRINGS_AT: usize = 16;

fn leave_out(file: &mut [u8], wanted: impl Fn(&str) -> bool) -> Option<()> {
    let (header, _) = Header::read_from_prefix(file).ok()?;
    let section_at = |index: usize| header.sections_at as usize + index * size_of::<Section>();
    let mut sections = Vec::new();
    for index in 0..usize::from(header.sections) {
        sections.push(
            Section::read_from_prefix(file.get(section_at(index)..)?)
                .ok()?
                .0,
        );
    }
    let names = sections.get(usize::from(header.names))?;
    let find = |name: &str| {
        let mut sections = sections.iter();
        sections.find(|section| text(names.of(file), section.name as usize) == Some(name))
    };

    // Sections of programs, without those of which one is wanted. What they call is in `.text`.
    let symbols = sections.iter().find(|section| section.kind == SYMBOLS)?;
    let symbol_names = sections.get(symbols.link as usize)?.of(file);
    let (mut programs, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for symbol in symbols.of(file).chunks_exact(size_of::<Symbol>()) {
        let symbol = Symbol::read_from_bytes(symbol).ok()?;
        let index = usize::from(symbol.section);
        if symbol.info & 0xf != FUNCTION || index >= sections.len() {
            continue;
        }
        programs.insert(index);
        let is_called = text(names.of(file), sections[index].name as usize)? == ".text";
        if is_called || wanted(text(symbol_names, symbol.name as usize)?) {
            kept.insert(index);
        }
    }
    let mut left_out = BTreeSet::new();
    for &index in programs.difference(&kept) {
        left_out.insert(text(names.of(file), sections[index].name as usize)?.to_owned());
    }

    let strings = find(".BTF")?.of(file);
    let strings_at = word(strings, BTF_SIZE)? + word(strings, STRINGS_AT)?;
    let strings = strings.get(strings_at as usize..)?.to_vec();
    let is_kept = |name: u32| Some(!left_out.contains(text(&strings, name as usize)?));
    let ext = find(".BTF.ext")?.range();
    keep_relocations(file.get_mut(ext)?, is_kept)?;
    for &index in programs.difference(&kept) {
        let flags = sections[index].flags & !IS_CODE;
        let at = section_at(index) + FLAGS_AT;
        flags.write_to_prefix(file.get_mut(at..)?).ok()?;
    }
    Some(())
}

/// Moves the relocations of sections that are kept together. Those of a section are its name's place, their number,
/// and they.
fn keep_relocations(ext: &mut [u8], is_kept: impl Fn(u32) -> Option<bool>) -> Option<()> {
    let begin = (word(ext, EXT_SIZE)? + word(ext, RELOCATIONS_AT)?) as usize;
    let end = begin + word(ext, RELOCATIONS_SIZE)? as usize;
    let each = word(ext, begin)? as usize;
    let mut read = begin + size_of::<u32>();
    let mut written = read;
    while read < end {
        let (name, count) = (word(ext, read)?, word(ext, read + 4)?);
        let next = read + 8 + count as usize * each;
        if next > end {
            return None;
        }
        if is_kept(name)? {
            ext.copy_within(read..next, written);
            written += next - read;
        }
        read = next;
    }
    let size = u32::try_from(written - begin).ok()?;
    size.write_to_prefix(ext.get_mut(RELOCATIONS_SIZE..)?).ok()
}

impl Section {
    fn range(&self) -> std::ops::Range<usize> {
        self.at as usize..(self.at as usize).saturating_add(self.size as usize)
    }

    fn of<'f>(&self, file: &'f [u8]) -> &'f [u8] {
        file.get(self.range()).unwrap_or_default()
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    u32::read_from_prefix(bytes.get(at..)?)
        .ok()
        .map(|(word, _)| word)
}

/// A string of a table of them.
fn text(table: &[u8], at: usize) -> Option<&str> {
    let rest = table.get(at..)?;
    let end = rest.iter().position(|&byte| byte == 0)?;
    str::from_utf8(&rest[..end]).ok()
}
