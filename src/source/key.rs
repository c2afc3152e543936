//! Under which key are persons' numbers replaced? A secret that is made on first use.
//!
//! Invariant: the key is readable by its owner alone and is shown nowhere, in no error either.

use crate::event::Pseudonyms;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// A key; it can be used, not shown.
pub struct Key([u8; KEY_BYTES]);

/// Why there is no key.
#[derive(Debug, miette::Diagnostic)]
pub enum KeyError {
    /// The reference is of no known form.
    #[diagnostic(help("write \"file:PATH\", \"env:NAME\" or \"state\""))]
    Reference(String),
    /// The variable of the environment is not set.
    #[diagnostic(help("set it to 64 hex digits, such as those of: openssl rand -hex 32"))]
    Unset(String),
    /// What the file or the variable holds is no key.
    #[diagnostic(help("a key is 64 hex digits, such as those of: openssl rand -hex 32"))]
    Form(String),
    /// Others than its owner can read the file.
    #[diagnostic(help("take their rights away with: chmod 600 \"{}\"", _0.display()))]
    Exposed(PathBuf),
    /// There is no state folder to keep the key in.
    #[diagnostic(help("set VESTIGO_KEY to \"file:PATH\", or set HOME"))]
    NoState,
    /// The file cannot be read or made.
    File(PathBuf, io::Error),
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reference(text) => write!(f, "read the pseudonym key: no way to read \"{text}\""),
            Self::Unset(name) => {
                write!(f, "read the pseudonym key: the variable \"{name}\" is not set")
            }
            Self::Form(place) => write!(f, "read the pseudonym key: \"{place}\" holds no key"),
            Self::Exposed(path) => write!(
                f,
                "read the pseudonym key: \"{}\" can be read by others than its owner",
                path.display()
            ),
            Self::NoState => write!(f, "read the pseudonym key: there is no state folder"),
            Self::File(path, error) => {
                write!(f, "read the pseudonym key \"{}\": {error}", path.display())
            }
        }
    }
}

impl std::error::Error for KeyError {}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// The key that a reference names: `file:PATH` (made on first use), `env:NAME`, or `state`, a
    /// file in the user's state folder (made on first use). `env` looks up variables.
    ///
    /// # Errors
    /// When there is no key and none can be made, or others can read it.
    pub fn read(reference: &str, env: impl Fn(&str) -> Option<String>) -> Result<Self, KeyError> {
        if let Some(path) = reference.strip_prefix("file:") {
            return Self::of_file(Path::new(path));
        }
        if let Some(name) = reference.strip_prefix("env:") {
            let text = env(name).ok_or_else(|| KeyError::Unset(name.to_owned()))?;
            return Self::of_hex(&text).ok_or_else(|| KeyError::Form(name.to_owned()));
        }
        if reference != "state" {
            return Err(KeyError::Reference(reference.to_owned()));
        }
        let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = set("XDG_STATE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".local/state")))
            .ok_or(KeyError::NoState)?;
        Self::of_file(&state.join("vestigo/pseudonym.key"))
    }

    /// Pseudonyms under this key.
    pub fn pseudonyms(&self) -> Pseudonyms {
        Pseudonyms::new(&self.0)
    }

    fn of_hex(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        if digits.len() != 2 * KEY_BYTES {
            return None;
        }
        let mut key = [0; KEY_BYTES];
        for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
            let digit = |b: u8| char::from(b).to_digit(16);
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        Some(Self(key))
    }

    fn of_file(path: &Path) -> Result<Self, KeyError> {
        let failed = |error| KeyError::File(path.to_owned(), error);
        match File::open(path) {
            Ok(file) => Self::held(path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(path).map_err(failed)?;
                Self::held(path, File::open(path).map_err(failed)?)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn held(path: &Path, file: File) -> Result<Self, KeyError> {
        let failed = |error| KeyError::File(path.to_owned(), error);
        // Asked of the open file, so that nothing can change in between.
        let about = file.metadata().map_err(failed)?;
        if about.mode() & 0o077 != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
        let mut text = String::new();
        file.take(4 * KEY_BYTES as u64)
            .read_to_string(&mut text)
            .map_err(|_| KeyError::Form(path.display().to_string()))?;
        Self::of_hex(&text).ok_or_else(|| KeyError::Form(path.display().to_string()))
    }
}

/// Makes a key file. When two do so at once, the first one's key stands for both.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut secret = [0; KEY_BYTES];
    File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let mut text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    text.push('\n');
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&aside, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    })();
    fs::remove_file(&aside).ok();
    written
}
