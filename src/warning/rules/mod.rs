//! Which rules are there? One file for a kind of finding; each is a function of what holds now.

pub(super) mod collective;
pub(super) mod complaint;
pub(super) mod customs;
pub(super) mod deregistration;
pub(super) mod flow;
pub(super) mod founding;
pub(super) mod group;
pub(super) mod index;
pub(super) mod succession;
pub(super) mod spread;
