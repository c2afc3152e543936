//! Is a draw what its seed and list say? It is drawn anew and compared.

use crate::sampling::{Draw, FORMAT, Row, draw, list_digest};

/// What does not agree; nothing when the draw holds. `published`: the list as it was published, where
/// it is at hand: the draw must be of that list.
pub fn verify(told: &Draw, published: Option<&[Row]>) -> Vec<String> {
    if told.format != FORMAT {
        return vec![format!("format {}: this version reads format {FORMAT}", told.format)];
    }
    let mut faults = Vec::new();
    if let Some(published) = published {
        let digest = list_digest(published);
        if digest != told.list_digest {
            faults.push(format!("the published list has the digest {digest}"));
        }
    }
    let digest = list_digest(&told.list);
    if digest != told.list_digest {
        faults.push(format!("the list in the draw has the digest {digest}"));
    }
    let again = match draw(&told.plan, told.list.clone(), told.officers.clone(), &told.seed) {
        Ok(again) => again,
        Err(fault) => {
            faults.push(fault.to_string());
            return faults;
        }
    };
    if again.strata != told.strata {
        faults.push("the numbers by class are others".to_owned());
    }
    if again.excluded != told.excluded {
        faults.push("what could not be drawn is other".to_owned());
    }
    let codes = |draw: &Draw| -> Vec<String> {
        draw.enterprises.iter().map(|one| one.code.clone()).collect()
    };
    let (expected, found) = (codes(&again), codes(told));
    for code in expected.iter().filter(|code| !found.contains(code)) {
        faults.push(format!("{code} was to be drawn"));
    }
    for code in found.iter().filter(|code| !expected.contains(code)) {
        faults.push(format!("{code} was not to be drawn"));
    }
    if expected.len() == found.len() && faults.is_empty() {
        for (a, b) in again.enterprises.iter().zip(&told.enterprises) {
            if a != b {
                faults.push(format!("{}: another place, ticket or other officers", b.code));
            }
        }
    }
    faults
}
