//! Which companies does one holder control? The fixpoint from scratch, for one holder or for all.
//!
//! Invariant: the result does not depend on the order of the edges. Must not know: identities;
//! nodes are dense numbers here.

use super::Proportion;

/// One holding: what an owner has of a company. Several of the same two add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// Number of the owner.
    pub owner: u32,
    /// Number of the company.
    pub owned: u32,
    /// What it holds.
    pub share: Proportion,
}

/// One control pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Number of the controller.
    pub controller: u32,
    /// Number of the company.
    pub controlled: u32,
    /// The controller's own share plus those of the companies that it controls.
    pub share: Proportion,
    /// The controlled companies whose holdings count, sorted; empty when direct only.
    pub via: Vec<u32>,
}

/// All control pairs of a set of holdings, sorted by controller and controlled. Holdings of a
/// company in itself do not count. Time: the sum over all owners of the holdings they reach.
pub fn control_pairs(stakes: &[Stake]) -> Vec<Pair> {
    let nodes = stakes.iter().map(|s| s.owner.max(s.owned) as usize + 1).max().unwrap_or(0);
    let held = Rows::new(nodes, stakes, |s| (s.owner, (s.owned, s.share)));
    let owners = Rows::new(nodes, stakes, |s| (s.owned, s.owner));
    let mut reach = Reach::default();
    let mut pairs = Vec::new();
    for controller in 0..nodes as u32 {
        if held.row(controller).is_empty() {
            continue;
        }
        let found = pairs.len();
        pairs.extend(reach.from(controller, nodes, |node| held.row(node)).iter().map(
            |(controlled, share)| Pair {
                controller,
                controlled: *controlled,
                share: *share,
                via: Vec::new(),
            },
        ));
        for pair in &mut pairs[found..] {
            let row = owners.row(pair.controlled).iter().copied();
            pair.via.extend(row.filter(|owner| reach.holds(*owner)));
            pair.via.sort_unstable();
            pair.via.dedup();
        }
    }
    pairs
}

/// Lists by node, in one allocation.
struct Rows<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Rows<T> {
    fn new(nodes: usize, stakes: &[Stake], split: impl Fn(&Stake) -> (u32, T)) -> Self {
        let counted = || stakes.iter().filter(|s| s.owner != s.owned && s.share.billionths() > 0);
        let mut starts = vec![0; nodes + 1];
        for stake in counted() {
            starts[split(stake).0 as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut items = vec![T::default(); starts[nodes] as usize];
        for stake in counted() {
            let (node, item) = split(stake);
            items[next[node as usize] as usize] = item;
            next[node as usize] += 1;
        }
        Self { starts, items }
    }

    fn row(&self, node: u32) -> &[T] {
        let node = node as usize;
        &self.items[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
}

/// Working memory of one fixpoint, kept from run to run: a run costs what it touches, not the
/// number of nodes. A node's total counts when its mark is of this run.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Reach {
    run: u32,
    marks: Vec<Mark>,
    todo: Vec<u32>,
    found: Vec<(u32, Proportion)>,
}

#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Mark {
    total: Proportion,
    run: u32,
    controlled: bool,
}

impl Reach {
    /// What a holder controls, with the total shares, sorted by node.
    pub(super) fn from<'a>(
        &mut self,
        controller: u32,
        nodes: usize,
        held: impl Fn(u32) -> &'a [(u32, Proportion)],
    ) -> &[(u32, Proportion)] {
        self.begin(nodes);
        self.todo.push(controller);
        while let Some(holder) = self.todo.pop() {
            for (node, share) in held(holder) {
                let mark = &mut self.marks[*node as usize];
                if mark.run != self.run {
                    *mark = Mark { total: Proportion::NONE, run: self.run, controlled: false };
                }
                mark.total = mark.total + *share;
                if mark.total.is_majority() && !mark.controlled && *node != controller {
                    mark.controlled = true;
                    self.todo.push(*node);
                    self.found.push((*node, Proportion::NONE));
                }
            }
        }
        for (node, share) in &mut self.found {
            *share = self.marks[*node as usize].total;
        }
        self.found.sort_unstable();
        &self.found
    }

    /// Whether the last run found a node controlled.
    fn holds(&self, node: u32) -> bool {
        let mark = self.marks[node as usize];
        mark.run == self.run && mark.controlled
    }

    fn begin(&mut self, nodes: usize) {
        if self.marks.len() < nodes {
            self.marks.resize(nodes, Mark::default());
        }
        self.found.clear();
        self.run = self.run.wrapping_add(1);
        if self.run == 0 {
            self.marks.fill(Mark::default());
            self.run = 1;
        }
    }
}
