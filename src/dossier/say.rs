//! How is one fact told? A sentence in both languages, for the timeline.
//!
//! Invariant: a sentence holds no person's name or number, no phone and no mail address; free text
//! of a feed is masked by the caller. Must not know: weights.

use crate::dossier::life::Matter;
use crate::dossier::material::Material;
use crate::dossier::persons::Persons;
use crate::entity::Fact;
use crate::event::{
    Asset, Body, Change, Changed, CourtKind, CourtRole, Established, Holder, InspectionResult,
    LicenceState, List, ListState, Mention, NoticeKind, Officer, Party, Penalty,
};
use crate::money::Fen;
use crate::text::Text;
use crate::time::Day;

/// A fact as it is told.
pub(super) struct Said {
    pub(super) on: Day,
    pub(super) matter: Matter,
    pub(super) text: Text,
}

/// Tells a fact; `None` for reports and payments, which are told together, and for what says
/// nothing of either firm's life.
pub(super) fn say(fact: &Fact, material: &Material, persons: &mut Persons) -> Option<Said> {
    let mut teller = Teller { fact, material, persons };
    let day = fact.event.time.day();
    let (on, matter, text) = match &fact.event.body {
        Body::Established(e) => (e.established_on, Matter::Registration, teller.established(e)),
        Body::Changed(e) => (e.approved_on, Matter::Registration, teller.changed(e)),
        Body::Notice(e) => (e.notice_on, notice_matter(e.kind), {
            let others = e.counterparties.iter().map(|m| teller.enterprise(m)).collect();
            let note = with("公告：", "notice: ", words(e.kind.zh(), e.kind.word()));
            if e.counterparties.is_empty() { note } else { both(&note, &list(others)) }
        }),
        Body::Ended(e) => {
            let what = words(e.kind.zh(), e.kind.word());
            (e.on, Matter::Registration, with("登记终止：", "end of the registration: ", what))
        }
        Body::Licence(e) => (e.on, licence_matter(e.state), {
            let state = words(e.state.zh(), e.state.word());
            Text::new(
                format!("许可{}：{}（{}）", state.zh, e.kind, e.licence_no),
                format!("licence {}: {} ({})", state.en, e.kind, e.licence_no),
            )
        }),
        Body::Listing(e) => (e.on, list_matter(e.list, e.state), {
            let (list, state) =
                (words(e.list.zh(), e.list.word()), words(e.state.zh(), e.state.word()));
            Text::new(
                format!("{}：{}", state.zh, list.zh),
                format!(
                    "{} {}: {}",
                    state.en,
                    if state.en == "listed" { "on" } else { "from" },
                    list.en
                ),
            )
        }),
        Body::Penalty(e) => (e.decided_on, Matter::Trouble, penalty(e)),
        Body::Court(e) => (e.on, court_matter(e.kind, e.role), {
            let kind = words(e.kind.zh(), e.kind.word());
            let (role, state) =
                (words(e.role.zh(), e.role.word()), words(e.state.zh(), e.state.word()));
            let claim = e.claim_fen.map(|fen| money("标的", "claim", fen));
            let text = Text::new(
                format!("{}（{}，{}）{}", kind.zh, role.zh, state.zh, e.case_no),
                format!("{} ({}, {}) {}", kind.en, role.en, state.en, e.case_no),
            );
            claim.map_or(text.clone(), |claim| both(&text, &claim))
        }),
        Body::ComplaintReceived(e) => (day, Matter::Trouble, {
            let kind = words(e.kind.zh(), e.kind.word());
            Text::new(
                format!("收到{}：{}", kind.zh, e.issues.join("、")),
                format!("{} received: {}", kind.en, e.issues.join(", ")),
            )
        }),
        Body::ComplaintClosed(e) => (day, Matter::Trouble, {
            let result = words(e.result.zh(), e.result.word());
            let proved = match e.substantiated {
                Some(true) => Text::new("，属实", ", found true"),
                Some(false) => Text::new("，不属实", ", found untrue"),
                None => Text::new("", ""),
            };
            Text::new(
                format!("投诉举报办结：{}{}", result.zh, proved.zh),
                format!("complaint closed: {}{}", result.en, proved.en),
            )
        }),
        Body::Opinion(e) => (day, Matter::Trouble, {
            Text::new(
                format!("舆情：{}", e.topics.join("、")),
                format!("published opinion: {}", e.topics.join(", ")),
            )
        }),
        Body::Customs(e) => {
            let kind = words(e.kind.zh(), e.kind.word());
            (e.on, Matter::Trouble, with("海关：", "customs: ", kind))
        }
        Body::Patrol(e) => {
            let kind = words(e.kind.zh(), e.kind.word());
            (e.on, Matter::Trouble, with("巡查：", "patrol: ", kind))
        }
        Body::Inspection(e) => {
            let bad = e.items.iter().any(|item| item.result != InspectionResult::Ok);
            let results =
                e.items.iter().map(|item| words(item.result.zh(), item.result.word())).collect();
            let plan = words(e.plan.zh(), e.plan.word());
            let head = Text::new(format!("{}：", plan.zh), format!("{} inspection: ", plan.en));
            let matter = if bad { Matter::Trouble } else { Matter::Relief };
            (e.on, matter, joined(head, list(results)))
        }
        Body::Asset(e) => (e.on, Matter::Property, teller.asset(e)),
        Body::Commitment(e) => {
            let text = Text::new(
                format!("承诺不实：{}", e.matter),
                format!("commitment breached: {}", e.matter),
            );
            (e.on, Matter::Trouble, text)
        }
        Body::Repair(e) => {
            let decision = words(e.decision.zh(), e.decision.word());
            (e.effective_on, Matter::Relief, with("信用修复：", "credit repair: ", decision))
        }
        Body::ObjectionFiled(e) => {
            (e.filed_on, Matter::Relief, Text::new("提出异议", "objection filed"))
        }
        Body::ObjectionDecided(e) => {
            let decision = words(e.decision.zh(), e.decision.word());
            (e.effective_on, Matter::Relief, with("异议决定：", "objection: ", decision))
        }
        Body::Staff(_) | Body::Activity(_) | Body::Transfer(_) | Body::None => return None,
    };
    Some(Said { on, matter, text })
}

struct Teller<'a, 'p> {
    fact: &'a Fact,
    material: &'a Material,
    persons: &'p mut Persons,
}

impl Teller<'_, '_> {
    fn enterprise(&self, mention: &Mention) -> Text {
        let shown = self.fact.entity(mention).and_then(|id| self.material.shown(id));
        shown.map_or_else(
            || Text::new("一户个体工商户或未登记主体", "a sole trader or an unregistered party"),
            |name| Text::new(name.clone(), name),
        )
    }

    fn party(&mut self, party: &Party) -> Text {
        match party {
            Party::Enterprise(mention) => self.enterprise(mention),
            Party::Person(person) => self.persons.of(*person),
        }
    }

    fn established(&mut self, e: &Established) -> Text {
        let rep = self.persons.of(e.legal_rep);
        let mut text = Text::new(
            format!("设立登记：{}，住所 {}，法定代表人为{}", e.name, e.domicile, rep.zh),
            format!("registered: {}, at {}; legal representative: {}", e.name, e.domicile, rep.en),
        );
        if !e.holders.is_empty() {
            text = both(&text, &with("股东：", "shareholders: ", self.holders(&e.holders)));
        }
        if let Some(capital) = e.subscribed_fen {
            text = both(&text, &money("认缴出资", "subscribed capital", capital));
        }
        if let Some(agent) = &e.agent {
            text = both(&text, &with("代理申报：", "filed by ", self.enterprise(agent)));
        }
        for predecessor in &e.predecessors {
            let kind = words(predecessor.kind.zh(), predecessor.kind.word());
            text = both(&text, &with("申报前身（", "declared predecessor (", kind));
            text = joined(text, Text::new("）", ")"));
        }
        text
    }

    fn holders(&mut self, holders: &[Holder]) -> Text {
        let one = |holder: &Holder| {
            let who = self.party(&holder.party);
            match holder.pct {
                Some(pct) => Text::new(format!("{} {pct}%", who.zh), format!("{} {pct} %", who.en)),
                None => who,
            }
        };
        list(holders.iter().map(one).collect())
    }

    fn officers(&mut self, officers: &[Officer]) -> Text {
        let one = |officer: &Officer| {
            let (who, role) = (self.persons.of(officer.person), officer.role);
            let role = words(role.zh(), role.word());
            Text::new(format!("{}{}", role.zh, who.zh), format!("{} {}", role.en, who.en))
        };
        list(officers.iter().map(one).collect())
    }

    fn changed(&mut self, changed: &Changed) -> Text {
        list(changed.changes.iter().map(|change| self.change(change)).collect())
    }

    fn change(&mut self, change: &Change) -> Text {
        let text = |before: &Option<Box<str>>, after: &str| {
            let before = before.as_deref().map_or(String::new(), |before| format!("{before} → "));
            let whole = format!("{before}{after}");
            Text::new(whole.clone(), whole)
        };
        match change {
            Change::Name { before, after } => with("名称变更：", "name: ", text(before, after)),
            Change::LegalRep { before, after } => {
                let after = self.persons.of(*after);
                let arrow = match before {
                    Some(before) => {
                        let before = self.persons.of(*before);
                        joined(joined(before, Text::new(" → ", " → ")), after)
                    }
                    None => after,
                };
                with("法定代表人变更：", "legal representative: ", arrow)
            }
            Change::Domicile { before, after } => {
                with("住所变更：", "address: ", text(before, after))
            }
            Change::Division { after } => with("行政区划变更：", "division: ", text(&None, after)),
            Change::Holders { after, .. } => {
                with("股东变更为：", "shareholders now: ", self.holders(after))
            }
            Change::Officers { after, .. } => {
                with("主要人员变更为：", "officers now: ", self.officers(after))
            }
            Change::Scope { .. } => Text::new("经营范围变更", "business scope changed"),
            Change::Industry { before, after } => {
                with("行业变更：", "industry: ", text(before, after))
            }
            Change::Subscribed { before, after } => {
                let before = before.map_or(String::new(), |fen| format!("{fen} → "));
                Text::new(
                    format!("认缴出资变更：{before}{after} 元"),
                    format!("subscribed capital: {before}{after} yuan"),
                )
            }
            Change::Phones { .. } => Text::new("登记电话变更", "registered phone changed"),
            Change::Emails { .. } => Text::new("登记邮箱变更", "registered mail address changed"),
            Change::Liaison { after } => {
                with("联络员变更为：", "liaison now: ", self.persons.of(*after))
            }
            Change::EntityType { before, after } => {
                with("类型变更：", "type: ", text(before, after))
            }
        }
    }

    fn asset(&mut self, asset: &Asset) -> Text {
        let kind = words(asset.kind.zh(), asset.kind.word());
        let label = asset.label.as_deref().unwrap_or_default();
        let (from, to) = (self.party(&asset.from), self.party(&asset.to));
        let price = match asset.price_fen {
            Some(fen) if fen.0 > 0 => money("价款", "price", fen),
            _ => Text::new("无价款记载", "no price stated"),
        };
        Text::new(
            format!("{}{label}由 {} 转给 {}，{}", kind.zh, from.zh, to.zh, price.zh),
            format!("{} {label} went from {} to {}, {}", kind.en, from.en, to.en, price.en),
        )
    }
}

fn penalty(penalty: &Penalty) -> Text {
    let kinds = list(penalty.kinds.iter().map(|kind| words(kind.zh(), kind.word())).collect());
    let violations = penalty.violations.join("、");
    let mut text = Text::new(
        format!("行政处罚（{}）：{}，{}", kinds.zh, violations, penalty.doc_no),
        format!("penalty ({}): {}, {}", kinds.en, violations, penalty.doc_no),
    );
    if let Some(fine) = penalty.fine_fen {
        text = both(&text, &money("罚款", "fine", fine));
    }
    let performed = penalty.performed_on;
    performed.map_or(text.clone(), |on| {
        both(&text, &Text::new(format!("{on} 已履行"), format!("performed on {on}")))
    })
}

/// A contract word in both languages.
fn words(zh: &str, en: &str) -> Text {
    Text::new(zh, en.replace('_', " "))
}

fn with(zh: &str, en: &str, rest: Text) -> Text {
    Text::new(format!("{zh}{}", rest.zh), format!("{en}{}", rest.en))
}

fn joined(a: Text, b: Text) -> Text {
    Text::new(a.zh + &b.zh, a.en + &b.en)
}

fn both(a: &Text, b: &Text) -> Text {
    Text::new(format!("{}；{}", a.zh, b.zh), format!("{}; {}", a.en, b.en))
}

fn list(parts: Vec<Text>) -> Text {
    let (zh, en): (Vec<String>, Vec<String>) = parts.into_iter().map(|t| (t.zh, t.en)).unzip();
    Text::new(zh.join("、"), en.join(", "))
}

fn money(zh: &str, en: &str, fen: Fen) -> Text {
    Text::new(format!("{zh} {fen} 元"), format!("{en} {fen} yuan"))
}

fn notice_matter(kind: NoticeKind) -> Matter {
    match kind {
        NoticeKind::CompulsoryDeregistration | NoticeKind::ImpersonationClaim => Matter::Trouble,
        _ => Matter::Registration,
    }
}

fn licence_matter(state: LicenceState) -> Matter {
    match state {
        LicenceState::Suspended | LicenceState::Revoked => Matter::Trouble,
        _ => Matter::Licence,
    }
}

fn list_matter(list: List, state: ListState) -> Matter {
    match (list, state) {
        (List::RedList, ListState::Listed) | (_, ListState::Removed) => Matter::Relief,
        _ => Matter::Trouble,
    }
}

fn court_matter(kind: CourtKind, role: CourtRole) -> Matter {
    match (kind, role) {
        (CourtKind::AssetAuctioned, _) => Matter::Property,
        (_, CourtRole::Debtor | CourtRole::Defendant) => Matter::Trouble,
        _ => Matter::Relief,
    }
}
