//! From bytes to records and their fields: what of reading has nothing to do with any tool.

pub mod base64;
pub mod fields;
pub mod head;
pub mod input;
pub mod json;
pub mod limits;
pub mod recognise;
pub mod records;
pub mod stream;
pub mod time;
pub mod yaml;
