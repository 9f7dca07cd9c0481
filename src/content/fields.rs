//! A YAML tree held against the table of keys.
//!
//! Owns the problems `unknown-key`, `missing-key`, `wrong-type` and `invalid-value`, and
//! reading the values that are right. Must not know what any key means.

use std::ops::Range;

use super::keys::{Key, Shape};
use super::problems::Problems;
use super::suggest;
use super::yaml::{Entry, Node, Value};
use crate::content::document::Located;
use crate::diagnostic::{Diagnostic, SourceText};

/// Reports everything about `node` that its keys do not allow. `noun` names a key in
/// messages: `front matter key`.
pub fn check_table(node: &Node, keys: &'static [Key], noun: &str, problems: &mut Problems<'_>) {
    let Value::Mapping(entries) = &node.value else {
        return;
    };
    for entry in entries {
        match keys.iter().find(|key| key.name == entry.key) {
            Some(key) if entry.value.is_null() && key.nullable => {}
            Some(key) => Site {
                entry,
                key,
                item: false,
            }
            .check(&entry.value, &key.shape, problems),
            None => problems.push_error(|source| unknown_key(entry, keys, noun, source)),
        }
    }
    for key in keys.iter().filter(|key| key.required) {
        if !entries.iter().any(|entry| entry.key == key.name) {
            problems.push_error(|source| missing_key(node, key, source));
        }
    }
}

/// The line a value stands under.
#[derive(Clone, Copy)]
struct Site<'s> {
    entry: &'s Entry,
    key: &'static Key,
    /// It is one item of the list there.
    item: bool,
}

impl Site<'_> {
    fn check(self, node: &Node, shape: &'static Shape, problems: &mut Problems<'_>) {
        match (shape, &node.value) {
            (Shape::Either(short, full), _) => match fits(node, short) {
                Ok(()) => {}
                Err(_) if matches!(node.value, Value::Mapping(_)) => {
                    self.check(node, full, problems);
                }
                Err(misfit) => {
                    problems.push_error(|source| self.problem(&misfit, node, shape, source));
                }
            },
            (Shape::List(item), Value::List(items)) => {
                for node in items {
                    Site { item: true, ..self }.check(node, item, problems);
                }
            }
            (Shape::Table(keys), Value::Mapping(_)) => {
                let noun = format!("`{}` key", self.key.name);
                check_table(node, keys, &noun, problems);
            }
            (Shape::Named(inner), Value::Mapping(entries)) => {
                for entry in entries {
                    Site { entry, ..self }.check(&entry.value, inner, problems);
                }
            }
            _ => {
                if let Err(misfit) = fits(node, shape) {
                    problems.push_error(|source| self.problem(&misfit, node, shape, source));
                }
            }
        }
    }

    fn problem(
        self,
        misfit: &Misfit,
        node: &Node,
        shape: &Shape,
        source: &SourceText<'_>,
    ) -> Diagnostic {
        let written = suggest::shortened(node.text().unwrap_or_default());
        let name = suggest::shortened(&self.entry.key);
        let place = if node.span.is_empty() {
            &self.entry.key_span
        } else {
            &node.span
        };
        match misfit {
            Misfit::Type => {
                let (found, expected) = (found(node), expected(shape));
                let (what, help) = if self.item {
                    let help =
                        format!("write each item of `{name}` as {expected}, without empty ones");
                    (format!("an item of `{name}`"), help)
                } else {
                    (format!("`{name}`"), type_help(self.key, shape, &name, node))
                };
                Diagnostic::error("wrong-type", format!("{what} is {found}, not {expected}"))
                    .at(source.label_with(place.clone(), format!("expected {expected}")))
                    .help(help)
            }
            Misfit::Word(words) => {
                let all = every(words.iter().copied());
                let help = match suggest::nearest(&written, words.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write one of {all}"),
                };
                Diagnostic::error("invalid-value", format!("`{name}` cannot be `{written}`"))
                    .at(source.label_with(place.clone(), "not one of its values"))
                    .note(format!("its values are {all}"))
                    .help(help)
            }
            Misfit::Bounds(least, most) => {
                let message = format!("`{name}` is {written}, allowed are {least} to {most}");
                Diagnostic::error("invalid-value", message)
                    .at(source.label_with(place.clone(), format!("{least} to {most}")))
                    .help(format!("write a number from {least} to {most}"))
            }
        }
    }
}

/// Why a value does not fit.
enum Misfit {
    Type,
    Word(&'static [&'static str]),
    Bounds(u32, u32),
}

/// Whether one value has the form its key wants; the inside of lists and mappings is
/// looked at one by one.
fn fits(node: &Node, shape: &Shape) -> Result<(), Misfit> {
    let when = |right: bool| if right { Ok(()) } else { Err(Misfit::Type) };
    match (shape, &node.value) {
        (Shape::Text | Shape::Pattern(_), Value::Scalar { .. }) => when(!node.is_null()),
        (Shape::Flag, Value::Scalar { .. }) => when(truth(node).is_some()),
        (Shape::Count { least, most }, Value::Scalar { .. }) => {
            let digits = node.plain_text().unwrap_or_default();
            when(!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))?;
            match digits.parse::<u32>() {
                Ok(number) if (*least..=*most).contains(&number) => Ok(()),
                _ => Err(Misfit::Bounds(*least, *most)),
            }
        }
        (Shape::Choice(words), Value::Scalar { text, .. }) => {
            when(!node.is_null())?;
            match words.contains(&text.as_str()) {
                true => Ok(()),
                false => Err(Misfit::Word(words)),
            }
        }
        (Shape::List(_), Value::List(_))
        | (Shape::Table(_) | Shape::Named(_), Value::Mapping(_)) => Ok(()),
        (Shape::Either(short, full), _) => fits(node, short).or_else(|_| fits(node, full)),
        _ => Err(Misfit::Type),
    }
}

/// The truth value of a plain scalar (YAML 1.2.2, §10.3.2): `yes` and `on` are none.
fn truth(node: &Node) -> Option<bool> {
    match node.plain_text()? {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn unknown_key(
    entry: &Entry,
    keys: &'static [Key],
    noun: &str,
    source: &SourceText<'_>,
) -> Diagnostic {
    let names = || keys.iter().map(|key| key.name);
    let written = suggest::shortened(&entry.key);
    let help = match suggest::nearest(&entry.key, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("remove it; the keys are {}", every(names())),
    };
    Diagnostic::error("unknown-key", format!("unknown {noun} `{written}`"))
        .at(source.label_with(entry.key_span.clone(), format!("not a {noun}")))
        .help(help)
}

fn every<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn missing_key(node: &Node, key: &Key, source: &SourceText<'_>) -> Diagnostic {
    let example = key.examples.first().copied().unwrap_or("…");
    Diagnostic::error("missing-key", format!("the key `{}` is missing", key.name))
        .at(source.label_with(node.span.clone(), "here"))
        .help(format!("add `{}: {example}`", key.name))
}

/// What stands there, in the words of YAML; never the value itself, which may be secret.
fn found(node: &Node) -> &'static str {
    match &node.value {
        _ if node.is_null() => "empty",
        Value::List(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Scalar { plain: false, .. } => "quoted text",
        Value::Scalar { text, .. } => match text.as_str() {
            _ if truth(node).is_some() => "a truth value",
            number if number.parse::<f64>().is_ok() => "a number",
            _ => "text",
        },
    }
}

fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Pattern(_) | Shape::Choice(_) => "text",
        Shape::Flag => "`true` or `false`",
        Shape::Count { .. } => "a whole number",
        Shape::List(_) => "a list",
        Shape::Table(_) => "a mapping",
        Shape::Named(_) => "a mapping from names",
        Shape::Either(..) => "text or a mapping",
    }
}

fn type_help(key: &Key, shape: &Shape, name: &str, node: &Node) -> String {
    if node.is_null() {
        return format!("write a value after `{name}:`, or remove the line");
    }
    let written = node.text().unwrap_or_default().to_lowercase();
    match shape {
        Shape::Flag => {
            let meant = match written.as_str() {
                "no" | "off" | "n" | "false" | "0" => "false",
                _ => "true",
            };
            format!("write `{name}: {meant}`, without quotes")
        }
        Shape::Count { .. } => format!("write digits without quotes: `{name}: {}`", example(key)),
        Shape::List(_) => format!(
            "write `{name}: [{}]`, or one `- ` line for each",
            example(key)
        ),
        Shape::Table(keys) => {
            let first = keys.first().map_or("key", |key| key.name);
            format!("write indented `key: value` lines below `{name}:`, such as `{first}: …`")
        }
        Shape::Named(_) => format!("write indented `name: value` lines below `{name}:`"),
        Shape::Text | Shape::Pattern(_) | Shape::Choice(_) | Shape::Either(..) => {
            format!("write `{name}: {}`", example(key))
        }
    }
}

fn example(key: &Key) -> &'static str {
    let full = match key.shape {
        Shape::List(Shape::Either(_, full)) | Shape::Named(Shape::Either(_, full)) => full,
        _ => &key.shape,
    };
    let words = match full {
        Shape::Choice(words) => words,
        Shape::Table(keys) => keys.first().map_or(&[][..], |first| first.examples),
        _ => &[],
    };
    key.examples
        .first()
        .or(words.first())
        .copied()
        .unwrap_or("text")
}

/// The values of one mapping that fit their keys; the others have been reported.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'t> {
    entries: &'t [Entry],
    keys: &'static [Key],
}

impl<'t> Fields<'t> {
    /// The fields of `node`; of anything but a mapping: none.
    #[must_use]
    pub fn of(node: Option<&'t Node>, keys: &'static [Key]) -> Self {
        let entries = match node.map(|node| &node.value) {
            Some(Value::Mapping(entries)) => entries.as_slice(),
            _ => &[],
        };
        Self { entries, keys }
    }

    /// The entry under `name`, whether or not its value fits.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&'t Entry> {
        self.entries.iter().find(|entry| entry.key == name)
    }

    /// The value under `name` when it fits and is not null.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&'t Node> {
        let key = self.keys.iter().find(|key| key.name == name)?;
        let node = &self.entry(name)?.value;
        (!node.is_null() && fits(node, &key.shape).is_ok()).then_some(node)
    }

    /// The text under `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Located<&'t str>> {
        let node = self.node(name)?;
        Some(Located {
            value: node.text()?,
            span: node.span.clone(),
        })
    }

    /// The truth value under `name`.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        truth(self.node(name)?)
    }

    /// The number under `name`.
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u32> {
        self.node(name)?.text()?.parse().ok()
    }

    /// The items of the list under `name`.
    #[must_use]
    pub fn list(&self, name: &str) -> &'t [Node] {
        match self.node(name).map(|node| &node.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The entries of the mapping under `name`.
    #[must_use]
    pub fn named(&self, name: &str) -> &'t [Entry] {
        match self.node(name).map(|node| &node.value) {
            Some(Value::Mapping(entries)) => entries,
            _ => &[],
        }
    }

    /// Where the key `name` is written.
    #[must_use]
    pub fn key_span(&self, name: &str) -> Option<Range<usize>> {
        self.entry(name).map(|entry| entry.key_span.clone())
    }
}

#[cfg(test)]
mod tests;
