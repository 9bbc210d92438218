//! Flag tests of all selectors on one field → filters of (mask, want) pairs.
//!
//! Within one filter a selector's tests are alternatives (`satisfied |= …`), so what a selector
//! asks besides goes into a further filter on the same field.

use tracee_ebpf::abi::{self, Selectors};

use super::set_bit;
use crate::plan::FlagLiteral;

/// One filter: its tests and the selectors it constrains.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) tests: Vec<abi::FlagTest>,
    pub(super) constrained: Selectors,
}

/// The filters for the clauses of each selector, all of which must hold.
pub(super) fn layers(selectors: &[(usize, Vec<&[FlagLiteral]>)]) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for (selector, clauses) in selectors {
        for (depth, clause) in simplified(clauses).into_iter().enumerate() {
            if layers.len() == depth {
                layers.push(Layer::default());
            }
            set_bit(&mut layers[depth].constrained, *selector);
            for literal in clause {
                let test = layers[depth].test(literal.mask, literal.want);
                let set = if literal.negated {
                    &mut test.otherwise
                } else {
                    &mut test.satisfies
                };
                set_bit(set, *selector);
            }
        }
    }
    layers
}

impl Layer {
    /// The test of these bits, which selectors share.
    fn test(&mut self, mask: u64, want: u64) -> &mut abi::FlagTest {
        let same = |test: &abi::FlagTest| (test.mask, test.want) == (mask, want);
        let at = self.tests.iter().position(same).unwrap_or_else(|| {
            self.tests.push(abi::FlagTest {
                mask,
                want,
                ..Default::default()
            });
            self.tests.len() - 1
        });
        &mut self.tests[at]
    }
}

/// Joins the clauses that are one positive test into a test of all their bits.
fn simplified(clauses: &[&[FlagLiteral]]) -> Vec<Vec<FlagLiteral>> {
    let mut joined: Option<FlagLiteral> = None;
    let mut rest = Vec::new();
    for clause in clauses {
        let single = match clause {
            [one] => positive(*one),
            _ => None,
        };
        match (single, joined) {
            (Some(one), None) => joined = Some(one),
            (Some(one), Some(all)) if (one.want ^ all.want) & one.mask & all.mask == 0 => {
                let (mask, want) = (one.mask | all.mask, one.want | all.want);
                joined = Some(FlagLiteral {
                    mask,
                    want,
                    negated: false,
                });
            }
            _ => rest.push(clause.to_vec()),
        }
    }
    joined
        .map(|one| vec![one])
        .into_iter()
        .chain(rest)
        .collect()
}

/// The same test without a negation: of a single bit, it is the other value.
fn positive(literal: FlagLiteral) -> Option<FlagLiteral> {
    match literal {
        FlagLiteral {
            negated: false,
            mask,
            want,
        } if want & !mask == 0 => Some(literal),
        FlagLiteral {
            negated: true,
            mask,
            want,
        } if mask.is_power_of_two() && want & !mask == 0 => Some(FlagLiteral {
            mask,
            want: want ^ mask,
            negated: false,
        }),
        _ => None,
    }
}
