//! Can a draw be made and checked from the command line, and by hand?

use crate::vestigo::command;
use serde_json::Value;
use std::fs;
use std::process::Output;

fn sample(args: &[&str]) -> Output {
    command(&[&["sample"], args].concat()).output().unwrap()
}

#[test]
fn a_draw_is_checked_and_a_changed_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let rows: Vec<String> = (0..50)
        .map(|n| {
            let grade = ["A", "B", "C", "D"][n % 4];
            let (inspected, out) = (u8::from(n == 3) * 9, if n == 7 { "已注销" } else { "" });
            format!("9146900700000{n:05},{grade},{inspected},0,{out}")
        })
        .collect();
    fs::write(path("list.csv"), rows.join("\n") + "\n").unwrap();
    let officers = "id,load_max,avoid\nK1,,914690070000000003 914690070000000011\nK2,30,\nK3,,\n";
    fs::write(path("officers.csv"), officers).unwrap();
    let list = path("list.csv");
    let args =
        ["draw", "--list", &list, "--officers", &path("officers.csv"), "--seed", "双色球2026018"];
    let made = sample(&args);
    assert!(made.status.success(), "{made:?}");
    assert_eq!(sample(&args).stdout, made.stdout, "the same from the same");
    fs::write(path("draw.json"), &made.stdout).unwrap();
    let good = sample(&["verify", &path("draw.json"), "--list", &list]);
    assert!(good.status.success(), "{good:?}");

    let draw: Value = serde_json::from_slice(&made.stdout).unwrap();
    let digest = draw["list_digest"].as_str().unwrap();
    let drawn = draw["enterprises"].as_array().unwrap();
    // A and C have 13 and 12, B has 13; of the 12 D one is at the cap and one has ended.
    let count = |grade: &str| drawn.iter().filter(|one| one["grade"] == grade).count();
    assert_eq!(["A", "B", "C", "D"].map(count), [1, 2, 5, 10]);
    assert!(drawn.iter().all(|one| one["officers"].as_array().unwrap().len() == 2));
    // By hand, as docs/sampling.md says: sha256sum of the text.
    let first = &drawn[0];
    let code = first["code"].as_str().unwrap();
    let hand = |text: String| {
        use std::io::Write;
        let mut child = std::process::Command::new("sha256sum")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let answer = child.wait_with_output().unwrap();
        String::from_utf8(answer.stdout).unwrap().split(' ').next().unwrap().to_owned()
    };
    let ticket = hand(format!("双色球2026018|{digest}|{code}|1"));
    assert_eq!(first["ticket"].as_str().unwrap(), ticket);
    let mut sorted = rows.clone();
    sorted.sort();
    assert_eq!(hand(sorted.join("\n") + "\n"), digest, "the list's digest is its file's");

    let text =
        String::from_utf8(made.stdout).unwrap().replacen("双色球2026018", "双色球2026019", 1);
    fs::write(path("other.json"), text).unwrap();
    let bad = sample(&["verify", &path("other.json")]);
    assert_eq!(bad.status.code(), Some(1), "{bad:?}");
    fs::write(path("list.csv"), rows[1..].join("\n") + "\n").unwrap();
    let other = sample(&["verify", &path("draw.json"), "--list", &list]);
    assert_eq!(other.status.code(), Some(1), "{other:?}");
}
