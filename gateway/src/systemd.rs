//! What systemd is told of a service of `Type=notify`: ready, reloading, ending. Nothing where it does not ask.

use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Tells systemd, where it has asked to be told.
pub fn notify(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    // Whoever listens may have gone; the service is none the worse for it.
    drop(send(&socket.to_string_lossy(), state));
}

/// It is ready, and this is how it is.
pub fn ready(status: &str) {
    notify(&format!("READY=1\nSTATUS={}", status.replace('\n', " ")));
}

/// It takes up other policies.
pub fn reloading() {
    // systemd compares this with its own clock, which is that of the kernel.
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds: f64 = uptime.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or_default();
    notify(&format!("RELOADING=1\nMONOTONIC_USEC={:.0}", seconds * 1e6));
}

fn send(socket: &str, state: &str) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    let address = match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        send(path.to_str().unwrap(), "READY=1").unwrap();
        let mut heard = [0; 64];
        let length = socket.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
        assert!(send("/no/such/socket", "x").is_err());
    }
}
