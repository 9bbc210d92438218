//! Loading the object: its maps, in the sizes that this run needs. Programs are loaded one by one
//! in [`super::hooks`].

use aya::maps::MapError;
use aya::{Btf, Ebpf, EbpfError, EbpfLoader, VerifierLogLevel};
use tracee_ebpf::{Selection, abi};

use super::LiveError;
use super::object::Object;
use super::tables::Capacity;

/// Processes in all trees. Preallocated, 64 bytes each.
pub(super) const TREE_ENTRIES: u32 = 32768;

/// Records of execve that wait for their return, 66 KiB each: a processor runs one at a time, but
/// a slow disk or a tracer makes more wait.
fn stash_entries(processors: u32) -> u32 {
    (4 * processors).clamp(64, 512)
}

/// What the sizes of the maps depend on.
#[derive(Debug)]
pub(super) struct Sizes {
    pub(super) ring_bytes: u32,
    pub(super) capacity: Capacity,
    /// Whether an event is kept from its entry to its return.
    pub(super) stash: bool,
    /// Whether there are trees.
    pub(super) tree: bool,
}

/// The running kernel's types.
pub(super) fn btf() -> Result<Btf, LiveError> {
    Btf::from_sys_fs().map_err(LiveError::Btf)
}

/// Makes the maps, and of the programs those that are `wanted` for this kernel, whose types are given back: they take
/// 20 MB while they are read, and 13 after. Whenever something large is gone, `give_back` is called.
pub(super) fn load(
    sizes: &Sizes,
    wanted: impl Fn(&str) -> bool,
    give_back: fn(),
) -> Result<(Object, Btf), LiveError> {
    let processors = processors()?;
    let (mut loader, btf) = loader(give_back)?;
    loader
        .map_max_entries("work", processors + abi::SPARE_WORKS as u32)
        .map_max_entries("ring", ring_bytes(sizes.ring_bytes))
        .map_max_entries(
            "stash",
            if sizes.stash {
                stash_entries(processors)
            } else {
                1
            },
        )
        .map_max_entries("tree", if sizes.tree { TREE_ENTRIES } else { 1 });
    for (name, entries) in sizes.capacity.maps() {
        loader.map_max_entries(name, entries);
    }
    let loaded = loader.btf(Some(&btf)).load(Selection::new(wanted).bytes());
    let loaded = loaded.map_err(|err| match err {
        EbpfError::MapError(MapError::CreateError { name, io_error })
            if out_of_memory(&io_error) =>
        {
            LiveError::NoMemory {
                what: match name.as_str() {
                    "ring" => format!("the ring buffer ({} bytes)", ring_bytes(sizes.ring_bytes)),
                    _ => format!("the eBPF map `{name}`"),
                },
                why: io_error,
            }
        }
        err => LiveError::Load(err),
    })?;
    Ok((Object::new(loaded)?, btf))
}

/// Makes other programs, and maps of the least size.
pub(super) fn load_more(
    wanted: impl Fn(&str) -> bool,
    give_back: fn(),
) -> Result<(Ebpf, Btf), LiveError> {
    let (mut loader, btf) = loader(give_back)?;
    let loaded = loader.btf(Some(&btf)).load(Selection::new(wanted).bytes());
    Ok((loaded.map_err(LiveError::Load)?, btf))
}

/// A loader, and the kernel's types for it: those that it reads for itself it keeps to itself. Never both at once.
fn loader<'b>(give_back: fn()) -> Result<(EbpfLoader<'b>, Btf), LiveError> {
    let mut loader = EbpfLoader::new();
    loader
        .btf(None)
        // One line, for the number of instructions that the verifier walked.
        .verifier_log_level(VerifierLogLevel::STATS);
    give_back();
    let btf = btf()?;
    give_back();
    Ok((loader, btf))
}

/// Processor ids are below this.
pub(super) fn processors() -> Result<u32, LiveError> {
    let count = aya::util::nr_cpus().map_err(|(path, why)| LiveError::Proc {
        path: path.into(),
        why,
    })?;
    Ok(count as u32)
}

/// The next size that the kernel takes: a power of two, and whole pages.
fn ring_bytes(wish: u32) -> u32 {
    wish.clamp(4096, 1 << 31).next_power_of_two()
}

fn out_of_memory(error: &std::io::Error) -> bool {
    // EPERM: the limit of locked memory, before 5.11. EINVAL and E2BIG: larger than can be.
    matches!(
        error.raw_os_error(),
        Some(libc::ENOMEM | libc::EPERM | libc::E2BIG)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_a_size_that_the_kernel_takes() {
        assert_eq!(ring_bytes(0), 4096);
        assert_eq!(ring_bytes(4097), 8192);
        assert_eq!(ring_bytes(16 << 20), 16 << 20);
        assert_eq!(ring_bytes(u32::MAX), 1 << 31);
    }
}
