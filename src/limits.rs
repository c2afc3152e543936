//! What is the most of anything? Every bound of the system, in one place.
//!
//! Bounds named by the event contract (section 4) are marked; the others are ours.

/// Longest accepted line, in bytes (contract: 1 MiB).
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// Deepest accepted JSON nesting (contract: 64).
pub const NESTING_MAX: usize = 64;
/// Longest event `id`, in characters (contract: 128).
pub const EVENT_ID_CHARS_MAX: usize = 128;
/// Longest `source`, in characters.
pub const SOURCE_CHARS_MAX: usize = 256;
/// Longest name, address, label or other short text, in characters.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Longest business scope, note or reason, in characters.
pub const LONG_TEXT_CHARS_MAX: usize = 20_000;
/// Most items in any array of an event, other than `staff_minhash`.
pub const ITEMS_MAX: usize = 1_000;
/// Values of a staff sketch (contract: 128).
pub const MINHASH_VALUES: usize = 128;
/// Largest amount, in fen: 10^16 (100 trillion yuan); sums of a city stay far from i64 overflow.
pub const FEN_MAX: i64 = 10_000_000_000_000_000;
/// Bytes of an original kept in a dead letter (contract: 64 KiB, then a prefix and the SHA-256).
pub const DEAD_LETTER_BYTES_MAX: usize = 64 << 10;
/// Most bytes that one compressed file may unpack to, as a multiple of its packed size.
pub const UNPACK_RATIO_MAX: u64 = 1_000;
/// Bytes that a compressed file may unpack to whatever its ratio: small files pack well.
pub const UNPACK_BYTES_FREE: u64 = 16 << 20;
/// Most bytes that one compressed file may unpack to: 1 TiB.
pub const UNPACK_BYTES_MAX: u64 = 1 << 40;
/// Bytes that are read and parsed at a time; more than a line may have.
pub const BLOCK_BYTES: usize = LINE_BYTES_MAX + (LINE_BYTES_MAX >> 2);
/// Deepest folder that is looked into.
pub const FOLDER_DEPTH_MAX: usize = 32;
/// Most files of one run.
pub const FILES_MAX: usize = 1_000_000;
/// Virtual nodes over which keys are spread; workers own whole virtual nodes.
pub const VIRTUAL_NODES: u64 = 1_024;
/// Earliest and latest year of any date (contract dates are of registries that live now).
pub const YEAR_MIN: i32 = 1900;
/// See [`YEAR_MIN`]; registries write 9999-09-09 for "long-term".
pub const YEAR_MAX: i32 = 9999;

const _: () = assert!(DEAD_LETTER_BYTES_MAX < LINE_BYTES_MAX);
const _: () = assert!(LINE_BYTES_MAX < BLOCK_BYTES);
