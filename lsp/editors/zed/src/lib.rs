//! Starts `assize lsp` for Zed: the program of the settings (`lsp.assize.binary.path`), else `assize` on the path.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{self as zed, Command, Extension, LanguageServerId, Result, Worktree};

struct Assize;

impl Extension for Assize {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let set = LspSettings::for_worktree("assize", worktree)?.binary;
        let command = set.as_ref().and_then(|binary| binary.path.clone()).or_else(|| worktree.which("assize"));
        let args = set.and_then(|binary| binary.arguments).unwrap_or_else(|| vec!["lsp".to_owned()]);
        let command = command.ok_or("`assize` is not on the path; `lsp.assize.binary.path` says where it is")?;
        Ok(Command { command, args, env: worktree.shell_env() })
    }
}

zed::register_extension!(Assize);
