//! One integer compared with another: `oldfd != newfd`.

use tracee_lang::context::ContextField;
use tracee_lang::hir::{CompareOp, Field, Operand};
use tracee_lang::schema::Hook;

use super::lower::{Lowered, Lowering, exact};
use crate::layout::{Storage, header_field};
use crate::plan::{Check, Orders, Reason};

/// The numbers that a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Signed ones of 64 bits hold them.
    Signed {
        /// There are negative ones.
        negative: bool,
    },
    /// They take all 64 bits.
    Unsigned,
}

impl Lowering<'_> {
    /// `left op right`, two fields, or its negation. The kernel compares the 64 bits of both.
    pub(super) fn order(
        &self,
        op: CompareOp,
        left: &Operand,
        right: &Operand,
        negated: bool,
    ) -> Lowered {
        let one = |operand| -> Result<_, Reason> {
            let is_int = |ty: &_, storage| {
                self.schema.int_repr(ty).is_some() && storage != Some(Storage::Comm)
            };
            let field = self.kernel_field(operand, is_int)?;
            Ok((field, self.numbers(field)))
        };
        let (left, right) = match (one(left), one(right)) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(reason), _) | (_, Err(reason)) => return Lowered::Userland(reason),
        };
        let orders = Orders::satisfying(op);
        let orders = match negated {
            true => orders.complement(),
            false => orders,
        };
        if left.0 == right.0 {
            return Lowered::Userland("it compares a field with itself".into());
        }
        let retval = Field::Context(ContextField::Retval);
        let at_enter = |hook: &Hook| matches!(hook, Hook::Syscall { at_enter: true, .. });
        if [left.0, right.0].contains(&retval) && self.event.hooks.iter().any(at_enter) {
            let reason = "the kernel compares on entry, when nothing has been returned";
            return Lowered::Userland(reason.into());
        }
        let negative = Numbers::Signed { negative: true };
        if [left.1, right.1].contains(&negative) && [left.1, right.1].contains(&Numbers::Unsigned) {
            let reason =
                "one of them may be negative, the other too large for a number with a sign";
            return Lowered::Userland(reason.into());
        }
        let (field, other, orders) = match left.0 < right.0 {
            true => (left.0, right.0, orders),
            false => (right.0, left.0, orders.mirrored()),
        };
        exact(
            field,
            vec![Check::Order { other, orders }],
            "the kernel compares integers",
        )
    }

    fn numbers(&self, field: Field) -> Numbers {
        match field {
            Field::Slot(slot) => {
                let slot = self.event.slots.get(usize::from(slot));
                match slot.and_then(|slot| self.schema.int_repr(&slot.ty)) {
                    Some(int) if !int.signed && int.bits == 64 => Numbers::Unsigned,
                    Some(int) => Numbers::Signed {
                        negative: int.signed,
                    },
                    None => Numbers::Unsigned,
                }
            }
            Field::Context(context) => match header_field(context).map(|header| header.storage) {
                Some(Storage::U32) => Numbers::Signed { negative: false },
                Some(Storage::Retval) => Numbers::Signed { negative: true },
                _ => Numbers::Unsigned,
            },
        }
    }
}

impl Orders {
    fn satisfying(op: CompareOp) -> Self {
        use CompareOp as Op;
        Self {
            less: matches!(op, Op::Lt | Op::Le),
            equal: matches!(op, Op::Eq | Op::Le | Op::Ge),
            greater: matches!(op, Op::Gt | Op::Ge),
        }
    }

    fn complement(self) -> Self {
        Self {
            less: !self.less,
            equal: !self.equal,
            greater: !self.greater,
        }
    }

    /// Seen from the other.
    fn mirrored(self) -> Self {
        Self {
            less: self.greater,
            greater: self.less,
            ..self
        }
    }
}
