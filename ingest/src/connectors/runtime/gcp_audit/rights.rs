//! Changes of IAM policies: whom they give a role.

use super::caller;
use super::entry::Entry;
use crate::connectors::identities::gcp_iam;
use crate::fields::Fields;
use crate::gift::Gift;

/// What an entry's change of a policy adds: the delta is told beside the request, which is not read.
pub fn gift(entry: &Entry<'_>, caller: Option<&str>) -> Gift {
    let deltas = ["serviceData.policyDelta.bindingDeltas", "metadata.policyDelta.bindingDeltas"];
    let listed = deltas.iter().find_map(|path| entry.payload.list(path).ok().filter(|it| !it.is_empty()));
    let text = |it: Fields<'_>, name: &str| it.text(name).ok().flatten().map(str::to_owned);
    let added = listed.unwrap_or_default().iter().filter_map(|it| Fields::of(it).ok());
    let added = added.filter(|it| text(*it, "action").as_deref() == Some("ADD"));
    let added: Vec<(String, Option<String>)> =
        added.filter_map(|it| Some((caller::principal(&text(it, "member")?)?, text(it, "role")))).collect();
    let grantee = Gift::to_one_of(added.iter().map(|(member, _)| member.clone()).collect(), caller);
    let roles = added.iter().filter(|(member, _)| Some(member) == grantee.as_ref());
    let level = roles.filter_map(|(_, role)| gcp_iam::reach_of(role.as_deref()?)).max();
    Gift { grantee, level }
}
