//! Many spellings, few places.

use super::*;
use proptest::prelude::*;

fn parse(raw: &str) -> Address {
    Address::parse(raw, Some("469007"))
}

fn check(raw: &str, wanted: &[(&str, &str)]) {
    let a = parse(raw);
    let floor = a.floor.map_or(String::new(), |f| f.to_string());
    let got = [
        ("town", a.division().and_then(|d| d.town).unwrap_or("")),
        ("village", &*a.village),
        ("road", &*a.road),
        ("number", &*a.number),
        ("estate", &*a.estate),
        ("building", &*a.building),
        ("block", &*a.block),
        ("floor", &*floor),
        ("room", &*a.room),
        ("rest", &*a.rest),
    ];
    for (part, value) in got {
        let want = wanted.iter().find(|(p, _)| *p == part).map_or("", |(_, v)| *v);
        assert_eq!(value, want, "{part} of {raw}: {a:?}");
    }
    assert_eq!(a.county(), Some("东方市"), "{raw}");
}

#[test]
fn ladders() {
    check(
        "海南省东方市八所镇鲸港大道9号鹭洲大厦A座12层1203室",
        &[
            ("town", "八所镇"),
            ("road", "鲸港大道"),
            ("number", "9"),
            ("building", "鹭洲大厦"),
            ("block", "A"),
            ("floor", "12"),
            ("room", "1203"),
        ],
    );
    check(
        "东方市八所镇鲸港大道66号1楼铺面",
        &[("town", "八所镇"), ("road", "鲸港大道"), ("number", "66"), ("floor", "1")],
    );
    check(
        "海南省东方市八所镇鲸港大道9号鹭洲大厦3层301室-A0087（集群注册）",
        &[
            ("town", "八所镇"),
            ("road", "鲸港大道"),
            ("number", "9"),
            ("building", "鹭洲大厦"),
            ("floor", "3"),
            ("room", "301-A0087"),
        ],
    );
    check(
        "海南省东方市八所镇临港产业园5号库",
        &[("town", "八所镇"), ("estate", "临港产业园"), ("room", "库5")],
    );
    check(
        "东方市四更镇下街村12号",
        &[("town", "四更镇"), ("village", "下街村"), ("road", ""), ("number", "12")],
    );
    check("海南省东方市大田镇罗旺村村民委员会", &[("town", "大田镇"), ("village", "罗旺村")]);
    check(
        "东方市三家镇一号路二巷3号之一",
        &[("town", "三家镇"), ("road", "一号路二巷"), ("number", "3-1")],
    );
    check(
        "东方市八所镇解放西路12号碧海花园3栋2单元501房",
        &[
            ("town", "八所镇"),
            ("road", "解放西路"),
            ("number", "12"),
            ("estate", "碧海花园"),
            ("block", "3/S2"),
            ("floor", "5"),
            ("room", "501"),
        ],
    );
    check(
        "海南东方市感城镇不磨村三队15号",
        &[("town", "感城镇"), ("village", "不磨村3队"), ("number", "15")],
    );
    check("海南省东方市东方大道与疏港大道交叉口", &[("road", "东方大道"), ("rest", "与疏港大道")]);
    check(
        "东方市八所镇二环北路农贸市场12号摊位",
        &[("town", "八所镇"), ("road", "二环北路"), ("estate", "农贸市场"), ("room", "摊12")],
    );
    check(
        "东方市八所镇二环北路农贸市场12号铺面",
        &[("town", "八所镇"), ("road", "二环北路"), ("estate", "农贸市场"), ("room", "12")],
    );
    let stalls = ["农贸市场B区2号摊位", "农贸市场B区2号档口", "农贸市场B区2号档"];
    for raw in stalls {
        let a = parse(&format!("东方市八所镇二环北路{raw}"));
        assert_eq!((&*a.block, &*a.room), ("B区", "摊2"), "{raw}: {a:?}");
    }
    for raw in [
        "海南省东方市八所镇东方工业园8号厂房",
        "海南省东方市东方工业园8号厂房",
        "东方工业园8号厂房",
        "海南省东方工业园8号厂房",
    ] {
        let a = parse(raw);
        assert_eq!((&*a.estate, &*a.room), ("东方工业园", "厂8"), "{raw}: {a:?}");
    }
    check(
        "东方市八所镇永安东路东海岸小区商铺A12",
        &[("town", "八所镇"), ("road", "永安东路"), ("estate", "东海岸小区"), ("room", "A12")],
    );
    check(
        "八所镇人民北路广场路5-2号",
        &[("town", "八所镇"), ("road", "人民北路广场路"), ("number", "5-2")],
    );
}

/// Spellings of one unit have one key and compare as one unit.
#[test]
fn spellings_of_one_unit() {
    let groups: [&[&str]; 6] = [
        &[
            "东方市八所镇鲸港大道66号1楼铺面",
            "海南省东方市八所镇鲸港大道66号一楼铺面",
            "海南省東方市八所鎮鯨港大道６６號１層鋪面",
            "八所镇鲸港大道66#一层铺面",
            "海南东方市八所镇鲸港大道六十六号1F",
            "东方市八所镇鲸港大道66号临街铺面",
            "东方市八所镇鲸港大道66号首层铺面",
            "东方市八所镇鲸港大道 66 号",
            "海南省东方市八所镇鲸港大道66号一楼铺面（自主申报）",
            "东方市八所镇鲸港大道66号铺面",
            "东方市八所镇鲸港大道66号1层商铺",
            "东方市八所镇鲸港大道66号门面",
        ],
        &[
            "海南省东方市八所镇鲸港大道9号鹭洲大厦A座12层1203室",
            "鲸港大道9号鹭洲大厦A座1203室",
            "东方市鹭洲大厦A座12楼1203",
            "东方市八所镇鲸港大道9号鹭洲大厦A1203室",
            "东方市八所镇鲸港大道9号鹭洲大厦Ａ座十二层03室",
            "东方市八所镇鹭洲大厦A栋1203房",
            "东方市八所镇鲸港大道九号鹭洲大厦A座12层1203号",
            "东方市八所镇鲸港大道9号鹭洲大厦A座12F1203",
            "东方市八所镇鲸港大道9号鹭洲大厦A座12F-1203",
            "东方市八所镇鲸港大道9号(鹭洲大厦)A座12层1203办公室",
        ],
        &[
            "海南省东方市八所镇临港产业园5号库",
            "八所镇临港产业园5号仓库",
            "东方市临港产业园五号库房",
            "东方市八所镇临港产业园5#库",
        ],
        &["海南省东方市八所镇盐仓巷7号", "东方市八所镇盐仓巷七号", "八所镇盐仓巷07号"],
        &[
            "东方市八所镇解放西路12号碧海花园3栋2单元501房",
            "东方市八所镇碧海花园三幢二单元501室",
            "东方市碧海花园3号楼2单元5层501",
        ],
        &[
            "东方市八所镇港西路18号之一",
            "东方市八所镇港西路18-1号",
            "东方市八所镇港西路18号-1",
            "东方市八所镇港西路18号附1号",
            "东方市八所镇港西路18号1号铺面",
            "海南省东方市八所镇港西路十八号一号商铺",
        ],
    ];
    for group in groups {
        let first = Address::parse(group[0], Some("469007100"));
        assert!(first.unit_key().is_some(), "{first:?}");
        for other in group {
            let second = Address::parse(other, Some("469007100"));
            assert_eq!(first.unit_key(), second.unit_key(), "{other}\n{first:?}\n{second:?}");
            assert_eq!(Address::compare(&first, &second), AddressMatch::SameUnit, "{other}");
        }
    }
}

#[test]
fn comparison() {
    let compare = |a: &str, b: &str, wanted: AddressMatch| {
        let (x, y) = (parse(a), parse(b));
        assert_eq!(Address::compare(&x, &y), wanted, "{a} / {b}\n{x:?}\n{y:?}");
        assert_eq!(Address::compare(&y, &x), wanted, "{b} / {a}");
    };
    let tower = "海南省东方市八所镇鲸港大道9号鹭洲大厦";
    let in_tower =
        |a: &str, b: &str, wanted| compare(&format!("{tower}{a}"), &format!("{tower}{b}"), wanted);
    in_tower("B座7层0712室", "B座7层0713室", AddressMatch::Neighbour);
    in_tower("A座12层1203室", "A座12层1230室", AddressMatch::Neighbour);
    in_tower("A座12层1203室", "A座12层1218室", AddressMatch::SameFloor);
    in_tower("A座12层1203室", "A座7层703室", AddressMatch::SameBuilding);
    in_tower("A座12层1203室", "B座12层1203室", AddressMatch::SameRoad);
    in_tower("A座12层1203室", "A座12层", AddressMatch::SameFloor);
    in_tower("A座1203室", "", AddressMatch::SameBuilding);
    compare(
        &format!("{tower}A座1203室"),
        "东方市八所镇鲸港大道9号鹭州大厦A座1203室",
        AddressMatch::SameUnit,
    );
    compare(
        &format!("{tower}A座1203室"),
        "东方市八所镇鲸岗大道9号A座1203室",
        AddressMatch::SameUnit,
    );
    let road = "海南省东方市八所镇";
    compare(&format!("{road}盐仓巷2号"), &format!("{road}盐仓巷7号"), AddressMatch::SameRoad);
    compare(&format!("{road}盐仓巷2号"), &format!("{road}盐仓巷4号"), AddressMatch::Neighbour);
    compare(&format!("{road}港西路18号"), &format!("{road}港东路18号"), AddressMatch::SameTown);
    compare(&format!("{road}港西路18号"), &format!("{road}盐仓巷18号"), AddressMatch::SameTown);
    compare("东方市感城镇渡口街3号", "东方市板桥镇渡口街3号", AddressMatch::Different);
    compare(
        &format!("{road}临港产业园11号厂房"),
        &format!("{road}临港产业园5号库"),
        AddressMatch::SameRoad,
    );
    compare("海口市美兰区海府路1号", "东方市八所镇海府路1号", AddressMatch::Different);
}

#[test]
fn flags_and_fineness() {
    let host = parse("海南省东方市八所镇鲸港大道9号鹭洲大厦3层301室-A0087（集群注册）");
    assert!(host.cluster && !host.public);
    let village = parse("海南省东方市大田镇罗旺村村民委员会");
    assert!(village.public && village.unit_key().is_none() && village.road_key().is_some());
    for raw in
        ["海南省东方市", "", "八所镇鲸港大道", "鲸港大道9号鹭洲大厦", "鲸港大道与港西路交叉口"]
    {
        assert_eq!(parse(raw).unit_key(), None, "{raw}");
    }
    assert!(!parse("八所镇市场路3号").public && parse("八所镇第一农贸市场").public);
    assert!(!parse("大田镇罗旺村委会罗旺村12号").public);
    assert!(parse("鲸港大道9号鹭洲大厦301室（托管）").cluster);
    assert!(parse("港西路18号对面").near && parse("港西路北侧").near);
    assert!(!parse("港西路与鲸港大道交叉口18号").near && !parse("港西路18号一楼东侧").near);
    assert_eq!(parse("鹭洲大厦1201、1202室").rooms, [Box::from("1202")]);
    assert_eq!(parse("鹭洲大厦1201-1203室").rooms, [Box::from("1203")]);
    assert_eq!(&*parse("鹭洲大厦301室12号工位").room, "301-工12");
    assert_eq!(parse("大田镇罗旺村委会罗旺村12号"), parse("大田镇罗旺村12号"));
    assert!(parse("鲸港大道9号鹭洲大厦12层").floor_key().is_some());
    assert_eq!(Address::parse("广东省深圳市南山区科技园路1号", None).county(), Some("南山区"));
    assert_eq!(Address::parse("深圳南山区粤海街道科苑路15号", None).county_code(), 440_305);
    assert_eq!(Address::parse("昌江县石碌镇人民北路3号", None).county(), Some("昌江黎族自治县"));
    assert_eq!(
        Address::parse("广东省东莞市石碣镇政文路1号", None).division().and_then(|d| d.town),
        Some("石碣镇")
    );
    assert_eq!(Address::parse("东方市场路3号", Some("469007100")).road.as_ref(), "东方市场路");
}

proptest! {
    #[test]
    fn any_text_is_an_address(
        raw in ".{0,40}",
        shaped in "(海南省|)(东方市|)(八所镇|某某乡|)[一-龥]{0,3}(路|大道|村|)[0-9一二十]{0,3}(号|#|)[一-龥A-C]{0,3}(大厦|小区|)[A-C1-3]?(座|栋|)[1-9一二]?(层|楼|)[0-9]{0,4}(室|铺面|号库|-A01|)",
        division in "(|469007|469007100|46|x)",
    ) {
        for text in [raw, shaped] {
            let a = Address::parse(&text, Some(&division));
            prop_assert_eq!(&a, &Address::parse(&text, Some(&division)));
            prop_assert_eq!(&a, &Address::parse(&crate::entity::script::fold(&text), Some(&division)));
            let itself = Address::compare(&a, &a);
            if a.unit_key().is_some() {
                prop_assert_eq!(itself, AddressMatch::SameUnit, "{:?}", a);
                prop_assert!(a.building_key().is_some());
            }
        }
    }

    #[test]
    fn comparison_is_symmetric(
        a in "(八所镇|)(鲸港|港西)(路|大道)[1-9]号(鹭洲大厦|)[AB]座[1-2]层[0-9]{3,4}室",
        b in "(八所镇|)(鲸港|港西|鲸岗)(路|大道)[1-9]号(鹭洲大厦|)[AB]座[1-2]层[0-9]{3,4}室",
    ) {
        let (x, y) = (parse(&a), parse(&b));
        prop_assert_eq!(Address::compare(&x, &y), Address::compare(&y, &x));
    }
}

#[test]
fn basements_backyards_and_stores() {
    let same = |a: &str, b: &str| {
        let (a, b) = (parse(a), parse(b));
        assert_eq!(Address::compare(&a, &b), AddressMatch::SameUnit, "{a:?} {b:?}");
        assert_eq!(a.unit_key(), b.unit_key());
        assert!(a.unit_key().is_some(), "{a:?}");
    };
    same("东方市八所镇望归路58号负一层", "海南省东方市八所镇望归路58号负1层");
    same("东方市八所镇石臼街144号后院", "海南省东方市八所镇石臼街144号后院");
    same("东方市八所镇望归路30号仓库B", "海南省东方市八所镇望归路30号B仓库");
    same("东方市八所镇望归路5号库", "海南省东方市八所镇望归路5号仓库");
    let (a, b) = (parse("八所镇石臼街144号后院"), parse("八所镇望归路9号后院"));
    assert!(Address::compare(&a, &b) < AddressMatch::SameRoad);
    assert_ne!(a.building_key(), b.building_key());
}
