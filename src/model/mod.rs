//! How is risk judged? The files of `models/`, read, checked and typed.
