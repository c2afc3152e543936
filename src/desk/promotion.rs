//! Who wants another model to judge, who agreed, and what became of it?
//!
//! One person proposes a model by its digest, another one decides. Invariant: nobody decides what
//! they proposed; a proposal is decided once; an approval overtakes all other open proposals, since
//! they were made against another model. Must not know: files, who may do what.

use crate::desk::{Act, By, Need, Refused};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What is done about a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelDeed {
    /// It is proposed; the act's id becomes that of the promotion.
    Propose(Proposal),
    /// A proposal is decided.
    Decide(Decision),
}

/// A model that is to judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its name: id and beginning of the digest.
    pub model: Arc<str>,
    /// SHA-256 over its files, in hex.
    pub digest: Arc<str>,
    /// The folder of its kept copy, below that of all copies.
    pub path: String,
    /// The name of the model that judges while it is proposed.
    pub before: Arc<str>,
    /// Whether it judged before: a rollback.
    pub back: bool,
}

/// What is decided about a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The promotion: the id of the act that proposed it.
    pub promotion: Arc<str>,
    /// Whether the model is to judge from now on.
    pub approved: bool,
}

/// Where a promotion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has decided.
    Proposed,
    /// The model judges, or did.
    Approved,
    /// Somebody refused it, or its author took it back.
    Rejected,
    /// Another one was approved first.
    Overtaken,
}

impl Stage {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Overtaken => "overtaken",
        }
    }
}

/// A decision that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The act.
    pub act: Arc<str>,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// Why.
    pub reason: String,
}

/// A proposal, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// Its id: that of the act that proposed it.
    pub id: Arc<str>,
    /// When it was proposed.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// Why.
    pub reason: String,
    /// What was proposed.
    pub proposal: Proposal,
    /// Where it stands.
    pub stage: Stage,
    /// Who decided it; nobody decides what was overtaken.
    pub decided: Option<Decided>,
}

/// Why a promotion cannot be proposed or decided so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is none of that id.
    Unknown,
    /// It was decided or overtaken before.
    Over(Stage),
    /// Its author would approve it.
    Own,
    /// Another model judges than the one that it was proposed against.
    Moved,
    /// The model cannot be used, or is not what was proposed.
    Unfit(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no promotion has this id"),
            Self::Over(stage) => write!(f, "the promotion is {} already", stage.word()),
            Self::Own => f.write_str("somebody else than its author must approve a promotion"),
            Self::Moved => f.write_str(
                "another model judges than the one that it was proposed against: propose it anew",
            ),
            Self::Unfit(why) => f.write_str(why),
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Promotion(fault)
    }
}

/// All promotions, in the order in which they were proposed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Promotions(Vec<Promotion>);

impl Promotions {
    /// All of them, the oldest first.
    pub fn all(&self) -> &[Promotion] {
        &self.0
    }

    /// One of them.
    pub fn find(&self, id: &str) -> Option<&Promotion> {
        self.0.iter().find(|one| *one.id == *id)
    }

    /// The last one that was approved: its model judges.
    pub fn in_force(&self) -> Option<&Promotion> {
        // Those proposed before an approval are overtaken by it, so the order is that of approval.
        self.0.iter().rfind(|one| one.stage == Stage::Approved)
    }

    /// Whether a deed would hold.
    ///
    /// # Errors
    /// When it would not.
    pub fn check(&self, act: &Act, deed: &ModelDeed) -> Result<(), Refused> {
        let reasoned = !act.reason.trim().is_empty();
        match deed {
            ModelDeed::Propose(_) if reasoned => Ok(()),
            ModelDeed::Propose(_) => Err(Refused::Needs(Need::Reason)),
            ModelDeed::Decide(deed) => {
                let known = self.find(&deed.promotion).ok_or(Fault::Unknown)?;
                if known.stage != Stage::Proposed {
                    return Err(Fault::Over(known.stage).into());
                }
                if deed.approved && known.by.account == act.by.account {
                    return Err(Fault::Own.into());
                }
                if deed.approved || reasoned { Ok(()) } else { Err(Refused::Needs(Need::Reason)) }
            }
        }
    }

    /// Applies a deed.
    pub(super) fn apply(&mut self, act: &Act, deed: &ModelDeed) -> Result<(), Refused> {
        self.check(act, deed)?;
        match deed {
            ModelDeed::Propose(proposal) => self.0.push(Promotion {
                id: act.id.clone(),
                at: act.at,
                by: act.by.clone(),
                reason: act.reason.clone(),
                proposal: proposal.clone(),
                stage: Stage::Proposed,
                decided: None,
            }),
            ModelDeed::Decide(deed) => {
                for one in &mut self.0 {
                    if one.id == deed.promotion {
                        one.stage = if deed.approved { Stage::Approved } else { Stage::Rejected };
                        one.decided = Some(Decided {
                            act: act.id.clone(),
                            at: act.at,
                            by: act.by.clone(),
                            reason: act.reason.clone(),
                        });
                    } else if deed.approved && one.stage == Stage::Proposed {
                        one.stage = Stage::Overtaken;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Deed, Desk};

    fn act(id: &str, who: &str, reason: &str, deed: ModelDeed) -> Act {
        Act {
            id: id.into(),
            at: Time(1),
            by: By { account: who.into(), agency: None, dispatcher: false },
            reason: reason.into(),
            deed: Deed::Model(Box::new(deed)),
        }
    }

    fn propose(id: &str, who: &str, model: &str) -> Act {
        let proposal = Proposal {
            model: model.into(),
            digest: "d".into(),
            path: "p".into(),
            before: "old".into(),
            back: false,
        };
        act(id, who, "better", ModelDeed::Propose(proposal))
    }

    fn decide(id: &str, who: &str, promotion: &str, approved: bool) -> Act {
        let deed = Decision { promotion: promotion.into(), approved };
        act(id, who, if approved { "" } else { "worse" }, ModelDeed::Decide(deed))
    }

    fn fault(desk: &mut Desk, act: &Act) -> Fault {
        let before = desk.clone();
        let refused = desk.apply(act);
        assert_eq!(*desk, before, "what is refused changes nothing");
        match refused {
            Err(Refused::Promotion(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_takes_two_people_and_is_decided_once() {
        let mut desk = Desk::default();
        desk.apply(&propose("a", "u1", "new")).expect("a proposal");
        desk.apply(&propose("b", "u2", "other")).expect("another");
        assert!(desk.promotions.in_force().is_none(), "a proposal alone changes nothing");
        assert_eq!(fault(&mut desk, &decide("c", "u1", "a", true)), Fault::Own);
        assert_eq!(fault(&mut desk, &decide("c", "u3", "x", true)), Fault::Unknown);
        desk.apply(&decide("c", "u2", "a", true)).expect("somebody else");
        let stands = desk.promotions.in_force().expect("approved");
        assert_eq!((&*stands.id, &*stands.proposal.model), ("a", "new"));
        assert_eq!(fault(&mut desk, &decide("d", "u3", "a", false)), Fault::Over(Stage::Approved));
        let overtaken = Fault::Over(Stage::Overtaken);
        assert_eq!(fault(&mut desk, &decide("d", "u1", "b", true)), overtaken);
        assert_eq!(desk.acts, 3);
    }

    #[test]
    fn its_author_may_take_it_back_with_a_reason() {
        let mut desk = Desk::default();
        let mut silent = propose("a", "u1", "new");
        silent.reason = " ".into();
        assert_eq!(desk.apply(&silent), Err(Refused::Needs(Need::Reason)));
        desk.apply(&propose("a", "u1", "new")).expect("a proposal");
        let mut silent = decide("b", "u1", "a", false);
        silent.reason.clear();
        assert_eq!(desk.apply(&silent), Err(Refused::Needs(Need::Reason)));
        desk.apply(&decide("b", "u1", "a", false)).expect("taken back");
        assert_eq!(desk.promotions.all()[0].stage, Stage::Rejected);
        assert!(desk.promotions.in_force().is_none());
    }

    #[test]
    fn what_is_kept_is_the_same_again() {
        let mut desk = Desk::default();
        for act in [propose("a", "u1", "new"), decide("b", "u2", "a", true)] {
            let json = serde_json::to_vec(&act).expect("plain values");
            assert_eq!(serde_json::from_slice::<Act>(&json).expect("its own"), act);
            desk.apply(&act).expect("it holds");
        }
        let bytes = postcard::to_stdvec(&desk).expect("plain values");
        assert_eq!(postcard::from_bytes::<Desk>(&bytes).expect("its own"), desk);
    }
}
