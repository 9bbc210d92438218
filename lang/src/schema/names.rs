//! Numbers as the names that declarations give them: what outputs print and OPA signatures compare.

use std::fmt::{self, Write};

use super::{EnumType, FlagConstant, FlagsType};

impl EnumType {
    /// Writes the first name of a number, or the number.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write, value: i128) -> fmt::Result {
        match self
            .constants
            .iter()
            .find(|(_, constant)| *constant == value)
        {
            Some((name, _)) => out.write_str(name),
            None => write!(out, "{value}"),
        }
    }
}

impl FlagsType {
    /// The bits that values have.
    pub fn width(&self) -> u64 {
        u64::MAX >> (64 - u32::from(self.repr.bits.clamp(1, 64)))
    }

    /// Writes the names of the bits, joined by `|`, in declaration order; what has no name as `0x…`; `0`
    /// if nothing is set. A constant that only repeats some bits of a larger one is left out: `O_SYNC`
    /// alone, not `O_DSYNC|O_SYNC`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write, value: i128) -> fmt::Result {
        let value = value as u64 & self.width(); // the bits of the two's complement
        let set = |flag: &&FlagConstant| flag.mask != 0 && value & flag.mask == flag.value;
        let there = || self.constants.iter().filter(set);
        let mut rest = value;
        let mut separator = "";
        for flag in there() {
            let repeats = there()
                .any(|other| flag.value & !other.value == 0 && flag.value != other.value)
                && flag.value != 0;
            let alias = flag.value != 0 && rest & flag.value == 0;
            if repeats || alias {
                continue;
            }
            rest &= !flag.value;
            write!(out, "{separator}{}", flag.name)?;
            separator = "|";
        }
        if rest != 0 {
            write!(out, "{separator}{rest:#x}")
        } else if separator.is_empty() {
            out.write_char('0')
        } else {
            Ok(())
        }
    }

    /// The one value, within the width, that is written so; [`None`] if there is none.
    pub fn value_of(&self, text: &str) -> Option<u64> {
        let mut value = 0u64;
        for part in text.split('|') {
            let named = self.constants.iter().find(|flag| flag.name == part);
            value |= match (named, part.strip_prefix("0x")) {
                (Some(flag), _) => flag.value,
                (None, Some(digits)) => u64::from_str_radix(digits, 16).ok()?,
                (None, None) if part == "0" => 0,
                (None, None) => return None,
            };
        }
        let mut written = String::new();
        self.write(&mut written, value.into()).ok()?;
        (value & !self.width() == 0 && written == text).then_some(value)
    }
}
