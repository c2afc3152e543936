//! What would a city look like? Synthetic events with known truth, for development.
//!
//! Must not know: any stage. It writes contract events as any feed would.
