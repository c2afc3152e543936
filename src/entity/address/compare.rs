//! How near are two addresses?

use super::Address;
use super::number::floor_of_room;
use super::words::is_generic_building;
use crate::entity::script::{digit, likeness};

/// How near two addresses are; later ones are nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressMatch {
    /// Different towns or counties, or too little is known.
    Different,
    /// The same town or street office.
    SameTown,
    /// The same road, village or estate.
    SameRoad,
    /// The same building.
    SameBuilding,
    /// The same floor of the same building.
    SameFloor,
    /// Next door: in the same building an adjacent room, or a room number with two digits swapped
    /// or one mistyped; at the road an adjacent or swapped door number of sole premises.
    Neighbour,
    /// The same room, shop or sole premises.
    SameUnit,
}

impl Address {
    /// Compares two addresses. Symmetric; tolerant of other spellings, of parts that one of them
    /// leaves out, and of one mistyped character in the name of a road or building.
    pub fn compare(a: &Self, b: &Self) -> AddressMatch {
        let (a, b) = (&*a.with_unit(), &*b.with_unit());
        if conflict(a.county_code(), b.county_code()) {
            return AddressMatch::Different;
        }
        let town = towns(a, b);
        if town == Some(false) {
            return AddressMatch::Different;
        }
        let road = same_road(a, b);
        if same_building(a, b, road) {
            return within_building(a, b);
        }
        if road == Some(true) {
            return along_road(a, b);
        }
        if town == Some(true) { AddressMatch::SameTown } else { AddressMatch::Different }
    }
}

fn conflict(a: u32, b: u32) -> bool {
    if a == 0 || b == 0 {
        return false;
    }
    // A code that ends at the city or province agrees with every county below.
    let open = |x: u32, y: u32| {
        [100, 10_000].into_iter().any(|size| x.is_multiple_of(size) && x / size == y / size)
    };
    a != b && !open(a, b) && !open(b, a)
}

fn towns(a: &Address, b: &Address) -> Option<bool> {
    match (a.code % 1000, b.code % 1000) {
        (0, 0) if !a.town.is_empty() && !b.town.is_empty() => Some(name_like(&a.town, &b.town)),
        (0, _) | (_, 0) => None,
        (x, y) => Some(x == y),
    }
}

/// Whether the road (or village, or estate) is the same; `None` when one of them has none.
fn same_road(a: &Address, b: &Address) -> Option<bool> {
    if !a.road.is_empty() && !b.road.is_empty() {
        return Some(name_like(&a.road, &b.road));
    }
    if !a.village.is_empty() && !b.village.is_empty() && a.road.is_empty() && b.road.is_empty() {
        return Some(name_like(&a.village, &b.village));
    }
    if !a.estate.is_empty() && !b.estate.is_empty() {
        return Some(name_like(&a.estate, &b.estate));
    }
    None
}

fn same_building(a: &Address, b: &Address, road: Option<bool>) -> bool {
    if a.near || b.near || road == Some(false) || differ(&a.block, &b.block) {
        return false;
    }
    let named = |x: &Address| {
        let own = [&x.building, &x.estate].into_iter();
        own.filter(|n| !n.is_empty() && !is_generic_building(n)).cloned().collect::<Vec<_>>()
    };
    let (p, q) = (named(a), named(b));
    let shared = p.iter().any(|n| q.iter().any(|m| name_like(n, m)));
    if shared {
        return (!a.building.is_empty() && name_like(&a.building, &b.building)) || same_house(a, b);
    }
    let unlike = !p.is_empty() && !q.is_empty();
    let door = a.number == b.number && !a.number.is_empty();
    let house = door
        || (a.number.is_empty()
            && b.number.is_empty()
            && ((!a.block.is_empty() && a.block == b.block)
                || (!a.room.is_empty() && a.room == b.room)));
    road == Some(true) && house && !unlike
}

/// Whether two addresses within one estate, without named buildings, are one house.
fn same_house(a: &Address, b: &Address) -> bool {
    if !a.building.is_empty() || !b.building.is_empty() {
        return false;
    }
    let block = !a.block.is_empty() && a.block == b.block;
    // Stores and stalls are numbered through the whole estate.
    let unit = !a.room.is_empty()
        && !b.room.is_empty()
        && (a.room == b.room || adjacent(&a.room, &b.room));
    let door =
        !a.number.is_empty() && a.number == b.number && a.road.is_empty() && b.road.is_empty();
    block || door || (a.block.is_empty() && b.block.is_empty() && unit)
}

fn differ(a: &str, b: &str) -> bool {
    !a.is_empty() && !b.is_empty() && a != b
}

fn within_building(a: &Address, b: &Address) -> AddressMatch {
    let floor = match (a.floor, b.floor) {
        (Some(x), Some(y)) => Some(x == y),
        _ => None,
    };
    if !a.room.is_empty() && !b.room.is_empty() {
        return rooms(a, b, floor);
    }
    if a.room.is_empty() && b.room.is_empty() {
        let ground = |x: &Address| x.floor.unwrap_or(1);
        let both = a.is_sole_premises() && b.is_sole_premises();
        if both && ground(a) == ground(b) {
            return AddressMatch::SameUnit;
        }
    }
    if floor == Some(true) { AddressMatch::SameFloor } else { AddressMatch::SameBuilding }
}

fn rooms(a: &Address, b: &Address, floor: Option<bool>) -> AddressMatch {
    let all = |x: &Address| {
        std::iter::once(x.room.clone()).chain(x.rooms.iter().cloned()).collect::<Vec<_>>()
    };
    let (p, q) = (all(a), all(b));
    let blocks = a.block == b.block;
    let told = floor_of_room(&a.room).is_some() || floor != Some(false);
    if blocks && told && p.iter().any(|r| q.contains(r)) {
        return AddressMatch::SameUnit;
    }
    let near = p.iter().any(|r| q.iter().any(|s| adjacent(r, s)));
    let wrong = p.iter().any(|r| q.iter().any(|s| r == s || mistyped(r, s)));
    if (near && floor != Some(false)) || wrong {
        return AddressMatch::Neighbour;
    }
    if floor == Some(true) { AddressMatch::SameFloor } else { AddressMatch::SameBuilding }
}

fn along_road(a: &Address, b: &Address) -> AddressMatch {
    let sole = a.is_sole_premises() && b.is_sole_premises();
    let beside = adjacent(&a.number, &b.number) || swapped(&a.number, &b.number);
    let same_level = a.floor.unwrap_or(1) == b.floor.unwrap_or(1);
    if sole && beside && same_level { AddressMatch::Neighbour } else { AddressMatch::SameRoad }
}

/// Numbers at most two apart: doors of one side of a road go by twos.
fn adjacent(one: &str, other: &str) -> bool {
    match (numbered(one), numbered(other)) {
        (Some((before, number, behind)), Some((start, value, end))) => {
            let apart = number.abs_diff(value);
            before == start && behind == end && (1..=2).contains(&apart)
        }
        _ => false,
    }
}

/// The first number of a text, with what stands before and behind it.
fn numbered(text: &str) -> Option<(&str, u32, &str)> {
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let length = text[at..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - at);
    let (number, behind) = text[at..].split_at(length);
    Some((&text[..at], number.parse().ok()?, behind))
}

/// Two neighbouring characters swapped.
fn swapped(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() || one == other {
        return false;
    }
    let wrong: Vec<usize> = (0..one.len()).filter(|i| one[*i] != other[*i]).collect();
    let [first, second] = wrong[..] else { return false };
    second == first + 1 && one[first] == other[second] && one[second] == other[first]
}

/// A room number of three digits or more with two digits swapped or one other.
fn mistyped(a: &str, b: &str) -> bool {
    if a.len() < 3 || a.len() != b.len() || a == b {
        return false;
    }
    let wrong = a.bytes().zip(b.bytes()).filter(|(x, y)| x != y).count();
    // One other digit in the floor part is another floor, more often than an error.
    let last = a.as_bytes()[..a.len() - 2] == b.as_bytes()[..b.len() - 2];
    swapped(a, b) || (wrong == 1 && last && a.len() >= 4)
}

/// Whether two names are the same, one character mistyped at most. Characters that tell roads
/// apart (directions, numbers, sizes) must be equal.
pub(super) fn name_like(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (x, y): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if x.len().min(y.len()) < 2 {
        return false;
    }
    let wrong = |(p, q): &(&char, &char)| p != q;
    if x.len() == y.len() {
        let mut wrong = x.iter().zip(&y).filter(wrong);
        let (Some((p, q)), None) = (wrong.next(), wrong.next()) else { return false };
        return !(tells(*p) || tells(*q)) && (likeness(*p, *q) > 0.0 || x.len() >= 5);
    }
    let (short, long) = if x.len() < y.len() { (&x, &y) } else { (&y, &x) };
    if long.len() != short.len() + 1 || short.len() < 3 {
        return false;
    }
    let at = short.iter().zip(long).take_while(|pair| !wrong(pair)).count();
    short[at..] == long[at + 1..] && !tells(long[at])
}

fn tells(c: char) -> bool {
    const TELLING: [char; 24] = [
        '东', '西', '南', '北', '中', '前', '后', '上', '下', '左', '右', '内', '外', '新', '老',
        '旧', '大', '小', '横', '纵', '支', '环', '十', '百',
    ];
    c.is_ascii_alphanumeric() || digit(c).is_some() || TELLING.contains(&c)
}
