//! A module made of another: its file with other code, under another name. So it is of the very kernel that the
//! other was built for, and no compiler or header is needed.
//!
//! What is left of the file is what the kernel asks for (its name and functions, what it says of itself, the
//! versions of symbols) and the section `.text` with the new code; every other section is taken out of memory.

use std::io;

/// Machine code, and where it names the module itself.
#[derive(Debug)]
pub struct Code {
    begin: Vec<u8>,
    end: Vec<u8>,
    /// Where in `begin` 8 bytes are the address of `struct module`.
    own_address: Option<usize>,
}

/// Where the end's code is, behind the begin's.
const END_AT: usize = 256;

/// push flags, no interrupts, rcx = cr0, and pages may be written that may only be read.
const UNPROTECT: &[u8] = &[
    0x9c, 0xfa, 0x0f, 0x20, 0xc0, 0x48, 0x89, 0xc1, 0x48, 0x25, 0xff, 0xff, 0xfe, 0xff, 0x0f, 0x22,
    0xc0,
];
/// cr0 = rcx, pop flags, return 0.
const PROTECT: &[u8] = &[0x0f, 0x22, 0xc1, 0x9d, 0x31, 0xc0, 0xc3];

impl Code {
    /// Writes words to addresses when it begins, and when it ends what was there.
    pub fn patching(patches: &[(u64, u64)]) -> Self {
        let (mut begin, mut end) = (UNPROTECT.to_vec(), UNPROTECT.to_vec());
        for (address, value) in patches {
            begin.extend([0x48, 0xba]); // rdx = address
            begin.extend(address.to_le_bytes());
            begin.extend([0x48, 0xbe]); // rsi = value
            begin.extend(value.to_le_bytes());
            begin.extend([0x48, 0x8b, 0x3a]); // rdi = what is there
            begin.extend([0x48, 0x89, 0x32]); // there = rsi
            end.extend([0x48, 0xba]);
            end.extend(address.to_le_bytes());
            end.extend([0x48, 0xbe]); // rsi = what was there: written by the begin
            let kept = END_AT + end.len();
            end.extend([0; 8]);
            end.extend([0x48, 0x89, 0x32]);
            begin.extend([0x48, 0x89, 0x3d]); // kept = rdi, by its distance from the next instruction
            let next = begin.len() + 4;
            begin.extend(((kept - next) as u32).to_le_bytes());
        }
        begin.extend(PROTECT);
        end.extend(PROTECT);
        Self {
            begin,
            end,
            own_address: None,
        }
    }

    /// Takes itself out of the list of modules: `list_del(&THIS_MODULE->list)`. It can't be removed until it is shown again.
    pub fn hiding() -> Self {
        let mut begin = vec![0x48, 0xba]; // rdx = its struct module
        let own_address = Some(begin.len());
        begin.extend([0; 8]);
        begin.extend([0x48, 0x8b, 0x42, 0x08]); // rax = list.next, behind the state
        begin.extend([0x48, 0x8b, 0x4a, 0x10]); // rcx = list.prev
        begin.extend([0x48, 0x89, 0x01]); // rcx->next = rax
        begin.extend([0x48, 0x89, 0x48, 0x08]); // rax->prev = rcx
        begin.extend([0x31, 0xc0, 0xc3]); // return 0
        Self {
            begin,
            end: vec![0xc3],
            own_address,
        }
    }

    /// Puts a module that hides back to the head of the list: `list_add(&module->list, &modules)`.
    pub fn showing(module: u64, modules: u64) -> Self {
        let mut begin = vec![0x48, 0xba]; // rdx = the module's list, behind the state
        begin.extend((module + LIST_AT).to_le_bytes());
        begin.extend([0x48, 0xb9]); // rcx = the head
        begin.extend(modules.to_le_bytes());
        begin.extend([0x48, 0x8b, 0x01]); // rax = head.next
        begin.extend([0x48, 0x89, 0x02]); // list.next = rax
        begin.extend([0x48, 0x89, 0x4a, 0x08]); // list.prev = rcx
        begin.extend([0x48, 0x89, 0x50, 0x08]); // rax->prev = rdx
        begin.extend([0x48, 0x89, 0x11]); // head.next = rdx
        begin.extend([0x31, 0xc0, 0xc3]); // return 0
        Self {
            begin,
            end: vec![0xc3],
            own_address: None,
        }
    }

    /// The section `.text`; none if there is too much of it.
    fn text(&self) -> Option<Vec<u8>> {
        let mut text = self.begin.clone();
        if text.len() > END_AT {
            return None;
        }
        text.resize(END_AT, 0xcc);
        text.extend(&self.end);
        Some(text)
    }
}

/// Sections that stay.
const KEPT: [&str; 6] = [
    ".text",
    ".modinfo",
    "__versions",
    "__version_ext_names",
    "__version_ext_crcs",
    THIS_MODULE,
];
const THIS_MODULE: &str = ".gnu.linkonce.this_module";

const SHF_ALLOC: u64 = 2;
const R_X86_64_64: u64 = 1;
/// Bytes of an entry in a table of symbols, and of relocations.
const SYMBOL: usize = 24;
const RELOCATION: usize = 24;
/// Of `struct module`: behind the state, and behind that and the list.
const LIST_AT: u64 = 8;
const NAME_AT: usize = 24;
const NAME_SIZE: usize = 56;

/// A module's file with this name and this code.
///
/// # Errors
/// The other module is none, or is too small.
pub fn made_of(module: &[u8], name: &str, code: &Code) -> io::Result<Vec<u8>> {
    made(module, name, code)
        .ok_or_else(|| io::Error::other(format!("no module {name} can be made of this file")))
}

fn made(module: &[u8], name: &str, code: &Code) -> Option<Vec<u8>> {
    let mut file = File {
        bytes: unsigned(module)?.to_vec(),
    };
    for section in 0..file.sections() {
        let flags = file.field(section, FLAGS);
        if flags & SHF_ALLOC != 0 && !KEPT.contains(&file.name(section).as_str()) {
            file.set(section, FLAGS, flags & !SHF_ALLOC);
            let at = file.header(section);
            // Nor is it found by its name: the first name is empty.
            file.write(at, &[0; 4])?;
        }
    }
    let text = file.section(".text")?;
    let code_at = file.field(text, OFFSET) as usize;
    let new = code.text()?;
    if new.len() as u64 > file.field(text, SIZE) {
        return None;
    }
    file.write(code_at, &new)?;

    // Relocations of what was there are of no use.
    let relocations = file.section(".rela.text")?;
    if let Some(at) = code.own_address {
        let symbol = file.symbol("__this_module")?;
        let place = file.field(relocations, OFFSET) as usize;
        let words = [at as u64, (symbol as u64) << 32 | R_X86_64_64, 0];
        file.put(place, &words)?;
    }
    let count = usize::from(code.own_address.is_some());
    file.set(relocations, SIZE, (RELOCATION * count) as u64);

    // The module's functions are in the new code.
    let table = file.section(&format!(".rela{THIS_MODULE}"))?;
    let place = file.field(table, OFFSET) as usize;
    let (base, value) = file.symbol_in(text)?;
    for (function, at) in [("init_module", 0), ("cleanup_module", END_AT)] {
        let symbol = file.symbol(function)? as u64;
        let entries = file.field(table, SIZE) as usize / RELOCATION;
        let mut entries = (0..entries).map(|entry| place + RELOCATION * entry);
        let entry = entries.find(|entry| file.word(entry + 8) >> 32 == symbol)?;
        let to = (at as u64).wrapping_sub(value);
        file.put(entry + 8, &[(base as u64) << 32 | R_X86_64_64, to])?;
    }
    let this = file.section(THIS_MODULE)?;
    let name_at = file.field(this, OFFSET) as usize + NAME_AT;
    file.write(name_at, &[0; NAME_SIZE])?;
    file.write(name_at, name.as_bytes())?;
    Some(file.bytes)
}

/// The file without the signature at its end, which would be wrong: none at all is taken.
fn unsigned(module: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"~Module signature appended~\n";
    /// `struct module_signature`, which ends with the signature's length in network order.
    const INFORMATION: usize = 12;
    let Some(signed) = module.strip_suffix(MARK) else {
        return Some(module);
    };
    let length = u32::from_be_bytes(*signed.last_chunk()?) as usize;
    signed.get(..signed.len().checked_sub(INFORMATION + length)?)
}

/// A relocatable ELF file of 64 bits. What is beyond its end is zero.
struct File {
    bytes: Vec<u8>,
}

/// Where a section's header has what.
const FLAGS: usize = 8;
const OFFSET: usize = 24;
const SIZE: usize = 32;

impl File {
    fn at<const N: usize>(&self, at: usize) -> [u8; N] {
        let rest = self.bytes.get(at..);
        rest.and_then(<[u8]>::first_chunk)
            .copied()
            .unwrap_or([0; N])
    }

    fn word(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.at(at))
    }

    fn half(&self, at: usize) -> usize {
        u16::from_le_bytes(self.at(at)).into()
    }

    fn number(&self, at: usize) -> usize {
        u32::from_le_bytes(self.at(at)) as usize
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Option<()> {
        let place = self.bytes.get_mut(at..at + bytes.len())?;
        place.copy_from_slice(bytes);
        Some(())
    }

    fn put(&mut self, at: usize, words: &[u64]) -> Option<()> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.write(at, &bytes)
    }

    fn sections(&self) -> usize {
        self.half(0x3c)
    }

    fn header(&self, section: usize) -> usize {
        self.word(0x28) as usize + 64 * section
    }

    fn field(&self, section: usize, field: usize) -> u64 {
        self.word(self.header(section) + field)
    }

    /// Of a section that is there.
    fn set(&mut self, section: usize, field: usize, value: u64) {
        let at = self.header(section) + field;
        self.put(at, &[value]);
    }

    fn text(&self, table: usize, at: usize) -> String {
        let begin = self.field(table, OFFSET) as usize + at;
        let rest = self.bytes.get(begin..).unwrap_or_default();
        let bytes = rest.iter().take_while(|byte| **byte != 0);
        bytes.map(|byte| char::from(*byte)).collect()
    }

    fn name(&self, section: usize) -> String {
        let names = self.half(0x3e);
        self.text(names, self.number(self.header(section)))
    }

    fn section(&self, name: &str) -> Option<usize> {
        (0..self.sections()).find(|section| self.name(*section) == name)
    }

    /// Where symbols are, and how many.
    fn symbols(&self) -> Option<(usize, usize)> {
        let table = self.section(".symtab")?;
        let count = self.field(table, SIZE) as usize / SYMBOL;
        Some((self.field(table, OFFSET) as usize, count))
    }

    fn symbol(&self, name: &str) -> Option<usize> {
        let (at, count) = self.symbols()?;
        let names = self.section(".strtab")?;
        let is_it = |symbol: &usize| self.text(names, self.number(at + SYMBOL * symbol)) == name;
        (0..count).find(is_it)
    }

    /// A symbol in a section, and where in it that is.
    fn symbol_in(&self, section: usize) -> Option<(usize, u64)> {
        let (at, count) = self.symbols()?;
        let is_in = |symbol: &usize| self.half(at + SYMBOL * symbol + 6) == section;
        let found = (0..count).find(is_in)?;
        Some((found, self.word(at + SYMBOL * found + 8)))
    }
}
