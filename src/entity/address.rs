//! Where is it? Chinese addresses as a ladder from the province down to the room, with keys under
//! which different spellings of one place meet.
//!
//! Invariant: parsing is total; two spellings of the same place give the same keys as far as the
//! text tells. Must not know: who is there, how many are there.
//!
//! What the rules assume, since no address register is at hand:
//! - a door number at a road without building, floor or room is the sole premises of that door,
//!   and its ground floor is the same premises;
//! - a room of three or four digits names its floor (1203 is on floor 12), and room 3 of floor 12
//!   is room 1203;
//! - the name of a large building is unique within its county, that of a road within its town.

mod compare;
mod number;
mod parse;
mod places;
#[cfg(test)]
mod tests;
mod words;

pub use compare::AddressMatch;

use crate::entity::division::{Division, Level};
use crate::id::stable_hash;
use std::borrow::Cow;

/// An address in parts. Numbers are in Arabic digits without leading zeros; names are folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// The division as far as text and hint tell: nine digits, 0 when unknown.
    pub code: u32,
    /// 乡镇街道 as written, when it is no known division.
    pub town: Box<str>,
    /// 村 or 社区, with its group (组, 队).
    pub village: Box<str>,
    /// Road, street or lane.
    pub road: Box<str>,
    /// Door number: `66`, `66-1`.
    pub number: Box<str>,
    /// Estate, park, market or compound.
    pub estate: Box<str>,
    /// Named building.
    pub building: Box<str>,
    /// 栋, 幢, 座, 号楼: `A`, `3`; with 单元 as `3/2`.
    pub block: Box<str>,
    /// Floor; basements are negative.
    pub floor: Option<i16>,
    /// Room, shop, store or plant: `1203`, `301-A0087`, `库5`.
    pub room: Box<str>,
    /// Further rooms of the same address (1201、1202室).
    pub rooms: Vec<Box<str>>,
    /// What could not be read.
    pub rest: Box<str>,
    /// 集群注册, 托管企业, 集中办公区 …: the address is a host's, shared by design.
    pub cluster: bool,
    /// A village committee, market hall or other place of everybody.
    pub public: bool,
    /// Only near a place (对面, 旁, 交叉口): never one unit.
    pub near: bool,
}

impl Address {
    /// Reads an address as written. `division` is the division code that came with it (6 or 9
    /// digits), used where the text leaves it open.
    pub fn parse(raw: &str, division: Option<&str>) -> Self {
        parse::address(raw, division)
    }

    /// The ladder of divisions.
    pub fn division(&self) -> Option<Division> {
        (self.code != 0).then(|| Division::of(&format!("{:09}", self.code))).flatten()
    }

    /// Province as a name.
    pub fn province(&self) -> Option<&'static str> {
        self.division().map(|d| d.province)
    }

    /// City as a name.
    pub fn city(&self) -> Option<&'static str> {
        self.division().and_then(|d| d.city)
    }

    /// County as a name.
    pub fn county(&self) -> Option<&'static str> {
        self.division().and_then(|d| d.county)
    }

    /// Six-digit county code, 0 when unknown.
    pub fn county_code(&self) -> u32 {
        crate::entity::division::cut(self.code, Level::County) / 1000
    }

    /// Whether the door itself is the unit: a road or village with a number and nothing finer, on
    /// the ground floor or with no floor given.
    pub fn is_sole_premises(&self) -> bool {
        self.room.is_empty()
            && self.block.is_empty()
            && self.building.is_empty()
            && self.estate.is_empty()
            && !self.number.is_empty()
            && !(self.road.is_empty() && self.village.is_empty())
            && !self.near
    }

    /// The number of the door and of the unit behind it, where the address writes them as one
    /// (`66-1`): 66号-1, 66号之一 and 66号1号铺面 are one place.
    fn door_and_unit(&self) -> Option<(&str, &str)> {
        let (door, unit) = self.number.split_once('-').filter(|_| self.is_sole_premises())?;
        let number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
        (number(door) && number(unit)).then_some((door, unit))
    }

    /// The address with the unit behind its door as a room; itself where there is none.
    fn with_unit(&self) -> Cow<'_, Self> {
        match self.door_and_unit() {
            Some((number, room)) => {
                let (number, room) = (number.into(), room.into());
                Cow::Owned(Self { number, room, ..self.clone() })
            }
            None => Cow::Borrowed(self),
        }
    }

    /// Key of the room, shop or sole premises; `None` when the address is not that fine.
    pub fn unit_key(&self) -> Option<u64> {
        match self.with_unit() {
            Cow::Owned(split) => split.unit_key(),
            Cow::Borrowed(_) => self.own_unit_key(),
        }
    }

    fn own_unit_key(&self) -> Option<u64> {
        let mut key = self.building_text()?;
        if self.room.is_empty() {
            if !self.is_sole_premises() {
                return None;
            }
            key.push_str("|f");
            key.push_str(&self.floor.filter(|f| *f != 1).map_or(String::new(), |f| f.to_string()));
        } else {
            key.push_str("|u");
            key.push_str(&self.room);
            if !self.names_floor() {
                key.push_str("|f");
                key.push_str(&self.floor.map_or(String::new(), |f| f.to_string()));
            }
        }
        Some(stable_hash(key.as_bytes()))
    }

    /// Key of the floor of the building.
    pub fn floor_key(&self) -> Option<u64> {
        let floor = self.floor?;
        let mut key = self.building_text()?;
        key.push_str("|f");
        key.push_str(&floor.to_string());
        Some(stable_hash(key.as_bytes()))
    }

    /// Key of the building: named building and block, or road and door number.
    pub fn building_key(&self) -> Option<u64> {
        self.building_text().map(|text| stable_hash(text.as_bytes()))
    }

    /// Key of the road (or, without one, of the village or estate).
    pub fn road_key(&self) -> Option<u64> {
        let place =
            [&self.road, &self.village, &self.estate].into_iter().find(|t| !t.is_empty())?;
        let key = format!("{}|{}|{place}", self.county_code(), self.town_text());
        Some(stable_hash(key.as_bytes()))
    }

    /// Whether the room number tells its floor.
    fn names_floor(&self) -> bool {
        number::floor_of_room(&self.room).is_some()
    }

    fn town_text(&self) -> String {
        match self.code % 1000 {
            0 => self.town.to_string(),
            town => town.to_string(),
        }
    }

    /// The identity of the building as text.
    fn building_text(&self) -> Option<String> {
        use std::fmt::Write;
        if self.near {
            return None;
        }
        let mut key = self.county_code().to_string();
        let named = !self.building.is_empty() && !words::is_generic_building(&self.building);
        if named {
            // Unique within the county, whatever road and number are written.
            let _ = write!(key, "|b{}", self.building);
        } else if !self.estate.is_empty() && !words::is_generic_building(&self.estate) {
            let _ = write!(key, "|e{}", self.estate);
            if self.block.is_empty() && !self.building.is_empty() {
                let _ = write!(key, "|b{}", self.building);
            } else if self.block.is_empty() && !self.number.is_empty() {
                let _ = write!(key, "|n{}", self.number);
            }
        } else {
            let place = if self.road.is_empty() { &self.village } else { &self.road };
            let inside = [&self.number, &self.block, &self.room].into_iter().any(|t| !t.is_empty());
            if place.is_empty() || !inside {
                return None;
            }
            let number = self.door_and_unit().map_or(&*self.number, |(door, _)| door);
            let _ = write!(key, "|{}|r{place}|n{number}", self.town_text());
        }
        if !self.block.is_empty() {
            let _ = write!(key, "|k{}", self.block);
        }
        Some(key)
    }
}
