//! What would a graph tool read? GraphML with typed attributes.
//!
//! Must not know: where a pair comes from.

use crate::export::{Network, Party, Verdict, Written};
use std::io::{self, Write};

/// Attributes: id, of what, name, type.
const KEYS: [(&str, &str, &str, &str); 9] = [
    ("kind", "node", "kind", "string"),
    ("name", "node", "name", "string"),
    ("score", "node", "score", "int"),
    ("grade", "node", "grade", "string"),
    ("tie", "edge", "tie", "string"),
    ("confidence", "edge", "confidence", "double"),
    ("level", "edge", "level", "string"),
    ("pct", "edge", "pct", "double"),
    ("seen", "edge", "first_seen_at", "string"),
];

/// Writes nodes (enterprises, placeholders of persons) and directed edges (`control`, `similar`,
/// `succession`).
pub(super) fn write(network: &Network, out: &mut impl Write) -> io::Result<Written> {
    let mut written = Written::default();
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
    )?;
    for (id, of, name, kind) in KEYS {
        writeln!(out, "<key id=\"{id}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>")?;
    }
    writeln!(out, "<graph id=\"vestigo\" edgedefault=\"directed\">")?;
    for (code, enterprise) in &network.enterprises {
        write!(out, "<node id=\"{}\">", escape(code))?;
        data(out, "kind", "enterprise")?;
        data(out, "name", enterprise.name.as_deref().unwrap_or(code))?;
        if let Some(score) = enterprise.score {
            data(out, "score", &score.to_string())?;
        }
        if let Some(grade) = &enterprise.grade {
            data(out, "grade", grade)?;
        }
        writeln!(out, "</node>")?;
        written.enterprises += 1;
    }
    for number in 1..=network.persons {
        write!(out, "<node id=\"person-{number}\">")?;
        data(out, "kind", "natural_person")?;
        writeln!(out, "</node>")?;
        written.persons += 1;
    }
    for control in &network.control {
        let from = match &control.party {
            Party::Enterprise(code) => escape(code),
            Party::Person(number) => format!("person-{number}"),
        };
        write!(out, "<edge source=\"{from}\" target=\"{}\">", escape(&control.owned))?;
        data(out, "tie", "control")?;
        data(out, "pct", &control.pct.to_string())?;
        writeln!(out, "</edge>")?;
        written.control += 1;
    }
    for pair in network.pairs.iter().filter(|pair| pair.verdict != Some(Verdict::Refuted)) {
        let confirmed = pair.verdict == Some(Verdict::Confirmed);
        let (old, new) = (escape(&pair.old), escape(&pair.new));
        write!(out, "<edge source=\"{old}\" target=\"{new}\">")?;
        data(out, "tie", if confirmed { "succession" } else { "similar" })?;
        data(out, "confidence", &pair.confidence.to_string())?;
        data(out, "level", pair.level.as_deref().unwrap_or("none"))?;
        data(out, "seen", &pair.first_seen_at)?;
        writeln!(out, "</edge>")?;
        let count = if confirmed { &mut written.confirmed } else { &mut written.similar };
        *count += 1;
    }
    writeln!(out, "</graph>\n</graphml>")?;
    Ok(written)
}

fn data(out: &mut impl Write, key: &str, value: &str) -> io::Result<()> {
    write!(out, "<data key=\"{key}\">{}</data>", escape(value))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 forbids most controls, even escaped.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
