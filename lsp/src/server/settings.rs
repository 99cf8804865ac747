//! What a project file says to an editor: where the policies are, and whether the library is in scope.
//! Its other keys are for those who run policies.

use std::path::PathBuf;

/// The part of `assize.toml` that matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Files and folders of policies, relative to the project; none is all of it.
    pub(super) policies: Vec<PathBuf>,
    /// Whether the standard library is in scope.
    pub(super) stdlib: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { policies: Vec::new(), stdlib: true }
    }
}

impl Settings {
    /// Reads the text of a project file.
    ///
    /// # Errors
    /// What is wrong with it, in a line.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            format!("this is not TOML: {}", error.message().lines().next().unwrap_or_default())
        })?;
        let mut settings = Self::default();
        if let Some(value) = table.get("policies") {
            let wrong = "`policies` is a list of paths";
            for one in value.as_array().ok_or(wrong)? {
                let path = one.as_str().ok_or(wrong)?;
                settings.policies.push(PathBuf::from(path));
            }
        }
        if let Some(value) = table.get("stdlib") {
            settings.stdlib = value.as_bool().ok_or("`stdlib` is `true` or `false`")?;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_read_and_the_rest_left_alone() {
        let read = |text| Settings::read(text).map(|settings| (settings.policies, settings.stdlib));
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(read(""), Ok((paths(&[]), true)));
        assert_eq!(read("policies = [\"p\"]\nfacts = [\"f\"]\n[params]\na = 1"), Ok((paths(&["p"]), true)));
        assert_eq!(
            read("policies = [\"a\", \"b/c.assize\"]\nstdlib = false"),
            Ok((paths(&["a", "b/c.assize"]), false))
        );
        for wrong in
            ["policies = 1", "policies = \"p\"", "policies = [true]", "stdlib = \"no\"", "policies = ["]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
