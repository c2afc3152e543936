//! Does the provider's word let in whom it should, and nobody else? Against the real binary.

mod provider;

use crate::api::{Bench, PASSWORD};
use crate::live::Service;
use crate::web::{ask, free_address, terminate};
use provider::{CLIENT, Key, Provider, SECRET, Seal, pairs};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const BEGIN: &str = "/api/v1/session/oidc";
const NUMBER: &str = "110105194912310021";

/// What the pipeline file says of a provider.
fn settings(issuer: &str, folder: &tempfile::TempDir) -> String {
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    format!(
        "[access.oidc]\nissuer = {issuer:?}\nclient_id = {CLIENT:?}\n\
         client_secret = \"file:{}\"\n\
         [[access.oidc.grants]]\nvalue = \"chiefs\"\nroles = [\"dispatcher\", \"auditor\"]\n\
         divisions = [\"\"]\n\
         [[access.oidc.grants]]\nvalue = \"staff\"\nroles = [\"investigator\"]\n\
         agency = \"market-regulation\"\ndivisions = [\"469007\"]\n",
        secret.display()
    )
}

/// A service that trusts a provider.
struct House {
    provider: Provider,
    bench: Bench,
    _folder: tempfile::TempDir,
}

impl House {
    fn open(key: Key) -> Self {
        let (provider, folder) = (Provider::start(key), tempfile::tempdir().unwrap());
        let bench = Bench::start_with(&settings(&provider.issuer, &folder));
        Self { provider, bench, _folder: folder }
    }

    /// Sends a browser, with its cookies.
    fn get(&self, path: &str, cookies: &str) -> Answered {
        let headers = [("Cookie", cookies)];
        let (status, head, body) = ask(&self.bench.address, "GET", path, &headers, "").unwrap();
        Answered { status, head, body }
    }

    /// Begins a login: the cookie, and what the provider is asked.
    fn begin(&self, to: &str) -> (String, std::collections::BTreeMap<String, String>) {
        let begun = self.get(&format!("{BEGIN}?to={to}"), "");
        assert_eq!(begun.status, 303, "{}", begun.body);
        let place = begun.header("location").unwrap();
        let (address, query) = place.split_once('?').unwrap();
        assert_eq!(address, format!("{}/authorize", self.provider.issuer));
        let asked = pairs(query);
        assert_eq!(asked["tenant"], "1", "the provider's own part stays");
        (begun.cookie("vestigo_login").unwrap(), asked)
    }

    /// Comes back from the provider.
    fn back(&self, cookie: &str, code: &str, state: &str) -> Answered {
        let path = format!("{BEGIN}/callback?code={code}&state={state}&session_state=more");
        self.get(&path, cookie)
    }

    /// A whole login.
    fn login(&self) -> Answered {
        let (cookie, asked) = self.begin("/alerts");
        let code = self.provider.logs_in(&asked);
        self.back(&cookie, &code, &asked["state"])
    }

    fn me(&self, session: &str) -> (u16, Value) {
        let answer = self.get("/api/v1/session", session);
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    /// What the audit tells of logins that failed.
    fn strays(&self) -> Vec<String> {
        let (_, page) = self.bench.ask("GET", "/api/v1/audit?limit=200", &Value::Null);
        let lines = page["lines"].as_array().unwrap();
        let failed = lines.iter().filter(|line| line["on"] == "oidc");
        failed.map(|line| line["detail"]["refused"].as_str().unwrap().to_owned()).collect()
    }

    fn close(mut self) {
        let log = self.bench.service.log();
        for secret in [NUMBER, SECRET, "code-1-", "eyJ"] {
            assert!(!log.contains(secret), "the log tells {secret}");
        }
        let state = self.bench.service.path("state");
        for file in ["access/accounts.json", "audit/audit.ndjson"] {
            let kept = std::fs::read_to_string(state.join(file)).unwrap();
            assert!(!kept.contains(NUMBER) && !kept.contains("eyJ"), "{file}");
        }
        terminate(&mut self.bench.child);
    }
}

struct Answered {
    status: u16,
    head: String,
    body: String,
}

impl Answered {
    fn header(&self, wanted: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    }

    /// A cookie that is set, as a browser sends it.
    fn cookie(&self, wanted: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let value = name.eq_ignore_ascii_case("set-cookie").then(|| value.trim())?;
            assert!(value.contains("HttpOnly"), "{value}");
            let pair = value.split(';').next()?;
            pair.strip_prefix(wanted)?.starts_with('=').then(|| pair.to_owned())
        })
    }

    fn refused(&self, status: u16, kind: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(self.cookie("vestigo_session").is_none(), "nobody is let in");
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["type"], format!("urn:vestigo:problem:{kind}"), "{problem}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert!(!self.body.contains(NUMBER) && !self.body.contains("eyJ"), "{}", self.body);
    }
}

#[test]
fn a_login_lets_in_with_what_its_group_is_granted() {
    let house = House::open(Key::ec());
    let (_, setup) = house.bench.ask("GET", "/api/v1/setup", &Value::Null);
    assert_eq!(setup["single_sign_on"], true);
    let begun = house.get(BEGIN, "");
    assert!(begun.head.contains("SameSite=Lax"), "{}", begun.head);

    let done = house.login();
    assert_eq!((done.status, done.header("location")), (303, Some("/alerts")), "{}", done.body);
    assert_eq!(done.header("cache-control"), Some("no-store"));
    assert!(done.head.contains("SameSite=Strict"), "{}", done.head);
    assert_eq!(done.cookie("vestigo_login").as_deref(), Some("vestigo_login="), "used up");
    let session = done.cookie("vestigo_session").unwrap();
    let (status, me) = house.me(&session);
    assert_eq!(status, 200);
    assert_eq!(me["roles"], json!(["investigator"]));
    assert_eq!(
        (&me["agency"], &me["divisions"]),
        (&json!("market-regulation"), &json!(["469007"]))
    );
    assert_eq!(me["name"], "李四 ******");

    // The same rules as for other sessions.
    let send = |method: &str, path: &str, csrf: &str| {
        let headers = [("Cookie", session.as_str()), ("X-CSRF-Token", csrf)];
        ask(&house.bench.address, method, path, &headers, "").unwrap()
    };
    let (status, _, body) = send("POST", "/api/v1/tasks/pull", "");
    assert!(status == 403 && body.contains("csrf-missing"), "{status}: {body}");
    assert_eq!(send("DELETE", "/api/v1/session", me["csrf"].as_str().unwrap()).0, 204);
    assert_eq!(house.me(&session).0, 401, "the session is over");

    let (_, page) = house.bench.ask("GET", "/api/v1/audit", &Value::Null);
    let told = |what: &str, by: &str| {
        page["lines"].as_array().unwrap().iter().any(|line| {
            line["what"] == what && line["who"] == me["id"] && line["detail"]["by"] == by
        })
    };
    assert!(told("account", "oidc") && told("login", "oidc"), "{page}");
    // It is no account with a password, whatever is tried.
    let (_, list) = house.bench.ask("GET", "/api/v1/accounts", &Value::Null);
    let mine = list["accounts"].as_array().unwrap().iter().find(|one| one["id"] == me["id"]);
    assert_eq!(mine.unwrap()["vouched"], true);
    for password in ["", PASSWORD] {
        let login = json!({ "name": me["name"], "password": password });
        assert_eq!(house.bench.ask("POST", "/api/v1/session", &login).0, 401);
    }
    house.close();
}

#[test]
fn keys_of_each_kind_are_taken() {
    for key in [Key::ed(), Key::rsa()] {
        let house = House::open(key);
        let done = house.login();
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(house.me(&done.cookie("vestigo_session").unwrap()).0, 200);
        for seal in [Seal::Stranger, Seal::Hmac, Seal::None] {
            house.provider.script().seal = seal;
            house.login().refused(401, "login-refused");
        }
        house.close();
    }
}

#[test]
fn tokens_that_are_not_for_this_login_let_nobody_in() {
    let house = House::open(Key::ec());
    let past = vestigo::source::live::wall_clock().0 / 1_000 - 3_600;
    for (claims, rule) in [
        (json!({ "nonce": "another" }), "another login"),
        (json!({ "nonce": null }), "another login"),
        (json!({ "aud": "another" }), "another audience"),
        (json!({ "aud": [CLIENT, "another"] }), "another party"),
        (json!({ "azp": "another" }), "another party"),
        (json!({ "iss": "https://evil.example" }), "another issuer"),
        (json!({ "exp": past + 300 }), "has ended"),
        (json!({ "iat": past }), "not made now"),
        (json!({ "iat": past + 7_200, "exp": past + 9_000 }), "not made now"),
        (json!({ "sub": "" }), "no subject"),
    ] {
        house.provider.script().claims = claims.clone();
        let done = house.login();
        done.refused(401, "login-refused");
        assert!(done.body.contains(rule), "{claims}: {}", done.body);
    }
    house.provider.script().claims = json!({});
    for seal in [Seal::None, Seal::Hmac, Seal::Stranger, Seal::Unnamed] {
        house.provider.script().seal = seal;
        house.login().refused(401, "login-refused");
    }
    assert_eq!(house.strays().len(), 14, "each is in the audit: {:?}", house.strays());
    house.provider.script().seal = Seal::Honest;
    assert_eq!(house.login().status, 303, "an honest one still comes in");
    house.close();
}

#[test]
fn a_login_is_finished_once_and_by_its_own_browser() {
    let house = House::open(Key::ed());
    let (cookie, asked) = house.begin("/");
    let (other, its) = house.begin("/");
    let code = house.provider.logs_in(&asked);
    house.back(&cookie, &code, "").refused(401, "login-refused");
    house.back(&cookie, &code, &its["state"]).refused(401, "login-refused");
    house.back("", &code, &asked["state"]).refused(401, "login-refused");
    house.back(&other, &code, &asked["state"]).refused(401, "login-refused");
    let session = house.back(&cookie, &code, &asked["state"]);
    assert_eq!(session.status, 303, "none of that used the code up: {}", session.body);
    // What came back once comes back in vain: the state here, the code at the provider.
    house.back(&cookie, &code, &asked["state"]).refused(401, "login-refused");
    house.back(&other, &code, &its["state"]).refused(401, "login-refused");
    let (third, its) = house.begin("/");
    let path = format!("{BEGIN}/callback?error=access_denied&state={}", its["state"]);
    house.get(&path, &third).refused(401, "login-refused");
    let (fourth, its) = house.begin("/");
    let code = house.provider.logs_in(&its);
    let path = format!("{BEGIN}/callback?code={code}&state={}&iss=https://evil", its["state"]);
    house.get(&path, &fourth).refused(401, "login-refused");
    assert_eq!(house.get(&format!("{BEGIN}/callback"), "").status, 401);
    let twice = format!("{BEGIN}/callback?code=a&code=b");
    assert_eq!(house.get(&twice, "").status, 400);
    let mut strays = house.strays();
    strays.sort();
    strays.dedup();
    assert_eq!(strays, ["code", "declined", "not_begun", "spent", "token"]);

    // A person gets a page, not a problem.
    let html = [("Accept", "text/html,application/xhtml+xml")];
    let path = format!("{BEGIN}/callback?code=a&state=b");
    let (status, head, _) = ask(&house.bench.address, "GET", &path, &html, "").unwrap();
    assert_eq!(status, 303);
    assert!(head.to_lowercase().contains("location: /?refused=login-refused"), "{head}");
    house.close();
}

#[test]
fn nobody_is_sent_elsewhere() {
    let house = House::open(Key::ed());
    for to in ["https://evil.example", "//evil.example", "/%5Cevil.example", "evil", "", "/%0aa"] {
        let answer = house.get(&format!("{BEGIN}?to={to}"), "");
        assert_eq!(answer.status, 400, "{to}: {}", answer.head);
        assert!(answer.header("location").is_none());
    }
    let (cookie, asked) = house.begin("/pairs/a..b%3Fx=1");
    let code = house.provider.logs_in(&asked);
    let done = house.back(&cookie, &code, &asked["state"]);
    assert_eq!(done.header("location"), Some("/pairs/a..b?x=1"));
    house.close();
}

#[test]
fn a_new_key_of_the_provider_is_found_and_unknown_ones_do_not_make_it_ask_on() {
    let house = House::open(Key::ed());
    assert_eq!(house.login().status, 303);
    house.provider.script().key = ("second".into(), Key::ec());
    assert_eq!(house.login().status, 303, "it changed its key");
    assert_eq!(house.login().status, 303);
    assert_eq!(house.provider.script().keys_asked, 2, "keys are kept");
    house.provider.script().seal = Seal::Unnamed;
    for _ in 0..12 {
        house.login().refused(401, "login-refused");
    }
    let asked = house.provider.script().keys_asked;
    assert!(asked <= 5, "{asked} questions for keys in a minute");
    house.close();
}

#[test]
fn who_is_granted_nothing_or_switched_off_stays_out() {
    let house = House::open(Key::ed());
    house.provider.script().claims = json!({ "groups": ["guests"] });
    let done = house.login();
    done.refused(403, "login-not-granted");
    assert!(done.body.contains("[access.oidc]"), "what to do: {}", done.body);
    let count = || {
        let (_, list) = house.bench.ask("GET", "/api/v1/accounts", &Value::Null);
        list["accounts"].as_array().unwrap().len()
    };
    assert_eq!(count(), 1, "the administrator alone");

    house.provider.script().claims = json!({});
    let session = house.login().cookie("vestigo_session").unwrap();
    house.provider.script().claims = json!({ "groups": ["chiefs", "staff"] });
    let newer = house.login().cookie("vestigo_session").unwrap();
    let roles = json!(["dispatcher", "auditor"]);
    assert_eq!(house.me(&newer).1["roles"], roles);
    assert_eq!(house.me(&session).1["roles"], roles, "granted anew at each login");
    let id = house.me(&newer).1["id"].as_str().unwrap().to_owned();
    assert_eq!(count(), 2, "the same account");

    let path = format!("/api/v1/accounts/{id}");
    let grant = json!({ "roles": ["operator"], "divisions": [""] });
    let (status, _) =
        house.bench.ask("PATCH", &path, &json!({ "grant": grant, "disabled": false }));
    assert_eq!(status, 422, "the provider says what it may");
    assert_eq!(house.bench.ask("PATCH", &path, &json!({ "disabled": true })).0, 204);
    assert_eq!(house.me(&newer).0, 401);
    house.login().refused(403, "forbidden");
    assert_eq!(house.bench.ask("PATCH", &path, &json!({ "disabled": false })).0, 204);
    let again = house.login().cookie("vestigo_session").unwrap();
    house.provider.script().claims = json!({ "groups": [] });
    house.login().refused(403, "login-not-granted");
    assert_eq!(house.me(&again).0, 401, "what was granted is gone");
    assert_eq!(house.strays(), ["login-not-granted", "forbidden", "login-not-granted"]);
    house.close();
}

#[test]
fn a_provider_that_is_down_holds_nobody_else_up() {
    let (address, theirs) = (free_address(), free_address());
    let folder = tempfile::tempdir().unwrap();
    let more = format!(
        "[http]\naddress = \"{address}\"\n[access]\n{}",
        settings(&format!("http://{theirs}/realm"), &folder)
    );
    let begun = Instant::now();
    // Sets up the first administrator and logs in by a password.
    let bench = Bench::over(Service::new("1", &more), address.clone());
    assert!(begun.elapsed() < Duration::from_secs(30));
    let (status, head, body) = ask(&address, "GET", BEGIN, &[], "").unwrap();
    assert_eq!(status, 503, "{body}");
    assert!(head.to_lowercase().contains("retry-after: 5"), "{head}");
    assert!(body.contains("provider-down") && body.contains("local account"), "{body}");
    assert!(bench.service.log().contains("the identity provider cannot be asked"));

    let provider = Provider::at(TcpListener::bind(&theirs).unwrap(), Key::ed());
    let house = House { provider, bench, _folder: folder };
    std::thread::sleep(Duration::from_millis(2_100));
    assert_eq!(house.login().status, 303, "it is back");
    house.close();
}

#[test]
fn settings_that_make_no_sense_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let good = settings("https://id.example", &folder);
    for (from, to, told) in [
        ("https://id.example", "http://id.example", "access.oidc.issuer"),
        ("market-regulation", "astrology", "\"astrology\" is no"),
        ("[\"investigator\"]", "[\"feeder\"]", "feeder is for"),
        ("file:", "hunter2", "client_secret holds"),
        ("client_id", "client", "client"),
    ] {
        let more =
            format!("[http]\naddress = \"127.0.0.1:8\"\n[access]\n{}", good.replace(from, to));
        let service = Service::new("1", &more);
        let status = service.start(None).wait().unwrap();
        let log = service.log();
        assert!(!status.success() && log.contains(told), "{to}: {log}");
        assert!(!log.contains("hunter2"), "{log}");
    }
}
