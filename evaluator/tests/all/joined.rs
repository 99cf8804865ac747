//! How well facts join, counted.

use assize::Joined;

use crate::support::{NOW, at, engine};

const MODEL: &str = "package t
entity Image { key id: string } closed
entity Pod {
  key id: string
  image: Image?
  others: list<Image>
} fresh for 1d closed
";

fn joined(lines: &str) -> Vec<Joined> {
    let engine = engine(MODEL);
    let mut loader = engine.loader();
    lines.lines().enumerate().for_each(|(at, line)| loader.line("facts", at as u64, line));
    let snapshot = loader.finish();
    assert_eq!(snapshot.rejects(), []);
    engine.joined(&snapshot, at(NOW))
}

#[test]
fn what_is_there_what_leads_nowhere_and_what_is_not_said_are_told_apart() {
    let says = |fact: &str, at: &str| {
        format!("{{{fact}, \"source\": {{\"tool\": \"t\"}}, \"observed_at\": \"{at}T12:00:00Z\"}}\n")
    };
    let pod = |fields: &str| says(&format!("\"Pod\": {{{fields}}}"), "2026-05-31");
    let mut lines = says(r#""Image": {"id": "a"}"#, "2026-05-31");
    lines += &pod(r#""id": "p1", "image": "a", "others": ["a", "b"]"#);
    lines += &pod(r#""id": "p2", "image": "gone", "others": []"#);
    lines += &pod(r#""id": "p3", "image": null, "others": ["a"]"#);
    lines += &pod(r#""id": "p4""#);
    lines += &says(r#""Pod": {"id": "p5", "image": "a"}"#, "2026-05-01");
    let shown = serde_json::to_string_pretty(&joined(&lines)).unwrap();
    insta::assert_snapshot!(shown, @r#"
    [
      {
        "type": "Pod",
        "field": "image",
        "to": "Image",
        "facts": 5,
        "found": 1,
        "dangling": 1,
        "absent": 1,
        "unknown": {
          "not collected": 1,
          "stale": 1
        },
        "nowhere": [
          "gone"
        ]
      },
      {
        "type": "Pod",
        "field": "others",
        "to": "Image",
        "facts": 5,
        "found": 2,
        "dangling": 1,
        "absent": 0,
        "unknown": {
          "not collected": 2
        },
        "nowhere": [
          "b"
        ]
      }
    ]
    "#);
}

#[test]
fn a_thing_is_there_by_any_of_its_keys() {
    let lines = r#"{"Image": {"id": "sha256:manifest"}, "source": {"tool": "t"}, "observed_at": "2026-05-31T12:00:00Z"}
{"same_as": {"Image": "sha256:config", "is": "sha256:manifest"}, "source": {"tool": "t"}, "observed_at": "2026-05-31T12:00:00Z"}
{"Pod": {"id": "p", "image": "sha256:config"}, "source": {"tool": "t"}, "observed_at": "2026-05-31T12:00:00Z"}"#;
    let image = joined(lines).swap_remove(0);
    assert_eq!((image.found, image.dangling), (1, 0));
}
