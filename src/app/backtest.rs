//! What would another model have said? Two models over one history, side by side on two threads.

use crate::app::history::{History, Place};
use crate::app::{Failure, batch, progress, train};
use crate::backtest::{self, Book, Both, Labels, Names, Options, Report, Watch, Window};
use crate::engine::{self, Epoch};
use crate::model::Model;
use crate::source::live::wall_clock;
use crate::time::{Day, Time};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Days that a model may be behind the other.
const AHEAD_MAX: usize = 16;

/// What `vestigo backtest` is asked.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Asked {
    /// The candidate: a model's folder, or its id below `models/`.
    pub(crate) model: String,
    /// The model that it is compared with.
    #[arg(long)]
    pub(crate) against: String,
    /// First day of the report (`YYYY-MM-DD`, or a moment); the first day of the events unless
    /// given. What came before is learned all the same.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last day of the report; the last day of the events unless given.
    #[arg(long)]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// `truth.json` of a simulated city: which enterprises are cases.
    #[arg(long, conflicts_with = "verdicts")]
    pub(crate) truth: Option<PathBuf>,
    /// Verdicts of agencies, NDJSON: `uscc`, `confirmed`, `on`.
    #[arg(long)]
    pub(crate) verdicts: Option<PathBuf>,
    /// Folder of a companion of the candidate (`vestigo model train`): how it would order work.
    #[arg(long)]
    pub(crate) companion: Option<PathBuf>,
    /// Folder for `backtest.json` and `backtest.html`.
    #[arg(long, default_value = "out")]
    pub(crate) out: PathBuf,
    /// Most examples of each kind of warning gained or lost.
    #[arg(long, default_value_t = 5)]
    pub(crate) examples: usize,
    /// Precision among the first so many of the ranking; may be repeated.
    #[arg(long, default_values_t = [50, 100, 200])]
    pub(crate) first: Vec<usize>,
}

/// Runs both models and writes the report.
pub(crate) fn run(asked: &Asked) -> Result<Report, Failure> {
    let model = super::model::load(&asked.model)?;
    let against = super::model::load(&asked.against)?;
    let labels = labels(asked.truth.as_deref(), asked.verdicts.as_deref())?;
    let folder = asked.companion.as_deref();
    let companion = folder.map(|folder| train::read(folder, &model)).transpose()?;
    let bar = progress::Bar::new();
    let options = batch::Options { workers: 2, plain: true, ingested_at: wall_clock() };
    let mut history = History::read(&asked.place, options, &bar)?;
    let window = window(asked, history.days())?;
    let first = history.days().map_or(window.from, |(first, _)| first);
    batch::Progress::days(&bar, u64::try_from(window.to.since(first) + 1).unwrap_or(0));
    let mut book = Book::default();
    let (mine, other) = over(&mut history, window, [&model, &against], &mut book, &bar)?;
    bar.finish();
    let names =
        Names { model: model.name(), against: against.name(), of: &|entity| history.name(entity) };
    let options = Options { examples: asked.examples, first: asked.first.clone(), companion };
    let both = Both { model: &mine, against: &other };
    let report = backtest::compare(&names, both, &book, labels.as_ref(), &options);
    write(&asked.out, &report)?;
    Ok(report)
}

/// Both models over the same epochs.
fn over(
    history: &mut History,
    window: Window,
    models: [&Model; 2],
    book: &mut Book,
    bar: &progress::Bar,
) -> Result<(Watch, Watch), Failure> {
    let flow = history.flow;
    let [mine, other] = models.map(|model| model.config(flow));
    let done = thread::scope(|scope| {
        let (to_mine, of_mine) = sync_channel(AHEAD_MAX);
        let (to_other, of_other) = sync_channel(AHEAD_MAX);
        let mine = scope.spawn(move || watch(&mine, of_mine, window));
        let other = scope.spawn(move || watch(&other, of_other, window));
        for epoch in history.by_ref() {
            if epoch.day > window.to {
                break;
            }
            for fact in epoch.facts.iter() {
                book.take(fact);
            }
            // A side that is gone has failed and says so below.
            if to_mine.send(epoch.clone()).and(to_other.send(epoch)).is_err() {
                break;
            }
            batch::Progress::day(bar);
        }
        drop((to_mine, to_other));
        (mine.join(), other.join())
    });
    match done {
        (Ok(mine), Ok(other)) => Ok((mine, other)),
        _ => Err(Failure::Defect("a model's run broke off".to_owned())),
    }
}

fn watch(config: &engine::Config, epochs: Receiver<Epoch>, window: Window) -> Watch {
    let mut watch = Watch::new(window);
    engine::plain::run(config, None, epochs, |effects| watch.take(effects))
        .expect("nothing is restored");
    watch
}

/// The window that is asked for, within the days of the events.
fn window(asked: &Asked, days: Option<(Day, Day)>) -> Result<Window, Failure> {
    let (first, last) = days.ok_or_else(|| Failure::Data("there are no events".to_owned()))?;
    let day = |text: &Option<String>, unless: Day| match text {
        None => Ok(unless),
        Some(text) => Day::parse(text)
            .or_else(|| Time::parse(text).map(Time::day))
            .ok_or_else(|| Failure::Data(format!("\"{text}\" is no day (YYYY-MM-DD)"))),
    };
    let window = Window { from: day(&asked.from, first)?, to: day(&asked.to, last)?.min(last) };
    if window.from > window.to {
        return Err(Failure::Data(format!(
            "the window {} to {} holds no day of the events ({first} to {last})",
            window.from, window.to
        )));
    }
    Ok(window)
}

/// Which enterprises are cases, where a file says so.
pub(crate) fn labels(
    truth: Option<&Path>,
    verdicts: Option<&Path>,
) -> Result<Option<Labels>, Failure> {
    let read = |path: &Path| {
        let named = |why: String| Failure::Data(format!("read \"{}\": {why}", path.display()));
        std::fs::read_to_string(path).map_err(|error| named(error.to_string()))
    };
    let wrong = |path: &Path, at: usize, why: String| {
        Failure::Data(format!("read \"{}\" line {at}: {why}", path.display()))
    };
    if let Some(path) = truth {
        let truth = serde_json::from_str(&read(path)?)
            .map_err(|error| wrong(path, error.line(), error.to_string()))?;
        return Ok(Some(Labels::of_truth(&truth)));
    }
    let Some(path) = verdicts else { return Ok(None) };
    let mut verdicts = Vec::new();
    for (at, line) in read(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let verdict =
            serde_json::from_str(line).map_err(|error| wrong(path, at + 1, error.to_string()))?;
        verdicts.push(verdict);
    }
    Labels::of_verdicts(&verdicts).map(Some).map_err(|why| wrong(path, 0, why))
}

fn write(out: &Path, report: &Report) -> Result<(), Failure> {
    std::fs::create_dir_all(out)?;
    let mut json = serde_json::to_vec_pretty(report).expect("plain values");
    json.push(b'\n');
    std::fs::write(out.join("backtest.json"), json)?;
    std::fs::write(out.join("backtest.html"), backtest::page(report))?;
    Ok(())
}

/// A report in a few lines.
pub(crate) fn said(report: &Report, out: &Path) -> String {
    let count =
        |difference: &std::collections::BTreeMap<String, usize>| difference.values().sum::<usize>();
    format!(
        "{} against {}, {} to {}: {} enterprises, {} with another grade; warnings: {} gained, {} \
         lost; report in \"{}\"",
        report.model,
        report.against,
        report.from,
        report.to,
        report.enterprises,
        report.regraded.len(),
        count(&report.gained.by_kind),
        count(&report.lost.by_kind),
        out.join("backtest.html").display(),
    )
}
