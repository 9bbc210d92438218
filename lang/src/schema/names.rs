//! Numbers as the names that declarations give them: what outputs print and OPA signatures compare.

use std::fmt::{self, Write};

use super::{EnumType, FlagConstant, FlagsType};

/// Constants that JSON, and so OPA signatures, have by other names: the texts that Aqua's Tracee writes; of
/// `READING_` those that the kernel itself has (`kernel_read_file_id_str` of include/linux/kernel_read_file.h).
const IN_JSON: &[(&str, &str)] = &[
    ("READING_UNKNOWN", "unknown"),
    ("READING_FIRMWARE", "firmware"),
    ("READING_MODULE", "kernel-module"),
    ("READING_KEXEC_IMAGE", "kexec-image"),
    ("READING_KEXEC_INITRAMFS", "kexec-initramfs"),
    ("READING_POLICY", "security-policy"),
    ("READING_X509_CERTIFICATE", "x509-certificate"),
    ("READING_MODULE_COMPRESSED", "kernel-module-compressed"),
    ("MMAP_W_X", "Mmaped region with W+E permissions!"),
    ("MPROTECT_TO_X", "Protection changed to Executable!"),
    ("MPROTECT_X_TO_W_X", "Protection changed from E to W+E!"),
    ("MPROTECT_W_X_TO_X", "Protection changed from W to E!"),
];

/// What JSON calls a constant of an enum.
fn in_json(name: &str) -> &str {
    let other = IN_JSON.iter().find(|(own, _)| *own == name);
    other.map_or(name, |(_, other)| other)
}

impl EnumType {
    /// The constants by the names that they have in JSON, in declaration order.
    pub fn in_json(&self) -> impl Iterator<Item = (&str, i128)> {
        let constants = self.constants.iter();
        constants.map(|(name, value)| (in_json(name), *value))
    }

    /// Writes a number as JSON has it: its first name there, or the number.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_in_json(&self, out: &mut dyn Write, value: i128) -> fmt::Result {
        let mut constants = self.constants.iter();
        match constants.find(|(_, constant)| *constant == value) {
            Some((name, _)) => out.write_str(in_json(name)),
            None => write!(out, "{value}"),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::IN_JSON;
    use crate::stdlib::schema;

    #[test]
    fn every_name_of_json_is_that_of_a_constant() {
        for (name, other) in IN_JSON {
            let enums = schema().enums.iter();
            let of = enums.filter(|of| of.constants.iter().any(|(own, _)| own == name));
            let [of] = of.collect::<Vec<_>>()[..] else {
                panic!("{name} is a constant of one enum");
            };
            // No text stands for two numbers, so a replay reads what was written.
            assert_eq!(of.in_json().filter(|(own, _)| own == other).count(), 1);
            assert!(of.constants.iter().all(|(own, _)| own != other));
        }
    }

    #[test]
    fn what_the_kernel_reads_is_named_as_the_kernel_does() {
        let mut enums = schema().enums.iter();
        let of = enums.find(|of| of.name == "kernel_read_file").unwrap();
        let both = |value| {
            let (mut own, mut json) = (String::new(), String::new());
            of.write(&mut own, value).unwrap();
            of.write_in_json(&mut json, value).unwrap();
            (own, json)
        };
        assert_eq!(both(2), ("READING_MODULE".into(), "kernel-module".into()));
        assert_eq!(both(99), ("99".into(), "99".into()));
    }
}
