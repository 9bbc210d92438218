//! Trees whose places can be changed: what was found out of a text holds of the same text elsewhere.

use std::sync::Arc;

use super::{FileId, Span};

/// Something with places in it.
pub(crate) trait Placed {
    /// Calls `with` for each place in it.
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span));
}

/// How far a part of a text is from where it was in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shift {
    /// The file that it is in now.
    file: FileId,
    /// What is to be added to offsets; it wraps around.
    by: u32,
}

impl Shift {
    /// From one place to another.
    pub(crate) fn between(from: Span, to: Span) -> Self {
        Self {
            file: to.file,
            by: to.start.wrapping_sub(from.start),
        }
    }

    /// A place, as far away.
    pub(crate) fn of(self, span: Span) -> Span {
        Span {
            file: self.file,
            start: span.start.wrapping_add(self.by),
            end: span.end.wrapping_add(self.by),
        }
    }

    /// Moves all places.
    pub(crate) fn apply(self, tree: &mut impl Placed) {
        tree.each_place(&mut |span| *span = self.of(*span));
    }
}

impl Placed for Span {
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span)) {
        with(self);
    }
}

impl<T: Placed> Placed for [T] {
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span)) {
        self.iter_mut().for_each(|one| one.each_place(with));
    }
}

impl<T: Placed> Placed for Vec<T> {
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span)) {
        (**self).each_place(with);
    }
}

impl<T: Placed> Placed for Option<T> {
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span)) {
        self.iter_mut().for_each(|one| one.each_place(with));
    }
}

impl<T: Placed + ?Sized> Placed for Box<T> {
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span)) {
        (**self).each_place(with);
    }
}

/// Where others share it, a copy of its own gets the places.
impl<T: Placed + Clone> Placed for Arc<T> {
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span)) {
        Self::make_mut(self).each_place(with);
    }
}

impl<L: Placed, R: Placed> Placed for (L, R) {
    fn each_place(&mut self, with: &mut dyn FnMut(&mut Span)) {
        self.0.each_place(with);
        self.1.each_place(with);
    }
}

/// Says of structs and enums which of their parts have places, and after a `|` what else they have. All parts
/// are named, so that one which is added is not forgotten; `{ | .. }` is a variant without any.
macro_rules! placed {
    () => {};
    (struct $type:ident { $($place:ident),* $(| $($other:tt)+)? } $($rest:tt)*) => {
        impl $crate::source::Placed for $type {
            fn each_place(&mut self, with: &mut dyn FnMut(&mut $crate::source::Span)) {
                let Self { $($place,)* $($($other)+)? } = self;
                $($crate::source::Placed::each_place($place, with);)*
            }
        }
        $crate::source::placed! { $($rest)* }
    };
    (
        enum $type:ident {
            $(
                $variant:ident
                $(($($part:ident),+))?
                $({ $($place:ident),* $(| $($other:tt)+)? })?
            ),* $(,)?
        }
        $($rest:tt)*
    ) => {
        impl $crate::source::Placed for $type {
            fn each_place(&mut self, with: &mut dyn FnMut(&mut $crate::source::Span)) {
                match self {
                    $(
                        Self::$variant $(($($part),+))? $({ $($place,)* $($($other)+)? })? => {
                            $($($crate::source::Placed::each_place($part, with);)+)?
                            $($($crate::source::Placed::each_place($place, with);)*)?
                        }
                    )*
                }
            }
        }
        $crate::source::placed! { $($rest)* }
    };
}
pub(crate) use placed;
