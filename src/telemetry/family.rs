//! How is a metric kept? As one value for each key, made at the start, found without a search.
//!
//! Invariant: every name is registered once; a family of keys has all its series from the start,
//! so that nothing is missing because it has not happened yet.

use crate::telemetry::labels::Key;
use prometheus::core::Collector;
use prometheus::{
    Counter, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    IntGauge, IntGaugeVec, Opts, Registry,
};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Only rises.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// A metric, as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// With the prefix `vestigo_` (but for those of the process).
    pub name: String,
    /// What it tells.
    pub help: String,
    /// What it is.
    pub form: Form,
    /// Its labels.
    pub labels: Vec<String>,
}

/// All metrics, as they are made.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) registry: Registry,
    pub(super) described: Vec<Described>,
}

impl Book {
    fn keep<C: Collector + Clone + 'static>(
        &mut self,
        made: prometheus::Result<C>,
        (name, help, form): (&str, &str, Form),
        labels: &[&str],
    ) -> C {
        let made = made.expect("names and labels are constants of the right form");
        self.registry.register(Box::new(made.clone())).expect("every name is registered once");
        self.described.push(Described {
            name: name.to_owned(),
            help: help.to_owned(),
            form,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        });
        made
    }

    /// A counter.
    pub(super) fn counter(&mut self, name: &str, help: &str) -> IntCounter {
        let made = IntCounter::with_opts(Opts::new(name, help));
        self.keep(made, (name, help, Form::Counter), &[])
    }

    /// A counter of seconds.
    pub(super) fn seconds_total(&mut self, name: &str, help: &str) -> Counter {
        let made = Counter::with_opts(Opts::new(name, help));
        self.keep(made, (name, help, Form::Counter), &[])
    }

    /// A gauge.
    pub(super) fn gauge(&mut self, name: &str, help: &str) -> IntGauge {
        let made = IntGauge::with_opts(Opts::new(name, help));
        self.keep(made, (name, help, Form::Gauge), &[])
    }

    /// A gauge of a fraction or of seconds.
    pub(super) fn fine_gauge(&mut self, name: &str, help: &str) -> Gauge {
        let made = Gauge::with_opts(Opts::new(name, help));
        self.keep(made, (name, help, Form::Gauge), &[])
    }

    /// A histogram.
    pub(super) fn histogram(&mut self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.keep(Histogram::with_opts(opts), (name, help, Form::Histogram), &[])
    }

    /// Counters by key.
    pub(super) fn counters<K: Key>(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Family<K, IntCounter> {
        let made = IntCounterVec::new(Opts::new(name, help), labels);
        let vec = self.keep(made, (name, help, Form::Counter), labels);
        Family::of(|words| vec.with_label_values(words))
    }

    /// Gauges by key.
    pub(super) fn gauges<K: Key>(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Family<K, IntGauge> {
        let made = IntGaugeVec::new(Opts::new(name, help), labels);
        let vec = self.keep(made, (name, help, Form::Gauge), labels);
        Family::of(|words| vec.with_label_values(words))
    }

    /// Gauges by key, of moments with fractions of a second.
    pub(super) fn fine_gauges<K: Key>(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Family<K, Gauge> {
        let made = GaugeVec::new(Opts::new(name, help), labels);
        let vec = self.keep(made, (name, help, Form::Gauge), labels);
        Family::of(|words| vec.with_label_values(words))
    }

    /// Histograms by key.
    pub(super) fn histograms<K: Key>(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> Family<K, Histogram> {
        let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        let vec = self.keep(HistogramVec::new(opts, labels), (name, help, Form::Histogram), labels);
        Family::of(|words| vec.with_label_values(words))
    }

    /// Counters by names of the pipeline or the model.
    pub(super) fn named_counters(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
        most: usize,
    ) -> Named<IntCounterVec> {
        let made = IntCounterVec::new(Opts::new(name, help), labels);
        Named::new(self.keep(made, (name, help, Form::Counter), labels), most)
    }

    /// Gauges by names of the pipeline or the model.
    pub(super) fn named_gauges(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
        most: usize,
    ) -> Named<IntGaugeVec> {
        let made = IntGaugeVec::new(Opts::new(name, help), labels);
        Named::new(self.keep(made, (name, help, Form::Gauge), labels), most)
    }
}

/// Metrics by key.
#[derive(Debug)]
pub struct Family<K, M> {
    kept: Vec<M>,
    keys: PhantomData<fn(K)>,
}

impl<K: Key, M> Family<K, M> {
    fn of(make: impl Fn(&[&str]) -> M) -> Self {
        Self {
            kept: K::all().into_iter().map(|key| make(&key.words())).collect(),
            keys: PhantomData,
        }
    }

    /// The one of a key.
    pub fn of_key(&self, key: K) -> &M {
        &self.kept[key.place()]
    }
}

/// What a name beyond the bound is called.
const OTHER: &str = "other";

/// Metrics by names that the pipeline or the model gives: so many of them, then `other`.
#[derive(Debug)]
pub struct Named<V> {
    vec: V,
    most: usize,
    known: Mutex<BTreeSet<String>>,
}

impl<V> Named<V> {
    fn new(vec: V, most: usize) -> Self {
        Self { vec, most, known: Mutex::default() }
    }

    /// The names that are known.
    pub fn names(&self) -> Vec<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let other = (known.len() >= self.most).then(|| OTHER.to_owned());
        known.iter().cloned().chain(other).collect()
    }

    /// The name itself while there is room for it.
    fn name<'a>(&self, name: &'a str) -> &'a str {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) {
            return name;
        }
        if known.len() >= self.most {
            return OTHER;
        }
        known.insert(name.to_owned());
        name
    }
}

impl Named<IntCounterVec> {
    /// The one of a name; further labels after it.
    pub fn of(&self, name: &str, more: &[&str]) -> IntCounter {
        self.vec.with_label_values(&[&[self.name(name)], more].concat())
    }
}

impl Named<IntGaugeVec> {
    /// The one of a name; further labels after it.
    pub fn of(&self, name: &str, more: &[&str]) -> IntGauge {
        self.vec.with_label_values(&[&[self.name(name)], more].concat())
    }

    /// Sets all to nothing, and forgets the names: what is set next is all there is.
    pub fn clear(&self) {
        self.vec.reset();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::labels::{Channel, Fate};

    #[test]
    fn all_series_are_there_and_names_are_bounded() {
        let mut book = Book::default();
        let family: Family<(Channel, Fate), _> = book.counters("a_total", "a", &["x", "y"]);
        family.of_key((Channel::Kafka, Fate::Duplicate)).inc_by(3);
        let gathered = book.registry.gather();
        let metrics = gathered[0].get_metric();
        assert_eq!(metrics.len(), 15);
        let three = metrics.iter().find(|one| one.get_counter().get_value() > 2.0).expect("set");
        let words: Vec<&str> =
            three.get_label().iter().map(prometheus::proto::LabelPair::value).collect();
        assert_eq!(words, ["kafka", "duplicate"]);

        let named = book.named_counters("b_total", "b", &["name", "what"], 2);
        for name in ["one", "two", "three", "four", "one"] {
            named.of(name, &["done"]).inc();
        }
        let gathered = book.registry.gather();
        let names: Vec<&str> =
            gathered[1].get_metric().iter().map(|metric| metric.get_label()[0].value()).collect();
        assert_eq!(names, ["one", "other", "two"]);
    }
}
