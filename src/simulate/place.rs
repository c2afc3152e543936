//! Where is it? Addresses as places, and the many ways in which people write them.
//!
//! Invariant: the same place written in any style is still the same place to a careful reader.
//! Must not know: who sits there.

use super::prng::Chance;
use super::region::Region;
use super::trades::Seat;
use super::words::{NEIGHBOUR, ROAD, ROAD_KINDS, TOWER, VILLAGE, characters};

/// A place: a town and a spot in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) town: u8,
    pub(crate) spot: Spot,
}

/// A spot in a town; numbers index the [`Atlas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// A shop or a house on a road; `shop` 0 means the whole house.
    Street { road: u16, number: u16, shop: u8 },
    /// A room in a tower.
    Tower { tower: u16, block: u8, floor: u8, room: u8 },
    /// A house in a village.
    Village { village: u16, number: u16 },
    /// The village committee: a public address.
    Committee { village: u16 },
    /// A hall or a store in a park.
    Park { park: u8, number: u16, hall: bool },
    /// A desk with a cluster host.
    Hosted { tower: u16, floor: u8, room: u8, desk: u16 },
}

/// The roads, towers, villages and parks of one city.
#[derive(Clone, Debug)]
pub(crate) struct Atlas {
    roads: Vec<String>,
    towers: Vec<(String, String)>,
    villages: Vec<String>,
    pub(crate) region: &'static Region,
}

/// How an address is written.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent traits, each its own")]
pub(crate) struct Spelling {
    /// Words in front: 0 province, city and town; 1 city and town; 2 province, city; 3 city; 4 town.
    pub(crate) head: u8,
    /// Chinese numerals for floors.
    pub(crate) chinese: bool,
    /// Full-width digits.
    pub(crate) wide: bool,
    /// `栋`/`楼`/`房` for `座`/`层`/`室`.
    pub(crate) colloquial: bool,
    /// A remark in brackets behind.
    pub(crate) remark: bool,
    /// The unit is left out: the house alone.
    pub(crate) rough: bool,
    /// Bare numbers, `A-1203`, for `A座12层1203室`.
    pub(crate) short: bool,
}

impl Spelling {
    /// As registries mostly write.
    pub(crate) fn usual(chance: &mut Chance) -> Self {
        let head = if chance.chance(0.75) { 0 } else { chance.below(3) as u8 };
        Self { head, ..Self::default() }
    }

    /// As people write who do not care, or who care not to be found.
    pub(crate) fn careless(chance: &mut Chance, noise: f64) -> Self {
        Self {
            head: chance.below(5) as u8,
            chinese: chance.chance(0.4 * noise),
            wide: chance.chance(0.2 * noise),
            colloquial: chance.chance(0.5 * noise),
            remark: chance.chance(0.15 * noise),
            rough: false,
            short: chance.chance(0.25 * noise),
        }
    }
}

impl Atlas {
    /// A city for some number of firms: about 160 firms a tower, 60 a road.
    pub(crate) fn new(chance: &mut Chance, firms: usize, region: &'static Region) -> Self {
        let (road, village, tower) = (characters(ROAD), characters(VILLAGE), characters(TOWER));
        let two = |chance: &mut Chance, list: &[char]| {
            let first = *chance.pick(list);
            let mut second = *chance.pick(list);
            while second == first {
                second = *chance.pick(list);
            }
            format!("{first}{second}")
        };
        let distinct = |chance: &mut Chance, count: usize, list: &[char], tail: &[&str]| {
            let mut names: Vec<String> = Vec::new();
            while names.len() < count {
                let name = format!("{}{}", two(chance, list), chance.pick(tail));
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        let roads = distinct(chance, (firms / 60).clamp(40, 1_500), &road, &ROAD_KINDS);
        let villages =
            distinct(chance, (firms / 120).clamp(30, 500), &village, &["村", "村", "村", "社区"]);
        let tower_names = distinct(
            chance,
            (firms / 400).clamp(8, 160),
            &tower,
            &["大厦", "广场", "中心", "国际", "商务楼"],
        );
        let towers = tower_names
            .into_iter()
            .map(|name| {
                let road = chance.pick(&roads).clone();
                (format!("{road}{}号", chance.range(1, 260)), name)
            })
            .collect();
        Self { roads, towers, villages, region }
    }

    pub(crate) fn towers(&self) -> usize {
        self.towers.len()
    }

    /// Any place fit for a seat. Offices crowd into towers; the first towers hold most.
    pub(crate) fn place(&self, chance: &mut Chance, seat: Seat) -> Place {
        match seat {
            Seat::Office if chance.chance(0.7) => {
                let tower = chance.skewed(self.towers.len(), 2.0) as u16;
                Self::room(chance, tower)
            }
            Seat::Works if chance.chance(0.7) => Place {
                town: 0,
                spot: Spot::Park {
                    park: chance.below(self.region.parks.len()) as u8,
                    number: chance.range(1, 180) as u16,
                    hall: chance.chance(0.5),
                },
            },
            Seat::Village => {
                let village = chance.below(self.villages.len()) as u16;
                let town = 1 + (village % 10) as u8;
                let number = chance.range(1, 320) as u16;
                let committee = chance.chance(0.25);
                let spot = if committee {
                    Spot::Committee { village }
                } else {
                    Spot::Village { village, number }
                };
                Place { town, spot }
            }
            Seat::Shop | Seat::Office | Seat::Works => self.street(chance),
        }
    }

    /// A shop on a road; a road belongs to one town.
    pub(crate) fn street(&self, chance: &mut Chance) -> Place {
        let road = chance.skewed(self.roads.len(), 1.3) as u16;
        let town = self.town_of_road(road);
        let number = chance.range(1, 399) as u16;
        let shop = if chance.chance(0.4) { chance.range(1, 12) as u8 } else { 0 };
        Place { town, spot: Spot::Street { road, number, shop } }
    }

    /// A shop in any town but the given one.
    pub(crate) fn elsewhere(&self, chance: &mut Chance, town: u8) -> Place {
        loop {
            let place = self.street(chance);
            if place.town != town {
                return place;
            }
        }
    }

    /// A place in the next county.
    pub(crate) fn next_door(&self, chance: &mut Chance) -> Place {
        Place { town: NEIGHBOUR, ..self.street(chance) }
    }

    /// A free room in a tower.
    pub(crate) fn room(chance: &mut Chance, tower: u16) -> Place {
        Place {
            town: 0,
            spot: Spot::Tower {
                tower,
                block: chance.below(3) as u8,
                floor: chance.range(2, 28) as u8,
                room: chance.range(1, 16) as u8,
            },
        }
    }

    fn town_of_road(&self, road: u16) -> u8 {
        let mut left = (super::prng::mix(u64::from(road) ^ 0x60AD) % 100) as u32;
        for (i, town) in self.region.towns.iter().enumerate() {
            if left < town.weight {
                return i as u8;
            }
            left -= town.weight;
        }
        0
    }

    /// The place as text.
    pub(crate) fn text(&self, place: Place, style: Spelling) -> String {
        let outside = place.town == NEIGHBOUR;
        let city = if outside { self.region.outside } else { self.region.city };
        let town = self.region.towns[usize::from(place.town)].name;
        // Without the town only where the road tells it: nobody drops the town of a village.
        let rural = matches!(place.spot, Spot::Village { .. } | Spot::Committee { .. });
        let head = if rural || outside { style.head.min(1) } else { style.head };
        let mut text = match head {
            0 => format!("海南省{city}{town}"),
            1 => format!("{city}{town}"),
            2 => format!("海南省{city}"),
            3 => city.to_owned(),
            _ => town.to_owned(),
        };
        text += &self.spot(place.spot, style);
        if style.wide {
            text = text.chars().map(widen).collect();
        }
        if style.remark {
            text += "（自主申报）";
        }
        text
    }

    fn spot(&self, spot: Spot, style: Spelling) -> String {
        let colloquial = style.colloquial;
        match spot {
            Spot::Street { road, number, shop } => {
                let unit = match (shop, style.chinese, colloquial) {
                    (0, _, _) => String::new(),
                    _ if style.rough => String::new(),
                    (n, _, _) if style.short => format!("-{n}"),
                    (1, true, _) => "一楼铺面".into(),
                    (1, false, _) => "1楼铺面".into(),
                    (n, _, true) => format!("{n}号商铺"),
                    (n, _, false) => format!("{n}号铺面"),
                };
                format!("{}{number}号{unit}", self.roads[usize::from(road)])
            }
            Spot::Tower { tower, block, floor, room } => {
                let (street, name) = &self.towers[usize::from(tower)];
                let block = char::from(b'A' + block);
                if style.rough {
                    return format!("{street}{name}");
                }
                if style.short {
                    return format!("{street}{name}{block}-{floor}{room:02}");
                }
                let (seat, storey, door) =
                    if colloquial { ("栋", "楼", "房") } else { ("座", "层", "室") };
                let level =
                    if style.chinese { numeral(u32::from(floor)) } else { floor.to_string() };
                format!("{street}{name}{block}{seat}{level}{storey}{floor}{room:02}{door}")
            }
            Spot::Village { village, number } => {
                format!("{}{number}号", self.villages[usize::from(village)])
            }
            Spot::Committee { village } => {
                let name = &self.villages[usize::from(village)];
                if colloquial { format!("{name}委会") } else { format!("{name}村民委员会") }
            }
            Spot::Park { park, number, hall } => {
                let unit = match (hall, colloquial) {
                    (true, false) => "号厂房",
                    (true, true) => "号车间",
                    (false, _) => "号库",
                };
                format!("{}{number}{unit}", self.region.parks[usize::from(park)])
            }
            Spot::Hosted { tower, floor, room, desk } => {
                let (street, name) = &self.towers[usize::from(tower)];
                let mark = if colloquial { "（托管企业）" } else { "（集群注册）" };
                format!("{street}{name}{floor}层{floor}{room:02}室-A{desk:04}{mark}")
            }
        }
    }
}

fn widen(c: char) -> char {
    match c {
        '0'..='9' | 'A'..='Z' | '-' => char::from_u32(c as u32 + 0xFEE0).expect("full width"),
        _ => c,
    }
}

/// Chinese numerals of 1–99.
pub(crate) fn numeral(n: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (n / 10 % 10, n % 10);
    let head = match tens {
        0 => String::new(),
        1 => "十".into(),
        t => format!("{}十", DIGITS[t as usize]),
    };
    head + DIGITS[ones as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_places() {
        let atlas =
            Atlas::new(&mut Chance::new(1, 1), 1000, Region::of(super::super::Flavour::Port));
        let place = Place { town: 0, spot: Spot::Tower { tower: 0, block: 1, floor: 12, room: 3 } };
        let plain = atlas.text(place, Spelling::default());
        assert!(plain.starts_with("海南省东方市八所镇"), "{plain}");
        assert!(plain.ends_with("B座12层1203室"), "{plain}");
        let style = Spelling { chinese: true, colloquial: true, head: 3, ..Spelling::default() };
        assert!(atlas.text(place, style).ends_with("B栋十二楼1203房"));
    }

    #[test]
    fn counts_in_chinese() {
        let shown: Vec<_> = [1, 10, 12, 20, 34].into_iter().map(numeral).collect();
        assert_eq!(shown, ["一", "十", "十二", "二十", "三十四"]);
    }
}
