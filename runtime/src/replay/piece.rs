//! A piece of a line that came before: its text, and where in that the values are. What a new line has the same is told
//! by comparing 32 bytes at a time; only values that differ are looked at.

use super::scan::Scanner;

/// Bytes that are compared at once.
const BLOCK: usize = 32;

/// The text, and its values in their order, none within another.
#[derive(Debug)]
pub(super) struct Piece<K> {
    /// With a block of zeros behind it.
    text: Box<[u8]>,
    length: usize,
    values: Box<[Value<K>]>,
}

/// Where a value is in the text, and what it means. At least one byte follows it.
#[derive(Debug, Clone)]
pub(super) struct Value<K> {
    pub(super) place: Place,
    pub(super) means: K,
}

/// From where to where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) begin: u32,
    pub(super) end: u32,
}

/// Which value of a line is another than the piece's, and where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) value: usize,
    pub(super) place: Place,
}

impl Place {
    /// None in what is too long.
    pub(super) fn new(begin: usize, end: usize) -> Option<Self> {
        Some(Self {
            begin: begin.try_into().ok()?,
            end: end.try_into().ok()?,
        })
    }

    fn moved(self, by: i32) -> Option<Self> {
        Some(Self {
            begin: self.begin.checked_add_signed(by)?,
            end: self.end.checked_add_signed(by)?,
        })
    }
}

impl<K> Piece<K> {
    /// None if a value is not where it should be.
    pub(super) fn new(text: &[u8], values: Box<[Value<K>]>) -> Option<Self> {
        let mut at = 0;
        for Value { place, .. } in &values {
            let fits = at <= place.begin && place.begin < place.end;
            (fits && (place.end as usize) < text.len()).then_some(())?;
            at = place.end;
        }
        let length = text.len();
        let mut padded = Vec::with_capacity(length + BLOCK);
        padded.extend_from_slice(text);
        padded.resize(length + BLOCK, 0);
        Some(Self {
            text: padded.into(),
            length,
            values,
        })
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text[..self.length]
    }

    pub(super) fn values(&self) -> &[Value<K>] {
        &self.values
    }

    /// Goes over what is next in the scanner's line, if it is this piece but for some values: `other` is told which, and
    /// takes the new one.
    ///
    /// A value is the same only if what follows it is, too: `12` is not the begin of `123`.
    pub(super) fn follow<'a>(
        &self,
        scanner: &mut Scanner<'a>,
        mut other: impl FnMut(&mut Scanner<'a>, usize, &K) -> Option<()>,
    ) -> Option<()> {
        let mut values = self.values.iter().enumerate();
        let mut at = 0;
        loop {
            let same = same(self.text.get(at..)?, scanner.rest());
            if at + same >= self.length {
                scanner.skip_bytes(self.length - at);
                return Some(());
            }
            let (which, value) = values.find(|(_, value)| value.place.end as usize >= at + same)?;
            // If it is not a value that differs, it is another line.
            let before = (value.place.begin as usize).checked_sub(at)?;
            (before <= same).then(|| scanner.skip_bytes(before))?;
            other(scanner, which, &value.means)?;
            at = value.place.end as usize;
        }
    }
}

impl<K: Clone> Piece<K> {
    /// The same with the values of a line that begins with it, but for these changes.
    pub(super) fn anew(&self, line: &[u8], changes: &[Change]) -> Option<Self> {
        let mut changes = changes.iter().peekable();
        let mut by = 0i32;
        let mut values = Vec::with_capacity(self.values.len());
        for (which, value) in self.values.iter().enumerate() {
            let place = match changes.next_if(|change| change.value == which) {
                Some(change) => {
                    by = change.place.end.checked_signed_diff(value.place.end)?;
                    change.place
                }
                None => value.place.moved(by)?,
            };
            let means = value.means.clone();
            values.push(Value { place, means });
        }
        let length = self.length.checked_add_signed(by as isize)?;
        Self::new(line.get(..length)?, values.into())
    }
}

/// How many bytes are the same at the begin of both.
fn same(a: &[u8], b: &[u8]) -> usize {
    let (a_blocks, _) = a.as_chunks::<BLOCK>();
    let (b_blocks, _) = b.as_chunks::<BLOCK>();
    let mut at = 0;
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        let same = same_in(a, b);
        at += same;
        if same < BLOCK {
            return at;
        }
    }
    // At the end of what was read.
    let rest = a.iter().skip(at).zip(b.iter().skip(at));
    at + rest.take_while(|(a, b)| a == b).count()
}

/// How many bytes are the same at the begin of both blocks.
fn same_in(a: &[u8; BLOCK], b: &[u8; BLOCK]) -> usize {
    if a == b {
        return BLOCK;
    }
    // Without a branch for each word: where the difference is nobody can foresee.
    let (a, _) = a.as_chunks::<8>();
    let (b, _) = b.as_chunks::<8>();
    let mut words = [0u64; BLOCK / 8];
    let mut differ = 0u32;
    for (at, word) in words.iter_mut().enumerate() {
        *word = u64::from_le_bytes(a[at]) ^ u64::from_le_bytes(b[at]);
        differ |= u32::from(*word != 0) << at;
    }
    let at = differ.trailing_zeros() as usize % words.len();
    8 * at + words[at].trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_counted() {
        let text: Vec<u8> = (0..100).collect();
        for length in 0..text.len() {
            assert_eq!(same(&text[..length], &text), length);
            let mut other = text.clone();
            other[length] ^= 0x80;
            assert_eq!(same(&other, &text), length);
            assert_eq!(same(&text, &other[..length]), length);
        }
    }

    /// A piece with two values, a number and a text.
    fn piece() -> Piece<()> {
        let text = br#"{"a":12,"b":"x","c":0}"#;
        let value = |begin, end| Value {
            place: Place { begin, end },
            means: (),
        };
        Piece::new(text, [value(5, 7), value(12, 15)].into()).unwrap()
    }

    fn differ(piece: &Piece<()>, line: &str) -> Option<Vec<(usize, String)>> {
        let mut scanner = Scanner::within(line.as_bytes());
        let mut found = Vec::new();
        piece.follow(&mut scanner, |scanner, at, ()| {
            found.push((at, scanner.skip_text()?.to_owned()));
            Some(())
        })?;
        Some(found)
    }

    #[test]
    fn only_values_may_differ() {
        let piece = piece();
        let one = |at, text: &str| Some(vec![(at, text.to_owned())]);
        for (line, expected) in [
            (r#"{"a":12,"b":"x","c":0}"#, Some(Vec::new())),
            (r#"{"a":12,"b":"x","c":0} and more"#, Some(Vec::new())),
            (r#"{"a":123,"b":"x","c":0}"#, one(0, "123")),
            (r#"{"a":1,"b":"x","c":0}"#, one(0, "1")),
            (r#"{"a":12,"b":"","c":0}"#, one(1, r#""""#)),
            (r#"{"a":12,"b":"x\"","c":0}"#, one(1, r#""x\"""#)),
            (r#"{"a":12,"b":"x","c":1}"#, None),
            (r#"{"a":12,"b":"x","c":0"#, None),
            (r#"{"a":12,"b":"x"}"#, None),
            (r#"{"a":12 ,"b":"x","c":0}"#, None),
            (r#"{"a":1.5,"b":"x","c":0}"#, None),
            ("", None),
        ] {
            assert_eq!(differ(&piece, line), expected, "{line}");
        }
    }

    #[test]
    fn it_is_made_anew_of_another_line() {
        let line = r#"{"a":4,"b":"other","c":0}, and more"#;
        let mut changes = Vec::new();
        piece().follow(
            &mut Scanner::within(line.as_bytes()),
            |scanner, value, ()| {
                let begin = scanner.at();
                scanner.skip()?;
                let place = Place::new(begin, scanner.at())?;
                changes.push(Change { value, place });
                Some(())
            },
        );
        let anew = piece().anew(line.as_bytes(), &changes).unwrap();
        assert_eq!(anew.length, 25);
        assert_eq!(differ(&anew, line), Some(Vec::new()));
        let back = differ(&anew, r#"{"a":12,"b":"other","c":0}"#);
        assert_eq!(back, Some(vec![(0, "12".to_owned())]));
    }
}
