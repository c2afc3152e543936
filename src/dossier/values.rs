//! What do the two share, and how rare is it? Link values with their holders, from the graph.
//!
//! Invariant: counts are of the events at hand, of now; a value of a person is shown by a number,
//! a phone, mail address or account never by itself.

use crate::dossier::finding::{Finding, Line};
use crate::dossier::material::Material;
use crate::dossier::persons::{Persons, plain};
use crate::event::Role;
use crate::graph::{LinkKey, LinkKind, Office, Post, Profile, Tie};
use crate::text::Text;
use serde::Serialize;

/// A value that both firms hold or held.
#[derive(Clone, Debug, Serialize)]
pub struct SharedValue {
    /// What kind of value, in the graph's word.
    pub kind: LinkKind,
    /// The kind in words.
    pub title: Text,
    /// The value as it may be shown.
    pub shown: Text,
    /// How many enterprises hold or held it.
    pub holders: usize,
    /// Of how many that the events know.
    pub of: usize,
    /// How rare, in words: "held by 2 of 812 enterprises".
    pub rarity: Text,
    /// Interval at the old firm and at the new, in words.
    pub held: [String; 2],
    /// The events that say so.
    #[serde(skip)]
    pub(super) events: Vec<String>,
    /// Of a person, the offices at the old firm and at the new, in Chinese.
    #[serde(skip)]
    pub(super) offices: [Vec<&'static str>; 2],
}

/// All values that both share: the most telling kinds first, then the rarest.
pub(super) fn shared(material: &Material, persons: &mut Persons) -> Vec<SharedValue> {
    let graph = &material.graph;
    let (old, new) = material.sides();
    let (ours, theirs) = (graph.ties(material.old), graph.ties(material.new));
    let of = graph.len();
    let mut counts = Counts::default();
    let mut values: Vec<SharedValue> = Vec::new();
    let same = |tie: &Tie| theirs.iter().find(|other| other.key == tie.key);
    let pairs: Vec<(&Tie, &Tie)> = ours.iter().filter_map(|tie| Some((tie, same(tie)?))).collect();
    // The building of a shared unit and the domain of a shared address say nothing more.
    let has = |kind| pairs.iter().any(|(tie, _)| tie.kind == kind);
    let covered = |kind| match kind {
        LinkKind::Building => has(LinkKind::AddressUnit),
        LinkKind::EmailDomain => has(LinkKind::Email),
        _ => false,
    };
    for (tie, other) in pairs.iter().filter(|(tie, _)| !covered(tie.kind)) {
        let holders = graph.members(tie.key).len();
        let (shown, person) = if tie.kind == LinkKind::Person {
            let person = Seen::of(tie.key, old, new);
            (person.show(persons), person)
        } else {
            (show(material, &mut counts, tie, (old, new)), Seen::default())
        };
        values.push(SharedValue {
            kind: tie.kind,
            title: title(tie.kind),
            shown: Text::new(plain(&shown.zh), plain(&shown.en)),
            holders,
            of,
            rarity: Text::new(
                format!("{of} 户中有 {holders} 户持有"),
                format!("held by {holders} of {of} enterprises"),
            ),
            held: [interval(tie), interval(other)],
            events: person.events(),
            offices: [offices(&person.before), offices(&person.after)]
                .map(|words| words.into_iter().map(|(zh, _)| zh).collect()),
        });
    }
    values.sort_by(|a, b| (a.kind, a.holders, &a.shown).cmp(&(b.kind, b.holders, &b.shown)));
    values
}

/// Numbers for values that are not shown.
#[derive(Default)]
struct Counts {
    phones: usize,
    emails: usize,
    accounts: usize,
    fingerprints: usize,
}

fn interval(tie: &Tie) -> String {
    let unknown = crate::graph::Timeline::<()>::UNKNOWN;
    let from = if tie.from <= unknown { "…".to_owned() } else { tie.from.to_string() };
    tie.until.map_or_else(|| format!("{from} →"), |until| format!("{from} – {until}"))
}

fn title(kind: LinkKind) -> Text {
    match kind {
        LinkKind::Person => Text::new("自然人", "natural person"),
        LinkKind::AddressUnit => Text::new("房间、铺面或门牌", "unit"),
        LinkKind::Building => Text::new("楼宇", "building"),
        LinkKind::Phone => Text::new("电话", "phone"),
        LinkKind::Email => Text::new("电子邮箱", "mail address"),
        LinkKind::EmailDomain => Text::new("邮箱域名", "mail domain"),
        LinkKind::Account => Text::new("账户", "account"),
        LinkKind::Agent => Text::new("申报代理机构", "filing agent"),
        LinkKind::Fingerprint => Text::new("申报设备或渠道", "filing device or channel"),
        LinkKind::Brand => Text::new("字号", "brand word"),
        LinkKind::Asset => Text::new("具名资产", "named asset"),
        LinkKind::OnlineShop => Text::new("网店", "online shop"),
    }
}

fn show(
    material: &Material,
    counts: &mut Counts,
    tie: &Tie,
    (old, new): (&Profile, &Profile),
) -> Text {
    let mut nth = |count: fn(&mut Counts) -> &mut usize, zh: &str, en: &str| {
        let count = count(counts);
        *count += 1;
        Text::new(format!("{zh}{count}（不显示）"), format!("{en} {count} (not shown)"))
    };
    match tie.kind {
        LinkKind::Person => same(None),
        LinkKind::Phone => nth(|c| &mut c.phones, "电话", "phone"),
        LinkKind::Email => nth(|c| &mut c.emails, "邮箱", "mail address"),
        LinkKind::Account => nth(|c| &mut c.accounts, "账户", "account"),
        LinkKind::Fingerprint => nth(|c| &mut c.fingerprints, "申报指纹", "filing fingerprint"),
        LinkKind::AddressUnit | LinkKind::Building => same(place(new, tie)),
        LinkKind::EmailDomain => same(domain(new, tie.key)),
        LinkKind::Agent => same(old.agent.and_then(|agent| material.shown(agent))),
        LinkKind::Brand => same(brand(new, tie.key)),
        LinkKind::Asset | LinkKind::OnlineShop => asset(old, new, tie),
    }
}

fn same(text: Option<String>) -> Text {
    text.map_or_else(|| Text::new("（未载明）", "(not stated)"), |t| Text::new(t.clone(), t))
}

/// The posts of one person at both firms.
#[derive(Default)]
struct Seen<'a> {
    before: Vec<Post<'a>>,
    after: Vec<Post<'a>>,
}

impl<'a> Seen<'a> {
    fn of(key: LinkKey, old: &'a Profile, new: &'a Profile) -> Self {
        let posts = |profile: &'a Profile| {
            let all = profile.posts().into_iter();
            all.filter(|post| LinkKey::person(post.person) == key).collect()
        };
        Self { before: posts(old), after: posts(new) }
    }

    fn all(&self) -> impl Iterator<Item = &Post<'a>> {
        self.before.iter().chain(&self.after)
    }

    fn events(&self) -> Vec<String> {
        self.all().map(|post| post.event.to_string()).collect()
    }

    fn show(&self, persons: &mut Persons) -> Text {
        let Some(first) = self.all().next() else { return same(None) };
        let who = persons.shown(first.person);
        let joined = |posts: &[Post<'_>]| {
            let (zh, en): (Vec<&str>, Vec<&str>) = offices(posts).into_iter().unzip();
            Text::new(zh.join("、"), en.join(", "))
        };
        let (a, b) = (joined(&self.before), joined(&self.after));
        Text::new(
            format!("{}（前身：{}；新主体：{}）", who.zh, a.zh, b.zh),
            format!("{} (old firm: {}; new firm: {})", who.en, a.en, b.en),
        )
    }
}

/// The offices of some posts, each once, in both languages.
fn offices(posts: &[Post<'_>]) -> Vec<(&'static str, &'static str)> {
    let mut words: Vec<(&str, &str)> = Vec::new();
    for post in posts {
        let word = match post.office {
            Office::LegalRep => ("法定代表人", "legal representative"),
            Office::Holder => ("股东", "shareholder"),
            Office::Officer(Role::Finance) => ("财务负责人", "head of finance"),
            Office::Officer(role) => (role.zh(), role.word()),
            Office::Liaison => ("联络员", "liaison"),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

fn place(profile: &Profile, tie: &Tie) -> Option<String> {
    let registered = profile.domiciles.spans().map(|span| span.value);
    let licensed = profile.licences.iter().filter_map(|step| step.premises.as_ref());
    let is_it = |value: Option<u64>| {
        value.is_some_and(|value| LinkKey::new(tie.kind, &value.to_le_bytes()) == tie.key)
    };
    registered
        .chain(licensed)
        .find(|place| match tie.kind {
            LinkKind::AddressUnit => is_it(place.unit()),
            _ => is_it(place.building()),
        })
        .map(|place| place.text.to_string())
}

fn domain(profile: &Profile, key: LinkKey) -> Option<String> {
    let addresses = profile.emails.spans().flat_map(|span| span.value.iter());
    let mut domains = addresses.filter_map(|address| address.rsplit_once('@')).map(|(_, d)| d);
    let found = domains.find(|d| LinkKey::new(LinkKind::EmailDomain, d.as_bytes()) == key);
    found.map(str::to_owned)
}

fn brand(profile: &Profile, key: LinkKey) -> Option<String> {
    let brands = profile.names.spans().filter_map(|span| span.value.brand());
    let mut brands = brands.filter(|brand| LinkKey::new(LinkKind::Brand, brand.as_bytes()) == key);
    brands.next().map(str::to_owned)
}

/// An asset that was at both, with its kind.
fn asset(old: &Profile, new: &Profile, tie: &Tie) -> Text {
    let mut moves = old.assets.iter().chain(&new.assets);
    let named = moves.find_map(|moved| {
        let label = moved.label.as_deref()?;
        let value = format!("{}\0{label}", moved.kind.word());
        let is_it = LinkKey::new(tie.kind, value.as_bytes()) == tie.key;
        is_it.then_some((moved.kind, label))
    });
    let Some((kind, label)) = named else { return same(None) };
    let word = kind.word().replace('_', " ");
    Text::new(format!("{} {label}", kind.zh()), format!("{word} {label}"))
}

/// Tells the lines of a finding which shared values they rest on.
pub(super) fn attach(finding: &mut Finding, shared: &[SharedValue]) {
    for line in finding.pro.iter_mut().chain(&mut finding.contra) {
        let rests = shared.iter().filter(|value| {
            let fits = fits(&line.family, &line.statement.zh, value.kind);
            fits && match value.kind {
                LinkKind::Person => is_of(line, value),
                LinkKind::Asset | LinkKind::OnlineShop => is_moved(line, value),
                _ => true,
            }
        });
        line.rarity = rests
            .map(|value| {
                Text::new(
                    format!("{}：{}", value.shown.zh, value.rarity.zh),
                    format!("{}: {}", value.shown.en, value.rarity.en),
                )
            })
            .collect();
    }
}

/// Whether a line speaks of a person: by the events of the posts and, as one registration names
/// several persons, by the offices that it tells.
fn is_of(line: &Line, person: &SharedValue) -> bool {
    let statement = &line.statement.zh;
    let holds = |offices: &[&str], before: &str| {
        let told = format!("{before}任");
        !statement.contains(&told)
            || offices.iter().any(|office| statement.contains(&format!("{told}{office}")))
    };
    person.events.iter().any(|event| line.events.contains(event))
        && holds(&person.offices[0], "前身")
        && holds(&person.offices[1], "新主体")
}

/// Whether a line speaks of an asset: it tells the kind, or only that there was one.
fn is_moved(line: &Line, asset: &SharedValue) -> bool {
    let kind = asset.shown.zh.split(' ').next().unwrap_or_default();
    !line.statement.zh.contains("转到") || line.statement.zh.contains(kind)
}

/// Whether a line of a family speaks of values of a kind.
fn fits(family: &str, statement: &str, kind: LinkKind) -> bool {
    match kind {
        LinkKind::Person => family == "control",
        LinkKind::AddressUnit | LinkKind::Building => family == "premises",
        LinkKind::Phone => family == "contact" && statement.contains("电话"),
        LinkKind::Email => family == "contact" && !statement.contains("电话"),
        LinkKind::EmailDomain => family == "contact" && statement.contains("域名"),
        LinkKind::Account => family == "assets" && statement.contains("账户"),
        LinkKind::Agent => family == "filing" && statement.contains("代理"),
        LinkKind::Fingerprint => family == "filing" && !statement.contains("代理"),
        LinkKind::Brand => family == "name",
        LinkKind::Asset | LinkKind::OnlineShop => {
            family == "assets" && (statement.contains("转到") || statement.contains("具名资产"))
        }
    }
}
