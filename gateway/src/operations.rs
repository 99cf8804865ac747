//! What the server does beside answering: facts taken in and kept, changes told, answers logged and counted, bundles
//! brought into force. Each part is in its own room; here they are put together.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use assize_ingest::{Context, SiteKey};
use axum::Router;
use axum::routing::get;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bundle::BundleSource;
use crate::client::Client;
use crate::config::Config;
use crate::facts::files::Watch;
use crate::facts::{self, BodyLimits, Disk, Files, Intake, Log, Upkeep, read, ssf};
use crate::log::queue::{ENDING, LogWriter};
use crate::log::{DecisionLog, Masker, Sink};
use crate::observe::coverage::Coverage;
use crate::observe::http::{self as observe, Server};
use crate::observe::metrics::Metrics;
use crate::observe::spans::{Collector, SpanSender, Spans};
use crate::point::{Facts, Keeper, LoadError, PolicySource, Recorder};
use crate::serve::ServeError;
use crate::server::Rooms;
use crate::stream::route::Levels;
use crate::stream::teller;
use crate::stream::webhook::{Backoff, Delivery};
use crate::stream::{Outbox, sse};
use crate::ui;

/// How long others may take to answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What has to be there before policies and facts are.
#[derive(Debug)]
pub struct Before {
    disk: Arc<Disk>,
    kept: Option<Log>,
    client: Client,
    metrics: Arc<Metrics>,
    log: Option<(DecisionLog, LogWriter)>,
    spans: Option<(Spans, SpanSender)>,
    bundle: Option<Arc<BundleSource>>,
    source: PolicySource,
    coverage: Arc<Mutex<Coverage>>,
    site_key: SiteKey,
}

/// All of it, ready to run.
#[derive(Debug)]
pub struct Operations {
    server: Arc<Server>,
    client: Client,
    writer: Option<LogWriter>,
    span_sender: Option<SpanSender>,
    signals: Option<Router>,
    config: Config,
}

fn system(error: impl ToString) -> ServeError {
    ServeError::System(error.to_string())
}

impl Before {
    /// Opens the store, the log and the bundle.
    ///
    /// # Errors
    /// [`ServeError`] where one of them cannot be used.
    pub async fn new(config: &Config) -> Result<Self, ServeError> {
        let disk = match &config.store.path {
            Some(folder) => Disk::open(&folder.join("facts.redb")),
            None => Disk::memory(),
        };
        let disk = Arc::new(disk.map_err(system)?);
        // What files say is kept as well: in memory where there is no other place.
        let keeps = config.store.path.is_some() || !config.facts.source.is_empty();
        let kept = if keeps { Some(Log::new(Arc::clone(&disk)).map_err(system)?) } else { None };
        if let Some(kept) = kept.as_ref().filter(|_| config.store.path.is_some()) {
            kept.tidy();
        }
        let roots = config.stream.roots.as_ref().map(std::fs::read).transpose();
        let roots = roots.map_err(|error| system(format!("`[stream] roots` cannot be read: {error}")))?;
        let client = Client::new(TIMEOUT, roots.as_deref()).map_err(system)?;
        let base = config.policies.source();
        let wants_bundle = config.bundle.path.is_some() || config.bundle.url.is_some();
        let (bundle, source) = if wants_bundle {
            let Some(folder) = &config.store.path else {
                return Err(system(
                    "`[bundle]` needs `[store] path`: there it remembers which were in force",
                ));
            };
            let folder = folder.join("bundles");
            let bundle = BundleSource::new(&config.bundle, &folder, base, client.clone()).map_err(system)?;
            let source = bundle.begin().await.map_err(system)?;
            (Some(Arc::new(bundle)), source)
        } else {
            (None, base)
        };
        let log = decision_log(config, &client)?;
        let spans = spans(config, &client)?;
        let (metrics, coverage) = (Arc::default(), Arc::default());
        let site_key = site_key(config)?;
        Ok(Self { disk, kept, client, metrics, log, spans, bundle, source, coverage, site_key })
    }

    /// Where policies come from.
    #[must_use]
    pub fn source(&self) -> PolicySource {
        self.source.clone()
    }

    /// Who is told of answers. What must be logged comes first: what is not given is not counted as given.
    #[must_use]
    pub fn recorders(&self) -> Vec<Arc<dyn Recorder>> {
        let log = self.log.as_ref().map(|(log, _)| Arc::new(log.clone()) as Arc<dyn Recorder>);
        let spans = self.spans.as_ref().map(|(spans, _)| Arc::new(spans.clone()) as Arc<dyn Recorder>);
        log.into_iter().chain([Arc::clone(&self.metrics) as Arc<dyn Recorder>]).chain(spans).collect()
    }

    /// All facts: those of files, and those that were kept.
    #[must_use]
    pub fn facts(&self, config: &Config) -> Facts {
        let (paths, kept, coverage) =
            (config.facts.paths.clone(), self.kept.clone(), Arc::clone(&self.coverage));
        let context = Context::new(self.site_key.clone());
        Box::new(move |policies| {
            let mut loader = policies.engine().loader();
            let mut seen = Coverage::default();
            let mut line = |file: &str, number: u64, text: &str| {
                seen.see(text);
                loader.line(file, number, text);
            };
            each_file(&paths, &context, &mut line).map_err(LoadError::Set)?;
            let last = match &kept {
                Some(kept) => kept.stands(&mut line).map_err(|error| LoadError::Set(error.to_string()))?,
                None => 0,
            };
            *coverage.lock().unwrap_or_else(PoisonError::into_inner) = seen;
            Ok((loader.finish(), last))
        })
    }
}

/// The facts of all files that some paths mean.
fn each_file(
    paths: &[PathBuf],
    context: &Context,
    each: &mut dyn FnMut(&str, u64, &str),
) -> Result<(), String> {
    for path in paths {
        for file in read::files(path)? {
            let name = file.display().to_string();
            read::file(&file, read::AUTO, context, &mut |number, text| each(&name, number, text))?;
        }
    }
    Ok(())
}

fn decision_log(config: &Config, client: &Client) -> Result<Option<(DecisionLog, LogWriter)>, ServeError> {
    let settings = &config.log;
    let Some(to) = &settings.to else { return Ok(None) };
    let sink = match to.as_str() {
        "stdout" => Sink::Stdout,
        url if url.contains("://") => {
            let token = settings.token.as_ref().map(crate::secret::SecretPlace::read).transpose();
            Sink::Http {
                url: url.to_owned(),
                token: token.map_err(system)?,
                client: Box::new(client.clone()),
            }
        }
        path => Sink::file(Path::new(path)),
    };
    let key = settings.mask_key.as_ref().map(crate::secret::SecretPlace::read).transpose().map_err(system)?;
    let masker = Masker::new(key.as_ref(), &settings.mask);
    Ok(Some(DecisionLog::new(sink, settings.room, settings.require, masker, &settings.id)))
}

fn spans(config: &Config, client: &Client) -> Result<Option<(Spans, SpanSender)>, ServeError> {
    let settings = &config.trace;
    let Some(url) = settings.url.clone() else { return Ok(None) };
    let token = settings.token.as_ref().map(crate::secret::SecretPlace::read).transpose().map_err(system)?;
    let collector = Collector { url, token, share: settings.share, name: settings.name.clone() };
    Ok(Some(Spans::new(collector, client.clone())))
}

impl Operations {
    /// Makes ready what needs policies and facts. Blocks.
    ///
    /// # Errors
    /// [`ServeError`] where something that is configured cannot be used.
    pub fn new(before: Before, config: &Config, keeper: &Arc<Keeper>) -> Result<Self, ServeError> {
        let Before { disk, kept, client, metrics, log, spans, bundle, coverage, site_key, .. } = before;
        let outbox = Outbox::new(disk, config.stream.kept).map_err(system)?;
        let deliveries =
            config.receiver.iter().cloned().map(|receiver| Delivery::new(receiver, &config.stream.source));
        let deliveries =
            deliveries.map(|made| made.map(Arc::new)).collect::<Result<Vec<_>, _>>().map_err(system)?;
        let intake = match kept {
            Some(kept) => {
                let last = keeper.snapshot().1;
                Some(
                    Intake::start(Arc::clone(keeper), kept, last, Some(Arc::clone(&coverage)))
                        .map_err(system)?,
                )
            }
            None => None,
        };
        let signals = match &intake {
            _ if config.ssf.is_empty() => None,
            Some(intake) if config.store.path.is_some() => {
                let room = ssf::Room::new(&config.ssf, intake.clone(), Arc::clone(keeper), site_key.clone());
                let room = room.map_err(system)?;
                Some(room.router())
            }
            _ => {
                return Err(system(
                    "`[[ssf]]` needs `[store] path`: events are kept there before they are taken",
                ));
            }
        };
        let files = match &intake {
            Some(intake) => {
                let (sources, pace) = (config.facts.source.clone(), config.facts.pace());
                let files = Files::new(sources, pace, &site_key, intake.clone(), Arc::clone(keeper));
                Some(Arc::new(files.map_err(system)?)).filter(|files| files.has_any())
            }
            None => None,
        };
        // Beside a store in memory there is no place for a base.
        let durable = intake.as_ref().filter(|_| config.store.path.is_some());
        let upkeep = durable
            .map(|intake| Arc::new(Upkeep::new(intake.clone(), Arc::clone(keeper), config.store.rules())));
        let (spans, span_sender) = spans.unzip();
        let (log, writer) = log.unzip();
        let writer = writer.map(|writer| writer.with_schema(keeper.point().standing().policies().engine()));
        let server = Server {
            keeper: Arc::clone(keeper),
            metrics,
            intake,
            files,
            upkeep,
            outbox,
            told: Arc::default(),
            deliveries,
            log,
            spans,
            bundle,
            coverage,
            silence: config.ready.silence,
            ending: AtomicBool::new(false),
            stands: Mutex::default(),
        };
        let config = config.clone();
        Ok(Self { server: Arc::new(server), client, writer, span_sender, signals, config })
    }

    /// Adds the routes.
    #[must_use]
    pub fn rooms(&mut self, rooms: Rooms) -> Rooms {
        let server = &self.server;
        let mut rooms = rooms.open(observe::open(Arc::clone(server))).ask(observe::ask(Arc::clone(server)));
        let stream =
            Router::new().route("/v1/decisions/stream", get(sse::stream)).with_state(server.outbox.clone());
        rooms = rooms.ask(stream);
        if let Some(intake) = &server.intake {
            let limits = BodyLimits::default();
            let room =
                facts::http::Room { intake: intake.clone(), keeper: Arc::clone(&server.keeper), limits };
            if self.config.store.path.is_some() {
                rooms = rooms.write(facts::http::writing(room.clone()));
            }
            rooms = rooms.ask(facts::http::reading(room));
        }
        if let Some(signals) = self.signals.take() {
            rooms = rooms.write(signals);
        }
        if self.config.ui.enabled { rooms.open(ui::router()) } else { rooms }
    }

    /// Everything that can be asked about.
    #[must_use]
    pub const fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// Runs until it is told to end.
    pub async fn run(mut self, end: watch::Receiver<bool>) {
        let server = Arc::clone(&self.server);
        let keeper = Arc::clone(&server.keeper);
        let mut tasks = JoinSet::new();
        tasks.spawn(teller::run(
            Arc::clone(&keeper),
            server.outbox.clone(),
            Arc::clone(&server.told),
            end.clone(),
        ));
        let levels = Levels::of(keeper.point().standing().policies().engine());
        for delivery in &server.deliveries {
            let (outbox, client, levels) = (server.outbox.clone(), self.client.clone(), levels.clone());
            tasks.spawn(Arc::clone(delivery).run(outbox, client, levels, Backoff::default(), end.clone()));
        }
        if let Some(bundle) = &server.bundle {
            tasks.spawn(Arc::clone(bundle).run(keeper, self.config.bundle.every, end.clone()));
        }
        if let Some(upkeep) = &server.upkeep {
            tasks.spawn(Arc::clone(upkeep).run(end.clone()));
        }
        // Where the system has no thread for it, the status of every file stays empty.
        let watch = server.files.clone().and_then(|files| Watch::start(files).ok());
        let spans = self.span_sender.take().map(|sender| tokio::spawn(sender.run(end.clone())));
        let log = self.writer.take().map(|writer| tokio::spawn(writer.run(end.clone())));
        let mut end = end;
        drop(end.wait_for(|over| *over).await);
        server.ending.store(true, Ordering::Relaxed);
        server.outbox.end();
        if let Some(mut watch) = watch {
            drop(tokio::task::spawn_blocking(move || watch.stop()).await);
        }
        while tasks.join_next().await.is_some() {}
        for sender in log.into_iter().chain(spans) {
            drop(tokio::time::timeout(ENDING, sender).await);
        }
        if let Some(intake) = server.intake.clone() {
            drop(tokio::task::spawn_blocking(move || intake.stop()).await);
        }
    }

    /// Files of the log were moved away, or a bundle lies there: looks at once.
    pub async fn look(server: &Server) {
        if let Some(log) = &server.log {
            log.reopen();
        }
        if let Some(bundle) = &server.bundle {
            bundle.look(&server.keeper).await;
        }
    }
}

/// The key that secrets are fingerprinted with; without one it holds while the server runs.
fn site_key(config: &Config) -> Result<SiteKey, ServeError> {
    let bytes = match &config.store.site_key {
        Some(place) => place.read().map_err(system)?.expose().to_vec(),
        None => {
            let mut random = vec![0; 32];
            let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut random);
            filled.map_err(|_| system("the system has no randomness for a key"))?;
            random
        }
    };
    SiteKey::from_bytes(&bytes).map_err(system)
}
