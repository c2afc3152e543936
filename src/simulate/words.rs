//! What are things called? The vocabulary of an invented port city.
//!
//! Names are composed from single characters, so that near-equal names arise by chance as they do
//! in life. Must not know: who bears which name.

/// The index of the town outside the city.
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

/// Rare surnames, some of two characters.
pub(crate) const RARE_SURNAMES: &str = "欧阳 司徒 上官 诸葛 司马 慕容 夏侯 令狐 符 羊 麦 云 冼 蒲 容 冯 蓝 盘 雷 \
洪 梅 柯 凌 翁 庄 辜 阮 甘 盛 童 骆 樊 温 霍 管 卓 牟 缪 屈 阳 詹 简 池 游 裴 庞 尤 卞 匡 甄 苟 占 揭 区 劳 植 练 湛 \
幸 岑 吉 官 商 韶 敖 蔺 邬 门 佟 乔 宁 覃 韩 檀 桂 弓 粟 苗 隋 晏 初 茅 郎 窦 房 师 狄 米 成 戚 端木 皇甫 东方 独孤";

/// Words that brands add or drop.
pub(crate) const BRAND_TAILS: [&str; 12] =
    ["记", "家", "氏", "坊", "号", "行", "优选", "汇", "一品", "里", "社", "堂"];

/// Words in front of brands.
pub(crate) const BRAND_HEADS: [&str; 10] =
    ["老", "大", "小", "新", "阿", "好", "金", "南", "天", "中"];

/// Numbers as brands.
pub(crate) const BRAND_NUMBERS: [&str; 12] = [
    "八八",
    "九九",
    "一号",
    "三六五",
    "二十四",
    "六六顺",
    "五指",
    "七星",
    "一九八",
    "百分百",
    "八号",
    "三宝",
];

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
