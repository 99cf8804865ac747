//! What `assize watch` is made of: files that grow, signs of change on disk, a clock, and what stands.

mod clock;
mod events;
mod signs;
mod standing;
mod tail;

pub use clock::Clock;
pub use events::{Event, Events};
pub use standing::Standing;
pub use tail::Tail;
