//! The facts of projects, for the lenses of the language server.

use std::path::Path;
use std::sync::Arc;

use assize_lang::plan::Program;
use assize_lsp::{Estates, Opened};

use crate::estate;
use crate::facts::{self, site_key};
use crate::feed::Feed;
use crate::project::{FILE, FactsEntry, Project};
use crate::sources::{Texts, count};

/// Projects as the other commands find them.
#[derive(Debug)]
pub struct Projects;

impl Estates for Projects {
    fn any(&self, root: &Path) -> bool {
        // One that cannot be read is asked for its facts, and says why there are none.
        let found = root.join(FILE).is_file().then(|| Project::find(Some(root)));
        found.is_some_and(|found| found.map_or(true, |project| !project.settings.facts.is_empty()))
    }

    fn open(&self, root: &Path, chosen: Option<&Path>, program: &Arc<Program>) -> Result<Opened, String> {
        let mut project = if root.join(FILE).is_file() {
            Project::find(Some(root)).map_err(|error| error.to_string())?
        } else {
            Project::default()
        };
        // The editor has compiled them already.
        project.settings.stdlib = false;
        if let Some(path) = chosen {
            project.settings.facts = vec![FactsEntry { path: root.join(path), ..FactsEntry::default() }];
        }
        let settings = &project.settings;
        if settings.facts.is_empty() {
            return Err(format!("no facts: name them in {FILE}"));
        }
        let builder = estate::builder(&project, &Texts::default());
        let engine = builder.clone().of(Arc::clone(program)).map_err(|error| error.to_string())?;
        let key = site_key::load(settings.site_key_file.as_deref()).map_err(|error| error.to_string())?.0;
        let mut feed = Feed::new(engine.loader());
        let gathered = facts::gather(&settings.facts, &settings.defaults, &key, &mut feed);
        if gathered.is_empty() {
            return Err(gathered
                .failures
                .first()
                .cloned()
                .unwrap_or_else(|| "no facts could be read".to_owned()));
        }
        let name = match settings.facts.as_slice() {
            [one] => one.path.display().to_string(),
            several => count(several.len(), "source"),
        };
        Ok(Opened { builder, snapshot: feed.loader.finish(), now: project.now(), name })
    }
}
