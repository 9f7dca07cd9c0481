//! The table is complete, in order, and every rule is explained.

use super::RULES;

#[test]
fn rules_are_sorted_and_unique() {
    assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn the_table_for_users_names_every_rule() {
    let table = include_str!("../../docs/rules.md");
    for rule in RULES {
        let (id, severity, summary) = (rule.id, rule.severity.as_str(), rule.summary);
        let row = format!("| [`{id}`](diagnostics.md#{id}) | {severity} | {summary} |");
        assert!(table.contains(&row), "docs/rules.md lacks: {row}");
    }
}

#[test]
fn every_rule_has_its_section() {
    let page = include_str!("../../docs/diagnostics.md");
    for rule in RULES {
        assert!(page.contains(&format!("\n## {}\n", rule.id)), "{}", rule.id);
    }
}
