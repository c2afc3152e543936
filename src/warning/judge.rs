//! Which rule looks at what? From the trigger of a rule to the function that finds.

use super::config::RuleFile;
use super::finding::{Finding, Sight};
use super::rules::deregistration::Terms;
use super::rules::{
    collective, complaint, customs, deregistration, flow, founding, group, index, spread,
    succession,
};
use super::trigger::Trigger;
use super::{Topic, Warnings};
use crate::id::EntityId;
use crate::text::Level;

impl Warnings {
    /// What the rule of a trigger finds about a topic.
    pub(super) fn find(&self, sight: Sight<'_>, rule: &RuleFile, topic: Topic) -> Option<Finding> {
        let trigger = &rule.trigger;
        match topic {
            Topic::Entity(entity) if !self.book.is_scored(entity) => None,
            Topic::Entity(entity) => self
                .find_by_tie(sight, trigger, entity)
                .or_else(|| self.find_by_index(sight, rule, entity))
                .or_else(|| find_by_fact(sight, trigger, entity))
                .or_else(|| self.find_by_flow(sight, trigger, entity)),
            Topic::Group(key) => self.find_group(sight, trigger, key),
        }
    }

    fn find_by_tie(
        &self,
        sight: Sight<'_>,
        trigger: &Trigger,
        entity: EntityId,
    ) -> Option<Finding> {
        match trigger {
            Trigger::Succession { min, lift_from, lift_to } => {
                let params = succession::Params {
                    min: *min,
                    lift_from: *lift_from,
                    lift_to: *lift_to,
                    terms: self.config.rules.iter().find_map(|rule| terms(&rule.trigger)),
                };
                succession::find(&self.book, &self.pairs, entity, sight.today, &params)
            }
            Trigger::Deregistration { level, lift_to, lift_from, .. } => {
                let lifted = self
                    .pairs
                    .as_predecessor(entity)
                    .is_some_and(|pair| pair.level >= Some(*lift_from));
                let level = if lifted { *lift_to } else { *level };
                barred(sight, trigger, entity, level)
            }
            _ => None,
        }
    }

    fn find_by_index(
        &self,
        sight: Sight<'_>,
        rule: &RuleFile,
        entity: EntityId,
    ) -> Option<Finding> {
        match &rule.trigger {
            Trigger::Index {
                jump_grades,
                jump_days,
                jump_score,
                jump_level,
                reach,
                reach_level,
                jump_reach_level,
                memory_days,
                refresh_days,
                quiet_with_veto,
            } => {
                let params = index::Params {
                    jump_grades: *jump_grades,
                    jump_days: *jump_days,
                    jump_score: *jump_score,
                    jump_level: *jump_level,
                    reach: *reach,
                    reach_level: *reach_level,
                    jump_reach_level: *jump_reach_level,
                    memory_days: *memory_days,
                    refresh_days: (*refresh_days).max(1),
                    quiet_with_veto: *quiet_with_veto,
                };
                index::level(sight, (&self.indices, &self.flows), entity, &params)
            }
            Trigger::Veto { levels, default, except } => {
                index::veto(sight, &self.indices, entity, levels, *default, except)
            }
            Trigger::Sql { .. } => index::flag(sight, &self.indices, entity, &rule.kind),
            _ => None,
        }
    }

    fn find_by_flow(
        &self,
        sight: Sight<'_>,
        trigger: &Trigger,
        entity: EntityId,
    ) -> Option<Finding> {
        match trigger {
            Trigger::Flow { pattern, levels } => {
                flow::pattern(&self.book, &self.flows, entity, *pattern, levels)
            }
            Trigger::Fundraising {
                flow,
                fan_in,
                promise,
                word,
                victims,
                victims_min,
                rate_pct,
                confidence,
                days,
                words,
                levels,
            } => {
                let params = flow::Raising {
                    flow: *flow,
                    fan_in: *fan_in,
                    promise: *promise,
                    word: *word,
                    victims: *victims,
                    victims_min: *victims_min,
                    rate_pct: *rate_pct,
                    confidence: *confidence,
                    days: *days,
                    words,
                    levels,
                };
                flow::fundraising(sight, &self.flows, entity, &params)
            }
            _ => None,
        }
    }

    fn find_group(&self, sight: Sight<'_>, trigger: &Trigger, key: u64) -> Option<Finding> {
        match trigger {
            Trigger::Foundings { .. } => {
                self.foundings.find(sight, key, &founding_params(trigger)?)
            }
            Trigger::Nominee { days, levels } => {
                group::nominee(sight, &self.nominees, key, *days, levels)
            }
            Trigger::Brand { days, consignees, clean_per_lot, levels } => {
                let terms = (*days, *consignees, *clean_per_lot);
                group::brand(sight, &self.brands, key, terms, levels)
            }
            Trigger::Town { days, base_days, share, prior_days, min, levels } => {
                let params = group::Town {
                    days: *days,
                    base_days: *base_days,
                    share: *share,
                    prior_days: *prior_days,
                    min: *min,
                    levels,
                };
                group::town(sight, &self.towns, key, &params)
            }
            Trigger::Building { days, base, min, levels } => {
                self.buildings.find(sight, key, *days, (*base, *min), levels)
            }
            Trigger::Systemic { signal, by, subjects_max, levels } => {
                let params = collective::Params {
                    signal: *signal,
                    by,
                    subjects_max: *subjects_max,
                    bounds: self.config.signals.as_ref()?,
                    levels,
                };
                self.collectives.find(sight, key, &params)
            }
            Trigger::Arrears { days, base, surprise, words, levels } => {
                let params = spread::Arrears {
                    days: *days,
                    base: *base,
                    surprise: *surprise,
                    words,
                    levels,
                };
                self.clients.find(sight, key, &params)
            }
            _ => None,
        }
    }
}

fn find_by_fact(sight: Sight<'_>, trigger: &Trigger, entity: EntityId) -> Option<Finding> {
    match trigger {
        Trigger::Complaints {
            days,
            min,
            surprise,
            victims,
            prior,
            prior_days,
            base_days,
            respondents_max,
            professional,
            keep_days,
        } => {
            let params = complaint::Params {
                days: *days,
                min: *min,
                surprise,
                victims,
                prior: *prior,
                prior_days: *prior_days,
                base_days: *base_days,
                respondents_max: *respondents_max,
                professional: *professional,
                keep_days: *keep_days,
            };
            complaint::find(sight.book, entity, sight.today, &params)
        }
        Trigger::Smuggling { points, days, moratorium, levels } => {
            customs::smuggling(sight, entity, points, *days, *moratorium, levels)
        }
        Trigger::ZeroTariff {
            days,
            transfer,
            stranger,
            resale,
            capacity,
            capacity_factor,
            levels,
        } => {
            let params = customs::Tariff {
                days: *days,
                transfer: *transfer,
                stranger: *stranger,
                resale: *resale,
                capacity: *capacity,
                capacity_factor: *capacity_factor,
                levels,
            };
            customs::zero_tariff(sight, entity, &params)
        }
        Trigger::ImportQuality { days, levels } => {
            customs::import_quality(sight, entity, *days, levels)
        }
        _ => None,
    }
}

/// What counts as a barred deregistration.
fn terms(trigger: &Trigger) -> Option<Terms<'_>> {
    match trigger {
        Trigger::Deregistration { bars, notice_days, apply_days, case_days, .. } => Some(Terms {
            bars,
            notice_days: *notice_days,
            apply_days: *apply_days,
            case_days: *case_days,
        }),
        _ => None,
    }
}

/// A barred deregistration as a finding.
fn barred(sight: Sight<'_>, trigger: &Trigger, entity: EntityId, level: Level) -> Option<Finding> {
    let look = deregistration::look(sight.book, entity, sight.today, terms(trigger)?);
    let Some(conflict) = look.conflict else {
        return look.again.map(|day| Finding { again: Some(day), ..Finding::default() });
    };
    let finding = Finding {
        level: Some(level),
        score: conflict.reasons.len() as f64,
        subjects: vec![entity],
        evidence: conflict.evidence,
        again: look.again,
        ..Finding::default()
    };
    Some(
        finding
            .value("{name}", super::finding::same(sight.book.name(entity)))
            .value("{reasons}", succession::join(&conflict.reasons)),
    )
}

fn founding_params(trigger: &Trigger) -> Option<founding::Params<'_>> {
    match trigger {
        Trigger::Foundings {
            agent,
            device,
            person,
            fresh_days,
            base_days,
            surprise,
            bits_per_point,
            surprise_points_max,
            same_device,
            same_person,
            same_address,
            same_scope,
            same_capital,
            own_least,
            levels,
        } => Some(founding::Params {
            agent: *agent,
            device: *device,
            person: *person,
            fresh_days: *fresh_days,
            base_days: *base_days,
            surprise: *surprise,
            bits_per_point: *bits_per_point,
            surprise_points_max: *surprise_points_max,
            same_device: *same_device,
            same_person: *same_person,
            same_address: *same_address,
            same_scope: *same_scope,
            same_capital: *same_capital,
            own_least: *own_least,
            levels,
        }),
        _ => None,
    }
}
