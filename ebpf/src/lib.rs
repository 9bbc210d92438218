//! The committed eBPF object, copies of it with some of its programs ([`Selection`]), and its ABI, mirrored
//! from `bpf/abi.h`. No loader and no policy knowledge: the compiler fills these structs, the runtime hands them to
//! the kernel and reads records back.

pub mod abi;
mod selection;

pub use selection::Selection;

/// The eBPF object, built from `bpf/` by `cargo xtask bpf` (which `--check`s it, too). ELF readers
/// need it at a multiple of 8.
pub const OBJECT: &[u8] = &ALIGNED.bytes;

static ALIGNED: &Aligned<[u8; include_bytes!("../tracee.bpf.o").len()]> = &Aligned {
    bytes: *include_bytes!("../tracee.bpf.o"),
};

#[repr(align(8))]
struct Aligned<T> {
    bytes: T,
}
