//! The decision point: Assize behind the protocols that gateways speak.
