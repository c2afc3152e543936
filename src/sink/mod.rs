//! Where do results go? The files of a bounded run (contract, section 6), ordered; the messages of
//! a live one, and the ways out.
//!
//! Invariant: the bytes depend on the results alone; every list has an order of its own. Must not
//! hold a personal identifier: persons are shown as pseudonyms, and only as controllers.

mod board;
pub mod dead_letters;
mod folder;
mod frame;
mod json;
pub mod kafka;
mod line;
mod message;
pub mod ndjson;
pub mod outbox;
pub mod parquet;
pub mod speak;
mod spool;
pub mod webhook;

pub use board::Board;
pub use folder::{DeadLetter, Results, Summary, Tally, write};
pub use frame::replace;
pub use message::{
    Delivery, EventRow, Gather, Message, Outlet, OutletFault, SOURCE, Selection, Topic,
};
pub use outbox::{Outbox, Receipts};

use crate::id::EntityId;

/// How enterprises are called in results.
pub trait Labels {
    /// The USCC, or, where no feed has told one, `regno:…`, `orgcode:…` or `name:…`.
    fn code(&self, entity: EntityId) -> String;
    /// The name in use, empty when no feed has told one.
    fn name(&self, entity: EntityId) -> String;
}
