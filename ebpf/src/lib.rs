//! The committed eBPF object and its ABI, mirrored from `bpf/abi.h`. No loader and no policy
//! knowledge: the compiler fills these structs, the runtime hands them to the kernel and reads
//! records back.

pub mod abi;

/// The eBPF object, built from `bpf/` by `cargo xtask bpf` (which `--check`s it, too).
pub const OBJECT: &[u8] = include_bytes!("../tracee.bpf.o");
