//! How is a fact told? One sentence in Chinese and English for every kind of event.
//!
//! Invariant: no person, phone or account is named, and no free text of a source (reasons, notes)
//! is repeated, since it may name persons. Must not know: rules, levels.

use crate::event::{Body, CaseState, Change, Customs, Event, Inspection, InspectionResult};
use crate::event::{ListState, Penalty};
use crate::text::Text;

/// A fact as a sentence.
pub fn told(event: &Event) -> Text {
    match &event.body {
        Body::Established(data) => Text::new(
            format!("{}设立登记", data.established_on),
            format!("Registered as established on {}", data.established_on),
        ),
        Body::Changed(data) => changed(&data.changes, &data.approved_on.to_string()),
        Body::Notice(data) => Text::new(
            format!(
                "{}发布{}公告{}",
                data.notice_on,
                data.kind.zh(),
                data.until.map_or_else(String::new, |day| format!("（公告至{day}）"))
            ),
            format!(
                "Notice of {} on {}{}",
                spaced(data.kind.word()),
                data.notice_on,
                data.until.map_or_else(String::new, |day| format!(" (until {day})"))
            ),
        ),
        Body::Ended(data) => Text::new(
            format!("{}登记终止：{}", data.on, data.kind.zh()),
            format!("Registration ended on {}: {}", data.on, spaced(data.kind.word())),
        ),
        Body::Licence(data) => Text::new(
            format!("{}许可（{}）{}", data.on, data.kind, data.state.zh()),
            format!("Licence ({}) {} on {}", data.kind, spaced(data.state.word()), data.on),
        ),
        Body::Listing(data) => {
            let (zh, en) = match data.state {
                ListState::Listed => ("列入", "Listed"),
                ListState::Removed => ("移出", "Removed from list"),
            };
            Text::new(
                format!("{}{zh}{}", data.on, data.list.zh()),
                format!("{en} on {}: {}", data.on, spaced(data.list.word())),
            )
        }
        Body::Penalty(data) => penalty(data),
        Body::Court(data) => {
            let (zh, en) = match data.state {
                CaseState::Opened => ("", "opened"),
                CaseState::Closed => ("（已结）", "closed"),
            };
            Text::new(
                format!("{}司法记录：{}，身份为{}{zh}", data.on, data.kind.zh(), data.role.zh()),
                format!(
                    "Court record of {}: {} as {}, {en}",
                    data.on,
                    spaced(data.kind.word()),
                    data.role.word()
                ),
            )
        }
        Body::ComplaintReceived(data) => Text::new(
            format!("{}收到{}（单号{}）", event.time.day(), data.kind.zh(), data.ticket_no),
            format!(
                "{} of {} (ticket {})",
                capital(data.kind.word()),
                event.time.day(),
                data.ticket_no
            ),
        ),
        Body::ComplaintClosed(data) => Text::new(
            format!("{}投诉举报{}（单号{}）", event.time.day(), data.result.zh(), data.ticket_no),
            format!(
                "Complaint closed on {}: {} (ticket {})",
                event.time.day(),
                spaced(data.result.word()),
                data.ticket_no
            ),
        ),
        Body::Customs(data) => customs(data),
        Body::Patrol(data) => Text::new(
            format!("{}巡查发现{}（网格{}）", data.on, data.kind.zh(), data.grid),
            format!("Patrol on {}: {} (grid {})", data.on, spaced(data.kind.word()), data.grid),
        ),
        Body::Inspection(data) => inspection(data),
        Body::Opinion(data) => Text::new(
            format!("{}舆情信息（来源等级{}）提及该企业", event.time.day(), data.tier),
            format!("Publication of {} (tier {}) names it", event.time.day(), data.tier),
        ),
        Body::Commitment(data) => Text::new(
            format!("{}违反信用承诺", data.on),
            format!("Commitment breached on {}", data.on),
        ),
        Body::Repair(data) => Text::new(
            format!("{}信用修复决定：{}", data.effective_on, data.decision.zh()),
            format!("Credit repair {} from {}", data.decision.word(), data.effective_on),
        ),
        Body::ObjectionFiled(data) => Text::new(
            format!("{}提出异议，尚待处理", data.filed_on),
            format!("Objection filed on {}", data.filed_on),
        ),
        Body::ObjectionDecided(data) => Text::new(
            format!("{}异议{}", data.effective_on, data.decision.zh()),
            format!("Objection {} from {}", data.decision.word(), data.effective_on),
        ),
        Body::None | Body::Transfer(_) | Body::Staff(_) | Body::Activity(_) | Body::Asset(_) => {
            Text::new(
                format!("{}{}信息", event.time.day(), event.kind.zh()),
                format!("{} of {}", event.kind.word(), event.time.day()),
            )
        }
    }
}

fn changed(changes: &[Change], on: &str) -> Text {
    let words = changes.iter().map(|change| match change {
        Change::Name { .. } => ("名称", "name"),
        Change::LegalRep { .. } => ("法定代表人", "legal representative"),
        Change::Domicile { .. } => ("住所", "address"),
        Change::Division { .. } => ("区划", "division"),
        Change::Holders { .. } => ("股东", "holders"),
        Change::Officers { .. } => ("主要人员", "officers"),
        Change::Scope { .. } => ("经营范围", "scope"),
        Change::Industry { .. } => ("行业", "industry"),
        Change::Subscribed { .. } => ("认缴资本", "subscribed capital"),
        Change::Phones { .. } => ("联系电话", "phones"),
        Change::Emails { .. } => ("电子邮箱", "e-mail"),
        Change::Liaison { .. } => ("联络员", "liaison"),
        Change::EntityType { .. } => ("主体类型", "type"),
    });
    let (zh, en): (Vec<&str>, Vec<&str>) = words.unzip();
    Text::new(
        format!("{on}变更登记：{}", zh.join("、")),
        format!("Changed on {on}: {}", en.join(", ")),
    )
}

fn penalty(data: &Penalty) -> Text {
    let zh: Vec<&str> = data.kinds.iter().map(|kind| kind.zh()).collect();
    let en: Vec<String> = data.kinds.iter().map(|kind| spaced(kind.word())).collect();
    let fine = data.fine_fen.filter(|fine| fine.0 > 0);
    Text::new(
        format!(
            "{}行政处罚（{}）：{}{}",
            data.decided_on,
            data.authority,
            zh.join("、"),
            fine.map_or_else(String::new, |fine| format!("，罚款{fine}元"))
        ),
        format!(
            "Penalty of {} ({}): {}{}",
            data.decided_on,
            data.authority,
            en.join(", "),
            fine.map_or_else(String::new, |fine| format!("; fine of {fine} yuan"))
        ),
    )
}

fn customs(data: &Customs) -> Text {
    let goods = data.goods.as_deref().map_or_else(String::new, |goods| format!("（{goods}）"));
    let due = data.proof_due_on.map_or_else(
        || (String::new(), String::new()),
        |day| (format!("，举证期限{day}"), format!("; proof due by {day}")),
    );
    Text::new(
        format!("{}海关记录：{}{goods}{}", data.on, data.kind.zh(), due.0),
        format!(
            "Customs record of {}: {}{}{}",
            data.on,
            spaced(data.kind.word()),
            data.goods.as_deref().map_or_else(String::new, |goods| format!(" ({goods})")),
            due.1
        ),
    )
}

fn inspection(data: &Inspection) -> Text {
    let bad = data.items.iter().filter(|item| item.result != InspectionResult::Ok).count();
    Text::new(
        format!("{}{}：{}项有问题", data.on, data.plan.zh(), bad),
        format!("Inspection ({}) of {}: {bad} items with findings", data.plan.word(), data.on),
    )
}

/// A word of the contract for an English sentence.
pub(super) fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
