//! A project: a folder with `assize.toml`. Flags beat `ASSIZE_…` beats the file.

mod nearest;
mod read;
mod settings;

use std::path::{Component, Path, PathBuf};

use assize::facts::Instant;

pub use nearest::nearest;
pub use settings::{Context, FactsEntry, Settings};

use crate::args::EstateArgs;
use crate::error::CliError;

/// The name of the project file.
pub const FILE: &str = "assize.toml";

/// What a command works on: the project file's settings under those of flags and environment. Every path
/// can be opened from the working directory.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The project file, where there is one.
    pub file: Option<PathBuf>,
    /// The settings in force.
    pub settings: Settings,
}

impl Project {
    /// The project at `explicit`, or else the nearest one here and upwards, or else none.
    pub fn find(explicit: Option<&Path>) -> Result<Self, CliError> {
        let Some(file) = locate(explicit)? else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(&file).map_err(|error| CliError::read(&file, &error))?;
        let mut settings = read::read(&file, &text)?;
        let root = file.parent().unwrap_or(Path::new(""));
        for path in settings.policies.iter_mut().chain(&mut settings.specs) {
            *path = tidy(&root.join(&*path));
        }
        for entry in &mut settings.facts {
            entry.path = tidy(&root.join(&entry.path));
            entry.map = entry.map.as_ref().map(|map| tidy(&root.join(map)));
        }
        if let Some(path) = &mut settings.site_key_file {
            *path = tidy(&root.join(&*path));
        }
        Ok(Self { file: Some(file), settings })
    }

    /// With what flags and environment say.
    pub fn with(mut self, args: &EstateArgs) -> Result<Self, CliError> {
        let settings = &mut self.settings;
        if !args.facts.is_empty() {
            settings.facts = args.facts.iter().map(|path| entry(path)).collect();
        } else if let Some(paths) = std::env::var_os("ASSIZE_FACTS") {
            settings.facts = std::env::split_paths(&paths).map(|path| entry(&path)).collect();
        }
        if !args.policies.is_empty() {
            settings.policies.clone_from(&args.policies);
        } else if let Some(paths) = std::env::var_os("ASSIZE_POLICIES") {
            settings.policies = std::env::split_paths(&paths).collect();
        }
        if args.no_stdlib {
            settings.stdlib = false;
        }
        if args.now.is_some() {
            settings.now = args.now;
        }
        if args.site_key_file.is_some() {
            settings.site_key_file.clone_from(&args.site_key_file);
        }
        for set in &args.set {
            let Some((name, value)) = set.split_once('=') else {
                return Err(CliError::Usage(format!(
                    "`--set {set}`: write NAME=VALUE, such as nhi.lifecycle.idle_after=30d"
                )));
            };
            settings.params.retain(|(known, _)| known != name);
            settings.params.push((name.to_owned(), value.to_owned()));
        }
        Ok(self)
    }

    /// The instant to decide at: the fixed one, or the wall clock.
    pub fn now(&self) -> Instant {
        self.settings.now.unwrap_or_else(wall_clock)
    }
}

/// The wall clock.
pub fn wall_clock() -> Instant {
    let now = jiff::Timestamp::now();
    Instant(now.as_microsecond())
}

fn entry(path: &Path) -> FactsEntry {
    FactsEntry { path: path.to_owned(), ..FactsEntry::default() }
}

/// The project file, as a path from the working directory.
fn locate(explicit: Option<&Path>) -> Result<Option<PathBuf>, CliError> {
    if let Some(given) = explicit {
        let file = if given.is_dir() { given.join(FILE) } else { given.to_owned() };
        if file.is_file() {
            return Ok(Some(tidy(&file)));
        }
        let remedy = format!("`assize init {}` writes one", given.display());
        return Err(CliError::Usage(format!("`{}` holds no {FILE}; {remedy}", given.display())));
    }
    let Ok(here) = std::env::current_dir() else { return Ok(None) };
    let mut up = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(FILE).is_file() {
            return Ok(Some(up.join(FILE)));
        }
        up.push("..");
    }
    Ok(None)
}

/// The path without `.` components.
fn tidy(path: &Path) -> PathBuf {
    let out: PathBuf = path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}
