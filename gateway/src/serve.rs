//! The server put together: policies and facts, then the rooms, then the listeners.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::config::Config;
use crate::facts::clock;
use crate::observe::http::Server;
use crate::operations::{Before, Operations};
use crate::point::{Clock, Keeper, LoadError};
use crate::server::{self, AuthError, Bound, Certificates, Guard, ListenError, Rooms};
use crate::{adapters, config, systemd};

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There are no policies or no facts.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Tokens cannot be read.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system refuses something else.
    #[error("{0}")]
    System(String),
}

/// A server that is ready to begin.
#[derive(Debug)]
pub struct Gateway {
    keeper: Arc<Keeper>,
    guard: Arc<Guard>,
    bound: Vec<Bound>,
    rooms: Rooms,
    operations: Operations,
    config: Config,
}

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(250);

impl Gateway {
    /// Loads policies and facts, and begins to listen; nobody is answered yet.
    ///
    /// # Errors
    /// [`ServeError`], with what to do about it.
    pub async fn prepare(config: Config) -> Result<Self, ServeError> {
        let guard = Arc::new(Guard::new(config.auth.clone())?);
        let before = Before::new(&config).await?;
        let (keeper, mut operations) = {
            let config = config.clone();
            let started = tokio::task::spawn_blocking(move || start(&config, before));
            started.await.map_err(|error| ServeError::System(error.to_string()))??
        };
        let mut bound = Vec::new();
        for listen in &config.listen {
            bound.push(Bound::new(listen).await?);
        }
        let rooms = operations.rooms(adapters::rooms(&keeper, &config));
        Ok(Self { keeper, guard, bound, rooms, operations, config })
    }

    /// Where it listens.
    pub fn addresses(&self) -> impl Iterator<Item = &config::Address> {
        self.bound.iter().map(Bound::address)
    }

    /// Who keeps the facts and the policies.
    #[must_use]
    pub const fn keeper(&self) -> &Arc<Keeper> {
        &self.keeper
    }

    /// Everything that can be asked about it.
    #[must_use]
    pub const fn observed(&self) -> &Arc<Server> {
        self.operations.server()
    }

    /// Who knows the tokens.
    #[must_use]
    pub const fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// The certificates that it goes by.
    #[must_use]
    pub fn certificates(&self) -> Vec<Arc<Certificates>> {
        self.bound.iter().filter_map(Bound::certificates).cloned().collect()
    }

    /// Serves until `end` says so.
    pub async fn run(self, end: watch::Receiver<bool>) {
        let clock = tokio::spawn(tick(Arc::clone(&self.keeper), end.clone()));
        let operations = tokio::spawn(self.operations.run(end.clone()));
        server::serve(self.bound, self.rooms, self.guard, self.config.limits, end).await;
        drop(clock.await);
        drop(operations.await);
    }
}

fn start(config: &Config, before: Before) -> Result<(Arc<Keeper>, Operations), ServeError> {
    let (source, recorders, facts) = (before.source(), before.recorders(), before.facts(config));
    let keeper = Arc::new(Keeper::start(source, config.bindings(), config.clock(), recorders, facts)?);
    let operations = Operations::new(before, config, &keeper)?;
    Ok((keeper, operations))
}

/// Keeps the facts at the clock.
async fn tick(keeper: Arc<Keeper>, mut end: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = end.wait_for(|over| *over) => return,
        }
        let keeper = Arc::clone(&keeper);
        let back = clock::look().back;
        // What a step decides may take a while; answers go on meanwhile.
        drop(
            tokio::task::spawn_blocking(move || {
                if back && keeper.point().clock() == Clock::Wall {
                    // The facts' own clock does not go back: what is stale by a clock that was wrong would stay so.
                    drop(keeper.start_over());
                }
                keeper.tick()
            })
            .await,
        );
    }
}

/// Serves by a configuration until the process is told to end (`SIGTERM`, `SIGINT`); `SIGHUP` loads policies,
/// tokens and certificates anew. `say` is told what people should know.
///
/// # Errors
/// [`ServeError`] where it cannot begin.
pub fn run(config: Config, say: impl Fn(&str) + Send + Sync + 'static) -> Result<(), ServeError> {
    let system = |error: std::io::Error| ServeError::System(error.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Deep but bounded nesting of policies must not depend on the platform's default.
        .thread_stack_size(16 << 20)
        .build()
        .map_err(system)?;
    runtime.block_on(async move {
        let gateway = Gateway::prepare(config).await?;
        let standing = gateway.keeper.point().standing();
        for address in gateway.addresses() {
            say(&format!("listening on {address}"));
        }
        let names: Vec<&str> = standing.bindings().names().collect();
        say(&format!("policies {}; entries: {}", standing.policies().revision(), names.join(", ")));
        let (tell, end) = watch::channel(false);
        systemd::ready(&format!("policies {}", standing.policies().revision()));
        let (server, guard) = (Arc::clone(gateway.observed()), Arc::clone(&gateway.guard));
        let signals = signals(server, guard, gateway.certificates(), tell, say);
        let signals = tokio::spawn(signals.map_err(system)?);
        gateway.run(end).await;
        signals.abort();
        Ok(())
    })
}

fn signals(
    server: Arc<Server>,
    guard: Arc<Guard>,
    certificates: Vec<Arc<Certificates>>,
    tell: watch::Sender<bool>,
    say: impl Fn(&str) + Send + Sync + 'static,
) -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hup = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = term.recv() => break,
                _ = int.recv() => break,
                _ = hup.recv() => {}
            }
            if let Err(error) = guard.reload() {
                say(&format!("the former tokens hold: {error}"));
            }
            for one in &certificates {
                if let Err(error) = one.reload() {
                    say(&format!("the former certificates hold: {error}"));
                }
            }
            systemd::reloading();
            Operations::look(&server).await;
            let keeper = Arc::clone(&server.keeper);
            match tokio::task::spawn_blocking(move || keeper.reload()).await {
                Ok(Ok(delta)) => say(&format!("policies {} are in force", delta.revision)),
                Ok(Err(error)) => say(&format!("the former policies stand: {error}")),
                Err(_) => {}
            }
            systemd::ready("policies, tokens and certificates were loaded anew");
        }
        say("ending: what is in work is finished first");
        systemd::notify("STOPPING=1");
        let _ = tell.send(true);
        // A second request to end is the system's business: nobody waits here any more.
        std::future::pending::<()>().await;
    })
}

/// Checks what a configuration leads to without serving: policies that compile and pass their tests, entries
/// that are bound, tokens that can be read. Gives back the entries' names.
///
/// # Errors
/// [`ServeError`], as [`Gateway::prepare`].
pub fn check(config: &Config) -> Result<Vec<String>, ServeError> {
    Guard::new(config.auth.clone())?;
    let policies = config.policies.source().load()?;
    let bindings = config.bindings().bind(policies.engine())?;
    Ok(bindings.names().map(str::to_owned).collect())
}
