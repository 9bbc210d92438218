//! Making records in userland: replay, the process scan, tests. The kernel's programs make the
//! same form on their own.

use tracee_ebpf::abi::{self, RecordHeader, TailRef};

use super::{Layout, RecordBuf, SlotKind, list};

/// What most records have place in, in bytes.
const PLACE: usize = 512;
/// What most lists have.
const LIST: usize = 256;

/// A record under construction.
///
/// Values that are too long are cut as the kernel cuts them, at [`abi::MAX_STRING`] and
/// [`abi::MAX_LIST`] bytes, and so is whatever finds no place in the tail; the slot is then marked
/// as truncated.
#[derive(Debug)]
pub struct RecordBuilder<'a> {
    layout: &'a Layout,
    /// Everything but size, event and present, which the builder keeps.
    pub header: RecordHeader,
    /// What is there so far: place for the header, the slots, the tail.
    record: RecordBuf,
}

/// A task name, cut to the 15 bytes that the kernel keeps.
pub(crate) fn comm(name: &[u8]) -> [u8; abi::COMM_SIZE] {
    let mut comm = [0; abi::COMM_SIZE];
    let kept = name.len().min(abi::COMM_SIZE - 1);
    comm[..kept].copy_from_slice(&name[..kept]);
    comm
}

impl<'a> RecordBuilder<'a> {
    /// A record of the layout's event with all slots absent.
    pub fn new(layout: &'a Layout) -> Self {
        Self::within(layout, RecordBuf::with_capacity(PLACE))
    }

    /// The same, made in a buffer that isn't needed any more.
    pub fn within(layout: &'a Layout, mut record: RecordBuf) -> Self {
        record.resize(abi::SLOTS_OFFSET + 8 * layout.slots().len());
        Self {
            layout,
            header: RecordHeader {
                syscall: -1,
                ..RecordHeader::default()
            },
            record,
        }
    }

    /// Sets an integer, already widened to 64 bits. Slots of another kind are left as they are.
    pub fn int(&mut self, slot: u16, value: u64) -> &mut Self {
        if self.kind(slot).is_some_and(SlotKind::is_int) {
            self.set(slot, value);
        }
        self
    }

    /// Sets a string, path, byte string or ip. Slots of another kind are left as they are.
    pub fn bytes(&mut self, slot: u16, value: &[u8]) -> &mut Self {
        let limit = match self.kind(slot) {
            Some(SlotKind::Bytes) => abi::MAX_STRING.min(self.tail_left()),
            Some(SlotKind::Ip) if matches!(value.len(), 4 | 16) => self.tail_left(),
            _ => return self,
        };
        let kept = value.len().min(limit);
        self.set_tail(slot, &value[..kept], kept < value.len())
    }

    /// Sets a list of strings: as many of the first whole items as there is place for, and of the
    /// next one what fits. Slots of another kind are left as they are.
    pub fn list<'v>(&mut self, slot: u16, items: impl IntoIterator<Item = &'v [u8]>) -> &mut Self {
        if self.kind(slot) != Some(SlotKind::List) {
            return self;
        }
        let limit = abi::MAX_LIST.min(self.tail_left());
        let mut value = Vec::with_capacity(LIST);
        let mut cut = false;
        for item in items {
            let place = limit - value.len();
            if cut || place < 8 {
                cut = true;
                break;
            }
            let kept = item.len().min((place - 4) & !3);
            cut = kept < item.len();
            list::push_item(&mut value, &item[..kept]);
        }
        self.set_tail(slot, &value, cut)
    }

    /// Marks a slot's value as cut.
    pub fn truncated(&mut self, slot: u16) -> &mut Self {
        if self.kind(slot).is_some() {
            self.header.truncated |= 1 << slot;
        }
        self
    }

    /// Sets the task name, cut to the 15 bytes that the kernel keeps.
    pub fn comm(&mut self, name: &[u8]) -> &mut Self {
        self.header.comm = comm(name);
        self
    }

    /// Sets a string, ip or list as it lies in another record. `false` if there is no place for it.
    pub(crate) fn tail(&mut self, slot: u16, value: &[u8]) -> bool {
        let fits = value.len() <= self.tail_left();
        if fits {
            self.set_tail(slot, value, false);
        }
        fits
    }

    /// The record, written into `buffer`.
    pub fn build_into(&self, buffer: &mut RecordBuf) {
        buffer.clone_from(&self.record);
        let mut header = self.header;
        self.complete(&mut header);
        buffer.set_header(&header);
    }

    /// The record.
    pub fn build(mut self) -> RecordBuf {
        let mut header = self.header;
        self.complete(&mut header);
        self.record.set_header(&header);
        self.record
    }

    fn complete(&self, header: &mut RecordHeader) {
        header.size = self.record.as_bytes().len() as u32;
        header.event = self.layout.event().0;
    }

    fn kind(&self, slot: u16) -> Option<SlotKind> {
        self.layout.slots().get(usize::from(slot)).copied()
    }

    fn tail_left(&self) -> usize {
        let before = abi::SLOTS_OFFSET + 8 * self.layout.slots().len();
        abi::MAX_TAIL + before - self.record.as_bytes().len()
    }

    fn set(&mut self, slot: u16, word: u64) {
        self.record
            .set_word(abi::SLOTS_OFFSET / 8 + usize::from(slot), word);
        self.header.present |= 1 << slot;
    }

    fn set_tail(&mut self, slot: u16, value: &[u8], cut: bool) -> &mut Self {
        let reference = TailRef {
            offset: self.record.as_bytes().len() as u32,
            length: value.len() as u32,
        };
        self.record.append(value);
        self.set(slot, zerocopy::transmute!(reference));
        if cut {
            self.header.truncated |= 1 << slot;
        }
        self
    }
}
