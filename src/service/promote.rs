//! How does another model come to judge? Found on the shelf, kept, and switched to when two people
//! agreed.
//!
//! What is switched to is the copy that was made when the model was proposed. Invariant: an
//! approval switches when the model's folder still holds what was proposed, byte for byte. Must not
//! know: who may do what.

use crate::desk::promotion::Fault as Unfit;
use crate::desk::{Act, Deed, ModelDeed, Promotion, Refused};
use crate::engine::Shadow;
use crate::http::{self, Candidate, Handed};
use crate::model::Model;
use crate::service::config::Live;
use crate::service::intake::{Books, Order, Switch};
use crate::service::judging::{self, Judging};
use crate::service::{Fault, spawn};
use crate::source::live::Closed;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use tokio::sync::{mpsc, oneshot};

/// Most folders in which a copy lies within its own.
const DEPTH_MAX: usize = 8;

/// Where models are: their folders, and the copies of those that judged or were proposed.
#[derive(Debug)]
pub(super) struct Shelf {
    below: PathBuf,
    kept: PathBuf,
    flow: bool,
    shadow: Option<Shadow>,
}

/// Whether an id is words between slashes: it leads to no folder above.
fn is_plain(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    id.split('/').all(|word| word.chars().all(plain) && !word.trim_matches('.').is_empty())
}

impl Shelf {
    /// The shelf from which the pipeline's model comes.
    pub(super) fn of(live: &Live, model: &Model, shadow: Option<Shadow>) -> Self {
        let path = &live.model;
        let up =
            if path.ends_with(&model.id) { Path::new(&model.id).components().count() } else { 1 };
        let below = path.ancestors().nth(up).unwrap_or(Path::new("."));
        Self { below: below.to_owned(), kept: live.state.join("models"), flow: live.flow, shadow }
    }

    fn load(&self, id: &str) -> Result<Model, String> {
        if !is_plain(id) {
            return Err(format!("\"{id}\" is no id of a model: give such as dongfang/2026.2"));
        }
        let found = crate::model::shelf::load(id, &self.below).map_err(|why| why.to_string())?;
        if found.id == id {
            return Ok(found);
        }
        Err(format!("the folder \"{id}\" holds a model that calls itself \"{}\"", found.id))
    }

    /// The folder of a copy, below that of all copies.
    fn place(&self, name: &str) -> Option<PathBuf> {
        let (_, digest) = name.rsplit_once('@')?;
        if !digest.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        let mut place = PathBuf::from(digest);
        for _ in 0..DEPTH_MAX {
            if self.kept.join(&place).join("model.toml").is_file() {
                return Some(place);
            }
            place.push("model");
        }
        None
    }

    /// What an approval switches to.
    fn switch(&self, promotion: &Promotion, act: &Act) -> Result<(Model, Box<Switch>), String> {
        let proposal = &promotion.proposal;
        let told = |model: &Model| format!("{} with the digest {}", model.id, &model.digest[..12]);
        if !proposal.back {
            let id = proposal.model.rsplit_once('@').map_or("", |(id, _)| id);
            let now = self.load(id)?;
            if now.digest != *proposal.digest {
                let (now, then) = (told(&now), &proposal.digest[..12]);
                return Err(format!(
                    "the model's folder now holds {now}, not {then} as proposed: propose it anew"
                ));
            }
        }
        let copy = self.kept.join(&proposal.path);
        let model = Model::load(&copy).map_err(|why| why.to_string())?;
        if model.digest != *proposal.digest {
            return Err(format!("the kept copy holds {}, not what was proposed", told(&model)));
        }
        let (by, with) = (&promotion.by.account, &act.by.account);
        let switch = Switch {
            name: model.name(),
            path: proposal.path.clone(),
            author: by.to_string(),
            reason: format!(
                "{} (promotion {}, approved by {with})",
                promotion.reason, promotion.id
            ),
            config: judging::stages(&model, self.flow, self.shadow.as_ref()),
        };
        Ok((model, Box::new(switch)))
    }
}

fn candidate(model: &Model, path: &Path) -> Candidate {
    Candidate { name: model.name(), digest: model.digest.clone(), path: path.display().to_string() }
}

impl http::Models for Shelf {
    fn candidate(&self, id: &str) -> Result<Candidate, String> {
        let model = self.load(id)?;
        let copy = model.keep(&self.kept).map_err(|why| format!("keep a copy: {why}"))?;
        Ok(candidate(&model, &copy))
    }

    fn kept(&self, name: &str) -> Result<Candidate, String> {
        let missing = || format!("no copy of {name} is in \"{}\"", self.kept.display());
        let place = self.place(name).ok_or_else(missing)?;
        let model = Model::load(&self.kept.join(&place)).map_err(|why| why.to_string())?;
        if model.name() != name {
            return Err(format!("the copy of {name} holds {}", model.name()));
        }
        Ok(candidate(&model, &place))
    }
}

/// The model that the journal switched to last.
///
/// # Errors
/// When its copy cannot be used.
pub(super) fn in_force(live: &Live, books: &Books) -> Result<Model, Fault> {
    let copy = live.state.join("models").join(&books.model_path);
    Model::load(&copy).map_err(|error| Fault::Model(error.to_string()))
}

/// Hands acts to the intake; an approval with the model that it switches to.
pub(super) struct Desk {
    /// Where acts go.
    pub(super) orders: mpsc::UnboundedSender<Order>,
    /// Where models are.
    pub(super) shelf: Arc<Shelf>,
    /// What was decided.
    pub(super) shown: Arc<RwLock<crate::desk::Desk>>,
    /// What follows from the model that judges.
    pub(super) judging: Judging,
}

impl Desk {
    /// The promotion that an act approves.
    fn approved(&self, act: &Act) -> Option<Promotion> {
        let Deed::Model(deed) = &act.deed else { return None };
        let ModelDeed::Decide(decision) = &**deed else { return None };
        let shown = self.shown.read().expect("no writer panics");
        // What does not hold is refused by the intake, and no model is loaded for it.
        shown.promotions.check(act, deed).ok().filter(|()| decision.approved)?;
        shown.promotions.find(&decision.promotion).cloned()
    }

    /// Loads the model and hands the approval in, on a thread that may wait.
    fn approve(&self, handed: Handed, promotion: Promotion) -> http::Told {
        let (done, told) = oneshot::channel();
        let (orders, shelf) = (self.orders.clone(), self.shelf.clone());
        let judging = self.judging.clone();
        spawn("promotion", move || {
            let (model, switch) = match shelf.switch(&promotion, &handed.act) {
                Ok(loaded) => loaded,
                Err(why) => {
                    done.send(Err(Refused::Promotion(Unfit::Unfit(why)))).ok();
                    return;
                }
            };
            let (held, holds) = oneshot::channel();
            let (handed, switch) = (Box::new(handed), Some(switch));
            if orders.send(Order::Act { handed, switch, done: held }).is_err() {
                return; // Whoever waits sees that the service stops.
            }
            let Ok(outcome) = holds.blocking_recv() else { return };
            if outcome.is_ok() {
                judging.turn(&model);
            }
            done.send(outcome).ok();
        });
        told
    }
}

impl http::Acts for Desk {
    fn hand_in(&self, acts: Vec<Handed>) -> Result<Vec<http::Told>, Closed> {
        let hand_in = |handed: Handed| {
            if let Some(promotion) = self.approved(&handed.act) {
                return Ok(self.approve(handed, promotion));
            }
            let (done, told) = oneshot::channel();
            let order = Order::Act { handed: Box::new(handed), switch: None, done };
            self.orders.send(order).map(|()| told).map_err(|_| Closed)
        };
        acts.into_iter().map(hand_in).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Models as _;

    fn shelf(state: &Path) -> Shelf {
        let below = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
        Shelf { below: below.to_owned(), kept: state.to_owned(), flow: true, shadow: None }
    }

    #[test]
    fn a_candidate_is_kept_and_found_again_by_its_name() {
        let state = tempfile::tempdir().expect("a folder");
        let shelf = shelf(state.path());
        let found = shelf.candidate("dongfang/2026.1").expect("the shipped model");
        assert_eq!(shelf.kept(&found.name).expect("its copy"), found);
        let model = state.path().join(&found.path).join("rules.toml");
        let text = std::fs::read_to_string(&model).expect("kept");
        std::fs::write(&model, format!("{text}\n# changed\n")).expect("written");
        let said = shelf.kept(&found.name).expect_err("another digest");
        assert!(said.contains("holds dongfang/2026.1@"), "{said}");
    }

    #[test]
    fn an_id_leads_to_no_folder_above() {
        let state = tempfile::tempdir().expect("a folder");
        let shelf = shelf(state.path());
        for id in ["../models/dongfang/2026.1", "/etc", "dongfang//2026.1", "", "dongfang/.."] {
            let said = shelf.candidate(id).expect_err(id);
            assert!(said.contains("no id of a model"), "{id}: {said}");
        }
        let said = shelf.candidate("dongfang/2026.l").expect_err("a misprint");
        assert!(said.contains("did you mean"), "{said}");
        assert!(shelf.kept("dongfang/2026.1@0123456789ab").is_err());
        assert!(shelf.kept("dongfang/2026.1@../..").is_err());
    }
}
