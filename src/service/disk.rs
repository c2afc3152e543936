//! How much room is left? Bytes free where a folder is.

use std::path::Path;

/// Bytes that may still be written below a folder; none where the system does not tell.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(folder).ok()?;
    Some(told.f_bavail.saturating_mul(told.f_frsize))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_disk_has_room_and_nothing_has_none() {
        assert!(super::free_bytes(&std::env::temp_dir()).is_some_and(|free| free > 1 << 20));
        assert_eq!(super::free_bytes(std::path::Path::new("/nowhere/at/all")), None);
    }
}
