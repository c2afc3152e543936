//! How does the money go, where all is well? Bills, rent, tax, wages, platform receipts.
//!
//! Only accounts under lawful supervision are seen. Must not know: any fraud.

use super::acts::Filed;
use super::desk::{Deed, Feed, Notice};
use super::firm::{FirmNo, account_of};
use super::world::World;
use crate::time::Time;
use serde_json::{Value, json};

/// One side of a transfer.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) account: String,
    pub(crate) party: Option<Value>,
}

/// What a transfer is for, and how it is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) purpose: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) cash: bool,
    pub(crate) regime: Option<&'static str>,
    pub(crate) line: Option<&'static str>,
    pub(crate) programme: Option<&'static str>,
}

impl Terms {
    /// An ordinary transfer of a purpose, seen by the enterprise's consent.
    pub(crate) const fn of(purpose: &'static str) -> Self {
        Self {
            purpose,
            basis: "enterprise_consent",
            cash: false,
            regime: None,
            line: None,
            programme: None,
        }
    }

    /// The same, seen under another basis.
    pub(crate) const fn under(self, basis: &'static str) -> Self {
        Self { basis, ..self }
    }
}

impl World {
    /// A firm's side.
    pub(crate) fn side(&self, firm: FirmNo) -> Side {
        let code = &self.firms[firm].code;
        Side {
            account: self.firms[firm].account(),
            party: Some(json!({"enterprise": {"uscc": code}})),
        }
    }

    /// Somebody's account of whom nothing is known.
    pub(crate) fn stranger(&self, key: &str) -> Side {
        Side { account: account_of(&format!("{}/{key}", self.options.seed)), party: None }
    }

    /// A person's account, by number.
    pub(crate) fn saver(&self, number: u64) -> Side {
        self.stranger(&format!("saver-{number}"))
    }

    /// The account of a person who appears nowhere else.
    pub(crate) fn new_saver(&mut self) -> Side {
        let number = self.paper();
        self.saver(900_000_000 + number)
    }

    /// Books a transfer; returns its `txn_id`.
    pub(crate) fn transfer(
        &mut self,
        (payer, payee): (&Side, &Side),
        at: Time,
        fen: i64,
        terms: Terms,
    ) -> String {
        self.book((payer, payee), at, fen, terms).0
    }

    /// Books a transfer; returns its `txn_id` and the fact.
    fn book(
        &mut self,
        (payer, payee): (&Side, &Side),
        at: Time,
        fen: i64,
        terms: Terms,
    ) -> (String, Filed) {
        let number = self.paper();
        let txn = format!("TX{number:08x}");
        let side = |side: &Side| {
            let mut value = json!({"account": side.account});
            if let Some(party) = &side.party {
                value["party"] = party.clone();
            }
            value
        };
        let mut data = json!({
            "txn_id": txn, "payer": side(payer), "payee": side(payee),
            "amount_fen": fen.max(1), "purpose": terms.purpose,
        });
        if terms.cash {
            data["cash"] = json!(true);
        }
        for (key, word) in
            [("regime", terms.regime), ("line", terms.line), ("programme", terms.programme)]
        {
            if let Some(word) = word {
                data[key] = json!(word);
            }
        }
        let data = data.to_string();
        let id = self.desk.take(Notice {
            feed: Feed::Bank,
            kind: "transfer.booked",
            at,
            subject: "",
            deed: Deed::Assert,
            basis: Some(terms.basis),
            data: &data,
        });
        (txn, Filed { feed: Feed::Bank, id, kind: "transfer.booked", data })
    }

    /// What a supervised firm pays and takes in a month.
    pub(crate) fn pay_bills(&mut self, firm: FirmNo) {
        let month = self.firms[firm].revenue * self.firms[firm].pace;
        if month < 100.0 {
            return;
        }
        let at = self.moment(self.today);
        self.saw_business(firm, at);
        let own = self.side(firm);
        let suppliers = self.firms[firm].suppliers.clone();
        for supplier in suppliers {
            if supplier == firm || !self.chance.chance(0.75) {
                continue;
            }
            let other = self.side(supplier);
            let fen = (month * self.chance.lognormal(12.0, 0.7)) as i64;
            let at = self.some_day();
            let filed = self.book((&own, &other), at, fen, Terms::of("货款")).1;
            if self.chance.chance(0.004 * self.options.noise) {
                // Booked by mistake.
                self.retract(firm, &filed, at.plus_days(1));
            }
        }
        let landlord = self.stranger(&format!("landlord-{}", firm % 97));
        let at = self.some_day();
        self.transfer((&own, &landlord), at, (month * 8.0) as i64, Terms::of("租金"));
        let treasury = self.stranger("treasury");
        let at = self.some_day();
        self.transfer((&own, &treasury), at, (month * 3.0) as i64, Terms::of("税费"));
        let platform = self.stranger(&format!("platform-{}", firm % 5));
        for _ in 0..2 {
            let fen = (month * self.chance.lognormal(35.0, 0.3)) as i64;
            let at = self.some_day();
            self.transfer((&platform, &own), at, fen, Terms::of("平台结算"));
        }
        self.pay_wages(firm, &own);
    }

    /// One in eight pays wages straight to its people; the others through their bank in a sum.
    fn pay_wages(&mut self, firm: FirmNo, own: &Side) {
        let at = self.some_day();
        if firm.is_multiple_of(8) {
            let staff: Vec<u32> = self.firms[firm].staff.iter().take(30).copied().collect();
            for (i, person) in staff.into_iter().enumerate() {
                let saver = self.saver(u64::from(person));
                let fen = (self.chance.lognormal(4_800.0, 0.25) as i64) * 100;
                let at = Time(at.0 + i as i64 * 2_000);
                self.transfer((own, &saver), at, fen, Terms::of("工资"));
            }
        } else {
            let bank = self.stranger("payroll-bank");
            let fen = (self.firms[firm].target * 480_000.0) as i64;
            self.transfer((own, &bank), at, fen, Terms::of("代发工资"));
        }
    }

    /// A moment of one of the next 25 days.
    fn some_day(&mut self) -> Time {
        let days = self.chance.below(25) as i32;
        self.moment(self.today.plus(days))
    }
}
