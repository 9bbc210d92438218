//! IP addresses as numbers: one line of 128 bits for IPv4 and IPv6, on which literals, networks,
//! ranges and the values of events lie. The interpreter, the matchers and the kernel's tables all
//! compare these numbers.
//!
//! The number of an IPv4 address is that of the IPv6 address it is mapped to (`::ffff:10.0.0.1`, RFC
//! 4291 2.5.5.2), so both are one address: a dual-stack socket names the first by the second.
//! [`written`] reads addresses and networks, [`set`] is for many of them.

pub mod set;
pub mod written;

use std::fmt::{self, Display};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The first and the last IPv4 address.
pub const IPV4: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);

/// The number of an address in network byte order: of 4 bytes or of 16. `None` is no address.
pub fn number(bytes: &[u8]) -> Option<u128> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IPV4.0 | u128::from(u32::from_be_bytes(four)));
    }
    <[u8; 16]>::try_from(bytes).ok().map(u128::from_be_bytes)
}

/// The bytes of an address: 4, or 16 if it is an IPv6 one or an IPv4 one in that form.
pub fn bytes(number: u128, is_six: bool) -> Vec<u8> {
    match is_ipv4(number) && !is_six {
        // The low 32 bits.
        true => (number as u32).to_be_bytes().into(),
        false => number.to_be_bytes().into(),
    }
}

/// Whether the address is an IPv4 one, mapped or not.
pub fn is_ipv4(number: u128) -> bool {
    (IPV4.0..=IPV4.1).contains(&number)
}

/// Whether both ends of a range are of one family.
pub fn one_family(first: u128, last: u128) -> bool {
    is_ipv4(first) == is_ipv4(last)
}

/// Addresses from the first to the last, both of one family, as they could be written: `10.0.0.1`,
/// `10.0.0.0/8`, `10.0.0.1..10.0.0.9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown(pub u128, pub u128);

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(first, last) = *self;
        if first == last {
            return one(f, first);
        }
        let differ = first ^ last;
        let is_network = first & differ == 0 && differ & differ.wrapping_add(1) == 0;
        let length = differ.leading_zeros();
        one(f, first)?;
        match (is_network, is_ipv4(first) && is_ipv4(last)) {
            (true, true) => write!(f, "/{}", length - 96),
            (true, false) => write!(f, "/{length}"),
            (false, _) => {
                f.write_str("..")?;
                one(f, last)
            }
        }
    }
}

fn one(f: &mut fmt::Formatter<'_>, number: u128) -> fmt::Result {
    match is_ipv4(number) {
        // The low 32 bits.
        true => Ipv4Addr::from_bits(number as u32).fmt(f),
        false => Ipv6Addr::from_bits(number).fmt(f),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_ipv4_address_have_one_number() {
        let mapped = "::ffff:10.0.0.1".parse::<Ipv6Addr>().map(|ip| ip.octets());
        assert_eq!(number(&[10, 0, 0, 1]), number(&mapped.unwrap()));
        for is_six in [false, true] {
            assert_eq!(
                number(&bytes(0xffff_0a00_0001, is_six)),
                Some(0xffff_0a00_0001)
            );
            assert_eq!(bytes(1, is_six).len(), 16);
        }
        assert_eq!(number(&[10, 0, 0]), None);
        assert_eq!(number(&[]), None);
    }

    #[test]
    fn shown_as_written() {
        let v4 = |from: [u8; 4], to: [u8; 4]| {
            Shown(number(&from).unwrap(), number(&to).unwrap()).to_string()
        };
        assert_eq!(v4([10, 0, 0, 1], [10, 0, 0, 1]), "10.0.0.1");
        assert_eq!(v4([10, 0, 0, 0], [10, 255, 255, 255]), "10.0.0.0/8");
        assert_eq!(v4([10, 0, 0, 1], [10, 0, 0, 2]), "10.0.0.1..10.0.0.2");
        assert_eq!(v4([0; 4], [255; 4]), "0.0.0.0/0");
        assert_eq!(Shown(0, u128::MAX).to_string(), "::/0");
        assert_eq!(Shown(0, 1).to_string(), "::/127");
        assert_eq!(Shown(1, 2).to_string(), "::1..::2");
    }
}
