//! What do firms do? The trades of a port city with their habits.
//!
//! Codes are of GB/T 4754-2017. Must not know: any single firm.

use super::Flavour;

/// Where a trade sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Shop on a street.
    Shop,
    /// Office, mostly in a tower.
    Office,
    /// Works in a park or at the port.
    Works,
    /// Village.
    Village,
}

/// A trade.
pub(crate) struct Trade {
    /// Industry code.
    pub(crate) code: &'static str,
    /// Words in the name, separated by blanks.
    pub(crate) words: &'static str,
    /// Business scope.
    pub(crate) scope: &'static str,
    pub(crate) seat: Seat,
    /// Share among firms, in parts.
    pub(crate) weight: u32,
    /// Median staff.
    pub(crate) staff: f64,
    /// Licence it needs.
    pub(crate) licence: Option<&'static str>,
    /// Months (1–12) of the season, when it is seasonal.
    pub(crate) season: Option<(u8, u8)>,
}

impl Trade {
    /// Share among firms of a kind of city, in parts of ten.
    pub(crate) fn weight_in(&self, flavour: Flavour) -> u32 {
        let tenths = match (flavour, self.seat) {
            (Flavour::Port, _) => 10,
            (Flavour::Town, Seat::Shop) => 16,
            (Flavour::Town, Seat::Village) => 13,
            (Flavour::Town, Seat::Office) => 7,
            (Flavour::Town, Seat::Works) => 5,
            (Flavour::Zone, _) if self.code == "F5181" || self.code.starts_with("G5") => 28,
            (Flavour::Zone, Seat::Office) => 17,
            (Flavour::Zone, Seat::Works) => 10,
            (Flavour::Zone, Seat::Shop) => 5,
            (Flavour::Zone, Seat::Village) => 2,
        };
        self.weight * tenths
    }
}

const fn trade(
    code: &'static str,
    words: &'static str,
    scope: &'static str,
    seat: Seat,
    (weight, staff): (u32, f64),
    licence: Option<&'static str>,
) -> Trade {
    Trade { code, words, scope, seat, weight, staff, licence, season: None }
}

const fn seasonal(mut base: Trade, from: u8, to: u8) -> Trade {
    base.season = Some((from, to));
    base
}

const FOOD: Option<&str> = Some("食品经营许可证");
use Seat::{Office, Shop, Village, Works};

/// All trades.
pub(crate) const TRADES: &[Trade] = &[
    trade(
        "H6210",
        "餐饮 餐饮管理 海鲜餐饮 餐饮服务",
        "餐饮服务；酒类经营；外卖递送服务",
        Shop,
        (70, 9.0),
        FOOD,
    ),
    trade("H6291", "小吃 饮食 食府", "餐饮服务；食品销售", Shop, (30, 5.0), FOOD),
    trade(
        "H6110",
        "酒店 酒店管理 度假酒店",
        "住宿服务；餐饮服务；会议服务",
        Shop,
        (14, 22.0),
        Some("特种行业许可证"),
    ),
    trade("F5212", "超市 商贸 百货", "食品销售；日用百货销售；烟草制品零售", Shop, (40, 7.0), FOOD),
    trade("F5224", "果业 水果 农产品", "新鲜水果零售；食用农产品批发", Shop, (22, 4.0), None),
    trade(
        "F5123",
        "水产 海产品 食品",
        "水产品批发；食用农产品批发；冷冻食品销售",
        Works,
        (28, 6.0),
        FOOD,
    ),
    trade(
        "F5163",
        "石化 化工产品 能源",
        "化工产品销售；成品油批发",
        Office,
        (14, 7.0),
        Some("危险化学品经营许可证"),
    ),
    trade("F5165", "建材 建筑材料", "建筑材料销售；五金产品批发", Shop, (34, 5.0), None),
    trade(
        "F5181",
        "贸易 商贸 进出口",
        "货物进出口；国内贸易代理；销售代理",
        Office,
        (60, 4.0),
        None,
    ),
    trade("F5192", "再生资源 物资回收", "再生资源回收；生产性废旧金属回收", Works, (8, 6.0), None),
    trade(
        "F5252",
        "药房 大药房",
        "药品零售；医疗器械销售",
        Shop,
        (12, 4.0),
        Some("药品经营许可证"),
    ),
    trade("F5292", "电子商务 网络销售", "互联网销售；食用农产品零售", Office, (26, 5.0), None),
    trade(
        "G5431",
        "物流 货运 运输",
        "道路货物运输；装卸搬运；国内货物运输代理",
        Works,
        (32, 11.0),
        Some("道路运输经营许可证"),
    ),
    trade(
        "G5521",
        "船务 海运 航运",
        "国内水路运输；船舶代理",
        Office,
        (10, 14.0),
        Some("水路运输经营许可证"),
    ),
    trade(
        "G5532",
        "港务 码头 港口服务",
        "港口经营；装卸搬运",
        Works,
        (5, 35.0),
        Some("港口经营许可证"),
    ),
    trade(
        "G5930",
        "冷链 冷库 供应链",
        "低温仓储；冷冻食品批发；货物进出口",
        Works,
        (9, 12.0),
        None,
    ),
    trade("G5990", "仓储 供应链管理", "普通货物仓储；供应链管理服务", Works, (10, 9.0), None),
    trade("G5829", "国际货代 报关", "国际货物运输代理；报关业务", Office, (9, 6.0), None),
    seasonal(
        trade(
            "A0141",
            "瓜菜 农业 农业开发",
            "蔬菜种植；食用农产品初加工",
            Village,
            (36, 16.0),
            None,
        ),
        10,
        4,
    ),
    seasonal(
        trade(
            "A0159",
            "果蔬 热带农业",
            "水果种植；农业生产资料购买使用",
            Village,
            (26, 14.0),
            None,
        ),
        11,
        5,
    ),
    trade(
        "A0411",
        "水产养殖 海水养殖",
        "水产养殖；水产苗种生产",
        Village,
        (16, 9.0),
        Some("水域滩涂养殖证"),
    ),
    seasonal(
        trade(
            "A0421",
            "渔业 捕捞 远洋渔业",
            "渔业捕捞；水产品收购",
            Works,
            (12, 18.0),
            Some("渔业捕捞许可证"),
        ),
        8,
        4,
    ),
    trade("A0512", "农机 农业服务", "农业机械服务；农作物病虫害防治服务", Village, (10, 5.0), None),
    trade(
        "C1361",
        "水产加工 海洋食品",
        "水产品冷冻加工；食品生产",
        Works,
        (10, 32.0),
        Some("食品生产许可证"),
    ),
    trade(
        "C1371",
        "蔬果加工 食品加工",
        "食品生产；水果罐头制造",
        Works,
        (7, 24.0),
        Some("食品生产许可证"),
    ),
    trade(
        "C2614",
        "石化 化工 新材料",
        "有机化学原料制造；化工产品生产",
        Works,
        (5, 80.0),
        Some("安全生产许可证"),
    ),
    trade("C3021", "水泥制品 混凝土 建材", "水泥制品制造；建筑材料销售", Works, (7, 26.0), None),
    trade("C2110", "家具 木业 木制品", "家具制造；木材加工", Works, (8, 15.0), None),
    trade(
        "C3360",
        "金属制品 表面处理",
        "金属表面处理；金属制品制造",
        Works,
        (6, 18.0),
        Some("排污许可证"),
    ),
    trade("C4342", "船舶修造 船舶工程", "船舶修理；船舶设备安装", Works, (4, 28.0), None),
    trade(
        "D4415",
        "风电 新能源 风力发电",
        "风力发电；发电业务",
        Office,
        (4, 20.0),
        Some("电力业务许可证"),
    ),
    trade(
        "E4710",
        "建筑工程 建设 建筑",
        "房屋建筑施工；建筑劳务分包",
        Office,
        (30, 26.0),
        Some("建筑业企业资质证书"),
    ),
    trade(
        "E4852",
        "市政工程 园林工程",
        "市政设施施工；园林绿化工程施工",
        Office,
        (14, 16.0),
        Some("建筑业企业资质证书"),
    ),
    trade("E5011", "装饰 装饰工程 装修", "住宅室内装饰装修；建筑装饰", Shop, (26, 8.0), None),
    trade(
        "K7010",
        "房地产 置业 地产开发",
        "房地产开发经营",
        Office,
        (8, 18.0),
        Some("房地产开发资质证书"),
    ),
    trade("K7020", "物业 物业服务 物业管理", "物业管理；停车场服务", Office, (12, 24.0), None),
    trade("K7030", "房产中介 不动产经纪", "房地产经纪；住房租赁", Shop, (16, 6.0), None),
    trade("L7241", "财税 财务咨询 财税代理", "代理记账；商务代理代办服务", Office, (8, 7.0), None),
    trade(
        "L7212",
        "投资 控股 企业管理",
        "以自有资金从事投资活动；企业管理",
        Office,
        (16, 3.0),
        None,
    ),
    trade(
        "L7263",
        "劳务 劳务派遣 人力资源",
        "劳务派遣服务；建筑劳务分包",
        Office,
        (12, 40.0),
        Some("劳务派遣经营许可证"),
    ),
    trade(
        "L7259",
        "广告 文化传媒 传媒",
        "广告设计、代理；组织文化艺术交流活动",
        Office,
        (26, 5.0),
        None,
    ),
    trade(
        "L7291",
        "旅行社 旅游 国际旅行社",
        "旅行社服务；旅游开发项目策划咨询",
        Shop,
        (12, 8.0),
        Some("旅行社业务经营许可证"),
    ),
    trade("L7284", "会展 会议服务", "会议及展览服务；礼仪服务", Office, (8, 5.0), None),
    trade("I6513", "软件 科技 信息技术", "软件开发；信息技术咨询服务", Office, (30, 7.0), None),
    trade(
        "I6450",
        "网络科技 互联网",
        "互联网信息服务；信息系统集成服务",
        Office,
        (18, 6.0),
        Some("增值电信业务许可证"),
    ),
    trade("M7481", "工程咨询 工程设计", "工程管理服务；建设工程设计", Office, (9, 9.0), None),
    trade(
        "N7820",
        "环保 环境服务 环境工程",
        "城市生活垃圾经营性服务；环境保护监测",
        Works,
        (8, 18.0),
        None,
    ),
    trade(
        "O8111",
        "汽车服务 汽修 汽车维修",
        "机动车修理和维护；汽车零配件零售",
        Shop,
        (20, 6.0),
        None,
    ),
    trade(
        "O8040",
        "美容 美发 美业",
        "生活美容服务；理发服务",
        Shop,
        (22, 6.0),
        Some("公共场所卫生许可证"),
    ),
    trade("O8053", "健康管理 养生 康养", "养生保健服务；健康咨询服务", Shop, (12, 7.0), None),
    trade(
        "P8391",
        "教育咨询 培训 教育科技",
        "教育咨询服务；职业技能培训",
        Shop,
        (16, 9.0),
        Some("办学许可证"),
    ),
    trade("Q8425", "门诊部 诊所 医疗", "医疗服务", Shop, (6, 9.0), Some("医疗机构执业许可证")),
    trade("R8930", "健身 体育 健身服务", "健身休闲活动；体育用品零售", Shop, (12, 9.0), None),
    trade(
        "R9011",
        "娱乐 歌舞娱乐",
        "歌舞娱乐活动；酒类经营",
        Shop,
        (6, 14.0),
        Some("娱乐经营许可证"),
    ),
];

/// The trade of a code; the code must be in the table.
pub(crate) fn index_of(code: &str) -> u8 {
    TRADES.iter().position(|t| t.code == code).expect("a code of the table") as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_letters_and_digits() {
        let mut codes: Vec<_> = TRADES.iter().map(|t| t.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TRADES.len());
        assert!(codes.iter().all(|c| c.len() == 5 && c[1..].bytes().all(|b| b.is_ascii_digit())));
    }
}
