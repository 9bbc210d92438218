//! Functions of the language in generated code. The code puts the arguments into memory and calls
//! [`call`], which evaluates the function as the interpreter does:
//!
//! ```text
//! stack slot: RawArgument × MAX_ARGUMENTS │ RawAnswer ─→ a part of an argument, or a buffer of Scratch
//! ```
//!
//! What a function makes is needed until its atom is decided, unless it is kept ([`super::memo`]). So
//! each call of an atom has a buffer of its own, which the next atom uses again, and buffers stay from
//! record to record.

use std::mem::offset_of;
use std::slice;

use cranelift_codegen::ir::{Block, InstBuilder, StackSlotData, StackSlotKind, Value, types};
use tracee_lang::functions::{Answer, Argument, Evaluation, Function, MAX_ARGUMENTS};
use tracee_lang::hir::{Call, Field, Operand};
use tracee_lang::types::Type;

use super::emit::{Emitter, FLAGS};
use super::load::{Bytes, Loaded, offset};
use super::scratch::Scratch;
use crate::record;

/// An argument as generated code hands it over.
#[repr(C)]
pub(super) struct RawArgument {
    /// One of [`SIGNED`], [`UNSIGNED`], [`BYTES`], [`LIST`].
    kind: u64,
    /// The integer, or the address of the bytes.
    first: u64,
    /// How many bytes.
    second: u64,
}

const SIGNED: i64 = 0;
const UNSIGNED: i64 = 1;
const BYTES: i64 = 2;
const LIST: i64 = 3;

/// What a function gave: an integer, or an address and a length.
#[repr(C)]
pub(super) struct RawAnswer {
    pub(super) first: u64,
    pub(super) second: u64,
}

const ANSWER: usize = MAX_ARGUMENTS * size_of::<RawArgument>();

impl Emitter<'_, '_> {
    /// What a function gives; goes to `absent` if that is nothing, or an argument is absent.
    pub(super) fn call(&mut self, call: &Call, absent: Block) -> Loaded {
        if let Evaluation::Cut = call.function.evaluation {
            return self.cut(call, absent);
        }
        if let Some(number) = self.memos.number(call) {
            return self.kept(call, number, absent);
        }
        let buffer = self.memos.len() + self.buffers;
        self.buffers += 1;
        self.evaluated(call, buffer, absent)
    }

    /// Evaluates a function; what it makes goes into this buffer.
    pub(super) fn evaluated(&mut self, call: &Call, buffer: usize, absent: Block) -> Loaded {
        // Those of inner calls are done with the slot before this one fills it.
        let arguments = call.arguments.iter().map(|one| self.load(one, absent));
        let arguments: Vec<Loaded> = arguments.collect();
        let slot = *self.call_slot.get_or_insert_with(|| {
            let size = offset(ANSWER + size_of::<RawAnswer>()).unsigned_abs();
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3);
            self.builder.create_sized_stack_slot(data)
        });
        let memory = self.builder.ins().stack_addr(types::I64, slot, 0);
        for (at, argument) in arguments.iter().enumerate() {
            self.hand_over(argument, memory, at * size_of::<RawArgument>());
        }
        let function = std::ptr::from_ref::<Function>(call.function);
        let function = (function.expose_provenance() as u64).cast_signed();
        let function = self.builder.ins().iconst(types::I64, function);
        let count = self
            .builder
            .ins()
            .iconst(types::I64, arguments.len() as i64);
        let buffer = self.builder.ins().iconst(types::I64, buffer as i64);
        let answer = self.builder.ins().iadd_imm_u(memory, ANSWER as i64);
        let scratch = self.entry.scratch;
        let args = [function, memory, count, scratch, buffer, answer];
        let made = self.builder.ins().call(self.helpers.call, &args);
        let there = self.builder.inst_results(made)[0];
        self.require(there, absent);
        self.answer(call, memory, ANSWER)
    }

    /// What a function gave, which lies there as a [`RawAnswer`].
    pub(super) fn answer(&mut self, call: &Call, memory: Value, at: usize) -> Loaded {
        let mut load = |member: usize| {
            let at = offset(at + member);
            self.builder.ins().load(types::I64, FLAGS, memory, at)
        };
        let first = load(offset_of!(RawAnswer, first));
        match &call.function.result {
            Type::Bool => Loaded::Int {
                value: first,
                signed: false,
            },
            Type::Int(int) => Loaded::Int {
                value: first,
                signed: int.signed,
            },
            // No function gives anything else that is an integer.
            _ => Loaded::Text(Bytes {
                pointer: first,
                length: load(offset_of!(RawAnswer, second)),
            }),
        }
    }

    /// Whether the argument was cut.
    fn cut(&mut self, call: &Call, absent: Block) -> Loaded {
        let [operand @ Operand::Field(Field::Slot(slot), _)] = &call.arguments[..] else {
            return Loaded::Constant(0);
        };
        self.load(operand, absent);
        let bit = self
            .builder
            .ins()
            .ushr_imm_u(self.entry.truncated, i64::from(*slot));
        let value = self.builder.ins().band_imm_u(bit, 1);
        Loaded::Int {
            value,
            signed: false,
        }
    }

    /// Writes an argument.
    fn hand_over(&mut self, argument: &Loaded, memory: Value, at: usize) {
        let (kind, first, second) = match *argument {
            // Wraps a value above `i64::MAX` to the same 64 bits.
            Loaded::Constant(value) => {
                let kind = if value < 0 { SIGNED } else { UNSIGNED };
                let value = self.builder.ins().iconst(types::I64, value as i64);
                (kind, value, None)
            }
            Loaded::Int { value, signed } => (if signed { SIGNED } else { UNSIGNED }, value, None),
            Loaded::Text(bytes) => (BYTES, bytes.pointer, Some(bytes.length)),
            Loaded::List(bytes) => (LIST, bytes.pointer, Some(bytes.length)),
        };
        let kind = self.builder.ins().iconst(types::I64, kind);
        let mut store = |value, member: usize| {
            let at = offset(at + member);
            self.builder.ins().store(FLAGS, value, memory, at);
        };
        store(kind, offset_of!(RawArgument, kind));
        store(first, offset_of!(RawArgument, first));
        if let Some(second) = second {
            store(second, offset_of!(RawArgument, second));
        }
    }
}

/// Evaluates a function; 0 if it gives nothing.
///
/// # Safety
/// `function` and `scratch` are valid, and nothing else refers to the buffer. `arguments` leads to
/// `count` arguments, at most [`MAX_ARGUMENTS`], which have the bytes that they say; `answer` may be
/// written.
pub(super) unsafe extern "C" fn call(
    function: *const Function,
    arguments: *const RawArgument,
    count: usize,
    scratch: *mut Scratch,
    buffer: usize,
    answer: *mut RawAnswer,
) -> u8 {
    // SAFETY: the caller's promise.
    let (function, raw, scratch) = unsafe {
        (
            &*function,
            slice::from_raw_parts(arguments, count),
            &mut *scratch,
        )
    };
    let Evaluation::Values(evaluate) = function.evaluation else {
        return 0;
    };
    let mut lists = [(); MAX_ARGUMENTS].map(|()| record::items(&[]));
    let mut given = [(); MAX_ARGUMENTS].map(|()| Argument::Int(0));
    for ((given, raw), list) in given.iter_mut().zip(raw).zip(&mut lists) {
        let bytes = || {
            let pointer = std::ptr::with_exposed_provenance(raw.first as usize);
            // SAFETY: the caller's promise; the code checked that the value is there.
            unsafe { slice::from_raw_parts(pointer, raw.second as usize) }
        };
        *given = match raw.kind.cast_signed() {
            SIGNED => Argument::Int(raw.first.cast_signed().into()),
            UNSIGNED => Argument::Int(raw.first.into()),
            BYTES => Argument::Bytes(bytes()),
            _ => {
                *list = record::items(bytes());
                Argument::List(list)
            }
        };
    }
    let made = scratch.buffer(buffer);
    let text = |bytes: &[u8]| RawAnswer {
        first: bytes.as_ptr().expose_provenance() as u64,
        second: bytes.len() as u64,
    };
    let given = match evaluate(&mut given[..count.min(MAX_ARGUMENTS)], made) {
        Answer::Absent => return 0,
        // The low 64 bits of the two's complement.
        Answer::Int(int) => RawAnswer {
            first: int as u64,
            second: 0,
        },
        Answer::Part(part) => text(part),
        Answer::Made => text(made),
    };
    // SAFETY: the caller's promise.
    unsafe { answer.write(given) };
    1
}

#[cfg(test)]
mod tests {
    use tracee_ebpf::abi::{RecordHeader, SLOTS_OFFSET};
    use tracee_lang::check::check;
    use tracee_lang::source::SourceMap;
    use tracee_lang::stdlib::schema;
    use zerocopy::IntoBytes;

    use crate::matcher::TargetSet;
    use crate::{Options, compile};

    /// openat of a path.
    fn record(path: &str) -> Vec<u64> {
        let event = schema().event_named("openat").unwrap();
        let tail = SLOTS_OFFSET + 8 * event.slots.len();
        let mut bytes = path.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let header = RecordHeader {
            size: (tail + bytes.len()) as u32,
            event: event.id.0,
            present: 0b10,
            ..RecordHeader::default()
        };
        let slots = [0, tail as u64 | (path.len() as u64) << 32, 0, 0];
        let all = [header.as_bytes(), slots.as_bytes(), &bytes].concat();
        let words = all.chunks_exact(8);
        words
            .map(|word| u64::from_ne_bytes(word.try_into().unwrap()))
            .collect()
    }

    #[test]
    fn buffers_stay_from_record_to_record() {
        let condition = "lower(pathname) == upper(pathname) or len(normalize(lower(pathname))) == 2 \
                         or upper(pathname) suffix lower(pathname)";
        let mut sources = SourceMap::default();
        let policy = format!("policy p {{ select openat where {condition}; }}");
        let file = sources.add("p.tp", policy);
        let checked = check(&sources, &[file]);
        let (compiled, _) = compile(schema(), &checked.policies, &Options::default());
        compiled.matchers.complete();
        let mut out = TargetSet::new();
        let mut run = |path: &str| {
            let record = record(path);
            let run = compiled.matchers.run(record.as_bytes(), None, &mut out);
            assert!(run.is_ok());
            let places = out.scratch().buffers.iter();
            let places = places.map(|buffer| (buffer.as_ptr(), buffer.capacity()));
            (out.contains(0), places.collect::<Vec<_>>())
        };
        let (holds, first) = run(&"/ABC".repeat(100));
        assert!(!holds && first.len() >= 3, "{first:?}");
        for path in ["/A", "/", "//a/", ""] {
            let (holds, places) = run(path);
            assert!(holds, "{path}");
            assert_eq!(places, first);
        }
    }
}
