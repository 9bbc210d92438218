//! Moments and lengths of time as they are written: `2027-01-31T12:00:00Z`, `10s`.

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::parse::literal;

/// Nanoseconds since the Unix epoch as a moment in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub u64);

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Years up to 2554, which are all in the calendar's range.
        match jiff::Timestamp::from_nanosecond(self.0.into()) {
            Ok(moment) => moment.fmt(f),
            Err(_) => self.0.fmt(f),
        }
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    /// A day, which is its first moment, or a moment.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date = literal::date(text).ok_or("is neither a day (`2027-01-31`) nor a moment")?;
        let date = u64::try_from(date).map_err(|_| "is before 1970")?;
        Ok(Self(date))
    }
}

/// Nanoseconds as a length of time in the largest unit that is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(pub u64);

/// The nanoseconds of a day.
pub const DAY: u64 = 86_400_000_000_000;

/// What a duration is written with, the longest first, in nanoseconds.
pub const UNITS: &[(&str, u64)] = &[
    ("d", DAY),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let exact = UNITS.iter().find(|(_, unit)| self.0.is_multiple_of(*unit));
        let (name, unit) = exact.unwrap_or(&("ns", 1));
        write!(f, "{}{name}", self.0 / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_largest_exact_unit() {
        for (nanoseconds, shown) in [
            (0, "0s"),
            (10_000_000_000, "10s"),
            (90_000_000_000, "90s"),
            (604_800_000_000_000, "7d"),
            (1_500_000_000, "1500ms"),
            (1, "1ns"),
            (u64::MAX, "18446744073709551615ns"),
        ] {
            assert_eq!(Length(nanoseconds).to_string(), shown);
        }
    }

    #[test]
    fn days_begin_at_midnight() {
        assert_eq!("1970-01-02".parse(), Ok(Moment(DAY)));
        assert_eq!("1970-01-01T00:00:01Z".parse(), Ok(Moment(1_000_000_000)));
        for wrong in ["1969-12-31", "2027-02-30", "tomorrow", ""] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn moments_are_in_utc() {
        assert_eq!(Moment(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(
            Moment(1_801_396_800_000_000_000).to_string(),
            "2027-01-31T12:00:00Z"
        );
        assert_eq!(
            Moment(u64::MAX).to_string(),
            "2554-07-21T23:34:33.709551615Z"
        );
    }
}
