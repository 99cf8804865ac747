//! Who may ask, and who may write: bearer tokens and certificates.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::Peer;
use crate::config::Auth;

/// The shortest token that is one.
const SHORTEST: usize = 16;

/// Why tokens cannot be read. Names no token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A token is too short to be one.
    #[error("{}:{line}: a token is at least {SHORTEST} letters long; `openssl rand -hex 32` makes one", path.display())]
    Short {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// There is none in the file.
    #[error("{}: holds no token; write one a line", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum May {
    /// Ask for decisions, and see what stands.
    Ask,
    /// Change facts, or anything else.
    Write,
}

/// Knows tokens, by their hashes: how long a comparison takes says nothing about one.
#[derive(Debug)]
pub struct Guard {
    auth: Auth,
    tokens: ArcSwap<Tokens>,
}

#[derive(Debug, Default)]
struct Tokens {
    readers: BTreeSet<[u8; 32]>,
    writers: BTreeSet<[u8; 32]>,
}

impl Guard {
    /// Reads the tokens.
    ///
    /// # Errors
    /// [`AuthError`] where a file cannot be read or holds none.
    pub fn new(auth: Auth) -> Result<Self, AuthError> {
        let tokens = Tokens::read(&auth)?;
        Ok(Self { auth, tokens: ArcSwap::from_pointee(tokens) })
    }

    /// Reads the tokens anew.
    ///
    /// # Errors
    /// As [`Guard::new`]: then the former ones hold.
    pub fn reload(&self) -> Result<(), AuthError> {
        self.tokens.store(Arc::new(Tokens::read(&self.auth)?));
        Ok(())
    }

    /// What is answered where a request may not pass.
    pub(super) fn refuses(&self, may: May, request: &Request) -> Option<Response> {
        let (peer, headers) = (peer(request), request.headers());
        let (passes, text) = match may {
            May::Ask => {
                let text = "asking needs a token of `[auth] readers`, or a client certificate\n";
                (self.reads(peer, headers), text)
            }
            May::Write => {
                let text = "writing needs a token of `[auth] writers`, or a client certificate\n";
                (self.writes(peer, headers), text)
            }
        };
        (!passes).then(|| refused(text))
    }

    fn reads(&self, peer: Peer, headers: &HeaderMap) -> bool {
        let tokens = self.tokens.load();
        let known = |hash| tokens.readers.contains(&hash) || tokens.writers.contains(&hash);
        peer.open || peer.certified || bearer(headers).is_some_and(known)
    }

    fn writes(&self, peer: Peer, headers: &HeaderMap) -> bool {
        let tokens = self.tokens.load();
        peer.certified || bearer(headers).is_some_and(|hash| tokens.writers.contains(&hash))
    }
}

impl Tokens {
    fn read(auth: &Auth) -> Result<Self, AuthError> {
        let of = |path: &Option<PathBuf>| path.as_deref().map_or(Ok(BTreeSet::new()), file);
        Ok(Self { readers: of(&auth.readers)?, writers: of(&auth.writers)? })
    }
}

fn file(path: &Path) -> Result<BTreeSet<[u8; 32]>, AuthError> {
    let failed = |error: std::io::Error| AuthError::Read { path: path.to_owned(), reason: error.to_string() };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let mut out = BTreeSet::new();
    for (line, token) in (1..).zip(text.lines().map(str::trim)) {
        if token.is_empty() || token.starts_with('#') {
            continue;
        }
        if token.len() < SHORTEST {
            return Err(AuthError::Short { path: path.to_owned(), line });
        }
        out.insert(Sha256::digest(token).into());
    }
    if out.is_empty() {
        return Err(AuthError::Empty { path: path.to_owned() });
    }
    Ok(out)
}

fn bearer(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| Sha256::digest(token).into())
}

fn peer(request: &Request) -> Peer {
    request.extensions().get().copied().unwrap_or_default()
}

fn refused(text: &'static str) -> Response {
    let challenge = [(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
    (StatusCode::UNAUTHORIZED, challenge, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        [(AUTHORIZATION, HeaderValue::from_str(value).unwrap())].into_iter().collect()
    }

    #[test]
    fn who_may_do_what() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let readers = write("readers", "# who asks\n\nreader-reader-reader\n");
        let writers = write("writers", "writer-writer-writer\nwriter-writer-second\n");
        let guard = Guard::new(Auth { readers: Some(readers.clone()), writers: Some(writers) }).unwrap();
        let stranger = Peer::default();
        let certified = Peer { certified: true, ..stranger };
        let open = Peer { open: true, ..stranger };
        for (peer, value, asks, writes) in [
            (stranger, "", false, false),
            (stranger, "Bearer reader-reader-reader", true, false),
            (stranger, "bearer reader-reader-reader", true, false),
            (stranger, "Bearer writer-writer-second", true, true),
            (stranger, "Bearer reader-reader-reade", false, false),
            (stranger, "Bearer # who asks", false, false),
            (stranger, "Bearer ", false, false),
            (stranger, "Basic reader-reader-reader", false, false),
            (open, "", true, false),
            (open, "Bearer reader-reader-reader", true, false),
            (certified, "", true, true),
        ] {
            let headers = headers(value);
            assert_eq!(
                (guard.reads(peer, &headers), guard.writes(peer, &headers)),
                (asks, writes),
                "{value}"
            );
        }
        std::fs::write(&readers, "another-another-another\n").unwrap();
        guard.reload().unwrap();
        assert!(!guard.reads(stranger, &headers("Bearer reader-reader-reader")));
        std::fs::write(&readers, "canary\n").unwrap();
        let error = guard.reload().unwrap_err().to_string();
        assert!(error.ends_with("`openssl rand -hex 32` makes one") && !error.contains("canary"), "{error}");
        assert!(guard.reads(stranger, &headers("Bearer another-another-another")), "the former ones hold");
    }
}
