//! What do the offices record? One function for each kind of event, with the contract's fields.
//!
//! Must not know: why the event comes about.

use super::desk::{Deed, Feed, Notice};
use super::firm::{FirmNo, Owner};
use super::slips::blank;
use super::trades::TRADES;
use super::world::World;
use crate::time::Time;
use serde_json::{Map, Value, json};

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
        // Some offices still go by the number of before the credit code.
        let legacy = matches!(feed, Feed::Penalty | Feed::Inspection) && self.chance.chance(0.3);
        let subject = firm.map_or_else(String::new, |f| match &self.firms[f].reg_no {
            Some(number) if legacy => format!("regno:{number}"),
            _ => self.firms[f].code.clone(),
        });
        let deed = Deed::Assert;
        let notice = Notice { feed, kind, at, subject: &subject, deed, basis: None, data: &data };
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
        let basis = (feed == Feed::Bank).then_some("enterprise_consent");
        let subject = if feed == Feed::Bank { "" } else { subject };
        self.desk.take(Notice { feed, kind, at, subject, deed, basis, data: &filed.data });
    }

    /// The firm's entry on the register.
    pub(crate) fn register(&mut self, firm: FirmNo, at: Time) -> Filed {
        let data = self.registry_data(firm);
        let filed = self.file(Feed::Registry, "registration.established", at, Some(firm), &data);
        self.firms[firm].registered = true;
        self.saw_entry(firm, at);
        if self.firms[firm].pace > 0.0 && self.firms[firm].staff.is_empty() {
            let count = self.firms[firm].target.round() as usize;
            if self.firms[firm].reports_staff {
                self.hire(firm, count);
            }
        }
        filed
    }

    /// The entry is corrected: the address was written badly.
    pub(crate) fn correct_entry(&mut self, firm: FirmNo, filed: &Filed, at: Time) {
        self.firms[firm].spelling = super::place::Spelling::default();
        if let Ok(mut data) = serde_json::from_str::<Value>(&filed.data) {
            data["domicile"] = json!(self.address(firm));
            self.correct(firm, filed, at, &data.to_string());
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
        put("division", json!(self.atlas.region.towns[usize::from(firm.place.town)].code));
        put("domicile", json!(self.address(number)));
        if !firm.lacks(blank::INDUSTRY) {
            put("industry", json!(TRADES[usize::from(firm.trade)].code));
        }
        if !firm.lacks(blank::SCOPE) {
            put("scope", json!(firm.scope));
        }
        if firm.capital_fen > 0 {
            put("subscribed_fen", json!(firm.capital_fen));
        }
        if let Some(paid) = firm.paid_fen {
            put("paid_fen", json!(paid));
        }
        put("legal_rep", self.person_json(firm.rep));
        if !firm.officers.is_empty() && !firm.lacks(blank::OFFICERS) {
            put("officers", self.officers_json(number));
        }
        if !firm.holders.is_empty() {
            put("holders", self.holders_json(number));
        }
        if !firm.phones.is_empty() && !firm.lacks(blank::PHONES) {
            put("phones", self.phones_json(number));
        }
        if !firm.emails.is_empty() && !firm.lacks(blank::EMAILS) {
            put("emails", json!(firm.emails));
        }
        if let Some(liaison) = firm.liaison.filter(|_| !firm.lacks(blank::LIAISON)) {
            put("liaison", self.person_json(liaison));
        }
        if let Some(agent) = firm.agent {
            put("agent", self.mention(agent));
        }
        if let Some(print) = firm.fingerprint.filter(|_| !firm.lacks(blank::FINGERPRINT)) {
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
        let by_name = self.firms[firm].lacks(blank::NUMBERS);
        let officer = |(person, role): &(u32, &str)| {
            let mut person = self.person_json(*person);
            if let Some(fields) = person.as_object_mut().filter(|_| by_name) {
                fields.remove("id_no");
            }
            json!({"person": person, "role": role})
        };
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
        self.saw_entry(firm, at);
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
            "authority": self.atlas.region.authority,
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
        let at = self.mistype_first(firm, at, &data);
        if penalty.severity != "minor" {
            self.saw_trouble(firm, at);
        }
        let filed = self.file(Feed::Penalty, "penalty.decided", at, Some(firm), &data);
        if self.slips(0.03) {
            // The credit platform publishes it too, under a number of its own.
            let again = at.plus_hours(self.slip.range(20, 90));
            self.file(Feed::Credit, "penalty.decided", again, Some(firm), &data);
        }
        filed
    }

    /// Now and then a decision comes under a code that fails its check, and days later rightly.
    /// Returns when the right one comes.
    fn mistype_first(&mut self, firm: FirmNo, at: Time, data: &Value) -> Time {
        let Some(code) = self.mistyped_code(firm) else { return at };
        let mut wrong = data.clone();
        wrong["uscc"] = json!(code);
        let (text, kind) = (wrong.to_string(), "penalty.decided");
        let (feed, deed) = (Feed::Inspection, Deed::Assert);
        self.desk.take_broken(Notice {
            feed,
            kind,
            at,
            subject: &code,
            deed,
            basis: None,
            data: &text,
        });
        self.mended_at(at)
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
        self.saw_trouble(firm, at);
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
        if case.role == "debtor" && case.state == "opened" {
            self.saw_trouble(firm, at);
        }
        let number = self.paper();
        let year = at.day().civil().0;
        let name = self.firms[firm].full_name();
        let name = self.heard(&name);
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
            "court": self.atlas.region.court,
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
}
