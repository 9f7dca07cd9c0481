//! LinkedIn: what is asked of it, what its answers mean, and a client over any transport.
//!
//! Owns the wire. Everything but [`client`] is pure: requests are values, and answers are
//! classified by functions without effects. Must not open a connection (the transport
//! does), read the environment, or touch the ledger.

pub mod body;
pub mod cleaning;
pub mod client;
pub mod comment;
pub mod credentials;
pub mod duplicate;
pub mod endpoint;
pub mod errors;
pub mod failure;
pub mod finding;
pub mod live_text;
pub mod media_requests;
pub mod oauth;
pub mod outcome;
pub mod problem;
pub mod refusal;
pub mod replies;
pub mod requests;
pub mod retry;
mod scrub;
pub mod token;
pub mod upload;
pub mod vault;
pub mod versions;

#[cfg(test)]
mod testing;
