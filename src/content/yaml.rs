//! YAML as a tree in which every key and value knows its bytes in the file.
//!
//! Owns the part of YAML that is read: one document of scalars, lists and mappings, at
//! most [`MAX_DEPTH`] deep. Anchors, aliases, tags, merge keys, directives and further
//! documents are refused, so a small file cannot become a large value. Must not give
//! scalars a type: `no`, `007` and `2026-09-01` stay the text that was written, and what
//! they mean is decided by the key they stand under.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::yaml_problem as problem;
use crate::diagnostic::{Diagnostic, SourceText};

/// The deepest nesting of lists and mappings that is read.
pub const MAX_DEPTH: usize = 8;

/// After this many problems the rest of the text is not read.
const MAX_PROBLEMS: usize = 32;

/// One value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Bytes of the file; empty where nothing was written after a `key:`.
    pub span: Range<usize>,
    /// What is there.
    pub value: Value,
}

/// A value, not typed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One value.
    Scalar {
        /// Its text after quotes, escapes and folding.
        text: String,
        /// Neither quoted nor a block: only a plain scalar can be a number, a truth
        /// value or nothing.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in written order; keys are unique.
    Mapping(Vec<Entry>),
}

/// One `key: value` of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key is written.
    pub key_span: Range<usize>,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Mapping(_) => None,
        }
    }

    /// The text of a scalar that was written without quotes.
    #[must_use]
    pub fn plain_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, plain: true } => Some(text),
            Value::Scalar { .. } | Value::List(_) | Value::Mapping(_) => None,
        }
    }

    /// Whether nothing, `~` or `null` stands there (YAML 1.2.2, §10.3.2).
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.plain_text(), Some("" | "~" | "null" | "Null" | "NULL"))
    }
}

/// What could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The value; `None` when the text is empty or cannot be read to its end.
    pub root: Option<Node>,
    /// Whether the text was read to its end.
    pub complete: bool,
    /// Problems of the YAML itself.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the bytes in `range` of the file as one YAML document. `what` names the text in
/// messages: `front matter`, `configuration`.
#[must_use]
pub fn read(source: &SourceText<'_>, text: &str, range: Range<usize>, what: &str) -> Tree {
    let mut builder = Builder::new(source, range.clone());
    let slice = text.get(range.clone()).unwrap_or_default();
    let mut options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH * 2,
        block_nesting_limit: MAX_DEPTH * 2,
    };
    options.set_emit_comments(false);
    for next in Parser::new_from_str_with_options(slice, options) {
        let step = match next {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                let found = problem::syntax(source, &range, &error, what);
                builder.diagnostics.push(found);
                Err(Stop)
            }
        };
        if step.is_err() {
            return Tree {
                root: None,
                complete: false,
                diagnostics: builder.diagnostics,
            };
        }
    }
    Tree {
        root: builder.root,
        complete: true,
        diagnostics: builder.diagnostics,
    }
}

/// The rest of the text is not read; why is among the diagnostics.
struct Stop;

enum Frame {
    List {
        start: usize,
        items: Vec<Node>,
    },
    Mapping {
        start: usize,
        entries: Vec<Entry>,
        seen: BTreeMap<String, Range<usize>>,
        key: Option<(String, Range<usize>)>,
    },
}

struct Builder<'s, 'a> {
    source: &'s SourceText<'a>,
    range: Range<usize>,
    open: Vec<(Frame, StructureStyle)>,
    documents: usize,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
}

impl<'s, 'a> Builder<'s, 'a> {
    fn new(source: &'s SourceText<'a>, range: Range<usize>) -> Self {
        Self {
            source,
            range,
            open: Vec::new(),
            documents: 0,
            root: None,
            diagnostics: Vec::new(),
        }
    }

    fn bytes(&self, span: &Span) -> Range<usize> {
        let place = |marker: granit_parser::Marker| {
            let offset = marker.byte_offset().unwrap_or_default();
            (self.range.start + offset).min(self.range.end)
        };
        place(span.start)..place(span.end)
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Stop> {
        if let Some(tag) = span.tag_span() {
            self.refuse(&tag, "a tag")?;
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.refuse(span, "a second document")?;
                    return Err(Stop);
                }
                Ok(())
            }
            Event::Anchor(..) => self.refuse(span, "an anchor"),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(span, "an alias")?;
                let nothing = Value::Scalar {
                    text: String::new(),
                    plain: true,
                };
                self.complete(self.bytes(span), nothing)
            }
            Event::Scalar(text, style, ..) => {
                let value = Value::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                };
                self.complete(self.bytes(span), value)
            }
            Event::SequenceStart(style, ..) => {
                let start = self.bytes(span).start;
                let items = Vec::new();
                self.enter(Frame::List { start, items }, style, span)
            }
            Event::MappingStart(style, ..) => {
                let frame = Frame::Mapping {
                    start: self.bytes(span).start,
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: None,
                };
                self.enter(frame, style, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
            _ => Ok(()),
        }
    }

    fn refuse(&mut self, span: &Span, what: &str) -> Result<(), Stop> {
        let found = problem::unsupported(self.source, self.bytes(span), what);
        self.report(found)
    }

    fn report(&mut self, found: Diagnostic) -> Result<(), Stop> {
        self.diagnostics.push(found);
        if self.diagnostics.len() < MAX_PROBLEMS {
            Ok(())
        } else {
            Err(Stop)
        }
    }

    fn enter(&mut self, frame: Frame, style: StructureStyle, span: &Span) -> Result<(), Stop> {
        if let Some((Frame::Mapping { key: None, .. }, _)) = self.open.last() {
            self.refuse(span, "a list or mapping as a key")?;
            return Err(Stop);
        }
        if self.open.len() >= MAX_DEPTH {
            let found = problem::too_deep(self.source, self.bytes(span));
            self.report(found)?;
            return Err(Stop);
        }
        self.open.push((frame, style));
        Ok(())
    }

    fn leave(&mut self, span: &Span) -> Result<(), Stop> {
        let Some((frame, style)) = self.open.pop() else {
            return Ok(());
        };
        let (start, last, value) = match frame {
            Frame::List { start, items } => {
                let last = items.last().map(|item| item.span.end);
                (start, last, Value::List(items))
            }
            Frame::Mapping { start, entries, .. } => {
                let last = entries
                    .last()
                    .map(|entry| entry.value.span.end.max(entry.key_span.end));
                (start, last, Value::Mapping(entries))
            }
        };
        // A block ends where its last value does; only a flow collection has a closing sign.
        let end = match style {
            StructureStyle::Flow => self.bytes(span).end,
            StructureStyle::Block => last.unwrap_or(start),
        };
        self.complete(start..end.max(start), value)
    }

    /// A value is whole: it is the next item, key or value of what is open.
    fn complete(&mut self, span: Range<usize>, value: Value) -> Result<(), Stop> {
        match self.open.last_mut().map(|(frame, _)| frame) {
            None => {
                self.root = Some(Node { span, value });
                Ok(())
            }
            Some(Frame::List { items, .. }) => {
                items.push(Node { span, value });
                Ok(())
            }
            Some(Frame::Mapping {
                entries, seen, key, ..
            }) => {
                let Some((key, key_span)) = key.take() else {
                    return self.key(span, value);
                };
                // The first of two equal keys counts; the second was reported as a key.
                if seen.get(&key) == Some(&key_span) {
                    entries.push(Entry {
                        key,
                        key_span,
                        value: Node { span, value },
                    });
                }
                Ok(())
            }
        }
    }

    fn key(&mut self, span: Range<usize>, value: Value) -> Result<(), Stop> {
        let Value::Scalar { text, plain } = value else {
            return Err(Stop);
        };
        // The parser gives a key that is not written the text `~`.
        let found = if text.is_empty() || span.is_empty() {
            Some(problem::unsupported(
                self.source,
                span.clone(),
                "an empty key",
            ))
        } else if plain && text == "<<" {
            Some(problem::unsupported(
                self.source,
                span.clone(),
                "a merge key",
            ))
        } else {
            None
        };
        let Some((Frame::Mapping { seen, key, .. }, _)) = self.open.last_mut() else {
            return Err(Stop);
        };
        *key = Some((text.clone(), span.clone()));
        if let Some(found) = found {
            return self.report(found);
        }
        if let Some(first) = seen.get(&text) {
            let found = problem::duplicate(self.source, &text, first.clone(), span);
            return self.report(found);
        }
        seen.insert(text, span);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
