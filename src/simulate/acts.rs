//! What do the offices record? One function for each kind of event, with the contract's fields.
//!
//! Must not know: why the event comes about.

use super::desk::{Deed, Desk, Feed, Notice};
use super::firm::{FirmNo, Owner, sketch_of};
use super::trades::TRADES;
use super::words::TOWNS;
use super::world::World;
use crate::time::{Day, Month, Time};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// A fact on record: feed and id, to be named by later ones.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pub(crate) feed: Feed,
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) data: String,
}

/// A penalty to be decided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Penalty {
    pub(crate) violation: &'static str,
    pub(crate) fine_yuan: i64,
    pub(crate) severity: &'static str,
    /// Days between decision and publication.
    pub(crate) delay: i32,
}

/// A court record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) role: &'static str,
    pub(crate) claim_yuan: i64,
    pub(crate) until_days: Option<i32>,
}

impl Case {
    /// A case that opens against a debtor.
    pub(crate) const fn debtor(kind: &'static str, claim_yuan: i64) -> Self {
        Self { kind, state: "opened", role: "debtor", claim_yuan, until_days: None }
    }
}

impl World {
    /// Files an event about a firm.
    pub(crate) fn file(
        &mut self,
        feed: Feed,
        kind: &'static str,
        at: Time,
        firm: Option<FirmNo>,
        data: &Value,
    ) -> Filed {
        let data = data.to_string();
        let subject = firm.map_or("", |f| self.firms[f].code.as_str());
        let notice =
            Notice { feed, kind, at, subject, deed: Deed::Assert, basis: None, data: &data };
        let id = self.desk.take(notice);
        Filed { feed, id, kind, data }
    }

    /// Puts other data in the place of a filed fact. Returns the new fact.
    pub(crate) fn correct(&mut self, firm: FirmNo, filed: &Filed, at: Time, data: &str) -> Filed {
        let (feed, kind) = (filed.feed, filed.kind);
        let subject = self.firms[firm].code.as_str();
        let deed = Deed::Correct(&filed.id);
        let id = self.desk.take(Notice { feed, kind, at, subject, deed, basis: None, data });
        Filed { feed, id, kind, data: data.to_owned() }
    }

    /// Withdraws a filed fact.
    pub(crate) fn retract(&mut self, firm: FirmNo, filed: &Filed, at: Time) {
        let (feed, kind) = (filed.feed, filed.kind);
        let subject = self.firms[firm].code.as_str();
        let deed = Deed::Retract(&filed.id);
        self.desk.take(Notice { feed, kind, at, subject, deed, basis: None, data: &filed.data });
    }

    /// The firm's entry on the register.
    pub(crate) fn register(&mut self, firm: FirmNo, at: Time) {
        let data = self.registry_data(firm);
        self.file(Feed::Registry, "registration.established", at, Some(firm), &data);
        self.firms[firm].registered = true;
        if self.firms[firm].pace > 0.0 && self.firms[firm].staff.is_empty() {
            let count = self.firms[firm].target.round() as usize;
            if self.firms[firm].reports_staff {
                self.hire(firm, count);
            }
        }
    }

    fn registry_data(&self, number: FirmNo) -> Value {
        let firm = &self.firms[number];
        let mut data = Map::new();
        let mut put = |key: &str, value: Value| data.insert(key.to_owned(), value);
        put("uscc", json!(firm.code));
        if let Some(reg_no) = &firm.reg_no {
            put("reg_no", json!(reg_no));
        }
        put("name", json!(firm.full_name()));
        put("entity_type", json!(firm.entity_type()));
        put("established_on", json!(firm.established.to_string()));
        put("division", json!(TOWNS[usize::from(firm.place.town)].code));
        put("domicile", json!(self.address(number)));
        put("industry", json!(TRADES[usize::from(firm.trade)].code));
        put("scope", json!(firm.scope));
        if firm.capital_fen > 0 {
            put("subscribed_fen", json!(firm.capital_fen));
        }
        if let Some(paid) = firm.paid_fen {
            put("paid_fen", json!(paid));
        }
        put("legal_rep", self.person_json(firm.rep));
        if !firm.officers.is_empty() {
            put("officers", self.officers_json(number));
        }
        if !firm.holders.is_empty() {
            put("holders", self.holders_json(number));
        }
        if !firm.phones.is_empty() {
            put("phones", self.phones_json(number));
        }
        if !firm.emails.is_empty() {
            put("emails", json!(firm.emails));
        }
        if let Some(liaison) = firm.liaison {
            put("liaison", self.person_json(liaison));
        }
        if let Some(agent) = firm.agent {
            put("agent", self.mention(agent));
        }
        if let Some(print) = firm.fingerprint {
            put("filing_fingerprint", json!(format!("F:{print:016x}")));
        }
        if !firm.predecessors.is_empty() {
            let list: Vec<Value> = firm
                .predecessors
                .iter()
                .map(|(code, kind)| json!({"uscc": code, "kind": kind}))
                .collect();
            put("predecessors", json!(list));
        }
        Value::Object(data)
    }

    pub(crate) fn officers_json(&self, firm: FirmNo) -> Value {
        let officer = |(person, role): &(u32, &str)| json!({"person": self.person_json(*person), "role": role});
        json!(self.firms[firm].officers.iter().map(officer).collect::<Vec<_>>())
    }

    pub(crate) fn holders_json(&self, firm: FirmNo) -> Value {
        let holder =
            |(owner, pct): &(Owner, u32)| json!({"party": self.party_json(*owner), "pct": pct});
        json!(self.firms[firm].holders.iter().map(holder).collect::<Vec<_>>())
    }

    pub(crate) fn phones_json(&self, number: FirmNo) -> Value {
        let firm = &self.firms[number];
        json!(firm.phones.iter().map(|p| p.text(firm.phone_style)).collect::<Vec<_>>())
    }

    /// Changes on the register; the caller has changed the state.
    pub(crate) fn changed(&mut self, firm: FirmNo, at: Time, changes: &[Value]) -> Filed {
        let data = json!({
            "uscc": self.firms[firm].code,
            "approved_on": at.day().to_string(),
            "changes": changes,
        });
        self.file(Feed::Registry, "registration.changed", at, Some(firm), &data)
    }

    pub(crate) fn notice(&mut self, firm: FirmNo, at: Time, kind: &str, days: i32) -> Filed {
        let data = json!({
            "uscc": self.firms[firm].code,
            "kind": kind,
            "notice_on": at.day().to_string(),
            "until": at.day().plus(days).to_string(),
        });
        self.file(Feed::Registry, "registration.notice", at, Some(firm), &data)
    }

    pub(crate) fn notice_with(&mut self, firm: FirmNo, at: Time, kind: &str, other: &[FirmNo]) {
        let parties: Vec<Value> = other.iter().map(|f| self.mention(*f)).collect();
        let data = json!({
            "uscc": self.firms[firm].code,
            "kind": kind,
            "notice_on": at.day().to_string(),
            "until": at.day().plus(45).to_string(),
            "counterparties": parties,
        });
        self.file(Feed::Registry, "registration.notice", at, Some(firm), &data);
    }

    /// The firm leaves the register; its people go their ways.
    pub(crate) fn end(&mut self, firm: FirmNo, at: Time, kind: &str, reason: Option<&str>) {
        if self.firms[firm].ended || !self.firms[firm].registered {
            return;
        }
        let mut data = json!({
            "uscc": self.firms[firm].code, "kind": kind, "on": at.day().to_string(),
        });
        if let Some(reason) = reason {
            data["reason"] = json!(reason);
        }
        self.file(Feed::Registry, "registration.ended", at, Some(firm), &data);
        self.firms[firm].ended = true;
        let all = self.firms[firm].staff.len();
        self.dismiss(firm, all);
    }

    pub(crate) fn penalise(&mut self, firm: FirmNo, at: Time, penalty: Penalty) -> Filed {
        let decided = at.day().plus(-penalty.delay);
        let number = self.paper();
        let mut data = json!({
            "doc_no": format!("东市监处罚〔{}〕{number}号", decided.civil().0),
            "uscc": self.firms[firm].code,
            "authority": "东方市市场监督管理局",
            "violations": [penalty.violation],
            "kinds": [if penalty.fine_yuan > 0 { "fine" } else { "warning" }],
            "procedure": if penalty.severity == "minor" { "summary" } else { "ordinary" },
            "severity": penalty.severity,
            "decided_on": decided.to_string(),
        });
        if penalty.fine_yuan > 0 {
            data["fine_fen"] = json!(penalty.fine_yuan * 100);
        }
        let months = match penalty.severity {
            "minor" => 3,
            "general" => 12,
            _ => 36,
        };
        data["public_until"] = json!(decided.plus_months(months).to_string());
        self.file(Feed::Penalty, "penalty.decided", at, Some(firm), &data)
    }

    /// The record is replaced by one that says that the fine has been paid.
    pub(crate) fn performed(&mut self, firm: FirmNo, filed: &Filed, at: Time) -> Filed {
        let day = at.day().plus(-2).to_string();
        let data = format!("{},\"performed_on\":\"{day}\"}}", &filed.data[..filed.data.len() - 1]);
        self.correct(firm, filed, at, &data)
    }

    pub(crate) fn list(&mut self, firm: FirmNo, at: Time, list: &str, reason: &str) -> Filed {
        let data = json!({
            "uscc": self.firms[firm].code, "list": list, "state": "listed",
            "on": at.day().plus(-1).to_string(), "reason": reason,
        });
        self.file(Feed::Registry, "listing.changed", at, Some(firm), &data)
    }

    pub(crate) fn unlist(&mut self, firm: FirmNo, at: Time, list: &str) {
        let data = json!({
            "uscc": self.firms[firm].code, "list": list, "state": "removed",
            "on": at.day().plus(-1).to_string(),
        });
        self.file(Feed::Registry, "listing.changed", at, Some(firm), &data);
    }

    /// A court record; courts mention firms by their old organisation code about half the time.
    pub(crate) fn court(&mut self, firm: FirmNo, at: Time, case: Case) -> Filed {
        let number = self.paper();
        let year = at.day().civil().0;
        let name = self.firms[firm].full_name();
        let org = self.firms[firm].code[8..17].to_owned();
        let by_org = self.chance.chance(0.5);
        let party = if by_org {
            json!({"enterprise": {"org_code": org, "name": name}})
        } else {
            json!({"enterprise": self.mention(firm)})
        };
        let word = if case.kind == "litigation" { "民初" } else { "执" };
        let mut data = json!({
            "case_no": format!("（{year}）琼9007{word}{number}号"),
            "court": "海南省东方市人民法院",
            "kind": case.kind, "state": case.state, "role": case.role,
            "party": party, "on": at.day().plus(-1).to_string(),
            "claim_fen": case.claim_yuan * 100,
        });
        if let Some(days) = case.until_days {
            data["until"] = json!(at.day().plus(days).to_string());
        }
        let text = data.to_string();
        let subject = if by_org { format!("orgcode:{org}") } else { self.code(firm) };
        let notice = Notice {
            feed: Feed::Court,
            kind: "court.recorded",
            at,
            subject: &subject,
            deed: Deed::Assert,
            basis: None,
            data: &text,
        };
        let id = self.desk.take(notice);
        Filed { feed: Feed::Court, id, kind: "court.recorded", data: text }
    }

    /// A complaint; half of the callers know the name alone. Returns the ticket.
    pub(crate) fn complain(&mut self, firm: FirmNo, at: Time, issue: &str, from: u64) -> String {
        let ticket = format!("TS{}{:07}", at.day().civil().0, self.paper());
        let name = self.firms[firm].full_name();
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
        let items: Vec<Value> =
            items.iter().map(|(code, result)| json!({"code": code, "result": result})).collect();
        let data = json!({
            "uscc": self.firms[firm].code, "plan": plan, "on": at.day().to_string(),
            "authority": "东方市市场监督管理局", "items": items,
        });
        self.file(Feed::Inspection, "inspection.completed", at, Some(firm), &data);
    }

    /// A licence is granted on the firm's premises.
    pub(crate) fn grant(&mut self, firm: FirmNo, at: Time, kind: &str) {
        let number = format!("JY{:014}", 24_690_070_000_000 + self.paper());
        let premises = self.address(firm);
        let data = json!({
            "uscc": self.firms[firm].code, "licence_no": number, "kind": kind,
            "state": "granted", "on": at.day().plus(-1).to_string(),
            "valid_to": at.day().plus_months(60).to_string(), "premises": premises,
        });
        self.file(Feed::Licence, "licence.changed", at, Some(firm), &data);
        self.firms[firm].licence = Some(number);
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
        let energy = yuan as f64 * 0.012 * self.chance.lognormal(1.0, 0.1);
        let mut data = format!(
            "{{\"uscc\":\"{}\",\"month\":\"{month}\",\"revenue_fen\":{},\"tax_fen\":{}",
            state.code,
            yuan * 100,
            yuan * 3
        );
        let _ = write!(data, ",\"energy_kwh\":{:.1}", energy);
        if TRADES[usize::from(state.trade)].code.starts_with('C') {
            let _ = write!(
                data,
                ",\"water_m3\":{:.1},\"emission_kg\":{:.1},\"stock_units\":{}",
                energy * 0.05,
                energy * 0.02,
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
