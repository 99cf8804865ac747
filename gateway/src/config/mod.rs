//! The configuration: one TOML file, a section a feature, each section in a file of its own here. A key that
//! is not known is an error that says where it stands and which ones there are.

mod adapters;
mod auth;
mod entry;
mod error;
mod facts;
mod limits;
mod listen;
mod operations;
mod policies;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assize::facts::Instant;
use serde::Deserialize;

pub use adapters::{Admission, AuthZen, Forward};
pub use auth::Auth;
pub use entry::Entry;
pub use error::ConfigError;
pub use facts::Facts;
pub use limits::Limits;
pub use listen::{Address, Listen, Tls};
pub use operations::{Bundle, Log, Ready, Store, Stream, Tracing, Ui};
pub use policies::{Policies, Signal};

use crate::binding::BindingSource;
use crate::facts::ssf::Transmitter;
use crate::point::Clock;
use crate::stream::route::Receiver;

/// Everything that a configuration says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Decide as of this instant: examples and tests. Else the machine's clock.
    #[serde(deserialize_with = "text::instant")]
    pub now: Option<Instant>,
    /// Which policies decide.
    pub policies: Policies,
    /// Which facts they decide on.
    pub facts: Facts,
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// Who may ask, and who may write.
    pub auth: Auth,
    /// What is too much.
    pub limits: Limits,
    /// Names for requests, and where their fields come from.
    pub entry: BTreeMap<String, Entry>,
    /// Proxies that ask before they pass a request on.
    pub forward: Forward,
    /// The AuthZEN interface.
    pub authzen: AuthZen,
    /// Kubernetes' admission reviews.
    pub admission: Admission,
    /// Where facts that are sent are kept.
    pub store: Store,
    /// The stream of changes.
    pub stream: Stream,
    /// Who is told of changes.
    pub receiver: Vec<Receiver>,
    /// Who sends security events.
    pub ssf: Vec<Transmitter>,
    /// The decision log.
    pub log: Log,
    /// Decisions as spans of traces.
    pub trace: Tracing,
    /// Policies that come as a signed bundle.
    pub bundle: Bundle,
    /// When the server is ready.
    pub ready: Ready,
    /// The page.
    pub ui: Ui,
}

impl Config {
    /// Reads a file. Paths in it are from the folder that it lies in.
    ///
    /// # Errors
    /// [`ConfigError`], with the line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::read(path, &error))?;
        Self::parse(path, &text)
    }

    /// Reads the text of a file that lies at `path`.
    ///
    /// # Errors
    /// [`ConfigError`], with the line.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| ConfigError::toml(path, text, &error))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        config.rebase(&folder);
        config.check().map_err(|reason| ConfigError::wrong(path, reason))?;
        Ok(config)
    }

    /// Paths are from the configuration's folder.
    fn rebase(&mut self, folder: &Path) {
        self.policies.rebase(folder);
        self.facts.rebase(folder);
        self.auth.rebase(folder);
        self.store.rebase(folder);
        self.stream.rebase(folder);
        self.log.rebase(folder);
        self.trace.rebase(folder);
        self.bundle.rebase(folder);
        operations::rebase(&mut self.receiver, &mut self.ssf, folder);
        self.listen.iter_mut().for_each(|listen| listen.rebase(folder));
    }

    /// What no single key can be wrong about.
    fn check(&self) -> Result<(), String> {
        if self.listen.is_empty() {
            return Err(
                "nothing to listen on; add `[[listen]]` with `address = \"127.0.0.1:8181\"`".to_owned()
            );
        }
        self.listen.iter().try_for_each(|listen| listen.check(&self.auth))?;
        self.facts.check()?;
        self.trace.check()?;
        self.limits.check()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.now.map_or(Clock::Wall, Clock::Fixed)
    }

    /// What is said of entries.
    #[must_use]
    pub fn bindings(&self) -> BindingSource {
        BindingSource(self.entry.iter().map(|(name, entry)| (name.clone(), entry.source())).collect())
    }
}

/// A path of the configuration, from the folder that it lies in.
fn rebase(path: &mut PathBuf, folder: &Path) {
    if path.is_relative() {
        *path = folder.join(&*path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("/etc/assize/gateway.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn ten_lines_are_enough() {
        let config = parse(
            r#"
[policies]
paths = ["policies"]

[facts]
paths = ["facts.ndjson"]

[[listen]]
address = "127.0.0.1:8181"
"#,
        )
        .unwrap();
        assert_eq!(config.policies.paths, [PathBuf::from("/etc/assize/policies")]);
        assert_eq!(config.listen.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_remedy() {
        let listen = "[[listen]]\naddress = \"127.0.0.1:8181\"\n";
        let errors: Vec<String> = [
            "lisen = 1\n".to_owned(),
            format!("{listen}adress = \"x\"\n"),
            "[[listen]]\naddress = 1\n".to_owned(),
            "[[listen]]\naddress = \"localhost\"\n".to_owned(),
            "[[listen]]\naddress = \"0.0.0.0:8181\"\n".to_owned(),
            "x = [\n".to_owned(),
            String::new(),
            format!("now = \"soon\"\n{listen}"),
            format!("{listen}[limits]\nbody = \"1 fathom\"\n"),
            format!("{listen}[limits]\nrequests = 0\n"),
            format!("{listen}[entry.calls]\nrequest = \"ToolCall\"\n[entry.calls.fields]\nagent = \"{{a\"\n"),
            format!("{listen}[entry.calls]\nfields = {{}}\n"),
        ]
        .iter()
        .map(|text| parse(text).unwrap_err())
        .collect();
        insta::assert_snapshot!(errors.join("\n"), @r#"
        /etc/assize/gateway.toml:1:1: unknown key `lisen`, expected one of `now`, `policies`, `facts`, `listen`, `auth`, `limits`, `entry`, `forward`, `authzen`, `admission`, `store`, `stream`, `receiver`, `ssf`, `log`, `trace`, `bundle`, `ready`, `ui`
        /etc/assize/gateway.toml:3:1: unknown key `adress`, expected one of `address`, `tls`, `open`
        /etc/assize/gateway.toml:2:11: invalid type: integer `1`, expected a string
        /etc/assize/gateway.toml:2:11: `localhost` is no address; write it as `127.0.0.1:8181`, `[::1]:8181` or `unix:/run/assize.sock`
        /etc/assize/gateway.toml: `0.0.0.0:8181` is reached from other machines, and nobody has to say who he is; set `[auth] readers`, give the listener `tls.clients`, or say `open = true`
        /etc/assize/gateway.toml:1:6: unclosed array, expected `]`
        /etc/assize/gateway.toml: nothing to listen on; add `[[listen]]` with `address = "127.0.0.1:8181"`
        /etc/assize/gateway.toml:1:7: `soon` is not an RFC 3339 timestamp such as 2026-06-01T00:00:00Z
        /etc/assize/gateway.toml:4:8: `1 fathom` is not a size such as "64KiB" or "1MiB"
        /etc/assize/gateway.toml: `limits.requests` is 0: nothing could ever be asked
        /etc/assize/gateway.toml:5:1: `agent`: `{a`: a `{` without its `}`
        /etc/assize/gateway.toml:3:1: missing key `request`
        "#);
    }
}
