//! How far is it? A bar on a terminal, a sentence at the end.

use crate::app::batch::Progress;
use crate::sink::Summary;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;

/// A bar on stderr; invisible where stderr is no terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar that counts bytes until the days are known.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::no_length();
        bar.set_style(style("reading {bytes} at {bytes_per_sec}"));
        Self(bar)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bar {
    fn read(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    fn days(&self, days: u64) {
        self.0.set_position(0);
        self.0.set_length(days);
        self.0.set_style(style("{bar:30} day {pos} of {len}, {eta} to go"));
    }

    fn day(&self) {
        self.0.inc(1);
    }
}

/// A run in one sentence.
pub(crate) fn said(summary: &Summary, out: &Path) -> String {
    let total = summary.total;
    format!(
        "read {} events: {} accepted, {} duplicate, {} dead; {:.1} s, {:.0} events/s, {:.1} CPU s, \
         {} MiB; results in \"{}\"",
        total.read,
        total.accepted,
        total.duplicate,
        total.dead,
        summary.wall_seconds,
        total.read as f64 / summary.wall_seconds.max(1e-9),
        summary.cpu_seconds,
        summary.peak_memory_bytes >> 20,
        out.display(),
    )
}
