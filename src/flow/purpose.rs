//! What was it for? Classes of purposes, as the ten tags of a window entry.
//!
//! Invariant: a word inside a longer word of another class does not count (采购 is no 购物).
//! Must not know: accounts or patterns.

use super::config::Purposes;
use crate::event::{Programme, Transfer};
use rustc_hash::FxHashMap;

/// Paid or drawn in cash.
pub(super) const CASH: u16 = 1;
/// Pay for work.
pub(super) const WAGE: u16 = 1 << 1;
/// Given back to a buyer.
pub(super) const REFUND: u16 = 1 << 2;
/// Consumption.
pub(super) const CONSUMER: u16 = 1 << 3;
/// Tax, social insurance, rent, utilities.
pub(super) const LEVY: u16 = 1 << 4;
/// Cash pool.
pub(super) const POOL: u16 = 1 << 5;
/// Yield to investors.
pub(super) const RETURNS: u16 = 1 << 6;
/// Investment.
pub(super) const INVEST: u16 = 1 << 7;
/// A supervised special account.
pub(super) const SPECIAL: u16 = 1 << 8;
/// Goods and services.
pub(super) const TRADE: u16 = 1 << 9;

/// By order of a court. It is no tag: only those ask for it who read the purpose itself.
pub(super) const COURT: u16 = 1 << 10;

/// The bits that an entry of the window has room for.
const TAGS: u16 = COURT - 1;

/// Distinct purposes whose class is remembered.
const REMEMBERED_MAX: usize = 65_536;

/// Reads purposes.
#[derive(Debug, Default)]
pub(super) struct Reader {
    words: Vec<(Box<str>, u16)>,
    known: FxHashMap<Box<str>, u16>,
}

impl Reader {
    /// A reader of these words.
    pub(super) fn new(purposes: &Purposes) -> Self {
        let classes = [
            (&purposes.wage, WAGE),
            (&purposes.refund, REFUND),
            (&purposes.consumer, CONSUMER),
            (&purposes.levy, LEVY),
            (&purposes.pool, POOL),
            (&purposes.returns, RETURNS),
            (&purposes.invest, INVEST),
            (&purposes.trade, TRADE),
            (&purposes.court, COURT),
        ];
        let words = classes
            .iter()
            .flat_map(|(words, tag)| words.iter().map(|w| (w.to_lowercase().into(), *tag)))
            .collect();
        Self { words, known: FxHashMap::default() }
    }

    /// The tags of a transfer.
    pub(super) fn tags(&mut self, transfer: &Transfer) -> u16 {
        let mut tags = transfer.purpose.as_deref().map_or(0, |text| self.classes(text)) & TAGS;
        if transfer.cash {
            tags |= CASH;
        }
        match transfer.programme {
            Some(Programme::Wage) => tags |= WAGE | SPECIAL,
            Some(_) => tags |= SPECIAL,
            None => {}
        }
        tags
    }

    fn classes(&mut self, text: &str) -> u16 {
        if let Some(tags) = self.known.get(text) {
            return *tags;
        }
        let tags = self.classify(text);
        if self.known.len() < REMEMBERED_MAX {
            self.known.insert(text.into(), tags);
        }
        tags
    }

    /// The classes of a purpose as it is written.
    pub(super) fn read(&self, text: &str) -> u16 {
        self.known.get(text).copied().unwrap_or_else(|| self.classify(text))
    }

    fn classify(&self, text: &str) -> u16 {
        let lower = text.to_lowercase();
        let mut hits: Vec<(usize, usize, u16)> = Vec::new();
        for (word, tag) in &self.words {
            hits.extend(lower.match_indices(&**word).map(|(at, w)| (at, at + w.len(), *tag)));
        }
        let inside = |hit: &(usize, usize, u16)| {
            hits.iter().any(|h| h.0 <= hit.0 && hit.1 <= h.1 && h.1 - h.0 > hit.1 - hit.0)
        };
        hits.iter().filter(|hit| !inside(hit)).fold(0, |tags, hit| tags | hit.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_words_win() {
        let config: crate::flow::Config =
            toml::from_str(include_str!("../../models/dongfang/2026.1/flow.toml")).unwrap();
        let mut reader = Reader::new(&config.purposes);
        for (text, tags) in [
            ("9月工资", WAGE),
            ("设备采购", TRADE),
            ("购物消费", CONSUMER),
            ("养老保险费", LEVY),
            ("养老项目款", INVEST),
            ("养老公寓投资款", INVEST),
            ("月度返利", RETURNS),
            ("订单退款", CONSUMER | REFUND),
            ("资金归集", POOL),
            ("", 0),
        ] {
            assert_eq!(reader.classes(text), tags, "{text}");
        }
    }
}
