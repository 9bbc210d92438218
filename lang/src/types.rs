//! The types of the language. There are no implicit conversions between them.

use std::fmt;

/// Index of an enum in [`crate::schema::Schema::enums`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub u16);

/// Index of a flag set in [`crate::schema::Schema::flag_sets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlagsId(pub u16);

/// Index of a struct in [`crate::schema::Schema::structs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StructId(pub u16);

/// An integer's width and signedness. In a record every integer is widened to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntType {
    /// 8, 16, 32 or 64.
    pub bits: u8,
    /// Two's complement if so.
    pub signed: bool,
}

impl IntType {
    /// The smallest value.
    pub fn min(self) -> i128 {
        if self.signed {
            -(1i128 << (self.bits - 1))
        } else {
            0
        }
    }

    /// The largest value.
    pub fn max(self) -> i128 {
        if self.signed {
            (1i128 << (self.bits - 1)) - 1
        } else {
            (1i128 << self.bits) - 1
        }
    }
}

impl fmt::Display for IntType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.signed { 'i' } else { 'u' }, self.bits)
    }
}

/// The type of a field or an expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `true` or `false`; 0 or 1 in a record.
    Bool,
    /// `i8` … `u64`.
    Int(IntType),
    /// An address in the traced process; compares as `u64`, prints as hexadecimal.
    Pointer,
    /// A TCP or UDP port in host byte order; compares as `u16`.
    Port,
    /// Nanoseconds since the Unix epoch; compares as `u64`.
    Time,
    /// A length of time in nanoseconds; compares as `u64`.
    Duration,
    /// Bytes that print as text, not necessarily UTF-8.
    String,
    /// A string that names a file.
    Path,
    /// Bytes that print as hexadecimal.
    Bytes,
    /// An IPv4 (4 bytes) or IPv6 (16 bytes) address, network byte order.
    Ip,
    /// A network of addresses. No field has this type: it is for lists to look an [`Self::Ip`] up in.
    Cidr,
    /// One of named numbers.
    Enum(EnumId),
    /// A set of named bits.
    Flags(FlagsId),
    /// A list; of strings, so far.
    List(Box<Type>),
    /// Named fields; an argument of this type takes one slot per field.
    Struct(StructId),
    /// The type of something that was already reported; unifies with everything.
    Error,
}

impl Type {
    /// Whether values are byte strings in the tail of a record.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::String | Self::Path)
    }
}
