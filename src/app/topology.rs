//! What flows where? A pipeline as a picture, in Mermaid or Graphviz.

use crate::app::{Failure, live, output, read_pipeline};
use crate::pipeline;
use crate::service::config::{Outlet, Source};
use crate::service::{self, Live};
use clap::ValueEnum;
use std::fmt::Write as _;
use std::path::Path;

/// The language of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
}

/// Boxes and arrows, each box by its id and what stands in it.
#[derive(Debug, Default)]
struct Picture {
    boxes: Vec<(String, String)>,
    arrows: Vec<(String, String, &'static str)>,
}

/// The stages that every pipeline has, in order, with the arrows between them.
const STAGES: [(&str, &str); 8] = [
    ("check", "check<br/>parse, validate, pseudonyms"),
    ("resolve", "resolve<br/>mention to enterprise"),
    ("graph", "graph<br/>ties, control"),
    ("succession", "succession<br/>who became whom"),
    ("flow", "flow<br/>patterns of money"),
    ("risk", "risk<br/>index and contributions"),
    ("warning", "warning<br/>raise, withdraw"),
    ("dispatch", "dispatch<br/>tasks with a clock"),
];
const ARROWS: [(&str, &str); 10] = [
    ("resolve", "graph"),
    ("graph", "succession"),
    ("graph", "flow"),
    ("graph", "risk"),
    ("succession", "risk"),
    ("flow", "risk"),
    ("succession", "warning"),
    ("flow", "warning"),
    ("risk", "warning"),
    ("warning", "dispatch"),
];

impl Picture {
    fn add(&mut self, id: &str, text: &str) {
        self.boxes.push((id.to_owned(), text.to_owned()));
    }

    fn arrow(&mut self, from: &str, to: &str, says: &'static str) {
        self.arrows.push((from.to_owned(), to.to_owned(), says));
    }

    fn stages(&mut self, flow: bool) {
        for (id, text) in STAGES.iter().filter(|(id, _)| flow || *id != "flow") {
            self.add(id, text);
        }
        for (from, to) in ARROWS.iter().filter(|(a, b)| flow || (*a != "flow" && *b != "flow")) {
            self.arrow(from, to, "");
        }
    }

    fn of_live(live: &Live) -> Self {
        let mut picture = Self::default();
        if let Some(http) = &live.http {
            picture.add("http", &format!("HTTP<br/>{}", http.address));
            picture.arrow("http", "check", "events");
        }
        for (number, source) in live.sources.iter().enumerate() {
            let text = match source {
                Source::Files(files) => format!("files<br/>{}", files.paths.join(", ")),
                Source::Kafka(kafka) => {
                    let topics: Vec<&str> =
                        kafka.topics.iter().map(crate::source::kafka::Topic::name).collect();
                    format!("Kafka<br/>{}", topics.join(", "))
                }
            };
            picture.add(&format!("source{number}"), &text);
            picture.arrow(&format!("source{number}"), "check", "records");
        }
        picture.add("journal", "journal<br/>admit, fsync, answer");
        picture.stages(live.flow);
        picture.arrow("check", "journal", "inlet");
        picture.arrow("journal", "resolve", "epochs");
        picture.add("stand", "stand<br/>what stands, snapshots");
        picture.arrow("dispatch", "stand", "effects");
        picture.arrow("warning", "stand", "effects");
        if live.http.is_some() {
            picture.arrow("stand", "http", "reads, stream");
            picture.arrow("http", "journal", "acts");
        }
        if let Some(address) = live.sql.address {
            picture.add("sql", &format!("SQL<br/>{address}"));
            picture.arrow("stand", "sql", "reads");
        }
        for (number, outlet) in live.outlets.iter().enumerate() {
            let text = match outlet {
                Outlet::Ndjson(_) => "NDJSON files".to_owned(),
                Outlet::Kafka(_) => "Kafka topics".to_owned(),
                Outlet::Parquet(_) => "Parquet tables".to_owned(),
                Outlet::Webhook(webhook) => format!("webhook<br/>{}", webhook.name),
            };
            picture.add(&format!("outlet{number}"), &text);
            picture.arrow("stand", &format!("outlet{number}"), "messages");
            picture.arrow(&format!("outlet{number}"), "journal", "receipts");
        }
        picture
    }

    fn of_batch(flow: bool, events: &str, out: &str) -> Self {
        let mut picture = Self::default();
        picture.add("source0", &format!("files<br/>{events}"));
        picture.stages(flow);
        picture.add("out", &format!("results<br/>{out}"));
        picture.arrow("source0", "check", "records");
        picture.arrow("check", "resolve", "events in order");
        picture.arrow("dispatch", "out", "tasks");
        picture.arrow("warning", "out", "warnings");
        picture.arrow("risk", "out", "index");
        picture
    }

    fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for (id, what) in &self.boxes {
            let what = what.replace('"', "#quot;");
            let _ = writeln!(text, "    {id}[\"{what}\"]");
        }
        for (from, to, says) in &self.arrows {
            let says = if says.is_empty() { String::new() } else { format!("|{says}|") };
            let _ = writeln!(text, "    {from} -->{says} {to}");
        }
        text
    }

    fn dot(&self) -> String {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut text = String::from("digraph vestigo {\n    rankdir=LR;\n    node [shape=box];\n");
        for (id, what) in &self.boxes {
            let _ =
                writeln!(text, "    {id} [label=\"{}\"];", quoted(what).replace("<br/>", "\\n"));
        }
        for (from, to, says) in &self.arrows {
            let _ = writeln!(text, "    {from} -> {to} [label=\"{says}\"];");
        }
        text + "}\n"
    }
}

/// Draws a pipeline.
pub(crate) fn run(path: &Path, language: Language) -> Result<(), Failure> {
    let is_live = service::is_live(path).map_err(|error| Failure::Config(error.into()))?;
    let picture = if is_live {
        Picture::of_live(&live::read(path, &service::Overrides::default())?)
    } else {
        let read = read_pipeline(path, &pipeline::Overrides::default())?;
        Picture::of_batch(read.flow, &read.events.join(", "), &read.out.display().to_string())
    };
    let text = match language {
        Language::Mermaid => picture.mermaid(),
        Language::Dot => picture.dot(),
    };
    Ok(output::text(text.trim_end())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrow_joins_two_boxes() {
        for flow in [true, false] {
            let picture = Picture::of_batch(flow, "a \"b\".ndjson", "out");
            for (from, to, _) in &picture.arrows {
                for end in [from, to] {
                    assert!(picture.boxes.iter().any(|(id, _)| id == end), "{end}");
                }
            }
            assert_eq!(picture.mermaid().contains("flow["), flow);
            assert!(picture.mermaid().contains("a #quot;b#quot;.ndjson"));
            assert!(picture.dot().contains("a \\\"b\\\".ndjson"));
        }
    }
}
