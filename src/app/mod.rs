//! What does the user run? The command line, wired to the parts.
