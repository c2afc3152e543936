//! What flows where? The files of `pipelines/`, read and checked.
