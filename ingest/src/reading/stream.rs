//! Logs, read record by record: what was made of some records is let go of before the next ones are read.

use crate::json::Record;
use crate::records::{Around, Form, Records};
use crate::{Context, IngestError, Input, Limits, Output};

/// After how many records what was made of them is let go of.
const RECORDS: usize = 8_192;

/// How many lines may be made of some records before they are let go of.
const LINES: usize = 65_536;

/// Reads a tool's log.
pub trait Streaming: Sync {
    /// What is particular about its form.
    fn form(&self) -> Form {
        Form::default()
    }

    /// Begins to read one.
    ///
    /// # Errors
    /// The caller did not say what the log does not.
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError>;
}

/// A log that is being read.
pub trait Reading {
    /// One record, or why there is none in its place.
    fn record(&mut self, record: Record);

    /// How many lines are held that [`Self::take`] would give, where a record may make many.
    fn held(&self) -> usize {
        0
    }

    /// What was made of the records so far and need not be kept. By default all is kept to the end.
    fn take(&mut self) -> Output {
        Output::default()
    }

    /// The end: what is left to say, coverage above all. `around` is what was around the records.
    ///
    /// # Errors
    /// It was no log of this tool.
    fn finish(self: Box<Self>, around: &Around) -> Result<Output, IngestError>;
}

/// Reads a log; what is made of it goes to `sink` piece by piece.
///
/// # Errors
/// The log cannot be read, or is none of this tool. What went to `sink` before stands.
pub fn run(
    streaming: &dyn Streaming,
    input: Input<'_>,
    context: &Context,
    sink: &mut dyn FnMut(Output),
) -> Result<(), IngestError> {
    let mut reading = streaming.begin(context)?;
    let limit = input.limits().record;
    let mut records = Records::new(input, streaming.form(), limit)?;
    let mut since = 0_usize;
    while let Some(record) = records.read()? {
        reading.record(record);
        since = since.saturating_add(1);
        if since >= RECORDS || reading.held() >= LINES {
            sink(reading.take());
            since = 0;
        }
    }
    sink(reading.finish(records.around())?);
    Ok(())
}

/// Reads a log that is in memory, and gives what is made of it as a whole.
///
/// # Errors
/// As [`run`].
pub fn whole(streaming: &dyn Streaming, input: &[u8], context: &Context) -> Result<Output, IngestError> {
    let mut reading = streaming.begin(context)?;
    let mut records = Records::new(input, streaming.form(), Limits::default().record)?;
    while let Some(record) = records.read()? {
        reading.record(record);
    }
    reading.finish(records.around())
}
