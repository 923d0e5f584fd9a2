//! What the browser gets besides pages: the files of `web/`, as they stand in the source.
//!
//! Their address holds a hash over all of them, so that a browser keeps them for good and never mixes two versions.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// A file of the browser.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[
            File {
                name: "page.css",
                text: concat!(include_str!("../report/html/palette.css"), include_str!("web/page.css")),
            },
            $(File { name: $name, text: include_str!(concat!("web/", $name)) }),*
        ]
    };
}

const FILES: &[File] = files![
    "check.js",
    "drop.js",
    "edit.js",
    "enter.js",
    "form.js",
    "frame.js",
    "grid.js",
    "keys.js",
    "layout.js",
    "live.js",
    "post.js",
    "rows.js",
    "sheet.js",
];

/// Where the files are: `/web/` and the hash.
pub(super) fn root() -> &'static str {
    static ROOT: LazyLock<String> = LazyLock::new(|| {
        let mut hash = Sha256::new();
        for file in FILES {
            hash.update(file.name);
            hash.update([0]);
            hash.update(file.text);
            hash.update([0]);
        }
        let mut root = "/web/".to_owned();
        for byte in hash.finalize().iter().take(6) {
            // Writing into a String cannot fail.
            let _ = write!(root, "{byte:02x}");
        }
        root
    });
    &ROOT
}

/// The file at an address below `/web/`.
pub(super) fn find(hash: &str, name: &str) -> Option<&'static File> {
    let is_ours = root().strip_prefix("/web/") == Some(hash);
    FILES.iter().find(|file| is_ours && file.name == name)
}

impl File {
    pub(super) fn content_type(&self) -> &'static str {
        if self.name == "page.css" {
            "text/css; charset=utf-8"
        } else {
            "text/javascript; charset=utf-8"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served_under_the_hash_of_all() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/web");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| {
                let extension = std::path::Path::new(name).extension();
                extension.is_some_and(|extension| extension == "js" || extension == "css")
            })
            .collect();
        there.sort();
        let mut served: Vec<&str> = FILES.iter().map(|file| file.name).collect();
        served.sort_unstable();
        assert_eq!(there, served);
        let hash = root().strip_prefix("/web/").unwrap();
        assert_eq!(hash.len(), 12);
        assert!(find(hash, "page.css").is_some());
        assert!(find("0", "page.css").is_none() && find(hash, "../mod.rs").is_none());
    }
}
