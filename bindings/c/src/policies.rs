//! Policies, gathered before an engine is made of them.

use std::ffi::c_char;

use assize::{Budget, Builder};

use crate::pointers::{give, sized, take_back, text, unique};
use crate::status::{Failure, guard, guarded};
use crate::types::Status;

/// Texts and settings of policies, from which an engine is made, or which take the place of an engine's. Used by one
/// thread at a time.
#[derive(Debug, Default)]
pub struct Policies {
    pub(crate) builder: Builder,
}

impl Policies {
    fn change(&mut self, change: impl FnOnce(Builder) -> Result<Builder, Failure>) -> Result<(), Failure> {
        self.builder = change(self.builder.clone())?;
        Ok(())
    }
}

/// Begins with nothing. Free it with `assize_policies_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_policies_new(out: *mut *mut Policies) -> Status {
    // SAFETY: the header's rules.
    guard(|| unsafe { give(out, || Ok(Policies::default())) })
}

/// Frees it; null is nothing. Engines that were made of it stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_policies_free(policies: *mut Policies) {
    // SAFETY: the header's rules.
    guarded((), || unsafe { take_back(policies) });
}

/// Adds the standard library: the model of facts, the catalogs of controls and the bundled policies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_policies_stdlib(policies: *mut Policies) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let policies = unsafe { unique("policies", policies) }?;
        policies.change(|builder| Ok(builder.stdlib()))
    })
}

/// Adds a text. `name` is the path that errors give for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_policies_text(
    policies: *mut Policies,
    name: *const c_char,
    source: *const c_char,
    length: usize,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (policies, name, source) =
            unsafe { (unique("policies", policies)?, text("name", name)?, sized("source", source, length)?) };
        policies.change(|builder| Ok(builder.source(name, source)))
    })
}

/// Adds a file, or every `*.assize` file below a folder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_policies_path(policies: *mut Policies, path: *const c_char) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (policies, path) = unsafe { (unique("policies", policies)?, text("path", path)?) };
        policies.change(|builder| builder.policies(path).map_err(Failure::from))
    })
}

/// Sets a param, by its qualified name, to a value as the language writes it: `30d`, `high`, `"x"`. It is checked when
/// an engine is made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_policies_set(
    policies: *mut Policies,
    param: *const c_char,
    value: *const c_char,
) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let (policies, param, value) =
            unsafe { (unique("policies", policies)?, text("param", param)?, text("value", value)?) };
        policies.change(|builder| Ok(builder.set(param, value)))
    })
}

/// Bounds each case: how many elements of lists its conditions may range over. What would range over more is
/// undetermined.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assize_policies_reach(policies: *mut Policies, elements: u64) -> Status {
    guard(|| {
        // SAFETY: the header's rules.
        let policies = unsafe { unique("policies", policies) }?;
        policies.change(|builder| Ok(builder.budget(Budget::reach(elements))))
    })
}
