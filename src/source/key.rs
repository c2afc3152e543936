//! Under which key are persons' numbers replaced? Made on first use, readable by its owner alone.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Why there is no key.
#[derive(Debug)]
pub enum KeyError {
    /// The reference is neither `state`, `file:PATH` nor `env:NAME`.
    Reference(String),
    /// The variable is not set.
    Unset(String),
    /// Too short to be a secret.
    Short(String),
    /// Others than its owner may read it.
    Open(PathBuf),
    /// No home folder to keep it in.
    Homeless,
    /// Reading or making the file failed.
    Io(PathBuf, io::Error),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(text) => {
                write!(f, "the key \"{text}\" is none of state, file:PATH, env:NAME")
            }
            Self::Unset(name) => write!(f, "the key's variable \"{name}\" is not set"),
            Self::Short(place) => {
                write!(f, "the key in \"{place}\" has fewer than {KEY_BYTES} bytes")
            }
            Self::Open(path) => write!(
                f,
                "the key file \"{0}\" can be read by others: chmod 600 \"{0}\"",
                path.display()
            ),
            Self::Homeless => {
                f.write_str("no state folder for the key: set HOME, or VESTIGO_KEY=file:PATH")
            }
            Self::Io(path, why) => write!(f, "read the key file \"{}\": {why}", path.display()),
        }
    }
}

impl std::error::Error for KeyError {}

/// The key that a reference means: `state` (a file in the user's state folder), `file:PATH` (made
/// on first use with mode 0600) or `env:NAME`. `env` looks up variables.
///
/// # Errors
/// See [`KeyError`]; each says what to do.
pub fn secret(reference: &str, env: impl Fn(&str) -> Option<String>) -> Result<Vec<u8>, KeyError> {
    if let Some(name) = reference.strip_prefix("env:") {
        let value = env(name).ok_or_else(|| KeyError::Unset(name.to_owned()))?;
        return long_enough(value.into_bytes(), name);
    }
    let path = if reference == "state" {
        state_folder(env).ok_or(KeyError::Homeless)?.join("pseudonym.key")
    } else if let Some(path) = reference.strip_prefix("file:") {
        PathBuf::from(path)
    } else {
        return Err(KeyError::Reference(reference.to_owned()));
    };
    let named = |why| KeyError::Io(path.clone(), why);
    match make(&path) {
        Ok(key) => return Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(named(error)),
    }
    if others_may_read(&path).map_err(named)? {
        return Err(KeyError::Open(path));
    }
    let key = std::fs::read(&path).map_err(named)?;
    long_enough(key, &path.display().to_string())
}

fn state_folder(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(base.join("vestigo"))
}

fn long_enough(key: Vec<u8>, place: &str) -> Result<Vec<u8>, KeyError> {
    if key.len() < KEY_BYTES { Err(KeyError::Short(place.to_owned())) } else { Ok(key) }
}

/// Makes the file, which must not exist. It is written aside and linked into place, so that two
/// processes that start together agree on one key and none reads half of it.
fn make(path: &Path) -> io::Result<Vec<u8>> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut key = vec![0; KEY_BYTES];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    let aside = path.with_extension(format!("{}.part", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&aside, path);
    std::fs::remove_file(&aside)?;
    linked.map(|()| key)
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().display().to_string();
        let env = |name: &str| (name == "XDG_STATE_HOME").then(|| home.clone());
        let first = secret("state", env).expect("made");
        assert_eq!(first.len(), KEY_BYTES);
        assert_eq!(secret("state", env).expect("kept"), first);
        let path = folder.path().join("vestigo/pseudonym.key");
        assert!(!others_may_read(&path).expect("there"));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        std::fs::write(&path, [7; KEY_BYTES]).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("set");
        let error = secret(&format!("file:{}", path.display()), |_| None).expect_err("open");
        assert!(matches!(&error, KeyError::Open(_)) && error.to_string().contains("chmod 600"));
    }

    #[test]
    fn references_are_told_apart() {
        let long = "0123456789abcdef0123456789abcdef";
        assert_eq!(secret("env:K", |_| Some(long.into())).expect("set"), long.as_bytes());
        assert!(matches!(secret("env:K", |_| None), Err(KeyError::Unset(_))));
        assert!(matches!(secret("env:K", |_| Some("short".into())), Err(KeyError::Short(_))));
        assert!(matches!(secret("plain", |_| None), Err(KeyError::Reference(_))));
        assert!(matches!(secret("state", |_| None), Err(KeyError::Homeless)));
    }
}
