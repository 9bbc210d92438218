//! Cranelift: a function for every 64 targets of an event, all in one module. So the time that compiling takes
//! grows with the rules and not faster.

use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use cranelift_codegen::ir::{AbiParam, FuncRef, types};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, default_libcall_names};
use tracee_lang::address::set::AddressSet;
use tracee_lang::hir::Expr;
use tracee_lang::pattern::PatternSet;
use tracee_lang::schema::{Event, EventId, Schema};

use super::calls;
use super::emit::Emitter;
use super::helpers::{self, RangeTable, TextTable};
use super::scratch::Scratch;
use crate::process::ProcessView;

type Entry = unsafe extern "C" fn(*const u8, *const ProcessView, *mut u64, *mut Scratch, u64);

/// Targets of one function, at most.
pub(super) const MAX_TARGETS: usize = 64;

/// Targets that one function is made for.
#[derive(Debug)]
pub(super) struct Part {
    /// By their indices in the plan, ascending; at most [`MAX_TARGETS`].
    pub(super) targets: Vec<usize>,
    /// Whether one of them can be selected.
    pub(super) selectable: bool,
}

/// An event with the conditions of its targets, and what functions to make.
pub(super) struct Source<'a> {
    pub(super) event: &'a Event,
    pub(super) conditions: &'a [Option<Expr>],
    pub(super) parts: &'a [Part],
}

/// A compiled function of one event. Valid for as long as the [`Code`] it came with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function(Entry);

impl Function {
    /// Writes which of its targets match; of those only the one at `selected`, if there is one at that place.
    ///
    /// # Safety
    /// The [`Code`] is alive; `record` is a sound record of the function's event, at a multiple of 8;
    /// `out` has a word for every 64 targets of the event; `process` keeps the promise of [`ProcessView`].
    pub(super) unsafe fn call(
        self,
        record: &[u8],
        process: Option<&ProcessView>,
        out: &mut [u64],
        scratch: &mut Scratch,
        selected: usize,
    ) {
        let process = process.map_or(ptr::null(), ptr::from_ref);
        // SAFETY: the caller's promise is what the code relies on.
        unsafe {
            (self.0)(
                record.as_ptr(),
                process,
                out.as_mut_ptr(),
                scratch,
                selected as u64,
            )
        };
    }
}

/// The memory of the code, and what the code points to.
pub(super) struct Code {
    modules: Vec<Memory>,
    size: usize,
    tables: Tables,
}

impl Code {
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

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: `Matchers` owns both the code and the only pointers to it, and calls them only
            // through a borrow of itself, so nothing runs or will run it.
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

/// Compiles the parts of each event: first those that no target is selected of, then the others, each in
/// their order. The error says why there is no machine code here.
pub(super) fn compile(
    schema: &Schema,
    events: &[Source<'_>],
) -> Result<(Code, Vec<(EventId, Function)>), String> {
    if cfg!(target_endian = "big") {
        return Err("machine code is made for little-endian hosts only".into());
    }
    let mut code = Code {
        modules: Vec::new(),
        size: 0,
        tables: Tables::default(),
    };
    let mut functions = Vec::new();
    for selectable in [false, true] {
        let mut parts = events.iter().flat_map(|source| source.parts);
        if !parts.any(|part| part.selectable == selectable) {
            continue;
        }
        let mut module = module(selectable)?;
        let defined = define_all(schema, events, selectable, &mut module, &mut code.tables);
        code.modules.push(Memory {
            module: Some(Mutex::new(module)),
        });
        let defined = defined.map_err(|error| format!("the code generator failed: {error}"))?;
        code.size += defined.size;
        functions.extend(defined.functions);
    }
    Ok((code, functions))
}

/// An empty module. Functions for candidates, which few events have, are made fast rather than to be fast.
fn module(selectable: bool) -> Result<JITModule, String> {
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
    let isa = isa
        .finish(settings::Flags::new(flags))
        .map_err(|error| error.to_string())?;
    let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
    builder.symbol("text_matches", helpers::text_matches as *const u8);
    builder.symbol("pattern_matches", helpers::pattern_matches as *const u8);
    builder.symbol("text_equals", helpers::text_equals as *const u8);
    builder.symbol("texts_relate", helpers::texts_relate as *const u8);
    builder.symbol("call", calls::call as *const u8);
    builder.symbol("in_ranges", helpers::in_ranges as *const u8);
    builder.symbol("in_addresses", helpers::in_addresses as *const u8);
    builder.symbol("same_address", helpers::same_address as *const u8);
    Ok(JITModule::new(builder))
}

/// The functions, and how many bytes they take.
struct Defined {
    functions: Vec<(EventId, Function)>,
    size: usize,
}

fn define_all(
    schema: &Schema,
    events: &[Source<'_>],
    selectable: bool,
    module: &mut JITModule,
    tables: &mut Tables,
) -> Result<Defined, Box<ModuleError>> {
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
    let mut defined = Vec::new();
    let mut size = 0;
    let mut context = module.make_context();
    let mut builder_context = FunctionBuilderContext::new();
    let parts = events
        .iter()
        .flat_map(|source| source.parts.iter().map(move |part| (source, part)))
        .filter(|(_, part)| part.selectable == selectable);
    for (number, (source, part)) in parts.enumerate() {
        let event = source.event;
        let mut signature = module.make_signature();
        signature.params.extend([AbiParam::new(types::I64); 5]);
        context.func.signature = signature.clone();
        let name = format!("match_{number}");
        let id = module.declare_function(&name, Linkage::Local, &signature)?;
        let refs = Helpers {
            text_matches: module.declare_func_in_func(helpers.text_matches, &mut context.func),
            pattern_matches: module
                .declare_func_in_func(helpers.pattern_matches, &mut context.func),
            text_equals: module.declare_func_in_func(helpers.text_equals, &mut context.func),
            texts_relate: module.declare_func_in_func(helpers.texts_relate, &mut context.func),
            call: module.declare_func_in_func(helpers.call, &mut context.func),
            in_ranges: module.declare_func_in_func(helpers.in_ranges, &mut context.func),
            in_addresses: module.declare_func_in_func(helpers.in_addresses, &mut context.func),
            same_address: module.declare_func_in_func(helpers.same_address, &mut context.func),
        };
        let builder = FunctionBuilder::new(&mut context.func, &mut builder_context);
        let mut emitter = Emitter::new(builder, schema, event, refs, tables, part);
        emitter.targets(source.conditions, &part.targets);
        emitter.finish(module.target_config());
        module.define_function(id, &mut context)?;
        size += context
            .compiled_code()
            .map_or(0, |code| code.code_buffer().len());
        module.clear_context(&mut context);
        defined.push((event.id, id));
    }
    module.finalize_definitions()?;
    let functions = defined.into_iter().map(|(event, id)| {
        let code = module.get_finalized_function(id);
        // SAFETY: the function was compiled with this signature and the host's C convention.
        (
            event,
            Function(unsafe { std::mem::transmute::<*const u8, Entry>(code) }),
        )
    });
    Ok(Defined {
        functions: functions.collect(),
        size,
    })
}
