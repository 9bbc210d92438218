//! Values of maps: the structs of the ABI, as aya wants them.

use aya::Pod;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// A struct of the ABI in a map.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub(super) struct Cell<T>(pub(super) T);

// SAFETY: Pod asks for a type that may be copied bytewise to the kernel and back: T has no padding
// (IntoBytes), takes every bit pattern (FromBytes) and owns nothing (Copy, 'static); Cell is
// transparent.
unsafe impl<T: FromBytes + IntoBytes + Immutable + Copy + 'static> Pod for Cell<T> {}
