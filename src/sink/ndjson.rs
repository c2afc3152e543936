//! How do messages become lines of files? One file for each topic, appended to.
//!
//! Invariant: a file holds whole lines up to the last delivery that succeeded; what a crash or a
//! full disk left behind them is cut before anything is added. Must not know: what is said.

use crate::journal::crash;
use crate::sink::frame::sync_folder;
use crate::sink::{Delivery, Outlet, OutletFault, Topic};
use serde::Deserialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes looked through at a time for the end of the last line.
const STEP: u64 = 64 << 10;

/// Where the files are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the outlet; `ndjson` unless several are needed.
    #[serde(default = "usual_name")]
    pub name: String,
    /// The folder; it is made when it is not there.
    pub path: PathBuf,
}

fn usual_name() -> String {
    "ndjson".into()
}

/// Appends messages to files.
#[derive(Debug)]
pub struct Ndjson {
    name: String,
    folder: PathBuf,
}

impl Ndjson {
    /// Opens the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(config: &Config) -> io::Result<Self> {
        fs::create_dir_all(&config.path)?;
        Ok(Self { name: config.name.clone(), folder: config.path.clone() })
    }
}

/// Appends lines to a file, durably; half a line that a crash left is cut first.
pub(super) fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let fresh = !path.exists();
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    cut_to_whole_lines(&mut file)?;
    file.write_all(lines)?;
    file.sync_data()?;
    match path.parent() {
        Some(folder) if fresh => sync_folder(folder),
        _ => Ok(()),
    }
}

/// Cuts what stands behind the last end of a line: the beginning of one that was never finished.
fn cut_to_whole_lines(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(STEP);
        let mut bytes = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        if let Some(at) = memchr::memrchr(b'\n', &bytes) {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length { file.set_len(end) } else { Ok(()) }
}

impl Outlet for Ndjson {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault> {
        for topic in Topic::ALL {
            let mut lines = Vec::new();
            let messages = deliveries.iter().flat_map(|delivery| &*delivery.messages);
            for message in messages.filter(|message| message.topic == topic) {
                lines.extend(message.structured());
                lines.push(b'\n');
            }
            if !lines.is_empty() {
                let path = self.folder.join(format!("{}.ndjson", topic.name()));
                append(&path, &lines).map_err(|error| OutletFault::again(error.to_string()))?;
            }
        }
        crash::point("outlet_delivered");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::Message;
    use crate::time::Time;

    fn delivery(epoch: u64, ids: &[&str]) -> Delivery {
        let message = |id: &&str| Message {
            id: (**id).into(),
            topic: Topic::Warning,
            subject: "91469007MA5TKB1082".into(),
            time: Time(0),
            data: b"{}".as_slice().into(),
        };
        Delivery::new(epoch, ids.iter().map(message).collect())
    }

    #[test]
    fn half_a_line_is_cut_before_the_next_is_added() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config { name: usual_name(), path: folder.path().join("new") };
        let mut outlet = Ndjson::open(&config).expect("made");
        outlet.deliver(&[delivery(1, &["a", "b"]), delivery(2, &["c"])]).expect("written");
        let path = config.path.join("vestigo.warning.v1.ndjson");
        let whole = fs::read(&path).expect("there");
        for half in [&b"{\"half"[..], &vec![b'x'; 200_000]] {
            fs::write(&path, [&whole, half].concat()).expect("torn");
            outlet.deliver(&[delivery(3, &["d"])]).expect("written");
            let text = fs::read_to_string(&path).expect("text");
            let ids: Vec<String> = text
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("whole"))
                .map(|event| event["id"].as_str().expect("an id").to_owned())
                .collect();
            assert_eq!(ids, ["a", "b", "c", "d"]);
        }
        fs::write(&path, "no end").expect("torn");
        outlet.deliver(&[delivery(4, &["e"])]).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("text").lines().count(), 1);
    }
}
