use std::collections::VecDeque;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};

use super::*;
use crate::facts::Disk;
use crate::secret::SecretPlace;

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a receiver got, and what it is to answer.
#[derive(Clone, Default)]
struct Mock {
    answers: Arc<Mutex<VecDeque<u16>>>,
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Mock {
    async fn serve(&self) -> SocketAddr {
        async fn take(State(mock): State<Mock>, headers: HeaderMap, body: Bytes) -> StatusCode {
            let status = mock.answers.lock().unwrap().pop_front().unwrap_or(200);
            mock.got.lock().unwrap().push((headers, body));
            StatusCode::from_u16(status).unwrap()
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    }

    async fn wait(&self, count: usize) -> Vec<(HeaderMap, Bytes)> {
        for _ in 0..2_000 {
            if self.got.lock().unwrap().len() >= count {
                return self.got.lock().unwrap().clone();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{} came of {count}", self.got.lock().unwrap().len());
    }
}

fn event(id: &str) -> Event {
    let decision = json!({"id": id, "policy": "shop.idle", "anchor": {"k": {"Key": id}}, "mode": "enforce",
                          "waived_by": null, "outcomes": [{"kind": "alert", "severity": "high"}]});
    serde_json::from_value(
        json!({"change": "made", "at": "2026-06-01T00:00:00Z", "by": {"fact": {"Key": id}}, "decision": decision}),
    )
    .unwrap()
}

fn delivery(address: SocketAddr, folder: &std::path::Path) -> Arc<Delivery> {
    let secret = folder.join("secret");
    std::fs::write(&secret, KEY).unwrap();
    let receiver: Receiver = serde_json::from_value(json!({"name": "hook", "form": "cloudevents",
        "url": format!("http://{address}/hook"), "secret": {"file": secret}}))
    .unwrap();
    Arc::new(Delivery::new(receiver, "assize.test").unwrap())
}

struct Bench {
    folder: tempfile::TempDir,
    outbox: Outbox,
    client: Client,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::new(Arc::new(Disk::open(&folder.path().join("facts.redb")).unwrap()), 100).unwrap();
    Bench { folder, outbox, client: Client::new(Duration::from_secs(5), None).unwrap() }
}

impl Bench {
    fn run(&self, delivery: &Arc<Delivery>) -> (watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let (stop, stopped) = watch::channel(false);
        let backoff = Backoff { first: Duration::from_millis(2), most: Duration::from_millis(10) };
        let task = Arc::clone(delivery).run(
            self.outbox.clone(),
            self.client.clone(),
            Levels::default(),
            backoff,
            stopped,
        );
        (stop, tokio::spawn(task))
    }
}

#[tokio::test]
async fn each_change_comes_signed_at_least_once_and_in_order() {
    let bench = bench();
    let mock = Mock::default();
    let delivery = delivery(mock.serve().await, bench.folder.path());
    bench.outbox.set_cursor("hook", 0).unwrap();
    mock.answers.lock().unwrap().extend([500, 429, 200, 503, 200]);
    bench.outbox.tell(&[event("a"), event("b")]).unwrap();
    let (stop, task) = bench.run(&delivery);
    let got = mock.wait(5).await;
    let key = SigningKey::new(&Secret::new(KEY)).unwrap();
    let mut subjects = Vec::new();
    for (headers, body) in &got {
        let header = |name: &str| headers[name].to_str().unwrap();
        let now = clock::wall().0 / 1_000_000;
        let (id, at, signature) =
            (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
        key.verify(id, at, signature, body, now).unwrap();
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["id"], id);
        subjects.push(body["subject"].as_str().unwrap().to_owned());
    }
    assert_eq!(subjects, ["a", "a", "a", "b", "b"]);
    // The same change has the same id however often it comes.
    assert_eq!(got[0].0["webhook-id"], got[2].0["webhook-id"]);
    stop.send(true).unwrap();
    task.await.unwrap();
    let shown = delivery.shown(&bench.outbox);
    assert_eq!((shown.delivered, shown.failed, shown.passed_over, shown.last_error), (2, 3, 0, None));
}

#[tokio::test]
async fn what_was_taken_is_not_sent_again_after_a_restart_and_a_new_receiver_hears_what_comes() {
    let bench = bench();
    let mock = Mock::default();
    let address = mock.serve().await;
    bench.outbox.tell(&[event("before")]).unwrap();
    let (stop, task) = bench.run(&delivery(address, bench.folder.path()));
    while bench.outbox.cursor("hook").unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bench.outbox.tell(&[event("a")]).unwrap();
    mock.wait(1).await;
    while bench.outbox.cursor("hook").unwrap() != Some(2) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.send(true).unwrap();
    task.await.unwrap();
    bench.outbox.tell(&[event("b")]).unwrap();
    let (stop, task) = bench.run(&delivery(address, bench.folder.path()));
    let got = mock.wait(2).await;
    let subjects: Vec<Value> = got
        .iter()
        .map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap()["subject"].clone())
        .collect();
    assert_eq!(subjects, ["a", "b"]);
    stop.send(true).unwrap();
    task.await.unwrap();
}

#[tokio::test]
async fn what_no_repetition_can_mend_is_passed_over_and_a_receiver_that_is_away_is_waited_for() {
    let bench = bench();
    let mock = Mock::default();
    let delivery_ = delivery(mock.serve().await, bench.folder.path());
    bench.outbox.set_cursor("hook", 0).unwrap();
    mock.answers.lock().unwrap().extend([422; 5]);
    bench.outbox.tell(&[event("bad"), event("good")]).unwrap();
    let (stop, task) = bench.run(&delivery_);
    mock.wait(6).await;
    stop.send(true).unwrap();
    task.await.unwrap();
    assert_eq!(delivery_.shown(&bench.outbox).passed_over, 1);
    // Nobody listens there.
    let away = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let away = delivery(away, bench.folder.path());
    bench.outbox.tell(&[event("c")]).unwrap();
    let (stop, task) = bench.run(&away);
    while away.shown(&bench.outbox).failed < 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let shown = away.shown(&bench.outbox);
    assert_eq!((shown.delivered, shown.behind), (0, 1));
    assert!(shown.last_error.unwrap().contains("no connection"));
    stop.send(true).unwrap();
    task.await.unwrap();
}

#[test]
fn a_receiver_that_lacks_something_is_refused() {
    let place = |name: &str| SecretPlace { file: None, env: Some(name.to_owned()) };
    let receiver = |form: &str, url: &str| -> Receiver {
        serde_json::from_value(json!({"name": "r", "form": form, "url": url})).unwrap()
    };
    for (receiver, expected) in [
        (receiver("slack", "ftp://x"), "its address does not begin with `http://` or `https://` and a host"),
        (receiver("cloudevents", "https://x/y"), "`secret` names the key of its signatures"),
        (receiver("pagerduty", "https://x/y"), "`secret` names its routing key"),
        (
            Receiver { url: None, url_secret: Some(place("NOT_THERE_AT_ALL")), ..receiver("slack", "") },
            "the environment has no `NOT_THERE_AT_ALL`",
        ),
    ] {
        let error = Delivery::new(receiver, "s").unwrap_err();
        assert_eq!(error, format!("receiver `r`: {expected}"));
    }
}
