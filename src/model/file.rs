//! Where in the file is the fault? TOML files read into types, with errors that point.

use miette::{NamedSource, SourceSpan};
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::{Path, PathBuf};

/// A file that cannot be used, with the place.
#[derive(Debug)]
pub struct FileError(Box<Place>);

#[derive(Debug)]
struct Place {
    path: PathBuf,
    message: String,
    source: NamedSource<String>,
    span: Option<SourceSpan>,
}

impl FileError {
    /// A fault at a span (bytes) of a file's text.
    pub fn at(
        path: &Path,
        text: &str,
        span: Option<std::ops::Range<usize>>,
        message: impl Into<String>,
    ) -> Self {
        let name = path.display().to_string();
        Self(Box::new(Place {
            path: path.to_owned(),
            message: message.into(),
            source: NamedSource::new(name, text.to_owned()).with_language("toml"),
            span: span.map(SourceSpan::from),
        }))
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read \"{}\": {}", self.0.path.display(), self.0.message)
    }
}

impl std::error::Error for FileError {}

impl miette::Diagnostic for FileError {
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.0.span.is_some().then_some(&self.0.source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let span = self.0.span?;
        Some(Box::new(std::iter::once(miette::LabeledSpan::new_with_span(
            Some("here".to_owned()),
            span,
        ))))
    }
}

/// Reads a TOML file into a type.
///
/// # Errors
/// When the file cannot be read, is not TOML, or does not fit the type; with the place.
pub fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| FileError::at(path, "", None, error.to_string()))?;
    parse_toml(path, &text)
}

/// As [`read_toml`], of a text that was read already.
///
/// # Errors
/// See [`read_toml`].
pub fn parse_toml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, FileError> {
    toml::from_str(text)
        .map_err(|error| FileError::at(path, text, error.span(), error.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use miette::Diagnostic;

    #[test]
    fn points_at_the_fault() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Small {
            #[expect(dead_code, reason = "only its presence is asked")]
            known: u32,
        }
        let text = "known = 1\nunknown = 2\n";
        let error = parse_toml::<Small>(Path::new("a.toml"), text).expect_err("unknown key");
        assert!(error.to_string().contains("unknown"));
        let label = error.labels().expect("a place").next().expect("one");
        assert_eq!(&text[label.offset()..label.offset() + 7], "unknown");
    }
}
