//! What the headers of a reply say, besides HTTP's own business.

use hyper::header::HeaderMap;

/// What the platform's support asks for.
pub(super) fn log_id(headers: &HeaderMap) -> Option<String> {
    ["x-tt-logid", "x-request-id", "request-id"]
        .iter()
        .find_map(|name| header(headers, name))
}

/// The wait the platform names: the first value that is a number of seconds, its own header before the standard one.
pub(super) fn reset(headers: &HeaderMap) -> Option<String> {
    let seconds = |value: &&str| {
        value
            .parse::<f64>()
            .is_ok_and(|s| s.is_finite() && s >= 0.0)
    };
    ["x-ogw-ratelimit-reset", "retry-after"]
        .iter()
        .find_map(|name| {
            let values = headers
                .get_all(*name)
                .iter()
                .filter_map(|value| value.to_str().ok());
            values
                .flat_map(|value| value.split(','))
                .map(str::trim)
                .find(seconds)
                .map(str::to_owned)
        })
}

/// A header as text of a size that can be kept and shown.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.chars().take(HEADER_CHARS_MAX).collect())
}

const HEADER_CHARS_MAX: usize = 512;
