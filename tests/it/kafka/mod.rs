//! Does Vestigo get on with a real Kafka? Source and sink against brokers that the tests start.
//!
//! `broker` starts them, `client` makes topics, writes and reads, `intake` stands in for the
//! service behind the inlet.

pub(crate) mod broker;
pub(crate) mod client;
mod faults;
mod intake;
mod pipeline;
mod sink;
mod source;
