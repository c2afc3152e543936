//! How is a saved state divided anew? Put together from all workers, then cut by share.

use crate::risk::Risk;

impl Risk {
    /// Adds the state of another share.
    pub(crate) fn merge(&mut self, other: Self) {
        if self.seats.len() < other.seats.len() {
            self.seats.resize_with(other.seats.len(), || None);
        }
        for (mine, theirs) in self.seats.iter_mut().zip(other.seats) {
            if theirs.is_some() {
                *mine = theirs;
            }
        }
        for (flow, subjects) in other.flows {
            self.flows.entry(flow).or_default().extend(subjects);
        }
        for (other, leaning) in other.leaning {
            self.leaning.entry(other).or_default().extend(leaning);
        }
        for (day, entities) in other.due {
            self.due.entry(day).or_default().extend(entities);
        }
    }

    /// Drops what other shares hold.
    pub(crate) fn keep(&mut self) {
        let share = self.share;
        for seat in &mut self.seats {
            if seat.as_ref().is_some_and(|seat| !share.owns(seat.entity.key())) {
                *seat = None;
            }
        }
        for entities in self.flows.values_mut().chain(self.leaning.values_mut()) {
            entities.retain(|entity| share.owns(entity.key()));
        }
        for entities in self.due.values_mut() {
            entities.retain(|entity| share.owns(entity.key()));
        }
    }
}
