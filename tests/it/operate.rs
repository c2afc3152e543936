//! Do the commands of operators do what they say? Against the real binary, and a running service.

use crate::live::{Service, city};
use crate::vestigo::{LISTS, command, done, root, vestigo};
use crate::web::{await_ready, free_address, get, post, terminate};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

fn served(address: &str) -> Service {
    Service::new("2", &format!("[http]\naddress = \"{address}\"\n[snapshots]\nevery_epochs = 9\n"))
}

fn feed(address: &str, lines: &[String]) {
    for chunk in lines.chunks(200) {
        let body = chunk.join("\n");
        let (status, told) = post(address, "application/x-ndjson", body.as_bytes()).unwrap();
        assert!(status == 202 || status == 422, "{told}");
    }
}

fn settled(address: &str) {
    let deadline = Instant::now() + Duration::from_mins(2);
    let depth = |text: &str| {
        let of = |queue: &str| {
            let start = format!("vestigo_queue_depth{{queue=\"{queue}\"}} ");
            text.lines().find_map(|line| line.strip_prefix(&start)?.parse::<i64>().ok()).unwrap()
        };
        of("inlet") + of("engine") + of("speaker")
    };
    while depth(&get(address, "/metrics").unwrap().1) > 0 {
        assert!(Instant::now() < deadline, "not settled");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A backup that is taken while events come in leads to the same results as the instance itself.
#[test]
fn a_backup_under_load_restores_to_the_same_outputs() {
    let lines = city(92);
    let (address, again) = (free_address(), free_address());
    let (service, restored) = (served(&address), served(&again));
    let mut child = service.start(None);
    await_ready(&address);
    let copy = service.path("backup");
    let (state, to) = (service.path("state").display().to_string(), copy.display().to_string());
    let (before, during) = lines.split_at(lines.len() / 3);
    feed(&address, before);
    let taken = std::thread::scope(|scope| {
        let loading = scope.spawn(|| feed(&address, during));
        let taken = done(&["backup", "--state", &state, "--to", &to]);
        loading.join().unwrap();
        taken
    });
    let taken: Value = serde_json::from_str(&taken).unwrap();
    settled(&address);
    let whole = status(&address)["epochs"].as_u64().unwrap();
    let epoch = taken["epoch"].as_u64().unwrap();
    assert!(0 < epoch && epoch < whole, "{epoch} of {whole}: in the middle of the load");
    terminate(&mut child);

    done(&["backup", "--verify", &to]);
    let twice = vestigo(&["backup", "--state", &state, "--to", &to]);
    assert_eq!(twice.status.code(), Some(74), "a backup is not written over another");
    let back = restored.path("state").display().to_string();
    done(&["restore", "--from", &to, "--state", &back]);
    let mut child = restored.start(None);
    await_ready(&again);
    settled(&again);
    // Receipts of what was still to be delivered may have come on top.
    assert!(status(&again)["epochs"].as_u64().unwrap() >= epoch);
    // The senders send what came after the backup; what is there already is told apart.
    feed(&again, &lines);
    settled(&again);
    terminate(&mut child);
    // What was rejected before the backup was rejected twice: once more when it was sent again.
    for name in LISTS.into_iter().filter(|name| *name != "dead_letters") {
        let (first, second) = (timeless(&service.result(name)), timeless(&restored.result(name)));
        let differing = first.iter().zip(&second).find(|(one, other)| one != other);
        assert!(first == second, "{name}: {differing:?}");
    }
}

/// The objects of a list without the moments that follow from how arrivals were cut into epochs: a
/// warning is raised with the last fact of its epoch, and terms are counted from there.
fn timeless(list: &str) -> Vec<Value> {
    const CUT: [&str; 6] = [
        "raised_at",
        "updated_at",
        "first_seen_at",
        "last_changed_at",
        "ack_due_at",
        "judge_due_at",
    ];
    let object = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().retain(|key, _| !CUT.contains(&key.as_str()));
        value
    };
    let mut objects: Vec<Value> = list.lines().map(object).collect();
    objects.sort_by_cached_key(Value::to_string);
    objects
}

fn status(address: &str) -> Value {
    serde_json::from_str(&get(address, "/api/v1/status").unwrap().1).unwrap()
}

#[test]
fn top_shows_the_stages_and_tap_what_comes_out_of_them() {
    let address = free_address();
    let service = served(&address);
    let mut child = service.start(None);
    await_ready(&address);
    let server = format!("http://{address}");
    let mut tap =
        command(&["tap", "warning", "--objects", "--filter", "level=*", "--server", &server]);
    let tap = tap.args(["--limit", "3", "--seconds", "60"]).stdout(Stdio::piped()).spawn().unwrap();
    // The stream begins where it is asked for.
    let deadline = Instant::now() + Duration::from_secs(20);
    while !get(&address, "/metrics").unwrap().1.contains("vestigo_sse_clients 1") {
        assert!(Instant::now() < deadline, "nobody follows");
        std::thread::sleep(Duration::from_millis(50));
    }
    feed(&address, &city(93));
    let told = String::from_utf8(tap.wait_with_output().unwrap().stdout).unwrap();
    let objects: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 3, "{told}");
    assert!(objects.iter().all(|one| one["level"].is_string() && one["id"].is_string()), "{told}");
    let seen = done(&["top", "--once", "--every", "1", "--server", &server]);
    assert!(seen.starts_with("ready"), "{seen}");
    for word in ["succession", "queue inlet", "open warnings", "journal", "followers"] {
        assert!(seen.contains(word), "{word}: {seen}");
    }
    terminate(&mut child);
    let gone = vestigo(&["top", "--once", "--server", &server]);
    assert_eq!(gone.status.code(), Some(74));
}

#[test]
fn doctor_tells_what_is_wrong_and_how_to_mend_it() {
    let address = free_address();
    let service = served(&address);
    let pipeline = service.path("pipeline.toml").display().to_string();
    let rows = |output: std::process::Output| -> (Option<i32>, Vec<Value>) {
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text.lines().map(|l| serde_json::from_str(l).unwrap()).collect())
    };
    let looked = |pipeline: &str| rows(vestigo(&["doctor", pipeline, "--format", "ndjson"]));
    let state = |rows: &[Value], check: &str| -> String {
        let row = rows.iter().find(|row| row["check"] == check);
        row.unwrap_or_else(|| panic!("{check}: {rows:?}"))["state"].as_str().unwrap().to_owned()
    };
    let (code, found) = looked(&pipeline);
    for check in ["pipeline", "key", "model", "http"] {
        assert_eq!(state(&found, check), "ok", "{found:?}");
    }
    for check in ["disk", "fsync", "clock", "calendar", "open files"] {
        state(&found, check);
    }
    let failed = found.iter().any(|row| row["state"] == "fail");
    assert_eq!(code, Some(failed.into()));
    assert!(found.iter().all(|row| row["state"] == "ok" || row["fix"] != ""), "{found:?}");
    assert!(!service.path("state").exists(), "nothing is made");

    service
        .append("[[sources]]\nkind = \"kafka\"\nbrokers = [\"127.0.0.1:1\"]\ntopics = [\"t\"]\n");
    let text = fs::read_to_string(service.path("pipeline.toml")).unwrap();
    let none = service.path("no-model").display().to_string();
    let model = root().join("models/dongfang/2026.1").display().to_string();
    fs::write(service.path("pipeline.toml"), text.replace(&model, &none)).unwrap();
    let (code, found) = looked(&pipeline);
    assert_eq!(code, Some(1));
    for check in ["model", "broker"] {
        assert_eq!(state(&found, check), "fail", "{found:?}");
    }
    let none = service.path("none.pem").display().to_string();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    service.append(&format!(
        "[sql]\naddress = \"{taken}\"\ncertificate = {none:?}\nprivate_key = {none:?}\n\
         [telemetry.otlp]\nendpoint = \"http://127.0.0.1:1\"\n"
    ));
    let (_, found) = looked(&pipeline);
    let fails = |check: &str, state: &str| {
        found.iter().filter(|row| row["check"] == check && row["state"] == state).count()
    };
    assert_eq!((fails("sql", "fail"), fails("traces", "warn")), (2, 1), "{found:?}");
    fs::write(service.path("pipeline.toml"), "name = 3").unwrap();
    let (code, found) = looked(&pipeline);
    assert_eq!((code, state(&found, "pipeline")), (Some(1), "fail".to_owned()));
}

#[test]
fn config_topology_completions_and_man_are_told() {
    let shown = command(&["config", "show", "--origin", "--format", "ndjson"])
        .env("VESTIGO_STATE", "/somewhere")
        .env_remove("VESTIGO_LISTEN")
        .output()
        .unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    let of = |key: &str| -> Value {
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.into_iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key}: {text}"))
    };
    assert_eq!(of("state.path")["value"], "/somewhere");
    assert!(of("state.path")["origin"].as_str().unwrap().starts_with("env VESTIGO_STATE"));
    assert_eq!(of("http.address")["value"], "127.0.0.1:8080");
    let origin = of("http.address")["origin"].as_str().unwrap().to_owned();
    assert!(
        origin.starts_with("pipelines/city.toml:") && origin.contains("is not set"),
        "{origin}"
    );

    for pipeline in ["pipelines/city.toml", "pipelines/city-kafka.toml", "pipelines/batch.toml"] {
        let drawn = |more: &[&str]| {
            let arguments = [&["topology", pipeline], more].concat();
            let drawn = command(&arguments)
                .env("VESTIGO_EVENTS", "inbox")
                .env("VESTIGO_OUT", "out")
                .output()
                .unwrap();
            String::from_utf8(drawn.stdout).unwrap()
        };
        let picture = drawn(&[]);
        assert!(
            picture.starts_with("flowchart LR") && picture.contains("succession["),
            "{picture}"
        );
        assert!(drawn(&["--format", "dot"]).starts_with("digraph"));
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(done(&["completions", shell]).contains("doctor"), "{shell}");
    }
    assert!(done(&["man"]).contains(".TH vestigo 1"));
    let folder = tempfile::tempdir().unwrap();
    done(&["man", "--to", &folder.path().display().to_string()]);
    let pages = fs::read_dir(folder.path()).unwrap().count();
    assert!(pages > 20, "{pages} pages");
}

/// The unit is well formed and hardened, where systemd is there to say so.
#[test]
fn the_unit_of_systemd_passes_its_own_checks() {
    let unit = fs::read_to_string(root().join("docs/systemd/vestigo.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The program and its user are not on this machine; the rest is as it is.
    let here = unit
        .replace("/usr/local/bin/vestigo", env!("CARGO_BIN_EXE_vestigo"))
        .replace("User=vestigo\nGroup=vestigo", "DynamicUser=no");
    let path = folder.path().join("vestigo.service");
    fs::write(&path, here).unwrap();
    let analyze = |arguments: &[&str]| {
        let path = path.display().to_string();
        let mut command = std::process::Command::new("systemd-analyze");
        command.args(arguments).arg(path).output()
    };
    let Ok(verified) = analyze(&["verify"]) else {
        eprintln!("SKIPPED: no systemd-analyze here");
        return;
    };
    let told = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success() && !told.contains("vestigo.service:"), "{told}");
    let looked = analyze(&["security", "--offline=true", "--threshold=30"]).unwrap();
    let told = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.status.success(), "{told}");
}

/// No container engine is needed to see that the file still fits the repository.
#[test]
fn the_container_file_names_what_is_there() {
    let text = fs::read_to_string(root().join("docs/container/Containerfile")).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let mut copied = 0;
    for line in lines.iter().filter(|line| line.starts_with("COPY ") && !line.contains("--from")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        for from in &words[..words.len() - 1] {
            assert!(root().join(from).exists(), "{line}: no {from}");
            copied += 1;
        }
    }
    assert!(copied >= 5, "{copied}");
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let cargo = read("Cargo.toml");
    let rust = cargo.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    assert!(text.contains(&format!("rust:{}-slim", rust.trim_matches('"'))), "{rust}");
    let package: Value = serde_json::from_str(&read("dashboards/console/package.json")).unwrap();
    let least: u32 = package["engines"]["node"].as_str().unwrap()[2..4].parse().unwrap();
    let node = text.split("node:").nth(1).unwrap().split('-').next().unwrap();
    assert!(node.parse::<u32>().unwrap() >= least, "{node}");
    // What the file sets is what the pipeline of the image asks for.
    let pipeline = read("pipelines/city.toml");
    for set in text.split_whitespace().filter_map(|word| word.split_once('=')) {
        if let (name, true) = (set.0, set.0.starts_with("VESTIGO_")) {
            assert!(name == "VESTIGO_LOG_FORMAT" || pipeline.contains(name), "{name}");
        }
    }
    // What building needs is what `make tools` installs.
    let make = read("Makefile");
    for package in ["build-essential", "pkg-config", "libssl-dev", "zlib1g-dev"] {
        assert!(text.contains(package) && make.contains(package), "{package}");
    }
}
