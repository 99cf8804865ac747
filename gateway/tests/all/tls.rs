//! Certificates over the network: who is let in, who is not, and files that change under the server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};

use crate::support::{Reply, Server, exchange, fixtures, program};

/// How the authority's lists of revoked certificates are made.
const AUTHORITY: &str = "[ca]\ndefault_ca = own\n[own]\ndatabase = index\ndefault_md = sha256\ndefault_crl_days = 1\n\
                         crlnumber = number\ncrl_extensions = list\n[list]\nauthorityKeyIdentifier = keyid:always\n";

fn openssl(folder: &Path, words: &str) {
    let made = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{words}: {}", String::from_utf8_lossy(&made.stderr));
}

fn authority(folder: &Path, name: &str) {
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1";
    openssl(folder, &format!("{new} -subj /CN={name} -keyout {name}.key -out {name}.pem"));
}

fn signed(folder: &Path, name: &str, by: &str) {
    std::fs::write(folder.join("leaf"), "basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:localhost\n")
        .unwrap();
    let new = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(folder, &format!("{new} -subj /CN={name} -keyout {name}.key -out {name}.csr"));
    let sign = format!("x509 -req -in {name}.csr -CA {by}.pem -CAkey {by}.key -CAcreateserial");
    openssl(folder, &format!("{sign} -days 1 -extfile leaf -out {name}.pem"));
}

/// Asks with a certificate, or with none; status 0 where the server lets nobody in.
fn ask(
    server: &Server,
    folder: &Path,
    certificate: Option<&str>,
    method: &str,
    path: &str,
    body: &str,
) -> Reply {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("ours.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match certificate {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let chain = vec![CertificateDer::from_pem_file(folder.join(format!("{name}.pem"))).unwrap()];
            let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let name = ServerName::try_from("localhost").unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, TcpStream::connect(server.tcp()).unwrap());
    exchange(&mut stream, method, path, &[], body)
}

#[test]
fn who_shows_the_right_certificate_may_write_and_nobody_else_gets_in() {
    if !program("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    authority(at, "ours");
    authority(at, "theirs");
    signed(at, "server", "ours");
    signed(at, "ann", "ours");
    signed(at, "bob", "ours");
    signed(at, "eve", "theirs");
    std::fs::copy(at.join("ours.pem"), at.join("clients.pem")).unwrap();
    for (name, text) in [("ca.cnf", AUTHORITY), ("index", ""), ("number", "01\n")] {
        std::fs::write(at.join(name), text).unwrap();
    }
    let list = "ca -config ca.cnf -keyfile ours.key -cert ours.pem -gencrl -out revoked.pem";
    openssl(at, list);
    for name in ["shop.assize", "shop.ndjson"] {
        std::fs::copy(fixtures().join(name), at.join(name)).unwrap();
    }
    let config = "now = \"2026-06-01T00:00:00Z\"\n[policies]\npaths = [\"shop.assize\"]\nstdlib = false\n\
                  [store]\npath = \"state\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n\
                  tls = { certificate = \"server.pem\", key = \"server.key\", clients = \"clients.pem\", revoked = \"revoked.pem\" }\n";
    let server = Server::at(&at.join("gateway.toml"), config);
    let line = r#"{"Agent": {"id": "a9", "frozen": true}, "source": {"tool": "test"}, "observed_at": "2026-06-01T00:00:00Z"}"#;
    let writes = |name: Option<&str>| ask(&server, at, name, "POST", "/v1/facts", line).status;
    let reload = || server.certificates.iter().try_for_each(|one| one.reload());
    assert_eq!((writes(Some("ann")), writes(Some("bob"))), (200, 200));
    assert_eq!((writes(None), writes(Some("eve"))), (0, 0));
    assert_eq!(ask(&server, at, None, "GET", "/health/live", "").status, 0);

    openssl(at, "ca -config ca.cnf -keyfile ours.key -cert ours.pem -revoke bob.pem");
    openssl(at, list);
    assert_eq!(writes(Some("bob")), 200, "nobody has read the list yet");
    reload().unwrap();
    assert_eq!((writes(Some("ann")), writes(Some("bob"))), (200, 0));

    // Another authority in the file's place; then a file that is none.
    std::fs::copy(at.join("theirs.pem"), at.join("clients.pem")).unwrap();
    reload().unwrap();
    assert_eq!((writes(Some("ann")), writes(Some("eve"))), (0, 200));
    std::fs::write(at.join("server.key"), "canary-canary-canary").unwrap();
    let error = reload().unwrap_err().to_string();
    assert!(
        error.ends_with("holds no private key in PEM, or cannot be read") && !error.contains("canary"),
        "{error}"
    );
    assert_eq!(writes(Some("eve")), 200, "the former certificates hold");
}

/// Whoever speaks no TLS, or stops in the midst, is let go and keeps nobody else waiting.
#[test]
fn a_handshake_that_is_none_ends() {
    if !program("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    crate::certification::certificate(folder.path());
    let place = |name: &str| folder.path().join(name).display().to_string();
    let config = format!(
        "{}tls.certificate = {:?}\ntls.key = {:?}\n[limits]\nhead_time = \"300ms\"\n",
        crate::support::PLAIN,
        place("cert.pem"),
        place("key.pem")
    );
    let server = Server::of(&config);
    for sent in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01", b""] {
        let mut stream = server.connect();
        stream.write_all(sent).unwrap();
        let mut answer = Vec::new();
        // The end, or a reset: what matters is that it comes.
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    let mut stream = crate::certification::tls(&server, folder.path());
    assert_eq!(exchange(&mut stream, "GET", "/health", &[], "").status, 200);
}
