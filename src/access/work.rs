//! What does one caller see of rulings, matters and samples?
//!
//! Invariant: as [`crate::access::view`]: what may not be seen is as if it were not there.

use crate::access::{Doing, View};
use crate::desk::{Matter, Ruling, Sampled};
use crate::event::{Body, InspectionPlan};
use crate::id::EntityId;
use crate::sampling::Row;
use crate::time::Day;
use crate::warning::Warning;
use std::sync::Arc;

impl<'a> View<'a> {
    /// What a finding did to a warning that may be seen, as long as that holds.
    pub fn ruling(&self, warning: &Warning) -> Option<&'a Ruling> {
        let ruling = self.desk.rulings.get(&warning.id)?;
        (ruling.holds(warning.level) && self.sees_warning(warning)).then_some(ruling)
    }

    fn sees_matter(&self, matter: &Matter) -> bool {
        self.who().may(Doing::ReadTasks)
            && self.who().covers(&matter.division)
            && self.who().sees_agency(&matter.agency)
    }

    /// A matter by its id.
    pub fn matter(&self, id: &str) -> Option<&'a Matter> {
        self.desk.matters.get(id).filter(|matter| self.sees_matter(matter))
    }

    /// The matters that may be seen, by id.
    pub fn matters(&self) -> impl Iterator<Item = (&'a Arc<str>, &'a Matter)> {
        self.desk.matters.iter().filter(move |(_, matter)| self.sees_matter(matter))
    }

    /// The division of an enterprise that may be seen.
    pub fn division_of(&self, entity: EntityId) -> Option<&'a str> {
        self.sees_enterprise(entity).then(|| self.division(entity))
    }

    /// Whoever reads tasks sees the draws of his divisions.
    fn sees_sample(&self, sample: &Sampled) -> bool {
        self.who().may(Doing::ReadTasks) && self.who().covers(&sample.division)
    }

    /// A draw by its id.
    pub fn sample(&self, id: &str) -> Option<&'a Sampled> {
        self.desk.samples.get(id).filter(|sample| self.sees_sample(sample))
    }

    /// The draws that may be seen, by id.
    pub fn samples(&self) -> impl Iterator<Item = (&'a Arc<str>, &'a Sampled)> {
        self.desk.samples.iter().filter(move |(_, sample)| self.sees_sample(sample))
    }

    /// The list that a draw is made from: every enterprise of a division that may be seen, with its
    /// class and the inspections of the year. Those triggered by a case do not count.
    pub fn sampling_list(&self, division: &str, on: Day) -> Vec<Row> {
        let year = on.civil().0;
        let entities = self.stand.graph.entities();
        let listed = entities.filter(|entity| {
            self.sees_enterprise(*entity) && self.division(*entity).starts_with(division)
        });
        let rows = listed.filter_map(|entity| {
            let profile = self.profile(entity)?;
            // Without a code nobody can check that it was drawn.
            let code = profile.uscc?.as_str().to_owned();
            let grade = self.index(entity).map_or(crate::risk::Grade::A, |index| index.grade);
            let ended = profile.ended_on().is_some_and(|day| day <= on);
            Some(Row {
                code,
                grade: grade.word().to_owned(),
                inspected: self.inspected(entity, year),
                raised: self.is_raised(entity),
                excluded: if ended { "已注销或吊销".to_owned() } else { String::new() },
            })
        });
        rows.collect()
    }

    /// Inspections of a year that count against the cap.
    fn inspected(&self, entity: EntityId, year: i32) -> u32 {
        let counts = |fact: &&Arc<crate::entity::Fact>| match &fact.event.body {
            Body::Inspection(one) => one.plan != InspectionPlan::Case && one.on.civil().0 == year,
            _ => false,
        };
        self.facts(entity).iter().filter(counts).count() as u32
    }

    /// Whether a person decided that it is drawn more often.
    fn is_raised(&self, entity: EntityId) -> bool {
        const MEASURE: &str = "sampling_weight";
        let warnings = self.warnings_of(entity);
        let mut tasks = warnings.iter().flat_map(|one| self.tasks_of(&one.id));
        tasks.any(|seen| {
            let case = seen.case.and_then(|case| case.measures.get(MEASURE));
            case.is_some_and(crate::desk::Decided::stands)
        })
    }
}
