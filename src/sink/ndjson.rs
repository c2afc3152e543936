//! Messages as lines of files: one file for each topic, appended to.

use crate::sink::{Delivery, Outlet, OutletFault, Topic};
use serde::Deserialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// Where the files are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the outlet; `ndjson` by default.
    #[serde(default = "name")]
    pub name: String,
    /// The folder.
    pub path: PathBuf,
}

fn name() -> String {
    "ndjson".into()
}

/// The outlet.
#[derive(Debug)]
pub struct Ndjson {
    name: String,
    folder: PathBuf,
}

impl Ndjson {
    /// Opens.
    ///
    /// # Errors
    /// Io.
    pub fn open(config: &Config) -> io::Result<Self> {
        fs::create_dir_all(&config.path)?;
        for topic in Topic::ALL {
            let path = config.path.join(format!("{}.ndjson", topic.name()));
            let Ok(bytes) = fs::read(&path) else { continue };
            let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
            if whole < bytes.len() {
                OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
            }
        }
        Ok(Self { name: config.name.clone(), folder: config.path.clone() })
    }

    fn append(&self, deliveries: &[Delivery]) -> io::Result<()> {
        for topic in Topic::ALL {
            let mut lines = Vec::new();
            for message in deliveries.iter().flat_map(|d| &*d.messages).filter(|m| m.topic == topic)
            {
                lines.extend(message.structured());
                lines.push(b'\n');
            }
            if !lines.is_empty() {
                let path = self.folder.join(format!("{}.ndjson", topic.name()));
                let mut file: File = OpenOptions::new().append(true).create(true).open(path)?;
                file.write_all(&lines)?;
                file.sync_data()?;
            }
        }
        Ok(())
    }
}

impl Outlet for Ndjson {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault> {
        let fault = |error: io::Error| OutletFault { why: error.to_string(), again: true };
        let done = self.append(deliveries).map_err(fault);
        crate::journal::crash::point("outlet_delivered");
        done
    }
}
