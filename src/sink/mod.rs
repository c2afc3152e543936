//! Where do results go? The files of a bounded run (contract, section 6), ordered.
//!
//! Invariant: the bytes depend on the results alone; every list has an order of its own. Must not
//! hold a personal identifier: persons are shown as pseudonyms, and only as controllers.

mod board;
mod folder;
mod json;
mod message;

pub use board::Board;
pub use folder::{DeadLetter, Results, Summary, Tally, base64, write};
pub use message::{Delivery, Message, Outlet, OutletFault, Topic};

use crate::id::EntityId;

/// How enterprises are called in results.
pub trait Labels {
    /// The USCC, or, where no feed has told one, `regno:…`, `orgcode:…` or `name:…`.
    fn code(&self, entity: EntityId) -> String;
    /// The name in use, empty when no feed has told one.
    fn name(&self, entity: EntityId) -> String;
}
