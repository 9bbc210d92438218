//! Where functions that generated code calls ([`super::calls`]) make strings, kept between records.

/// Where functions make strings. Each buffer is as long as the longest string that was made in it,
/// which is no longer than an argument of an event.
#[cfg_attr(
    target_family = "wasm",
    expect(dead_code, reason = "generated code needs it")
)]
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    pub(super) buffers: Vec<Vec<u8>>,
}

#[cfg(not(target_family = "wasm"))]
impl Scratch {
    /// An empty buffer. Strings in the other ones stay where they are.
    pub(super) fn buffer(&mut self, index: usize) -> &mut Vec<u8> {
        if self.buffers.len() <= index {
            self.buffers.resize_with(index + 1, Vec::new);
        }
        let buffer = &mut self.buffers[index];
        buffer.clear();
        buffer
    }
}
