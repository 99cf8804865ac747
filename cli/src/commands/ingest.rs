//! `assize ingest`: tool output to a snapshot.

use std::path::{Path, PathBuf};

use assize::facts::Instant;
use assize_snapshots::Manifest;
use clap::Args;
use serde_json::json;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::{Estate, say_rejects};
use crate::exit::Exit;
use crate::facts::{self, Gathered, Rejected, site_key};
use crate::output;
use crate::output::format::{Format, formats, write_all};
use crate::project::{Context, FactsEntry};
use crate::snapshot::Gathering;
use crate::sources::count;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize ingest auto reports/ --out estate\n  \
    aws iam get-credential-report --query Content --output text | base64 -d |\n    \
      assize ingest aws-credential-report - --out estate\n  \
    kubectl get pods -A -o json | assize ingest auto - --cluster prod-eu \\\n    \
      --observed-at 2026-06-01T00:00:00Z --out estate\n  \
    assize ingest gitleaks leaks.json --repo github.com/northwind/robot --visibility public --out estate\n  \
    assize ingest auto reports/ --out estate --format json:what-was-read.json\n\n\
    `assize doc` lists the connectors, `assize doc NAME` the command that makes the input of one.\n\n\
    A snapshot that is there already is added to; the same input twice changes nothing. What was rejected is\n\
    kept in its manifest, and turns the exit code of a run on it to 3.")]
pub struct IngestArgs {
    /// The tool that wrote the files, or `auto` to recognise it
    tool: String,

    /// Its output: files, folders, or `-` for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// The snapshot: a folder
    #[arg(short, long, value_name = "SNAPSHOT")]
    out: PathBuf,

    /// How the records of an in-house tool become facts: a map, for the tool `json`
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,

    /// Start the snapshot anew
    #[arg(long)]
    replace: bool,

    /// Leave out what was seen longer ago than this, and claims to have watched then: 90d
    #[arg(long, value_name = "DURATION", value_parser = age)]
    keep: Option<i64>,

    /// A rejected record is an error (2), not a gap (3)
    #[arg(long)]
    strict: bool,

    /// The key that secrets are fingerprinted with
    #[arg(long, value_name = "FILE", env = "ASSIZE_SITE_KEY_FILE", hide_env_values = true)]
    site_key_file: Option<PathBuf>,

    /// text or json, to standard output or to a file
    #[arg(long, value_name = "F[:PATH]")]
    format: Vec<Format<Kind>>,

    #[command(flatten)]
    context: ContextArgs,
}

formats! {
    /// How it is told what became of each file.
    Kind { Text = "text", Json = "json" }
}

/// What the output does not say itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the output does not say itself")]
pub struct ContextArgs {
    /// The cluster that it is about
    #[arg(long)]
    cluster: Option<String>,

    /// The repository that was scanned: host/org/name
    #[arg(long)]
    repo: Option<String>,

    /// The commit that was scanned
    #[arg(long)]
    commit: Option<String>,

    /// The cloud account that it is about
    #[arg(long)]
    account: Option<String>,

    /// Who can read the repository
    #[arg(long, value_parser = ["team", "org", "public"])]
    visibility: Option<String>,

    /// Which installation of the tool it is from
    #[arg(long)]
    instance: Option<String>,

    /// When the tool ran
    #[arg(long, value_name = "RFC3339")]
    observed_at: Option<Instant>,
}

impl ContextArgs {
    fn context(&self) -> Context {
        Context {
            cluster: self.cluster.clone(),
            repo: self.repo.clone(),
            commit: self.commit.clone(),
            account: self.account.clone(),
            visibility: self.visibility.clone(),
            instance: self.instance.clone(),
            observed_at: self.observed_at,
        }
    }
}

/// Reads, and writes the snapshot.
pub fn run(args: &IngestArgs, shell: &Shell) -> Result<Exit, CliError> {
    let estate = EstateArgs {
        site_key_file: args.site_key_file.clone(),
        strict: args.strict,
        ..EstateArgs::default()
    };
    let project = shell.project(&estate)?;
    let (key, kept) = site_key::load(project.settings.site_key_file.as_deref())?;
    let compiled = Estate::compile(&estate, shell)?;
    let mut builder = Gathering::new(&compiled.engine.program().schema, &args.out, kept.then(|| key.id()));
    if !args.replace {
        earlier(&args.out, &mut builder)?;
    }
    if let Some(age) = args.keep {
        builder.keep_since(project.now().plus(age.saturating_neg()));
    }
    let context = args.context.context().or(&project.settings.defaults);
    let gathered = read(args, &context, &key, &mut builder)?;
    if builder.has_fingerprints() && !kept {
        shell.note(site_key::NOTE);
    }
    gathered.notes.iter().for_each(|note| shell.note(note));
    gathered.failures.iter().for_each(|failure| shell.error(failure));
    say_rejects(&gathered.rejects, shell);
    if gathered.is_empty() {
        return Err(CliError::Reported);
    }
    gathered.rejects.iter().for_each(|reject| builder.reject(reject.clone()));
    let manifest = builder.write()?;

    let misfits = misfits(&compiled, &args.out)?;
    say_rejects(&misfits, shell);
    let rejected = manifest.rejects.len().saturating_add(misfits.len());
    write_all(&args.format, |kind, _| match kind {
        Kind::Text => Ok(text(args, &gathered, &manifest, rejected)),
        Kind::Json => output::json(&json!({
            "version": 1,
            "files": output::files::json(&gathered.files),
            "snapshot": args.out.display().to_string(),
            "lines": lines(&manifest),
            "sources": manifest.sources.len(),
            "rejected": rejected,
        })),
    })?;
    let mut exit = if gathered.failures.is_empty() { Exit::Clean } else { Exit::Error };
    if rejected > 0 {
        exit = exit.and(if args.strict { Exit::Error } else { Exit::Incomplete });
    }
    Ok(exit)
}

/// What became of each file, a line or a row each, and of all.
fn text(args: &IngestArgs, gathered: &Gathered, manifest: &Manifest, rejected: usize) -> String {
    let mut text = String::new();
    if args.files.iter().any(|path| path.is_dir()) || gathered.files.len() > args.files.len() {
        text.push_str(&output::files::table(&gathered.files));
    } else {
        for file in gathered.files.iter().filter(|file| file.is_read()) {
            text.push_str(&format!("read {} as {}\n", file.path.display(), file.kind));
        }
    }
    let lines = count(usize::try_from(lines(manifest)).unwrap_or(usize::MAX), "line");
    let sources = count(manifest.sources.len(), "source");
    text.push_str(&format!("wrote {}: {lines} from {sources}, {rejected} rejected\n", args.out.display()));
    text
}

/// How many lines a snapshot holds.
fn lines(manifest: &Manifest) -> u64 {
    manifest.counts.values().fold(0_u64, |sum, count| sum.saturating_add(*count))
}

/// An age, in microseconds.
fn age(text: &str) -> Result<i64, String> {
    let age = assize::facts::parse_duration(text).filter(|age| *age > 0);
    age.ok_or_else(|| "expected a duration such as `90d` or `36h`".to_owned())
}

/// What the snapshot holds already.
fn earlier(folder: &Path, builder: &mut Gathering) -> Result<(), CliError> {
    if assize_snapshots::is_snapshot(folder) {
        return builder.take_in(folder);
    }
    let empty = || std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if folder.exists() && !empty() {
        let what = "is there and is no snapshot; name another folder";
        return Err(CliError::Usage(format!("`{}` {what}", folder.display())));
    }
    Ok(())
}

fn read(
    args: &IngestArgs,
    context: &Context,
    key: &assize_ingest::SiteKey,
    builder: &mut Gathering,
) -> Result<Gathered, CliError> {
    if args.map.is_some() && args.tool != "json" {
        return Err(CliError::Usage(
            "`--map` is for the tool `json`: `assize ingest json --map FILE …`".to_owned(),
        ));
    }
    let tool = Some(args.tool.clone()).filter(|tool| tool != "auto");
    let (stdin, files): (Vec<_>, Vec<_>) =
        args.files.iter().partition(|file| file.as_path() == Path::new("-"));
    let entry = |path: &Path| FactsEntry {
        path: path.to_owned(),
        tool: tool.clone(),
        map: args.map.clone(),
        context: context.clone(),
    };
    let entries: Vec<FactsEntry> = files.iter().map(|path| entry(path)).collect();
    let mut gathered = facts::gather(&entries, &Context::default(), key, builder);
    if !stdin.is_empty() {
        let entry = entry(Path::new("standard input"));
        facts::gather_from(&entry, std::io::stdin(), key, builder, &mut gathered);
    }
    Ok(gathered)
}

/// The lines that the schema refuses, now that they can still be put right. They stand where no column is: the
/// others fit.
fn misfits(estate: &Estate, folder: &Path) -> Result<Vec<Rejected>, CliError> {
    let mut loader = estate.engine.loader();
    let apart = |name: &str| name.starts_with('_');
    assize_snapshots::read_some(folder, &apart, &mut |file, number, line| loader.line(file, number, line))?;
    Ok(loader.finish().rejects().iter().map(Rejected::from).collect())
}
