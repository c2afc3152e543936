//! What goes wrong on paper? Fields left out, digits and characters mistyped, codes that fail
//! their check, records that come late or twice, addresses of yesterday.
//!
//! Invariant: slips have a stream of chance of their own, so that the same city with more noise is
//! still the same city. Must not know: which firm is part of a case.

use super::firm::{Firm, FirmNo};
use super::words::ALIKE;
use super::world::World;
use crate::time::{Day, Time};

/// Fields that the register may lack, as bits of [`Firm::blanks`].
pub(crate) mod blank {
    pub(crate) const PHONES: u8 = 1;
    pub(crate) const EMAILS: u8 = 2;
    pub(crate) const LIAISON: u8 = 4;
    pub(crate) const OFFICERS: u8 = 8;
    pub(crate) const INDUSTRY: u8 = 16;
    pub(crate) const FINGERPRINT: u8 = 32;
    /// Officers by name alone, without a number.
    pub(crate) const NUMBERS: u8 = 64;
    pub(crate) const SCOPE: u8 = 128;
}

/// How often a field is left out at usual noise.
const BLANKS: [(u8, f64); 8] = [
    (blank::PHONES, 0.025),
    (blank::EMAILS, 0.05),
    (blank::LIAISON, 0.03),
    (blank::OFFICERS, 0.015),
    (blank::INDUSTRY, 0.03),
    (blank::FINGERPRINT, 0.05),
    (blank::NUMBERS, 0.015),
    (blank::SCOPE, 0.02),
];

impl World {
    /// True as often as the noise has it.
    pub(crate) fn slips(&mut self, usual: f64) -> bool {
        let noise = self.options.noise;
        self.slip.chance((usual * noise).min(0.9))
    }

    /// The clerk leaves out what is not asked for, and mistypes.
    pub(crate) fn blemish(&mut self, firm: &mut Firm) {
        for (field, usual) in BLANKS {
            if self.slips(usual) {
                firm.blanks |= field;
            }
        }
        if self.slips(0.05) {
            firm.phone_style = self.slip.below(5) as u8;
        }
        if self.slips(0.02) {
            firm.spelling.rough = true;
        }
        if self.slips(0.01) {
            firm.phones[0] = firm.phones[0].mistyped(&mut self.slip);
        }
    }

    /// A name as somebody writes it who heard it.
    pub(crate) fn heard(&mut self, name: &str) -> String {
        if !self.slips(0.04) {
            return name.to_owned();
        }
        let mut chars: Vec<char> = name.chars().collect();
        let at = self.slip.below(chars.len());
        if let Some(group) = ALIKE.iter().find(|group| group.contains(chars[at])) {
            let group: Vec<char> = group.chars().collect();
            chars[at] = *self.slip.pick(&group);
        }
        chars.into_iter().collect()
    }

    /// The day on which the register shows what is established on a day: mostly the same.
    pub(crate) fn shown_on(&mut self, established: Day) -> Day {
        if self.slips(0.05) { established.plus(self.slip.range(2, 30) as i32) } else { established }
    }

    /// A code with another check character, if the clerk slips.
    pub(crate) fn mistyped_code(&mut self, firm: FirmNo) -> Option<String> {
        if !self.slips(0.01) {
            return None;
        }
        let mut code = self.code(firm);
        let last = code.pop()?;
        code.push(if last == '0' { '1' } else { '0' });
        Some(code)
    }

    /// When the right record follows a wrong one: days later, but before the end.
    pub(crate) fn mended_at(&mut self, at: Time) -> Time {
        let days = self.slip.range(1, 8);
        at.plus_days(days.min(i64::from(self.end.since(at.day())) - 1).max(0))
    }
}
