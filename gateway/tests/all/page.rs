//! The page, in a real browser.

use std::process::Command;

use crate::browser::Browser;
use crate::server::{Estate, has};

const POLICIES: &str = r#"
package shop
entity Key { key id: string  idle: duration  value: sensitive<string>? } closed
policy idle {
  for k: Key
  let long = k.idle > 90d
  decide {
    long && k.idle > 180d => revoke k, alert high because "idle for {k.idle}"
    long                  => alert low because "idle for {k.idle}"
    unknown               => alert low because "cannot tell: {missing}"
  }
}
"#;

/// Two keys, and a run that looked at all of them.
const FACTS: &str = r#"
{"Key": {"id": "key-of-ci", "idle": "200d", "value": "do-not-show-this"}, "source": {"tool": "vault", "record": "row 7"}, "observed_at": "2026-06-01T00:00:00Z"}
{"Key": {"id": "<img src=x onerror=alert(1)>", "idle": "100d", "value": null}, "source": {"tool": "vault", "record": "row 8"}, "observed_at": "2026-06-01T00:00:00Z"}
{"run": {"source": {"tool": "vault"}, "id": "r", "types": ["Key"], "scope": "*", "from": "2026-05-20T00:00:00Z", "until": "2099-01-01T00:00:00Z", "complete": true}}
"#;

#[test]
fn the_page_shows_what_stands_why_and_who_watched_and_nothing_sensitive() {
    if !has("chromium") {
        return;
    }
    let estate = Estate::new(POLICIES, "[ui]\nenabled = true\n");
    let server = estate.start();
    let (status, answer) = server.facts("feed=x", FACTS);
    assert_eq!((status, &answer["rejected"]), (200, &serde_json::json!(0)), "{answer}");
    let strongest = server.json("/v1/decisions")["decisions"][0]["id"].as_str().unwrap().to_owned();
    let profile = tempfile::tempdir().unwrap();
    let page = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("http://{}/ui/?once#{strongest}", server.address))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&page.stdout);
    let rows = dom.matches("<tr data-id=").count();
    assert_eq!(rows, 2, "{dom}\n{}", String::from_utf8_lossy(&page.stderr));
    for shown in [
        "revoke Key/key-of-ci, alert high",
        "&lt;img src=x onerror=alert(1)&gt;",
        "(0 block, 1 revoke, ",
        "run: Key · *",
        "class=\"watched\"",
        "class=\"node decides\"",
        "class=\"node outcome\"",
        "vault · row 7",
        "<path d=\"M",
    ] {
        assert!(dom.contains(shown), "`{shown}` is not in {dom}");
    }
    assert!(!dom.contains("do-not-show-this") && !dom.contains("<img"), "{dom}");
    let answer = server.get("/ui/");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
}

#[test]
fn what_changes_while_the_page_is_open_comes_to_it() {
    if !has("chromium") {
        return;
    }
    let estate = Estate::new(POLICIES, "[ui]\nenabled = true\n");
    let server = estate.start();
    assert_eq!(server.facts("feed=x", FACTS).0, 200);
    let mut browser = Browser::open(&format!("http://{}/ui/", server.address));
    let page = browser.until(">live<");
    assert!(!page.contains(" made: "), "{page}");
    let late = FACTS.lines().nth(1).unwrap().replace("key-of-ci", "key-that-came-late");
    assert_eq!(server.facts("feed=y", &format!("{late}\n")).0, 200);
    // The list of changes, and what stands, which is looked at anew.
    browser.until(" made: revoke Key/key-that-came-late, alert high on Key/key-that-came-late");
    let page = browser.until("(0 block, 2 revoke, ");
    assert!(page.contains("<tr data-id=") && page.contains("class=\"new\""), "{page}");
    let gone = "{\"retract\": {\"Key\": \"key-that-came-late\"}, \"source\": {\"tool\": \"vault\"}, \"observed_at\": \"2026-06-02T00:00:00Z\"}\n";
    assert_eq!(server.facts("feed=y", gone).0, 200);
    browser.until(" withdrawn: revoke Key/key-that-came-late");
    browser.until("(0 block, 1 revoke, ");
}
