//! Where do events come from? Files, folders and globs, plain or compressed.
