//! How fast is the whole pipeline? The canonical workload: a simulated city of 50,000 enterprises
//! over two years, about 1.65 million events, all stages on.
//!
//! `cargo bench --bench canonical -- [ENTERPRISES] [DAYS]`. Prints events per second, CPU seconds,
//! peak memory, the 99th percentile of the time between epochs, and the wall time of each phase,
//! for one worker and for two. The city is kept between runs.

mod common;

use common::{city, vestigo};
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let word = |at: usize, or: &str| arguments.get(at).cloned().unwrap_or_else(|| or.to_owned());
    let (enterprises, days) = (word(0, "50000"), word(1, "730"));
    let events = city(&enterprises, &days);
    let events = format!("{}/*.ndjson", events.display());
    println!("{enterprises} enterprises, {days} days");
    println!("workers   events/s   wall s    CPU s   peak MiB   epoch p99 ms   phases");
    for workers in ["1", "2"] {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("canonical-out");
        let folder = out.display().to_string();
        vestigo(&[
            "run",
            "pipelines/batch.toml",
            "--events",
            &events,
            "--out",
            &folder,
            "--workers",
            workers,
        ]);
        let text = std::fs::read_to_string(out.join("summary.json")).expect("a summary");
        let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let figure = |key: &str| summary[key].as_f64().expect("a figure");
        println!(
            "{workers:>7} {:>10.0} {:>8.1} {:>8.1} {:>10.0} {:>14.1}   {}",
            figure("events_per_second"),
            figure("wall_seconds"),
            figure("cpu_seconds"),
            figure("peak_memory_bytes") / f64::from(1 << 20),
            figure("epoch_ms_p99"),
            summary["phase_seconds"],
        );
    }
}
