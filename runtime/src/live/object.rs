//! The object as a run has it in the kernel: its maps, and those of its programs that its events may need.
//!
//! aya keeps a program's instructions as long as the program, with all that it calls: of all 140 programs 5 MB. What
//! another policy needs later is taken from the object then, and uses the maps that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use aya::maps::{Map, MapData};
use aya::programs::Program;
use aya::{Btf, Ebpf};

use super::{LiveError, loader};

/// What was loaded of it.
#[derive(Debug)]
pub(super) struct Object {
    /// The first has the maps; the others are of later policies.
    parts: Vec<Ebpf>,
    /// All maps by name, those that others took, too.
    maps: BTreeMap<String, OwnedFd>,
}

impl Object {
    pub(super) fn new(first: Ebpf) -> Result<Self, LiveError> {
        let mut maps = BTreeMap::new();
        for (name, map) in first.maps() {
            let copy = data(map)?.fd().as_fd().try_clone_to_owned();
            let copy = copy.map_err(|err| LiveError::System("dup of a map", err))?;
            maps.insert(name.to_owned(), copy);
        }
        Ok(Self {
            parts: vec![first],
            maps,
        })
    }

    /// Takes those of these programs from the object that it has not yet. Returns the kernel's types, for loading them.
    ///
    /// # Errors
    /// The object doesn't fit the kernel, or its types can't be read.
    pub(super) fn add(
        &mut self,
        names: &BTreeSet<String>,
        give_back: fn(),
    ) -> Result<Btf, LiveError> {
        // What was loaded needs its maps' descriptors no more; what only came along with it is taken anew.
        for part in &mut self.parts[1..] {
            for name in self.maps.keys() {
                part.take_map(name);
            }
        }
        let is_there = |name: &str| {
            self.parts[0].program(name).is_some()
                || self.parts.iter().any(|part| is_loaded(part, name))
        };
        if names.iter().all(|name| is_there(name)) {
            return loader::btf();
        }
        let (part, btf) =
            loader::load_more(|name| names.contains(name) && !is_there(name), give_back)?;
        for (name, map) in part.maps() {
            if let Some(ours) = self.maps.get(name) {
                replace(data(map)?, ours)?;
            }
        }
        self.parts.push(part);
        Ok(btf)
    }

    pub(super) fn map(&self, name: &str) -> Option<&Map> {
        self.parts[0].map(name)
    }

    pub(super) fn map_mut(&mut self, name: &str) -> Option<&mut Map> {
        self.parts[0].map_mut(name)
    }

    /// From here on the caller has it.
    pub(super) fn take_map(&mut self, name: &str) -> Option<Map> {
        self.parts[0].take_map(name)
    }

    pub(super) fn program(&self, name: &str) -> Option<&Program> {
        self.parts[self.part_of(name)?].program(name)
    }

    pub(super) fn program_mut(&mut self, name: &str) -> Option<&mut Program> {
        let part = self.part_of(name)?;
        self.parts[part].program_mut(name)
    }

    /// All that it has; some are not loaded.
    pub(super) fn programs(&self) -> impl Iterator<Item = (&str, &Program)> {
        self.parts.iter().flat_map(Ebpf::programs)
    }

    /// The part in which a program is loaded, or from which it can be.
    fn part_of(&self, name: &str) -> Option<usize> {
        let has = |part: &Ebpf| part.program(name).is_some();
        let loaded = self.parts.iter().position(|part| is_loaded(part, name));
        loaded.or_else(|| self.parts.iter().rposition(has))
    }
}

fn is_loaded(part: &Ebpf, name: &str) -> bool {
    let program = part.program(name);
    program.is_some_and(|program| program.fd().is_ok())
}

fn data(map: &Map) -> Result<&MapData, LiveError> {
    match map {
        Map::Array(data)
        | Map::PerCpuArray(data)
        | Map::HashMap(data)
        | Map::LruHashMap(data)
        | Map::RingBuf(data) => Ok(data),
        _ => Err(LiveError::NoMap("of this kind")),
    }
}

/// Makes the descriptor of a map, by which programs that are not loaded yet name it, that of another map.
fn replace(map: &MapData, other: &OwnedFd) -> Result<(), LiveError> {
    let (old, new) = (other.as_raw_fd(), map.fd().as_fd().as_raw_fd());
    // SAFETY: no memory is concerned. The descriptor is `map`'s, which was just made and has no other user; it stays
    // open, and is its to close.
    match unsafe { libc::dup3(old, new, libc::O_CLOEXEC) } {
        -1 => Err(LiveError::System(
            "dup3 of a map",
            io::Error::last_os_error(),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tracee_ebpf::Selection;

    fn programs(object: &aya_obj::Object) -> Vec<&str> {
        let mut names: Vec<_> = object.programs.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_is_selected_can_be_linked_and_relocated() {
        let whole = aya_obj::Object::parse(tracee_ebpf::OBJECT).unwrap();
        for wanted in programs(&whole) {
            let selection = Selection::new(|name| name == wanted);
            let mut object = aya_obj::Object::parse(selection.bytes()).unwrap();
            let section = |name| whole.programs[name].section_index;
            let mut together = programs(&whole);
            together.retain(|other| section(*other) == section(wanted));
            assert_eq!(programs(&object), together, "{wanted}");
            // Where nobody has the functions, the relocations must be gone.
            let types = object.btf.clone().unwrap();
            object.relocate_btf(&types).unwrap();
            let sections = object.functions.keys().map(|(section, _)| *section);
            object.relocate_calls(&sections.collect()).unwrap();
        }
    }

    #[test]
    fn everything_can_be_selected() {
        let selection = Selection::new(|_| true);
        assert!(selection.bytes().starts_with(tracee_ebpf::OBJECT));
    }
}
