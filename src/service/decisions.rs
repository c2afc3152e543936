//! How is a decision kept and told? Acts as records of the journal, and as messages.
//!
//! Acts have epochs of their own; an event that an act becomes stands in the same epoch.
//! A message about a task holds what the engine says of it, with where the last act of the epoch
//! left it. Invariant: one message for an object and epoch: the last word.

use crate::desk::promotion::Fault;
use crate::desk::{Act, Deed, ModelDeed, Refused, State, rule};
use crate::engine::Effects;
use crate::http::Handed;
use crate::journal::{self, Record};
use crate::query::Stand;
use crate::service::intake::{Intake, Order, Pending, Switch};
use crate::sink::speak::{self, Told};
use crate::sink::{Message, Topic};
use crate::succession::PairDelta;
use serde_json::{Value, json};
use std::sync::Arc;

/// Adds what was decided to the messages of its epoch.
pub(super) fn tell(stand: &Stand, epoch: u64, acts: &[Arc<Act>], messages: &mut Vec<Message>) {
    for act in acts {
        let mut effects = Effects::default();
        match &act.deed {
            Deed::Task(deed) => {
                effects.tasks.extend(stand.board.tasks.get(&deed.task).cloned());
            }
            // They are read over the API; no topic of the contract tells of them.
            Deed::Matter(_) | Deed::Sample(_) | Deed::Model(_) => continue,
            Deed::Verdict(deed) => {
                let sides = deed.pair.split_once("..");
                let key = sides.and_then(|(a, b)| Some((stand.find(a)?, stand.find(b)?)));
                let pair = key.and_then(|key| stand.board.pairs.get(&key));
                effects.pairs.extend(
                    pair.map(|pair| PairDelta { pair: pair.clone(), level_before: pair.level }),
                );
            }
        }
        let effects = [effects];
        let told = Told { epoch, at: act.at, effects: &effects, dead: &[] };
        for message in speak::messages(told, stand, &stand.model) {
            if let Some(message) = amended(message, act) {
                messages.retain(|known| known.id != message.id);
                messages.push(message);
            }
        }
    }
}

/// The message with what was decided.
fn amended(message: Message, act: &Act) -> Option<Message> {
    let mut data: Value = serde_json::from_slice(&message.data).ok()?;
    match (&act.deed, message.topic) {
        (Deed::Task(deed), Topic::Task) => {
            let before = deed.saw.as_ref().map_or(State::Dispatched, |saw| saw.state);
            data["state"] = json!(rule(deed.verb).leads(before).word());
            data["act"] = json!(deed.verb.word());
            data["version"] = json!(deed.version + 1);
            let agency = deed.agency.as_ref().or(deed.saw.as_ref().map(|saw| &saw.agency));
            if let Some(agency) = agency {
                data["agency"] = json!(agency);
            }
            if let Some(due_at) = deed.due_at {
                data["due_at"] = json!(due_at.to_string());
            }
            if let Some(terms) = deed.terms {
                data["ack_due_at"] = json!(terms.ack_due_at.to_string());
                data["judge_due_at"] = json!(terms.judge_due_at.to_string());
            }
            if let Some(measure) = &deed.measure {
                data["measure"] = json!(measure.measure);
            }
            data["finding"] = json!(deed.finding);
        }
        (Deed::Verdict(deed), Topic::Succession) => data["verdict"] = json!(deed.verdict),
        _ => return None,
    }
    data["act_id"] = json!(act.id);
    data["by"] = json!(act.by.account);
    let data = serde_json::to_vec(&data).ok()?.into();
    Some(Message { time: act.at, data, ..message })
}

impl Intake {
    /// Whether what is done about a model is about the one that judges now.
    fn fits(&self, act: &Act, switch: Option<&Switch>) -> Result<(), Refused> {
        let Deed::Model(deed) = &act.deed else { return Ok(()) };
        let (before, wanted) = match &**deed {
            ModelDeed::Propose(proposal) => (&*proposal.before, None),
            ModelDeed::Decide(decision) if !decision.approved => return Ok(()),
            ModelDeed::Decide(decision) => {
                // An act that its rules refuse is told so by them.
                self.desk.promotions.check(act, deed)?;
                let found = self.desk.promotions.find(&decision.promotion);
                let proposal = &found.ok_or(Fault::Unknown)?.proposal;
                (&*proposal.before, Some(&*proposal.model))
            }
        };
        if before != self.books.model {
            return Err(Fault::Moved.into());
        }
        match wanted {
            Some(wanted) if switch.is_none_or(|switch| switch.name != wanted) => {
                Err(Fault::Unfit(format!("{wanted} was not loaded")).into())
            }
            _ => Ok(()),
        }
    }

    /// The record of a switch, which the books know from now on.
    pub(super) fn switched(&mut self, switch: &Switch) -> Record {
        self.books.model.clone_from(&switch.name);
        self.books.model_path.clone_from(&switch.path);
        Record::Model {
            name: switch.name.clone(),
            path: switch.path.clone(),
            author: switch.author.clone(),
            reason: switch.reason.clone(),
        }
    }

    /// One epoch of acts that hold, with the events that they become; none when none holds.
    pub(super) fn write_acts(
        &mut self,
        asked: Vec<Order>,
    ) -> Result<Option<Pending>, journal::Error> {
        let mut epoch = self.begin(None);
        let mut records = Vec::new();
        let source: Arc<str> = "acts".into();
        for order in asked {
            let Order::Act { handed, switch, done } = order else { continue };
            if self.engine.is_none() {
                // It stops: nobody is told that it holds.
                continue;
            }
            let Handed { act, event } = *handed;
            let fits = self.fits(&act, switch.as_deref());
            if let Err(refused) = fits.and_then(|()| self.desk.apply(&act)) {
                done.send(Err(refused)).ok();
                continue;
            }
            records.push(Record::Act(serde_json::to_vec(&act).expect("plain values").into()));
            if let Some(switch) = switch {
                records.push(self.switched(&switch));
                epoch.fed.switch = Some(switch);
            }
            epoch.fed.acts.push(Arc::new(act));
            epoch.acted.push(done);
            if let Some(item) = event {
                self.take(&source, item, &mut epoch.fed, &mut records);
            }
        }
        if records.is_empty() {
            return Ok(None);
        }
        self.close(epoch, records, Vec::new()).map(Some)
    }
}
