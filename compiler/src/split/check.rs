//! Joining checks on one field: `or` keeps alternatives few, `and` keeps tests few. Both are exact
//! or refuse.

use crate::plan::{Check, Orders, Pattern, States};

impl Check {
    /// One check that holds when either does; `None` if no one check says that.
    pub(super) fn or(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Ints(left), Self::Ints(right)) => Some(Self::Ints(left.union(right))),
            (Self::Addresses(left), Self::Addresses(right)) => {
                Some(Self::Addresses(left.union(right)))
            }
            (Self::Flags(left), Self::Flags(right)) => Some(Self::Flags(joined(left, right))),
            (
                Self::Text {
                    any: left,
                    negated: false,
                },
                Self::Text {
                    any: right,
                    negated: false,
                },
            ) => Some(Self::Text {
                any: joined(left, right),
                negated: false,
            }),
            (
                Self::Elements {
                    any: left,
                    negated: false,
                },
                Self::Elements {
                    any: right,
                    negated: false,
                },
            ) => Some(Self::Elements {
                any: joined(left, right),
                negated: false,
            }),
            (
                Self::Order {
                    other,
                    orders: left,
                },
                Self::Order {
                    other: same,
                    orders: right,
                },
            ) if other == same => Some(Self::Order {
                other: *other,
                orders: left.or(*right),
            }),
            (Self::Length(left), Self::Length(right)) => Some(Self::Length(left.union(right))),
            (Self::State(left), Self::State(right)) => Some(Self::State(left.or(*right))),
            (Self::Tree(left), Self::Tree(right)) => Some(Self::Tree(joined(left, right))),
            _ => None,
        }
    }

    /// One check that holds when both do; `None` if no one check says that.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Ints(left), Self::Ints(right)) => Some(Self::Ints(left.intersection(right))),
            (Self::Addresses(left), Self::Addresses(right)) => {
                Some(Self::Addresses(left.intersection(right)))
            }
            (
                Self::Text {
                    any: left,
                    negated: true,
                },
                Self::Text {
                    any: right,
                    negated: true,
                },
            ) => Some(Self::Text {
                any: joined(left, right),
                negated: true,
            }),
            (
                Self::Text {
                    any,
                    negated: false,
                },
                filter,
            ) if all_known(any) => Some(filtered(any, filter)?),
            (
                filter,
                Self::Text {
                    any,
                    negated: false,
                },
            ) if all_known(any) => Some(filtered(any, filter)?),
            // Several positive ones may be satisfied by an element each.
            (
                Self::Elements {
                    any: left,
                    negated: true,
                },
                Self::Elements {
                    any: right,
                    negated: true,
                },
            ) => Some(Self::Elements {
                any: joined(left, right),
                negated: true,
            }),
            (
                Self::Order {
                    other,
                    orders: left,
                },
                Self::Order {
                    other: same,
                    orders: right,
                },
            ) if other == same => Some(Self::Order {
                other: *other,
                orders: left.and(*right),
            }),
            (Self::Length(left), Self::Length(right)) => {
                Some(Self::Length(left.intersection(right)))
            }
            (Self::State(left), Self::State(right)) => Some(Self::State(left.and(*right))),
            (left, right) if left == right => Some(left.clone()),
            _ => None,
        }
    }
}

fn joined<T: Clone + Ord>(left: &[T], right: &[T]) -> Vec<T> {
    let mut all = [left, right].concat();
    all.sort();
    all.dedup();
    all
}

/// Whether the patterns spell out every string that matches.
fn all_known(any: &[Pattern]) -> bool {
    any.iter()
        .all(|pattern| pattern.op == tracee_lang::hir::TextOp::Eq && !pattern.fold)
}

/// Of the strings that `known` spells out, those that `filter` lets through.
fn filtered(known: &[Pattern], filter: &Check) -> Option<Check> {
    let Check::Text { any, negated } = filter else {
        return None;
    };
    let passes =
        |known: &&Pattern| any.iter().any(|pattern| pattern.matches(&known.literal)) != *negated;
    Some(Check::Text {
        any: known.iter().filter(passes).cloned().collect(),
        negated: false,
    })
}

impl Orders {
    fn or(self, other: Self) -> Self {
        Self {
            less: self.less | other.less,
            equal: self.equal | other.equal,
            greater: self.greater | other.greater,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            less: self.less & other.less,
            equal: self.equal & other.equal,
            greater: self.greater & other.greater,
        }
    }
}

impl States {
    fn or(self, other: Self) -> Self {
        Self {
            absent: self.absent | other.absent,
            whole: self.whole | other.whole,
            cut: self.cut | other.cut,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            absent: self.absent & other.absent,
            whole: self.whole & other.whole,
            cut: self.cut & other.cut,
        }
    }

    /// The other states.
    pub(super) fn complement(self) -> Self {
        Self {
            absent: !self.absent,
            whole: !self.whole,
            cut: !self.cut,
        }
    }
}
