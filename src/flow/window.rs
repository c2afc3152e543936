//! Who paid whom, lately? A windowed multigraph of transfers, in order of time.
//!
//! Invariant: both lists of every account are sorted by time, then by key, whatever the order of
//! arrival, so the content is a function of the set of transfers that hold. At most 64 bytes a
//! transfer (two list entries of 24 and one row of 16). Must not know: what a pattern is.

use std::collections::VecDeque;

/// Bits of a packed entry that hold tags; the rest holds the amount (under 2^54 fen).
const TAG_BITS: u32 = 10;

/// An account inside the window, given out in order of first sight.
pub type AccountNo = u32;

/// One transfer as one of its two accounts sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// When, in milliseconds.
    pub at: i64,
    packed: u64,
    /// The other account.
    pub other: AccountNo,
    /// The row that holds the key.
    pub row: u32,
}

impl Entry {
    /// The amount in fen.
    pub const fn amount(self) -> i64 {
        (self.packed >> TAG_BITS) as i64
    }

    /// The ten tags.
    pub const fn tags(self) -> u16 {
        (self.packed & ((1 << TAG_BITS) - 1)) as u16
    }
}

/// A transfer to put in.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Payment {
    /// From.
    pub payer: AccountNo,
    /// To; another account.
    pub payee: AccountNo,
    /// When, in milliseconds.
    pub at: i64,
    /// Fen, 0 to 10^16.
    pub amount: i64,
    /// Ten bits.
    pub tags: u16,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Row<K> {
    key: K,
    payer: AccountNo,
    payee: AccountNo,
}

/// Entries in order; those before `head` have expired.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct List {
    entries: Vec<Entry>,
    head: usize,
}

impl List {
    fn live(&self) -> &[Entry] {
        &self.entries[self.head..]
    }

    fn between(&self, from: i64, to: i64) -> &[Entry] {
        let live = self.live();
        let start = live.partition_point(|e| e.at < from);
        let end = start + live[start..].partition_point(|e| e.at < to);
        &live[start..end]
    }

    fn drop_before(&mut self, horizon: i64) -> usize {
        let count = self.live().partition_point(|e| e.at < horizon);
        self.head += count;
        if self.head * 2 > self.entries.len() {
            self.entries.drain(..self.head);
            self.head = 0;
        }
        count
    }
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Node {
    outs: List,
    ins: List,
}

/// The window. `K` orders transfers of the same moment and names them.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Window<K> {
    nodes: Vec<Node>,
    rows: VecDeque<Option<Row<K>>>,
    base: u32,
}

impl<K: Ord> Default for Window<K> {
    fn default() -> Self {
        Self { nodes: Vec::new(), rows: VecDeque::new(), base: 0 }
    }
}

impl<K: Ord> Window<K> {
    /// Makes room for the accounts below `count`.
    pub fn grow(&mut self, count: usize) {
        if self.nodes.len() < count {
            self.nodes.resize_with(count, Node::default);
        }
    }

    /// How many accounts there are.
    pub fn accounts(&self) -> usize {
        self.nodes.len()
    }

    /// Puts a transfer in; late ones go to their place in time. Self-loops are not kept.
    pub fn insert(&mut self, payment: Payment, key: K) -> Option<u32> {
        let Payment { payer, payee, at, amount, tags } = payment;
        if payer == payee {
            return None;
        }
        self.grow(payer.max(payee) as usize + 1);
        let row = self.base + self.rows.len() as u32;
        let packed = ((amount.max(0) as u64) << TAG_BITS) | u64::from(tags);
        let out_at = self.place(&self.nodes[payer as usize].outs, at, &key);
        let in_at = self.place(&self.nodes[payee as usize].ins, at, &key);
        let out = Entry { at, packed, other: payee, row };
        self.nodes[payer as usize].outs.entries.insert(out_at, out);
        self.nodes[payee as usize].ins.entries.insert(in_at, Entry { other: payer, ..out });
        self.rows.push_back(Some(Row { key, payer, payee }));
        Some(row)
    }

    /// Takes a transfer out and gives the row it had; `None` when it is not there.
    pub fn remove(&mut self, payer: AccountNo, at: i64, key: &K) -> Option<u32> {
        let node = self.nodes.get(payer as usize)?;
        let found = node
            .outs
            .between(at, at.saturating_add(1))
            .iter()
            .find(|e| self.key(e.row).is_some_and(|k| k == key));
        let Entry { row, other, .. } = found.copied()?;
        remove_row(&mut self.nodes[payer as usize].outs, at, row);
        remove_row(&mut self.nodes[other as usize].ins, at, row);
        self.rows[(row - self.base) as usize] = None;
        Some(row)
    }

    /// Forgets transfers before a moment. Costs a look at every account: call it now and then.
    pub fn expire(&mut self, horizon: i64) {
        for node in &mut self.nodes {
            let before = node.outs.head;
            let gone = node.outs.live().partition_point(|e| e.at < horizon);
            for entry in &node.outs.entries[before..before + gone] {
                self.rows[(entry.row - self.base) as usize] = None;
            }
            node.outs.drop_before(horizon);
            node.ins.drop_before(horizon);
        }
        while matches!(self.rows.front(), Some(None)) {
            self.rows.pop_front();
            self.base += 1;
        }
    }

    /// What an account paid in `[from, to)`, in order of time.
    pub fn outs(&self, account: AccountNo, from: i64, to: i64) -> &[Entry] {
        self.nodes.get(account as usize).map_or(&[], |n| n.outs.between(from, to))
    }

    /// What an account was paid in `[from, to)`, in order of time.
    pub fn ins(&self, account: AccountNo, from: i64, to: i64) -> &[Entry] {
        self.nodes.get(account as usize).map_or(&[], |n| n.ins.between(from, to))
    }

    /// The key of a row.
    pub fn key(&self, row: u32) -> Option<&K> {
        let index = row.checked_sub(self.base)? as usize;
        self.rows.get(index)?.as_ref().map(|r| &r.key)
    }

    /// Payer and payee of a row.
    pub fn ends(&self, row: u32) -> Option<(AccountNo, AccountNo)> {
        let index = row.checked_sub(self.base)? as usize;
        self.rows.get(index)?.as_ref().map(|r| (r.payer, r.payee))
    }

    /// Transfers that are held.
    pub fn len(&self) -> usize {
        self.rows.iter().filter(|r| r.is_some()).count()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn place(&self, list: &List, at: i64, key: &K) -> usize {
        if list.entries.last().is_none_or(|e| e.at < at) {
            return list.entries.len();
        }
        list.head
            + list
                .live()
                .partition_point(|e| e.at < at || (e.at == at && self.key(e.row) < Some(key)))
    }
}

fn remove_row(list: &mut List, at: i64, row: u32) {
    let start = list.head + list.live().partition_point(|e| e.at < at);
    let index = list.entries[start..].iter().position(|e| e.row == row);
    list.entries.remove(start + index.expect("both lists hold every row"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay(payer: u32, payee: u32, at: i64) -> Payment {
        Payment { payer, payee, at, amount: at, tags: 3 }
    }

    #[test]
    fn order_of_arrival_does_not_matter() {
        let rows = [(0, 1, 5, 1u32), (0, 1, 5, 0), (1, 2, 3, 2), (0, 2, 9, 3), (0, 1, 1, 4)];
        let mut shown = Vec::new();
        for turn in 0..rows.len() {
            let mut window = Window::default();
            for i in 0..rows.len() {
                let (a, b, at, key) = rows[(i + turn) % rows.len()];
                window.insert(pay(a, b, at), key);
            }
            let keys: Vec<u32> =
                window.outs(0, 0, 100).iter().map(|e| *window.key(e.row).expect("held")).collect();
            shown.push(keys);
        }
        assert!(shown.iter().all(|keys| *keys == [4, 0, 1, 3]), "{shown:?}");
    }

    #[test]
    fn removes_and_expires() {
        let mut window = Window::default();
        for at in 0..10 {
            window.insert(pay(0, 1, at), at);
        }
        assert!(window.remove(0, 4, &4).is_some() && window.remove(0, 4, &4).is_none());
        window.expire(3);
        assert_eq!(window.ins(1, 0, 100).len(), 6);
        assert_eq!((window.len(), window.outs(0, 5, 7).len()), (6, 2));
        assert_eq!(window.outs(0, 9, 10)[0].amount(), 9);
        assert_eq!(window.outs(0, 9, 10)[0].tags(), 3);
        assert!(window.remove(0, 9, &9).is_some());
    }

    #[test]
    fn stays_within_64_bytes() {
        let row = size_of::<Option<Row<std::sync::Arc<u64>>>>();
        assert!(2 * size_of::<Entry>() + row <= 64);
    }
}
