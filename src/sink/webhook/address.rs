//! Which addresses may be called? Public ones over TLS; those of the own network when allowed.
//!
//! Invariant: the address that is checked is the one that is called: names are resolved here, for
//! each connection, so that a name that changes its mind leads nowhere else.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What may be called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Addresses of the own network too.
    pub(super) private: bool,
    /// The endpoint is `http`: only addresses of the own network.
    pub(super) plain: bool,
}

impl Reach {
    /// Whether an address may be called.
    ///
    /// # Errors
    /// With the rule against it.
    pub(super) fn check(self, address: IpAddr) -> Result<(), &'static str> {
        match is_public(address) {
            false if !self.private => Err("is no public address; set allow_private to call it"),
            true if self.plain => Err("is a public address, which is called by https alone"),
            _ => Ok(()),
        }
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = *self;
        Box::pin(async move {
            let mut refused = None;
            let mut good = Vec::new();
            for address in tokio::net::lookup_host((name.as_str(), 0)).await? {
                match reach.check(address.ip()) {
                    Ok(()) => good.push(address),
                    Err(why) => refused = Some(why),
                }
            }
            match refused {
                // One private address among public ones is a trap too.
                Some(why) => {
                    let why = format!("the name's address {why}");
                    Err(io::Error::new(io::ErrorKind::PermissionDenied, why).into())
                }
                None => Ok(Box::new(good.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether an address is of the public Internet (IANA special-purpose registries).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 224;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let part = address.segments();
    let embedded =
        |high: u16, low: u16| is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match (part[0], part[1]) {
        // NAT64 and 6to4 carry an IPv4 address.
        (0x64, 0xff9b) if part[2..6] == [0; 4] => embedded(part[6], part[7]),
        (0x2002, _) => embedded(part[1], part[2]),
        // Global unicast without Teredo, benchmarking, ORCHID and documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        (first, _) => first & 0xe000 == 0x2000,
    }
}

/// The address that a URL names by itself, without a resolver.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        let check = |public: bool, list: &[&str]| {
            for text in list {
                let address: IpAddr = text.parse().expect("an address");
                assert_eq!(is_public(address), public, "{text}");
            }
        };
        check(
            true,
            &["1.1.1.1", "114.114.114.114", "2400:3200::1", "::ffff:1.1.1.1", "100.128.0.1"],
        );
        check(true, &["64:ff9b::101:101", "2002:101:101::1", "198.20.0.1"]);
        check(false, &["127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254"]);
        check(false, &["100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1"]);
        check(false, &["::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1"]);
        check(false, &["64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1", "2001::1", "::10.0.0.1"]);
    }

    #[test]
    fn plain_http_stays_within_the_own_network() {
        let (public, own) = ("1.1.1.1".parse().expect("one"), "10.0.0.1".parse().expect("one"));
        let tls = Reach { private: false, plain: false };
        assert!(tls.check(public).is_ok() && tls.check(own).is_err());
        let plain = Reach { private: true, plain: true };
        assert!(plain.check(public).is_err() && plain.check(own).is_ok());
    }

    #[test]
    fn an_address_in_a_url_is_seen() {
        assert_eq!(literal("[::1]"), Some(IpAddr::V6(Ipv6Addr::LOCALHOST)));
        assert_eq!(literal("127.0.0.1"), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(literal("localhost"), None);
    }
}
