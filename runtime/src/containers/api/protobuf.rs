//! The parts of Protocol Buffers that requests and responses of container runtimes need: messages within
//! messages, strings, and maps of strings.

/// Writes a field that is a string or a message.
pub(super) fn put(message: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_varint(message, u64::from(field) << 3 | LENGTH_DELIMITED);
    put_varint(message, bytes.len() as u64);
    message.extend(bytes);
}

/// A message of one such field.
pub(super) fn one(field: u32, bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    put(&mut message, field, bytes);
    message
}

/// What the last field of this number has, if it is a string or a message.
pub(super) fn get(message: &[u8], field: u32) -> Option<&[u8]> {
    all(message, field).last()
}

/// The string in a field; none if it is empty, which is how "not set" is written.
pub(super) fn text(message: &[u8], field: u32) -> Option<&str> {
    let text = std::str::from_utf8(get(message, field)?).ok()?;
    Some(text).filter(|text| !text.is_empty())
}

/// What the fields of this number have, if they are strings or messages, up to where the message is damaged.
pub(super) fn all(message: &[u8], field: u32) -> impl Iterator<Item = &[u8]> {
    Fields(message).filter_map(move |(number, bytes)| bytes.filter(|_| number == u64::from(field)))
}

/// The pairs of a map from strings to strings.
pub(super) fn pairs(message: &[u8], field: u32) -> impl Iterator<Item = (&str, &str)> {
    all(message, field).filter_map(|pair| Some((text(pair, 1)?, text(pair, 2).unwrap_or(""))))
}

/// The kinds of fields: how their ends are found.
const VARINT: u64 = 0;
const BITS_64: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;
const BITS_32: u64 = 5;

/// The fields of a message: their numbers, and what they have if it has a length.
struct Fields<'m>(&'m [u8]);

impl<'m> Iterator for Fields<'m> {
    type Item = (u64, Option<&'m [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let bytes = match tag & 7 {
            VARINT => {
                self.varint()?;
                None
            }
            BITS_64 => self.skip(8).map(|_| None)?,
            BITS_32 => self.skip(4).map(|_| None)?,
            LENGTH_DELIMITED => {
                let length = usize::try_from(self.varint()?).ok()?;
                Some(self.skip(length)?)
            }
            _ => return None,
        };
        Some((tag >> 3, bytes))
    }
}

impl<'m> Fields<'m> {
    fn skip(&mut self, length: usize) -> Option<&'m [u8]> {
        let (skipped, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(skipped)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let &[byte] = self.skip(1)?.first_chunk()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

fn put_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_among_others() {
        let mut message = vec![0x18, 0x96, 0x01]; // field 3: 150
        put(&mut message, 1, b"web");
        message.extend([0x25, 1, 2, 3, 4]); // field 4, of 32 bits
        message.extend([0x29, 1, 2, 3, 4, 5, 6, 7, 8]); // field 5, of 64 bits
        let mut pair = one(1, b"tier");
        put(&mut pair, 2, b"front");
        put(&mut message, 2, &pair);
        put(&mut message, 2, &one(1, b"empty"));
        put(&mut message, 200, &[b'x'; 300]);
        assert_eq!(text(&message, 1), Some("web"));
        let labels: Vec<_> = pairs(&message, 2).collect();
        assert_eq!(labels, [("tier", "front"), ("empty", "")]);
        assert_eq!(get(&message, 200), Some(&[b'x'; 300][..]));
        assert_eq!(get(&message, 3), None, "it is no string");
    }

    #[test]
    fn damage_ends_a_message() {
        let whole = one(1, b"web");
        for end in 0..whole.len() {
            assert_eq!(get(&whole[..end], 1), None);
        }
        assert_eq!(get(&[0xff; 20], 1), None);
        assert_eq!(get(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f], 1), None);
        assert_eq!(get(&[0x0b], 1), None, "no such kind");
    }
}
