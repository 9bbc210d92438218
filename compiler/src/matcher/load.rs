//! Operands → values in registers. What can be absent goes to a block of the caller's then.

use std::collections::{BTreeSet, HashMap};
use std::mem::offset_of;
use std::sync::Arc;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;
use tracee_ebpf::abi::{self, RecordHeader, TailRef};
use tracee_lang::context::{ContainerField, ContextField, ProcessField};
use tracee_lang::hir::fields::{self, Used};
use tracee_lang::hir::{Expr, Field, Operand};

use super::emit::{Emitter, FLAGS};
use crate::layout::{HeaderField, Storage, header_field};
use crate::process::{self, ContainerView, ProcessView, Text};

/// A value, if it is there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Loaded {
    Constant(i128),
    /// 64 bits.
    Int {
        value: Value,
        signed: bool,
    },
    Text(Bytes),
    /// As records have it.
    List(Bytes),
}

/// Bytes in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes {
    pub(super) pointer: Value,
    pub(super) length: Value,
}

/// What a quantifier stands at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    Element(Bytes),
    /// Address of a [`ProcessView`].
    Ancestor(Value),
}

/// The function's arguments, and what is read once.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) record: Value,
    pub(super) process: Value,
    pub(super) out: Value,
    /// Address of a [`super::calls::Scratch`].
    pub(super) scratch: Value,
    /// `RecordHeader::present` and `truncated`.
    pub(super) present: Value,
    pub(super) truncated: Value,
    /// Which target is asked for, by its place in the function, if that can be asked; beyond the last: all.
    pub(super) selected: Option<Value>,
    /// Not 0 if all are.
    pub(super) all: Option<Value>,
    /// Words of slots and header fields that conditions use; a word that is absent is unspecified.
    words: HashMap<Field, Value>,
    comm: Option<Bytes>,
}

impl Entry {
    /// Starts the function of so many targets, of which one can be selected or not.
    pub(super) fn new(builder: &mut FunctionBuilder<'_>, targets: usize, selectable: bool) -> Self {
        let block = builder.create_block();
        builder.append_block_params_for_function_params(block);
        builder.switch_to_block(block);
        let [record, process, out, scratch, selected] = match *builder.block_params(block) {
            [record, process, out, scratch, selected] => [record, process, out, scratch, selected],
            // The signature has five parameters; this keeps the match total.
            _ => [builder.ins().iconst(types::I64, 0); 5],
        };
        let at = offset(offset_of!(RecordHeader, present));
        let present = builder.ins().load(types::I64, FLAGS, record, at);
        let at = offset(offset_of!(RecordHeader, truncated));
        let truncated = builder.ins().load(types::I64, FLAGS, record, at);
        let all = selectable.then(|| {
            let beyond = IntCC::UnsignedGreaterThanOrEqual;
            builder.ins().icmp_imm_u(beyond, selected, targets as i64)
        });
        Self {
            record,
            process,
            out,
            scratch,
            present,
            truncated,
            selected: selectable.then_some(selected),
            all,
            words: HashMap::new(),
            comm: None,
        }
    }
}

impl Emitter<'_, '_> {
    /// Reads the record's integers that the conditions look at, once for all of them.
    pub(super) fn preload(&mut self, conditions: &[&Expr]) {
        let mut wanted = BTreeSet::new();
        for condition in conditions {
            fields::each(condition, &mut |used| {
                if let Used::Field(field) = used {
                    wanted.insert(field);
                }
            });
        }
        for field in wanted {
            match field {
                Field::Slot(slot) if usize::from(slot) < self.event.count => {
                    let at = offset(abi::SLOTS_OFFSET + 8 * usize::from(slot));
                    let word = self
                        .builder
                        .ins()
                        .load(types::I64, FLAGS, self.entry.record, at);
                    self.entry.words.insert(field, word);
                }
                Field::Slot(_) => {}
                Field::Context(context) => {
                    let Some(header) = header_field(context) else {
                        continue;
                    };
                    if header.storage == Storage::Comm {
                        self.entry.comm = Some(self.comm(header));
                    } else {
                        let word = self.header_word(header);
                        self.entry.words.insert(field, word);
                    }
                }
            }
        }
    }

    /// Emits the load; goes to `absent` if there is no value.
    pub(super) fn load(&mut self, operand: &Operand, absent: Block) -> Loaded {
        match operand {
            Operand::Int(value) => Loaded::Constant(*value),
            Operand::Text(literal) => self.constant(literal),
            Operand::Field(Field::Slot(slot), _) => self.slot(*slot, absent),
            Operand::Field(Field::Context(context), _) => self.context(*context, absent),
            Operand::Element(depth) => match self.bound(*depth) {
                Some(Bound::Element(bytes)) => Loaded::Text(bytes),
                _ => self.never(absent),
            },
            Operand::Ancestor(depth, field) => match self.bound(*depth) {
                Some(Bound::Ancestor(process)) => self.process_field(process, *field, absent),
                _ => self.never(absent),
            },
            Operand::Call(call) => self.call(call, absent),
        }
    }

    fn constant(&mut self, literal: &Arc<[u8]>) -> Loaded {
        let address = self.tables.literal(literal);
        let pointer = self.builder.ins().iconst(types::I64, address);
        let length = self.builder.ins().iconst(types::I64, literal.len() as i64);
        Loaded::Text(Bytes { pointer, length })
    }

    fn bound(&self, depth: u8) -> Option<Bound> {
        let at = self.bound.len().checked_sub(1 + usize::from(depth))?;
        self.bound.get(at).copied()
    }

    /// Nothing is there: code that follows is unreachable.
    fn never(&mut self, absent: Block) -> Loaded {
        self.jump(absent);
        let unreachable = self.builder.create_block();
        self.builder.switch_to_block(unreachable);
        Loaded::Constant(0)
    }

    fn slot(&mut self, slot: u16, absent: Block) -> Loaded {
        if usize::from(slot) >= self.event.count {
            return self.never(absent);
        }
        let present = self
            .builder
            .ins()
            .band_imm_u(self.entry.present, 1i64 << slot);
        self.require(present, absent);
        let Some(&word) = self.entry.words.get(&Field::Slot(slot)) else {
            return self.never(absent);
        };
        let has = |mask: u64| mask >> slot & 1 == 1;
        if has(self.event.lists) {
            Loaded::List(self.tail(word))
        } else if has(self.event.tails) {
            Loaded::Text(self.tail(word))
        } else {
            Loaded::Int {
                value: word,
                signed: has(self.event.signed),
            }
        }
    }

    /// What a tail reference refers to.
    pub(super) fn tail(&mut self, word: Value) -> Bytes {
        const { assert!(offset_of!(TailRef, offset) == 0 && offset_of!(TailRef, length) == 4) };
        let from = self.builder.ins().band_imm_u(word, 0xffff_ffff);
        let pointer = self.builder.ins().iadd(self.entry.record, from);
        let length = self.builder.ins().ushr_imm_u(word, 32);
        Bytes { pointer, length }
    }

    fn context(&mut self, context: ContextField, absent: Block) -> Loaded {
        match context {
            ContextField::EventName => {
                let name: Arc<[u8]> = self.event.name.as_bytes().into();
                return self.constant(&name);
            }
            ContextField::EventSyscall => return self.syscall(absent),
            ContextField::EventId => return Loaded::Constant(self.event.id.into()),
            ContextField::Parent(field) => {
                self.require(self.entry.process, absent);
                let at = offset(offset_of!(ProcessView, parent));
                let parent = self
                    .builder
                    .ins()
                    .load(types::I64, FLAGS, self.entry.process, at);
                self.require(parent, absent);
                return self.process_field(parent, field, absent);
            }
            _ => {}
        }
        let field = Field::Context(context);
        match (header_field(context), context) {
            (
                Some(HeaderField {
                    storage: Storage::Comm,
                    ..
                }),
                _,
            ) => match self.entry.comm {
                Some(comm) => Loaded::Text(comm),
                None => self.never(absent),
            },
            (Some(header), _) => {
                let signed = header.storage == Storage::Retval;
                if signed {
                    let at = offset(offset_of!(RecordHeader, flags));
                    let flags =
                        self.builder
                            .ins()
                            .uload16(types::I64, FLAGS, self.entry.record, at);
                    let there = self
                        .builder
                        .ins()
                        .band_imm_u(flags, i64::from(abi::RECORD_RETVAL));
                    self.require(there, absent);
                }
                match self.entry.words.get(&field) {
                    Some(&value) => Loaded::Int { value, signed },
                    None => self.never(absent),
                }
            }
            (None, ContextField::Proc(field)) => {
                self.require(self.entry.process, absent);
                self.process_field(self.entry.process, field, absent)
            }
            (None, ContextField::Container(field)) => self.container_field(field, absent),
            (None, ContextField::HostName) => {
                self.require(self.entry.process, absent);
                self.text_at(self.entry.process, offset_of!(ProcessView, host), absent)
            }
            (None, _) => self.never(absent),
        }
    }

    fn header_word(&mut self, header: HeaderField) -> Value {
        let (record, at) = (self.entry.record, offset(header.offset));
        match header.storage {
            Storage::U32 => self.builder.ins().uload32(FLAGS, record, at),
            _ => self.builder.ins().load(types::I64, FLAGS, record, at),
        }
    }

    /// The task name: its length is where the first of its 16 bytes is 0. In each word,
    /// `(word - 0x01…) & !word & 0x80…` has its lowest bit in the first zero byte.
    fn comm(&mut self, header: HeaderField) -> Bytes {
        let record = self.entry.record;
        let mut ends = [record; 2];
        for (half, end) in ends.iter_mut().enumerate() {
            let at = offset(header.offset + 8 * half);
            let word = self.builder.ins().load(types::I64, FLAGS, record, at);
            let ones = self.builder.ins().iconst(types::I64, 0x0101_0101_0101_0101);
            let less = self.builder.ins().isub(word, ones);
            let clear = self.builder.ins().band_not(less, word);
            let high = 0x8080_8080_8080_8080_u64.cast_signed();
            let zeros = self.builder.ins().band_imm_u(clear, high);
            let bits = self.builder.ins().ctz(zeros);
            *end = self.builder.ins().ushr_imm_u(bits, 3);
        }
        let second = self.builder.ins().iadd_imm_u(ends[1], 8);
        let in_first = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedLessThan, ends[0], 8);
        let length = self.builder.ins().select(in_first, ends[0], second);
        let pointer = self.builder.ins().iadd_imm_u(record, header.offset as i64);
        Bytes { pointer, length }
    }

    /// A property of the process at this address.
    fn process_field(&mut self, process: Value, field: ProcessField, absent: Block) -> Loaded {
        let (at, known, size) = match field {
            ProcessField::Comm => {
                return self.text_at(process, offset_of!(ProcessView, comm), absent);
            }
            ProcessField::Exe => {
                return self.text_at(process, offset_of!(ProcessView, exe), absent);
            }
            ProcessField::Cmdline => {
                return self.text_at(process, offset_of!(ProcessView, cmdline), absent);
            }
            ProcessField::Cwd => {
                return self.text_at(process, offset_of!(ProcessView, cwd), absent);
            }
            ProcessField::User => {
                return self.text_at(process, offset_of!(ProcessView, user), absent);
            }
            ProcessField::ExeSha256 => {
                return self.text_at(process, offset_of!(ProcessView, exe_sha256), absent);
            }
            ProcessField::Pid => (offset_of!(ProcessView, pid), process::KNOWN_PID, 4),
            ProcessField::HostPid => (
                offset_of!(ProcessView, host_pid),
                process::KNOWN_HOST_PID,
                4,
            ),
            ProcessField::Uid => (offset_of!(ProcessView, uid), process::KNOWN_UID, 4),
            ProcessField::Gid => (offset_of!(ProcessView, gid), process::KNOWN_GID, 4),
            ProcessField::Entity => (offset_of!(ProcessView, entity), process::KNOWN_ENTITY, 4),
            ProcessField::StartTime => (
                offset_of!(ProcessView, start_time),
                process::KNOWN_START_TIME,
                8,
            ),
        };
        let known_at = offset(offset_of!(ProcessView, known));
        let flags = self.builder.ins().uload32(FLAGS, process, known_at);
        let there = self.builder.ins().band_imm_u(flags, i64::from(known));
        self.require(there, absent);
        let value = if size == 4 {
            self.builder.ins().uload32(FLAGS, process, offset(at))
        } else {
            self.builder
                .ins()
                .load(types::I64, FLAGS, process, offset(at))
        };
        Loaded::Int {
            value,
            signed: false,
        }
    }

    /// The name of the syscall, from a table by number.
    fn syscall(&mut self, absent: Block) -> Loaded {
        let names = process::syscalls();
        let at = offset(offset_of!(RecordHeader, syscall));
        // As unsigned, `-1` is beyond the table, too.
        let number = self.builder.ins().uload32(FLAGS, self.entry.record, at);
        let count = names.len() as i64;
        let below = IntCC::UnsignedLessThan;
        let known = self.builder.ins().icmp_imm_u(below, number, count);
        self.require(known, absent);
        const { assert!(size_of::<Text>() == 1 << 4) };
        let at = self.builder.ins().ishl_imm_u(number, 4);
        let table = names.as_ptr().expose_provenance() as i64;
        let table = self.builder.ins().iconst(types::I64, table);
        let name = self.builder.ins().iadd(table, at);
        self.text_at(name, 0, absent)
    }

    /// A property of the process's container.
    fn container_field(&mut self, field: ContainerField, absent: Block) -> Loaded {
        self.require(self.entry.process, absent);
        let at = offset(offset_of!(ProcessView, container));
        let process = self.entry.process;
        let container = self.builder.ins().load(types::I64, FLAGS, process, at);
        self.require(container, absent);
        let at = match field {
            ContainerField::Id => offset_of!(ContainerView, id),
            ContainerField::Runtime => offset_of!(ContainerView, runtime),
            ContainerField::Name => offset_of!(ContainerView, name),
            ContainerField::Image => offset_of!(ContainerView, image),
            ContainerField::ImageDigest => offset_of!(ContainerView, image_digest),
            ContainerField::PodName => offset_of!(ContainerView, pod_name),
            ContainerField::PodNamespace => offset_of!(ContainerView, pod_namespace),
            ContainerField::PodUid => offset_of!(ContainerView, pod_uid),
            ContainerField::PodLabels => {
                let at = offset_of!(ContainerView, pod_labels);
                return match self.text_at(container, at, absent) {
                    Loaded::Text(bytes) => Loaded::List(bytes),
                    other => other,
                };
            }
            ContainerField::Started => {
                let at = offset(offset_of!(ContainerView, started));
                let value = self.builder.ins().load(types::I64, FLAGS, container, at);
                return Loaded::Int {
                    value,
                    signed: false,
                };
            }
        };
        self.text_at(container, at, absent)
    }

    /// The string that the view at this address has at an offset.
    fn text_at(&mut self, view: Value, at: usize, absent: Block) -> Loaded {
        let pointer_at = offset(at + offset_of!(Text, pointer));
        let pointer = self.builder.ins().load(types::I64, FLAGS, view, pointer_at);
        self.require(pointer, absent);
        let length_at = offset(at + offset_of!(Text, length));
        let length = self.builder.ins().load(types::I64, FLAGS, view, length_at);
        Loaded::Text(Bytes { pointer, length })
    }
}

/// Offsets in records and views are small.
pub(super) fn offset(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}
