//! Which agency is competent? The routing table as data.
//!
//! Invariant: every warning has exactly one lead; a partner stands once and is never the lead.
//! Must not know: clocks, the state of a task.

use crate::text::{Level, Text};
use crate::warning::Place;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Stands for the township government of the division in a route.
const TOWN: &str = "@town";

/// The routing file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingFile {
    /// GB/T 2260 prefix of the city.
    pub city: String,
    /// The agency for what nobody else is competent for, such as another city's enterprise.
    pub fallback: String,
    /// Command levels (两级指挥).
    pub command: Vec<LevelFile>,
    /// Application levels (三级应用).
    pub application: Vec<LevelFile>,
    /// Terms by warning level.
    pub clock: Vec<ClockFile>,
    /// The agencies.
    pub agency: Vec<AgencyFile>,
    /// The routes; the first that fits is taken.
    pub route: Vec<RouteFile>,
}

/// A command or application level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelFile {
    /// Id.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// The terms of a level.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockFile {
    /// The warning level.
    pub level: Level,
    /// Until the task is acknowledged.
    pub ack: super::Term,
    /// Until the first judgement.
    pub judge: super::Term,
}

/// An agency.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyFile {
    /// Id, as in the results.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Its command level.
    pub command: String,
    /// Its application level.
    pub application: String,
    /// Prefixes of the divisions where it is competent.
    pub divisions: Vec<String>,
    /// The town's name as it stands in addresses; of township governments only.
    pub town: Option<String>,
}

/// A route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteFile {
    /// Id, for the record.
    pub id: String,
    /// Kinds of warning; `*` at the end stands for any rest.
    pub kinds: Vec<String>,
    /// Levels; all when missing.
    pub levels: Option<Vec<Level>>,
    /// Prefixes of divisions; all when missing.
    pub divisions: Option<Vec<String>>,
    /// Who leads.
    pub lead: String,
    /// Who takes part.
    pub partners: Vec<PartnerFile>,
    /// Why this agency.
    pub zh: String,
    /// Why this agency.
    pub en: String,
}

/// A partner of joint work.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerFile {
    /// Agency id or `@town`.
    pub agency: String,
    /// The level from which it takes part.
    pub from: Level,
}

/// One agency's part in a warning.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) agency: Arc<str>,
    pub(super) lead: bool,
    pub(super) reason: Text,
}

/// Whether a kind fits a pattern (`*` at the end stands for any rest).
pub(super) fn fits(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => pattern == kind,
    }
}

impl RoutingFile {
    /// The terms of a level.
    pub(super) fn clock(&self, level: Level) -> ClockFile {
        let slowest = ClockFile {
            level,
            ack: super::Term::WorkingDays(5),
            judge: super::Term::WorkingDays(15),
        };
        self.clock.iter().find(|clock| clock.level == level).copied().unwrap_or(slowest)
    }

    /// The division of a place: as registered; to the town where the address names one and the
    /// registry gave only six digits.
    pub(super) fn division<'a>(&'a self, place: &'a Place) -> &'a str {
        let division = &*place.division;
        if division.is_empty() {
            return self.town_in(&place.domicile).unwrap_or(&self.city);
        }
        if division == self.city {
            return self.town_in(&place.domicile).unwrap_or(division);
        }
        division
    }

    fn town_in(&self, domicile: &str) -> Option<&str> {
        let towns = self.agency.iter().filter(|agency| agency.town.is_some());
        let named = |agency: &&AgencyFile| {
            agency.town.as_ref().is_some_and(|town| domicile.contains(town.as_str()))
        };
        towns.clone().find(named)?.divisions.first().map(String::as_str)
    }

    fn agency(&self, id: &str, division: &str) -> Option<&AgencyFile> {
        let competent = |agency: &&AgencyFile| {
            agency.divisions.iter().any(|prefix| division.starts_with(prefix.as_str()))
        };
        if id == TOWN {
            self.agency.iter().filter(|agency| agency.town.is_some()).find(competent)
        } else {
            self.agency.iter().filter(|agency| agency.id == id).find(competent)
        }
    }

    /// The agency of the next higher command level: competent for the division where one is.
    pub(super) fn upper(&self, agency: &str, division: &str) -> Option<&AgencyFile> {
        let own = self.agency.iter().find(|one| one.id == agency)?;
        let rank = self.command.iter().position(|level| level.id == own.command)?;
        let above = &self.command.get(rank.checked_sub(1)?)?.id;
        let mut all = self.agency.iter().filter(move |one| one.command == *above);
        let competent =
            |one: &&AgencyFile| one.divisions.iter().any(|p| division.starts_with(p.as_str()));
        all.clone().find(competent).or_else(|| all.next())
    }

    /// Who acts on a warning: the lead first, then the partners in the order of the route.
    pub(super) fn parts(&self, kind: &str, level: Level, division: &str) -> Vec<Part> {
        let route = self.route.iter().find(|route| {
            route.kinds.iter().any(|pattern| fits(pattern, kind))
                && route.levels.as_ref().is_none_or(|levels| levels.contains(&level))
                && route.divisions.as_ref().is_none_or(|all| {
                    all.iter().any(|prefix| division.starts_with(prefix.as_str()))
                })
        });
        let Some(route) = route else { return vec![self.elsewhere(division)] };
        let Some(lead) = self.agency(&route.lead, division) else {
            return vec![self.elsewhere(division)];
        };
        let mut parts = vec![Part {
            agency: lead.id.as_str().into(),
            lead: true,
            reason: Text::new(
                format!("主办：{}（{}，路由{}）", lead.zh, route.zh, route.id),
                format!("Lead: {} ({}; route {})", lead.en, route.en, route.id),
            ),
        }];
        for partner in route.partners.iter().filter(|partner| level >= partner.from) {
            let Some(agency) = self.agency(&partner.agency, division) else { continue };
            if parts.iter().any(|part| *part.agency == *agency.id) {
                continue;
            }
            parts.push(Part {
                agency: agency.id.as_str().into(),
                lead: false,
                reason: Text::new(
                    format!("协办：{}（主办：{}，路由{}）", agency.zh, lead.zh, route.id),
                    format!("Partner: {} (lead: {}; route {})", agency.en, lead.en, route.id),
                ),
            });
        }
        parts
    }

    /// Nobody in the table is competent: the fallback passes it on.
    fn elsewhere(&self, division: &str) -> Part {
        let (zh, en) = self
            .agency
            .iter()
            .find(|agency| agency.id == self.fallback)
            .map_or(("", ""), |agency| (agency.zh.as_str(), agency.en.as_str()));
        Part {
            agency: self.fallback.as_str().into(),
            lead: true,
            reason: Text::new(
                format!("主办：{zh}（区划{division}不在本市部门管辖范围，由其移送有管辖权的机关）"),
                format!(
                    "Lead: {en} (division {division} is outside the table; to be passed to the \
                 competent authority)"
                ),
            ),
        }
    }

    /// What is wrong with the file.
    pub fn check(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let ids: BTreeSet<&str> = self.agency.iter().map(|agency| agency.id.as_str()).collect();
        if ids.len() != self.agency.len() {
            problems.push("routing: an agency id stands twice".to_owned());
        }
        let known = |id: &str| id == TOWN || ids.contains(id);
        if !ids.contains(self.fallback.as_str()) {
            problems.push(format!("routing: fallback {} is no agency", self.fallback));
        }
        for agency in &self.agency {
            if !self.command.iter().any(|level| level.id == agency.command) {
                problems.push(format!("routing: {}: no command level", agency.id));
            }
            if !self.application.iter().any(|level| level.id == agency.application) {
                problems.push(format!("routing: {}: no application level", agency.id));
            }
            if agency.divisions.is_empty() {
                problems.push(format!("routing: {}: no division", agency.id));
            }
        }
        for route in &self.route {
            let partners = route.partners.iter().map(|partner| partner.agency.as_str());
            for id in partners.chain([route.lead.as_str()]).filter(|id| !known(id)) {
                problems.push(format!("routing: {}: {id} is no agency", route.id));
            }
        }
        let last = self.route.last();
        if !last.is_some_and(|r| r.kinds == ["*"] && r.levels.is_none() && r.divisions.is_none()) {
            problems.push("routing: the last route must fit everything".to_owned());
        }
        for level in Level::ALL {
            if self.clock.iter().filter(|clock| clock.level == level).count() != 1 {
                problems.push(format!("routing: {level} needs one clock"));
            }
        }
        problems
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::dispatch) fn shipped() -> RoutingFile {
        toml::from_str(include_str!("../../models/dongfang/2026.1/routing.toml"))
            .expect("the shipped file")
    }

    fn agencies(kind: &str, level: Level, division: &str) -> Vec<String> {
        let parts = shipped().parts(kind, level, division);
        assert_eq!(parts.iter().filter(|part| part.lead).count(), 1);
        assert!(parts[0].lead, "the lead is first");
        parts.iter().map(|part| part.agency.to_string()).collect()
    }

    #[test]
    fn shipped_file_has_no_fault() {
        assert_eq!(shipped().check(), Vec::<String>::new());
        assert_eq!(shipped().command.len(), 2);
        assert_eq!(shipped().application.len(), 3);
    }

    #[test]
    fn red_is_joint_work_with_the_lead_first() {
        assert_eq!(
            agencies("flow_fundraising", Level::Red, "469007100"),
            ["finance-office", "market-regulation", "police", "city-command", "town-basuo"]
        );
        assert_eq!(agencies("vest_switch", Level::Yellow, "469007103"), ["market-regulation"]);
    }

    #[test]
    fn the_city_commands_bureaus_and_townships_and_nobody_the_city() {
        let routing = shipped();
        let upper = |id: &str| routing.upper(id, "469007103").map(|agency| agency.id.clone());
        assert_eq!(upper("market-regulation").as_deref(), Some("city-command"));
        assert_eq!(upper("town-basuo").as_deref(), Some("city-command"));
        assert_eq!(upper("city-command"), None);
        assert_eq!(upper("nobody"), None);
    }

    #[test]
    fn blue_goes_to_the_grid_and_strangers_to_the_fallback() {
        assert_eq!(agencies("index_level", Level::Blue, "469007201"), ["town-jiangbian"]);
        assert_eq!(agencies("index_level", Level::Blue, "469007"), ["city-command"]);
        assert_eq!(agencies("veto", Level::Red, "460100"), ["city-command"]);
    }

    #[test]
    fn an_address_names_the_town_that_the_division_lacks() {
        let routing = shipped();
        let place = |division: &str, domicile: &str| Place {
            division: division.into(),
            domicile: domicile.into(),
        };
        assert_eq!(routing.division(&place("469007", "东方市感城镇渡口街3号")), "469007103");
        assert_eq!(routing.division(&place("469007100", "东方市感城镇渡口街3号")), "469007100");
        assert_eq!(routing.division(&place("469007", "东方市某路")), "469007");
        assert_eq!(routing.division(&place("", "")), "469007");
        assert_eq!(routing.division(&place("460105", "海口市秀英区")), "460105");
    }
}
