//! Writes `gateway/src/proto/`: messages and services of `gateway/proto/`. Run by `cargo dev generate`.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).ok_or("no repository")?;
    let (from, to) = (root.join("gateway/proto"), root.join("gateway/src/proto"));
    let found = protox::compile(["ext_authz.proto", "ext_mcp.proto", "health.proto"], [&from])?;
    // Maps in order: what is written of a message is the same every time.
    let mut config = prost_build::Config::new();
    config.btree_map(["."]);
    tonic_prost_build::configure().build_server(true).build_client(true).out_dir(&to).compile_fds_with_config(found, config)?;
    Ok(())
}
