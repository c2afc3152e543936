//! What do the other offices record? Complaints, inspections, licences, assets, repair, opinion and
//! the monthly reports.
//!
//! Must not know: why the event comes about.

use super::acts::Filed;
use super::desk::{Deed, Desk, Feed, Notice};
use super::firm::{FirmNo, sketch_of};
use super::place::Spelling;
use super::trades::TRADES;
use super::world::World;
use crate::time::{Month, Time};
use serde_json::{Value, json};
use std::fmt::Write as _;

impl World {
    /// A complaint; half of the callers know the name alone. Returns the ticket.
    pub(crate) fn complain(&mut self, firm: FirmNo, at: Time, issue: &str, from: u64) -> String {
        let ticket = format!("TS{}{:07}", at.day().civil().0, self.paper());
        let name = self.firms[firm].full_name();
        let name = self.heard(&name);
        let by_name = self.chance.chance(0.5);
        let respondent = if by_name { json!({"name": name}) } else { self.mention(firm) };
        let report = self.chance.chance(0.2);
        let mut data = json!({
            "ticket_no": ticket,
            "kind": if report { "report" } else { "complaint" },
            "respondent": respondent,
            "issues": [issue],
            "complainant": format!("C:{:012x}", super::prng::mix(from) >> 16),
        });
        if self.chance.chance(0.6) {
            data["amount_fen"] = json!((self.chance.lognormal(800.0, 1.0) * 100.0) as i64);
        }
        let subject = if by_name { format!("name:{name}") } else { self.code(firm) };
        let text = data.to_string();
        self.desk.take(Notice {
            feed: Feed::Hotline,
            kind: "complaint.received",
            at,
            subject: &subject,
            deed: Deed::Assert,
            basis: None,
            data: &text,
        });
        ticket
    }

    pub(crate) fn close_complaint(&mut self, firm: FirmNo, at: Time, ticket: &str, found: bool) {
        let result = match (found, self.chance.below(5)) {
            (true, 0) => "case_filed",
            (_, 1..3) => "settled",
            (_, 3) => "failed",
            (true, _) => "settled",
            (false, _) => "withdrawn",
        };
        let data = json!({
            "ticket_no": ticket, "respondent": {"uscc": self.firms[firm].code},
            "result": result, "substantiated": found,
        });
        self.file(Feed::Hotline, "complaint.closed", at, Some(firm), &data);
    }

    pub(crate) fn inspect(&mut self, firm: FirmNo, at: Time, plan: &str, items: &[(&str, &str)]) {
        if items.iter().any(|(_, result)| matches!(*result, "case_filed" | "sample_failed")) {
            self.saw_trouble(firm, at);
        }
        let items: Vec<Value> =
            items.iter().map(|(code, result)| json!({"code": code, "result": result})).collect();
        let data = json!({
            "uscc": self.firms[firm].code, "plan": plan, "on": at.day().to_string(),
            "authority": self.atlas.region.authority, "items": items,
        });
        self.file(Feed::Inspection, "inspection.completed", at, Some(firm), &data);
    }

    /// A licence is granted on the firm's premises.
    pub(crate) fn grant(&mut self, firm: FirmNo, at: Time, kind: &str) {
        let number = format!("JY{:014}", 24_690_070_000_000 + self.paper());
        let stale = self.slips(0.03);
        let premises = if stale {
            // The file still shows where somebody sat before.
            let before = self.atlas.street(&mut self.slip);
            self.atlas.text(before, Spelling::default())
        } else {
            self.address(firm)
        };
        let data = json!({
            "uscc": self.firms[firm].code, "licence_no": number, "kind": kind,
            "state": "granted", "on": at.day().plus(-1).to_string(),
            "valid_to": at.day().plus_months(60).to_string(), "premises": premises,
        });
        self.file(Feed::Licence, "licence.changed", at, Some(firm), &data);
        self.firms[firm].licence = Some(number);
        if !stale {
            self.saw_business(firm, at);
        }
    }

    pub(crate) fn licence_state(&mut self, firm: FirmNo, at: Time, state: &str) {
        let Some(number) = self.firms[firm].licence.clone() else { return };
        let kind = TRADES[usize::from(self.firms[firm].trade)].licence.unwrap_or("食品经营许可证");
        let data = json!({
            "uscc": self.firms[firm].code, "licence_no": number, "kind": kind,
            "state": state, "on": at.day().plus(-1).to_string(),
        });
        self.file(Feed::Licence, "licence.changed", at, Some(firm), &data);
    }

    /// An asset changes hands; no price means for nothing.
    pub(crate) fn hand_over(
        &mut self,
        (from, to): (FirmNo, FirmNo),
        at: Time,
        (kind, label): (&str, &str),
        price_yuan: Option<i64>,
    ) {
        let mut data = json!({
            "kind": kind, "from": {"enterprise": self.mention(from)},
            "to": {"enterprise": self.mention(to)},
            "on": at.day().plus(-2).to_string(), "label": label,
        });
        if let Some(price) = price_yuan {
            data["price_fen"] = json!(price * 100);
        }
        self.file(Feed::Assets, "asset.transferred", at, Some(from), &data);
        self.saw_passage((from, to), "assets", at);
    }

    /// Credit repair, on facts.
    pub(crate) fn repair(&mut self, firm: FirmNo, at: Time, facts: &[&Filed], granted: bool) {
        let targets: Vec<String> = facts.iter().map(|f| Desk::reference(f.feed, &f.id)).collect();
        let data = json!({
            "uscc": self.firms[firm].code, "targets": targets,
            "decision": if granted { "granted" } else { "refused" },
            "effective_on": at.day().to_string(),
        });
        self.file(Feed::Credit, "repair.decided", at, Some(firm), &data);
    }

    /// An objection, and its decision some days later.
    pub(crate) fn object(
        &mut self,
        firm: FirmNo,
        at: Time,
        filed: &Filed,
        days: i32,
        upheld: bool,
    ) {
        let targets = vec![Desk::reference(filed.feed, &filed.id)];
        let code = self.code(firm);
        let data = json!({"uscc": code, "targets": targets, "filed_on": at.day().to_string()});
        self.file(Feed::Credit, "objection.filed", at, Some(firm), &data);
        let then = at.plus_days(i64::from(days));
        let decision = if upheld { "upheld" } else { "rejected" };
        let data = json!({
            "uscc": code, "targets": targets, "decision": decision,
            "effective_on": then.day().to_string(),
        });
        self.file(Feed::Credit, "objection.decided", then, Some(firm), &data);
    }

    pub(crate) fn opine(&mut self, firm: FirmNo, at: Time, tier: u8, topic: &str, mood: f64) {
        let number = self.paper();
        let confidence = (70 + self.chance.below(30)) as f64 / 100.0;
        let data = json!({
            "doc_id": format!("D-{number}"), "tier": tier, "topics": [topic],
            "sentiment": (mood * 100.0).round() / 100.0,
            "reach": self.chance.lognormal(900.0, 1.2) as i64,
            "cluster": format!("K-{number}"),
            "mentions": [{"uscc": self.firms[firm].code, "confidence": confidence}],
        });
        self.file(Feed::Opinion, "opinion.published", at, Some(firm), &data);
    }

    /// The monthly staff report. Sets of fewer than three are not sketched.
    pub(crate) fn report_staff(&mut self, firm: FirmNo, at: Time, month: Month) {
        let state = &mut self.firms[firm];
        if state.sketch.is_none() && state.staff.len() >= 3 {
            state.sketch = Some(sketch_of(&state.staff));
        }
        let mut data = String::with_capacity(1_500);
        let _ = write!(
            data,
            "{{\"uscc\":\"{}\",\"month\":\"{month}\",\"headcount\":{}",
            state.code,
            state.staff.len()
        );
        if let Some(sketch) = state.sketch.as_ref().filter(|_| state.staff.len() >= 3) {
            data += ",\"staff_minhash\":[";
            let mut buffer = itoa::Buffer::new();
            for (j, value) in sketch.iter().enumerate() {
                if j > 0 {
                    data.push(',');
                }
                data += buffer.format(*value);
            }
            data.push(']');
        }
        data.push('}');
        if self.firms[firm].sketch.is_some() {
            self.saw_staff(firm, at);
        }
        let code = self.firms[firm].code.as_str();
        self.desk.take(Notice {
            feed: Feed::Insurance,
            kind: "staff.reported",
            at,
            subject: code,
            deed: Deed::Assert,
            basis: None,
            data: &data,
        });
    }

    /// The monthly activity report; amounts follow the firm's pace.
    pub(crate) fn report_activity(&mut self, firm: FirmNo, at: Time, month: Month, factor: f64) {
        let state = &self.firms[firm];
        let yuan = (state.revenue * state.pace * factor * self.chance.lognormal(1.0, 0.18)) as i64;
        let usual = yuan as f64 * 0.012 * self.chance.lognormal(1.0, 0.1);
        let energy = if state.emission_hidden { usual * 1.8 } else { usual };
        let mut data = format!(
            "{{\"uscc\":\"{}\",\"month\":\"{month}\",\"revenue_fen\":{},\"tax_fen\":{}",
            state.code,
            yuan * 100,
            yuan * 3
        );
        let _ = write!(data, ",\"energy_kwh\":{energy:.1}");
        if TRADES[usize::from(state.trade)].code.starts_with('C') {
            let _ = write!(
                data,
                ",\"water_m3\":{:.1},\"emission_kg\":{:.1},\"stock_units\":{}",
                energy * 0.05,
                usual * 0.02,
                yuan / 900
            );
        }
        data.push('}');
        let code = self.firms[firm].code.as_str();
        self.desk.take(Notice {
            feed: Feed::Tax,
            kind: "activity.reported",
            at,
            subject: code,
            deed: Deed::Assert,
            basis: None,
            data: &data,
        });
    }
}
