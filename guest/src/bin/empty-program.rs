//! What an eBPF program costs that does nothing, for measurements: `empty-program COMMAND…` runs a command
//! while such a program is on the return of every system call, by the raw tracepoint that tracee uses.

#![expect(clippy::print_stderr, reason = "it says what is wrong")]
#![expect(unsafe_code, reason = "bpf(2) has no safe form here")]

use std::ffi::CStr;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::process::{Command, ExitCode};

const BPF_PROG_LOAD: libc::c_int = 5;
const BPF_RAW_TRACEPOINT_OPEN: libc::c_int = 17;
const BPF_PROG_TYPE_RAW_TRACEPOINT: u32 = 17;

/// `r0 = 0; exit`, as linux/bpf.h encodes instructions.
const INSTRUCTIONS: [[u8; 8]; 2] = [[0xb7, 0, 0, 0, 0, 0, 0, 0], [0x95, 0, 0, 0, 0, 0, 0, 0]];

/// The begin of `union bpf_attr` for BPF_PROG_LOAD; the kernel takes what is not there for zeros.
#[repr(C)]
struct ProgramLoad {
    kind: u32,
    instruction_count: u32,
    instructions: u64,
    license: u64,
}

/// The same for BPF_RAW_TRACEPOINT_OPEN.
#[repr(C)]
struct RawTracepointOpen {
    name: u64,
    program: RawFd,
    reserved: u32,
}

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let [program, arguments @ ..] = &words[..] else {
        eprintln!("usage: empty-program COMMAND…");
        return ExitCode::FAILURE;
    };
    let run = || {
        let loaded = load()?;
        // Attached for as long as it is open.
        let _attached = attach(&loaded, c"sys_exit")?;
        Command::new(program).args(arguments).status()
    };
    match run() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("empty-program: {}: {status}", program.display());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("empty-program: {error}");
            ExitCode::FAILURE
        }
    }
}

fn load() -> io::Result<OwnedFd> {
    bpf(
        BPF_PROG_LOAD,
        &ProgramLoad {
            kind: BPF_PROG_TYPE_RAW_TRACEPOINT,
            instruction_count: INSTRUCTIONS.len() as u32,
            instructions: INSTRUCTIONS.as_ptr().addr() as u64,
            license: c"Apache-2.0".as_ptr().addr() as u64,
        },
    )
}

fn attach(program: &OwnedFd, tracepoint: &CStr) -> io::Result<OwnedFd> {
    use std::os::fd::AsRawFd;
    bpf(
        BPF_RAW_TRACEPOINT_OPEN,
        &RawTracepointOpen {
            name: tracepoint.as_ptr().addr() as u64,
            program: program.as_raw_fd(),
            reserved: 0,
        },
    )
}

/// A command of bpf(2) that gives a descriptor.
fn bpf<T>(command: libc::c_int, attributes: &T) -> io::Result<OwnedFd> {
    let size = size_of::<T>();
    // SAFETY: the kernel reads `size` bytes of attributes, and what their pointers refer to outlives the call.
    let result =
        unsafe { libc::syscall(libc::SYS_bpf, command, std::ptr::from_ref(attributes), size) };
    match RawFd::try_from(result) {
        // SAFETY: these commands give a new descriptor that nobody else has.
        Ok(descriptor) if descriptor >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(descriptor) }),
        _ => Err(io::Error::last_os_error()),
    }
}
