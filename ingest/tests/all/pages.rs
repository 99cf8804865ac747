//! Every connector has a page, which says what the connector says.

use std::path::Path;

use assize_ingest::connectors;

#[test]
fn every_connector_has_a_page_with_its_command() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/connectors");
    for connector in connectors() {
        let path = folder.join(connector.name()).with_extension("md");
        let page =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(page.starts_with(&format!("# {}\n", connector.name())), "{}", path.display());
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        for step in connector.command().split(['\n', ';']).flat_map(|line| line.split("&&")) {
            assert!(words.contains(step.trim()), "{}: no command `{step}`", path.display());
        }
        for heading in ["## Input", "## Facts", "## Coverage that it proves", "## Rejects"] {
            assert!(page.contains(heading), "{}: no `{heading}`", path.display());
        }
    }
}
