//! stub
/// stub
pub fn plan() {}
