//! How is a running service doing, at a look? Its metrics, drawn again and again.

use crate::app::client::Client;
use crate::app::{Failure, Outcome, output};
use clap::Args;
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::style::{Attribute, Color, ResetColor, SetAttribute, SetForegroundColor};
use crossterm::terminal::{self, ClearType};
use crossterm::{cursor, execute, queue};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// What is watched.
#[derive(Debug, Args)]
pub(crate) struct Top {
    /// The service.
    #[arg(long, env = "VESTIGO_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Seconds between two looks.
    #[arg(long, default_value_t = 2)]
    every: u64,
    /// Draw once, to stdout, and end.
    #[arg(long)]
    once: bool,
}

/// One scrape: every series by its text.
#[derive(Debug, Default)]
struct Scrape {
    at: Option<Instant>,
    series: BTreeMap<String, f64>,
}

impl Scrape {
    fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Self { at: Some(Instant::now()), series: series.collect() }
    }

    fn get(&self, series: &str) -> f64 {
        self.series.get(series).copied().unwrap_or(0.0)
    }

    /// The values of a metric, by the value of one of its labels, added up.
    fn by(&self, metric: &str, label: &str) -> BTreeMap<String, f64> {
        let mut found: BTreeMap<String, f64> = BTreeMap::new();
        let start = format!("{metric}{{");
        let series = self.series.range(start.clone()..);
        for (name, value) in series.take_while(|(name, _)| name.starts_with(&start)) {
            if let Some(word) = labelled(name, label) {
                *found.entry(word.to_owned()).or_default() += value;
            }
        }
        found
    }

    fn sum(&self, metric: &str) -> f64 {
        let start = format!("{metric}{{");
        let labelled =
            self.series.range(start.clone()..).take_while(|(n, _)| n.starts_with(&start));
        self.get(metric) + labelled.map(|(_, value)| value).sum::<f64>()
    }
}

fn labelled<'a>(series: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = series.split_once(&format!("{label}=\""))?;
    rest.split('"').next()
}

/// Two scrapes, from which rates are told.
struct Look<'a> {
    before: &'a Scrape,
    now: &'a Scrape,
    wall: f64,
}

impl Look<'_> {
    fn seconds(&self) -> f64 {
        match (self.before.at, self.now.at) {
            (Some(before), Some(now)) => now.duration_since(before).as_secs_f64().max(0.001),
            _ => 1.0,
        }
    }

    fn rate(&self, now: f64, before: f64) -> f64 {
        (now - before).max(0.0) / self.seconds()
    }

    fn rate_of(&self, metric: &str) -> f64 {
        self.rate(self.now.sum(metric), self.before.sum(metric))
    }

    fn head(&self) -> String {
        let conditions = self.now.by("vestigo_condition", "state");
        let condition = conditions.iter().find(|(_, on)| **on > 0.0).map_or("unknown", |(s, _)| s);
        let model = self.now.by("vestigo_model_info", "model");
        let model = model.keys().next().map_or("", String::as_str);
        let age = self.wall
            - self.now.get("vestigo_pipeline_heartbeat_timestamp_seconds{stage=\"speak\"}");
        format!(
            "{condition}   model {model}   freshness {}   CPU {:.0} %   memory {}   open files {:.0}",
            span(age),
            100.0 * self.rate_of("process_cpu_seconds_total"),
            bytes(self.now.get("process_resident_memory_bytes")),
            self.now.get("process_open_fds"),
        )
    }

    fn stages(&self, lines: &mut Vec<String>) {
        lines.push(format!("{:<12}{:>12}{:>9}{:>12}", "stage", "items/s", "busy", "a go"));
        let of = |scrape: &Scrape, suffix: &str| {
            scrape.by(&format!("vestigo_stage_duration_seconds_{suffix}"), "stage")
        };
        let (sums, counts) = (of(self.now, "sum"), of(self.now, "count"));
        let (sums_before, counts_before) = (of(self.before, "sum"), of(self.before, "count"));
        let items = self.now.by("vestigo_stage_items_total", "stage");
        let items_before = self.before.by("vestigo_stage_items_total", "stage");
        let value = |map: &BTreeMap<String, f64>, key: &str| map.get(key).copied().unwrap_or(0.0);
        for stage in [
            "check",
            "journal",
            "resolve",
            "graph",
            "succession",
            "flow",
            "risk",
            "warning",
            "dispatch",
            "speak",
        ] {
            let spent = value(&sums, stage) - value(&sums_before, stage);
            let goes = value(&counts, stage) - value(&counts_before, stage);
            let busy = spent / self.seconds();
            lines.push(format!(
                "{stage:<12}{:>12.0}{:>8.0}%{:>12}  {}",
                self.rate(value(&items, stage), value(&items_before, stage)),
                100.0 * busy,
                if goes > 0.0 { span(spent / goes) } else { "-".into() },
                bar(busy, 20),
            ));
        }
    }

    fn queues(&self, lines: &mut Vec<String>) {
        let depths = self.now.by("vestigo_queue_depth", "queue");
        let capacities = self.now.by("vestigo_queue_capacity", "queue");
        for (queue, depth) in depths {
            let capacity = capacities.get(&queue).copied().unwrap_or(0.0);
            let share = if capacity > 0.0 { depth / capacity } else { 0.0 };
            lines.push(format!("queue {queue:<10}{depth:>10.0}  {}", bar(share, 20)));
        }
        let backpressure = self.rate_of("vestigo_backpressure_seconds_total");
        lines.push(format!(
            "back-pressure {:>11.0}%  {}",
            100.0 * backpressure,
            bar(backpressure, 20)
        ));
        let lag = self.now.sum("vestigo_kafka_consumer_lag_messages");
        lines.push(format!("Kafka lag {lag:>16.0}"));
        for (outlet, behind) in self.now.by("vestigo_outlet_lag_epochs", "outlet") {
            let condition =
                self.now.get(&format!("vestigo_outlet_condition{{outlet=\"{outlet}\"}}"));
            let word = ["works", "tries again", "halted"][(condition as usize).min(2)];
            lines.push(format!("outlet {outlet:<12} {behind:>6.0} epochs behind, {word}"));
        }
    }

    fn found(&self, lines: &mut Vec<String>) {
        let list = |map: BTreeMap<String, f64>| {
            let words = map.into_iter().map(|(word, number)| format!("{word} {number:.0}"));
            words.collect::<Vec<_>>().join("   ")
        };
        let fates = self.now.by("vestigo_ingest_records_total", "outcome");
        let before = self.before.by("vestigo_ingest_records_total", "outcome");
        let rates = fates.into_iter().map(|(fate, number)| {
            let rate = self.rate(number, before.get(&fate).copied().unwrap_or(0.0));
            (fate, rate)
        });
        lines.push(format!("records/s      {}", list(rates.collect())));
        lines.push(format!(
            "open warnings  {}",
            list(self.now.by("vestigo_warnings_open", "level"))
        ));
        lines.push(format!(
            "enterprises    {}",
            list(self.now.by("vestigo_index_enterprises", "grade"))
        ));
        lines.push(format!(
            "tasks          open {:.0}   overdue {:.0}",
            self.now.sum("vestigo_agency_tasks_open"),
            self.now.sum("vestigo_tasks_overdue"),
        ));
        lines.push(format!(
            "journal        {} segments, {}, {} free   {:.1} epochs/s   snapshot {} ago",
            self.now.get("vestigo_journal_segments"),
            bytes(self.now.get("vestigo_journal_disk_bytes")),
            bytes(self.now.get("vestigo_state_free_bytes")),
            self.rate_of("vestigo_journal_epochs_total"),
            match self.now.get("vestigo_snapshot_last_success_timestamp_seconds") {
                at if at > 0.0 => span(self.wall - at),
                _ => "-".into(),
            },
        ));
        lines.push(format!(
            "requests/s     {:.1}   followers {:.0}   dead letters {:.0}",
            self.rate_of("vestigo_http_requests_total"),
            self.now.get("vestigo_sse_clients"),
            self.now.sum("vestigo_dead_letters"),
        ));
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.head(), String::new()];
        self.stages(&mut lines);
        lines.push(String::new());
        self.queues(&mut lines);
        lines.push(String::new());
        self.found(&mut lines);
        lines
    }
}

fn span(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s.max(0.0) * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3_600.0),
    }
}

fn bytes(number: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut number = number;
    while number >= 1024.0 && unit + 1 < units.len() {
        number /= 1024.0;
        unit += 1;
    }
    format!("{number:.1} {}", units[unit])
}

fn bar(share: f64, width: usize) -> String {
    let full = ((share.clamp(0.0, 1.0)) * width as f64).round() as usize;
    format!("{}{}", "█".repeat(full), "·".repeat(width - full))
}

fn scrape(client: &Client) -> Result<Scrape, Failure> {
    client.text("/metrics").map(|text| Scrape::read(&text))
}

fn wall() -> f64 {
    crate::source::live::wall_clock().0 as f64 / 1000.0
}

/// The terminal as it was, whatever happens.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let screen = Self;
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        Ok(screen)
    }

    fn draw(lines: &[String], note: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let (width, height) = terminal::size()?;
        queue!(out, cursor::MoveTo(0, 0))?;
        for (number, line) in lines.iter().take(usize::from(height.saturating_sub(1))).enumerate() {
            if number == 0 {
                queue!(out, SetAttribute(Attribute::Bold), SetForegroundColor(Color::Cyan))?;
            }
            let shown: String = line.chars().take(usize::from(width)).collect();
            write!(out, "{shown}")?;
            queue!(out, ResetColor, SetAttribute(Attribute::Reset))?;
            queue!(out, terminal::Clear(ClearType::UntilNewLine), cursor::MoveToNextLine(1))?;
        }
        queue!(out, terminal::Clear(ClearType::FromCursorDown))?;
        queue!(out, cursor::MoveTo(0, height.saturating_sub(1)))?;
        write!(out, "q ends   {note}")?;
        queue!(out, terminal::Clear(ClearType::UntilNewLine))?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The terminal is left as well as it can be.
        execute!(io::stdout(), cursor::Show, terminal::LeaveAlternateScreen).ok();
        terminal::disable_raw_mode().ok();
    }
}

/// Waits for the next look; whether to end.
fn ended(until: Instant) -> io::Result<bool> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || !event::poll(left)? {
            return Ok(false);
        }
        if let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            let interrupt = key.modifiers.contains(KeyModifiers::CONTROL);
            match key.code {
                KeyCode::Char('q') | KeyCode::Esc => return Ok(true),
                KeyCode::Char('c') if interrupt => return Ok(true),
                _ => return Ok(false),
            }
        }
    }
}

/// Watches.
pub(crate) fn run(top: &Top, key: Option<String>) -> Result<Outcome, Failure> {
    let client = Client::new(&top.server, key)?;
    let every = Duration::from_secs(top.every.max(1));
    let mut before = scrape(&client)?;
    if top.once || !io::stdout().is_terminal() {
        std::thread::sleep(every);
        let now = scrape(&client)?;
        let look = Look { before: &before, now: &now, wall: wall() };
        output::text(&look.lines().join("\n"))?;
        return Ok(Outcome::Done);
    }
    let _screen = Screen::enter()?;
    let mut lines = vec!["looking …".to_owned()];
    let mut note = top.server.clone();
    loop {
        Screen::draw(&lines, &note)?;
        if ended(Instant::now() + every)? {
            return Ok(Outcome::Done);
        }
        match scrape(&client) {
            Ok(now) => {
                lines = Look { before: &before, now: &now, wall: wall() }.lines();
                before = now;
                note.clone_from(&top.server);
            }
            // It may come back: what was seen last stays.
            Err(Failure::Io(error)) => note = format!("{error}: looking again"),
            Err(other) => return Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_come_from_two_scrapes() {
        let text = |items: u32, spent: f64| {
            format!(
                "# HELP x\nvestigo_condition{{state=\"ready\"}} 1\n\
                 vestigo_stage_items_total{{stage=\"risk\"}} {items}\n\
                 vestigo_stage_duration_seconds_sum{{stage=\"risk\"}} {spent}\n\
                 vestigo_stage_duration_seconds_count{{stage=\"risk\"}} {items}\n\
                 vestigo_queue_depth{{queue=\"inlet\"}} 5\nvestigo_queue_capacity{{queue=\"inlet\"}} 10\n"
            )
        };
        let mut before = Scrape::read(&text(100, 1.0));
        let now = Scrape::read(&text(300, 2.0));
        before.at = now.at.and_then(|at| at.checked_sub(Duration::from_secs(2)));
        let lines = Look { before: &before, now: &now, wall: 0.0 }.lines().join("\n");
        assert!(lines.starts_with("ready"), "{lines}");
        let risk = lines.lines().find(|line| line.starts_with("risk")).expect("told");
        let words: Vec<&str> = risk.split_whitespace().collect();
        assert_eq!(words[..5], ["risk", "100", "50%", "5.0", "ms"]);
        let queue = lines.lines().find(|line| line.starts_with("queue inlet")).expect("told");
        assert_eq!(queue.matches('█').count(), 10);
    }
}
