//! The report as a page: one file that opens anywhere, without a network and without scripts.
//!
//! Its style is in it, its plots are SVG in it, and a content security policy says that nothing else
//! may be fetched or run. It follows the reader's light or dark, fits a phone, and prints.

pub(super) mod markup;
mod percentiles;
mod plots;
mod tables;

use markup::{escape, facts, section};

use super::summary::{Fact, Seal, figures, findings, plan, plan_line, sentence, setting};
use super::{Report, ViolationShown};

const STYLE: &str = include_str!("html/page.css");

/// The whole page.
#[must_use]
pub fn render(report: &Report) -> String {
    let parts = [
        verdict(report),
        key_figures(report),
        violations(&report.violations),
        section("Over time", &plots::figures(report)),
        section("Operations", &tables::operations(report)),
        section("Promises", &tables::rules(report)),
        section("Limits", &tables::slo(report)),
        section("Refusals and failures", &tables::errors(report)),
        section("Crashes", &tables::crashes(report)),
        section("Also checked", &all_facts("facts", &findings(report))),
        section("Compared with an earlier run", &tables::baseline(report)),
        section("Plan", &all_facts("facts", &plan(report))),
        section("Server and machine", &all_facts("facts", &setting(report))),
        section("Cost", &tables::cost(report)),
        section("Notes", &notes(&report.notes)),
    ];
    document(report, &parts.concat())
}

fn document(report: &Report, main: &str) -> String {
    let headline = Seal::of(report).headline();
    let (plan, began) = (escape(&plan_line(report)), escape(&report.started_at));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{headline} – AUBoutique load test</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<header>\n<h1>AUBoutique load test</h1>\n<p>{plan}</p>\n\
         <p><time datetime=\"{began}\">{began}</time></p>\n</header>\n\
         <main>\n{main}</main>\n</body>\n</html>\n"
    )
}

fn verdict(report: &Report) -> String {
    let seal = Seal::of(report);
    let class = match seal {
        Seal::Held => "good",
        Seal::Broken => "bad",
        Seal::Interrupted | Seal::Untested => "doubtful",
    };
    let missed = report.slo.iter().filter(|slo| !slo.kept).count();
    let limits = if missed > 0 {
        let all = report.slo.len();
        format!("<p class=\"limits\">Limits missed: {missed} of {all}.</p>\n")
    } else {
        String::new()
    };
    format!(
        "<section class=\"verdict {class}\">\n<h2><span aria-hidden=\"true\">{mark}</span> \
         {headline}</h2>\n<p>{sentence}</p>\n{limits}</section>\n",
        mark = seal.mark(),
        headline = seal.headline(),
        sentence = escape(&sentence(report)),
    )
}

fn key_figures(report: &Report) -> String {
    let content = all_facts("key", &figures(report));
    format!("<section aria-label=\"Key figures\">\n{content}</section>\n")
}

fn all_facts(class: &str, all: &[Fact]) -> String {
    facts(class, all.iter().map(|fact| (fact.name, &*fact.value)))
}

fn violations(violations: &[ViolationShown]) -> String {
    let shown = violations.iter().map(|violation| {
        let events: Vec<String> = violation.events.iter().map(|event| escape(event)).collect();
        format!(
            "<article class=\"bad\">\n<h3><code>{}</code></h3>\n<p>{}</p>\n\
             <pre tabindex=\"0\">{}</pre>\n</article>\n",
            escape(&violation.rule),
            escape(&violation.explanation),
            events.join("\n")
        )
    });
    section("Breaches", &shown.collect::<Vec<_>>().concat())
}

fn notes(notes: &[String]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let notes = notes
        .iter()
        .map(|note| format!("<li>{}</li>\n", escape(note)));
    format!("<ul>\n{}</ul>\n", notes.collect::<Vec<_>>().concat())
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use super::super::testing::{broken, full, hostile, minimal};
    use super::super::text;
    use super::*;

    #[test]
    fn the_page_needs_nothing_but_itself() {
        for report in [full(), minimal(), broken(), hostile()] {
            let page = render(&report);
            for reference in [
                "http:", "https:", "src=", "href=", "url(", "@import", "<script",
            ] {
                assert!(!page.contains(reference), "{reference}");
            }
        }
    }

    #[test]
    fn no_text_breaks_out() {
        let page = render(&hostile());
        let body = page.split_once("</style>").unwrap().1;
        for evil in ["<script", "</style", "\u{1b}", "\u{202e}", "\"'&"] {
            assert!(!body.contains(evil), "{evil}");
        }
        assert!(body.contains("&lt;/style&gt;&lt;script&gt;"));
    }

    /// Every element is closed where it was opened. Attributes are quoted and escaped, so a `>` ends
    /// a tag.
    #[test]
    fn elements_are_nested() {
        let void = ["meta", "!doctype"];
        for report in [full(), minimal(), broken(), hostile()] {
            let page = render(&report);
            let page = page.replace(STYLE, "");
            let mut open = Vec::new();
            for tag in page.split('<').skip(1) {
                let (tag, _) = tag.split_once('>').unwrap();
                let name = tag.split_whitespace().next().unwrap();
                if let Some(closed) = name.strip_prefix('/') {
                    assert_eq!(open.pop(), Some(closed), "{tag}");
                } else if !tag.ends_with('/') && !void.contains(&name) {
                    open.push(name);
                }
            }
            assert_eq!(open, Vec::<&str>::new());
        }
    }

    #[test]
    fn every_chart_says_what_it_shows_and_has_no_impossible_number() {
        let page = render(&full());
        let charts: Vec<&str> = page.split("<svg viewBox=\"0 0 480").skip(1).collect();
        assert_eq!(charts.len(), 5);
        for chart in charts {
            let (chart, _) = chart.split_once("</svg>").unwrap();
            assert!(chart.contains("<title id=") && chart.contains("<desc id="));
            assert!(!chart.contains("NaN") && !chart.contains("inf"), "{chart}");
        }
        assert!(page.contains("p99: from "), "the description gives ranges");
        assert_eq!(page.matches("<g class=\"mark\">").count(), 4 * 3);
    }

    #[test]
    fn verdict_rules_breaches_and_limits_are_told_in_words() {
        let page = render(&broken());
        for part in [
            "<title>A promise was broken – AUBoutique load test</title>",
            "Broken: sold_once (3 times)",
            "✗ BROKEN",
            "– not tried",
            "Limits missed: 2 of 3.",
            "item 17 was confirmed to two buyers",
            "✗ missed",
            "cores: 4 then, 2 now",
            "reset 115",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }

    /// To be looked at: `AUBOUTIQUE_WRITE_SAMPLE=folder cargo test -p auboutique-loadtest sample`.
    #[test]
    fn sample_pages_are_written_on_request() {
        let Some(folder) = env::var_os("AUBOUTIQUE_WRITE_SAMPLE") else {
            return;
        };
        let folder = Path::new(&folder);
        fs::create_dir_all(folder).unwrap();
        let look = text::Look {
            width: 80,
            color: true,
        };
        for (name, report) in [
            ("held", full()),
            ("broken", broken()),
            ("minimal", minimal()),
        ] {
            let write = |kind: &str, text: String| {
                fs::write(folder.join(format!("{name}.{kind}")), text).unwrap();
            };
            write("html", render(&report));
            write("txt", text::render(&report, look));
            write("json", super::super::json::write(&report).unwrap());
        }
    }
}
