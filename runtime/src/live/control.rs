//! The switchboard, and finding maps in the loaded object.

use aya::maps::{Array, Map, MapData};
use tracee_ebpf::abi;

use super::LiveError;
use super::cell::Cell;
use super::object::Object;

/// Replaces the map `control` in one update.
pub(super) fn write(object: &mut Object, control: &abi::Control) -> Result<(), LiveError> {
    array_mut(object, "control")?
        .set(0, Cell(*control), 0)
        .map_err(|err| LiveError::map("control", err))
}

/// An array map to write to.
pub(super) fn array_mut<'a, T: aya::Pod>(
    object: &'a mut Object,
    name: &'static str,
) -> Result<Array<&'a mut MapData, T>, LiveError> {
    Array::try_from(map_mut(object, name)?).map_err(|err| LiveError::map(name, err))
}

/// A map of the object.
pub(super) fn map_mut<'a>(
    object: &'a mut Object,
    name: &'static str,
) -> Result<&'a mut Map, LiveError> {
    object.map_mut(name).ok_or(LiveError::NoMap(name))
}
