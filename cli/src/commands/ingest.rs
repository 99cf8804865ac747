//! `assize ingest`: tool output to a snapshot.

use std::io::Read;
use std::path::{Path, PathBuf};

use assize::facts::Instant;
use clap::Args;

use super::Shell;
use crate::args::EstateArgs;
use crate::error::CliError;
use crate::estate::{Estate, say_rejects};
use crate::exit::Exit;
use crate::facts::{self, Gathered, Rejected, site_key};
use crate::output;
use crate::project::{Context, FactsEntry};
use crate::snapshot::{self, Builder};
use crate::sources::count;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize ingest auto reports/ --out estate\n  \
    aws iam get-credential-report --query Content --output text | base64 -d |\n    \
      assize ingest aws-iam - --out estate\n  \
    kubectl get pods -A -o json | assize ingest auto - --cluster prod-eu \\\n    \
      --observed-at 2026-06-01T00:00:00Z --out estate\n  \
    assize ingest gitleaks leaks.json --repo github.com/northwind/robot --visibility public --out estate\n\n\
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

    /// Start the snapshot anew
    #[arg(long)]
    replace: bool,

    /// A rejected record is an error (2), not a gap (3)
    #[arg(long)]
    strict: bool,

    /// The key that secrets are fingerprinted with
    #[arg(long, value_name = "FILE", env = "ASSIZE_SITE_KEY_FILE", hide_env_values = true)]
    site_key_file: Option<PathBuf>,

    #[command(flatten)]
    context: ContextArgs,
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
    let mut builder = Builder::default();
    if !args.replace {
        earlier(&args.out, &mut builder)?;
    }
    let context = args.context.context().or(&project.settings.defaults);
    let gathered = read(args, &context, &key, &mut builder)?;
    if builder.has_fingerprints() && !kept {
        shell.note(site_key::NOTE);
    }
    gathered.notes.iter().for_each(|note| shell.note(note));
    gathered.failures.iter().for_each(|failure| shell.error(failure));
    say_rejects(&gathered.rejects, shell);
    if gathered.files.is_empty() {
        return Err(CliError::Reported);
    }
    gathered.rejects.iter().for_each(|reject| builder.reject(reject.clone()));
    let manifest = builder.write(&args.out)?;

    let misfits = misfits(&Estate::compile(&estate, shell)?, &builder);
    say_rejects(&misfits, shell);
    let mut text = String::new();
    for (path, kind) in &gathered.files {
        text.push_str(&format!("read {} as {kind}\n", path.display()));
    }
    let lines = manifest.counts.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let lines = count(usize::try_from(lines).unwrap_or(usize::MAX), "line");
    let sources = count(manifest.sources.len(), "source");
    let rejected = manifest.rejects.len().saturating_add(misfits.len());
    text.push_str(&format!("wrote {}: {lines} from {sources}, {rejected} rejected\n", args.out.display()));
    output::print(&text)?;
    let mut exit = if gathered.failures.is_empty() { Exit::Clean } else { Exit::Error };
    if rejected > 0 {
        exit = exit.and(if args.strict { Exit::Error } else { Exit::Incomplete });
    }
    Ok(exit)
}

/// What the snapshot holds already.
fn earlier(folder: &Path, builder: &mut Builder) -> Result<(), CliError> {
    if snapshot::is_snapshot(folder) {
        let rejects = snapshot::read(folder, builder)?;
        rejects.into_iter().for_each(|reject| builder.reject(reject));
        return Ok(());
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
    builder: &mut Builder,
) -> Result<Gathered, CliError> {
    let tool = Some(args.tool.clone()).filter(|tool| tool != "auto");
    let (stdin, files): (Vec<_>, Vec<_>) =
        args.files.iter().partition(|file| file.as_path() == Path::new("-"));
    let entry =
        |path: &&PathBuf| FactsEntry { path: (*path).clone(), tool: tool.clone(), context: context.clone() };
    let entries: Vec<FactsEntry> = files.iter().map(entry).collect();
    let mut gathered = facts::gather(&entries, &Context::default(), key, builder);
    if !stdin.is_empty() {
        let name = Path::new("standard input");
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| CliError::read(name, &error))?;
        facts::gather_bytes(name, &bytes, tool.as_deref(), context, key, builder, &mut gathered);
    }
    Ok(gathered)
}

/// The lines that the schema refuses, now that they can still be put right.
fn misfits(estate: &Estate, builder: &Builder) -> Vec<Rejected> {
    let mut loader = estate.engine.loader();
    for (file, lines) in builder.lines() {
        for (number, line) in (1_u64..).zip(lines) {
            loader.line(file, number, line);
        }
    }
    loader.finish().rejects().iter().map(Rejected::from).collect()
}
