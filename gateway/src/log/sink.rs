//! Where the log goes: a file, standard output, or a server that takes it by `POST`, packed.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};

use crate::client::Client;
use crate::secret::Secret;

/// How much of an answer is read.
const ANSWER: usize = 16 << 10;

/// What tests have in place of a sink.
#[cfg(test)]
pub type Taker = std::sync::Arc<dyn Fn(&[String]) -> Result<(), String> + Send + Sync>;

/// Where events go.
pub enum Sink {
    /// Lines on standard output.
    Stdout,
    /// Lines in a file, opened anew where it was moved away.
    File {
        /// Where.
        path: PathBuf,
        /// The file as it was opened last.
        file: Option<File>,
    },
    /// A JSON array by `POST`, packed with gzip.
    Http {
        /// Where.
        url: String,
        /// The bearer token.
        token: Option<Secret>,
        /// Who sends it.
        client: Box<Client>,
    },
    /// What tests put there.
    #[cfg(test)]
    Test(Taker),
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Sink {
    /// A file.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self::File { path: path.to_owned(), file: None }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::File { .. } => "file",
            Self::Http { .. } => "http",
            #[cfg(test)]
            Self::Test(_) => "test",
        }
    }

    /// Writes lines, all of them or none.
    ///
    /// # Errors
    /// A sentence without anything that was to be written.
    pub async fn write(&mut self, lines: &[String]) -> Result<(), String> {
        match self {
            Self::Stdout => {
                let mut out = std::io::stdout().lock();
                let text = joined(lines);
                out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())
            }
            Self::File { path, file } => {
                let written = into_file(path, file, joined(lines).as_bytes());
                written.map_err(|error| format!("{}: {error}", path.display()))
            }
            Self::Http { url, token, client } => {
                let body = packed(lines).map_err(|error| error.to_string())?;
                let mut request = Request::post(url.as_str())
                    .header(header::CONTENT_TYPE, "application/json")
                    .header(header::CONTENT_ENCODING, "gzip");
                if let Some(token) = token.as_ref().and_then(Secret::expose_text) {
                    request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
                }
                let request =
                    request.body(Bytes::from(body)).map_err(|_| "its address cannot be used".to_owned())?;
                let answer = client.send(request, ANSWER).await.map_err(|error| error.to_string())?;
                let status = answer.status();
                if status.is_success() { Ok(()) } else { Err(format!("the log's server answers {status}")) }
            }
            #[cfg(test)]
            Self::Test(write) => write(lines),
        }
    }

    /// Opens its file anew with the next lines: somebody has moved it away.
    pub fn reopen(&mut self) {
        if let Self::File { file, .. } = self {
            *file = None;
        }
    }
}

fn joined(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        text.push_str(line);
        text.push('\n');
        text
    })
}

fn into_file(path: &Path, file: &mut Option<File>, bytes: &[u8]) -> std::io::Result<()> {
    let open = match file {
        Some(open) if is_same(path, open) => open,
        _ => file.insert(File::options().create(true).append(true).open(path)?),
    };
    let before = open.metadata()?.len();
    let written = open.write_all(bytes).and_then(|()| open.sync_data());
    if written.is_err() {
        // Half a line would spoil the next one.
        drop(open.set_len(before));
    }
    written
}

/// Whether the file is still the one that is called so.
fn is_same(path: &Path, open: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (there, here) = (std::fs::metadata(path), open.metadata());
    matches!((there, here), (Ok(there), Ok(here)) if (there.dev(), there.ino()) == (here.dev(), here.ino()))
}

fn packed(lines: &[String]) -> std::io::Result<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("[{}]", lines.join(",")).as_bytes())?;
    gzip.finish()
}

/// How long is waited after a failure: longer after each.
#[must_use]
pub fn backoff(first: Duration, failures: u32) -> Duration {
    first.saturating_mul(1 << failures.min(8)).min(Duration::from_secs(30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_moved_away_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.ndjson");
        let mut sink = Sink::file(&path);
        sink.write(&["a".to_owned(), "b".to_owned()]).await.unwrap();
        std::fs::rename(&path, folder.path().join("old")).unwrap();
        sink.write(&["c".to_owned()]).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "c\n");
        assert_eq!(std::fs::read_to_string(folder.path().join("old")).unwrap(), "a\nb\n");
        let mut nowhere = Sink::file(&folder.path().join("no/such/folder"));
        assert!(nowhere.write(&["x".to_owned()]).await.is_err());
    }
}
