//! Pages that are tests: Markdown files whose blocks of policies are run.

use std::path::{Path, PathBuf};

use assize::specs::{self, Section};

use crate::error::CliError;
use crate::estate::{Estate, builder};
use crate::output::test_report::{Case, Failure};
use crate::sources;

/// Whether a word on the command line names a page.
pub fn is_page(word: &str) -> bool {
    let path = Path::new(word);
    path.extension().is_some_and(|extension| extension == "md") && path.is_file()
}

/// Runs pages and folders of pages beside the project's policies: a case for each section with blocks.
///
/// # Errors
/// A path that cannot be read, and a page without a block that is run.
pub fn run(paths: &[PathBuf], estate: &Estate) -> Result<Vec<Case>, CliError> {
    let mut cases = Vec::new();
    for file in sources::find(paths, "md")? {
        let text = sources::read(&file)?;
        let name = file.display().to_string();
        let page = specs::page(&name, &text, &|_| builder(&estate.project, &estate.texts));
        let named = paths.contains(&file);
        if page.sections.is_empty() && named {
            let what = "the page has no block that is run, such as ```assize";
            return Err(CliError::Usage(format!("{}: {what}", file.display())));
        }
        cases.extend(page.sections.into_iter().map(|section| case(&name, section)));
    }
    Ok(cases)
}

fn case(file: &str, section: Section) -> Case {
    let failures = section.problems.into_iter().map(|problem| Failure {
        line: problem.line,
        message: problem.text.trim_end().to_owned(),
        pictures: problem.pictures,
    });
    let name =
        if section.heading.is_empty() { "above the first heading".to_owned() } else { section.heading };
    Case { file: file.to_owned(), line: section.line, name, failures: failures.collect() }
}
