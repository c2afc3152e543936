//! What does the process take? CPU, memory and files, from the kernel's own books.
//!
//! The names are those of every Prometheus client, so that common dashboards fit.

use crate::telemetry::family::Book;
use prometheus::{Gauge, IntGauge};

/// USER_HZ is 100 on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Gauges of the process; read anew for each scrape.
#[derive(Debug)]
pub(super) struct Process {
    cpu: prometheus::Counter,
    resident: IntGauge,
    virtual_: IntGauge,
    files: IntGauge,
    files_max: IntGauge,
    threads: IntGauge,
    started: Gauge,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// A number behind a word at the beginning of a line.
fn number(text: &str, word: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Process {
    pub(super) fn new(book: &mut Book) -> Self {
        let mut gauge = |name: &str, help: &str| book.gauge(name, help);
        let resident = gauge("process_resident_memory_bytes", "Resident memory.");
        let virtual_ = gauge("process_virtual_memory_bytes", "Virtual memory.");
        let files = gauge("process_open_fds", "Open file descriptors.");
        let files_max = gauge("process_max_fds", "File descriptors that may be open.");
        let threads = gauge("process_threads", "Threads.");
        let cpu = book.seconds_total("process_cpu_seconds_total", "CPU time of all threads.");
        let started = book.fine_gauge("process_start_time_seconds", "When the process began.");
        Self { cpu, resident, virtual_, files, files_max, threads, started }
    }

    /// Reads the books.
    pub(super) fn look(&self) {
        let (stat, status) = (read("/proc/self/stat"), read("/proc/self/status"));
        // The name in the second field may hold blanks: count from its closing bracket.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let ticks = |nth: usize| fields.get(nth).and_then(|field| field.parse::<f64>().ok());
        let spent = (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / TICKS_PER_SECOND;
        self.cpu.inc_by((spent - self.cpu.get()).max(0.0));
        if let (Some(ticks), Some(booted)) = (ticks(19), number(&read("/proc/stat"), "btime ")) {
            self.started.set(booted as f64 + ticks / TICKS_PER_SECOND);
        }
        let kib = |word: &str| number(&status, word).unwrap_or(0) * 1024;
        self.resident.set(kib("VmRSS:"));
        self.virtual_.set(kib("VmSize:"));
        self.threads.set(number(&status, "Threads:").unwrap_or(0));
        let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        self.files.set(i64::try_from(open).unwrap_or(i64::MAX));
        let most = number(&read("/proc/self/limits"), "Max open files");
        self.files_max.set(most.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells() {
        let mut book = Book::default();
        let process = Process::new(&mut book);
        process.look();
        if cfg!(target_os = "linux") {
            assert!(process.resident.get() > 1 << 20);
            assert!(process.files.get() > 2 && process.files_max.get() > process.files.get());
            assert!(process.threads.get() >= 1);
            assert!(process.started.get() > 1e9);
        }
    }
}
