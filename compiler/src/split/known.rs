//! What the kernel knows of a field besides its value: whether it is there, whether it was cut, and how
//! long it is.

use tracee_ebpf::abi;
use tracee_lang::context::{ContextField, ProcessField};
use tracee_lang::functions::Evaluation;
use tracee_lang::hir::{Call, Field, Operand};
use tracee_lang::types::Type;

use super::calls;
use super::lower::{Lowered, Lowering, exact};
use crate::layout::{Storage, header_field};
use crate::plan::{Check, Pushdown, Reason, States};
use crate::ranges::Ranges;

/// Bytes that an element of a list has at least: its length.
const LEAST_ELEMENT: i128 = 4;

impl Lowering<'_> {
    /// `operand exists`, or not. The context's integers always are.
    pub(super) fn exists(&self, operand: &Operand, negated: bool) -> Lowered {
        let always = match operand {
            Operand::Int(_) | Operand::Text(_) => true,
            Operand::Field(Field::Context(ContextField::EventId | ContextField::EventName), _) => {
                true
            }
            Operand::Field(Field::Context(ContextField::Retval), _) => false,
            Operand::Field(Field::Context(context), _) => header_field(*context).is_some(),
            _ => false,
        };
        if always {
            return Lowered::Constant(!negated);
        }
        match self.kernel_field(operand, |_, _| true) {
            Ok(Field::Context(_)) => {
                Lowered::Userland("whether a call has returned is known only then".into())
            }
            Ok(field) => {
                let states = States {
                    absent: negated,
                    whole: !negated,
                    cut: !negated,
                };
                let reason = "the kernel knows what it could read";
                exact(field, vec![Check::State(states)], reason)
            }
            Err(reason) => Lowered::Userland(reason),
        }
    }

    /// The integer that a function gives is in `ranges`, or not.
    pub(super) fn int_call(&self, call: &Call, ranges: &Ranges, negated: bool) -> Lowered {
        let lowered = match (call.function.evaluation, &call.arguments[..]) {
            (Evaluation::Cut, [argument]) => self.truncated(argument, ranges, negated),
            (_, [argument]) if call.function.name == "len" => {
                let ranges = match negated {
                    true => ranges.complement(),
                    false => ranges.clone(),
                };
                self.length(argument, ranges)
            }
            _ => Err(calls::not_evaluated(call.function)),
        };
        lowered.unwrap_or_else(Lowered::Userland)
    }

    /// Unlike other tests, one of an absent value fails.
    fn truncated(
        &self,
        argument: &Operand,
        ranges: &Ranges,
        negated: bool,
    ) -> Result<Lowered, Reason> {
        let field = self.kernel_field(argument, |_, _| true)?;
        let (whole, cut) = (ranges.contains(0), ranges.contains(1));
        if let Field::Context(context) = field {
            // What the header has is there, and whole; but for a return value.
            return match context {
                ContextField::Retval => {
                    Err("whether a call has returned is known only then".into())
                }
                _ => Ok(Lowered::Constant(whole != negated)),
            };
        }
        let states = States {
            absent: false,
            whole,
            cut,
        };
        let states = match negated {
            true => states.complement(),
            false => states,
        };
        let reason = "the kernel knows what it had to cut";
        Ok(exact(field, vec![Check::State(states)], reason))
    }

    /// A value of another case is as long.
    fn length(&self, argument: &Operand, ranges: Ranges) -> Result<Lowered, Reason> {
        let mut argument = argument;
        while let Operand::Call(call) = argument
            && let ("lower" | "upper", [inner]) = (call.function.name, &call.arguments[..])
        {
            argument = inner;
        }
        let in_tail = |ty: &Type, storage: Option<Storage>| {
            let sized = ty.is_text() || matches!(ty, Type::Bytes | Type::List(_));
            sized && storage.is_none()
        };
        if let Operand::Field(Field::Context(ContextField::Proc(ProcessField::Comm)), _) = argument
        {
            return Err("the kernel does not count the bytes of a task name".into());
        }
        let field = self.kernel_field(argument, in_tail)?;
        let is_list = matches!(argument, Operand::Field(_, Type::List(_)));
        if !is_list {
            let reason = "the kernel knows how long it is";
            return Ok(exact(field, vec![Check::Length(ranges)], reason));
        }
        // A list is as long as its elements: without any it is empty.
        let most = abi::MAX_LIST as i128 / LEAST_ELEMENT;
        let possible = ranges.intersection(&Ranges::one(0, most));
        let bytes = |least: i128| Check::Length(Ranges::one(LEAST_ELEMENT * least, i128::MAX));
        match *possible.as_slice() {
            [(0, 0)] => {
                let empty = Check::Length(Ranges::one(0, 0));
                Ok(exact(
                    field,
                    vec![empty],
                    "the kernel knows whether it is empty",
                ))
            }
            [(1, last)] if last == most => Ok(exact(
                field,
                vec![bytes(1)],
                "the kernel knows whether it is empty",
            )),
            [(least, _), ..] if least > 0 => Ok(Lowered::Checks {
                field: Some(field),
                checks: vec![bytes(least)],
                pushdown: Pushdown::Inexact,
                reason: "the kernel knows how many elements there is room for; userland counts"
                    .into(),
            }),
            _ => Err("the kernel does not count elements".into()),
        }
    }
}
