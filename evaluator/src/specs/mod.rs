//! Pages that are tests: Markdown whose blocks of policies are run, section by section.
//!
//! Each heading opens a section, a small project in memory, which begins with what the sections around it
//! declare. Its blocks:
//!
//! - `assize` adds to the project; a block that starts with `package` starts a file. What stands there has no
//!   diagnostics, and its tests pass.
//! - `diagnostics` holds what the checker says of the `assize` block before it, which then adds nothing.
//! - `facts` adds lines of facts.
//! - `decisions NOW` holds what is decided on them at that instant.
//! - `values [NAME: TYPE] [NOW]` holds expressions and their values: of each fact of the type, where one is
//!   named.
//!
//! Blocks of other kinds are somebody else's.

mod page;
mod project;
mod run;
mod show;
mod values;

use crate::builder::Builder;

/// A page, run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its sections with blocks that were run, in order.
    pub sections: Vec<Section>,
    /// The page with what came out in the place of what did not.
    pub text: String,
    /// The blocks that were not run: their line, and their kind as written.
    pub others: Vec<(usize, String)>,
}

impl Page {
    /// How many blocks were run.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.sections.iter().fold(0, |all, section| all.saturating_add(section.blocks))
    }
}

/// A section of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its heading; empty above the first.
    pub heading: String,
    /// The line of its heading, counted from 1.
    pub line: usize,
    /// How many of its blocks were run.
    pub blocks: usize,
    /// What is not as the page says, in the order of lines.
    pub problems: Vec<Problem>,
}

/// Something that is not as the page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its line on the page, counted from 1.
    pub line: usize,
    /// What it is.
    pub text: String,
    /// Diagnostics that came out, as they are drawn for people; empty where none did.
    pub pictures: String,
    /// Whether [`Page::text`] settles it.
    pub mended: bool,
}

/// Runs every block of a page, which diagnostics call by its name. `base` is what its policies stand beside; it is
/// told the texts of the section.
#[must_use]
pub fn page(name: &str, text: &str, base: &dyn Fn(&[&str]) -> Builder) -> Page {
    run::page(name, text, base)
}
