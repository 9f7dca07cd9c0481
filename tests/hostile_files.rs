//! No single file makes the program slow: documents that cost a reader of Markdown or YAML
//! more than their length, each read and judged as `check` does.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test writes files, starts the program and looks at a clock"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mergecast::pass::load::read_content;
use mergecast::system::WorkTree;

/// The largest text that is read as Markdown, in bytes.
const FULL: usize = 64 * 1024;
/// What one file may cost. Without optimisation everything takes many times as long, and
/// other tests run beside this one.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 6 } else { 1 });
const CONFIG: &str = "version: 1\ntimezone: Europe/Berlin\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";

/// Repeated until the body is full. Each opens something, or may.
const REPEATED: &[&str] = &[
    "[",
    "![",
    "@[",
    "<",
    "*",
    "_",
    "**",
    "~~",
    "`",
    "(",
    "]",
    "](",
    "[x](",
    "[x](<",
    "[x](y \"",
    "&",
    "&#",
    "\\",
    "#",
    "#a",
    "#a ",
    "|",
    "> ",
    ">",
    "- ",
    "1. ",
    "\t",
    "<!--",
    "<!",
    "<?",
    "<a ",
    "<a b=\"",
    "<![CDATA[",
    "<http://",
    "<a@",
    "@",
    "\n",
    "-",
    "=",
    "a\n=\n",
    "```\n",
    "~~~\n",
    "[a]: b\n",
    "[a]: <",
    "[a]: b \"\n",
    "[a]\n",
    "[a][b]",
    "[^a]",
    "[^a]: ",
    "|-|\n",
    "a|b\n-|-\n",
    "*a_ ",
    "*a **b ",
    "a**b*c",
    "`a``",
    "`a ``b ```c ",
    "\u{200b}",
    "\u{202e}",
    "\u{1d400}",
    "\u{301}",
    "\u{1}",
    "\u{2028}",
    "@[a](urn:li:person:b)",
    "@[a](urn:li:x:1) ",
    "![a](b.png)\n",
    "<b>\n\n",
    "<b>",
    "a\\\n",
    "x\n> ",
    "> x\ny\n",
    "- x\ny\n",
    "> - ",
    "- [x] a\n",
    ":\n: a\n",
    "界\n",
    "a\n\n",
    "<http://a.b>",
    "https://e.org/a ",
    "👩‍👩‍👧‍👦",
    "word ",
    "a",
];

/// Nested as deep as the body allows.
const NESTED: &[(&str, &str)] = &[
    ("[", "]"),
    ("![", "](x)"),
    ("[", "](x)"),
    ("[![", "](x)](y)"),
    ("@[", "](urn:li:person:x)"),
    ("*", "*"),
    ("**", "**"),
    ("*_", "_*"),
    ("*a ", " b*"),
    ("~~", "~~"),
    ("(", ")"),
    ("<b>", "</b>"),
];

fn bodies() -> Vec<(String, String)> {
    let full = |text: &str| text.repeat(FULL / text.len());
    let repeated = REPEATED
        .iter()
        .map(|text| (format!("{text:?}…"), full(text)));
    let nested = NESTED.iter().map(|(open, close)| {
        let depth = FULL / (open.len() + close.len()) - 1;
        let body = format!("{}x{}", open.repeat(depth), close.repeat(depth));
        (format!("{open:?}…{close:?}"), body)
    });
    let numbered = |line: &dyn Fn(usize) -> String| -> String {
        let mut text = String::new();
        let mut lines = (0..).map(line);
        while text.len() < FULL {
            text.extend(lines.next());
        }
        text.truncate(FULL);
        text
    };
    let lazy = |mark: &str| format!("{}x\n{}", mark.repeat(FULL / 4), "y\n".repeat(FULL / 4 - 2));
    let others = [
        ("a deep quote with lazy lines", lazy("> ")),
        ("a deep list with lazy lines", lazy("- ")),
        ("deep quotes", format!("{}x\n", ">".repeat(2000)).repeat(32)),
        (
            "a deep list with blank lines",
            format!("{}x{}", "- ".repeat(FULL / 4), "\n".repeat(FULL / 2 - 8)),
        ),
        ("fences", numbered(&|n| format!("{}\n", "`".repeat(n + 3)))),
        (
            "code spans",
            numbered(&|n| format!("{} ", "`".repeat(n + 1))),
        ),
        ("definitions", numbered(&|n| format!("[a{n}]: b\n"))),
        ("hashtags", numbered(&|n| format!("#a{n} "))),
        ("images", numbered(&|n| format!("![](m{n}.png)\n"))),
        ("items", numbered(&|n| format!("{n}. a\n\n"))),
        (
            "indented items",
            numbered(&|n| format!("{}- x\n", " ".repeat(2 * n))),
        ),
        (
            "a wide table",
            format!(
                "{0}\n{1}\n{2}",
                "|a".repeat(9000),
                "|-".repeat(9000),
                "|\n".repeat(9000)
            ),
        ),
        (
            "one long definition",
            format!("[a]: {}\n\n{}", "x".repeat(20_000), "[a] ".repeat(10_000)),
        ),
    ];
    let others = others.map(|(name, body)| (name.to_owned(), body));
    repeated.chain(nested).chain(others).collect()
}

/// Front matter and configurations that a reader of YAML may stumble over.
fn front_matters() -> Vec<String> {
    let full = |text: &str| text.repeat(16 * 1024 / text.len() - 1);
    let numbered: String = (0..1500).map(|n| format!("k{n}: v\n")).collect();
    let aliases: String = (1..200)
        .map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1))
        .collect();
    vec![
        full("["),
        full("{"),
        full("{a: "),
        full("- "),
        full("? "),
        full("a: "),
        full("&a "),
        full("*a "),
        full("!a "),
        full("\""),
        full("'"),
        full("a: |\n"),
        full("<<: a\n"),
        full("#"),
        full("a: b\n"),
        full("\t"),
        full("- - "),
        full("[a, "),
        full("\\x"),
        full("id: a\n"),
        format!("{}: b\n", "k".repeat(16_000)),
        format!("labels: [{}]\n", "a, ".repeat(5000)),
        format!("media: [{}]\n", "a.png, ".repeat(2000)),
        format!("x: \"{}\"\n", "\\n".repeat(8000)),
        format!("x: >\n{}", " y\n".repeat(5000)),
        numbered,
        aliases,
    ]
}

/// Reads one document as every command does.
fn read(folder: &Path, text: &str) -> Duration {
    std::fs::write(folder.join("posts/a.md"), text).unwrap();
    let began = Instant::now();
    let content = read_content(&WorkTree::new(folder)).unwrap();
    let took = began.elapsed();
    let shown = content.desired.diagnostics.len();
    assert!(shown < 1000, "a flood of {shown} problems is shown");
    took
}

fn root() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("posts")).unwrap();
    std::fs::write(folder.path().join("mergecast.yaml"), CONFIG).unwrap();
    folder
}

#[test]
fn a_full_body_of_any_kind_is_read_in_time() {
    let folder = root();
    for (name, body) in bodies() {
        assert!(body.len() <= FULL, "{name}");
        let text = format!("---\nscheduled_at: on-merge\n---\n{body}");
        let took = read(folder.path(), &text);
        assert!(took < PATIENCE, "{name}: {took:?}");
    }
}

#[test]
fn full_front_matter_of_any_kind_is_read_in_time() {
    let folder = root();
    for text in front_matters() {
        let name: String = text.chars().take(20).collect();
        let took = read(folder.path(), &format!("---\n{text}\n---\nx\n"));
        assert!(took < PATIENCE, "{name:?}: {took:?}");
        let config = format!("{CONFIG}{}\n", text.repeat(3));
        std::fs::write(folder.path().join("mergecast.yaml"), config).unwrap();
        let began = Instant::now();
        let _ = read_content(&WorkTree::new(folder.path()));
        assert!(
            began.elapsed() < PATIENCE,
            "{name:?}: {:?}",
            began.elapsed()
        );
        std::fs::write(folder.path().join("mergecast.yaml"), CONFIG).unwrap();
    }
}

/// A megabyte of brackets took 45 s, and a deep quote with lazy lines 28 s.
#[test]
fn a_larger_body_is_refused_before_markdown_is_read() {
    let folder = root();
    let bodies = [
        "@[".repeat(500_000),
        format!("{}x\n{}", "> ".repeat(210_000), "y\n".repeat(210_000)),
        "<b>\n\n".repeat(200_000),
        "a".repeat(FULL + 1),
    ];
    for body in bodies {
        let text = format!("---\nscheduled_at: on-merge\n---\n{body}");
        std::fs::write(folder.path().join("posts/a.md"), text).unwrap();
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mergecast"));
        command
            .arg("-C")
            .arg(folder.path())
            .arg("check")
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let took = began.elapsed();
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(65), "{words}");
        assert!(words.contains("error[body-too-large]"), "{words}");
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
}
