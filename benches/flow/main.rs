//! How fast are patterns over a sliding window, beside whom, and what do they find?
//!
//! `cargo bench --bench flow -- peers windows bounds found` runs these parts, or all without a
//! name. The peer and its data come from `../shared/peers` (`VESTIGO_SHARED`), its virtual
//! environments from `PEERS_HOME`; what is not there is skipped, loudly.

mod bounds;
mod found;
mod peers;
mod stream;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let parts: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let all: [(&str, fn()); 4] = [
        ("windows", peers::windows),
        ("bounds", bounds::measure),
        ("found", found::measure),
        ("peers", peers::side_by_side),
    ];
    for (name, part) in all {
        if parts.is_empty() || parts.iter().any(|wanted| wanted == name) {
            println!("\n== {name}");
            part();
        }
    }
}
