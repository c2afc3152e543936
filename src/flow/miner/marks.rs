//! What does this one search know of an account? A table that is emptied in no time.

/// A value per account, of the present search only.
#[derive(Debug, Default)]
pub(super) struct Marks<T> {
    stamp: u32,
    cells: Vec<(u32, T)>,
}

impl<T: Copy + Default> Marks<T> {
    /// Forgets everything; room for so many accounts.
    pub(super) fn clear(&mut self, accounts: usize) {
        if self.cells.len() < accounts {
            self.cells.resize(accounts + accounts / 4, (0, T::default()));
        }
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.cells.fill((0, T::default()));
            self.stamp = 1;
        }
    }

    /// What is known of an account.
    #[inline]
    pub(super) fn get(&self, account: u32) -> Option<&T> {
        let (stamp, value) = &self.cells[account as usize];
        (*stamp == self.stamp).then_some(value)
    }

    /// The place for what is known; the default at first.
    #[inline]
    pub(super) fn at(&mut self, account: u32) -> &mut T {
        let cell = &mut self.cells[account as usize];
        if cell.0 != self.stamp {
            *cell = (self.stamp, T::default());
        }
        &mut cell.1
    }
}
