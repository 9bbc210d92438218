//! An engine with the modules of one signature, and the documents that it is asked for.

use regorus::{Engine, PolicyLengthConfig, Value};
use tracee_lang::signature::Module;

use crate::budget;

/// The functions that every signature may import, as `data.tracee.helpers`.
pub(crate) const HELPERS: &str = include_str!("helpers.rego");
/// What they are called in messages.
pub(crate) const HELPERS_NAME: &str = "<tracee.helpers>";
/// Their package.
pub(crate) const HELPERS_PACKAGE: &str = "data.tracee.helpers";

/// The most bytes that a file may have.
pub(crate) const MAX_BYTES: usize = 1 << 20;
/// The most lines.
const MAX_LINES: usize = 20_000;
/// The most characters of a line: signatures have lists in one.
const MAX_COLUMNS: u32 = 8192;

/// An engine without modules: Rego as OPA 0.68 reads it, where an error inside of a function of the
/// language is the absence of a value.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.set_rego_v0(true);
    engine.set_strict_builtin_errors(false);
    engine.set_execution_timer_config(budget::limit());
    let default = PolicyLengthConfig::default();
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: MAX_COLUMNS.try_into().unwrap_or(default.max_col),
        max_file_bytes: MAX_BYTES.try_into().unwrap_or(default.max_file_bytes),
        max_lines: MAX_LINES.try_into().unwrap_or(default.max_lines),
    });
    // Not refused: the engine is new.
    let _ = engine.add_extension("numbers.range".to_owned(), 2, Box::new(range));
    engine
}

/// An engine with these modules.
pub(crate) fn engine_with(modules: &[Module]) -> Result<Engine, anyhow::Error> {
    let mut engine = engine();
    for module in modules {
        engine.add_policy(module.name.to_string(), module.text.to_string())?;
    }
    Ok(engine)
}

/// `numbers.range`, bounded: regorus' own allocates whatever it is asked for.
fn range(arguments: Vec<Value>) -> anyhow::Result<Value> {
    let [Ok(from), Ok(to)] = [0, 1].map(|at| {
        arguments.get(at).map_or_else(
            || Err(anyhow::anyhow!("numbers.range takes two numbers")),
            Value::as_i64,
        )
    }) else {
        return Ok(Value::Undefined);
    };
    if from.abs_diff(to) >= budget::MAX_RANGE {
        let most = budget::MAX_RANGE;
        anyhow::bail!("numbers.range makes at most {most} numbers here");
    }
    let mut made: Vec<Value> = (from.min(to)..=from.max(to)).map(Value::from).collect();
    if from > to {
        made.reverse();
    }
    Ok(Value::from(made))
}

/// What a rule comes to without an event; [`None`] if it has no value.
pub(crate) fn document(
    engine: &mut Engine,
    path: &str,
) -> Result<Option<serde_json::Value>, anyhow::Error> {
    engine.set_input(Value::new_object());
    let begun = budget::begin();
    let value = engine.eval_rule(path.to_owned());
    if begun.is_over() {
        anyhow::bail!("its evaluation takes more than {} steps", budget::STEPS);
    }
    match value? {
        Value::Undefined => Ok(None),
        value => Ok(Some(serde_json::to_value(&value)?)),
    }
}
