//! Files that are followed by a real server, on a real disk.

use crate::server::{Estate, Server};

const POLICIES: &str = "package shop\nentity Mark { key id: string } closed\n\
                        policy there { for m: Mark decide { otherwise => alert low because \"there\" } }\n";

const MORE: &str = "[facts]\nquiet = \"20ms\"\nevery = \"60s\"\n[[facts.source]]\nname = \"scans\"\npath = \"scans/*.ndjson\"\n";

fn marks(ids: &[&str]) -> String {
    ids.iter()
        .map(|id| {
            format!("{{\"Mark\": {{\"id\": \"{id}\"}}, \"source\": {{\"tool\": \"t\"}}, \"observed_at\": \"2026-06-01T00:00:00Z\"}}\n")
        })
        .collect()
}

fn count(server: &Server) -> u64 {
    server.json("/v1/decisions?limit=0")["summary"]["by_policy"]["shop.there"].as_u64().unwrap_or(0)
}

/// Waits until so many decisions stand.
fn until(server: &Server, wanted: u64) {
    for _ in 0..1_000 {
        if count(server) == wanted {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{} stand and not {wanted}: {}", count(server), server.json("/v1/server")["facts"]);
}

#[test]
fn what_is_written_under_a_running_server_is_decided_on() {
    let estate = Estate::new(POLICIES, MORE);
    std::fs::create_dir(estate.path("scans")).unwrap();
    std::fs::write(estate.path("scans/a.ndjson"), marks(&["a", "b"])).unwrap();
    let server = estate.start();
    until(&server, 2);
    // A new file, one that grows, one that is written anew by a name beside it, one that goes.
    std::fs::write(estate.path("scans/b.ndjson"), marks(&["c", "d", "e"])).unwrap();
    until(&server, 5);
    let mut more = std::fs::File::options().append(true).open(estate.path("scans/b.ndjson")).unwrap();
    std::io::Write::write_all(&mut more, marks(&["f"]).as_bytes()).unwrap();
    until(&server, 6);
    std::fs::write(estate.path("scans/.new"), marks(&["a"])).unwrap();
    std::fs::rename(estate.path("scans/.new"), estate.path("scans/a.ndjson")).unwrap();
    until(&server, 5);
    std::fs::remove_file(estate.path("scans/b.ndjson")).unwrap();
    until(&server, 1);
    // One that cannot be read keeps what it said, and shows.
    std::fs::write(estate.path("scans/a.ndjson"), "").unwrap();
    let unreadable = || {
        let page = String::from_utf8_lossy(server.get("/metrics").body()).into_owned();
        page.contains("\nassize_files_unreadable 1\n")
    };
    assert!((0..1_000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        unreadable()
    }));
    assert_eq!(count(&server), 1);
    drop(server);
    let server = estate.start();
    assert_eq!(count(&server), 1, "and after a restart");
}
