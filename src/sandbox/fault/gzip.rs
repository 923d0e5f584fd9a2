//! Gzip made by hand, just enough to send good, broken and hostile streams without a compressor.

/// The ten bytes every gzip stream begins with.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A valid stream that stores `bytes` uncompressed.
pub(super) fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = HEADER.to_vec();
    let blocks = bytes.chunks(usize::from(u16::MAX)).count().max(1);
    for number in 1..=blocks {
        let start = (number - 1) * usize::from(u16::MAX);
        let block = bytes.get(start..).unwrap_or_default();
        let block = block.get(..usize::from(u16::MAX)).unwrap_or(block);
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(number == blocks));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(crc32(bytes).to_le_bytes());
    stream.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    stream
}

/// A stream of about one part in 158 that unpacks to `length` spaces, which JSON allows, and then ends without a checksum.
pub(super) fn bomb(length: usize) -> Vec<u8> {
    let mut bits = Bits {
        bytes: HEADER.to_vec(),
        used: 8,
    };
    // One last block with the fixed code: a space, then "repeat it 258 times" again and again.
    bits.push(0b1, 1);
    bits.push(0b10, 2);
    bits.push(0b0011_0000 + u32::from(b' '), 8);
    for _ in 0..length / 258 {
        bits.push(0b1100_0101, 8);
        bits.push(0, 5);
    }
    bits.push(0, 7);
    bits.bytes
}

/// Writes bits into bytes from the lowest up, as deflate does.
struct Bits {
    bytes: Vec<u8>,
    /// Bits used of the last byte.
    used: u32,
}

impl Bits {
    /// The `count` low bits of `code`, the highest of them first.
    fn push(&mut self, code: u32, count: u32) {
        for place in (0..count).rev() {
            if self.used == 8 {
                self.bytes.push(0);
                self.used = 0;
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(code >> place & 1 == 1) << self.used;
            }
            self.used += 1;
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_gzip_uses() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_bomb_is_small() {
        let bomb = bomb(200 * 1024 * 1024);
        assert!(bomb.len() < 2 * 1024 * 1024, "{}", bomb.len());
    }
}
