//! What follows from the model that judges, beside its judgements? What is told of it, by which
//! rules people and the clock work, and the series of what it names.
//!
//! Invariant: all of it is of one model. Must not know: why that one judges.

use crate::companion::{Scorecard, Unusable};
use crate::dispatch::Rulebook;
use crate::engine::{Config, Shadow};
use crate::http::{self, About};
use crate::model::Model;
use crate::risk::Veto;
use crate::service::config::Live;
use crate::service::{Fault, wire};
use crate::telemetry::metrics;
use std::sync::{Arc, RwLock};

/// What follows from the model that judges. Cheap to clone.
#[derive(Clone)]
pub(super) struct Judging {
    /// What the service is made of.
    pub(super) about: Arc<RwLock<About>>,
    /// By which rules people and the clock work.
    pub(super) rules: Arc<RwLock<Arc<Rulebook>>>,
}

impl Judging {
    /// The model of the pipeline judges.
    ///
    /// # Errors
    /// When the companion that the pipeline names cannot be read, or does not fit the model.
    pub(super) fn begin(live: &Live, model: &Model) -> Result<Self, Fault> {
        let companion = companion(live, model)?;
        let sources = wire::named_sources(live);
        let companion_fits = companion.is_some();
        let about = About { sources, companion, companion_fits, ..of_model(model) };
        let config = model.stages.dispatch.clone();
        let (policy, catalogue) = (live.desk.policy.clone(), live.desk.measures.clone());
        let rules = Rulebook { policy, catalogue, config };
        know(model, &rules);
        let (about, rules) = (Arc::new(RwLock::new(about)), Arc::new(RwLock::new(Arc::new(rules))));
        Ok(Self { about, rules })
    }

    /// Another model judges from now on.
    pub(super) fn turn(&self, model: &Model) {
        let mut rules = self.rules.write().expect("readers do not panic");
        let config = model.stages.dispatch.clone();
        *rules = Arc::new(Rulebook { config, ..Rulebook::clone(&rules) });
        know(model, &rules);
        drop(rules);
        let mut about = self.about.write().expect("readers do not panic");
        let sources = std::mem::take(&mut about.sources);
        let companion = about.companion.take();
        let fit = companion.as_ref().map(|companion| fits(companion, model));
        if let Some(Err(why)) = &fit {
            tracing::warn!(%why, "the companion does not fit the model and is left out");
        }
        let companion_fits = matches!(fit, Some(Ok(())));
        *about = About { sources, companion, companion_fits, ..of_model(model) };
    }
}

/// The stages of a model as a service runs them: beside a shadow, if there is one, and telling what
/// its features say.
pub(super) fn stages(model: &Model, flow: bool, shadow: Option<&Shadow>) -> Config {
    Config { shadow: shadow.cloned(), tells_features: true, ..model.config(flow) }
}

/// Makes the series of what a model names, and tells of agencies that only the measures know.
fn know(model: &Model, rules: &Rulebook) {
    let all = metrics();
    all.found.know(model.stages.warning.kinds());
    let agencies = model.stages.dispatch.agencies();
    for agency in agencies {
        all.work.know(&agency.id);
    }
    for problem in rules.catalogue.strangers(agencies) {
        tracing::warn!(problem, "nobody can decide the measure so");
    }
}

/// Whether a companion can stand beside a model.
///
/// # Errors
/// With the feature at fault.
fn fits(companion: &Scorecard, model: &Model) -> Result<(), Unusable> {
    companion.check(&model.stages.risk.ids())
}

/// The companion that the pipeline names.
///
/// # Errors
/// When its file cannot be read, or does not fit the model.
fn companion(live: &Live, model: &Model) -> Result<Option<Arc<Scorecard>>, Fault> {
    let Some(path) = &live.companion else { return Ok(None) };
    let read = crate::model::read_toml::<Scorecard>(path);
    let scorecard = read.map_err(|error| Fault::Model(error.to_string()))?;
    let unfit = |why| Fault::Model(format!("the companion \"{}\": {why}", path.display()));
    fits(&scorecard, model).map_err(unfit)?;
    Ok(Some(Arc::new(scorecard)))
}

/// What a model is made of.
fn of_model(model: &Model) -> About {
    let risk = &model.stages.risk;
    let indicator = |one: &crate::risk::Indicator| {
        let id = one.id.get_ref().to_string();
        let category = id.chars().take(1).collect();
        http::Indicator {
            id,
            zh: one.zh.clone(),
            en: one.en.clone(),
            category,
            points: one.points,
            window_days: one.window_days,
            half_life_days: one.half_life_days,
            veto: match one.veto {
                Veto::None => None,
                Veto::D => Some("d".into()),
                Veto::AtLeastC => Some("at_least_c".into()),
            },
            source: one.source.clone(),
        }
    };
    let category = |(id, one): (&String, &crate::risk::Category)| http::Category {
        id: id.clone(),
        zh: one.zh.clone(),
        en: one.en.clone(),
        cap: one.cap,
        pack: one.pack,
    };
    let scale = &risk.scale;
    let agency = |one: &crate::dispatch::AgencyFile| http::Agency {
        id: one.id.clone(),
        zh: one.zh.clone(),
        en: one.en.clone(),
        command: one.command.clone(),
        application: one.application.clone(),
        divisions: one.divisions.clone(),
    };
    About {
        sources: Vec::new(),
        cuts: http::Cuts {
            b: scale.grade_b,
            c: scale.grade_c,
            d: scale.grade_d,
            max: scale.score_max,
        },
        categories: risk.categories.iter().map(category).collect(),
        indicators: risk.indicators.iter().map(indicator).collect(),
        agencies: model.stages.dispatch.agencies().iter().map(agency).collect(),
        groups: risk.groups.clone(),
        companion: None,
        companion_fits: false,
    }
}
