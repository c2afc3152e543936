//! What did the process take? CPU time and peak memory, from the kernel's own books.

/// CPU time of all threads so far, in seconds; 0 where the kernel does not tell.
pub(crate) fn cpu_seconds() -> f64 {
    // Fields 14 and 15 (from 1) of `/proc/self/stat`, in ticks; the name in field 2 may hold
    // blanks, so count from its closing bracket. USER_HZ is 100 on every Linux.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |nth: usize| after_name.split_whitespace().nth(nth)?.parse::<f64>().ok();
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / TICKS_PER_SECOND
}

/// The largest resident memory so far, in bytes; 0 where the kernel does not tell.
pub(crate) fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells() {
        if cfg!(target_os = "linux") {
            assert!(peak_memory_bytes() > 1 << 20);
            let mut sum = 0_u64;
            let before = cpu_seconds();
            while cpu_seconds() - before < 0.02 {
                sum = std::hint::black_box(sum.wrapping_add(1));
            }
        }
    }
}
