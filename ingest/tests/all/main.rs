//! What holds for every connector: its fixtures and, where they are at hand, real outputs.
//!
//! A connector's fixtures lie in `fixtures/NAME/`; a new connector is tested here without a line more.

#![expect(clippy::arithmetic_side_effects, reason = "tests count and cut at will")]

#[cfg(test)]
mod activity;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod detection;
#[cfg(test)]
mod filled;
#[cfg(test)]
mod hazards;
#[cfg(test)]
mod idle_keys;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod no_secrets;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod streaming;
