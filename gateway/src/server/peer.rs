//! Who is at the other end of a connection, as far as the connection says so.

use std::net::IpAddr;

/// The other end. Every request carries it as an extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its address; none where it came by a unix socket.
    pub address: Option<IpAddr>,
    /// Whether it showed a certificate that the listener's authority signed.
    pub certified: bool,
    /// Whether whoever comes this way may ask for decisions.
    pub open: bool,
}
