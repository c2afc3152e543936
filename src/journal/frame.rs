//! How does a record look on disk? Frames, each under a CRC, and the epochs made of them.
//!
//! ```text
//! segment := MAGIC version:u32 crc:u32 epoch*
//! epoch   := MARK frame(header) frame(record)*          as many as the header says
//! frame   := length:u32 kind:u8 crc:u32 payload         crc over length, kind and payload
//! ```
//! Numbers are little-endian. Invariant: no single flipped bit and no cut gives a record that was
//! not written.

use crate::journal::{Epoch, Header, Record};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// The format that is written.
pub(super) const VERSION: u32 = 1;
/// Begins a segment.
const MAGIC: &[u8; 8] = b"VESTIGOJ";
/// Begins an epoch: what a search for the next one looks for.
pub(super) const MARK: &[u8; 8] = b"\xe5EPOCH\x01\n";
/// Bytes of a segment before its first epoch.
pub(super) const PREAMBLE: usize = 16;
/// Bytes of a frame before its payload.
const FRAME: usize = 9;
/// Longest payload.
const PAYLOAD_MAX: usize = 64 << 20;

const HEADER: u8 = 1;
const EVENT: u8 = 2;
const DEAD_LETTER: u8 = 3;
const TICK: u8 = 4;
const MODEL: u8 = 5;
const ACT: u8 = 6;
const RECEIPT: u8 = 7;

/// The header frame's payload.
#[derive(Serialize, Deserialize)]
struct Head {
    header: Header,
    records: u32,
}

/// The beginning of a segment.
pub(super) fn preamble() -> [u8; PREAMBLE] {
    let mut bytes = [0; PREAMBLE];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..12]);
    bytes[12..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// The version of a segment.
pub(super) fn version(bytes: &[u8]) -> Result<u32, &'static str> {
    let Some(bytes) = bytes.get(..PREAMBLE) else { return Err("the segment's beginning is cut") };
    if &bytes[..8] != MAGIC {
        return Err("not a journal segment");
    }
    if crc32fast::hash(&bytes[..12]) != word(&bytes[12..]) {
        return Err("the segment's beginning fails its CRC");
    }
    Ok(word(&bytes[8..]))
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Appends an epoch's bytes.
pub(super) fn write(epoch: &Epoch, out: &mut Vec<u8>) {
    out.extend_from_slice(MARK);
    let head = Head { header: epoch.header.clone(), records: epoch.records.len() as u32 };
    frame(HEADER, out, |out| append(&head, out));
    for record in &epoch.records {
        match record {
            Record::Event { digest, source, position, json } => frame(EVENT, out, |out| {
                out.extend_from_slice(&digest.to_le_bytes());
                out.extend_from_slice(&position.to_le_bytes());
                out.extend_from_slice(&(source.len() as u32).to_le_bytes());
                out.extend_from_slice(source.as_bytes());
                out.extend_from_slice(json);
            }),
            Record::DeadLetter(json) => frame(DEAD_LETTER, out, |out| out.extend_from_slice(json)),
            Record::Act(json) => frame(ACT, out, |out| out.extend_from_slice(json)),
            Record::Tick(time) => frame(TICK, out, |out| append(time, out)),
            Record::Model { name, path, author, reason } => {
                frame(MODEL, out, |out| append(&(name, path, author, reason), out));
            }
            Record::Receipt { outlet, epoch } => {
                frame(RECEIPT, out, |out| append(&(outlet, epoch), out));
            }
        }
    }
}

fn append(value: &impl Serialize, out: &mut Vec<u8>) {
    postcard::to_io(value, out).expect("memory takes every byte");
}

fn frame(kind: u8, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME]);
    fill(out);
    let length = ((out.len() - start - FRAME) as u32).to_le_bytes();
    out[start..start + 4].copy_from_slice(&length);
    out[start + 4] = kind;
    let crc = checksum(&out[start..start + 5], &out[start + FRAME..]);
    out[start + 5..start + FRAME].copy_from_slice(&crc.to_le_bytes());
}

fn checksum(head: &[u8], payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(head);
    crc.update(payload);
    crc.finalize()
}

/// Why an epoch cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The bytes end before it does.
    Short,
    /// They are not what was written.
    Bad(&'static str),
}

/// Reads the epoch at the beginning of some bytes, and its length.
pub(super) fn read(bytes: &[u8]) -> Result<(Epoch, usize), Broken> {
    let (head, mut at) = head(bytes)?;
    let mut records = Vec::with_capacity(head.records.min(1 << 16) as usize);
    for _ in 0..head.records {
        let (kind, payload, length) = take(&bytes[at..])?;
        records.push(record(kind, payload).ok_or(Broken::Bad("a record of an unknown form"))?);
        at += length;
    }
    Ok((Epoch { header: head.header, records }, at))
}

/// The header of the epoch at the beginning of some bytes: whether one begins there at all.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Broken> {
    head(bytes).map(|(head, _)| head.header)
}

fn head(bytes: &[u8]) -> Result<(Head, usize), Broken> {
    let Some(mark) = bytes.get(..MARK.len()) else { return Err(Broken::Short) };
    if mark != MARK {
        return Err(Broken::Bad("no epoch begins here"));
    }
    let (kind, payload, length) = take(&bytes[MARK.len()..])?;
    if kind != HEADER {
        return Err(Broken::Bad("an epoch without a header"));
    }
    let head: Head = postcard::from_bytes(payload)
        .map_err(|_| Broken::Bad("an epoch's header of an unknown form"))?;
    Ok((head, MARK.len() + length))
}

/// The frame at the beginning of some bytes: its kind, payload and length.
fn take(bytes: &[u8]) -> Result<(u8, &[u8], usize), Broken> {
    let Some(head) = bytes.get(..FRAME) else { return Err(Broken::Short) };
    let length = word(head) as usize;
    if length > PAYLOAD_MAX {
        return Err(Broken::Bad("a record of an impossible length"));
    }
    let Some(payload) = bytes.get(FRAME..FRAME + length) else { return Err(Broken::Short) };
    if checksum(&head[..5], payload) != word(&head[5..]) {
        return Err(Broken::Bad("a record fails its CRC"));
    }
    Ok((head[4], payload, FRAME + length))
}

fn record(kind: u8, payload: &[u8]) -> Option<Record> {
    match kind {
        EVENT => {
            let digest = u128::from_le_bytes(payload.get(..16)?.try_into().ok()?);
            let position = u64::from_le_bytes(payload.get(16..24)?.try_into().ok()?);
            let length = word(payload.get(24..28)?) as usize;
            let source = std::str::from_utf8(payload.get(28..28 + length)?).ok()?;
            let json = payload.get(28 + length..)?.into();
            Some(Record::Event { digest, source: source.into(), position, json })
        }
        DEAD_LETTER => Some(Record::DeadLetter(payload.into())),
        ACT => Some(Record::Act(payload.into())),
        TICK => postcard::from_bytes::<Time>(payload).ok().map(Record::Tick),
        MODEL => {
            let (name, path, author, reason) = postcard::from_bytes(payload).ok()?;
            Some(Record::Model { name, path, author, reason })
        }
        RECEIPT => {
            let (outlet, epoch) = postcard::from_bytes(payload).ok()?;
            Some(Record::Receipt { outlet, epoch })
        }
        _ => None,
    }
}
