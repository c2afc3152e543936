//! What would the Beneficial Ownership Data Standard call it? Statements of version 0.4, one array.
//!
//! Field names and codes are those of the standard's `schema/statement.json` and the record schemas
//! beside it. One statement for each record: an enterprise (`registeredEntity`), a natural person
//! (`anonymousPerson`, never a name), control of the votes (`relationship`). Suspected successions
//! have no place in the standard and are left out. Must not know: where control comes from.

use crate::export::{Control, Network, Party, Publication, Written};
use crate::id::{Uscc, hex, stable_hash_128};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// The version of the standard.
const VERSION: &str = "0.4";
/// Of a share, in percent.
const WHOLE: f64 = 100.0;

/// The statements of one export.
struct Statements<'a, W> {
    publication: &'a Publication,
    /// When the results were told: the date of every statement.
    as_of: &'a str,
    out: W,
    first: bool,
}

/// Writes all statements: what a relationship names stands before it.
pub(super) fn write(
    network: &Network,
    publication: &Publication,
    out: &mut impl Write,
) -> io::Result<Written> {
    let mut written = Written::default();
    if network.as_of.is_empty() && !network.enterprises.is_empty() {
        return Err(io::Error::other(
            "the results do not tell as of when they are, and a statement has a date: export the \
             folder of a whole run",
        ));
    }
    let own = digest(network);
    let person = |number: usize| format!("person-{own}-{number}");
    let mut statements = Statements { publication, as_of: &network.as_of, out, first: true };
    for (code, enterprise) in &network.enterprises {
        let record = entity(code);
        let details = enterprise_details(code, enterprise.name.as_deref());
        statements.add(&record, &record, ("entity", details))?;
        written.enterprises += 1;
    }
    for (number, subject) in subjects(network) {
        statements.add(&person(number), &subject, ("person", person_details()))?;
        written.persons += 1;
    }
    let mut told = BTreeSet::new();
    for control in &network.control {
        let party = match &control.party {
            Party::Enterprise(code) => entity(code),
            Party::Person(number) => person(*number),
        };
        let subject = entity(&control.owned);
        let record = format!("control-{party}-{subject}");
        if !told.insert(record.clone()) {
            continue;
        }
        let details = relationship_details(control, &subject, &party);
        statements.add(&record, &subject, ("relationship", details))?;
        written.control += 1;
    }
    statements.end()?;
    Ok(written)
}

impl<W: Write> Statements<'_, W> {
    /// One statement: about a record, in the network of a subject.
    fn add(
        &mut self,
        record: &str,
        subject: &str,
        (kind, details): (&str, Value),
    ) -> io::Result<()> {
        let mut statement = json!({
            "statementDate": self.as_of,
            "declarationSubject": subject,
            "recordId": record,
            "recordType": kind,
            "recordStatus": "new",
            "recordDetails": details,
            "source": {
                "type": ["thirdParty"],
                "description": "Computed from the events of registers and other feeds",
            },
        });
        // The same claim has the same id, on whatever day it is published.
        let id = hex(&stable_hash_128(statement.to_string().as_bytes()).to_be_bytes());
        statement["statementId"] = json!(format!("vestigo-{id}"));
        statement["publicationDetails"] = json!({
            "publicationDate": self.publication.day,
            "bodsVersion": VERSION,
            "publisher": { "name": self.publication.publisher },
        });
        let before = if self.first { "[\n" } else { ",\n" };
        self.first = false;
        write!(self.out, "{before}{statement}")
    }

    fn end(mut self) -> io::Result<()> {
        let before = if self.first { "[" } else { "" };
        writeln!(self.out, "{before}\n]")
    }
}

/// Tells one export from another: numbers of persons hold in one alone.
fn digest(network: &Network) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{} {}", network.as_of, network.model);
    for control in &network.control {
        let party = match &control.party {
            Party::Enterprise(code) => code.clone(),
            Party::Person(number) => number.to_string(),
        };
        write!(text, "\n{party} {} {}", control.owned, control.pct).expect("a String takes all");
    }
    hex(&stable_hash_128(text.as_bytes()).to_be_bytes()[..8])
}

/// Every person, with the first enterprise in whose network it stands.
fn subjects(network: &Network) -> BTreeMap<usize, String> {
    let mut subjects: BTreeMap<usize, String> = BTreeMap::new();
    for control in &network.control {
        if let Party::Person(number) = control.party {
            subjects.entry(number).or_insert_with(|| entity(&control.owned));
        }
    }
    subjects
}

fn entity(code: &str) -> String {
    format!("cn-uscc-{}", code.to_lowercase())
}

fn enterprise_details(code: &str, name: Option<&str>) -> Value {
    let mut details = json!({
        "isComponent": false,
        "entityType": { "type": "registeredEntity" },
        "jurisdiction": { "name": "China", "code": "CN" },
        "identifiers": [{ "id": code, "schemeName": "Unified social credit code (GB 32100)" }],
    });
    if let Some(name) = name {
        details["name"] = json!(name);
    }
    details
}

fn person_details() -> Value {
    json!({
        "isComponent": false,
        "personType": "anonymousPerson",
        "unspecifiedPersonDetails": {
            "reason": "interestedPartyExemptFromDisclosure",
            "description": "Natural persons and sole traders are not told; the number holds in \
                            this export alone",
        },
    })
}

/// The share is that of the votes, through chains, and may pass the whole where registers
/// contradict each other: the standard ends at 100.
fn relationship_details(control: &Control, subject: &str, party: &str) -> Value {
    let direct = control.via.is_empty();
    let through: Vec<&str> = control.via.iter().map(String::as_str).filter(|c| named(c)).collect();
    let details = match (direct, through.is_empty()) {
        (true, _) => "more than half of the votes".to_owned(),
        (false, true) => "more than half of the votes, through others".to_owned(),
        (false, false) => format!("more than half of the votes, through {}", through.join(", ")),
    };
    json!({
        "isComponent": false,
        "subject": subject,
        "interestedParty": party,
        "interests": [{
            "type": "votingRights",
            "directOrIndirect": if direct { "direct" } else { "indirect" },
            "beneficialOwnershipOrControl": matches!(control.party, Party::Person(_)),
            "share": { "exact": control.pct.clamp(0.0, WHOLE) },
            "details": details,
        }],
    })
}

/// A sole trader's code leads to a person.
fn named(code: &str) -> bool {
    !Uscc::admit(code).is_ok_and(|code| code.is_sole_trader())
}
