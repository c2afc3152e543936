//! How does one epoch run? Facts in, effects out, over one or many workers.
//!
//! Invariant: the effects do not depend on the number of workers. Every timely type stays here.
