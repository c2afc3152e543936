//! How does a bounded run go? Read everything, order it, run it through the engine, write it.

use crate::app::{Failure, usage};
use crate::engine::{self, Epoch};
use crate::entity::{Directory, Forms, Told};
use crate::event::ledger::{Admission, Ledger};
use crate::event::{Event, EventType, Pseudonyms, Reader, Reject};
use crate::id::EntityId;
use crate::model::Model;
use crate::pipeline::Pipeline;
use crate::sink::{self, Board, DeadLetter, Labels, Results, Summary, Tally};
use crate::source::{self, Original, Position, Taken};
use crate::time::{Day, Time};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Told how far a run is.
pub(crate) trait Progress: Sync {
    /// So many more bytes were read.
    fn read(&self, bytes: u64);
    /// The epochs start: so many days.
    fn days(&self, days: u64);
    /// One more day is done.
    fn day(&self);
}

/// A run that tells nobody.
pub(crate) struct Quiet;

impl Progress for Quiet {
    fn read(&self, _: u64) {}
    fn days(&self, _: u64) {}
    fn day(&self) {}
}

/// How to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Worker threads.
    pub(crate) workers: usize,
    /// The plain loop instead of the dataflow: the reference.
    pub(crate) plain: bool,
    /// The moment against which events from the future are refused.
    pub(crate) ingested_at: Time,
}

/// An event with its comparable forms.
type Read = (Arc<Event>, Arc<Forms>);

/// Runs a pipeline to the end of its data and writes the result folder.
pub(crate) fn run(
    pipeline: &Pipeline,
    options: Options,
    env: impl Fn(&str) -> Option<String>,
    progress: &dyn Progress,
) -> Result<Summary, Failure> {
    let model = Model::load(&pipeline.model).map_err(|e| Failure::Config(e.into()))?;
    run_under(&model, pipeline, options, env, progress)
}

/// As [`run`], under a model that may be another than the pipeline's.
pub(crate) fn run_under(
    model: &Model,
    pipeline: &Pipeline,
    options: Options,
    env: impl Fn(&str) -> Option<String>,
    progress: &dyn Progress,
) -> Result<Summary, Failure> {
    let started = Instant::now();
    let mut clock = Phases { last: started, phases: Vec::new() };
    let config = model.config(pipeline.flow);
    let intake = read(pipeline, options, env, progress)?;
    clock.mark("read");

    let mut books = Books::default();
    books.reject_read(&intake.files, intake.rejected);
    let admitted = admit(intake.taken, pipeline.horizon_years, &mut books);
    books.fetch_originals(&intake.files)?;
    clock.mark("order");

    let mut directory = Directory::default();
    let mut board = Board::default();
    let mut beats = Vec::new();
    {
        let days = days(&admitted.steps);
        progress.days(days.clone().map_or(0, Iterator::count) as u64);
        let mut beat = Instant::now();
        let on_effects = |effects| {
            board.take(effects);
            progress.day();
            beats.push(beat.elapsed());
            beat = Instant::now();
        };
        let epochs = Epochs {
            steps: admitted.steps.into_iter().peekable(),
            days,
            directory: &mut directory,
        };
        if options.plain {
            engine::plain::run(&config, None, epochs, on_effects).expect("nothing is restored");
        } else {
            engine::run(&config, options.workers, None, epochs, on_effects)
                .map_err(|error| Failure::Defect(error.to_string()))?;
        }
    }
    clock.mark("stages");

    let mut summary = Summary {
        total: books.total(),
        by_type: std::mem::take(&mut books.by_type),
        workers: options.workers,
        model: model.name(),
        epoch_ms_p99: percentile_99(beats),
        ..Summary::default()
    };
    // The result is written twice over only in its figures: the time to write is part of the run.
    summary.wall_seconds = started.elapsed().as_secs_f64();
    summary.cpu_seconds = usage::cpu_seconds();
    summary.peak_memory_bytes = usage::peak_memory_bytes();
    summary.phases = clock.phases;
    let labels = Names(&directory);
    let results = Results {
        board: &board,
        labels: &labels,
        as_of: admitted.newest,
        dead_letters: books.dead_letters,
        summary: &summary,
    };
    sink::write(&pipeline.out, &results)?;
    Ok(summary)
}

/// Reads and checks every line.
fn read(
    pipeline: &Pipeline,
    options: Options,
    env: impl Fn(&str) -> Option<String>,
    progress: &dyn Progress,
) -> Result<source::Intake<Read>, Failure> {
    let key = source::secret(&pipeline.key, env).map_err(|e| Failure::Data(e.to_string()))?;
    let reader =
        Reader::new(Pseudonyms::new(&key), pipeline.overrides.clone(), options.ingested_at);
    let make = |event: Event| {
        let forms = Forms::shared(&event);
        (Arc::new(event), forms)
    };
    let read = |bytes| progress.read(bytes);
    source::read_all(&pipeline.events, &reader, options.workers, make, read)
        .map_err(|error| Failure::Data(error.to_string()))
}

/// What the events say, step by step, in canonical order; what is rejected is left out.
pub(crate) fn steps(
    pipeline: &Pipeline,
    options: Options,
    env: impl Fn(&str) -> Option<String>,
    progress: &dyn Progress,
) -> Result<Vec<Told>, Failure> {
    let intake = read(pipeline, options, env, progress)?;
    Ok(admit(intake.taken, pipeline.horizon_years, &mut Books::default()).steps)
}

struct Phases {
    last: Instant,
    phases: Vec<(&'static str, f64)>,
}

impl Phases {
    fn mark(&mut self, name: &'static str) {
        self.phases.push((name, self.last.elapsed().as_secs_f64()));
        self.last = Instant::now();
    }
}

fn percentile_99(mut beats: Vec<Duration>) -> f64 {
    beats.sort_unstable();
    let at = (beats.len() * 99).div_ceil(100).saturating_sub(1);
    beats.get(at).map_or(0.0, |beat| beat.as_secs_f64() * 1000.0)
}

/// What happened to every line.
#[derive(Default)]
struct Books {
    by_type: BTreeMap<String, Tally>,
    dead_letters: Vec<DeadLetter>,
    /// Rejected after reading: their originals are fetched at the end.
    late: Vec<(Position, Reject)>,
}

impl Books {
    fn tally(&mut self, kind: Option<EventType>) -> &mut Tally {
        let word = kind.map_or("unknown", EventType::word);
        if !self.by_type.contains_key(word) {
            self.by_type.insert(word.to_owned(), Tally::default());
        }
        self.by_type.get_mut(word).expect("it is there now")
    }

    fn total(&self) -> Tally {
        let mut total = Tally::default();
        for tally in self.by_type.values() {
            total.read += tally.read;
            total.accepted += tally.accepted;
            total.duplicate += tally.duplicate;
            total.dead += tally.dead;
        }
        total
    }

    fn reject_read(&mut self, files: &[PathBuf], rejected: Vec<source::Rejected>) {
        for rejected in rejected {
            let tally = self.tally(rejected.kind);
            tally.read += 1;
            tally.dead += 1;
            let letter = dead_letter(files, rejected.position, &rejected.reject, rejected.original);
            self.dead_letters.push(letter);
        }
    }

    fn fetch_originals(&mut self, files: &[PathBuf]) -> Result<(), Failure> {
        self.late.sort_by_key(|(position, _)| *position);
        let positions: Vec<Position> = self.late.iter().map(|(position, _)| *position).collect();
        let originals = source::lines_at(files, &positions)
            .map_err(|error| Failure::Io(std::io::Error::other(error.to_string())))?;
        for ((position, reject), original) in self.late.drain(..).zip(originals) {
            self.dead_letters.push(dead_letter(files, position, &reject, original));
        }
        Ok(())
    }
}

fn dead_letter(
    files: &[PathBuf],
    position: Position,
    reject: &Reject,
    original: Original,
) -> DeadLetter {
    let file = files[position.file as usize].display().to_string();
    DeadLetter::of(file, u64::from(position.line), reject, original)
}

/// The accepted events as steps, in canonical order.
struct Admitted {
    steps: Vec<Told>,
    newest: Option<Time>,
}

/// Puts all events in the order of time, source, id (content and place break ties) and admits them.
fn admit(taken: Vec<Taken<Read>>, horizon_years: u32, books: &mut Books) -> Admitted {
    let mut order: Vec<(Time, u32)> =
        taken.iter().enumerate().map(|(at, t)| (t.value.0.time, at as u32)).collect();
    order.sort_unstable();
    let key = |at: u32| {
        let taken = &taken[at as usize];
        let id = &taken.value.0.id;
        (id.source(), id.id(), taken.digest, taken.position)
    };
    for same_time in order.chunk_by_mut(|a, b| a.0 == b.0) {
        if same_time.len() > 1 {
            same_time.sort_unstable_by(|a, b| key(a.1).cmp(&key(b.1)));
        }
    }
    let watermark = order.last().map_or(Time(0), |(time, _)| *time);
    let mut ledger = Ledger::new(horizon_years, watermark);
    ledger.reserve(taken.len());
    let mut taken: Vec<Option<Taken<Read>>> = taken.into_iter().map(Some).collect();
    let mut steps = Vec::with_capacity(taken.len());
    let mut newest = None;
    for (_, at) in order {
        let Taken { value: (event, forms), digest, position } =
            taken[at as usize].take().expect("every event stands once in the order");
        let tally = books.tally(Some(event.kind));
        tally.read += 1;
        match ledger.admit(event.clone(), digest) {
            Admission::Accepted(told) => {
                tally.accepted += 1;
                newest = Some(event.time);
                steps.extend(told.into_iter().map(|step| Told::by(step, &event, &forms)));
            }
            Admission::Duplicate => tally.duplicate += 1,
            Admission::Rejected(reject) => {
                tally.dead += 1;
                books.late.push((position, reject));
            }
        }
    }
    Admitted { steps, newest }
}

/// Every day from the first step to the last, quiet ones too.
fn days(steps: &[Told]) -> Option<std::ops::RangeInclusive<i32>> {
    let first = steps.first()?.step.at.day();
    let last = steps.last()?.step.at.day();
    Some(first.0..=last.0)
}

/// The epochs of a bounded run: the feeder's side, ahead of the workers.
struct Epochs<'a> {
    steps: std::iter::Peekable<std::vec::IntoIter<Told>>,
    days: Option<std::ops::RangeInclusive<i32>>,
    directory: &'a mut Directory,
}

impl Iterator for Epochs<'_> {
    type Item = Epoch;

    fn next(&mut self) -> Option<Epoch> {
        let days = self.days.as_mut()?;
        let day = Day(days.next()?);
        let last = days.is_empty();
        let mut told = Vec::new();
        while let Some(one) = self.steps.next_if(|told| told.step.at.day() <= day) {
            told.push(one);
        }
        Some(Epoch { day, facts: self.directory.apply(&told).into(), last, save: false })
    }
}

/// Enterprises by the names that the directory knows.
struct Names<'a>(&'a Directory);

impl Labels for Names<'_> {
    fn code(&self, entity: EntityId) -> String {
        match self.0.uscc(entity) {
            Some(uscc) => uscc.to_string(),
            None => self.0.name(entity).unwrap_or_default().to_owned(),
        }
    }

    fn name(&self, entity: EntityId) -> String {
        self.0.name(entity).unwrap_or_default().to_owned()
    }
}
