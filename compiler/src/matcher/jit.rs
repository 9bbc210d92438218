//! Cranelift: a function for every 64 targets of an event, each in a module of its own, so that it can be made
//! when it is first worth it. The time that compiling takes grows with the rules and not faster.

use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use cranelift_codegen::ir::{AbiParam, FuncRef, InstBuilder, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, default_libcall_names};
use tracee_lang::address::set::AddressSet;
use tracee_lang::hir::Expr;
use tracee_lang::pattern::PatternSet;

use super::calls;
use super::emit::Emitter;
use super::helpers::{self, RangeTable, TextTable};
use super::open::OpenTarget;
use super::scratch::Scratch;
use super::view::EventKind;
use crate::process::ProcessView;

type Entry = unsafe extern "C" fn(*const u8, *const ProcessView, *mut u64, *mut Scratch, u64);

/// Targets of one function, at most.
pub(super) const MAX_TARGETS: usize = 64;

/// Targets that one function is made for.
#[derive(Debug)]
pub(super) struct Part {
    /// In the order of the plan; at most [`MAX_TARGETS`].
    pub(super) targets: Vec<OpenTarget>,
    /// Whether one of them can be selected.
    pub(super) selectable: bool,
}

/// A compiled function, its memory, and what it points to.
pub(super) struct Code {
    function: Entry,
    size: usize,
    /// Apart: nobody looks at it before it is dropped.
    _kept: Box<(Memory, Tables)>,
}

impl Code {
    /// Writes which of its targets match; of those only the one at `selected`, if there is one at that place.
    ///
    /// # Safety
    /// `record` is a sound record of the function's event, at a multiple of 8; `out` has a word for every 64
    /// targets of the event; `process` keeps the promise of [`ProcessView`].
    pub(super) unsafe fn call(
        &self,
        record: &[u8],
        process: Option<&ProcessView>,
        out: &mut [u64],
        scratch: &mut Scratch,
        selected: usize,
    ) {
        let process = process.map_or(ptr::null(), ptr::from_ref);
        // SAFETY: the memory is alive, as it is `self`'s; the caller's promise is what the code relies on.
        unsafe {
            (self.function)(
                record.as_ptr(),
                process,
                out.as_mut_ptr(),
                scratch,
                selected as u64,
            )
        };
    }

    /// Bytes of machine code.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// A module, with the code that was made in it.
struct Memory {
    /// Taken when dropped. Nothing else touches it; the lock lets threads share the code.
    module: Option<Mutex<JITModule>>,
}

impl Memory {
    fn of(module: JITModule) -> Self {
        Self {
            module: Some(Mutex::new(module)),
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: `Code` owns both the memory and the only pointer into it, and calls that only through a
            // borrow of itself, so nothing runs or will run it.
            unsafe {
                module
                    .into_inner()
                    .unwrap_or_else(PoisonError::into_inner)
                    .free_memory()
            };
        }
    }
}

/// Tables that the code has addresses of. Boxed, so that they stay where they are.
#[derive(Debug, Default)]
#[expect(
    clippy::vec_box,
    reason = "the addresses must not change when the vector grows"
)]
pub(super) struct Tables {
    texts: Vec<Box<TextTable>>,
    ranges: Vec<Box<RangeTable>>,
    addresses: Vec<Box<AddressSet>>,
    literals: Vec<Arc<[u8]>>,
    patterns: Vec<Arc<PatternSet>>,
}

impl Tables {
    pub(super) fn text(&mut self, table: TextTable) -> i64 {
        self.texts.push(Box::new(table));
        self.texts
            .last()
            .map_or(0, |table| address(ptr::from_ref::<TextTable>(table)))
    }

    pub(super) fn ranges(&mut self, table: RangeTable) -> i64 {
        self.ranges.push(Box::new(table));
        self.ranges
            .last()
            .map_or(0, |table| address(ptr::from_ref::<RangeTable>(table)))
    }

    pub(super) fn addresses(&mut self, table: &AddressSet) -> i64 {
        self.addresses.push(Box::new(table.clone()));
        self.addresses
            .last()
            .map_or(0, |table| address(ptr::from_ref::<AddressSet>(table)))
    }

    pub(super) fn literal(&mut self, literal: &Arc<[u8]>) -> i64 {
        self.literals.push(literal.clone());
        address(literal.as_ptr())
    }

    pub(super) fn patterns(&mut self, set: &Arc<PatternSet>) -> i64 {
        self.patterns.push(set.clone());
        address(Arc::as_ptr(set))
    }
}

fn address<T>(pointer: *const T) -> i64 {
    (pointer.expose_provenance() as u64).cast_signed()
}

/// The helpers, by their functions in the module.
#[derive(Debug, Clone, Copy)]
struct HelperIds {
    text_matches: FuncId,
    pattern_matches: FuncId,
    text_equals: FuncId,
    texts_relate: FuncId,
    call: FuncId,
    in_ranges: FuncId,
    in_addresses: FuncId,
    same_address: FuncId,
}

/// The helpers, as one function calls them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Helpers {
    pub(super) text_matches: FuncRef,
    pub(super) pattern_matches: FuncRef,
    pub(super) text_equals: FuncRef,
    pub(super) texts_relate: FuncRef,
    pub(super) call: FuncRef,
    pub(super) in_ranges: FuncRef,
    pub(super) in_addresses: FuncRef,
    pub(super) same_address: FuncRef,
}

/// Makes code for this machine.
pub(super) struct Compiler {
    /// For functions that evaluate all of their targets, and for those that are asked for one.
    machines: [OwnedTargetIsa; 2],
}

impl fmt::Debug for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiler").finish_non_exhaustive()
    }
}

impl Compiler {
    /// The error says why there is no machine code here.
    pub(super) fn new() -> Result<Self, String> {
        if cfg!(target_endian = "big") {
            return Err("machine code is made for little-endian hosts only".into());
        }
        let machines = [machine(false)?, machine(true)?];
        // Hosts may refuse memory that is written and then executed: that is known before the first event.
        let mut module = module(machines[0].clone());
        let tried = probe(&mut module);
        drop(Memory::of(module));
        tried.map_err(|error| format!("the host runs no new machine code: {error}"))?;
        Ok(Self { machines })
    }

    /// Compiles a part of an event's conditions.
    pub(super) fn compile(
        &self,
        event: &EventKind,
        conditions: &[Option<Arc<Expr>>],
        part: &Part,
    ) -> Result<Code, String> {
        let machine = self.machines[usize::from(part.selectable)].clone();
        let mut module = module(machine);
        let mut tables = Tables::default();
        let defined = define(event, conditions, part, &mut module, &mut tables);
        let memory = Memory::of(module);
        let (function, size) =
            defined.map_err(|error| format!("the code generator failed: {error}"))?;
        Ok(Code {
            function,
            size,
            _kept: Box::new((memory, tables)),
        })
    }
}

/// What code is made for. Functions for candidates, which few events have, are made fast rather than to be fast.
fn machine(selectable: bool) -> Result<OwnedTargetIsa, String> {
    let isa = cranelift_native::builder().map_err(|reason| reason.to_owned())?;
    let mut flags = settings::builder();
    let allocator = match selectable {
        true => "single_pass",
        false => "backtracking",
    };
    // It finds mistakes of this crate, which tests would, and takes a tenth of the time.
    let verifier = if cfg!(debug_assertions) {
        "true"
    } else {
        "false"
    };
    for (flag, value) in [
        // `speed` runs no faster on rules and takes a third longer to compile.
        ("opt_level", "none"),
        ("regalloc_algorithm", allocator),
        ("enable_verifier", verifier),
        ("use_colocated_libcalls", "false"),
        ("is_pic", "false"),
    ] {
        flags.set(flag, value).map_err(|error| error.to_string())?;
    }
    isa.finish(settings::Flags::new(flags))
        .map_err(|error| error.to_string())
}

/// An empty module.
fn module(machine: OwnedTargetIsa) -> JITModule {
    let mut builder = JITBuilder::with_isa(machine, default_libcall_names());
    builder.symbol("text_matches", helpers::text_matches as *const u8);
    builder.symbol("pattern_matches", helpers::pattern_matches as *const u8);
    builder.symbol("text_equals", helpers::text_equals as *const u8);
    builder.symbol("texts_relate", helpers::texts_relate as *const u8);
    builder.symbol("call", calls::call as *const u8);
    builder.symbol("in_ranges", helpers::in_ranges as *const u8);
    builder.symbol("in_addresses", helpers::in_addresses as *const u8);
    builder.symbol("same_address", helpers::same_address as *const u8);
    JITModule::new(builder)
}

/// Makes a function that does nothing.
fn probe(module: &mut JITModule) -> Result<(), Box<ModuleError>> {
    let mut context = module.make_context();
    let mut builder_context = FunctionBuilderContext::new();
    let id = module.declare_function("probe", Linkage::Local, &context.func.signature)?;
    let mut builder = FunctionBuilder::new(&mut context.func, &mut builder_context);
    let block = builder.create_block();
    builder.switch_to_block(block);
    builder.seal_block(block);
    builder.ins().return_(&[]);
    builder.finalize(module.target_config());
    module.define_function(id, &mut context)?;
    module.finalize_definitions()?;
    Ok(())
}

/// The function, and how many bytes it takes.
fn define(
    event: &EventKind,
    conditions: &[Option<Arc<Expr>>],
    part: &Part,
    module: &mut JITModule,
    tables: &mut Tables,
) -> Result<(Entry, usize), Box<ModuleError>> {
    let mut import = |name, params| -> Result<FuncId, Box<ModuleError>> {
        let mut signature = module.make_signature();
        signature
            .params
            .extend(vec![AbiParam::new(types::I64); params]);
        signature.returns.push(AbiParam::new(types::I8));
        Ok(module.declare_function(name, Linkage::Import, &signature)?)
    };
    let helpers = HelperIds {
        text_matches: import("text_matches", 3)?,
        pattern_matches: import("pattern_matches", 3)?,
        text_equals: import("text_equals", 4)?,
        texts_relate: import("texts_relate", 5)?,
        call: import("call", 6)?,
        in_ranges: import("in_ranges", 2)?,
        in_addresses: import("in_addresses", 3)?,
        same_address: import("same_address", 4)?,
    };
    let mut context = module.make_context();
    let mut builder_context = FunctionBuilderContext::new();
    let mut signature = module.make_signature();
    signature.params.extend([AbiParam::new(types::I64); 5]);
    context.func.signature = signature.clone();
    let id = module.declare_function("match", Linkage::Local, &signature)?;
    let mut imported = |helper| module.declare_func_in_func(helper, &mut context.func);
    let refs = Helpers {
        text_matches: imported(helpers.text_matches),
        pattern_matches: imported(helpers.pattern_matches),
        text_equals: imported(helpers.text_equals),
        texts_relate: imported(helpers.texts_relate),
        call: imported(helpers.call),
        in_ranges: imported(helpers.in_ranges),
        in_addresses: imported(helpers.in_addresses),
        same_address: imported(helpers.same_address),
    };
    let builder = FunctionBuilder::new(&mut context.func, &mut builder_context);
    let mut emitter = Emitter::new(builder, event, refs, tables, part);
    emitter.targets(conditions, &part.targets);
    emitter.finish(module.target_config());
    module.define_function(id, &mut context)?;
    let code = context.compiled_code();
    let size = code.map_or(0, |code| code.code_buffer().len());
    module.finalize_definitions()?;
    let code = module.get_finalized_function(id);
    // SAFETY: the function was compiled with this signature and the host's C convention.
    let function = unsafe { std::mem::transmute::<*const u8, Entry>(code) };
    Ok((function, size))
}
