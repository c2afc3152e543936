//! What are things called? The vocabulary of an invented port city.
//!
//! Names are composed from single characters, so that near-equal names arise by chance as they do
//! in life. Division codes are the real ones (GB/T 2260). Must not know: who bears which name.

/// A town: name, nine-digit code, weight of its economy.
pub(crate) struct Town {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) weight: u32,
}

const fn town(name: &'static str, code: &'static str, weight: u32) -> Town {
    Town { name, code, weight }
}

/// The eleven towns of Dongfang, then one of Changjiang for what happens next door.
pub(crate) const TOWNS: [Town; 12] = [
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
];
/// The index in [`TOWNS`] of the town outside the city.
pub(crate) const NEIGHBOUR: u8 = 11;

/// Characters of brand words, the fashionable first.
pub(crate) const BRAND: &str = "鑫海盛源宏达华兴隆泰丰安和顺金瑞祥嘉诚恒通汇\
远德润康永万佳百利千禧明星辰蓝绿洲银河创新智慧联众优品卓越先锋启晨朝阳昌荣升庆福满裕民惠乐成美好正大广\
发同心亿九州三江四五洋六合七彩东南西北中天地云山林木森水月风雨雪花鸟鱼龙凤鹤鹭鹏鲸鲲燕雁鸿骏麒麟虎象\
椰棕榕榄桂兰菊荷莲梅竹松柏杉枫桐槐柳杨桃杏李梨橙柚芒果蔗稻禾麦黍豆谷米茶香芳芬馨雅逸轩阁亭台楼榭舫汀\
渚洲湾港浦津渡岬礁屿岛潮浪涛波澜沧浩瀚渊泉溪涧瀑湖潭池塘沙滩岩石磊矿玉珠琼瑶璟琪珂珞璞瑾瑜钰铭锦钧铄\
铠锐锋钢铁铜锡银铂力强健壮勇毅坚韧忠信义仁礼孝廉善真朴淳厚谦恭敬勤俭学思博文章翰墨书香琴棋韵律歌舞鼓";

/// Groups of characters that sound or look alike.
pub(crate) const ALIKE: &[&str] = &[
    "鑫欣新馨心昕信",
    "海骸每",
    "盛晟胜圣升生",
    "源元园缘圆远原",
    "宏鸿弘洪虹泓",
    "达大答",
    "华骅桦铧哗",
    "兴星幸杏",
    "隆龙珑泷",
    "泰太态",
    "丰峰锋风枫沣",
    "安桉氨",
    "和禾荷合河",
    "顺舜瞬",
    "金锦今津瑾",
    "瑞睿锐芮",
    "祥翔详样洋",
    "嘉佳家加伽",
    "诚成城承程呈",
    "恒衡横亨",
    "通同桐童",
    "汇惠慧辉徽",
    "德得",
    "润闰涧",
    "康糠",
    "永咏泳勇",
    "万宛",
    "百佰柏",
    "利力立莉丽",
    "明名铭鸣茗",
    "辰晨宸臣",
    "蓝兰岚澜",
    "银垠",
    "创窗",
    "智志致至",
    "联莲连",
    "优尤悠",
    "卓桌",
    "启起琪奇麒",
    "朝潮",
    "阳洋扬杨",
    "昌畅常",
    "荣融容溶",
    "庆青清",
    "福富服",
    "裕玉钰渝瑜",
    "民珉敏",
    "乐了",
    "美镁",
    "正政",
    "广光",
    "江疆姜",
    "东冬栋",
    "云芸运",
    "山杉珊",
    "林琳霖临麟",
    "水永",
    "月越悦",
    "鹭露路鹿",
    "汀廷庭亭",
    "鲸晶京",
    "椰耶",
    "榕容",
    "湾弯",
    "港岗",
    "浦蒲",
    "涛韬",
    "波博勃",
    "浩昊皓",
    "沙砂",
    "石实",
    "珠株",
    "琼穹",
];

/// Surnames, the frequent first.
pub(crate) const SURNAMES: &str = "王李陈符吴林张黄周刘钟卢苏文赵杨徐孙马朱胡郭何高罗郑梁谢宋唐许韩冯邓曹\
彭曾肖田董袁潘于蒋蔡余杜叶程魏吕丁任沈姚姜崔谭陆汪范金廖贾夏韦付方白邹孟熊秦邱江尹薛段雷侯龙史陶黎贺顾\
毛郝龚邵万钱严覃武戴莫孔向汤麦邢云冼羊蒲容欧";

/// Characters of given names, the frequent first.
pub(crate) const GIVEN: &str = "伟强丽芳敏静娜磊军勇艳杰娟涛明超秀霞平刚桂英华玉萍红鹏飞斌宇浩凯燕玲建国志文\
海波春雪梅兰辉林云峰晓婷慧琳欣怡佳俊豪子轩梓涵雨晨思远博睿诗然一诺天佑泽洋嘉瑞永健世荣德福庆祥立新学良\
光宗耀祖少安正东南北中成家和万兴长久仁义礼智忠孝廉善美真诚亮洁莹琪珊珍珠翠兰竹青";

/// Characters of road names.
pub(crate) const ROAD: &str = "鲸港滨海解放人民福龙琼西永安友谊建设双拥疏港东港永康振兴二环三月十字感恩长安\
银滩鱼鳞渔港盐田椰林木棉黄花梨岭";

/// Kinds of road.
pub(crate) const ROAD_KINDS: [&str; 5] = ["路", "大道", "街", "巷", "横路"];

/// Words for the heads of villages.
pub(crate) const VILLAGE: &str =
    "罗旺抱板老官居侨报白下红草月村陀头佛好北黎新街墩头上彩不磨乐妹沟那悦";

/// Characters of tower and estate names.
pub(crate) const TOWER: &str = "鹭洲海天金鼎世纪滨江财富中央创业国贸汇丰环球东方椰风";

/// A string of a vocabulary, as single characters.
pub(crate) fn characters(text: &'static str) -> Vec<char> {
    let mut seen = Vec::new();
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if !seen.contains(&c) {
            seen.push(c);
        }
    }
    seen
}
