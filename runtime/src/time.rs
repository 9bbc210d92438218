//! Nanoseconds since the Unix epoch as dates and times of day, in UTC.

use std::fmt;
use std::ops::RangeInclusive;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400;

/// `2026-03-01T09:30:05.000000001Z`.
#[derive(Debug, Clone, Copy)]
pub struct Timestamp(pub u64);

/// As Go's `RFC3339Nano` has it, which leaves out zeros at the end: `2026-03-01T09:30:05Z`,
/// `2026-03-01T09:30:05.25Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfc3339(pub u64);

/// `09:30:05.000000`, to the microsecond.
#[derive(Debug, Clone, Copy)]
pub struct TimeOfDay(pub u64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / SECOND;
        let (year, month, day) = date(seconds / DAY);
        let (hour, minute, second) = clock(seconds);
        let nanos = self.0 % SECOND;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z"
        )
    }
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Timestamp(self.0).to_string();
        let text = text.trim_end_matches('Z').trim_end_matches('0');
        write!(f, "{}Z", text.trim_end_matches('.'))
    }
}

impl serde::Serialize for Rfc3339 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Rfc3339 {
    /// Reads a time with a zone, `Z` or an offset; digits beyond nanoseconds are dropped. `None` for anything else
    /// and for what is before 1970 or after 2554.
    pub fn parse(text: &str) -> Option<Self> {
        let (begin, rest) = text.as_bytes().split_first_chunk::<19>()?;
        let [b'-', b'-', b'T' | b't', b':', b':'] = [4, 7, 10, 13, 16].map(|at| begin[at]) else {
            return None;
        };
        let part = |at: usize, count: usize, all: RangeInclusive<i64>| {
            digits(&begin[at..at + count]).filter(|part| all.contains(part))
        };
        let (year, month, day) = (
            part(0, 4, 0..=9999)?,
            part(5, 2, 1..=12)?,
            part(8, 2, 1..=31)?,
        );
        // A leap second is the first of the next minute.
        let (hour, minute, second) = (
            part(11, 2, 0..=23)?,
            part(14, 2, 0..=59)?,
            part(17, 2, 0..=60)?,
        );
        let (fraction, zone) = match rest {
            [b'.', rest @ ..] => {
                rest.split_at(rest.iter().position(|byte| !byte.is_ascii_digit())?)
            }
            _ => (&[][..], rest),
        };
        let offset = match *zone {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), h, hh, b':', m, mm] => {
                let seconds = digits(&[h, hh])? * 3600 + digits(&[m, mm])? * 60;
                if sign == b'-' { -seconds } else { seconds }
            }
            _ => return None,
        };
        let nanos = fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
        let nanos = nanos.fold(0, |nanos, digit| 10 * nanos + i64::from(digit - b'0'));
        let seconds = hour * 3600 + minute * 60 + second - offset;
        let seconds = days(year, month, day) * DAY as i64 + seconds;
        let nanos = i128::from(seconds) * i128::from(SECOND) + i128::from(nanos);
        u64::try_from(nanos).ok().map(Self)
    }
}

/// The number that these digits are.
fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        Some(10 * number + i64::from(digit))
    })
}

/// Days since 1970-01-01: [`date`] turned round.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = clock(self.0 / SECOND);
        write!(
            f,
            "{hour:02}:{minute:02}:{second:02}.{:06}",
            self.0 % SECOND / 1000
        )
    }
}

fn clock(seconds: u64) -> (u64, u64, u64) {
    let of_day = seconds % DAY;
    (of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Year, month and day of a day since 1970-01-01, by the proleptic Gregorian calendar. The
/// algorithm counts in 400-year eras of 146,097 days that begin on 1 March, so that the leap day is
/// the last of its year (Hinnant, "chrono-compatible low-level date algorithms").
fn date(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_back() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_500_000_000, "2000-02-29T00:00:00.5Z"),
            (1_680_182_976_364_916_505, "2023-03-30T13:29:36.364916505Z"),
            (4_107_542_400_000_000_010, "2100-03-01T00:00:00.00000001Z"),
            (1_709_251_200_000_000_000, "2024-03-01T00:00:00Z"),
        ] {
            assert_eq!(Rfc3339(nanos).to_string(), text);
            assert_eq!(Rfc3339::parse(text), Some(Rfc3339(nanos)));
        }
        let same = [
            "2023-03-30T15:59:36.25+02:30",
            "2023-03-30T12:29:36.2500000001-01:00",
            "2023-03-30t13:29:36.25z",
        ];
        for text in same {
            let nanos = 1_680_182_976_250_000_000;
            assert_eq!(Rfc3339::parse(text), Some(Rfc3339(nanos)), "{text}");
        }
        for wrong in [
            "",
            "now",
            "2023-03-30",
            "2023-03-30T13:29:36",
            "2023-13-30T13:29:36Z",
            "2023-03-30T24:29:36Z",
            "2023-03-30T13:29Z",
            "2023-03-30T13:29:36.5xZ",
            "2023-03-30T13:29:36.5.5Z",
            "2023-03-30T13:29:36.123456789.5Z",
            "2023-03-30T13:29:36+02:3",
            "2023-03-30T13:29:61Z",
            "2023-03-30T13:29:36+0230",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "2023-03-30T13:29:36Z5",
            "+023-03-30T13:29:36Z",
        ] {
            assert_eq!(Rfc3339::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates() {
        for (nanos, expected) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
            (1_680_182_976_364_916_505, "2023-03-30T13:29:36.364916505Z"),
            (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999999999Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
        ] {
            assert_eq!(Timestamp(nanos).to_string(), expected);
        }
        assert_eq!(
            TimeOfDay(1_680_182_976_364_916_505).to_string(),
            "13:29:36.364916"
        );
    }
}
