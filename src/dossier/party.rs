//! Who are the two, and how did the new one begin? Their present state, from the graph.

use crate::dossier::finding::Finding;
use crate::dossier::life::{Heads, staff};
use crate::dossier::material::Material;
use crate::dossier::persons::{Persons, plain};
use crate::graph::{Dated, Holder, Profile, Timeline};
use crate::id::EntityId;
use crate::succession::Config;
use crate::text::Text;
use crate::time::Day;
use serde::Serialize;
use serde_json::Value;

/// One of the two.
#[derive(Clone, Debug, Serialize)]
pub struct Enterprise {
    /// Unified social credit code.
    pub uscc: String,
    /// The present name.
    pub name: String,
    /// Earlier names.
    pub former_names: Vec<String>,
    /// Date of establishment.
    pub established_on: Option<String>,
    /// When the registration ended.
    pub ended_on: Option<String>,
    /// Registered address.
    pub domicile: String,
    /// Industry (GB/T 4754).
    pub industry: String,
    /// Risk index, 0–1000.
    pub score: Option<i64>,
    /// Grade A–D.
    pub grade: Option<String>,
    /// Who controls it, persons by number.
    pub controllers: Vec<Text>,
    /// Adverse facts that stand.
    pub troubles: usize,
    /// Monthly staff.
    pub staff: Vec<Heads>,
}

/// How the new firm began anew.
#[derive(Clone, Debug, Serialize)]
pub struct Birth {
    /// When.
    pub on: String,
    /// Founded, or taken over, in words.
    pub text: Text,
    #[serde(skip)]
    pub(super) day: Day,
}

/// One of the two, as known now. `index` is its object of `index.ndjson`.
pub(super) fn enterprise(
    material: &Material,
    id: EntityId,
    index: &Value,
    persons: &mut Persons,
) -> Enterprise {
    let profile = material.graph.profile(id).expect("both are known since they were read");
    let name = profile.name().to_owned();
    let mut former: Vec<String> = Vec::new();
    for span in profile.names.spans() {
        let text = span.value.text.to_string();
        if text != name && !former.contains(&text) {
            former.push(text);
        }
    }
    let controllers = material.graph.controllers(id).into_iter().map(|controller| {
        let who = match controller.party {
            Holder::Person(key) => persons.shown(key),
            Holder::Enterprise(id) => {
                let name = material.shown(id).unwrap_or_else(|| "—".to_owned());
                Text::new(name.clone(), name)
            }
        };
        let pct = (controller.pct * 100.0).round() / 100.0;
        Text::new(format!("{} {pct}%", who.zh), format!("{} {pct} %", who.en))
    });
    Enterprise {
        uscc: profile.uscc.as_ref().map(ToString::to_string).unwrap_or_default(),
        name,
        former_names: former,
        established_on: profile.established_on.as_ref().map(ToString::to_string),
        ended_on: profile.ended_on().as_ref().map(ToString::to_string),
        domicile: profile.domiciles.current().map(|place| plain(&place.text)).unwrap_or_default(),
        industry: profile.industries.current().map(ToString::to_string).unwrap_or_default(),
        score: index["score"].as_i64(),
        grade: index["grade"].as_str().map(str::to_owned),
        controllers: controllers.collect(),
        troubles: profile.troubles.iter().filter(|trouble| trouble.counts()).count(),
        staff: staff(profile),
    }
}

/// When the new firm began anew: the event of the timing evidence that is its own; without one its
/// founding, where trouble of the old firm is near, or else the last turn of control.
pub(super) fn birth(material: &Material, finding: &Finding, config: &Config) -> Birth {
    let (old, new) = material.sides();
    let founding = new.established_on;
    let told = finding.pro.iter().filter(|line| line.family == "timing").find_map(|line| {
        let own = |id: &String| {
            let fact = material.facts.iter().find(|fact| fact.event.id.as_str() == id)?;
            let is_new = fact.subject == Some(material.new);
            is_new.then_some(fact)
        };
        let own: Option<Vec<_>> = line.events.iter().map(own).collect();
        own.filter(|facts| !facts.is_empty())
    });
    let registration = new.registered.as_ref().map(|(event, _)| event);
    if let Some(facts) = told {
        if facts.iter().any(|fact| Some(&fact.event.id) == registration) {
            return founded(founding.unwrap_or_default());
        }
        let days = facts.iter().filter_map(|fact| match &fact.event.body {
            crate::event::Body::Changed(changed) => Some(changed.approved_on),
            _ => None,
        });
        if let Some(first) = days.min() {
            return taken_over(first);
        }
    }
    let near = |born: Day| {
        old.troubles.iter().any(|trouble| {
            let lag = born.0 - trouble.on.0;
            (-config.windows.preempt..=config.windows.lookback).contains(&lag)
        })
    };
    match (founding, last_turn(new)) {
        (Some(on), _) if near(on) => founded(on),
        (_, Some(on)) => taken_over(on),
        (on, None) => founded(on.unwrap_or_default()),
    }
}

fn founded(on: Day) -> Birth {
    Birth {
        on: on.to_string(),
        text: Text::new(format!("新主体于 {on} 设立"), format!("the new firm was founded on {on}")),
        day: on,
    }
}

fn taken_over(on: Day) -> Birth {
    Birth {
        on: on.to_string(),
        text: Text::new(
            format!("既有公司于 {on} 起更换控制人并改变面貌，作为新主体"),
            format!("an older company got new people in control from {on} on, and another face"),
        ),
        day: on,
    }
}

/// The last day on which others came into control.
fn last_turn(profile: &Profile) -> Option<Day> {
    let representative = turn(&profile.legal_reps);
    representative.max(turn(&profile.holders))
}

fn turn<T: PartialEq>(line: &Timeline<T>) -> Option<Day> {
    let turned = |pair: &&[Dated<T>]| pair[0].value != pair[1].value;
    line.entries().windows(2).filter(turned).map(|pair| pair[1].from).max()
}
