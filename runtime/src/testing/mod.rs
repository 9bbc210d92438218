//! Running `test` blocks: events made of what a test gives, through the same engine as `tracee run`.
//! Enter at [`Suite`].
//!
//! ```text
//! given ─record→ record ─┬→ engine, machine code ─────────┐
//! recording ─────────────┼→ engine, reference interpreter ┼→ Report
//!                        └→ simulated kernel filter ──────┘
//! ```
//!
//! Every event goes through the machine code and through the interpreter, which must agree, and
//! through the filter tables as the kernel would read them, which must pass what a rule matches. For
//! an expectation that fails, [`explained`] says what each part of the condition came to; [`coverage`]
//! counts which parts any test reached.

pub mod coverage;
mod excepted;
pub mod explained;
mod given;
mod kernel;
mod report;
mod run;

use std::path::Path;
use std::sync::Arc;

use tracee_compiler::CompiledPolicy;
use tracee_compiler::matcher::{Engine as Kind, Matchers};
use tracee_compiler::plan::Plan;
use tracee_compiler::tables::FilterTables;
use tracee_lang::hir::PolicySet;
use tracee_lang::hir::test::Test;
use tracee_lang::schema::Schema;

pub use report::{EventNote, Excepted, Expected, Near, Origin, Problem, Report};

use crate::engine::Engine;
use crate::record::Layouts;
use coverage::Coverage;

/// Everything that tests of a policy set run through: made once, used for one test after the other.
#[derive(Debug)]
pub struct Suite {
    schema: Arc<Schema>,
    policies: Arc<PolicySet>,
    layouts: Layouts,
    plan: Plan,
    tables: FilterTables,
    /// With machine code, where there is any.
    compiled: Engine,
    /// With the reference interpreter.
    interpreted: Engine,
}

impl Suite {
    /// A suite for checked policies and what was compiled from them.
    pub fn new(schema: Arc<Schema>, policies: Arc<PolicySet>, compiled: CompiledPolicy) -> Self {
        let CompiledPolicy {
            plan,
            tables,
            matchers,
            ..
        } = compiled;
        // Tests ask for conditions too rarely for machine code, and that is what they are about.
        matchers.complete();
        let (interpreter, _) = Matchers::compile(&schema, &plan, Kind::Interpreter);
        let engine = |matchers| {
            Engine::new(
                Arc::clone(&schema),
                Arc::clone(&policies),
                &plan,
                matchers,
                "test",
            )
        };
        Self {
            compiled: engine(matchers),
            interpreted: engine(interpreter),
            layouts: Layouts::new(&schema),
            schema,
            policies,
            plan,
            tables,
        }
    }

    /// Runs a test of these policies. Recordings are looked for in `directory`; what is reached of
    /// conditions is counted in `coverage`.
    pub fn run(
        &mut self,
        test: &Test,
        directory: &Path,
        coverage: Option<&mut Coverage>,
    ) -> Report {
        run::run(self, test, directory, coverage)
    }
}
