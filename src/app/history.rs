//! What was learned on which day? Events of files, or of a live pipeline's journal, as epochs.

use crate::app::{Failure, batch, environment, live, read_pipeline};
use crate::engine::{Called, Epoch, Feeder};
use crate::entity::Told;
use crate::event::Event;
use crate::id::EntityId;
use crate::pipeline::Overrides;
use crate::service;
use crate::time::Day;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the events are.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// Pipeline file: of files, or of a live pipeline, whose journal is read.
    #[arg(long, default_value = "pipelines/batch.toml")]
    pub(crate) pipeline: PathBuf,
    /// Event file, folder or glob instead of the pipeline's; may be repeated.
    #[arg(long)]
    pub(crate) events: Vec<String>,
    /// State folder of a live pipeline instead of the file's.
    #[arg(long)]
    pub(crate) state: Option<PathBuf>,
}

/// Steps that were learned together, and the day that the clock had reached, where one is kept.
type Batch = (Vec<Told>, Option<Day>);

/// All that was learned, in the order in which it was.
pub(crate) struct History {
    batches: std::vec::IntoIter<Batch>,
    feeder: Feeder,
    called: Vec<Option<Called>>,
    ready: std::vec::IntoIter<Epoch>,
    /// Whether the pipeline runs the fund-flow stage.
    pub(crate) flow: bool,
    /// The pipeline's model.
    pub(crate) model: PathBuf,
    days: Option<(Day, Day)>,
}

impl History {
    /// Reads all events.
    pub(crate) fn read(
        place: &Place,
        options: batch::Options,
        bar: &dyn batch::Progress,
    ) -> Result<Self, Failure> {
        let (batches, flow, model) =
            if is_live(&place.pipeline)? { journal(place)? } else { files(place, options, bar)? };
        let days = batches.iter().flat_map(|(told, until)| {
            let told = told.iter().map(|told| told.step.at.day());
            told.chain(*until).collect::<Vec<_>>()
        });
        let days = days.fold(None, |range: Option<(Day, Day)>, day| {
            Some(range.map_or((day, day), |(first, last)| (first.min(day), last.max(day))))
        });
        Ok(Self {
            batches: batches.into_iter(),
            feeder: Feeder::new(),
            called: Vec::new(),
            ready: Vec::new().into_iter(),
            flow,
            model,
            days,
        })
    }

    /// The first and the last day.
    pub(crate) fn days(&self) -> Option<(Day, Day)> {
        self.days
    }

    /// Code and name of an enterprise, as last told.
    pub(crate) fn name(&self, entity: EntityId) -> (String, String) {
        let called = self.called.get(entity.index()).and_then(Option::as_ref);
        called.map_or_else(
            || (format!("e{}", entity.rank()), String::new()),
            |called| (called.code.to_string(), called.name.to_string()),
        )
    }

    /// The enterprise of a code or name.
    pub(crate) fn entity(&self, id: &str) -> Option<EntityId> {
        let all = || self.called.iter().flatten();
        let by_code = all().find(|called| &*called.code == id);
        by_code.or_else(|| all().find(|called| &*called.name == id)).map(|called| called.entity)
    }

    /// One more event, learned on a day after all that was read: its epoch.
    pub(crate) fn learn(&mut self, event: Event, day: Day) -> Vec<Epoch> {
        use crate::event::ledger::{Step, StepOp};
        let event = Arc::new(event);
        let step =
            Step { at: event.time, by: event.id.clone(), op: StepOp::Assert, event, lineage: None };
        self.feeder.feed(vec![Told::of(step)], Some(day)).0
    }
}

impl Iterator for History {
    type Item = Epoch;

    fn next(&mut self) -> Option<Epoch> {
        loop {
            if let Some(epoch) = self.ready.next() {
                return Some(epoch);
            }
            let (told, until) = self.batches.next()?;
            let (epochs, called) = self.feeder.feed(told, until);
            for one in called {
                let place = one.entity.index();
                if place >= self.called.len() {
                    self.called.resize(place + 1, None);
                }
                self.called[place] = Some(one);
            }
            self.ready = epochs.into_iter();
        }
    }
}

pub(crate) fn is_live(pipeline: &Path) -> Result<bool, Failure> {
    service::is_live(pipeline).map_err(|error| Failure::Config(error.into()))
}

fn files(
    place: &Place,
    options: batch::Options,
    bar: &dyn batch::Progress,
) -> Result<(Vec<Batch>, bool, PathBuf), Failure> {
    // Nothing is written, so the file's place for results does not matter.
    let (events, out) = (place.events.clone(), Some(PathBuf::new()));
    let overrides = Overrides { events, out, ..Overrides::default() };
    let pipeline = read_pipeline(&place.pipeline, &overrides)?;
    let steps = batch::steps(&pipeline, options, environment, bar)?;
    let mut batches: Vec<Batch> = Vec::new();
    let mut today: Option<Day> = None;
    for told in steps {
        let day = told.step.at.day();
        match batches.last_mut() {
            Some((batch, _)) if today.is_some_and(|today| day <= today) => batch.push(told),
            _ => {
                batches.push((vec![told], None));
                today = Some(day);
            }
        }
    }
    Ok((batches, pipeline.flow, pipeline.model))
}

fn journal(place: &Place) -> Result<(Vec<Batch>, bool, PathBuf), Failure> {
    let overrides =
        service::Overrides { state: place.state.clone(), ..service::Overrides::default() };
    let live = live::read(&place.pipeline, &overrides)?;
    let batches = service::learned(&live)?;
    Ok((batches, live.flow, live.model))
}
