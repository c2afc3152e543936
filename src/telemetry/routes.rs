//! Which request was it? The paths of the API as the router knows them, never as they were sent.

use crate::telemetry::labels::Key;

/// Methods and paths, as the router has them.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/warnings"),
    ("GET", "/api/v1/warnings/{id}"),
    ("GET", "/api/v1/pairs"),
    ("GET", "/api/v1/pairs/{id}"),
    ("POST", "/api/v1/pairs/{id}/verdicts"),
    ("GET", "/api/v1/tasks"),
    ("POST", "/api/v1/tasks/pull"),
    ("GET", "/api/v1/tasks/{id}"),
    ("POST", "/api/v1/tasks/{id}/{act}"),
    ("GET", "/api/v1/measures"),
    ("GET", "/api/v1/matters"),
    ("POST", "/api/v1/matters"),
    ("GET", "/api/v1/samples"),
    ("POST", "/api/v1/samples"),
    ("GET", "/api/v1/sources"),
    ("GET", "/api/v1/models"),
    ("POST", "/api/v1/models"),
    ("GET", "/api/v1/enterprises"),
    ("GET", "/api/v1/enterprises/{uscc}"),
    ("GET", "/api/v1/enterprises/{uscc}/timeline"),
    ("GET", "/api/v1/enterprises/{uscc}/index"),
    ("GET", "/api/v1/enterprises/{uscc}/relations"),
    ("GET", "/api/v1/enterprises/{uscc}/flows"),
    ("GET", "/api/v1/enterprises/{uscc}/graph"),
    ("POST", "/api/v1/enterprises/{uscc}/reveal"),
    ("GET", "/api/v1/enterprises/{uscc}/payments"),
    ("GET", "/api/v1/paths"),
    ("GET", "/api/v1/chains"),
    ("GET", "/api/v1/load"),
    ("GET", "/api/v1/map"),
    ("GET", "/api/v1/feeds"),
    ("GET", "/api/v1/groups"),
    ("POST", "/api/v1/query"),
    ("GET", "/api/v1/stream"),
    ("GET", "/api/v1/setup"),
    ("POST", "/api/v1/setup"),
    ("GET", "/api/v1/session"),
    ("POST", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("GET", "/api/v1/accounts"),
    ("POST", "/api/v1/accounts"),
    ("PATCH", "/api/v1/accounts"),
    ("DELETE", "/api/v1/accounts"),
    ("GET", "/api/v1/audit"),
    ("POST", "/api/v1/events"),
    ("GET", "/api/v1/dead-letters"),
    ("POST", "/api/v1/dead-letters"),
    ("GET", "/api/v1/status"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    // What is nothing of the above.
    ("other", "other"),
];

/// What stands below these is asked for seldom, and is told as one: each route costs ten series.
const FOLDED: &[(&str, &str)] = &[
    ("/api/v1/tasks/{id}/proposals", "/api/v1/tasks/{id}"),
    ("/api/v1/matters", "/api/v1/matters"),
    ("/api/v1/samples", "/api/v1/samples"),
    ("/api/v1/models", "/api/v1/models"),
    ("/api/v1/setup", "/api/v1/setup"),
    ("/api/v1/session", "/api/v1/session"),
    ("/api/v1/accounts", "/api/v1/accounts"),
    // Machines have keys as people have accounts.
    ("/api/v1/keys", "/api/v1/accounts"),
    ("/api/v1/shore", "/api/v1/map"),
    ("/api/v1/audit", "/api/v1/audit"),
    ("/api/v1/dead-letters", "/api/v1/dead-letters"),
    ("/health", "/health"),
];

/// The path under which a path of the router is told.
fn folded(path: &str) -> &str {
    let below = |prefix: &str| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    FOLDED.iter().find(|(prefix, _)| below(prefix)).map_or(path, |(_, told)| told)
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(usize);

impl Route {
    /// By method and the router's path.
    pub fn of(method: &str, path: Option<&str>) -> Self {
        let path = path.map(folded);
        let known = ROUTES.iter().position(|(verb, at)| *verb == method && Some(*at) == path);
        Self(known.unwrap_or(ROUTES.len() - 1))
    }

    /// Whether it is none that is known.
    pub fn is_other(self) -> bool {
        self.0 == ROUTES.len() - 1
    }
}

impl Key for Route {
    fn count() -> usize {
        ROUTES.len()
    }

    fn all() -> Vec<Self> {
        (0..ROUTES.len()).map(Self).collect()
    }

    fn place(self) -> usize {
        self.0
    }

    fn words(self) -> Vec<&'static str> {
        let (method, path) = ROUTES[self.0];
        vec![method, path]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_other() {
        assert_eq!(Route::of("GET", Some("/metrics")).words(), ["GET", "/metrics"]);
        let deep = "/api/v1/models/promotions/{id}/{act}";
        assert_eq!(Route::of("POST", Some(deep)).words(), ["POST", "/api/v1/models"]);
        assert!(Route::of("GET", Some("/api/v1/modelsx")).is_other());
        for (method, path) in [("PUT", Some("/metrics")), ("GET", None), ("GET", Some("/x"))] {
            assert!(Route::of(method, path).is_other());
        }
    }
}
