//! assize
fn main() {}
