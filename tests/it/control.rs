//! Are the published control pairs found, and those of a large ownership graph?

use std::path::{Path, PathBuf};
use vestigo::graph::control::{Table, control_pairs, from_csv};

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn table(path: &Path) -> Table {
    from_csv(&std::fs::read_to_string(path).expect("readable")).expect("a table of holdings")
}

#[test]
fn published_pairs() {
    let Some(folder) = shared("data/company-control") else { return };
    let table = table(&folder.join("own.csv"));
    let name = |node: u32| table.names[node as usize].parse::<u32>().expect("numbered nodes");
    let mut found: Vec<_> = control_pairs(&table.stakes)
        .iter()
        .map(|pair| (name(pair.controller), name(pair.controlled), pair.share.to_string()))
        .collect();
    found.sort_unstable();
    let found: Vec<_> = found.iter().map(|(x, y, share)| format!("{x},{y},{share}")).collect();
    let text = std::fs::read_to_string(folder.join("expected_control.csv")).expect("readable");
    let mut expected: Vec<_> = text.lines().skip(1).map(str::to_owned).collect();
    assert_eq!(expected.len(), 51);
    expected.sort_unstable_by_key(|line| {
        let mut fields = line.split(',').map(|f| f.parse::<f64>().expect("a number") as u32);
        (fields.next(), fields.next())
    });
    assert_eq!(found, expected);
}

/// The file is made by `peers/gen.py` of the shared folder; name it in `VESTIGO_OWNERSHIP_CSV`.
#[test]
fn large_graph() {
    let Ok(path) = std::env::var("VESTIGO_OWNERSHIP_CSV") else {
        eprintln!("skipped: VESTIGO_OWNERSHIP_CSV names no file");
        return;
    };
    let start = std::time::Instant::now();
    let table = table(Path::new(&path));
    let loaded = start.elapsed();
    let pairs = control_pairs(&table.stakes);
    eprintln!(
        "loaded in {loaded:?}, {} pairs in {:?}",
        pairs.len(),
        start.elapsed().checked_sub(loaded).unwrap()
    );
    assert_eq!((table.stakes.len(), pairs.len()), (500_000, 130_255));
}
