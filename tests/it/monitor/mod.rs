//! Do dashboards, rules and metrics fit each other, and does a real Prometheus get answers?

mod drift;
mod files;
mod live;
mod promql;
