//! `assize bundle`: policies in one signed file, for decision points to load.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Shell;
use crate::error::CliError;
use crate::exit::Exit;

/// What the command takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    assize bundle keygen --out release.key\n  \
    assize bundle build --policies policies --name prod --sequence 7 --out prod.tar.gz\n  \
    assize bundle sign prod.tar.gz --key release.key\n  \
    assize bundle verify prod.tar.gz --key release.key.pub\n  \
    assize bundle rollback /var/lib/assize   the next SIGHUP takes the one before\n\n\
    A bundle is built only where its policies compile and their tests pass. docs/operations.md says how it is loaded.")]
pub struct BundleArgs {
    #[command(subcommand)]
    command: Bundle,
}

#[derive(Debug, Subcommand)]
enum Bundle {
    /// Make a key to sign with, and the public one beside it
    Keygen {
        /// Where the key goes; the public one has `.pub` behind
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check policies, run their tests, and put them into a bundle
    Build {
        /// A folder of *.assize
        #[arg(long, value_name = "DIR")]
        policies: PathBuf,
        /// What the bundle is called: bundles of one name follow one another
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Its place among them: higher than all before
        #[arg(long, value_name = "NUMBER")]
        sequence: u64,
        /// A threshold, by its qualified name
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// Leave the standard library out
        #[arg(long)]
        no_stdlib: bool,
        /// Where it goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sign a bundle, beside those who have signed it
    Sign {
        /// The bundle
        bundle: PathBuf,
        /// The private key, PEM
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Say whether enough of these keys have signed a bundle, and whether it is whole
    Verify {
        /// The bundle
        bundle: PathBuf,
        /// A public key, PEM
        #[arg(long, value_name = "FILE", required = true)]
        key: Vec<PathBuf>,
        /// How many of them have to have signed
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        need: usize,
    },
    /// Show what a bundle says about itself
    Inspect {
        /// The bundle
        bundle: PathBuf,
    },
    /// Go back to the bundle before the one in force
    Rollback {
        /// The server's store
        store: PathBuf,
        /// To the one of this sequence
        #[arg(long, value_name = "NUMBER")]
        to: Option<u64>,
    },
}

/// Does it.
#[cfg(feature = "serve")]
pub fn run(args: &BundleArgs, shell: &Shell) -> Result<Exit, CliError> {
    run::run(&args.command, shell)
}

/// Says how to get a build that can.
#[cfg(not(feature = "serve"))]
pub fn run(_: &BundleArgs, _: &Shell) -> Result<Exit, CliError> {
    Err(CliError::Usage(super::config::NO_SERVER.to_owned()))
}

#[cfg(feature = "serve")]
mod run {
    use std::path::Path;

    use assize_gateway::bundle::{Bundle as Packed, BundleError, History, PublicKey, SecretKey, Trust};
    use assize_gateway::point::PolicySource;

    use super::Bundle;
    use crate::commands::Shell;
    use crate::error::CliError;
    use crate::exit::Exit;
    use crate::output;
    use crate::project::wall_clock;

    pub fn run(command: &Bundle, shell: &Shell) -> Result<Exit, CliError> {
        match command {
            Bundle::Keygen { out } => keygen(out, shell),
            Bundle::Build { policies, name, sequence, set, no_stdlib, out } => {
                let source = source(policies, set, !no_stdlib)?;
                let bundle = Packed::build(name, *sequence, wall_clock(), &source).map_err(failed)?;
                write(out, &bundle.pack().map_err(failed)?)?;
                let (files, passed) = (bundle.manifest.files.len(), bundle.manifest.tests.passed);
                let revision = &bundle.manifest.revision;
                shell.note(&format!(
                    "{}: {files} files, {passed} tests passed, revision {revision}",
                    out.display()
                ));
                Ok(Exit::Clean)
            }
            Bundle::Sign { bundle, key } => {
                let key = SecretKey::read(&text(key)?).map_err(failed)?;
                let mut packed = Packed::read(&bytes(bundle)?).map_err(failed)?;
                packed.sign(&key);
                write(bundle, &packed.pack().map_err(failed)?)?;
                shell.note(&format!("{}: signed by {}", bundle.display(), key.public().id()));
                Ok(Exit::Clean)
            }
            Bundle::Verify { bundle, key, need } => {
                let keys = key.iter().map(|key| PublicKey::read(&text(key)?).map_err(failed));
                let trust = Trust { keys: keys.collect::<Result<_, _>>()?, need: *need };
                let packed = Packed::read(&bytes(bundle)?).map_err(failed)?;
                let by = packed.verify(&trust).map_err(failed)?;
                let manifest = &packed.manifest;
                output::print(&format!(
                    "{} {} ({}), signed by {}\n",
                    manifest.name,
                    manifest.sequence,
                    manifest.revision,
                    by.join(", ")
                ))?;
                Ok(Exit::Clean)
            }
            Bundle::Inspect { bundle } => {
                let packed = Packed::read(&bytes(bundle)?).map_err(failed)?;
                let shown =
                    serde_json::json!({"manifest": packed.manifest, "signatures": packed.signatures()});
                let shown = serde_json::to_string_pretty(&shown)
                    .map_err(|error| CliError::Engine(error.to_string()))?;
                output::print(&format!("{shown}\n"))?;
                Ok(Exit::Clean)
            }
            Bundle::Rollback { store, to } => {
                let history = History::new(&store.join("bundles")).map_err(failed)?;
                let found = history.roll_back(*to).map_err(failed)?;
                shell.note(&format!(
                    "back to sequence {found}, until a higher one than ever comes; SIGHUP takes it up"
                ));
                Ok(Exit::Clean)
            }
        }
    }

    fn keygen(out: &Path, shell: &Shell) -> Result<Exit, CliError> {
        if out.exists() {
            return Err(CliError::Usage(format!(
                "{}: there is a file already; keys are not overwritten",
                out.display()
            )));
        }
        let secret = SecretKey::make().map_err(failed)?;
        let public = SecretKey::read(&secret).map_err(failed)?.public();
        private(out, secret.as_bytes())?;
        let beside = Path::new(&format!("{}.pub", out.display())).to_owned();
        write(&beside, public.pem().as_bytes())?;
        shell.note(&format!(
            "key {}: {} stays here, {} goes to decision points",
            public.id(),
            out.display(),
            beside.display()
        ));
        Ok(Exit::Clean)
    }

    fn source(folder: &Path, set: &[String], stdlib: bool) -> Result<PolicySource, CliError> {
        let files = crate::sources::find(&[folder.to_owned()], "assize")?;
        let texts = files.iter().map(|file| {
            let name = file.strip_prefix(folder).unwrap_or(file).display().to_string();
            Ok((name, text(file)?))
        });
        let params = set.iter().map(|one| {
            let pair = one.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            pair.ok_or_else(|| CliError::Usage(format!("`{one}` is not NAME=VALUE")))
        });
        Ok(PolicySource {
            texts: texts.collect::<Result<_, CliError>>()?,
            params: params.collect::<Result<_, CliError>>()?,
            stdlib,
            ..PolicySource::default()
        })
    }

    fn failed(error: BundleError) -> CliError {
        CliError::Engine(error.to_string())
    }

    fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
        std::fs::read(path).map_err(|error| CliError::read(path, &error))
    }

    fn text(path: &Path) -> Result<String, CliError> {
        std::fs::read_to_string(path).map_err(|error| CliError::read(path, &error))
    }

    fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
        std::fs::write(path, bytes).map_err(|error| CliError::write(path, &error))
    }

    /// Only its owner may read it.
    fn private(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(|error| CliError::write(path, &error))
    }
}
