//! Is the audit whole? Its chain is checked after the start and once a day.

use crate::access::audit::{Audit, verify};
use crate::service::spawn;
use crate::source::live::wall_clock;
use crate::telemetry::Note;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often it is checked.
const EVERY: Duration = Duration::from_hours(24);

/// Checks for as long as it lives.
#[derive(Debug)]
pub(super) struct Vigil {
    _end: Sender<()>,
}

impl Vigil {
    /// Begins.
    pub(super) fn start(state: &Path, audit: Arc<Audit>) -> Self {
        let (end, ended) = channel::<()>();
        let state: PathBuf = state.to_owned();
        spawn("vigil", move || {
            loop {
                look(&state, audit.lines());
                match ended.recv_timeout(EVERY) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => return,
                }
            }
        });
        Self { _end: end }
    }
}

/// Checks the lines that were written before; a later one may be half written.
fn look(state: &Path, written: u64) {
    match verify(state) {
        Ok(found) => {
            if let Some((line, why)) = found.fault.filter(|(line, _)| *line <= written) {
                Note::AuditBroken { line, why: &why }.tell();
            } else {
                let at = wall_clock().0 as f64 / 1000.0;
                Note::AuditWhole { lines: found.lines, at }.tell();
            }
        }
        Err(error) => Note::AuditBroken { line: 0, why: &error.to_string() }.tell(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics;
    use crate::time::Time;

    #[test]
    fn a_changed_line_is_noticed_and_a_half_written_one_is_not() {
        let state = tempfile::tempdir().expect("a folder");
        let audit = Audit::open(state.path()).expect("made");
        for seq in 0..3 {
            audit.add(Time(seq), "k", "login", "k", serde_json::Value::Null).expect("written");
        }
        let broken = &metrics().audit.verify_failures;
        let before = broken.get();
        look(state.path(), audit.lines());
        let path = state.path().join("audit/audit.ndjson");
        let text = std::fs::read_to_string(&path).expect("read");
        std::fs::write(&path, format!("{text}{{\"seq\":4")).expect("written");
        look(state.path(), audit.lines());
        assert_eq!(broken.get(), before);
        std::fs::write(&path, text.replacen("login", "act", 1)).expect("written");
        look(state.path(), audit.lines());
        assert_eq!(broken.get(), before + 1);
    }
}
