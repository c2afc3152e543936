//! What would FollowTheMoney call it? Entities as JSON lines.
//!
//! Schema and property names are those of followthemoney's `schema/*.yaml`: `Company`, `Person`,
//! `Ownership`, `Similar` and `Succession`. Must not know: where a pair comes from.

use crate::export::{Control, Network, Pair, Party, Verdict, Written};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes all entities: nodes before the ties between them.
pub(super) fn write(network: &Network, out: &mut impl Write) -> io::Result<Written> {
    let mut written = Written::default();
    for (code, enterprise) in &network.enterprises {
        let mut properties = json!({
            "registrationNumber": [code],
            "jurisdiction": ["cn"],
        });
        if let Some(name) = &enterprise.name {
            properties["name"] = json!([name]);
        }
        entity(out, &company(code), "Company", properties)?;
        written.enterprises += 1;
    }
    for number in 1..=network.persons {
        let properties = json!({ "summary": ["A natural person, not identified"] });
        entity(out, &person(number), "Person", properties)?;
        written.persons += 1;
    }
    for control in &network.control {
        ownership(out, control)?;
        written.control += 1;
    }
    for pair in &network.pairs {
        match pair.verdict {
            Some(Verdict::Confirmed) => {
                succession(out, pair)?;
                written.confirmed += 1;
            }
            Some(Verdict::Refuted) => {}
            None => {
                similar(out, pair, &network.model)?;
                written.similar += 1;
            }
        }
    }
    Ok(written)
}

fn company(code: &str) -> String {
    format!("cn-uscc-{}", code.to_lowercase())
}

fn person(number: usize) -> String {
    format!("person-{number}")
}

fn entity(out: &mut impl Write, id: &str, schema: &str, properties: Value) -> io::Result<()> {
    let value = json!({ "id": id, "schema": schema, "properties": properties });
    writeln!(out, "{value}")
}

/// The share is that of the votes, through chains: the role says so.
fn ownership(out: &mut impl Write, control: &Control) -> io::Result<()> {
    let owner = match &control.party {
        Party::Enterprise(code) => company(code),
        Party::Person(number) => person(*number),
    };
    let asset = company(&control.owned);
    let role = if control.via.is_empty() {
        "control of votes".to_owned()
    } else {
        format!("control of votes, through {}", control.via.join(", "))
    };
    let properties = json!({
        "owner": [owner],
        "asset": [asset],
        "percentage": [control.pct.to_string()],
        "role": [role],
    });
    entity(out, &format!("own-{owner}-{asset}"), "Ownership", properties)
}

fn similar(out: &mut impl Write, pair: &Pair, model: &str) -> io::Result<()> {
    let (old, new) = (company(&pair.old), company(&pair.new));
    let properties = json!({
        "candidate": [old],
        "match": [new],
        "confidenceScore": [pair.confidence.to_string()],
        "criteria": pair.families,
        "matcher": [format!("vestigo {model}").trim_end()],
    });
    entity(out, &format!("similar-{old}-{new}"), "Similar", properties)
}

fn succession(out: &mut impl Write, pair: &Pair) -> io::Result<()> {
    let (old, new) = (company(&pair.old), company(&pair.new));
    let properties = json!({
        "predecessor": [old],
        "successor": [new],
        "status": ["confirmed by a person's verdict"],
    });
    entity(out, &format!("succession-{old}-{new}"), "Succession", properties)
}
