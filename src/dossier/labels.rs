//! What are the parts of a dossier called? Headings and labels in both languages.

use crate::dossier::finding::Finding;
use crate::dossier::party::Enterprise;
use crate::dossier::voice::Voice;
use crate::text::Text;

/// Chinese and English.
pub(super) type Label = (&'static str, &'static str);

macro_rules! labels {
    ($($name:ident = $zh:literal / $en:literal;)+) => {
        $(pub(super) const $name: Label = ($zh, $en);)+
    };
}

labels! {
    TITLE = "疑似“换马甲”研判卷宗" / "Dossier of a suspected succession";
    AS_OF = "数据截至" / "data up to";
    EVENTS = "已读事件" / "events read";
    MODEL = "模型" / "model";
    OLD = "疑似前身" / "Suspected predecessor";
    NEW = "疑似新主体" / "Suspected successor";
    CONFIDENCE = "置信度" / "confidence";
    FIRST_SEEN = "首次发现" / "first seen";
    LAST_CHANGED = "最近变化" / "last changed";
    CHAIN = "主体链" / "Chain";
    SUM = "结论如何得出，如何会改变" / "How it adds up, and what would change it";
    BITS = "权重以比特计：每增加 1 比特，承接的赔率加倍；负值表示反证。"
        / "Weights are in bits: each bit doubles the odds of a succession; negative ones speak against it.";
    PRIOR = "先验" / "prior";
    PRO = "支持证据" / "evidence for";
    CONTRA = "反证" / "evidence against";
    TOTAL = "合计" / "total";
    BY_SUM = "按合计" / "by the sum";
    DRAWING = "证据关系图" / "The evidence drawn";
    EVIDENCE = "支持证据（逐项检验）" / "Evidence for, test by test";
    MIXING = "◆ 为司法实践中的四项混同检验（财产、业务、人员、场所）。"
        / "◆ marks the four mixing tests of court practice: property, business, personnel, premises.";
    STATEMENT = "事实" / "Fact";
    WEIGHS = "意义" / "What it means";
    WEIGHT = "权重（比特）" / "Bits";
    IF_REFUTED = "若被推翻" / "If refuted";
    DECISIVE = "关键" / "decisive";
    NOTHING = "所读事件中没有证据；没有证据不等于不存在。"
        / "No evidence in the events at hand; that does not show that there is none.";
    AGAINST = "反证" / "Evidence against";
    NO_COUNTER = "模型未发现反证（依法申报的合并分立转型、司法处置、正常更换承租人、集团内企业、前身照常经营、集群托管、多次创业均已检查）。这不排除其他合理解释，应听取当事人说明。"
        / "The model found none. It looked for a declared merger, split or conversion, a sale by a court, a change of tenant, sisters in a group, an old firm that carries on, hosted addresses and serial founders. Other good explanations remain possible: hear the enterprises.";
    TIMELINE = "两家主体的时间轴" / "Both lives on one timeline";
    FILLED = "实心为被证据引用" / "filled: cited by the evidence";
    DATE = "生效日期" / "In effect";
    WHOSE = "主体" / "Whose";
    WHAT = "事项" / "What";
    KNOWN = "记录日期" / "Recorded";
    WITHDRAWN = "已撤回或更正" / "withdrawn or corrected";
    OF_OLD = "前身" / "old";
    OF_NEW = "新主体" / "new";
    OF_BOTH = "两者之间" / "between";
    SHARED = "共同持有的信息及其稀有程度" / "What both share, and how rare it is";
    NO_SHARED = "没有共同的登记信息；证据来自人员、资产或资金。"
        / "No registered value is shared; the evidence is of staff, assets or money.";
    KIND = "类别" / "Kind";
    VALUE = "内容" / "Value";
    RARITY = "稀有程度" / "How rare";
    AT_OLD = "在前身" / "at the old firm";
    AT_NEW = "在新主体" / "at the new firm";
    LAW = "法律依据与要件" / "The legal hook";
    SUPPORTED = "有证据指向，须认定" / "evidence speaks to it";
    UNSUPPORTED = "证据不足，须另行核实" / "not enough: to be verified";
    LAW_NOTE = "要件对照由程序按证据类别列出，不是法律适用意见；主观恶意、公共利益和损害后果须由人认定。"
        / "Set against the conditions by kind of evidence; this is no legal opinion. Intent, public interest and harm are for people to judge.";
    MEASURES = "建议措施" / "Measures proposed";
    NO_MEASURES = "结果中没有随预警提出的措施。" / "The results propose none.";
    TASKS = "已派发任务" / "Tasks dispatched";
    NO_TASKS = "没有任务。" / "None.";
    BESIDE = "其他相关发现" / "Other findings about the two";
    NO_BESIDE = "没有。" / "None.";
    SOURCES = "来源" / "Sources";
    EVENT = "事件（来源#编号）" / "Event (source#id)";
    EVENT_TIME = "记录时间" / "Recorded at";
    LINES = "引用于" / "Cited by";
}

/// What the colours of the timeline mean, with their classes.
pub(super) const MATTERS: [(&str, Label); 6] = [
    ("registration", ("登记", "registration")),
    ("trouble", ("不利事实", "trouble")),
    ("licence", ("许可", "licence")),
    ("property", ("资产资金", "property")),
    ("staff", ("人员", "staff")),
    ("relief", ("修复、异议等", "relief")),
];

/// A confidence as people read it; never a certainty.
pub(super) fn percent(confidence: f64) -> String {
    let percent = confidence * 100.0;
    if percent > 99.9 {
        ">99.9%".to_owned()
    } else if !(10.0..=99.0).contains(&percent) {
        format!("{percent:.1}%")
    } else {
        format!("{percent:.0}%")
    }
}

/// A level's class and name.
pub(super) fn level(level: Option<&str>) -> (&'static str, Label) {
    match level {
        Some("red") => ("red", ("红色", "red")),
        Some("orange") => ("orange", ("橙色", "orange")),
        Some("yellow") => ("yellow", ("黄色", "yellow")),
        Some("blue") => ("blue", ("蓝色，未达预警", "blue, not flagged")),
        _ => ("none", ("未达预警", "not flagged")),
    }
}

/// What is known of a firm, as label and value; what is unknown is left out.
pub(super) fn facts(firm: &Enterprise, voice: Voice) -> Vec<(Label, String)> {
    let mut facts: Vec<(Label, String)> = Vec::new();
    let mut add = |label: Label, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (label, value)));
    };
    add(("曾用名", "former names"), Some(firm.former_names.join("；")));
    add(("成立日期", "founded"), firm.established_on.clone());
    add(("登记终止", "ended"), firm.ended_on.clone());
    add(("住所", "address"), Some(firm.domicile.clone()));
    add(("行业", "industry"), Some(firm.industry.clone()));
    let index = firm.score.map(|score| {
        let grade = firm.grade.as_deref().unwrap_or("—");
        format!("{score} ({grade})")
    });
    add(("风险指数", "risk index"), index);
    let controllers: Vec<String> = firm.controllers.iter().map(|who| voice.plain(who)).collect();
    add(("控制人", "controlled by"), Some(controllers.join("；")));
    add(("不利事实", "adverse facts"), Some(firm.troubles.to_string()));
    facts
}

/// What would undo the finding, in a sentence.
pub(super) fn undone(finding: &Finding) -> Text {
    let numbers =
        |numbers: &[usize]| numbers.iter().map(|number| format!("#{number}")).collect::<Vec<_>>();
    let all = numbers(&finding.undone_by);
    match finding.undone_by.len() {
        0 => Text::new("该对未达预警标准。", "The pair is not flagged."),
        1 => {
            let keys: Vec<usize> = finding
                .pro
                .iter()
                .filter(|line| line.refuted.decisive)
                .map(|line| line.number)
                .collect();
            let keys = numbers(&keys);
            Text::new(
                format!("以下任何一项若被推翻，即不再达到预警标准：{}。", keys.join("、")),
                format!(
                    "Refuting any one of these lines would take the flag away: {}.",
                    keys.join(", ")
                ),
            )
        }
        many => Text::new(
            format!(
                "没有任何单项证据起决定作用；须至少 {many} 项（如 {}）同时被推翻，才不再达到预警标准。",
                all.join("、")
            ),
            format!(
                "No single line is decisive; at least {many} lines (such as {}) would have to be \
                 refuted together to take the flag away.",
                all.join(", ")
            ),
        ),
    }
}
