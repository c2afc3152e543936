//! Where do results go? The files of a bounded run, ordered.
