//! What speaks against it? Declared succession, sales by a court, tenants, sisters, hosts.
//!
//! Must not know: the confidence that results.

use crate::event::NoticeKind;
use crate::graph::{Holder, LinkKind, Profile};
use crate::id::{EntityId, EventId};
use crate::succession::assets;
use crate::succession::birth::BirthKind;
use crate::succession::compare::{Sides, place_is_hosted};
use crate::succession::gate::Case;
use crate::succession::motive::{self, Heads};
use crate::succession::weigh::Scales;
use crate::text::{Family, Text};

/// Adds the evidence against, after all evidence for; gives the ceiling of a lawful succession, or of
/// a firm that carries on. `staff`: the headcounts of the old firm, and the share of its staff that
/// came to the new one.
pub(super) fn weigh(
    scales: &mut Scales,
    sides: &Sides<'_>,
    case: &Case,
    staff: (&Heads, f64),
) -> f64 {
    let lawful = declared(scales, sides).min(auction(scales, sides));
    tenant(scales, sides, case);
    let lives = carries_on(scales, sides, case, staff).min(network(scales, sides, case));
    hosted(scales, sides);
    serial(scales, sides);
    lawful.min(lives).min(left_too(scales, sides)).min(group(scales, sides, case))
}

fn declared(scales: &mut Scales, sides: &Sides<'_>) -> f64 {
    let mut events: Vec<EventId> = Vec::new();
    for (profile, other) in [(sides.old, sides.new_id), (sides.new, sides.old_id)] {
        events.extend(declared_in(profile, other));
    }
    if events.is_empty() {
        return 1.0;
    }
    scales.object(
        sides.config.counter.declared,
        Text::new(
            "已依法申报或公告合并、分立、转型，责任由后者承继",
            "a declared merger, split or conversion: liabilities are carried over",
        ),
        events,
    );
    sides.config.gate.cap_declared
}

fn declared_in(profile: &Profile, other: EntityId) -> impl Iterator<Item = EventId> {
    let ties = profile.declared.iter().filter(move |tie| tie.other == other);
    let notices = profile.notices.iter().filter(move |notice| {
        matches!(notice.kind, NoticeKind::Merger | NoticeKind::Split)
            && notice.others.contains(&other)
    });
    ties.map(|tie| tie.event.clone()).chain(notices.map(|notice| notice.event.clone()))
}

/// The old firm's assets were sold by a court: whoever bought them carries on the business, but
/// not the firm, unless its own people bought.
fn auction(scales: &mut Scales, sides: &Sides<'_>) -> f64 {
    let windows = &sides.config.windows;
    let born = sides.birth.on.0;
    let near = |on: crate::time::Day| {
        (born - windows.lookback..=born + windows.assets_after).contains(&on.0)
    };
    let sold = sides.old.auctions.iter().filter(|auction| near(auction.on));
    let events: Vec<EventId> = sold.map(|auction| auction.event.clone()).collect();
    if events.is_empty() {
        return 1.0;
    }
    let counter = &sides.config.counter;
    let same = scales.of(Family::Control) >= sides.config.gate.strong_bits;
    let bits = if same { counter.auction_same_control } else { counter.auction };
    scales.object(
        bits,
        Text::new("前身资产经法院拍卖处置", "the old firm's assets were sold by a court"),
        events,
    );
    if same { 1.0 } else { sides.config.gate.cap_auction }
}

fn tenant(scales: &mut Scales, sides: &Sides<'_>, case: &Case) {
    if case.is_like_a_tenant(sides.config) {
        let events = sides.new.domiciles.latest().map(|entry| entry.event.clone());
        scales.object(
            sides.config.counter.tenant,
            Text::new(
                "仅场所与行业相同，符合正常更换承租人",
                "premises and trade alone: what a change of tenant looks like",
            ),
            events,
        );
    } else if case.is_like_a_purchase(sides.config) {
        let events: Vec<EventId> = assets::moved(sides).map(|moved| moved.event.clone()).collect();
        scales.object(
            sides.config.counter.purchase,
            Text::new(
                "资产均有偿转让且已见付款，又无共同的人员、联系方式或办理痕迹，符合独立买方收购",
                "all assets were paid for, and people, contacts and filing traces differ: what a \
                 purchase by strangers looks like",
            ),
            events,
        );
    }
}

/// The months after the new start that must be known before a firm is said to carry on.
const MONTHS_TO_CARRY_ON: usize = 3;

/// The old firm works on: with its staff, of whom a few at most moved, or, where staff is not known,
/// with its revenue. Then the new one is a second business of the same people, or that of a manager who
/// left, and not the old one's heir, as long as nothing else of the old one moved and it shows no sign
/// of an end.
fn carries_on(
    scales: &mut Scales,
    sides: &Sides<'_>,
    case: &Case,
    (heads, came): (&Heads, f64),
) -> f64 {
    let (config, old) = (sides.config, sides.old);
    let counter = &config.counter;
    let known =
        heads.months_after >= MONTHS_TO_CARRY_ON && heads.best >= config.staff.headcount_least;
    let (stays, reports, text) = if known {
        // One fewer is nobody's end, and who leaves may be replaced.
        let now = heads.last.unwrap_or(0);
        let stays = now + 1 >= heads.best
            || f64::from(now) >= counter.carries_on_share * f64::from(heads.best);
        let text = Text::new("前身照常经营，人员未减", "the old firm carries on with its staff");
        (stays, &old.staff, text)
    } else {
        let kept = motive::revenue_kept(config, old, sides.birth.on);
        let stays = kept.is_some_and(|(share, months)| {
            months >= MONTHS_TO_CARRY_ON && share >= counter.carries_on_revenue
        });
        let text = Text::new("前身照常经营，收入未减", "the old firm carries on with its revenue");
        (stays, &old.activity, text)
    };
    let moved = scales.of(Family::Staff) >= config.gate.family_bits
        && (!known || came > counter.carries_on_moved);
    if !stays || moved || old.ended_on().is_some() {
        return 1.0;
    }
    let events = reports.all().next_back().map(|event| event.id.clone());
    scales.object(counter.carries_on, text, events);
    let given = assets::moved(sides).next().is_some();
    let declines = case.decline >= config.gate.family_bits;
    if given || declines { 1.0 } else { config.gate.cap_carries_on }
}

/// What the two share, several others share too, and it is nothing of the old firm: branches of one
/// brand have its hotline, its mail domain and its supervisor in common.
fn network(scales: &mut Scales, sides: &Sides<'_>, case: &Case) -> f64 {
    let (gate, counter) = (&sides.config.gate, &sides.config.counter);
    let common = |kind| {
        matches!(
            kind,
            LinkKind::Person
                | LinkKind::Phone
                | LinkKind::Email
                | LinkKind::EmailDomain
                | LinkKind::Brand
        )
    };
    let mut classes = sides
        .shared
        .iter()
        .filter(|(tie, _)| common(tie.kind))
        .map(|(tie, _)| sides.graph.rarity_class(tie.key));
    let shared = classes.clone().count() >= 2;
    let of_many = shared && classes.all(|class| class >= counter.network_class);
    let of_the_old = [Family::Premises, Family::Assets, Family::Staff, Family::Filing];
    // A minor office in common is that of a supervisor or a clerk.
    let minor = scales.of(Family::Control) < 2.0 * gate.strong_bits;
    if !of_many
        || !minor
        || of_the_old.into_iter().any(|family| case.of(family) >= gate.family_bits)
    {
        return 1.0;
    }
    scales.object(
        counter.network,
        Text::new(
            "两者共用的电话、邮箱、人员或字号另有多家企业共用，符合加盟或连锁体系",
            "phones, mail, persons or brand that they share are those of several others too: what a \
             franchise looks like",
        ),
        sides.new.registered.iter().map(|(event, _)| event.clone()),
    );
    gate.cap_network
}

/// A company that was taken over while it was itself in trouble is dumped, often on the same nominee
/// as others; a shelf is bought clean. Gives the ceiling where nothing of the old firm came to it.
fn left_too(scales: &mut Scales, sides: &Sides<'_>) -> f64 {
    let born = sides.birth.on;
    let heavy = |kind| sides.config.motive.bits.get(&kind).copied().unwrap_or(0.0);
    let own = sides.new.troubles.iter().filter(|trouble| {
        let lag = born.0 - trouble.on.0;
        trouble.counts()
            && (0..=sides.config.windows.lookback).contains(&lag)
            && heavy(trouble.kind) >= sides.config.gate.motive
    });
    let events: Vec<EventId> = own.map(|trouble| trouble.event.clone()).collect();
    if sides.birth.kind != BirthKind::TakenOver || events.is_empty() {
        return 1.0;
    }
    scales.object(
        sides.config.counter.left_too,
        Text::new(
            "后者在被接手前自身已有不利事实，更像同被弃置，而非承接",
            "the later firm was in trouble itself before it changed hands: left, not carried on",
        ),
        events,
    );
    let least = sides.config.gate.family_bits;
    let came = [Family::Assets, Family::Staff].into_iter().any(|it| scales.of(it) >= least);
    if came { 1.0 } else { sides.config.gate.cap_left_too }
}

fn hosted(scales: &mut Scales, sides: &Sides<'_>) {
    let common = sides.shared.iter().any(|(tie, _)| {
        matches!(tie.kind, LinkKind::AddressUnit | LinkKind::Phone)
            && sides.graph.rarity_class(tie.key) >= 5
    });
    if common || (place_is_hosted(sides.new) && place_is_hosted(sides.old)) {
        scales.object(
            sides.config.counter.hosted,
            Text::new(
                "共用集群注册、托管地址或多家共用的电话",
                "an address or phone that hosts many enterprises",
            ),
            sides.new.domiciles.latest().map(|entry| entry.event.clone()),
        );
    }
}

/// Sisters under one company share directors, brand and quarters because of it. Firms are not
/// related merely because the State controls them (Company Law, art. 265(4)).
/// Gives the ceiling of a sister while the old firm shows no sign of an end.
fn group(scales: &mut Scales, sides: &Sides<'_>, case: &Case) -> f64 {
    let least = sides.config.gate.strong_bits;
    let moved = assets::moved(sides).next().is_some() || scales.of(Family::Staff) >= least;
    let lives = sides.old.ended_on().is_none();
    let Some(parent) = parent(sides).filter(|_| lives && !moved) else { return 1.0 };
    let counter = &sides.config.counter;
    let name = sides.graph.profile(parent).map_or("", |profile| profile.name());
    let state = counter.state_words.iter().any(|word| name.contains(&**word));
    let (bits, statement) = if state {
        let zh = "同受国家出资企业控股，不因此具有关联关系（公司法第265条第4项）";
        let en = "both under a State-owned company, which alone makes them not related";
        (counter.state_group, Text::new(zh, en))
    } else {
        let zh = "同一集团内的企业，前身照常存续，人员与资产未转移";
        let en = "sisters in one group; the old firm lives on, neither staff nor assets moved";
        (counter.group, Text::new(zh, en))
    };
    scales.object(bits, statement, sides.new.registered.iter().map(|(event, _)| event.clone()));
    let gate = &sides.config.gate;
    if case.decline >= gate.family_bits { 1.0 } else { gate.cap_carries_on }
}

/// The enterprise that controls both.
fn parent(sides: &Sides<'_>) -> Option<EntityId> {
    let of = |id| sides.graph.controllers(id).into_iter().map(|controller| controller.party);
    let others: Vec<Holder> = of(sides.new_id).collect();
    of(sides.old_id).find_map(|party| match party {
        Holder::Enterprise(id) if others.contains(&party) => Some(id),
        _ => None,
    })
}

/// Someone who founds many firms.
fn serial(scales: &mut Scales, sides: &Sides<'_>) {
    let counter = &sides.config.counter;
    let assets = assets::moved(sides).next().is_some();
    if assets || scales.of(Family::Staff) >= sides.config.gate.family_bits {
        return;
    }
    let people = sides.shared.iter().filter(|(tie, _)| tie.kind == LinkKind::Person);
    let class = people.map(|(tie, _)| sides.graph.rarity_class(tie.key)).max().unwrap_or(0);
    if class >= counter.serial_class && sides.birth.kind == BirthKind::Founded {
        scales.object(
            counter.serial,
            Text::new("共同的自然人另有多家企业", "the person they share has several other firms"),
            sides.new.registered.iter().map(|(event, _)| event.clone()),
        );
    }
}
