//! A log with one event a record: events are read, what cannot be read is lost, and a log of which nothing is known is
//! another tool's.

use serde_json::Value;

use crate::fields::Bad;
use crate::records::Around;
use crate::stream::Reading;
use crate::{Collector, IngestError, Output, json};

/// What is made of the events of one tool.
pub trait Events {
    /// The connector's name.
    const NAME: &'static str;

    /// What no record has where the log is another tool's: `no line has an eventName`.
    const EXPECTED: &'static str;

    /// A record without what carries it.
    ///
    /// # Errors
    /// [`Bad`] where there is no event in it.
    fn bare(value: Value) -> Result<Value, Bad> {
        Ok(value)
    }

    /// Whether a record is the tool's, be it read or not.
    fn is_own(value: &Value) -> bool;

    /// Reads an event.
    ///
    /// # Errors
    /// [`Bad`] where it cannot be read: it is lost then.
    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad>;

    /// An event could not be read; `value` is what there is of it.
    fn lost(&mut self, value: Option<&Value>);

    /// Where facts go.
    fn facts(&mut self) -> &mut Collector;

    /// What was made of the events so far and need not be kept.
    fn take(&mut self) -> Output {
        self.facts().take()
    }

    /// The end: what is left to say, coverage above all.
    ///
    /// # Errors
    /// The caller did not say what the log does not.
    fn finish(self, around: &Around) -> Result<Output, IngestError>;
}

/// A log that is being read.
pub fn reading<E: Events + 'static>(events: E) -> Box<dyn Reading> {
    Box::new(Log { events, known: false })
}

struct Log<E> {
    events: E,
    /// Whether any record is the tool's.
    known: bool,
}

impl<E: Events> Reading for Log<E> {
    fn record(&mut self, record: json::Record) {
        let value = record.value.map_err(Bad::record).and_then(E::bare);
        let read = match &value {
            Ok(value) => {
                self.known |= E::is_own(value);
                self.events.read(&record.place, value)
            }
            Err(bad) => Err(bad.clone()),
        };
        if let Err(bad) = read {
            self.events.lost(value.as_ref().ok());
            self.events.facts().reject(record.place, bad);
        }
    }

    fn take(&mut self) -> Output {
        self.events.take()
    }

    fn finish(self: Box<Self>, around: &Around) -> Result<Output, IngestError> {
        // What wraps events may have none in it.
        if !self.known && !around.wrapped {
            return Err(IngestError::not_of(E::NAME, E::EXPECTED));
        }
        self.events.finish(around)
    }
}
