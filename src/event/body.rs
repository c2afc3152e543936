//! What does the data of an event hold? One type per event type of the contract, section 3.
//!
//! Dates are valid time ([`Day`]); amounts are fen; lists of words keep the contract's spelling.
//! Persons are pseudonyms. Unknown fields are not kept here (the shell keeps the original bytes).

use crate::event::{Mention, Party, Person};
use crate::id::{EventId, Imo, RegNo, Uscc};
use crate::money::Fen;
use crate::time::{Day, Month};

/// A closed set of words of the contract.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal / $zh:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            serde::Serialize,
            serde::Deserialize,
        )]
        pub enum $name {
            $(#[doc = $zh] $variant),+
        }

        impl $name {
            /// All values, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value of a contract word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The contract's word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The Chinese term.
            pub const fn zh(self) -> &'static str {
                match self {
                    $(Self::$variant => $zh),+
                }
            }
        }
    };
}

words! {
    /// The 22 event types.
    EventType {
        Established = "registration.established" / "设立登记",
        Changed = "registration.changed" / "变更登记",
        Notice = "registration.notice" / "登记公告",
        Ended = "registration.ended" / "登记终止",
        Licence = "licence.changed" / "许可",
        Listing = "listing.changed" / "名单",
        Penalty = "penalty.decided" / "行政处罚",
        Court = "court.recorded" / "司法",
        Transfer = "transfer.booked" / "资金流水",
        ComplaintReceived = "complaint.received" / "投诉举报",
        ComplaintClosed = "complaint.closed" / "投诉举报办结",
        Opinion = "opinion.published" / "社会舆情",
        Customs = "customs.recorded" / "海关",
        Patrol = "patrol.reported" / "巡查",
        Inspection = "inspection.completed" / "检查",
        Staff = "staff.reported" / "参保人数",
        Activity = "activity.reported" / "经营活动",
        Asset = "asset.transferred" / "资产转让",
        Commitment = "commitment.breached" / "承诺不实",
        Repair = "repair.decided" / "信用修复",
        ObjectionFiled = "objection.filed" / "异议提出",
        ObjectionDecided = "objection.decided" / "异议决定",
    }
}

words! {
    /// An office in an enterprise.
    Role {
        Director = "director" / "董事",
        Supervisor = "supervisor" / "监事",
        Manager = "manager" / "经理",
        Finance = "finance" / "财务负责人",
    }
}

words! {
    /// How a declared predecessor became this enterprise.
    PredecessorKind {
        Merger = "merger" / "合并",
        Split = "split" / "分立",
        Conversion = "conversion" / "转型（含个转企）",
    }
}

words! {
    /// What a registry notice announces.
    NoticeKind {
        SimpleDeregistration = "simple_deregistration" / "简易注销",
        Liquidation = "liquidation" / "清算",
        Merger = "merger" / "合并",
        Split = "split" / "分立",
        CapitalReduction = "capital_reduction" / "减资",
        Suspension = "suspension" / "歇业",
        Resumption = "resumption" / "恢复营业",
        CompulsoryDeregistration = "compulsory_deregistration" / "拟强制注销",
        ImpersonationClaim = "impersonation_claim" / "涉嫌冒用他人身份登记",
    }
}

words! {
    /// How a registration ended.
    EndKind {
        Deregistered = "deregistered" / "注销",
        Revoked = "revoked" / "吊销",
        Rescinded = "rescinded" / "撤销",
        MovedOut = "moved_out" / "迁出",
    }
}

words! {
    /// The state of a licence.
    LicenceState {
        Granted = "granted" / "核发",
        Renewed = "renewed" / "延续",
        Suspended = "suspended" / "暂扣",
        Revoked = "revoked" / "吊销",
        Expired = "expired" / "到期",
        Cancelled = "cancelled" / "注销",
    }
}

words! {
    /// A public list.
    List {
        AbnormalOperations = "abnormal_operations" / "经营异常名录",
        SeriousViolations = "serious_violations" / "严重违法失信名单",
        DishonestDebtors = "dishonest_debtors" / "失信被执行人",
        WageArrears = "wage_arrears" / "拖欠农民工工资失信联合惩戒名单",
        TaxAbnormal = "tax_abnormal" / "税务非正常户",
        CustomsDishonest = "customs_dishonest" / "海关失信企业",
        CustomsSeriouslyDishonest = "customs_seriously_dishonest" / "海关严重失信企业",
        RedList = "red_list" / "守信红名单",
    }
}

words! {
    /// Onto or off a list.
    ListState {
        Listed = "listed" / "列入",
        Removed = "removed" / "移出",
    }
}

words! {
    /// A kind of administrative penalty.
    PenaltyKind {
        Warning = "warning" / "警告",
        Criticism = "criticism" / "通报批评",
        Fine = "fine" / "罚款",
        Confiscation = "confiscation" / "没收",
        LicenceSuspended = "licence_suspended" / "暂扣许可证件",
        LicenceRevoked = "licence_revoked" / "吊销许可证件",
        ProductionHalted = "production_halted" / "责令停产停业",
        Closure = "closure" / "责令关闭",
        BusinessRestricted = "business_restricted" / "限制开展生产经营活动",
        Other = "other" / "其他",
    }
}

words! {
    /// Penalty procedure.
    Procedure {
        Summary = "summary" / "简易程序",
        Ordinary = "ordinary" / "普通程序",
    }
}

words! {
    /// Class of dishonesty (NDRC Order 36, in force 2026-04-01).
    Severity {
        Minor = "minor" / "轻微",
        General = "general" / "一般",
        Serious = "serious" / "严重",
    }
}

words! {
    /// A kind of court record.
    CourtKind {
        EnforcementFiled = "enforcement_filed" / "强制执行立案",
        DishonestListed = "dishonest_listed" / "失信被执行人",
        ConsumptionRestricted = "consumption_restricted" / "限制消费",
        ClosedWithoutAssets = "closed_without_assets" / "终结本次执行程序",
        EquityFrozen = "equity_frozen" / "股权冻结",
        AssetAuctioned = "asset_auctioned" / "资产拍卖",
        BankruptcyAccepted = "bankruptcy_accepted" / "破产受理",
        Litigation = "litigation" / "诉讼",
    }
}

words! {
    /// Opened or closed.
    CaseState {
        Opened = "opened" / "立案",
        Closed = "closed" / "结案",
    }
}

words! {
    /// A party's role in a case.
    CourtRole {
        Debtor = "debtor" / "被执行人",
        Creditor = "creditor" / "申请执行人",
        Plaintiff = "plaintiff" / "原告",
        Defendant = "defendant" / "被告",
    }
}

words! {
    /// Account regime of a flow.
    Regime {
        Ordinary = "ordinary" / "一般账户",
        Ef = "EF" / "多功能自由贸易账户",
        Nra = "NRA" / "境外机构境内账户",
        Osa = "OSA" / "离岸账户",
        Ft = "FT" / "自由贸易账户",
    }
}

words! {
    /// The line a flow crosses.
    Line {
        First = "first" / "一线",
        Second = "second" / "二线",
        Domestic = "domestic" / "境内",
    }
}

words! {
    /// A special account.
    Programme {
        Wage = "wage" / "农民工工资专户",
        Prepaid = "prepaid" / "预付资金专户",
        Presale = "presale" / "商品房预售专户",
    }
}

words! {
    /// The lawful basis under which a flow was obtained.
    AccessBasis {
        SpecialAccount = "special_account" / "专户监管",
        IllegalFundraisingInquiry = "illegal_fundraising_inquiry" / "处非调查",
        RegistryInquiry = "registry_inquiry" / "登记机关查询",
        EnterpriseConsent = "enterprise_consent" / "企业授权",
        Referral = "referral" / "转办",
    }
}

words! {
    /// Complaint (a dispute) or report (of a violation).
    ComplaintKind {
        Complaint = "complaint" / "投诉",
        Report = "report" / "举报",
    }
}

words! {
    /// How a complaint closed.
    ComplaintResult {
        Settled = "settled" / "调解成功",
        Failed = "failed" / "调解失败",
        Withdrawn = "withdrawn" / "撤回",
        Refused = "refused" / "不予受理",
        CaseFiled = "case_filed" / "立案",
    }
}

words! {
    /// A kind of customs record.
    CustomsKind {
        Declaration = "declaration" / "报关",
        Nonconforming = "nonconforming" / "进口商品不合格",
        TrademarkInfringement = "trademark_infringement" / "侵犯商标权",
        ZeroTariffTransfer = "zero_tariff_transfer" / "零关税货物转让",
        DutyFreeResaleLead = "duty_free_resale_lead" / "免税品转售线索",
        SmugglingCase = "smuggling_case" / "走私案件",
        NoProofOfOrigin = "no_proof_of_origin" / "无合法来源证明",
    }
}

words! {
    /// What a patrol saw.
    PatrolKind {
        NightLanding = "night_landing" / "夜间非设关地靠泊",
        TrackGap = "track_gap" / "轨迹中断",
        IdentityClash = "identity_clash" / "船舶身份冲突",
        NoPapers = "no_papers" / "三无船舶",
        StorageMismatch = "storage_mismatch" / "库存与凭证不符",
        Other = "other" / "其他",
    }
}

words! {
    /// Why an inspection was made.
    InspectionPlan {
        Random = "random" / "双随机抽查",
        Targeted = "targeted" / "定向抽查",
        Special = "special" / "专项检查",
        Case = "case" / "个案检查",
        Combined = "combined" / "综合查一次",
    }
}

words! {
    /// The result of one item.
    InspectionResult {
        Ok = "ok" / "未发现问题",
        NotDisclosed = "not_disclosed" / "未按规定公示",
        False = "false" / "隐瞒真实情况、弄虚作假",
        Unreachable = "unreachable" / "通过登记的住所无法联系",
        Uncooperative = "uncooperative" / "不配合检查",
        Rectify = "rectify" / "责令改正",
        CaseFiled = "case_filed" / "立案",
        SampleFailed = "sample_failed" / "抽检不合格",
    }
}

words! {
    /// A kind of asset.
    AssetKind {
        Trademark = "trademark" / "商标",
        Equipment = "equipment" / "设备",
        Vehicle = "vehicle" / "车辆",
        Vessel = "vessel" / "船舶",
        OnlineShop = "online_shop" / "网店",
        Domain = "domain" / "域名",
        Premises = "premises" / "经营场所",
        Contract = "contract" / "合同",
        Other = "other" / "其他",
    }
}

words! {
    /// Decision on credit repair.
    RepairDecision {
        Granted = "granted" / "准予",
        Refused = "refused" / "不予",
    }
}

words! {
    /// Decision on an objection.
    ObjectionDecision {
        Upheld = "upheld" / "成立",
        Rejected = "rejected" / "不成立",
        Partly = "partly" / "部分成立",
    }
}

/// The data of an event.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Body {
    /// No data: a retraction.
    None,
    /// `registration.established`.
    Established(Box<Established>),
    /// `registration.changed`.
    Changed(Box<Changed>),
    /// `registration.notice`.
    Notice(Box<Notice>),
    /// `registration.ended`.
    Ended(Box<Ended>),
    /// `licence.changed`.
    Licence(Box<Licence>),
    /// `listing.changed`.
    Listing(Box<Listing>),
    /// `penalty.decided`.
    Penalty(Box<Penalty>),
    /// `court.recorded`.
    Court(Box<Court>),
    /// `transfer.booked`.
    Transfer(Box<Transfer>),
    /// `complaint.received`.
    ComplaintReceived(Box<ComplaintReceived>),
    /// `complaint.closed`.
    ComplaintClosed(Box<ComplaintClosed>),
    /// `opinion.published`.
    Opinion(Box<Opinion>),
    /// `customs.recorded`.
    Customs(Box<Customs>),
    /// `patrol.reported`.
    Patrol(Box<Patrol>),
    /// `inspection.completed`.
    Inspection(Box<Inspection>),
    /// `staff.reported`.
    Staff(Box<Staff>),
    /// `activity.reported`.
    Activity(Box<Activity>),
    /// `asset.transferred`.
    Asset(Box<Asset>),
    /// `commitment.breached`.
    Commitment(Box<Commitment>),
    /// `repair.decided`.
    Repair(Box<Repair>),
    /// `objection.filed`.
    ObjectionFiled(Box<ObjectionFiled>),
    /// `objection.decided`.
    ObjectionDecided(Box<ObjectionDecided>),
}

/// One changed item, with its new value (and the old one where the feed gives it).
#[expect(missing_docs, reason = "every field is the old or the new value")]
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Change {
    /// Name.
    Name { before: Option<Box<str>>, after: Box<str> },
    /// Legal representative.
    LegalRep { before: Option<Person>, after: Person },
    /// Registered address.
    Domicile { before: Option<Box<str>>, after: Box<str> },
    /// Division.
    Division { after: Box<str> },
    /// All holders.
    Holders { before: Option<Vec<Holder>>, after: Vec<Holder> },
    /// All officers.
    Officers { before: Option<Vec<Officer>>, after: Vec<Officer> },
    /// Business scope.
    Scope { after: Box<str> },
    /// Industry.
    Industry { before: Option<Box<str>>, after: Box<str> },
    /// Subscribed capital.
    Subscribed { before: Option<Fen>, after: Fen },
    /// Phones.
    Phones { after: Vec<Box<str>> },
    /// E-mail addresses.
    Emails { after: Vec<Box<str>> },
    /// Liaison.
    Liaison { after: Person },
    /// Type code.
    EntityType { before: Option<Box<str>>, after: Box<str> },
}

/// A person in an office.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Officer {
    /// The person.
    pub person: Person,
    /// The office.
    pub role: Role,
}

/// A holder of shares or capital.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    /// Who holds.
    pub party: Party,
    /// Share in percent, 0–100.
    pub pct: Option<f64>,
    /// Subscribed capital.
    pub subscribed_fen: Option<Fen>,
}

/// A declared predecessor.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Predecessor {
    /// Its code.
    pub uscc: Uscc,
    /// How it went over.
    pub kind: PredecessorKind,
}

/// A new registration, or the first sight of an old one.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Established {
    /// Code.
    pub uscc: Uscc,
    /// Old registration number.
    pub reg_no: Option<RegNo>,
    /// Full name.
    pub name: Box<str>,
    /// The registry's own type code, such as 1130.
    pub entity_type: Box<str>,
    /// Date of establishment; may be years before the event.
    pub established_on: Day,
    /// GB/T 2260, 6 or 9 digits.
    pub division: Box<str>,
    /// Registered address as written.
    pub domicile: Box<str>,
    /// GB/T 4754: letter and 4 digits.
    pub industry: Option<Box<str>>,
    /// Business scope.
    pub scope: Option<Box<str>>,
    /// Subscribed capital.
    pub subscribed_fen: Option<Fen>,
    /// Paid-in capital.
    pub paid_fen: Option<Fen>,
    /// Legal representative.
    pub legal_rep: Person,
    /// Officers.
    pub officers: Vec<Officer>,
    /// Holders.
    pub holders: Vec<Holder>,
    /// Phones as written.
    pub phones: Vec<Box<str>>,
    /// E-mail addresses as written.
    pub emails: Vec<Box<str>>,
    /// Registry liaison (联络员).
    pub liaison: Option<Person>,
    /// Filing agent.
    pub agent: Option<Mention>,
    /// Token of the filing device or channel.
    pub filing_fingerprint: Option<Box<str>>,
    /// Declared predecessors.
    pub predecessors: Vec<Predecessor>,
}

/// A change of registered items.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Changed {
    /// Code.
    pub uscc: Uscc,
    /// Date of approval.
    pub approved_on: Day,
    /// The items.
    pub changes: Vec<Change>,
}

/// A registry notice.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Notice {
    /// Code.
    pub uscc: Uscc,
    /// What it announces.
    pub kind: NoticeKind,
    /// Date of the notice.
    pub notice_on: Day,
    /// End of the notice period.
    pub until: Option<Day>,
    /// Others concerned (of a merger or split).
    pub counterparties: Vec<Mention>,
}

/// The end of a registration.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Ended {
    /// Code.
    pub uscc: Uscc,
    /// How.
    pub kind: EndKind,
    /// When.
    pub on: Day,
    /// Why.
    pub reason: Option<Box<str>>,
}

/// A change of a licence.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Licence {
    /// Code.
    pub uscc: Uscc,
    /// Licence number.
    pub licence_no: Box<str>,
    /// Kind of licence, in words.
    pub kind: Box<str>,
    /// New state.
    pub state: LicenceState,
    /// When.
    pub on: Day,
    /// Last day of validity.
    pub valid_to: Option<Day>,
    /// Licensed premises.
    pub premises: Option<Box<str>>,
}

/// Onto or off a list.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Listing {
    /// Code.
    pub uscc: Uscc,
    /// The list.
    pub list: List,
    /// Onto or off.
    pub state: ListState,
    /// When.
    pub on: Day,
    /// Why.
    pub reason: Option<Box<str>>,
    /// End of the term.
    pub until: Option<Day>,
}

/// An administrative penalty.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Penalty {
    /// Number of the decision.
    pub doc_no: Box<str>,
    /// Code.
    pub uscc: Uscc,
    /// Who decided.
    pub authority: Box<str>,
    /// Violations, codes or text.
    pub violations: Vec<Box<str>>,
    /// Kinds of penalty.
    pub kinds: Vec<PenaltyKind>,
    /// Fine.
    pub fine_fen: Option<Fen>,
    /// Confiscated.
    pub confiscated_fen: Option<Fen>,
    /// Procedure.
    pub procedure: Procedure,
    /// Class, where the authority states it.
    pub severity: Option<Severity>,
    /// Date of decision.
    pub decided_on: Day,
    /// End of publicity.
    pub public_until: Option<Day>,
    /// When it was performed in full.
    pub performed_on: Option<Day>,
}

/// A court record.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Court {
    /// Case number.
    pub case_no: Box<str>,
    /// Court.
    pub court: Box<str>,
    /// Kind.
    pub kind: CourtKind,
    /// Opened or closed.
    pub state: CaseState,
    /// Role of the party.
    pub role: CourtRole,
    /// The party.
    pub party: Party,
    /// When.
    pub on: Day,
    /// Claim.
    pub claim_fen: Option<Fen>,
    /// Performed.
    pub performed_fen: Option<Fen>,
    /// End of the term.
    pub until: Option<Day>,
}

/// One side of a transfer.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Account {
    /// Account token, made by the feed.
    pub account: Box<str>,
    /// Who holds it, if known.
    pub party: Option<Party>,
    /// CNAPS number.
    pub bank: Option<Box<str>>,
}

/// A booked transfer.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Transfer {
    /// Transaction number.
    pub txn_id: Box<str>,
    /// Payer.
    pub payer: Account,
    /// Payee.
    pub payee: Account,
    /// Amount, over 0.
    pub amount_fen: Fen,
    /// ISO 4217, of a foreign amount.
    pub currency: Option<Box<str>>,
    /// Foreign amount in minor units.
    pub amount_minor: Option<i64>,
    /// Cash.
    pub cash: bool,
    /// Channel.
    pub channel: Option<Box<str>>,
    /// Purpose as written.
    pub purpose: Option<Box<str>>,
    /// Account regime.
    pub regime: Option<Regime>,
    /// Line crossed.
    pub line: Option<Line>,
    /// Special account.
    pub programme: Option<Programme>,
}

/// A complaint or report.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ComplaintReceived {
    /// Ticket.
    pub ticket_no: Box<str>,
    /// Complaint or report.
    pub kind: ComplaintKind,
    /// Against whom.
    pub respondent: Mention,
    /// Issues.
    pub issues: Vec<Box<str>>,
    /// Amount in dispute.
    pub amount_fen: Option<Fen>,
    /// Number of victims.
    pub victims: Option<u32>,
    /// Token of the complainant; never shown.
    pub complainant: Option<Box<str>>,
}

/// The end of a complaint.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ComplaintClosed {
    /// Ticket.
    pub ticket_no: Box<str>,
    /// Against whom.
    pub respondent: Mention,
    /// Result.
    pub result: ComplaintResult,
    /// Whether it proved true.
    pub substantiated: Option<bool>,
}

/// An enterprise that a publication seems to name.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OpinionMention {
    /// Code.
    pub uscc: Uscc,
    /// 0–1.
    pub confidence: f64,
}

/// A publication.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Opinion {
    /// Document.
    pub doc_id: Box<str>,
    /// 1 official, 2 media, 3 platform, 4 anonymous.
    pub tier: u8,
    /// Topics.
    pub topics: Vec<Box<str>>,
    /// −1 to 1.
    pub sentiment: f64,
    /// Enticing words.
    pub lure_terms: Vec<Box<str>>,
    /// Promised yearly return.
    pub promised_rate_pct: Option<f64>,
    /// Readers.
    pub reach: Option<u64>,
    /// Cluster of near-duplicates.
    pub cluster: Option<Box<str>>,
    /// Whom it names.
    pub mentions: Vec<OpinionMention>,
}

/// A customs record.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Customs {
    /// Code.
    pub uscc: Uscc,
    /// Kind.
    pub kind: CustomsKind,
    /// When.
    pub on: Day,
    /// Declaration, 18 digits.
    pub declaration_no: Option<Box<str>>,
    /// Commodity code.
    pub hs: Option<Box<str>>,
    /// Goods.
    pub goods: Option<Box<str>>,
    /// Brand.
    pub brand: Option<Box<str>>,
    /// Country of origin.
    pub origin: Option<Box<str>>,
    /// Quantity.
    pub quantity: Option<f64>,
    /// Declared value.
    pub declared_fen: Option<Fen>,
    /// Reference value.
    pub reference_fen: Option<Fen>,
    /// Other side.
    pub counterparty: Option<Mention>,
    /// Last day to prove origin.
    pub proof_due_on: Option<Day>,
    /// When origin was proven.
    pub proof_provided_on: Option<Day>,
    /// Value of the case.
    pub case_value_fen: Option<Fen>,
}

/// What a patrol reports.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Patrol {
    /// What was seen.
    pub kind: PatrolKind,
    /// When.
    pub on: Day,
    /// Shore grid cell.
    pub grid: Box<str>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Longitude.
    pub lon: Option<f64>,
    /// Operating enterprise.
    pub operator: Option<Mention>,
    /// IMO number.
    pub imo: Option<Imo>,
    /// MMSI.
    pub mmsi: Option<Box<str>>,
    /// Name of the vessel.
    pub vessel: Option<Box<str>>,
    /// Note.
    pub note: Option<Box<str>>,
}

/// One item of an inspection.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct InspectionItem {
    /// Item.
    pub code: Box<str>,
    /// Result.
    pub result: InspectionResult,
}

/// An inspection.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Inspection {
    /// Code.
    pub uscc: Uscc,
    /// Why.
    pub plan: InspectionPlan,
    /// When.
    pub on: Day,
    /// Who.
    pub authority: Box<str>,
    /// Items.
    pub items: Vec<InspectionItem>,
}

/// Insured staff of a month.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Staff {
    /// Code.
    pub uscc: Uscc,
    /// Month.
    pub month: Month,
    /// Insured persons.
    pub headcount: u32,
    /// MinHash of the set of insured persons.
    #[serde(with = "crate::event::sketch")]
    pub staff_minhash: Option<Box<[u32; 128]>>,
}

/// Activity of a month.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Activity {
    /// Code.
    pub uscc: Uscc,
    /// Month.
    pub month: Month,
    /// Revenue.
    pub revenue_fen: Option<Fen>,
    /// Tax.
    pub tax_fen: Option<Fen>,
    /// Electricity.
    pub energy_kwh: Option<f64>,
    /// Water.
    pub water_m3: Option<f64>,
    /// Emissions.
    pub emission_kg: Option<f64>,
    /// Stock.
    pub stock_units: Option<f64>,
}

/// A transfer of an asset.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Asset {
    /// Kind.
    pub kind: AssetKind,
    /// From.
    pub from: Party,
    /// To.
    pub to: Party,
    /// When.
    pub on: Day,
    /// Name or number of the asset.
    pub label: Option<Box<str>>,
    /// Price.
    pub price_fen: Option<Fen>,
}

/// A breached commitment.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Commitment {
    /// Code.
    pub uscc: Uscc,
    /// Matter.
    pub matter: Box<str>,
    /// When.
    pub on: Day,
}

/// A decision on credit repair.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Repair {
    /// Code.
    pub uscc: Uscc,
    /// The facts concerned.
    pub targets: Vec<EventId>,
    /// Decision.
    pub decision: RepairDecision,
    /// From when.
    pub effective_on: Day,
}

/// An objection.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ObjectionFiled {
    /// Code.
    pub uscc: Uscc,
    /// The facts concerned.
    pub targets: Vec<EventId>,
    /// When.
    pub filed_on: Day,
}

/// A decision on an objection.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ObjectionDecided {
    /// Code.
    pub uscc: Uscc,
    /// The facts concerned.
    pub targets: Vec<EventId>,
    /// Decision.
    pub decision: ObjectionDecision,
    /// From when.
    pub effective_on: Day,
}
