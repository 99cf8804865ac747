//! A reverse proxy that asks Assize, in its own process, about every request.

mod files;
mod forward;
mod gate;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use assize::facts::Instant;

use files::Files;
use forward::Proxy;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(200);

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells how it is")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [listen, upstream, policies, facts] = arguments()?;
    let (mut files, keeper) = Files::start(PathBuf::from(policies), PathBuf::from(facts), now())?;
    let proxy = Arc::new(Proxy::new(keeper.clone(), upstream));

    // Policies and facts are read again when they change; requests go on meanwhile.
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(LOOK);
            if let Some(news) = files.look(&keeper, now()) {
                eprintln!("{news}");
            }
        }
    });

    let listener = tokio::net::TcpListener::bind(&listen).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, axum::Router::new().fallback(forward::pass).with_state(proxy)).await?;
    Ok(())
}

fn arguments() -> Result<[String; 4], String> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    given.try_into().map_err(|_| {
        "give LISTEN UPSTREAM POLICIES FACTS: 127.0.0.1:8080 127.0.0.1:9000 policies facts.ndjson".to_owned()
    })
}

/// The clock: the library has none of its own.
fn now() -> Instant {
    Instant(jiff::Timestamp::now().as_microsecond())
}
