//! The map from syscall numbers to events.

use tracee_ebpf::abi;
use tracee_lang::schema::{Hook, Schema};

use super::LiveError;
use super::control::array_mut;
use super::object::Object;

/// Writes the map `syscalls`; both generations use it.
pub(super) fn write(object: &mut Object, schema: &Schema) -> Result<(), LiveError> {
    let mut map = array_mut(object, "syscalls")?;
    for (key, event) in entries(schema)? {
        map.set(key, event, 0)
            .map_err(|err| LiveError::map("syscalls", err))?;
    }
    Ok(())
}

/// Key and value of every entry that isn't 0.
fn entries(schema: &Schema) -> Result<Vec<(u32, u32)>, LiveError> {
    let mut entries = Vec::new();
    for event in &schema.events {
        let value = u32::from(event.id.0) + 1;
        for hook in &event.hooks {
            let Hook::Syscall { number, compat, .. } = hook else {
                continue;
            };
            if let Some(number) = number {
                entries.push((checked(*number)?, value));
            }
            if let Some(compat) = compat {
                entries.push((abi::MAX_SYSCALLS as u32 + checked(*compat)?, value));
            }
        }
    }
    Ok(entries)
}

fn checked(number: u32) -> Result<u32, LiveError> {
    if (number as usize) < abi::MAX_SYSCALLS {
        return Ok(number);
    }
    Err(LiveError::TooLarge {
        what: "syscall numbers",
        count: number as usize + 1,
        limit: abi::MAX_SYSCALLS,
    })
}
