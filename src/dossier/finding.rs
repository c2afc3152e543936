//! What does the finding rest on, and what would change it? Lines, sums, gate and what-ifs.
//!
//! Weights are bits of log-odds: +1 doubles the odds. Invariant: the weights shown are those of the
//! result, and with the prior they add up to the confidence, or the dossier says what holds it
//! back. Must not know: how a line was found.

use crate::dossier::texts::Texts;
use crate::succession::{Case, Config, Lack, Part, Sale};
use crate::text::{Family, Text};
use serde::Serialize;
use serde_json::Value;

/// Weights of a result have two digits, and so have sums of a family to be told apart from a gate.
const WEIGHT_ROUNDING: f64 = 0.005;
/// Confidences of a result have four digits.
const CONFIDENCE_ROUNDING: f64 = 0.000_1;

/// One line of evidence.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Number within the dossier, from 1; those for the finding first.
    pub number: usize,
    /// The evidence family, in the contract's word; `other` of what another pair lends, and of
    /// lines against.
    pub family: String,
    /// What it says.
    pub statement: Text,
    /// Bits of log-odds; negative speaks against the finding.
    pub weight: f64,
    /// The weight in plain words.
    pub meaning: Text,
    /// The shared values it rests on, with how rare each is.
    pub rarity: Vec<Text>,
    /// The events it rests on, as `source#id`.
    pub events: Vec<String>,
    /// What if it were refuted.
    pub refuted: Refuted,
    /// What it is to the gate beside its family.
    #[serde(skip)]
    pub(super) part: Option<Part>,
}

/// The finding without some line.
#[derive(Clone, Debug, Serialize)]
pub struct Refuted {
    /// The confidence that would remain.
    pub confidence: f64,
    /// The level that would remain, `null` for none.
    pub level: Option<&'static str>,
    /// Whether the pair would cease to be flagged (or, of a line against, begin to be).
    pub decisive: bool,
    /// What the gate would lack.
    pub gate: Option<Text>,
}

/// How the weights add up.
#[derive(Clone, Debug, Serialize)]
pub struct Sum {
    /// Log-odds of a candidate pair before any evidence.
    pub prior: f64,
    /// Sum of the evidence for.
    pub pro: f64,
    /// Sum of the evidence against (not positive).
    pub contra: f64,
    /// All together.
    pub total: f64,
    /// The confidence that the sum alone gives.
    pub confidence: f64,
    /// Why the result says another confidence, if it does.
    pub held: Option<Text>,
    /// What the gate lacks, if it is open.
    pub gate: Option<Text>,
}

/// The finding: lines, sums, and the fewest lines that would undo it.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// 0–1, as the result says.
    pub confidence: f64,
    /// Level, `null` for none.
    pub level: Option<String>,
    /// Evidence for, strongest first.
    pub pro: Vec<Line>,
    /// Evidence against, strongest first.
    pub contra: Vec<Line>,
    /// How it adds up.
    pub sum: Sum,
    /// Numbers of the fewest lines, strongest first, without which the pair is not flagged. Empty
    /// when it is not flagged.
    pub undone_by: Vec<usize>,
}

/// Bits to a probability.
pub(super) fn squash(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// A probability to bits, as far as four digits tell.
fn logit(confidence: f64) -> f64 {
    let p = confidence.clamp(0.000_05, 0.999_95);
    (p / (1.0 - p)).log2()
}

impl Finding {
    /// Reads a pair of `successions.ndjson`.
    pub(super) fn of(pair: &Value, config: &Config, texts: &Texts) -> Self {
        let (mut pro, mut contra) = (lines(pair, "evidence", texts), lines(pair, "against", texts));
        for (at, line) in pro.iter_mut().chain(&mut contra).enumerate() {
            line.number = at + 1;
        }
        let confidence = pair["confidence"].as_f64().unwrap_or_default();
        let case = case(&pair["gate"]);
        let what_if = WhatIf::new(config, confidence, case, &pro, &contra);
        let refuted: Vec<Refuted> = pro
            .iter()
            .chain(&contra)
            .map(|line| what_if.without(&[line.number], &pro, &contra))
            .collect();
        for (line, refuted) in pro.iter_mut().chain(&mut contra).zip(refuted) {
            line.refuted = refuted;
        }
        let undone_by = what_if.undone_by(&pro, &contra);
        let level = pair["level"].as_str().map(str::to_owned);
        let sum = what_if.sum(&pro, &contra);
        Self { confidence, level, pro, contra, sum, undone_by }
    }

    /// The confidence in a sentence.
    pub(super) fn means(&self) -> Text {
        if self.sum.held.is_some() && self.confidence < self.sum.confidence {
            return Text::new(
                "置信度为模型设定的上限，不是经校准的比例",
                "the confidence is a ceiling of the model, not a calibrated share",
            );
        }
        let certain = self.confidence >= 0.995;
        let of_hundred = (self.confidence * 100.0).floor();
        let rest = 100.0 - of_hundred;
        let (zh, en, others) = if certain {
            ("99 对以上".to_owned(), "more than 99".to_owned(), "fewer than 1 is".to_owned())
        } else {
            (format!("约 {of_hundred} 对"), format!("about {of_hundred}"), format!("{rest} are"))
        };
        Text::new(
            format!("若模型校准良好，证据与此相当的 100 对中有{zh}确为承接，其余不是"),
            format!(
                "if the model is calibrated, {en} of 100 pairs with evidence like this are \
                 successions, {others} not"
            ),
        )
    }

    /// All lines.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.pro.iter().chain(&self.contra)
    }

    /// The bits of some families, for the finding.
    pub(super) fn bits_of(&self, families: &[String]) -> f64 {
        let of = self.pro.iter().filter(|line| families.contains(&line.family));
        of.map(|line| line.weight).sum()
    }
}

fn lines(pair: &Value, key: &str, texts: &Texts) -> Vec<Line> {
    let list = pair[key].as_array().map_or(&[][..], Vec::as_slice);
    let line = |value: &Value| {
        let said = |language: &str| value["statement"][language].as_str().unwrap_or_default();
        let statement = Text::new(said("zh"), said("en"));
        let weight = value["weight"].as_f64().unwrap_or_default();
        let family = value["family"].as_str();
        let ids = value["events"].as_array().into_iter().flatten();
        Line {
            number: 0,
            family: family.unwrap_or("other").to_owned(),
            part: [Part::Motive, Part::Decline]
                .into_iter()
                .find(|part| value["part"].as_str() == Some(part.word())),
            meaning: meaning(weight, texts),
            weight,
            statement,
            rarity: Vec::new(),
            events: ids.filter_map(Value::as_str).map(str::to_owned).collect(),
            refuted: Refuted { confidence: 0.0, level: None, decisive: false, gate: None },
        }
    };
    list.iter().map(line).collect()
}

/// What the gate looked at. Sums of a family that the result shows with two digits count in full.
fn case(told: &Value) -> Case {
    let up = |value: &Value| value.as_f64().map_or(0.0, |bits| bits + WEIGHT_ROUNDING);
    let holds = |key: &str| told[key].as_bool().unwrap_or(false);
    Case {
        bits: Family::ALL.map(|family| up(&told["bits"][family.word()])),
        motive: up(&told["motive"]),
        decline: up(&told["decline"]),
        sale: match told["sold"].as_str() {
            Some("fittings") => Sale::Fittings,
            Some("paid") => Sale::Paid,
            _ => Sale::No,
        },
        majority: holds("majority"),
        grew: holds("grew"),
    }
}

/// A weight in plain words: its strength, and by how much it changes the odds.
fn meaning(weight: f64, texts: &Texts) -> Text {
    let strength = texts.strength(weight);
    let times = weight.abs().exp2();
    let times = if times < 10.0 { format!("{times:.1}") } else { format!("{times:.0}") };
    if weight >= 0.0 {
        Text::new(
            format!("{}：承接的赔率升至约 {times} 倍", strength.zh),
            format!("{}: the odds of a succession rise about {times} times", strength.en),
        )
    } else {
        Text::new(
            format!("{}：承接的赔率降至约 1/{times}", strength.zh),
            format!("{}: the odds of a succession fall to about 1/{times}", strength.en),
        )
    }
}

/// The model's way from weights to a confidence, as far as a result shows it.
struct WhatIf<'a> {
    config: &'a Config,
    confidence: f64,
    /// What the gate looked at.
    case: Case,
    /// What all weights and the prior add up to.
    total: f64,
    /// The log-odds from which a what-if starts.
    base: f64,
    /// Whether the result stands above what an open gate allows: another pair lends it the family.
    lent: bool,
    /// A ceiling that the gate does not explain: a lawful succession, a sale by a court, an old firm
    /// that carries on.
    ceiling: f64,
    /// How far the sum of rounded weights may be off, in bits.
    slack: f64,
}

impl<'a> WhatIf<'a> {
    fn new(config: &'a Config, confidence: f64, case: Case, pro: &[Line], contra: &[Line]) -> Self {
        let bits: f64 = pro.iter().chain(contra).map(|line| line.weight).sum();
        let total = config.prior + bits;
        let slack = WEIGHT_ROUNDING * (pro.len() + contra.len()) as f64;
        let cap = case.lack(config).map_or(1.0, |lack| lack.ceiling(config));
        let least = squash(total - slack) - CONFIDENCE_ROUNDING;
        let most = squash(total + slack) + CONFIDENCE_ROUNDING;
        let lent = confidence > cap + CONFIDENCE_ROUNDING;
        let expected = if lent { least } else { least.min(cap - CONFIDENCE_ROUNDING) };
        let ceiling = if confidence < expected { confidence } else { 1.0 };
        let base = if confidence > most { logit(confidence) } else { total };
        Self { config, confidence, case, total, base, lent, ceiling, slack }
    }

    /// The finding without some lines.
    fn without(&self, numbers: &[usize], pro: &[Line], contra: &[Line]) -> Refuted {
        let gone = |line: &&Line| numbers.contains(&line.number);
        let bits: f64 = pro.iter().chain(contra).filter(gone).map(|line| line.weight).sum();
        let lack = self.case_without(pro.iter().filter(gone)).lack(self.config);
        let cap = lack.map_or(1.0, |lack| lack.ceiling(self.config));
        let lender_gone = pro.iter().filter(gone).any(|line| line.family == "other");
        let gated = !self.lent || lender_gone || self.motive_gone(numbers, pro);
        let against_gone = contra.iter().any(|line| gone(&line));
        let ceiling = if against_gone { 1.0 } else { self.ceiling };
        let open = squash(self.base - bits).min(ceiling);
        let confidence = if gated { open.min(cap) } else { open };
        let confidence = (confidence * 10_000.0).round() / 10_000.0;
        let flag = self.config.levels.yellow;
        Refuted {
            confidence,
            level: self.level(confidence),
            decisive: (self.confidence >= flag) != (confidence >= flag),
            gate: lack.filter(|_| gated).map(|lack| lacking(lack, self.config)),
        }
    }

    /// What the gate would look at without some lines.
    fn case_without<'l>(&self, gone: impl Iterator<Item = &'l Line>) -> Case {
        let mut case = self.case;
        for line in gone {
            let own = Family::ALL.into_iter().find(|family| family.word() == line.family);
            if let Some(family) = own {
                let bits = line.weight / self.config.scale.of(family);
                case.bits[family as usize] -= bits;
                match line.part {
                    Some(Part::Motive) => case.motive -= bits,
                    Some(Part::Decline) => case.decline -= bits,
                    None => {}
                }
            }
        }
        case
    }

    fn motive_gone(&self, numbers: &[usize], pro: &[Line]) -> bool {
        let gone = pro.iter().filter(|line| numbers.contains(&line.number));
        gone.map(|line| line.part).any(|part| part == Some(Part::Motive))
    }

    fn level(&self, confidence: f64) -> Option<&'static str> {
        let levels = &self.config.levels;
        let steps = [
            (levels.red, "red"),
            (levels.orange, "orange"),
            (levels.yellow, "yellow"),
            (levels.blue, "blue"),
        ];
        steps.into_iter().find(|(least, _)| confidence >= *least).map(|(_, level)| level)
    }

    /// The fewest lines without which a flagged pair is not flagged: one that is decisive, or the
    /// strongest ones together.
    fn undone_by(&self, pro: &[Line], contra: &[Line]) -> Vec<usize> {
        if self.confidence < self.config.levels.yellow {
            return Vec::new();
        }
        if let Some(line) = pro.iter().find(|line| line.refuted.decisive) {
            return vec![line.number];
        }
        let numbers: Vec<usize> = pro.iter().map(|line| line.number).collect();
        for (at, first) in numbers.iter().enumerate() {
            for second in &numbers[at + 1..] {
                if self.without(&[*first, *second], pro, contra).decisive {
                    return vec![*first, *second];
                }
            }
        }
        let fall =
            (3..=numbers.len()).find(|many| self.without(&numbers[..*many], pro, contra).decisive);
        fall.map_or(Vec::new(), |many| numbers[..many].to_vec())
    }

    fn sum(&self, pro: &[Line], contra: &[Line]) -> Sum {
        let of = |lines: &[Line]| lines.iter().map(|line| line.weight).sum::<f64>();
        let by_sum = squash(self.total);
        let lack = self.case.lack(self.config);
        let cap = lack.map_or(1.0, |lack| lack.ceiling(self.config));
        let least = squash(self.total - self.slack) - CONFIDENCE_ROUNDING;
        let most = squash(self.total + self.slack) + CONFIDENCE_ROUNDING;
        let held = if (least..=most).contains(&self.confidence) {
            None
        } else if self.ceiling < 1.0 {
            Some(Text::new(
                "存在依法承接、司法处置、前身照常经营、经由中间主体等情形，置信度按模型上限计",
                "a lawful succession, a sale by a court, an old firm that carries on, a firm in \
                 between or the like: held at the model's ceiling",
            ))
        } else if by_sum > self.confidence && cap < 1.0 {
            Some(Text::new(
                "证据结构未满足门槛，置信度按模型上限计",
                "the evidence does not pass the gate: held at the model's ceiling",
            ))
        } else {
            Some(Text::new(
                "与单纯相加不同：模型另有校准或所用版本不同",
                "other than the plain sum: calibrated, or made with another version of the model",
            ))
        };
        let (pro, contra) = (of(pro), of(contra));
        let round = |bits: f64| (bits * 1000.0).round() / 1000.0;
        Sum {
            prior: self.config.prior,
            pro: round(pro),
            contra: round(contra) + 0.0,
            total: round(self.total),
            confidence: (by_sum * 10_000.0).round() / 10_000.0,
            held,
            gate: lack.map(|lack| lacking(lack, self.config)),
        }
    }
}

/// What a gate lacks, in words.
fn lacking(lack: Lack, config: &Config) -> Text {
    match lack {
        Lack::Motive => Text::new("缺少动机（足够的不利事实）", "no motive: too few adverse facts"),
        Lack::Inflow => Text::new(
            "后者早已存在，前身的人员或资产转入不足",
            "the later firm is an older one, and too little staff or assets came to it",
        ),
        Lack::Anchor => Text::new(
            "控制、资产、人员三类中没有一类足够强",
            "none of control, assets and staff is strong enough",
        ),
        Lack::Families(families) => Text::new(
            format!("除时序外仅有 {families:.1} 类证据，门槛为 {:.1} 类", config.gate.families),
            format!(
                "{families:.1} families besides timing, the gate asks for {:.1}",
                config.gate.families
            ),
        ),
    }
}
