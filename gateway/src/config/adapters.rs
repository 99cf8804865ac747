//! `[forward]`, `[authzen]`, `[admission]`: what single protocols need to be told.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer};

/// Proxies that ask before they pass a request on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Forward {
    /// Whose word about the original request is taken: addresses and networks, `10.0.0.0/8`. Whoever comes
    /// by a unix socket is trusted.
    #[serde(deserialize_with = "networks")]
    pub trusted: Vec<Network>,
}

impl Default for Forward {
    fn default() -> Self {
        let loopback = [(IpAddr::from([127, 0, 0, 0]), 8), (IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), 128)];
        Self { trusted: loopback.map(|(address, bits)| Network { address, bits }).to_vec() }
    }
}

/// An address, or a network of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is of it.
    #[must_use]
    pub fn has(self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u32| {
            let shift = width.saturating_sub(u32::from(self.bits));
            one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => same(one.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(one), IpAddr::V6(other)) => same(one.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }
}

fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Network>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let read = |text: &String| {
        let wrong = || format!("`{text}` is no address and no network; write `10.1.2.3` or `10.0.0.0/8`");
        Network::read(text).ok_or_else(|| serde::de::Error::custom(wrong()))
    };
    texts.iter().map(read).collect()
}

/// The AuthZEN interface.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthZen {
    /// The entry that is asked; else the one for the request type `AccessRequest`.
    pub entry: Option<String>,
    /// The address that clients know this server by, `https://pdp.northwind.example`, for the metadata.
    pub url: Option<String>,
    /// The actions that a search looks through.
    pub actions: Vec<String>,
}

/// Kubernetes' admission reviews.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admission {
    /// The cluster that asks: what its facts call it.
    pub cluster: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_their_addresses() {
        for (network, address, has) in [
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("::1", "::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "10.0.0.1", false),
        ] {
            let network_of = Network::read(network).unwrap();
            assert_eq!(network_of.has(address.parse().unwrap()), has, "{network} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0", "::1/129", "a/8", "10.0.0.0/x"] {
            assert_eq!(Network::read(wrong), None, "{wrong}");
        }
    }
}
