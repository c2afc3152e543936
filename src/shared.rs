//! How are values that many hold written once? For saving and restoring state.
//!
//! Within a [`scope`], the first holder of an `Arc` writes its value and every later one a number;
//! read again within a scope, they hold one value together as before. For serde's `with`.
//! Invariant: outside a scope every holder writes the value itself.

use rustc_hash::FxHashMap;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;

/// What was written or read so far in the scope of this thread.
#[derive(Default)]
struct Table {
    /// By address. The values are kept, so that no address is given twice.
    written: FxHashMap<usize, u32>,
    read: Vec<Arc<dyn Any + Send + Sync>>,
}

thread_local! {
    static TABLE: RefCell<Option<Table>> = const { RefCell::new(None) };
}

/// Saves or restores a whole within one table.
pub fn scope<T>(work: impl FnOnce() -> T) -> T {
    let outer = TABLE.replace(Some(Table::default()));
    let done = work();
    TABLE.set(outer);
    done
}

/// What stands for a holder: the value, or the number of the holder that wrote it.
#[derive(Serialize, Deserialize)]
enum Form<T> {
    Value(T),
    As(u32),
}

/// Writes one holder.
///
/// # Errors
/// As the serializer has them.
pub fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, to: S) -> Result<S::Ok, S::Error> {
    let known = TABLE.with_borrow_mut(|table| {
        let written = &mut table.as_mut()?.written;
        let next = written.len() as u32;
        let number = *written.entry(Arc::as_ptr(value) as usize).or_insert(next);
        (number != next).then_some(number)
    });
    match known {
        Some(number) => Form::<&T>::As(number).serialize(to),
        None => Form::Value(&**value).serialize(to),
    }
}

/// Reads one holder.
///
/// # Errors
/// As the deserializer has them, or when a number stands for nothing.
pub fn deserialize<'de, T, D>(from: D) -> Result<Arc<T>, D::Error>
where
    T: DeserializeOwned + Send + Sync + 'static,
    D: Deserializer<'de>,
{
    // The number of a value is given before those of the values in it.
    let place = TABLE.with_borrow_mut(|table| {
        let read = &mut table.as_mut()?.read;
        read.push(Arc::new(()));
        Some(read.len() - 1)
    });
    let form = Form::<T>::deserialize(from)?;
    TABLE.with_borrow_mut(|table| {
        let read = table.as_mut().map(|table| &mut table.read);
        match (form, read, place) {
            (Form::Value(value), Some(read), Some(place)) => {
                let value = Arc::new(value);
                read[place] = value.clone();
                Ok(value)
            }
            (Form::Value(value), ..) => Ok(Arc::new(value)),
            (Form::As(number), read, _) => {
                let known = read.and_then(|read| {
                    read.pop();
                    read.get(number as usize)?.clone().downcast::<T>().ok()
                });
                known.ok_or_else(|| D::Error::custom(format!("holder {number} is not there")))
            }
        }
    })
}

/// A holder among others, for the lists below.
struct Held<T>(Arc<T>);

impl<T: Serialize> Serialize for Held<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, to)
    }
}

impl<'de, T: DeserializeOwned + Send + Sync + 'static> Deserialize<'de> for Held<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        deserialize(from).map(Held)
    }
}

/// Lists of holders.
pub mod list {
    use super::{Arc, Deserialize, DeserializeOwned, Deserializer, Held, Serialize, Serializer};

    /// Writes them.
    ///
    /// # Errors
    /// As the serializer has them.
    pub fn serialize<T: Serialize, S: Serializer>(
        all: &[Arc<T>],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(all.iter().map(|one| Held(one.clone())))
    }

    /// Reads them.
    ///
    /// # Errors
    /// As the deserializer has them.
    pub fn deserialize<'de, T, D>(from: D) -> Result<Vec<Arc<T>>, D::Error>
    where
        T: DeserializeOwned + Send + Sync + 'static,
        D: Deserializer<'de>,
    {
        Ok(Vec::<Held<T>>::deserialize(from)?.into_iter().map(|held| held.0).collect())
    }
}

/// Holders by key.
pub mod map {
    use super::{Arc, Deserialize, DeserializeOwned, Deserializer, Held, Serialize, Serializer};

    /// Writes them.
    ///
    /// # Errors
    /// As the serializer has them.
    pub fn serialize<'a, K, T, M, S>(all: &'a M, to: S) -> Result<S::Ok, S::Error>
    where
        K: Serialize + 'a,
        T: Serialize + 'a,
        &'a M: IntoIterator<Item = (&'a K, &'a Arc<T>)>,
        S: Serializer,
    {
        let all: Vec<_> = all.into_iter().map(|(key, one)| (key, Held(one.clone()))).collect();
        to.collect_seq(all)
    }

    /// Reads them.
    ///
    /// # Errors
    /// As the deserializer has them.
    pub fn deserialize<'de, K, T, M, D>(from: D) -> Result<M, D::Error>
    where
        K: DeserializeOwned,
        T: DeserializeOwned + Send + Sync + 'static,
        M: FromIterator<(K, Arc<T>)>,
        D: Deserializer<'de>,
    {
        let all = Vec::<(K, Held<T>)>::deserialize(from)?;
        Ok(all.into_iter().map(|(key, held)| (key, held.0)).collect())
    }
}

/// Pairs whose second is a holder.
pub mod pairs {
    use super::{Arc, Deserialize, DeserializeOwned, Deserializer, Held, Serialize, Serializer};

    /// Writes them.
    ///
    /// # Errors
    /// As the serializer has them.
    pub fn serialize<K: Serialize, T: Serialize, S: Serializer>(
        all: &[(K, Arc<T>)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(all.iter().map(|(key, one)| (key, Held(one.clone()))))
    }

    /// Reads them.
    ///
    /// # Errors
    /// As the deserializer has them.
    pub fn deserialize<'de, K, T, D>(from: D) -> Result<Vec<(K, Arc<T>)>, D::Error>
    where
        K: DeserializeOwned,
        T: DeserializeOwned + Send + Sync + 'static,
        D: Deserializer<'de>,
    {
        let all = Vec::<(K, Held<T>)>::deserialize(from)?;
        Ok(all.into_iter().map(|(key, held)| (key, held.0)).collect())
    }
}

/// A part of a stage's state: saved after what is there, restored from the front of the bytes.
pub trait Saved {
    /// Appends it.
    fn save(&self, to: &mut Vec<u8>);

    /// Takes it from the front.
    ///
    /// # Errors
    /// When the bytes are not what was saved.
    fn restore(&mut self, from: &mut &[u8]) -> Result<(), postcard::Error>;
}

impl<T: Serialize + DeserializeOwned> Saved for T {
    fn save(&self, to: &mut Vec<u8>) {
        let extended = postcard::to_extend(self, std::mem::take(to));
        *to = extended.expect("memory takes every byte, and lists know their length");
    }

    fn restore(&mut self, from: &mut &[u8]) -> Result<(), postcard::Error> {
        let (value, rest) = postcard::take_from_bytes(from)?;
        *self = value;
        *from = rest;
        Ok(())
    }
}

/// The fields of a stage that are its state. The others come from its configuration.
macro_rules! fields {
    ($stage:ident { $($field:ident),+ $(,)? }) => {
        impl $stage {
            /// Appends the state.
            pub(crate) fn save(&self, to: &mut Vec<u8>) {
                $($crate::shared::fields!(@save self.$field, to);)+
            }

            /// Takes the state from the front.
            pub(crate) fn restore(&mut self, from: &mut &[u8]) -> Result<(), postcard::Error> {
                $($crate::shared::fields!(@restore self.$field, from);)+
                Ok(())
            }
        }
    };
    (@save $field:expr, $to:ident) => {{
        #[allow(unused_imports, reason = "a stage within a stage has its own")]
        use $crate::shared::Saved as _;
        $field.save($to)
    }};
    (@restore $field:expr, $from:ident) => {{
        #[allow(unused_imports, reason = "a stage within a stage has its own")]
        use $crate::shared::Saved as _;
        $field.restore($from)?
    }};
}
pub(crate) use fields;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Outer {
        #[serde(with = "super")]
        inner: Arc<String>,
    }

    #[derive(Serialize, Deserialize)]
    struct All {
        #[serde(with = "super::list")]
        outers: Vec<Arc<Outer>>,
        #[serde(with = "super")]
        inner: Arc<String>,
    }

    #[test]
    fn what_was_held_together_is_held_together_again() {
        let inner = Arc::new("x".repeat(1000));
        let outer = Arc::new(Outer { inner: inner.clone() });
        let all = All { outers: vec![outer.clone(), outer.clone(), outer], inner };
        let bytes = scope(|| postcard::to_stdvec(&all).expect("plain values"));
        assert!(bytes.len() < 1_100, "written once");
        let again: All = scope(|| postcard::from_bytes(&bytes).expect("as written"));
        assert!(Arc::ptr_eq(&again.outers[0], &again.outers[2]));
        assert!(Arc::ptr_eq(&again.outers[1].inner, &again.inner));
        let alone = postcard::to_stdvec(&all).expect("plain values");
        assert!(alone.len() > 4_000, "outside a scope each writes its own");
        let again: All = postcard::from_bytes(&alone).expect("as written");
        assert_eq!(*again.inner, *all.inner);
    }
}
