//! Which provider, and what does its word grant? `[access.oidc]` of a pipeline file, checked at the
//! start.
//!
//! Invariant: the client's secret is named (`env:NAME`, `file:PATH`) and never stands in a pipeline
//! file or an error; whoever fits no mapping is granted nothing.

use crate::access::Role;
use crate::access::accounts::{Grant, NAME_BYTES_MAX};
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

/// The path to which the provider sends a browser back.
pub const CALLBACK: &str = "/api/v1/session/oidc/callback";
/// Characters of a claim that are looked at.
const CLAIM_CHARS_MAX: usize = 512;
/// Values of a claim that are looked at.
const CLAIM_VALUES_MAX: usize = 1_000;

/// An identity provider, and what those whom it vouches for may.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it is, as its tokens say: `https`, or `http` on the loopback.
    pub issuer: String,
    /// By what name it knows this service.
    pub client_id: String,
    /// This service's secret there: `env:NAME` or `file:PATH`. None for a public client.
    pub client_secret: Option<String>,
    /// Where it sends browsers back; made from the HTTP server's address unless given.
    pub redirect_url: Option<String>,
    /// What it is asked for; `openid` always.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// The claim with a name to show.
    #[serde(default = "usual_name")]
    pub name_claim: String,
    /// The claim with the groups, by name or JSON pointer.
    #[serde(default = "usual_groups")]
    pub groups_claim: String,
    /// What is granted to whom: the first that fits counts.
    pub grants: Vec<Mapping>,
    /// Certificates (PEM) that are trusted beside the system's.
    pub ca: Option<PathBuf>,
    /// Seconds for one question to the provider.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u64,
}

/// What is granted to those who have a value of a claim.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The claim, by name or JSON pointer; `groups_claim` unless given.
    pub claim: Option<String>,
    /// The value, or one of the values, that it must have.
    pub value: String,
    /// What they are for.
    pub roles: Vec<Role>,
    /// Their agency.
    pub agency: Option<Arc<str>>,
    /// Prefixes of divisions; an empty one stands for all.
    pub divisions: Vec<Arc<str>>,
}

fn usual_scopes() -> Vec<String> {
    ["openid", "profile"].map(Into::into).to_vec()
}

fn usual_name() -> String {
    "name".into()
}

fn usual_groups() -> String {
    "groups".into()
}

const fn usual_timeout() -> u64 {
    10
}

/// Whether a URL is `https`, or `http` on the loopback.
pub(super) fn is_safe(url: &Url, loopback: bool) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let own = host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    match url.scheme() {
        "https" => true,
        "http" => loopback && own,
        _ => false,
    }
}

impl Config {
    /// Whether the settings make sense.
    ///
    /// # Errors
    /// With the setting at fault.
    pub fn check(&self) -> Result<(), String> {
        let issuer = Url::parse(&self.issuer).map_err(|why| format!("oidc.issuer: {why}"))?;
        if !is_safe(&issuer, true) || issuer.query().is_some() || issuer.fragment().is_some() {
            return Err("oidc.issuer must be https, or http on the loopback, without query".into());
        }
        if !issuer.username().is_empty() || issuer.password().is_some() {
            return Err("oidc.issuer holds a user, which would be a secret in a file".into());
        }
        if self.client_id.is_empty() {
            return Err("oidc.client_id is empty".into());
        }
        if let Some(url) = &self.redirect_url {
            let url = Url::parse(url).map_err(|why| format!("oidc.redirect_url: {why}"))?;
            if !is_safe(&url, true) || url.path() != CALLBACK {
                let rule = format!("must be https, or http on the loopback, with path {CALLBACK}");
                return Err(format!("oidc.redirect_url {rule}"));
            }
        }
        if !(1..=60).contains(&self.timeout_seconds) {
            return Err("oidc.timeout_seconds must be 1 to 60".into());
        }
        if self.grants.is_empty() {
            return Err("oidc.grants is empty: nobody could log in".into());
        }
        (1..).zip(&self.grants).try_for_each(|(number, one)| one.check(number))
    }

    /// Where the provider sends browsers back.
    ///
    /// # Errors
    /// When it is not given and cannot be told from the address.
    pub fn redirect(&self, address: SocketAddr, tls: bool) -> Result<String, String> {
        if let Some(url) = &self.redirect_url {
            return Ok(url.clone());
        }
        if !address.ip().is_loopback() || address.port() == 0 {
            return Err("oidc.redirect_url must be given: browsers do not see this address".into());
        }
        Ok(format!("{}://{address}{CALLBACK}", if tls { "https" } else { "http" }))
    }

    /// The client's secret, looked up.
    ///
    /// # Errors
    /// When it is not there.
    pub fn secret(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<String>, String> {
        let Some(reference) = &self.client_secret else { return Ok(None) };
        let text = if let Some(name) = reference.strip_prefix("env:") {
            env(name).ok_or(format!("oidc.client_secret: the variable \"{name}\" is not set"))?
        } else if let Some(path) = reference.strip_prefix("file:") {
            std::fs::read_to_string(path)
                .map_err(|why| format!("oidc.client_secret: read \"{path}\": {why}"))?
        } else {
            // It may be the secret itself: not repeated.
            let rule = "put it elsewhere, name it env:NAME or file:PATH";
            return Err(format!("oidc.client_secret holds a secret: {rule}"));
        };
        match text.trim() {
            "" => Err("oidc.client_secret is empty".into()),
            text => Ok(Some(text.to_owned())),
        }
    }

    /// The first agency of a mapping that is none of the known ones.
    pub fn unknown_agency(&self, known: impl Fn(&str) -> bool) -> Option<&str> {
        let mut named = self.grants.iter().filter_map(|one| one.agency.as_deref());
        named.find(|agency| !known(agency))
    }

    /// What claims grant: that of the first mapping that fits.
    pub(super) fn granted(&self, claims: &Value) -> Option<Grant> {
        let fits = |one: &&Mapping| {
            let name = one.claim.as_ref().unwrap_or(&self.groups_claim);
            values(claim(claims, name)).any(|value| value == one.value)
        };
        self.grants.iter().find(fits).map(Mapping::grant)
    }

    /// A name to show: without personal numbers, without what is no text, short.
    pub(super) fn name(&self, claims: &Value, subject: &str) -> Arc<str> {
        let told = values(claim(claims, &self.name_claim)).next().unwrap_or_default();
        let plain: String = told.chars().filter(|c| !c.is_control()).collect();
        let masked = crate::event::mask(plain.trim());
        let end = masked.floor_char_boundary(NAME_BYTES_MAX);
        match masked[..end].trim() {
            "" => format!("oidc-{}", &subject[..8.min(subject.len())]).into(),
            name => name.into(),
        }
    }
}

impl Mapping {
    fn check(&self, number: usize) -> Result<(), String> {
        let bad = |rule: &str| Err(format!("oidc.grants {number}: {rule}"));
        if self.value.is_empty() {
            return bad("value is empty");
        }
        if self.roles.is_empty() {
            return bad("roles is empty: it would grant nothing");
        }
        if self.roles.contains(&Role::Feeder) {
            return bad("feeder is for keys");
        }
        if self.divisions.is_empty() {
            return bad("divisions is empty: an empty prefix [\"\"] stands for all");
        }
        if !self.divisions.iter().all(|one| one.bytes().all(|b| b.is_ascii_digit())) {
            return bad("divisions must be digits");
        }
        Ok(())
    }

    fn grant(&self) -> Grant {
        let Self { roles, agency, divisions, .. } = self.clone();
        Grant { roles, agency, divisions }
    }
}

fn claim<'a>(claims: &'a Value, name: &str) -> &'a Value {
    let found = if name.starts_with('/') { claims.pointer(name) } else { claims.get(name) };
    found.unwrap_or(&Value::Null)
}

/// The text that a claim is, or the texts that it lists.
fn values(claim: &Value) -> impl Iterator<Item = &str> {
    let listed = claim.as_array().into_iter().flatten().take(CLAIM_VALUES_MAX);
    let all = listed.chain(std::iter::once(claim)).filter_map(Value::as_str);
    all.filter(|text| text.chars().count() <= CLAIM_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const USUAL: &str = "issuer = \"https://id.example\"\nclient_id = \"vestigo\"\n";

    fn config(more: &str) -> Config {
        let grants = "[[grants]]\nvalue = \"chiefs\"\nroles = [\"dispatcher\"]\n\
                      divisions = [\"\"]\n\
                      [[grants]]\nvalue = \"staff\"\nroles = [\"investigator\"]\n\
                      agency = \"tax\"\ndivisions = [\"469007\", \"4601\"]\n\
                      [[grants]]\nclaim = \"/realm/roles\"\nvalue = \"auditor\"\n\
                      roles = [\"auditor\"]\ndivisions = [\"\"]\n";
        toml::from_str(&format!("{USUAL}{more}\n{grants}")).expect("a table")
    }

    #[test]
    fn the_first_mapping_that_fits_counts_and_none_grants_nothing() {
        let roles = |claims: Value| config("").granted(&claims).map(|grant| grant.roles);
        assert_eq!(roles(json!({ "groups": ["x", "staff"] })), Some(vec![Role::Investigator]));
        assert_eq!(roles(json!({ "groups": ["staff", "chiefs"] })), Some(vec![Role::Dispatcher]));
        assert_eq!(roles(json!({ "groups": "staff" })), Some(vec![Role::Investigator]));
        let deep = json!({ "realm": { "roles": ["auditor"] } });
        assert_eq!(roles(deep), Some(vec![Role::Auditor]));
        for nothing in [
            json!({}),
            json!({ "groups": [] }),
            json!({ "groups": ["Staff", "staf", "staff "] }),
            json!({ "groups": { "staff": true } }),
            json!({ "groups": [["staff"], 7, null] }),
            json!({ "realm/roles": ["auditor"], "roles": ["dispatcher"] }),
            json!([]),
        ] {
            assert_eq!(roles(nothing.clone()), None, "{nothing}");
        }
        let grant = config("").granted(&json!({ "groups": "staff" })).expect("granted");
        assert_eq!(grant.agency.as_deref(), Some("tax"));
        assert_eq!(grant.divisions, ["469007".into(), "4601".into()]);
    }

    #[test]
    fn a_name_holds_no_personal_number() {
        let config = config("");
        let name = |told: Value| config.name(&json!({ "name": told }), "0123456789").to_string();
        assert_eq!(name(json!("  王\u{7}小明 ")), "王小明");
        let masked = name(json!("Li 11010519491231002X"));
        assert!(!masked.contains("1949"), "{masked}");
        for nothing in [json!(null), json!(7), json!(""), json!("\n")] {
            assert_eq!(name(nothing), "oidc-01234567");
        }
        assert_eq!(name(json!("长".repeat(60))).len(), 63, "whole characters");
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        config("").check().expect("good");
        let check = |change: &dyn Fn(&mut Config)| {
            let mut config = config("");
            change(&mut config);
            config.check().expect_err("no good")
        };
        for issuer in
            ["http://id.example", "ftp://127.0.0.1", "https://a:b@id", "id", "https://i?q"]
        {
            assert!(check(&|c| c.issuer = issuer.into()).contains("issuer"), "{issuer}");
        }
        let mut own = config("");
        for issuer in ["http://127.0.0.1:8", "http://[::1]:8/realm", "http://localhost"] {
            own.issuer = issuer.into();
            own.check().expect("the loopback");
        }
        check(&|c| c.redirect_url = Some("https://v.example/other".into()));
        check(&|c| c.grants.clear());
        check(&|c| c.grants[0].roles.push(Role::Feeder));
        check(&|c| c.grants[0].roles.clear());
        check(&|c| c.grants[0].divisions = vec!["46x".into()]);
        check(&|c| c.grants[0].divisions.clear());
        check(&|c| c.timeout_seconds = 0);
        assert_eq!(own.unknown_agency(|known| known == "customs"), Some("tax"));
    }

    #[test]
    fn a_secret_is_named_and_a_redirect_told_from_the_loopback_alone() {
        let env = |name: &str| (name == "SECRET").then(|| "s3\n".to_owned());
        let secret = |text: &str| config(&format!("client_secret = {text:?}")).secret(&env);
        assert_eq!(secret("env:SECRET"), Ok(Some("s3".into())));
        assert!(secret("env:OTHER").is_err() && secret("file:/nowhere").is_err());
        assert!(!secret("hunter2").expect_err("in clear").contains("hunter2"));
        let redirect =
            |address: &str| config("").redirect(address.parse().expect("an address"), false);
        assert_eq!(redirect("127.0.0.1:80"), Ok(format!("http://127.0.0.1:80{CALLBACK}")));
        assert!(redirect("0.0.0.0:80").is_err() && redirect("127.0.0.1:0").is_err());
    }
}
