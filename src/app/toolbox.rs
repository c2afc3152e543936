//! What can an analyst do without a pipeline? Control of enterprises; names, addresses, phones and
//! codes taken apart and compared, a line in, an object out.

use crate::app::Failure;
use crate::app::output::{self, Column, Format};
use crate::entity::{Address, CompanyName, Division, Phone, match_names};
use crate::graph::control::{self, control_pairs};
use crate::id::{IdFault, Uscc};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::io::BufRead;
use std::path::Path;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The name of a company.
    Name,
    /// An address.
    Address,
    /// A phone number.
    Phone,
    /// A unified social credit code.
    Uscc,
}

/// What the two halves of a line are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pairing {
    /// Names of companies.
    Names,
    /// Addresses.
    Addresses,
}

/// Columns of a table of control.
pub(crate) const CONTROL: &[Column] =
    &[("controller", "controller"), ("controlled", "controlled"), ("share", "share")];

/// Every control pair of a table `owner,owned,share`, with the total share that is controlled.
pub(crate) fn control(path: &Path) -> Result<Vec<Value>, Failure> {
    let named = |why: String| format!("read \"{}\": {why}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|error| std::io::Error::new(error.kind(), named(error.to_string())))?;
    let table =
        control::from_csv(&text).map_err(|error| Failure::Data(named(error.to_string())))?;
    let name = |node: u32| &table.names[node as usize];
    let pairs = control_pairs(&table.stakes).into_iter().map(|pair| {
        json!({
            "controller": name(pair.controller),
            "controlled": name(pair.controlled),
            "share": (pair.share.percent() * 1e4).round() / 1e6,
        })
    });
    Ok(pairs.collect())
}

/// Takes texts apart, or the lines of stdin when there are none.
pub(crate) fn parse(part: Part, texts: Vec<String>) -> Result<(), Failure> {
    each_line(texts, |line| match part {
        Part::Name => name(line),
        Part::Address => address(line),
        Part::Phone => phone(line),
        Part::Uscc => uscc(line),
    })
}

/// Compares two texts, or the halves of each line of stdin.
pub(crate) fn matches(pairing: Pairing, texts: Vec<String>) -> Result<(), Failure> {
    let texts = if texts.is_empty() { texts } else { vec![texts.join("\t")] };
    each_line(texts, |line| {
        let Some((a, b)) = line.split_once('\t') else {
            return json!({ "text": line, "error": "two texts with a tab between were expected" });
        };
        match pairing {
            Pairing::Names => names(a, b),
            Pairing::Addresses => addresses(a, b),
        }
    })
}

fn each_line(texts: Vec<String>, object: impl Fn(&str) -> Value) -> Result<(), Failure> {
    if !texts.is_empty() {
        let values: Vec<Value> = texts.iter().map(|text| object(text)).collect();
        return Ok(output::rows(Format::Ndjson, &values, &[])?);
    }
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            output::rows(Format::Ndjson, &[object(&line)], &[])?;
        }
    }
    Ok(())
}

fn name(line: &str) -> Value {
    let name = CompanyName::parse(line);
    json!({
        "text": line,
        "region": name.region,
        "brand": name.brand,
        "industry": name.industry,
        "form": name.form,
        "branch": name.branch,
    })
}

fn address(line: &str) -> Value {
    let address = Address::parse(line, None);
    json!({
        "text": line,
        "province": address.province(),
        "city": address.city(),
        "county": address.county(),
        "town": address.division().and_then(|d| d.town).unwrap_or(&address.town),
        "village": address.village,
        "road": address.road,
        "number": address.number,
        "estate": address.estate,
        "building": address.building,
        "block": address.block,
        "floor": address.floor,
        "room": address.room,
        "cluster": address.cluster,
        "public": address.public,
        "rest": address.rest,
    })
}

fn phone(line: &str) -> Value {
    match Phone::parse(line) {
        Some(phone) => json!({
            "text": line,
            "kind": format!("{:?}", phone.kind).to_lowercase(),
            "digits": phone.digits,
            "extension": phone.extension,
        }),
        None => json!({ "text": line, "error": "no phone number" }),
    }
}

fn uscc(line: &str) -> Value {
    let (code, fault) = match Uscc::parse(line) {
        Ok(code) => (Some(code), None),
        Err(fault) => (Uscc::admit(line).ok(), Some(fault)),
    };
    let division = code.as_ref().and_then(|code| Division::of(code.division()));
    json!({
        "text": line,
        "valid": fault.is_none(),
        "fault": fault.map(|fault| match fault {
            IdFault::Form => "wrong length or characters",
            IdFault::CheckDigit => "both check characters fail",
            IdFault::OuterOnly => "the check character fails, the organisation code inside passes",
        }),
        "uscc": code.as_ref().map(Uscc::as_str),
        "org_code": code.as_ref().map(|code| code.org_code().to_string()),
        "division": code.as_ref().map(Uscc::division),
        "registered_first_in": division.map(|division| division.full_name()),
        "sole_trader": code.as_ref().is_some_and(Uscc::is_sole_trader),
    })
}

fn names(a: &str, b: &str) -> Value {
    let found = match_names(&CompanyName::parse(a), &CompanyName::parse(b));
    json!({
        "a": name(a),
        "b": name(b),
        "level": format!("{:?}", found.level).to_lowercase(),
        "similarity": (found.edit * 1000.0).round() / 1000.0,
    })
}

fn addresses(a: &str, b: &str) -> Value {
    let level = Address::compare(&Address::parse(a, None), &Address::parse(b, None));
    json!({ "a": address(a), "b": address(b), "level": format!("{level:?}").to_lowercase() })
}
