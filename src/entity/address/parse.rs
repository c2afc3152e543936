//! Reading an address: annotations off, divisions off, then name after name and number after
//! number to the end.

use super::Address;
use super::number::{floor_of_room, number_at, number_with_unit};
use super::places::divisions;
use super::words::{
    ALONG, ANNEXES, BESIDE, CLUSTER, CLUSTER_REMARKS, CONTINUES, FILLERS, NAMED_FLOORS, PLACES,
    PUBLIC, Place, REMARKS, SHORT_PLACES, UNITS, Unit,
};
use crate::entity::division::Division;
use crate::entity::script::fold;

pub(super) fn address(raw: &str, hint: Option<&str>) -> Address {
    let folded = fold(raw);
    let mut out = Address::default();
    let text = annotations(&folded, &mut out);
    let hint = hint.and_then(Division::of);
    let rest = divisions(&text, hint.as_ref(), &mut out);
    Reader { rest, from: 0, at: 0, out: &mut out }.read();
    finish(&mut out);
    let open = out.room.is_empty() && out.number.is_empty() && out.block.is_empty();
    out.public = open && PUBLIC.iter().any(|w| text.contains(w));
    out
}

/// Takes remarks off and sets the flags they stand for.
fn annotations(folded: &str, out: &mut Address) -> String {
    out.cluster = CLUSTER.iter().any(|w| folded.contains(w));
    let mut text = String::with_capacity(folded.len());
    let mut rest = folded;
    while let Some(open) = rest.find('(') {
        text.push_str(&rest[..open]);
        let inside = &rest[open + 1..];
        let end = inside.find(')').unwrap_or(inside.len());
        let content = &inside[..end];
        out.cluster |= CLUSTER_REMARKS.iter().any(|w| content.contains(w));
        let remark = CLUSTER.iter().chain(&CLUSTER_REMARKS).any(|w| content.contains(w))
            || REMARKS.iter().any(|w| content.starts_with(w) || content.ends_with(w));
        if !remark {
            text.push_str(content);
        }
        rest = inside.get(end + 1..).unwrap_or("");
    }
    text.push_str(rest);
    text.retain(|c| !matches!(c, ')' | '"' | '\'' | ':' | ';' | '.'));
    for word in CLUSTER {
        if let Some(shorter) = text.strip_suffix(word) {
            text = shorter.trim_end_matches('-').to_owned();
        }
    }
    text
}

/// Reads what lies behind the divisions.
struct Reader<'a, 'o> {
    rest: &'a str,
    /// Where the name begins that is being read.
    from: usize,
    at: usize,
    out: &'o mut Address,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        while self.at < self.rest.len() {
            let step = self.named_floor() || self.number() || self.place() || self.aside();
            if !step {
                self.at += self.rest[self.at..].chars().next().map_or(1, char::len_utf8);
            }
        }
        let name = self.take_name();
        self.unplaced(&name);
    }

    /// Takes the name read so far.
    fn take_name(&mut self) -> String {
        let mut name = &self.rest[self.from..self.at];
        self.from = self.at;
        name = name.trim_matches([',', '-', '#', '+', '&', '/']);
        loop {
            let before = name;
            for filler in FILLERS {
                name = name.strip_suffix(filler).unwrap_or(name);
            }
            for filler in ["的", "之", "自编", "临街", "沿街"] {
                name = name.strip_prefix(filler).unwrap_or(name);
            }
            if name == before {
                return name.to_owned();
            }
        }
    }

    fn ahead(&self) -> &str {
        &self.rest[self.at..]
    }

    fn named_floor(&mut self) -> bool {
        let Some((word, floor)) = NAMED_FLOORS.iter().find(|(w, _)| self.ahead().starts_with(w))
        else {
            return false;
        };
        let name = self.take_name();
        self.unplaced(&name);
        self.out.floor = Some(*floor);
        self.advance(word.len());
        true
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.from = self.at;
    }

    /// A number with its word; a bare number at the end or behind a dash.
    fn number(&mut self) -> bool {
        let Some((value, used)) = number_at(self.ahead()) else { return false };
        let behind = &self.ahead()[used..];
        let unit = UNITS.iter().find(|(word, _)| behind.starts_with(word));
        let chinese = !self.ahead().as_bytes()[0].is_ascii();
        let Some((word, unit)) = unit else {
            // 三亚湾路, 八一街: part of a name. 1203 at the end: a room. G98: a road.
            if chinese || !(behind.is_empty() || behind.starts_with([',', '-', '/', '、'])) {
                self.at += used;
                return true;
            }
            let name = self.take_name();
            self.bare(&name, &value);
            self.advance(used);
            return true;
        };
        let after = &behind[word.len()..];
        let names_road = CONTINUES.iter().any(|w| after.starts_with(w)) && *unit == Unit::Number;
        let word_goes_on = chinese
            && match *unit {
                // 一区 is a part; 三社区, 五楼村 are names.
                Unit::Group | Unit::Part => after.starts_with(['区', '村', '路', '街']),
                Unit::Floor => after.starts_with('村'),
                _ => false,
            };
        if names_road || word_goes_on {
            self.at += used + word.len();
            return true;
        }
        let (word, unit) =
            if self.is_door(word, *unit, after) { ("号", Unit::Number) } else { (*word, *unit) };
        let used = used + word.len();
        let name = self.take_name();
        self.place_number(&name, value, unit, word);
        self.advance(used);
        if unit == Unit::Number {
            self.suffix_of_number();
        }
        if matches!(unit, Unit::Room | Unit::Number | Unit::Hall) {
            self.desk();
        }
        true
    }

    /// Whether a number is the door's, and not that of the store or shop whose word is behind it:
    /// 望归路30号仓库B, whose number follows; 鲸港大道66号铺面, behind a road alone.
    fn is_door(&self, word: &str, unit: Unit, after: &str) -> bool {
        let out = &*self.out;
        let at_the_road = !out.road.is_empty()
            && self.from == self.at
            && out.estate.is_empty()
            && out.building.is_empty()
            && out.block.is_empty()
            && out.floor.is_none();
        let shop = unit == Unit::Room && FILLERS.contains(&word.trim_start_matches('号'));
        let store = unit == Unit::Hall && number_at(after).is_some();
        word.starts_with('号') && out.number.is_empty() && (store || (shop && at_the_road))
    }

    fn place_number(&mut self, name: &str, value: String, unit: Unit, word: &str) {
        let listed = self.rest[..self.at].ends_with([',', '/', '至', '和', '与', '-']);
        let out = &mut *self.out;
        match unit {
            Unit::Number if out.number.is_empty() && !self_contained(out, name) => {
                set_road(out, name);
                out.number = value.into();
                out.near = false;
            }
            Unit::Number | Unit::Room => {
                set_building(out, name);
                add_room(out, value, listed);
            }
            Unit::Hall => {
                set_building(out, name);
                let kind = word.trim_start_matches(['号', '#']).chars().next();
                add_room(out, format!("{}{value}", hall(kind.unwrap_or('库'))), listed);
            }
            Unit::Block => {
                set_building(out, name);
                push_part(&mut out.block, &value);
            }
            Unit::Stair => {
                set_building(out, name);
                push_part(&mut out.block, &format!("S{value}"));
            }
            Unit::Floor => {
                set_building(out, name);
                out.floor = value
                    .trim_start_matches('B')
                    .parse()
                    .ok()
                    .map(|f: i16| if value.starts_with('B') { -f } else { f });
            }
            Unit::Group => {
                let village = format!("{}{name}{value}{word}", out.village);
                out.village = village.into();
            }
            Unit::Part => {
                if out.estate.is_empty() {
                    out.estate = name.into();
                } else {
                    set_building(out, name);
                }
                push_part(&mut out.block, &format!("{value}{word}"));
            }
        }
    }

    /// 66号之一, 66号附1号, 66号-1.
    fn suffix_of_number(&mut self) {
        let ahead = self.ahead();
        let Some(rest) = ahead.strip_prefix(['之', '附']) else { return };
        let Some((value, used)) = number_at(rest) else { return };
        let word = if rest[used..].starts_with('号') { '号'.len_utf8() } else { 0 };
        if self.out.room.is_empty() {
            self.out.number = format!("{}-{value}", self.out.number).into();
        }
        self.advance('之'.len_utf8() + used + word);
    }

    /// 301室-A0087: the desk behind the room.
    fn desk(&mut self) {
        let ahead = self.ahead();
        let Some(rest) = ahead.strip_prefix('-') else { return };
        let Some((value, used)) = number_at(rest) else { return };
        let unit = UNITS.iter().find(|(word, _)| rest[used..].starts_with(word));
        let used = used + unit.map_or(0, |(word, _)| word.len()) + 1;
        if self.out.room.is_empty() {
            self.out.number = format!("{}-{value}", self.out.number).into();
        } else {
            self.out.room = format!("{}-{value}", self.out.room).into();
        }
        self.advance(used);
    }

    /// A number without a word, at the end.
    fn bare(&mut self, name: &str, value: &str) {
        let listed = self.rest[..self.at].ends_with([',', '/', '至', '和', '与', '-']);
        let out = &mut *self.out;
        // 仓库B: the kind of the store stands before its number.
        let is_hall = UNITS.iter().any(|(word, unit)| *unit == Unit::Hall && *word == name);
        if let (true, true, Some(kind)) = (is_hall, out.room.is_empty(), name.chars().next()) {
            return add_room(out, format!("{}{value}", hall(kind)), listed);
        }
        let inside = !out.number.is_empty()
            || !out.block.is_empty()
            || !out.building.is_empty()
            || !out.estate.is_empty()
            || out.floor.is_some();
        if !out.room.is_empty() {
            add_room(out, value.to_owned(), listed);
        } else if inside || (!name.is_empty() && !out.road.is_empty()) {
            set_building(out, name);
            add_room(out, value.to_owned(), listed);
        } else {
            set_road(out, name);
            out.number = value.into();
        }
    }

    fn place(&mut self) -> bool {
        if self.at == self.from {
            return false;
        }
        let ahead = self.ahead();
        let long = PLACES.iter().find(|(word, _)| ahead.starts_with(word));
        let found = long.or_else(|| {
            SHORT_PLACES.iter().find(|(word, _)| {
                let behind = ahead.strip_prefix(word).unwrap_or("-");
                ahead.starts_with(word)
                    && (behind.is_empty() || behind.starts_with(',') || number_with_unit(behind))
            })
        });
        let Some((word, place)) = found else { return false };
        let behind = &ahead[word.len()..];
        let (word, place) = (*word, *place);
        if CONTINUES.iter().any(|w| behind.starts_with(w)) && word != "村" {
            return false;
        }
        // 下街村: a village that is called after its street.
        let village = behind.starts_with('村') || behind.starts_with("社区");
        if place == Place::Road && (village || behind.starts_with(['口', '边'])) {
            return false;
        }
        self.at += word.len();
        let name = self.take_name();
        self.place_name(name, place);
        if place == Place::Village {
            let committee = COMMITTEES.iter().find(|w| self.ahead().starts_with(**w));
            self.advance(committee.map_or(0, |w| w.len()));
        }
        true
    }

    fn place_name(&mut self, name: String, place: Place) {
        let out = &mut *self.out;
        match place {
            Place::Village if out.village.ends_with(&village_name(&name)) => {}
            Place::Village => {
                let village = format!("{}{}", out.village, village_name(&name));
                out.village = village.into();
            }
            // The second of two roads (… 与 … 交叉口) only says where on the first.
            Place::Road if out.road.is_empty() => out.road = name.into(),
            Place::Road if out.number.is_empty() && !name.starts_with(['与', '和']) => {
                out.road = format!("{}{name}", out.road).into();
            }
            Place::Road => push_part(&mut out.rest, &name),
            Place::Estate if out.estate.is_empty() => out.estate = name.into(),
            Place::Estate | Place::Building => set_building(out, &name),
        }
    }

    /// Words of nearness are taken off.
    fn aside(&mut self) -> bool {
        let ahead = self.ahead();
        let beside = BESIDE.iter().find(|w| ahead.starts_with(**w));
        let Some(word) = beside.or_else(|| ALONG.iter().find(|w| ahead.starts_with(**w))) else {
            return false;
        };
        let known = !self.out.road.is_empty() || !self.out.building.is_empty();
        if self.at == self.from && !known {
            return false;
        }
        let name = self.take_name();
        push_part(&mut self.out.rest, &name);
        let open = self.out.room.is_empty() && self.out.number.is_empty();
        self.out.near = open || (beside.is_some() && self.out.room.is_empty());
        self.advance(word.len());
        true
    }

    /// A name that ends in no known word.
    fn unplaced(&mut self, name: &str) {
        if name.chars().count() < 2 {
            push_part(&mut self.out.rest, name);
        } else if ANNEXES.contains(&name) && !self.out.number.is_empty() {
            add_room(self.out, name.to_owned(), false);
        } else if self.out.building.is_empty() && self.out.room.is_empty() {
            self.out.building = name.into();
        } else {
            push_part(&mut self.out.rest, name);
        }
    }
}

const COMMITTEES: [&str; 6] = ["村民委员会", "居民委员会", "村委会", "居委会", "民委员会", "委会"];

/// 村 and its committee are one place: 罗旺村村民委员会 → 罗旺村.
fn village_name(name: &str) -> String {
    for (ending, short) in [
        ("村村民委员会", "村"),
        ("村民委员会", "村"),
        ("村村委会", "村"),
        ("村委会", "村"),
        ("居民委员会", "社区"),
        ("社区居委会", "社区"),
        ("居委会", "社区"),
        ("自然村", "村"),
    ] {
        if let Some(stem) = name.strip_suffix(ending) {
            return format!("{stem}{short}");
        }
    }
    name.to_owned()
}

/// Whether a number behind `name` is a room, since what it is in is known already.
fn self_contained(out: &Address, name: &str) -> bool {
    let inside = !out.block.is_empty() || out.floor.is_some() || !out.building.is_empty();
    inside && name.is_empty()
}

fn set_road(out: &mut Address, name: &str) {
    if name.is_empty() {
        return;
    }
    if out.road.is_empty() {
        out.road = name.into();
    } else {
        set_building(out, name);
    }
}

fn set_building(out: &mut Address, name: &str) {
    if name.is_empty() {
        return;
    }
    if out.building.is_empty() {
        out.building = name.into();
    } else {
        push_part(&mut out.rest, name);
    }
}

fn push_part(to: &mut Box<str>, part: &str) {
    if !part.is_empty() {
        *to = if to.is_empty() { part.into() } else { format!("{to}/{part}").into() };
    }
}

/// One character for each kind of hall: 仓 is 库, a 档口 of a market its 摊位.
const fn hall(kind: char) -> char {
    match kind {
        '仓' => '库',
        '档' => '摊',
        other => other,
    }
}

/// A first room; behind a mark of listing one more; else a desk in the room.
fn add_room(out: &mut Address, value: String, listed: bool) {
    const ROOMS_MAX: usize = 16;
    if out.room.is_empty() {
        out.room = value.into();
    } else if !listed {
        out.room = format!("{}-{value}", out.room).into();
    } else if out.rooms.len() < ROOMS_MAX {
        out.rooms.push(value.into());
    }
}

/// Makes what can be said in several ways one.
fn finish(out: &mut Address) {
    // A座A1203室 and A座1203室; A1203室 without a block.
    let bytes = out.room.as_bytes();
    let lettered = bytes.len() >= 4
        && bytes[0].is_ascii_uppercase()
        && bytes[1..4].iter().all(u8::is_ascii_digit);
    if lettered {
        let letter = out.room[..1].to_owned();
        let rest = out.room[1..].trim_start_matches('-').to_owned();
        if out.block.is_empty() {
            out.block = letter.into();
            out.room = rest.into();
        } else if *out.block == *letter {
            out.room = rest.into();
        }
    }
    // Room 3 of floor 12 is room 1203.
    let small =
        !out.room.is_empty() && out.room.len() <= 2 && out.room.bytes().all(|b| b.is_ascii_digit());
    if let (true, Some(floor @ 1..=99)) = (small, out.floor)
        && let Ok(room) = out.room.parse::<i16>()
    {
        out.room = (floor * 100 + room).to_string().into();
    }
    if out.floor.is_none()
        && (!out.building.is_empty() || !out.block.is_empty() || !out.number.is_empty())
    {
        out.floor = floor_of_room(&out.room);
    }
    // 1201-1203室: two rooms of one floor.
    if let Some((first, last)) = out.room.split_once('-')
        && first.len() == last.len()
        && floor_of_room(first).is_some()
        && floor_of_room(first) == floor_of_room(last)
        && out.rooms.is_empty()
    {
        let (first, last): (Box<str>, Box<str>) = (first.into(), last.into());
        out.rooms.push(last);
        out.room = first;
    }
    // A building that only repeats the estate, and an estate that is really the building.
    if out.building == out.estate {
        out.building = Box::default();
    }
    // 2-1203 behind a building without a block: block and room.
    if out.block.is_empty()
        && let Some((block, room)) = out.room.split_once('-')
        && block.len() <= 2
        && floor_of_room(room).is_some()
        && (!out.building.is_empty() || !out.estate.is_empty())
    {
        let (block, room): (Box<str>, Box<str>) = (block.into(), room.into());
        (out.block, out.room) = (block, room);
        out.floor = out.floor.or_else(|| floor_of_room(&out.room));
    }
}
