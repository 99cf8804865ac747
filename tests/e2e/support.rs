//! A folder of its own for each test, and the binary run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The built binary.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_assize")
}

/// A folder that goes away with the test.
pub struct Sandbox {
    folder: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a copy of a folder of the repository, under the same path.
    pub fn with(path: &str) -> Self {
        let sandbox = Self::new();
        copy(&root().join(path), &sandbox.path(path));
        sandbox
    }

    /// A path in the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, its folders made as needed.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Everything that a snapshot holds: its lines, and its files as they lie on disk.
    pub fn snapshot(&self, path: &str) -> String {
        let folder = self.path(path);
        let mut text = String::new();
        assize_snapshots::read(&folder, &mut |_, _, line| {
            text.push_str(line);
            text.push('\n');
        })
        .unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()));
        }
        text
    }

    /// Runs `assize` with arguments, separated by spaces.
    pub fn run(&self, args: &str) -> Run {
        self.run_with(args, &[], None)
    }

    /// Runs `assize` with arguments, variables and standard input.
    pub fn run_with(&self, args: &str, env: &[(&str, &str)], input: Option<&[u8]>) -> Run {
        let mut command = command(Path::new(binary()));
        command.args(args.split_whitespace()).envs(env.iter().copied()).current_dir(self.folder.path());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if let Some(input) = input {
            use std::io::Write;
            child.stdin.take().unwrap().write_all(input).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().expect("ended by a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// The run, where it ended as it should.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(!all.contains("panicked") && !all.contains("RUST_BACKTRACE"), "{all}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// A command that sees nothing of this machine's settings.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ASSIZE_") {
            command.env_remove(name);
        }
    }
    for name in ["COLUMNS", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    // Plans are kept beside the build, not in the home of who runs the tests.
    command.env("ASSIZE_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Copies a folder and what is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
