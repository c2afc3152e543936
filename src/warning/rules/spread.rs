//! Does trouble spread? Group warnings about buildings, and about those whom a failed client paid.

use super::super::finding::{Finding, Sight, fact_line, same};
use super::super::trigger::Step;
use super::complaint::surprise_bits;
use super::group::{Entry, serious_on, told_group};
use crate::entity::Fact;
use crate::event::{Body, CaseState, CourtKind, CourtRole, EndKind, List, ListState, Party};
use crate::graph::{Graph, LinkKey, LinkKind};
use crate::id::{EntityId, Share, stable_hash};
use crate::money::Fen;
use crate::text::Text;
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The buildings in which some enterprise came into serious trouble; this worker's.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Buildings {
    known: FxHashMap<u64, LinkKey>,
}

impl Buildings {
    /// Adds the buildings of another share.
    pub(in super::super) fn merge(&mut self, other: Self) {
        self.known.extend(other.known);
    }

    /// The buildings of an enterprise whose warnings may change. A troubled one makes its
    /// buildings known.
    pub(in super::super) fn touched(
        &mut self,
        graph: &Graph,
        entity: EntityId,
        troubled: bool,
        share: Share,
    ) -> Vec<u64> {
        let ties = graph.ties(entity).iter().filter(|tie| tie.kind == LinkKind::Building);
        let mut touched = Vec::new();
        for tie in ties {
            let key = stable_hash(format!("building|{}", tie.key.0).as_bytes());
            if troubled && tie.until.is_none() && share.owns(key) {
                self.known.insert(key, tie.key);
            }
            if self.known.contains_key(&key) {
                touched.push(key);
            }
        }
        touched
    }

    /// Serious troubles that pile up in a building, against how many are there.
    pub(in super::super) fn find(
        &self,
        sight: Sight<'_>,
        key: u64,
        days: i32,
        (base, min): (f64, usize),
        levels: &[Step],
    ) -> Option<Finding> {
        let link = *self.known.get(&key)?;
        let from = sight.today.plus(1 - days);
        let members: Vec<EntityId> = sight
            .graph
            .members(link)
            .iter()
            .filter(|member| member.until.is_none() && sight.book.is_scored(member.entity))
            .map(|member| member.entity)
            .collect();
        let troubled: Vec<Entry> =
            members.iter().filter_map(|entity| newest(sight, *entity, from, &serious_on)).collect();
        if troubled.len() < min {
            return None;
        }
        let oldest = troubled.iter().filter_map(|entry| serious_on(&entry.event.body)).min();
        let bits = surprise_bits(troubled.len() as u32, members.len() as f64 * base);
        let (all, count) = (members.len(), troubled.len());
        let head = Text::new(
            format!(
                "同一楼宇{all}户企业中，近{days}日有{count}户新出现严重失信情形，异常程度{bits:.0}比特"
            ),
            format!(
                "Of {all} enterprises in one building, {count} came into serious trouble within \
                 {days} days; surprise {bits:.0} bits"
            ),
        );
        let entries: Vec<&Entry> = troubled.iter().collect();
        let finding = told_group(sight, &entries, head, bits.round(), levels)?;
        let finding = Finding { again: oldest.map(|day| day.plus(days)), ..finding };
        Some(finding.value("{days}", same(days.to_string())))
    }
}

/// The newest standing fact of a kind from a day on.
fn newest(
    sight: Sight<'_>,
    entity: EntityId,
    from: Day,
    day_of: &dyn Fn(&Body) -> Option<Day>,
) -> Option<Entry> {
    let standing = sight.book.standing(entity, sight.today);
    let wanted = standing.filter(|held| day_of(&held.event.body).is_some_and(|day| day >= from));
    wanted.last().map(|held| Entry { entity, event: held.event.clone() })
}

/// Enterprises that failed, and may draw others with them.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Clients {
    failed: BTreeMap<EntityId, u32>,
    by_key: FxHashMap<u64, EntityId>,
}

impl Clients {
    /// Adds the clients of another share.
    pub(in super::super) fn merge(&mut self, other: Self) {
        self.failed.extend(other.failed);
        self.by_key.extend(other.by_key);
    }

    /// Takes a fact in or out. Tells the failed clients whose warnings may change.
    pub(in super::super) fn take(
        &mut self,
        graph: &Graph,
        fact: &Fact,
        words: &[String],
    ) -> BTreeSet<EntityId> {
        let mut touched = BTreeSet::new();
        let Some(entity) = fact.subject else { return touched };
        if failed_on(&fact.event.body).is_some() {
            let count = self.failed.entry(entity).or_default();
            *count = if fact.asserts() { *count + 1 } else { count.saturating_sub(1) };
            touched.insert(entity);
        }
        if wages_on(&fact.event.body, fact.event.time.day(), words).is_some() {
            touched.extend(self.failed.keys().filter(|client| feeds(graph, **client, entity)));
        }
        touched
    }

    /// The failed clients whose money takes another way when these paid, or were paid: they
    /// themselves and their contractors. `moved` is sorted.
    pub(in super::super) fn paying(&self, graph: &Graph, moved: &[EntityId]) -> Vec<EntityId> {
        let is_moved = |entity: &EntityId| moved.binary_search(entity).is_ok();
        let pays = |client: &EntityId| {
            is_moved(client) || payees(graph, *client).is_some_and(|paid| paid.keys().any(is_moved))
        };
        self.failed.keys().copied().filter(pays).collect()
    }

    /// The key of a failed client's group, if this worker owns it.
    pub(in super::super) fn key(&mut self, client: EntityId, share: Share) -> Option<u64> {
        let key = stable_hash(format!("arrears|{}", client.rank()).as_bytes());
        if !share.owns(key) || !self.failed.contains_key(&client) {
            return None;
        }
        self.by_key.insert(key, client);
        Some(key)
    }

    /// Wage troubles among those whom a failed client paid.
    pub(in super::super) fn find(
        &self,
        sight: Sight<'_>,
        key: u64,
        params: &Arrears<'_>,
    ) -> Option<Finding> {
        let client = *self.by_key.get(&key)?;
        let failure = sight
            .book
            .standing(client, sight.today)
            .find(|held| failed_on(&held.event.body).is_some())?;
        let from = failed_on(&failure.event.body)?.plus(-params.days);
        let mut paid = fed_by(sight.graph, client);
        paid.retain(|payee| sight.book.is_scored(*payee));
        let mut troubled: Vec<Entry> = Vec::new();
        for payee in &paid {
            let standing = sight.book.standing(*payee, sight.today);
            let wages = standing.filter(|held| {
                wages_on(&held.event.body, held.event.time.day(), params.words)
                    .is_some_and(|day| day >= from)
            });
            troubled.extend(
                wages.last().map(|held| Entry { entity: *payee, event: held.event.clone() }),
            );
        }
        let bits = surprise_bits(troubled.len() as u32, paid.len() as f64 * params.base);
        if bits < params.surprise {
            return None;
        }
        let name = sight.book.name(client);
        let (all, count) = (paid.len(), troubled.len());
        let head = Text::new(
            format!("{name}及主要靠其付款的承包方付过款的{all}户企业中，{count}户出现欠薪情形"),
            format!(
                "Of {all} enterprises paid by {name} or by contractors that live on it, {count} \
                 came into wage trouble"
            ),
        );
        let entries: Vec<&Entry> = troubled.iter().collect();
        let mut finding = told_group(sight, &entries, head, count as f64, params.levels)?;
        finding.evidence.insert(1, fact_line(failure, 1.0));
        finding.subjects.push(client);
        Some(finding.value("{name}", same(name)))
    }
}

/// Parameters of the arrears rule.
pub(in super::super) struct Arrears<'a> {
    pub(in super::super) days: i32,
    pub(in super::super) base: f64,
    pub(in super::super) surprise: f64,
    pub(in super::super) words: &'a [String],
    pub(in super::super) levels: &'a [Step],
}

/// Those that an enterprise paid, with the sums.
fn payees(graph: &Graph, payer: EntityId) -> Option<&BTreeMap<EntityId, (Fen, u32)>> {
    graph.profile(payer).map(|profile| &profile.paid_to)
}

/// Those whom a client's contractors paid, of each contractor that lives on its money: a developer
/// pays the contractor, who pays the crews.
fn onward(
    graph: &Graph,
    client: EntityId,
) -> impl Iterator<Item = &BTreeMap<EntityId, (Fen, u32)>> {
    let paid = payees(graph, client).into_iter().flatten();
    paid.filter_map(move |(contractor, (sum, _))| {
        let onward = payees(graph, *contractor)?;
        let spent: i64 = onward.values().map(|(sum, _)| sum.0).sum();
        (sum.0 >= spent / 2).then_some(onward)
    })
}

/// Whether a client's money reaches an enterprise, at once or through a contractor.
fn feeds(graph: &Graph, client: EntityId, payee: EntityId) -> bool {
    let at_once = payees(graph, client).is_some_and(|paid| paid.contains_key(&payee));
    client != payee && (at_once || onward(graph, client).any(|paid| paid.contains_key(&payee)))
}

/// All that a client's money reaches.
fn fed_by(graph: &Graph, client: EntityId) -> BTreeSet<EntityId> {
    let at_once = payees(graph, client).into_iter();
    let all = at_once.chain(onward(graph, client)).flat_map(|paid| paid.keys().copied());
    all.filter(|payee| *payee != client).collect()
}

/// The day on which an enterprise failed: insolvent, a debtor that cannot or will not pay, revoked.
fn failed_on(body: &Body) -> Option<Day> {
    match body {
        Body::Court(court) => {
            let failed = court.state == CaseState::Opened
                && court.role == CourtRole::Debtor
                && matches!(court.party, Party::Enterprise(_))
                && matches!(
                    court.kind,
                    CourtKind::BankruptcyAccepted
                        | CourtKind::ClosedWithoutAssets
                        | CourtKind::DishonestListed
                );
            failed.then_some(court.on)
        }
        Body::Listing(data) => {
            let listed = data.state == ListState::Listed && data.list == List::DishonestDebtors;
            listed.then_some(data.on)
        }
        Body::Ended(data) => (data.kind == EndKind::Revoked).then_some(data.on),
        _ => None,
    }
}

/// The day of a wage trouble.
fn wages_on(body: &Body, day: Day, words: &[String]) -> Option<Day> {
    let tells = |texts: &[Box<str>]| {
        texts.iter().any(|text| words.iter().any(|word| text.contains(word.as_str())))
    };
    match body {
        Body::Listing(data) => {
            let listed = data.state == ListState::Listed && data.list == List::WageArrears;
            listed.then_some(data.on)
        }
        Body::ComplaintReceived(data) => tells(&data.issues).then_some(day),
        Body::Penalty(data) => tells(&data.violations).then_some(data.decided_on),
        _ => None,
    }
}
