//! What does each type require of its data? One function per event type of the contract.

use crate::event::body::{
    Activity, Asset, AssetKind, Body, CaseState, Change, Changed, Commitment, ComplaintClosed,
    ComplaintKind, ComplaintReceived, ComplaintResult, Court, CourtKind, CourtRole, Customs,
    CustomsKind, EndKind, Ended, Established, EventType, Inspection, InspectionItem,
    InspectionPlan, InspectionResult, Licence, LicenceState, Line, List, ListState, Listing,
    Notice, NoticeKind, ObjectionDecided, ObjectionDecision, ObjectionFiled, Opinion,
    OpinionMention, Patrol, PatrolKind, Penalty, PenaltyKind, Predecessor, PredecessorKind,
    Procedure, Programme, Regime, Repair, RepairDecision, Severity, Staff, Transfer,
};
use crate::event::fields::Fields;
use crate::event::shapes::word_item;
use crate::event::{Class, Pseudonyms};
use crate::id::{IdFault, Uscc};
use crate::limits;
use crate::time::Time;

/// What reading an event needs besides the event.
pub(super) struct Context<'a> {
    /// Makes pseudonyms.
    pub(super) pseudonyms: &'a Pseudonyms,
    /// The feed, for references that are comparable only within it.
    pub(super) source: &'a str,
    /// Reads a USCC, knowing the override list.
    pub(super) uscc: &'a dyn Fn(&str) -> Result<Uscc, IdFault>,
    /// The event's time.
    pub(super) time: Time,
}

/// Most persons, victims, readers.
const COUNT_MAX: i64 = 10_000_000_000;
impl Context<'_> {
    /// The data of a type; `None` when a fault was recorded.
    pub(super) fn body(&self, kind: EventType, f: &Fields<'_, '_>) -> Option<Body> {
        match kind {
            EventType::Established => self.established(f),
            EventType::Changed => self.changed(f),
            EventType::Notice => self.notice(f),
            EventType::Ended => self.ended(f),
            EventType::Licence => self.licence(f),
            EventType::Listing => self.listing(f),
            EventType::Penalty => self.penalty(f),
            EventType::Court => self.court(f),
            EventType::Transfer => self.transfer(f),
            EventType::ComplaintReceived => self.complaint_received(f),
            EventType::ComplaintClosed => self.complaint_closed(f),
            EventType::Opinion => self.opinion(f),
            EventType::Customs => self.customs(f),
            EventType::Patrol => self.patrol(f),
            EventType::Inspection => self.inspection(f),
            EventType::Staff => self.staff(f),
            EventType::Activity => self.activity(f),
            EventType::Asset => self.asset(f),
            EventType::Commitment => self.commitment(f),
            EventType::Repair => self.repair(f),
            EventType::ObjectionFiled => self.objection_filed(f),
            EventType::ObjectionDecided => self.objection_decided(f),
        }
    }

    fn established(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let name = f.text("name");
        let entity_type = self.entity_type(f, "entity_type", f.require("entity_type"));
        let established_on = f.day("established_on");
        let division = f.require("division").and_then(|v| f.division_of("division", v));
        let domicile = f.text("domicile");
        let legal_rep = self.person(f, "legal_rep", f.require("legal_rep"));
        let body = Established {
            reg_no: f.opt_reg_no("reg_no"),
            industry: f.value("industry").and_then(|v| f.industry_of("industry", v)),
            scope: f.opt_long_text("scope"),
            subscribed_fen: f.opt_fen("subscribed_fen"),
            paid_fen: f.opt_fen("paid_fen"),
            officers: f
                .value("officers")
                .and_then(|v| self.officers(f, "officers", v))
                .unwrap_or_default(),
            holders: f
                .value("holders")
                .and_then(|v| self.holders(f, "holders", v))
                .unwrap_or_default(),
            phones: f.opt_texts("phones"),
            emails: f.opt_texts("emails"),
            liaison: f.value("liaison").and_then(|v| self.person(f, "liaison", Some(v))),
            agent: f.value("agent").and_then(|v| self.enterprise(f, v, f.path("agent"))),
            filing_fingerprint: f.opt_text("filing_fingerprint"),
            predecessors: f.opt_list("predecessors", |v, path| {
                let p = Fields::of(v, path, f.faults())?;
                let uscc = p.uscc("uscc", self.uscc);
                let kind = p.word("kind", PredecessorKind::parse);
                Some(Predecessor { uscc: uscc?, kind: kind? })
            }),
            uscc: uscc?,
            name: name?,
            entity_type: entity_type?,
            established_on: established_on?,
            division: division?,
            domicile: domicile?,
            legal_rep: legal_rep?,
        };
        Some(Body::Established(Box::new(body)))
    }

    fn changed(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let approved_on = f.day("approved_on");
        let changes = f.list("changes", |v, path| self.change(&Fields::of(v, path, f.faults())?));
        Some(Body::Changed(Box::new(Changed {
            uscc: uscc?,
            approved_on: approved_on?,
            changes: changes?,
        })))
    }

    fn change(&self, f: &Fields<'_, '_>) -> Option<Change> {
        let item = f.str("item")?;
        let after = || f.require("after");
        let before = || f.value("before");
        let change = match item {
            "name" => Change::Name { before: f.opt_text("before"), after: f.text("after")? },
            "legal_rep" => Change::LegalRep {
                before: before().and_then(|v| self.person(f, "before", Some(v))),
                after: self.person(f, "after", after())?,
            },
            "domicile" => {
                Change::Domicile { before: f.opt_text("before"), after: f.text("after")? }
            }
            "division" => {
                before().and_then(|v| f.division_of("before", v));
                Change::Division { after: f.division_of("after", after()?)? }
            }
            "holders" => Change::Holders {
                before: before().and_then(|v| self.holders(f, "before", v)),
                after: self.holders(f, "after", after()?)?,
            },
            "officers" => Change::Officers {
                before: before().and_then(|v| self.officers(f, "before", v)),
                after: self.officers(f, "after", after()?)?,
            },
            "scope" => {
                f.opt_long_text("before");
                Change::Scope { after: f.long_text("after")? }
            }
            "industry" => Change::Industry {
                before: before().and_then(|v| f.industry_of("before", v)),
                after: f.industry_of("after", after()?)?,
            },
            "subscribed_fen" => {
                Change::Subscribed { before: f.opt_fen("before"), after: f.fen("after", 0)? }
            }
            "phones" => {
                before().and_then(|v| f.texts_of("before", v));
                Change::Phones { after: f.texts("after")? }
            }
            "emails" => {
                before().and_then(|v| f.texts_of("before", v));
                Change::Emails { after: f.texts("after")? }
            }
            "liaison" => {
                before().and_then(|v| self.person(f, "before", Some(v)));
                Change::Liaison { after: self.person(f, "after", after())? }
            }
            "entity_type" => Change::EntityType {
                before: before().and_then(|v| self.entity_type(f, "before", Some(v))),
                after: self.entity_type(f, "after", after())?,
            },
            _ => {
                f.fault(Class::Schema, "item", "is not one of the listed words");
                return None;
            }
        };
        Some(change)
    }

    fn notice(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let kind = f.word("kind", NoticeKind::parse);
        let notice_on = f.day("notice_on");
        let until = f.opt_day("until");
        let counterparties = f.opt_list("counterparties", |v, path| self.enterprise(f, v, path));
        Some(Body::Notice(Box::new(Notice {
            uscc: uscc?,
            kind: kind?,
            notice_on: notice_on?,
            until,
            counterparties,
        })))
    }

    fn ended(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let kind = f.word("kind", EndKind::parse);
        let on = f.day("on");
        let reason = f.opt_long_text("reason");
        Some(Body::Ended(Box::new(Ended { uscc: uscc?, kind: kind?, on: on?, reason })))
    }

    fn licence(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let licence_no = f.text("licence_no");
        let kind = f.text("kind");
        let state = f.word("state", LicenceState::parse);
        let on = f.day("on");
        let valid_to = f.opt_day("valid_to");
        let premises = f.opt_text("premises");
        Some(Body::Licence(Box::new(Licence {
            uscc: uscc?,
            licence_no: licence_no?,
            kind: kind?,
            state: state?,
            on: on?,
            valid_to,
            premises,
        })))
    }

    fn listing(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let list = f.word("list", List::parse);
        let state = f.word("state", ListState::parse);
        let on = f.day("on");
        let reason = f.opt_long_text("reason");
        let until = f.opt_day("until");
        Some(Body::Listing(Box::new(Listing {
            uscc: uscc?,
            list: list?,
            state: state?,
            on: on?,
            reason,
            until,
        })))
    }

    fn penalty(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let doc_no = f.text("doc_no");
        let uscc = f.uscc("uscc", self.uscc);
        let authority = f.text("authority");
        let violations = f.texts("violations");
        let kinds = f.list("kinds", |v, path| word_item(f, v, path, PenaltyKind::parse));
        let fine_fen = f.opt_fen("fine_fen");
        let confiscated_fen = f.opt_fen("confiscated_fen");
        let procedure = f.word("procedure", Procedure::parse);
        let severity = f.opt_word("severity", Severity::parse);
        let decided_on = f.day("decided_on");
        let public_until = f.opt_day("public_until");
        let performed_on = f.opt_day("performed_on");
        if decided_on.is_some_and(|day| day > self.time.day().plus(1)) {
            f.fault(Class::InvalidValue, "decided_on", "is after the event's time + 1 day");
        }
        Some(Body::Penalty(Box::new(Penalty {
            doc_no: doc_no?,
            uscc: uscc?,
            authority: authority?,
            violations: violations?,
            kinds: kinds?,
            fine_fen,
            confiscated_fen,
            procedure: procedure?,
            severity,
            decided_on: decided_on?,
            public_until,
            performed_on,
        })))
    }

    fn court(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let case_no = f.text("case_no");
        let court = f.text("court");
        let kind = f.word("kind", CourtKind::parse);
        let state = f.word("state", CaseState::parse);
        let role = f.word("role", CourtRole::parse);
        let party = f.require("party").and_then(|v| self.party(f, v, f.path("party")));
        let on = f.day("on");
        let claim_fen = f.opt_fen("claim_fen");
        let performed_fen = f.opt_fen("performed_fen");
        let until = f.opt_day("until");
        Some(Body::Court(Box::new(Court {
            case_no: case_no?,
            court: court?,
            kind: kind?,
            state: state?,
            role: role?,
            party: party?,
            on: on?,
            claim_fen,
            performed_fen,
            until,
        })))
    }

    fn transfer(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let txn_id = f.text("txn_id");
        let payer = f.require("payer").and_then(|v| self.account(f, v, f.path("payer")));
        let payee = f.require("payee").and_then(|v| self.account(f, v, f.path("payee")));
        let amount_fen = f.fen("amount_fen", 1);
        let currency = f.opt_text("currency");
        if currency
            .as_ref()
            .is_some_and(|c| c.len() != 3 || !c.bytes().all(|b| b.is_ascii_uppercase()))
        {
            f.fault(Class::InvalidValue, "currency", "must be three capital letters (ISO 4217)");
        }
        let amount_minor = f.opt_whole("amount_minor", 1, limits::FEN_MAX);
        if let (Some(payer), Some(payee)) = (&payer, &payee)
            && payer.account == payee.account
        {
            f.fault(Class::InvalidValue, "payee.account", "is the payer's account");
        }
        let body = Transfer {
            currency,
            amount_minor,
            cash: f.opt_bool("cash").unwrap_or(false),
            channel: f.opt_text("channel"),
            purpose: f.opt_text("purpose"),
            regime: f.opt_word("regime", Regime::parse),
            line: f.opt_word("line", Line::parse),
            programme: f.opt_word("programme", Programme::parse),
            txn_id: txn_id?,
            payer: payer?,
            payee: payee?,
            amount_fen: amount_fen?,
        };
        Some(Body::Transfer(Box::new(body)))
    }

    fn complaint_received(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let ticket_no = f.text("ticket_no");
        let kind = f.word("kind", ComplaintKind::parse);
        let respondent =
            f.require("respondent").and_then(|v| self.enterprise(f, v, f.path("respondent")));
        let issues = f.texts("issues");
        let amount_fen = f.opt_fen("amount_fen");
        let victims = f.opt_whole("victims", 0, i64::from(u32::MAX)).map(|n| n as u32);
        let complainant = f.opt_text("complainant");
        Some(Body::ComplaintReceived(Box::new(ComplaintReceived {
            ticket_no: ticket_no?,
            kind: kind?,
            respondent: respondent?,
            issues: issues?,
            amount_fen,
            victims,
            complainant,
        })))
    }

    fn complaint_closed(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let ticket_no = f.text("ticket_no");
        let respondent =
            f.require("respondent").and_then(|v| self.enterprise(f, v, f.path("respondent")));
        let result = f.word("result", ComplaintResult::parse);
        let substantiated = f.opt_bool("substantiated");
        Some(Body::ComplaintClosed(Box::new(ComplaintClosed {
            ticket_no: ticket_no?,
            respondent: respondent?,
            result: result?,
            substantiated,
        })))
    }

    fn opinion(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let doc_id = f.text("doc_id");
        let tier = f.whole("tier", 1, 4).map(|tier| tier as u8);
        let topics = f.texts("topics");
        let sentiment = f.float("sentiment", -1.0, 1.0);
        let mentions = f.list("mentions", |v, path| {
            let m = Fields::of(v, path, f.faults())?;
            let uscc = m.uscc("uscc", self.uscc);
            let confidence = m.float("confidence", 0.0, 1.0);
            Some(OpinionMention { uscc: uscc?, confidence: confidence? })
        });
        let body = Opinion {
            lure_terms: f.opt_texts("lure_terms"),
            promised_rate_pct: f.opt_float("promised_rate_pct", 0.0, 1e6),
            reach: f.opt_whole("reach", 0, COUNT_MAX).map(|n| n as u64),
            cluster: f.opt_text("cluster"),
            doc_id: doc_id?,
            tier: tier?,
            topics: topics?,
            sentiment: sentiment?,
            mentions: mentions?,
        };
        Some(Body::Opinion(Box::new(body)))
    }

    fn customs(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let kind = f.word("kind", CustomsKind::parse);
        let on = f.day("on");
        let body = Customs {
            declaration_no: f.opt_text("declaration_no"),
            hs: f.opt_text("hs"),
            goods: f.opt_text("goods"),
            brand: f.opt_text("brand"),
            origin: f.opt_text("origin"),
            quantity: f.opt_quantity("quantity"),
            declared_fen: f.opt_fen("declared_fen"),
            reference_fen: f.opt_fen("reference_fen"),
            counterparty: f
                .value("counterparty")
                .and_then(|v| self.enterprise(f, v, f.path("counterparty"))),
            proof_due_on: f.opt_day("proof_due_on"),
            proof_provided_on: f.opt_day("proof_provided_on"),
            case_value_fen: f.opt_fen("case_value_fen"),
            uscc: uscc?,
            kind: kind?,
            on: on?,
        };
        Some(Body::Customs(Box::new(body)))
    }

    fn patrol(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let kind = f.word("kind", PatrolKind::parse);
        let on = f.day("on");
        let grid = f.text("grid");
        let body = Patrol {
            lat: f.opt_float("lat", -90.0, 90.0),
            lon: f.opt_float("lon", -180.0, 180.0),
            operator: f.value("operator").and_then(|v| self.enterprise(f, v, f.path("operator"))),
            imo: f.opt_imo("imo"),
            mmsi: f.opt_text("mmsi"),
            vessel: f.opt_text("vessel"),
            note: f.opt_long_text("note"),
            kind: kind?,
            on: on?,
            grid: grid?,
        };
        Some(Body::Patrol(Box::new(body)))
    }

    fn inspection(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let plan = f.word("plan", InspectionPlan::parse);
        let on = f.day("on");
        let authority = f.text("authority");
        let items = f.list("items", |v, path| {
            let i = Fields::of(v, path, f.faults())?;
            let code = i.text("code");
            let result = i.word("result", InspectionResult::parse);
            Some(InspectionItem { code: code?, result: result? })
        });
        Some(Body::Inspection(Box::new(Inspection {
            uscc: uscc?,
            plan: plan?,
            on: on?,
            authority: authority?,
            items: items?,
        })))
    }

    fn staff(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let month = f.month("month");
        let headcount = f.whole("headcount", 0, i64::from(u32::MAX)).map(|n| n as u32);
        let staff_minhash = f.opt_minhash("staff_minhash");
        Some(Body::Staff(Box::new(Staff {
            uscc: uscc?,
            month: month?,
            headcount: headcount?,
            staff_minhash,
        })))
    }

    fn activity(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let month = f.month("month");
        let body = Activity {
            revenue_fen: f.opt_fen("revenue_fen"),
            tax_fen: f.opt_fen("tax_fen"),
            energy_kwh: f.opt_quantity("energy_kwh"),
            water_m3: f.opt_quantity("water_m3"),
            emission_kg: f.opt_quantity("emission_kg"),
            stock_units: f.opt_quantity("stock_units"),
            uscc: uscc?,
            month: month?,
        };
        Some(Body::Activity(Box::new(body)))
    }

    fn asset(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let kind = f.word("kind", AssetKind::parse);
        let from = f.require("from").and_then(|v| self.party(f, v, f.path("from")));
        let to = f.require("to").and_then(|v| self.party(f, v, f.path("to")));
        let on = f.day("on");
        let label = f.opt_text("label");
        let price_fen = f.opt_fen("price_fen");
        Some(Body::Asset(Box::new(Asset {
            kind: kind?,
            from: from?,
            to: to?,
            on: on?,
            label,
            price_fen,
        })))
    }

    fn commitment(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let matter = f.text("matter");
        let on = f.day("on");
        Some(Body::Commitment(Box::new(Commitment { uscc: uscc?, matter: matter?, on: on? })))
    }

    fn repair(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let targets = self.targets(f);
        let decision = f.word("decision", RepairDecision::parse);
        let effective_on = f.day("effective_on");
        Some(Body::Repair(Box::new(Repair {
            uscc: uscc?,
            targets: targets?,
            decision: decision?,
            effective_on: effective_on?,
        })))
    }

    fn objection_filed(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let targets = self.targets(f);
        let filed_on = f.day("filed_on");
        Some(Body::ObjectionFiled(Box::new(ObjectionFiled {
            uscc: uscc?,
            targets: targets?,
            filed_on: filed_on?,
        })))
    }

    fn objection_decided(&self, f: &Fields<'_, '_>) -> Option<Body> {
        let uscc = f.uscc("uscc", self.uscc);
        let targets = self.targets(f);
        let decision = f.word("decision", ObjectionDecision::parse);
        let effective_on = f.day("effective_on");
        Some(Body::ObjectionDecided(Box::new(ObjectionDecided {
            uscc: uscc?,
            targets: targets?,
            decision: decision?,
            effective_on: effective_on?,
        })))
    }
}
