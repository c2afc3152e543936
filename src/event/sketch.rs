//! How is a staff sketch saved? As a list of its values: serde has no arrays of that length.

use crate::limits::MINHASH_VALUES;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

type Sketch = Option<Box<[u32; MINHASH_VALUES]>>;

pub(super) fn serialize<S: Serializer>(sketch: &Sketch, to: S) -> Result<S::Ok, S::Error> {
    sketch.as_ref().map(|values| &values[..]).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sketch, D::Error> {
    let Some(values) = Option::<Box<[u32]>>::deserialize(from)? else { return Ok(None) };
    let right = || de::Error::custom(format!("a sketch has {MINHASH_VALUES} values"));
    values.try_into().map(Some).map_err(|_| right())
}
