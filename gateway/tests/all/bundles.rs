//! Bundles that come while a server runs: what cannot be taken changes nothing, and is said.

use std::path::Path;

use assize_gateway::bundle::{Bundle, History, SecretKey};
use assize_gateway::operations::Operations;
use assize_gateway::point::PolicySource;
use serde_json::Value;

use crate::support::{Server, fixtures};

struct Shop {
    folder: tempfile::TempDir,
    key: SecretKey,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::read(&SecretKey::make().unwrap()).unwrap();
        std::fs::write(folder.path().join("release.pub"), key.public().pem()).unwrap();
        std::fs::copy(fixtures().join("shop.ndjson"), folder.path().join("shop.ndjson")).unwrap();
        Self { folder, key }
    }

    /// A bundle in which this path is shut.
    fn bundle(&self, sequence: u64, shut: &str, key: &SecretKey) -> Vec<u8> {
        let text = std::fs::read_to_string(fixtures().join("shop.assize")).unwrap();
        let text = text.replace("\"/admin\"", &format!("\"{shut}\""));
        let source =
            PolicySource { texts: vec![("shop.assize".to_owned(), text)], ..PolicySource::default() };
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let mut bundle = Bundle::build("shop", sequence, now, &source).unwrap();
        bundle.sign(key);
        bundle.pack().unwrap()
    }

    fn put(&self, bytes: &[u8]) {
        // As a release does it: written beside, then put in place.
        let new = self.folder.path().join("new");
        std::fs::write(&new, bytes).unwrap();
        std::fs::rename(new, self.folder.path().join("shop.tar.gz")).unwrap();
    }

    fn config(&self) -> &'static str {
        "now = \"2026-06-01T00:00:00Z\"\n[policies]\nstdlib = false\n[facts]\npaths = [\"shop.ndjson\"]\n\
         [store]\npath = \"state\"\n[bundle]\npath = \"shop.tar.gz\"\nkeys = [\"release.pub\"]\nevery = \"1h\"\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\n"
    }

    fn start(&self) -> Server {
        Server::at(&self.folder.path().join("gateway.toml"), self.config())
    }
}

fn look(server: &Server) -> Value {
    server.block_on(Operations::look(&server.observed));
    server.send("GET", "/v1/server", &[], "").json()["bundle"].clone()
}

/// Which of these paths are shut.
fn shut(server: &Server) -> String {
    let paths = ["/one", "/two", "/three"];
    let is_shut =
        |path: &&&str| server.send("GET", "/v1/authz", &[("X-Forwarded-Uri", path)], "").status == 403;
    paths.iter().filter(is_shut).copied().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_cannot_be_taken_changes_nothing_and_is_said() {
    let shop = Shop::new();
    let good = shop.bundle(5, "/one", &shop.key);
    shop.put(&good);
    let server = shop.start();
    assert_eq!(shut(&server), "/one");
    let stranger = SecretKey::read(&SecretKey::make().unwrap()).unwrap();
    let mut flipped = shop.bundle(6, "/two", &shop.key);
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    let cut = good[..good.len() / 3].to_vec();
    for (bytes, reason) in [
        (flipped, ""),
        (cut, ""),
        (b"no bundle".to_vec(), ""),
        (Vec::new(), ""),
        (shop.bundle(6, "/two", &stranger), "needs 1 of the signatures"),
        (shop.bundle(4, "/two", &shop.key), "4"),
        (shop.bundle(5, "/two", &shop.key), "5"),
    ] {
        shop.put(&bytes);
        let status = look(&server);
        assert_eq!(
            (status["code"].as_str(), status["sequence"].as_u64()),
            (Some("bundle_error"), Some(5)),
            "{status}"
        );
        assert!(status["message"].as_str().unwrap().contains(reason), "{status}");
        assert_eq!(shut(&server), "/one");
    }
    shop.put(&shop.bundle(6, "/two", &shop.key));
    assert_eq!(look(&server)["code"], Value::Null);
    assert_eq!(shut(&server), "/two");
}

#[test]
fn one_goes_back_and_stays_there_until_a_higher_one_comes() {
    let shop = Shop::new();
    shop.put(&shop.bundle(1, "/one", &shop.key));
    let mut server = shop.start();
    shop.put(&shop.bundle(2, "/two", &shop.key));
    look(&server);
    assert_eq!(shut(&server), "/two");
    let history = |folder: &Path| History::new(&folder.join("state/bundles")).unwrap();
    assert_eq!(history(shop.folder.path()).roll_back(None).unwrap(), 1);
    look(&server);
    assert_eq!(shut(&server), "/one");
    // What was gone back to is in force after a restart as well, and though the file is gone.
    server = restarted(&shop, server);
    assert_eq!(shut(&server), "/one");
    std::fs::remove_file(shop.folder.path().join("shop.tar.gz")).unwrap();
    assert_eq!(look(&server)["code"], "bundle_error");
    server = restarted(&shop, server);
    assert_eq!(shut(&server), "/one");
    shop.put(&shop.bundle(3, "/three", &shop.key));
    look(&server);
    assert_eq!(shut(&server), "/three");
}

/// The former server lets go of the store before another one takes it.
fn restarted(shop: &Shop, former: Server) -> Server {
    former.gone();
    shop.start()
}
