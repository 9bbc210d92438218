//! Addresses and networks as they are written. Enter at [`parse`].

use std::fmt::{self, Display};
use std::net::Ipv6Addr;

use super::{IPV4, Shown, is_ipv4};

/// `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`: addresses from the first to the last. Small, as lists of them
/// are long.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Address {
    /// The address itself, or the first of a network.
    pub first: u128,
    /// Whether it was written with `/`.
    pub is_network: bool,
    /// How many bits at the end differ within the network; at most 128.
    host_bits: u8,
}

impl Address {
    /// The address itself, or the last of a network.
    pub fn last(self) -> u128 {
        self.first | hosts(self.host_bits)
    }
}

/// The number of which only so many bits at the end are set.
fn hosts(bits: u8) -> u128 {
    u128::MAX.checked_shr(128 - u32::from(bits)).unwrap_or(0)
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("first", &{ self.first })
            .field("last", &self.last())
            .field("is_network", &self.is_network)
            .finish()
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(self.first, self.last()).fmt(f)
    }
}

/// Why a text is no address or network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Whether only the bits after the network's prefix are wrong.
    pub host_bits: bool,
    /// What is wrong, for a person.
    pub message: String,
    /// What to do, if that is not in `meant`.
    pub help: Option<String>,
    /// What was probably meant.
    pub meant: Option<String>,
}

impl Wrong {
    fn new(message: String) -> Self {
        Self {
            host_bits: false,
            message,
            help: None,
            meant: None,
        }
    }

    fn meant(self, meant: Option<String>) -> Self {
        Self { meant, ..self }
    }

    fn help(self, help: &str) -> Self {
        Self {
            help: Some(help.to_owned()),
            ..self
        }
    }
}

/// The address or network that a text is.
///
/// # Errors
/// [`Wrong`] if it is none: what is wrong and, if that is likely, what was meant.
pub fn parse(text: &str) -> Result<Address, Wrong> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let is_six = address.contains(':');
    let number = if is_six {
        six(text, address)?
    } else {
        IPV4.0 | u128::from(four(text, address, prefix)?)
    };
    let Some(prefix) = prefix else {
        return Ok(Address {
            first: number,
            is_network: false,
            host_bits: 0,
        });
    };
    let length = prefix_length(text, address, prefix, is_six)?;
    let host_bits = 128 - length;
    let network = Address {
        first: number & !hosts(host_bits),
        is_network: true,
        host_bits,
    };
    if network.first == number {
        return Ok(network);
    }
    let bits = if is_ipv4(network.first) && !is_six {
        length - 96
    } else {
        length
    };
    let message =
        format!("`{address}` has bits set after the first {bits}, so `{text}` is no network");
    Err(Wrong {
        host_bits: true,
        ..Wrong::new(message).meant(Some(network.to_string()))
    })
}

/// The network of the addresses whose text begins so: `192.168.` → `192.168.0.0/16`.
pub fn network_of_prefix(text: &str) -> Option<String> {
    let octets = text.strip_suffix('.')?;
    let count = octets.split('.').count();
    let missing = 3usize.checked_sub(count)? + 1;
    let network = format!("{octets}{}/{}", ".0".repeat(missing), 8 * count);
    parse(&network).is_ok().then_some(network)
}

/// The number of an IPv6 address.
fn six(text: &str, address: &str) -> Result<u128, Wrong> {
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        return Ok(address.to_bits());
    }
    let wrong = Wrong::new(format!("`{text}` is not an IPv6 address"));
    let is_clock = address
        .split(':')
        .all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()));
    Err(wrong.help(if is_clock {
        "a time is written with its date: `2027-01-31T12:00:00Z`"
    } else {
        "it has eight groups of one to four hexadecimal digits, of which one `::` stands for some \
         that are 0"
    }))
}

/// The number of an IPv4 address.
fn four(text: &str, address: &str, prefix: Option<&str>) -> Result<u32, Wrong> {
    let parts: Vec<&str> = address.split('.').collect();
    let mut number = 0u32;
    for part in &parts {
        let Ok(octet) = part.parse::<u8>() else {
            let message = format!("`{text}` is not an address: {part} is more than 255");
            return Err(Wrong::new(message));
        };
        if part.len() > 1 && part.starts_with('0') {
            let message = format!("`{text}` is not an address: `{part}` begins with 0");
            return Err(Wrong::new(message)
                .help("the numbers are decimal; some programs read this as octal"));
        }
        number = number << 8 | u32::from(octet);
    }
    if parts.len() == 4 {
        return Ok(number);
    }
    let message = format!(
        "`{text}` is not an address: an IPv4 address has four numbers, this has {}",
        parts.len()
    );
    let wrong = Wrong::new(message);
    let Some(missing) = 4usize.checked_sub(parts.len()) else {
        return Err(wrong);
    };
    // `10.1/16` is short for `10.1.0.0/16` elsewhere.
    let length = prefix.and_then(|prefix| prefix.parse::<usize>().ok());
    match length.filter(|length| *length <= 8 * parts.len()) {
        Some(length) => {
            let meant = format!("{address}{}/{length}", ".0".repeat(missing));
            Err(wrong.meant(parse(&meant).is_ok().then_some(meant)))
        }
        None if parts.len() == 2 => {
            Err(wrong.help("numbers have no fractions; an address is written `10.0.0.1`"))
        }
        None => Err(wrong.help("an address is written `10.0.0.1`, a network `10.0.0.0/8`")),
    }
}

/// The prefix length of a network, on the line of all addresses.
fn prefix_length(text: &str, address: &str, prefix: &str, is_six: bool) -> Result<u8, Wrong> {
    let (family, most, before) = if is_six {
        ("IPv6", 128, 0)
    } else {
        ("IPv4", 32, 96)
    };
    if prefix.contains('.') {
        let message =
            format!("`{text}` is not a network: it ends with the number of its fixed bits");
        let mask = four(prefix, prefix, None).ok().filter(|_| !is_six);
        let length = mask
            .map(|mask| (mask, mask.leading_ones()))
            .filter(|(mask, length)| mask.count_ones() == *length);
        return Err(
            Wrong::new(message).meant(length.map(|(_, length)| format!("{address}/{length}")))
        );
    }
    match prefix.parse::<u8>() {
        Ok(length) if length > most => {}
        Ok(_) if prefix.len() > 1 && prefix.starts_with('0') => {
            let message = format!("`{text}` is not a network: `{prefix}` begins with 0");
            let digits = prefix.trim_start_matches('0');
            let digits = if digits.is_empty() { "0" } else { digits };
            return Err(Wrong::new(message).meant(Some(format!("{address}/{digits}"))));
        }
        Ok(length) => return Ok(before + length),
        Err(_) => {}
    }
    let message = format!("`{text}` is not a network: an {family} address has {most} bits");
    Err(Wrong::new(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    fn wrong(text: &str) -> (String, Option<String>) {
        let wrong = parse(text).unwrap_err();
        (wrong.message, wrong.meant)
    }

    #[test]
    fn addresses_and_networks() {
        for text in [
            "10.0.0.1",
            "0.0.0.0",
            "10.0.0.0/8",
            "0.0.0.0/0",
            "::1",
            "::",
            "2001:db8::/32",
        ] {
            assert_eq!(shown(text), text);
        }
        assert_eq!(shown("2001:DB8:0::1"), "2001:db8::1");
        assert_eq!(shown("10.0.0.1/32"), "10.0.0.1");
        assert_eq!(shown("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(shown("::ffff:10.0.0.0/104"), "10.0.0.0/8");
        assert_eq!(shown("::/0"), "::/0");
        assert!(parse("10.0.0.1/32").unwrap().is_network);
    }

    #[test]
    fn networks_by_the_begin_of_their_text() {
        let network = |text| network_of_prefix(text);
        assert_eq!(network("192.168.").as_deref(), Some("192.168.0.0/16"));
        assert_eq!(network("10.").as_deref(), Some("10.0.0.0/8"));
        for text in ["", ".", "10", "10.0.0.1.", "300.", "1.2.3.4.5."] {
            assert_eq!(network(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_meant() {
        for (text, meant) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("192.168/16", "192.168.0.0/16"),
            ("10.0.0/24", "10.0.0.0/24"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("10.0.0.0/08", "10.0.0.0/8"),
            ("0.0.0.0/00", "0.0.0.0/0"),
        ] {
            assert_eq!(wrong(text).1.as_deref(), Some(meant));
        }
        for text in [
            "300.1.1.1",
            "1.5",
            "10.0.0.0/33",
            "10.0.0.010",
            "1.2.3.4.5",
            "::1/129",
        ] {
            assert_eq!(wrong(text).1, None, "{text}");
        }
        for text in [
            "10.0.0.0/255.0.255.0",
            "10.1/8",
            "::1::2",
            "12:00:00",
            "::/4294967297",
        ] {
            assert_eq!(wrong(text).1, None, "{text}");
        }
    }
}
