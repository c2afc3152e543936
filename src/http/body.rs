//! What was sent? The bytes of a body, read and unpacked within bounds of size, time and memory.
//!
//! Invariant: no body, packed or not, takes more memory than its room says, and all rooms together
//! no more than the server's. A client that sends too slowly is cut.

use crate::http::Shared;
use crate::http::problem::{Kind, Problem};
use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use std::future::poll_fn;
use std::io::Read;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is counted in units of so many bytes.
pub(super) const ROOM_BYTES: usize = 1 << 10;
/// The largest window of a zstd frame that an HTTP client may ask for (RFC 9659: 8 MiB).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Bytes unpacked at a time.
const UNPACK_BYTES: usize = 64 << 10;

/// Memory that one request holds.
pub(super) struct Room {
    all: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    retry_after_seconds: u64,
}

impl Room {
    pub(super) fn new(shared: &Shared) -> Self {
        let retry_after_seconds = shared.config.retry_after_seconds;
        Self { all: Arc::clone(&shared.memory), held: None, retry_after_seconds }
    }

    /// Makes it hold so many bytes in all.
    fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let have = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Some(missing) = bytes.div_ceil(ROOM_BYTES).checked_sub(have).filter(|m| *m > 0) else {
            return Ok(());
        };
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let Ok(more) = Arc::clone(&self.all).try_acquire_many_owned(missing) else {
            let detail = "too many bodies are being read: send it again later";
            return Err(Problem::new(Kind::InletFull, detail).again_after(self.retry_after_seconds));
        };
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        Ok(())
    }
}

/// The bytes of a body, as they were sent.
pub(super) async fn read(
    shared: &Shared,
    headers: &HeaderMap,
    body: Body,
    room: &mut Room,
) -> Result<Vec<u8>, Problem> {
    let bytes_max = shared.config.body_bytes_max;
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let declared: usize = declared.and_then(|length| length.parse().ok()).unwrap_or(0);
    if declared > bytes_max {
        return Err(too_large(bytes_max));
    }
    let limit = Duration::from_secs(shared.config.body_seconds);
    let Ok(read) = tokio::time::timeout(limit, collect(body, bytes_max, declared, room)).await
    else {
        let detail = format!("the body did not come within {} s", limit.as_secs());
        return Err(Problem::new(Kind::RequestTimeout, detail));
    };
    read
}

async fn collect(
    body: Body,
    bytes_max: usize,
    declared: usize,
    room: &mut Room,
) -> Result<Vec<u8>, Problem> {
    room.grow(declared)?;
    let mut bytes = Vec::with_capacity(declared);
    let mut body = pin!(body);
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let broken = |_| Problem::new(Kind::BadRequest, "the body broke off: send it again");
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if bytes.len() + data.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        room.grow(bytes.len() + data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn too_large(bytes_max: usize) -> Problem {
    let detail = format!("a body may have {bytes_max} bytes, also unpacked: split it");
    Problem::new(Kind::TooLarge, detail)
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Gzip,
    Zstd,
}

impl Encoding {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut named = headers.get_all(CONTENT_ENCODING).iter();
        let encoding = match (named.next(), named.next()) {
            (None, _) => Some(Self::Plain),
            (Some(name), None) => match name.to_str().map(str::to_ascii_lowercase).as_deref() {
                Ok("" | "identity") => Some(Self::Plain),
                Ok("gzip" | "x-gzip") => Some(Self::Gzip),
                Ok("zstd") => Some(Self::Zstd),
                _ => None,
            },
            _ => None,
        };
        encoding.ok_or_else(|| {
            let detail = "a body may be packed once, with gzip or zstd";
            Problem::new(Kind::UnsupportedMedia, detail).with(ACCEPT_ENCODING, "gzip, zstd")
        })
    }

    /// Unpacks a body. Blocks.
    pub(super) fn unpack(
        self,
        body: Vec<u8>,
        bytes_max: usize,
        room: &mut Room,
    ) -> Result<Vec<u8>, Problem> {
        let packed_bytes = body.len();
        let damaged =
            || Problem::new(Kind::UnreadableBody, format!("the body is no {self:?} data"));
        let mut unpacking: Box<dyn Read + '_> = match self {
            Self::Plain => return Ok(body),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(&body[..])),
            Self::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(&body[..]);
                let mut decoder = decoder.map_err(|_| damaged())?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| damaged())?;
                Box::new(decoder)
            }
        };
        let mut plain = Vec::new();
        let mut part = vec![0; UNPACK_BYTES];
        loop {
            let read = unpacking.read(&mut part).map_err(|_| damaged())?;
            if read == 0 {
                return Ok(plain);
            }
            if plain.len() + read > bytes_max {
                return Err(too_large(bytes_max));
            }
            room.grow(packed_bytes + plain.len() + read)?;
            plain.extend_from_slice(&part[..read]);
        }
    }
}
