//! The Chinese catalogue: for each English pattern the Chinese one, and for each thing that is counted its word.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Tables by room, `"English pattern" = "Chinese pattern"`; `[nouns]` has what is counted.
const CHINESE: &str = include_str!("zh.toml");

/// The table of what is counted.
const NOUNS: &str = "nouns";

struct Catalogue {
    patterns: HashMap<String, String>,
    nouns: HashMap<String, String>,
}

/// Parsed once, when a text is first shown in Chinese.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    // A test holds that it parses. Were it not to, texts would stay English.
    let tables = toml::from_str::<HashMap<String, HashMap<String, String>>>(CHINESE);
    let mut tables = tables.unwrap_or_default();
    Catalogue {
        nouns: tables.remove(NOUNS).unwrap_or_default(),
        patterns: tables.into_values().flatten().collect(),
    }
});

/// The Chinese pattern of an English one.
pub(super) fn chinese(pattern: &str) -> Option<&'static str> {
    CATALOGUE.patterns.get(pattern).map(String::as_str)
}

/// The English pattern as the catalogue holds it, if it does.
pub(super) fn known(pattern: &str) -> Option<&'static str> {
    let found = CATALOGUE.patterns.get_key_value(pattern);
    found.map(|(known, _)| known.as_str())
}

/// The Chinese word for what is counted.
pub(super) fn noun(what: &str) -> Option<&'static str> {
    CATALOGUE.nouns.get(what).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chinese_catalogue_parses_and_holds_no_pattern_twice() {
        let tables: HashMap<String, HashMap<String, String>> = toml::from_str(CHINESE).unwrap();
        let all: usize = tables.values().map(HashMap::len).sum();
        assert_eq!(all, CATALOGUE.patterns.len() + CATALOGUE.nouns.len());
    }
}
