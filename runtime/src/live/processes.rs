//! The processes that there are, as the kernel lists them: by the iterator `list_processes`, which gives the header
//! of a record for each.

use std::io::Read as _;

use aya::Btf;
use aya::programs::Iter;
use tracee_ebpf::abi::RecordHeader;
use zerocopy::FromBytes as _;

use super::error::chain;
use super::object::Object;

/// The program's name in the object.
pub(super) const PROGRAM: &str = "list_processes";

/// What it goes over.
const TASKS: &str = "task";

/// Loads it.
pub(super) fn load(object: &mut Object, btf: &Btf) -> Result<(), String> {
    find(object)?.load(TASKS, btf).map_err(|err| chain(&err))
}

fn find(object: &mut Object) -> Result<&mut Iter, String> {
    let program = object.program_mut(PROGRAM);
    let program = program.ok_or("the object has no such program")?.try_into();
    program.map_err(|_| "it is of another type".into())
}

/// Lists them, in the order of their ids, once it is loaded.
pub(super) fn list(object: &mut Object) -> Result<Vec<RecordHeader>, String> {
    let program = find(object)?;
    let link = program.attach().and_then(|link| program.take_link(link));
    let file = link.map_err(|err| chain(&err))?.into_file();
    let mut bytes = Vec::new();
    let mut file = file.map_err(|err| chain(&err))?;
    file.read_to_end(&mut bytes).map_err(|err| chain(&err))?;
    let headers = bytes.chunks_exact(size_of::<RecordHeader>());
    let headers = headers.filter_map(|header| RecordHeader::read_from_bytes(header).ok());
    Ok(headers.collect())
}
