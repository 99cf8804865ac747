//! How far a long input has been read, on a terminal.

use std::io::{IsTerminal, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter inputs are read before anybody could look.
const LONG: u64 = 16 << 20;

/// A reader that shows how far it is, where the input is long and standard error is a terminal.
pub struct Shown<R> {
    reader: R,
    bar: Option<ProgressBar>,
}

impl<R: Read> Shown<R> {
    /// Of an input of so many bytes.
    pub fn new(reader: R, path: &Path, bytes: u64) -> Self {
        let bar = (bytes >= LONG && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(5));
            let style = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.set_message(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
            bar
        });
        Self { reader, bar }
    }
}

impl<R: Read> Read for Shown<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(out)?;
        if let Some(bar) = &self.bar {
            bar.inc(u64::try_from(read).unwrap_or(0));
        }
        Ok(read)
    }
}

impl<R> Drop for Shown<R> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
