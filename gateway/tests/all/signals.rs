//! Security events by push: what a transmitter says that is known, once, and nothing else.

use assize_gateway::base64;
use http::Method;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::server::{Estate, Server, TOKEN};

const POLICIES: &str = "package shop\nentity Mark { key id: string } closed\n\
                        policy there { for m: Mark decide { otherwise => alert low because \"there\" } }\n";

const MORE: &str = "[[ssf]]\nname = \"idp\"\nissuer = \"https://idp.northwind.example\"\n\
                    audience = \"https://assize.northwind.example\"\nkeys = \"idp.jwks\"\n";

fn plain(bytes: &[u8]) -> String {
    base64::encode(bytes).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn claims(jti: &str) -> Value {
    json!({
        "iss": "https://idp.northwind.example", "aud": "https://assize.northwind.example", "jti": jti, "iat": 1_780_000_000,
        "sub_id": {"format": "iss_sub", "iss": "https://idp.northwind.example", "sub": "svc-7"},
        "events": {"https://schemas.openid.net/secevent/caep/event-type/session-revoked": {"event_timestamp": 1_780_000_000}},
    })
}

fn token(by: &Ed25519KeyPair, claims: &Value) -> String {
    let header = json!({"alg": "EdDSA", "typ": "secevent+jwt", "kid": "k1"});
    let signed = format!("{}.{}", plain(header.to_string().as_bytes()), plain(claims.to_string().as_bytes()));
    format!("{signed}.{}", plain(by.sign(signed.as_bytes()).as_ref()))
}

fn push(server: &Server, path: &str, bearer: &str, kind: &str, body: &str) -> (u16, String) {
    let bearer = format!("Bearer {bearer}");
    let answer = server.send(Method::POST, path, &[("authorization", &bearer), ("content-type", kind)], body);
    (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
}

#[test]
fn an_event_is_taken_once_from_whoever_is_configured() {
    let estate = Estate::new(POLICIES, MORE);
    let mine = pair(1);
    let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": plain(mine.public_key().as_ref())}]});
    std::fs::write(estate.path("idp.jwks"), keys.to_string()).unwrap();
    let server = estate.start();
    let position = |server: &Server| server.json("/v1/facts?feed=ssf:idp")["position"].as_u64().unwrap();
    let canary = ["ghp_", "CANARY0000", "abcdefghij", "KLMNOPQRST", "uvwx12"].concat();
    let with = |name: &str, value: Value| {
        let mut claims = claims(&canary);
        claims[name] = value;
        token(&mine, &claims)
    };
    let kind = "application/secevent+jwt";
    for (path, bearer, kind, body, status, word) in [
        ("/v1/ssf/idp", "nobody-nobody-nobody", kind, token(&mine, &claims("1")), 401, ""),
        ("/v1/ssf/other", TOKEN, kind, token(&mine, &claims("1")), 404, ""),
        ("/v1/ssf/idp", TOKEN, "application/json", token(&mine, &claims("1")), 400, "invalid_request"),
        ("/v1/ssf/idp", TOKEN, kind, token(&pair(2), &claims(&canary)), 400, "authentication_failed"),
        ("/v1/ssf/idp", TOKEN, kind, with("iss", json!("https://eve.example")), 400, "invalid_issuer"),
        ("/v1/ssf/idp", TOKEN, kind, with("aud", json!(["https://eve.example"])), 400, "invalid_audience"),
        ("/v1/ssf/idp", TOKEN, kind, with("iat", json!(9_000_000_000_i64)), 400, "invalid_request"),
        ("/v1/ssf/idp", TOKEN, kind, with("jti", json!("")), 400, "invalid_request"),
        ("/v1/ssf/idp", TOKEN, kind, with("events", json!({})), 400, "invalid_request"),
        ("/v1/ssf/idp", TOKEN, kind, canary.clone(), 400, "invalid_request"),
        ("/v1/ssf/idp", TOKEN, kind, "x".repeat(1 << 20), 400, "invalid_request"),
    ] {
        let (found, said) = push(&server, path, bearer, kind, &body);
        assert!(found == status && said.contains(word), "{path} {word}: {found} {said}");
        assert!(!said.contains(&canary), "{said}");
    }
    assert_eq!(position(&server), 0, "nothing of it was taken");
    assert_eq!(push(&server, "/v1/ssf/idp", TOKEN, kind, &token(&mine, &claims("1"))).0, 202);
    let taken = position(&server);
    assert!(taken > 0);
    assert_eq!(push(&server, "/v1/ssf/idp", TOKEN, kind, &token(&mine, &claims("1"))).0, 202);
    assert_eq!(position(&server), taken, "it came before");
    drop(server);
    let server = estate.start();
    assert_eq!(push(&server, "/v1/ssf/idp", TOKEN, kind, &token(&mine, &claims("1"))).0, 202);
    assert_eq!(position(&server), taken, "and is known after a restart");
    assert_eq!(push(&server, "/v1/ssf/idp", TOKEN, kind, &token(&mine, &claims("2"))).0, 202);
    assert!(position(&server) > taken);
    // Nobody else writes under the transmitter's name.
    assert_eq!(server.facts("feed=ssf:idp", "{}").0, 400);
}
