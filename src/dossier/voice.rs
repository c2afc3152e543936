//! In which language, and safe for which page? Text in one language or both, escaped.
//!
//! Invariant: nothing of a feed reaches HTML or SVG unescaped, or breaks a Markdown table.

use crate::dossier::Language;
use crate::text::Text;

/// How a dossier speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice(pub(super) Language);

impl Voice {
    /// One line of plain text.
    pub(super) fn plain(self, text: &Text) -> String {
        match self.0 {
            Language::Zh => text.zh.clone(),
            Language::En => text.en.clone(),
            Language::Both if text.zh == text.en => text.zh.clone(),
            Language::Both => format!("{} / {}", text.zh, text.en),
        }
    }

    /// As [`Self::plain`], of a label.
    pub(super) fn label(self, zh: &str, en: &str) -> String {
        self.plain(&Text::new(zh, en))
    }

    /// HTML, with the language marked.
    pub(super) fn html(self, text: &Text) -> String {
        let (zh, en) = (escape(&text.zh), escape(&text.en));
        match self.0 {
            Language::Zh => zh,
            Language::En => en,
            Language::Both if zh == en => zh,
            Language::Both => format!("{zh}<span class=\"en\" lang=\"en\">{en}</span>"),
        }
    }

    /// As [`Self::html`], of a label.
    pub(super) fn html_label(self, zh: &str, en: &str) -> String {
        self.html(&Text::new(zh, en))
    }

    /// The first line and, of both languages, the second.
    pub(super) fn lines(self, text: &Text) -> (String, Option<String>) {
        match self.0 {
            Language::Zh => (text.zh.clone(), None),
            Language::En => (text.en.clone(), None),
            Language::Both if text.zh == text.en => (text.zh.clone(), None),
            Language::Both => (text.zh.clone(), Some(text.en.clone())),
        }
    }

    /// Plain text for a cell of a Markdown table.
    pub(super) fn cell(self, text: &Text) -> String {
        markdown(&self.plain(text))
    }

    /// The language of the page, for `lang`.
    pub(super) fn tag(self) -> &'static str {
        match self.0 {
            Language::En => "en",
            Language::Zh | Language::Both => "zh-CN",
        }
    }
}

/// Text safe within HTML and SVG, in content and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Controls have no place in a page; XML forbids most of them.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text safe within a line or cell of Markdown: nothing in it is markup.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// As much of a text as fits into a width, in em; a CJK character is one em wide, others about
/// 0.56.
pub(super) fn fit(text: &str, em: f64) -> String {
    let wide = |c: char| if (c as u32) >= 0x2e80 { 1.0 } else { 0.56 };
    let mut used = 0.0;
    for (at, c) in text.char_indices() {
        used += wide(c);
        if used > em {
            let kept: String = text[..at].chars().collect();
            return format!("{}…", kept.trim_end());
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(escape("<b a=\"x\">&'\u{1}"), "&lt;b a=&quot;x&quot;&gt;&amp;&#39; ");
        assert_eq!(markdown("a|b <i>*x*\n#"), "a\\|b &lt;i&gt;\\*x\\* \\#");
    }

    #[test]
    fn both_languages_once_where_they_are_the_same() {
        let both = Voice(Language::Both);
        assert_eq!(both.plain(&Text::new("甲", "a")), "甲 / a");
        assert_eq!(both.plain(&Text::new("甲", "甲")), "甲");
        assert_eq!(fit("一二三四", 3.0), "一二三…");
    }
}
