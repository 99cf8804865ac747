//! Where a runtime sensor saw something happen.

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Outside of any container.
    Host,
    /// In a container of which the sensor knows no pod: it just started, or somebody hides it.
    Container,
    /// In a pod.
    Pod {
        /// Its namespace.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
    },
}
