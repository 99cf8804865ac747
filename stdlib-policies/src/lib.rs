//! stdlib-policies
