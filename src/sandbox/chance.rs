//! Chance that can be repeated: the same seed, place and number give the same draw, whatever else happened in between.

/// A draw from 0 up to, not including, 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
pub(super) fn draw(seed: u64, place: u64, number: u64) -> f64 {
    let bits = mixed(mixed(seed ^ mixed(place)) ^ number) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

/// The finishing step of splitmix64: every bit of the input changes half of the output.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_with_the_seed_and_are_spread_evenly() {
        let draws: Vec<f64> = (0..10_000).map(|number| draw(42, 1, number)).collect();
        assert_eq!(
            draws,
            (0..10_000)
                .map(|number| draw(42, 1, number))
                .collect::<Vec<_>>()
        );
        assert_ne!(
            draws,
            (0..10_000)
                .map(|number| draw(43, 1, number))
                .collect::<Vec<_>>()
        );
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        let low = draws.iter().filter(|draw| **draw < 0.25).count();
        assert!((2300..2700).contains(&low), "{low}");
    }
}
