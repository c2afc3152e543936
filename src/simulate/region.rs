//! In which county does the city lie? Towns, codes, parks and the words of its names.
//!
//! Codes of counties are the real ones (GB/T 2260), those of the towns of the port too; codes of
//! the other counties' towns are made up within the county. Must not know: who sits where.

use super::Flavour;

/// A town: name, nine-digit code, weight of its economy.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) weight: u32,
}

const fn town(name: &'static str, code: &'static str, weight: u32) -> Town {
    Town { name, code, weight }
}

/// A county.
#[derive(Debug)]
pub(crate) struct Region {
    /// As in addresses.
    pub(crate) city: &'static str,
    /// The county next door, as in addresses.
    pub(crate) outside: &'static str,
    /// The county in company names: its own word, the province, itself in full, both.
    pub(crate) words: [&'static str; 4],
    /// The county next door in company names.
    pub(crate) outside_word: &'static str,
    /// Six digits.
    pub(crate) code: &'static str,
    pub(crate) authority: &'static str,
    pub(crate) court: &'static str,
    pub(crate) parks: [&'static str; 5],
    /// Eleven towns, the seat first, then one of the county next door.
    pub(crate) towns: [Town; 12],
}

impl Region {
    /// The county of a flavour.
    pub(crate) const fn of(flavour: Flavour) -> &'static Self {
        match flavour {
            Flavour::Port => &PORT,
            Flavour::Town => &TOWN,
            Flavour::Zone => &ZONE,
        }
    }
}

static PORT: Region = Region {
    city: "东方市",
    outside: "昌江黎族自治县",
    words: ["东方", "海南", "东方市", "海南东方"],
    outside_word: "昌江",
    code: "469007",
    authority: "东方市市场监督管理局",
    court: "海南省东方市人民法院",
    parks: ["临港产业园", "东方工业园区", "滨海产业园", "边贸城", "渔港物流园"],
    towns: [
        town("八所镇", "469007100", 56),
        town("东河镇", "469007101", 5),
        town("大田镇", "469007102", 6),
        town("感城镇", "469007103", 7),
        town("板桥镇", "469007104", 6),
        town("三家镇", "469007105", 4),
        town("四更镇", "469007106", 4),
        town("新龙镇", "469007107", 4),
        town("天安乡", "469007200", 2),
        town("江边乡", "469007201", 2),
        town("东方华侨农场", "469007500", 4),
        town("石碌镇", "469026100", 0),
    ],
};

static TOWN: Region = Region {
    city: "屯昌县",
    outside: "定安县",
    words: ["屯昌", "海南", "屯昌县", "海南屯昌"],
    outside_word: "定安",
    code: "469022",
    authority: "屯昌县市场监督管理局",
    court: "海南省屯昌县人民法院",
    parks: ["农副产品加工园", "屯城工业小区", "南药产业园", "黄岭物流园", "中部建材城"],
    towns: [
        town("屯城镇", "469022100", 52),
        town("新兴镇", "469022101", 9),
        town("枫木镇", "469022102", 7),
        town("乌坡镇", "469022103", 6),
        town("南吕镇", "469022104", 6),
        town("南坤镇", "469022105", 6),
        town("坡心镇", "469022106", 5),
        town("西昌镇", "469022107", 4),
        town("中建农场", "469022400", 2),
        town("中坤农场", "469022401", 2),
        town("黄岭农场", "469022402", 1),
        town("定城镇", "469021100", 0),
    ],
};

static ZONE: Region = Region {
    city: "儋州市",
    outside: "临高县",
    words: ["儋州", "海南", "洋浦", "海南洋浦"],
    outside_word: "临高",
    code: "460400",
    authority: "儋州市市场监督管理局",
    court: "海南省儋州市人民法院",
    parks: ["保税港区", "先进制造业园", "滨海商务区", "跨境电商园", "粮油加工园"],
    towns: [
        town("洋浦经济开发区", "460400400", 60),
        town("那大镇", "460400100", 18),
        town("白马井镇", "460400101", 5),
        town("木棠镇", "460400102", 4),
        town("峨蔓镇", "460400103", 3),
        town("排浦镇", "460400104", 2),
        town("海头镇", "460400105", 2),
        town("王五镇", "460400106", 2),
        town("新州镇", "460400107", 2),
        town("东成镇", "460400108", 1),
        town("雅星镇", "460400109", 1),
        town("临城镇", "469024100", 0),
    ],
};
