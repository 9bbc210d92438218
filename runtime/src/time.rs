//! Nanoseconds since the Unix epoch as dates and times of day, in UTC.

use std::fmt;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400;

/// `2026-03-01T09:30:05.000000001Z`.
#[derive(Debug, Clone, Copy)]
pub struct Timestamp(pub u64);

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
