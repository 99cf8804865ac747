//! One change in the forms that receivers take.

use serde_json::{Value, json};

use super::outbox::Event;
use super::route::{self, Meaning};

/// CloudEvents 1.0, in structured mode. `source` says which server; with it the id is like no other.
#[must_use]
pub fn cloudevent(event: &Event, id: &str, source: &str) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": format!("assize.decision.{}", event.change),
        "subject": event.decision_id(),
        "time": event.at,
        "datacontenttype": "application/json",
        "data": event,
    })
}

/// Slack's message.
#[must_use]
pub fn slack(event: &Event, meaning: Meaning) -> Value {
    let Some(decision) = event.about() else { return Value::Null };
    let text = |name: &str| decision.get(name).and_then(Value::as_str).unwrap_or_default();
    let head = match meaning {
        Meaning::Open => {
            format!("*{}* on {}", plain(&route::decided(decision)), plain(&route::anchor(decision)))
        }
        Meaning::Close => {
            format!("Over: {} on {}", plain(&route::decided(decision)), plain(&route::anchor(decision)))
        }
        Meaning::Unclear => format!(
            "Cannot be told any more, and stays open: {} on {}",
            plain(&route::decided(decision)),
            plain(&route::anchor(decision))
        ),
    };
    let because = match meaning {
        Meaning::Unclear => format!("missing: {}", plain(&missing(event))),
        Meaning::Open | Meaning::Close => plain(text("because")),
    };
    let owner = event.whose().map(|owner| format!(" · owner {}", plain(&owner))).unwrap_or_default();
    let foot = format!("{} · {}{owner}", plain(text("policy")), plain(text("id")));
    let section =
        |text: &str| json!({"type": "section", "text": {"type": "mrkdwn", "text": clip(text, 2_900)}});
    json!({
        "text": clip(&head.replace('*', ""), 300),
        "blocks": [
            section(&head),
            section(if because.is_empty() { "no reason given" } else { &because }),
            {"type": "context", "elements": [{"type": "mrkdwn", "text": clip(&foot, 1_900)}]},
        ],
    })
}

/// PagerDuty's event, version 2. One incident a decision: what is withdrawn resolves it, what is lost does not.
#[must_use]
pub fn pagerduty(event: &Event, meaning: Meaning, routing_key: &str, source: &str) -> Value {
    let Some(decision) = event.about() else { return Value::Null };
    let id = event.decision_id();
    if meaning == Meaning::Close {
        return json!({"routing_key": routing_key, "event_action": "resolve", "dedup_key": id});
    }
    let summary = format!("{} on {}", route::decided(decision), route::anchor(decision));
    let summary = match meaning {
        Meaning::Unclear => format!("cannot be told any more: {summary}"),
        Meaning::Open | Meaning::Close => summary,
    };
    json!({
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": id,
        "payload": {
            "summary": clip(&summary, 1_000),
            "source": source,
            "severity": urgency(decision),
            "timestamp": event.at,
            "component": clip(&route::anchor(decision), 255),
            "group": event.whose(),
            "class": decision.get("policy"),
            "custom_details": {
                "because": decision.get("because"),
                "missing": event.undetermined.as_ref().or(Some(decision)).and_then(|it| it.get("missing")),
                "change": event.change,
                "maps": decision.get("maps"),
            },
        },
    })
}

/// PagerDuty has four.
fn urgency(decision: &Value) -> &'static str {
    match route::severity(decision) {
        Some("critical") => "critical",
        Some("high") => "error",
        Some("medium") => "warning",
        Some(_) => "info",
        // Blocks and revokes without an alert.
        None if route::outcomes(decision).any(|it| it.get("target").is_some()) => "error",
        None => "info",
    }
}

fn missing(event: &Event) -> String {
    let list = event.undetermined.as_ref().and_then(|open| open.get("missing")?.as_array());
    let one = |missing: &Value| {
        let text = |name: &str| missing.get(name).and_then(Value::as_str);
        [text("cause"), text("field"), text("signal"), text("scope")]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let all: Vec<String> = list.into_iter().flatten().take(4).map(one).collect();
    if all.is_empty() { "evidence".to_owned() } else { all.join("; ") }
}

/// Slack's three characters.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most so many characters.
fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(change: &str) -> Event {
        let decision = json!({"id": "dec_1", "policy": "shop.idle", "anchor": {"k": {"Key": "a<b>"}},
            "outcomes": [{"kind": "revoke", "target": {"Key": "a<b>"}, "with": {"owner": "ann"}},
                         {"kind": "alert", "severity": "high"}],
            "because": "idle & old", "maps": ["owasp-nhi/NHI1:2025"], "missing": []});
        let gone = matches!(change, "withdrawn" | "lost");
        Event {
            id: 7,
            change: change.to_owned(),
            at: "2026-06-01T00:00:00Z".parse().unwrap(),
            by: json!({"fact": {"Key": "a<b>"}}),
            decision: (!gone).then(|| decision.clone()),
            was: gone.then_some(decision),
            undetermined: (change == "lost")
                .then(|| json!({"missing": [{"cause": "stale", "field": "idle"}]})),
            owner: None,
            owner_was: None,
        }
    }

    #[test]
    fn a_cloudevent_has_all_that_the_standard_asks_for() {
        let made = event("made");
        let body = cloudevent(&made, "s1-7", "https://assize.northwind.example");
        for (name, value) in [
            ("specversion", "1.0"),
            ("id", "s1-7"),
            ("source", "https://assize.northwind.example"),
            ("type", "assize.decision.made"),
            ("subject", "dec_1"),
            ("time", "2026-06-01T00:00:00Z"),
        ] {
            assert_eq!(body[name], value);
        }
        assert_eq!(serde_json::from_value::<Event>(body["data"].clone()).unwrap(), made);
    }

    #[test]
    fn slack_is_told_in_words() {
        let body = slack(&event("made"), Meaning::Open);
        assert_eq!(body["text"], "revoke Key/a&lt;b&gt;, alert high on Key/a&lt;b&gt;");
        assert_eq!(body["blocks"][1]["text"]["text"], "idle &amp; old");
        assert_eq!(body["blocks"][2]["elements"][0]["text"], "shop.idle · dec_1 · owner ann");
        let lost = slack(&event("lost"), Meaning::Unclear);
        assert!(
            lost["text"].as_str().unwrap().starts_with("Cannot be told any more, and stays open: revoke")
        );
        assert_eq!(lost["blocks"][1]["text"]["text"], "missing: stale idle");
        assert!(slack(&event("withdrawn"), Meaning::Close)["text"].as_str().unwrap().starts_with("Over: "));
    }

    #[test]
    fn an_incident_is_resolved_by_what_is_withdrawn_and_never_by_what_is_lost() {
        let of = |change: &str, meaning| pagerduty(&event(change), meaning, "key", "assize");
        let made = of("made", Meaning::Open);
        assert_eq!((&made["event_action"], &made["dedup_key"]), (&json!("trigger"), &json!("dec_1")));
        assert_eq!(made["payload"]["severity"], "error");
        assert_eq!(made["payload"]["group"], "ann");
        assert_eq!(of("withdrawn", Meaning::Close)["event_action"], "resolve");
        let lost = of("lost", Meaning::Unclear);
        assert_eq!((&lost["event_action"], &lost["dedup_key"]), (&json!("trigger"), &json!("dec_1")));
        assert_eq!(lost["payload"]["custom_details"]["missing"][0]["cause"], "stale");
    }
}
