//! One finding.

use serde_json::Value;

use super::Reader;
use crate::aws::resource;
use crate::fields::{Bad, Fields, missing};
use crate::findings::Scanned;
use crate::keys;
use crate::secret::is_access_key_id;

impl Reader {
    /// Reads a finding.
    pub(super) fn finding(&mut self, one: Fields<'_>, record: &str) -> Result<(), Bad> {
        let arn = one.need_text("Arn")?;
        let account = one.need_text("AccountId")?;
        let kind = one.need_text("Type")?;
        let Some(service) = one.object("Service")? else { return Err(missing("Service")) };
        if is_sample(one, service)? {
            self.samples = self.samples.saturating_add(1);
            return Ok(());
        }
        let Some(of) = one.object("Resource")? else { return Err(missing("Resource")) };
        // What a filter or a person has archived is set aside; that it is over is never said.
        let status = if service.bool("Archived")?.unwrap_or(false) { "suppressed" } else { "open" };
        let severity = severity(one.double("Severity")?);
        let (first, last) = (service.instant("EventFirstSeen")?, service.instant("EventLastSeen")?);
        let told = Told::read(of, one, account)?;
        let value = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let finding = Scanned::place(account)
            .finding(&self.facts, "threat", &[arn], record, self.at)
            .with("status", status)
            .with_known("severity", severity)
            .with("rule", kind)
            .with("vulnerability", Value::Null)
            .with_known("resource", told.resource)
            .with("secret", value(told.secret))
            .with_known("identity", told.identity)
            .with("workload", value(told.workload.as_deref()))
            .with_known("first_seen", first.map(|at| at.to_string()))
            .with_known("last_seen", last.map(|at| at.to_string()));
        self.facts.push(finding);
        if let (Some(workload), Some(last)) = (told.workload, last) {
            let key = keys::natural(&[arn, &last.to_string()]);
            let alert = self
                .facts
                .report("RuntimeAlert", &key, record, self.at)
                .with("workload", workload)
                .with("at", last.to_string())
                .with("rule", kind)
                .with_known("severity", severity);
            self.facts.push(alert);
        }
        Ok(())
    }
}

/// What a finding is about, in others' keys.
#[derive(Default)]
struct Told<'a> {
    resource: Option<String>,
    secret: Option<&'a str>,
    identity: Option<String>,
    workload: Option<String>,
}

impl<'a> Told<'a> {
    fn read(of: Fields<'a>, one: Fields<'a>, account: &str) -> Result<Self, Bad> {
        let mut told = Self::default();
        if let Some(key) = of.object("AccessKeyDetails")? {
            told.secret = key.text("AccessKeyId")?.filter(|id| is_access_key_id(id));
            told.identity = key.text("PrincipalId")?.and_then(resource::principal).map(str::to_owned);
        }
        let cluster = of.text("EksClusterDetails.Name")?;
        if let Some(cluster) = cluster {
            told.resource = of.text("EksClusterDetails.Arn")?.map(str::to_owned);
            told.in_cluster(of, cluster)?;
        }
        let instance = of.text("InstanceDetails.InstanceId")?;
        if let (None, Some(id), Some(region)) = (&told.resource, instance, one.text("Region")?) {
            let partition = one.text("Partition")?.unwrap_or("aws");
            told.resource = Some(format!("arn:{partition}:ec2:{region}:{account}:instance/{id}"));
        }
        let bucket = of.list("S3BucketDetails")?.first().map(Fields::of).transpose()?;
        if let (None, Some(bucket)) = (&told.resource, bucket) {
            told.resource = bucket.text("Arn")?.map(str::to_owned);
        }
        for path in
            ["LambdaDetails.FunctionArn", "EcsClusterDetails.Arn", "RdsDbInstanceDetails.DbInstanceArn"]
        {
            if told.resource.is_none() {
                told.resource = of.text(path)?.map(str::to_owned);
            }
        }
        Ok(told)
    }

    /// The pod and the service account in a cluster of EKS, which is known by its name there.
    fn in_cluster(&mut self, of: Fields<'a>, cluster: &str) -> Result<(), Bad> {
        if let Some(user) = of.text("KubernetesDetails.KubernetesUserDetails.Username")? {
            let account = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
            if let Some((namespace, name)) = account {
                self.identity = Some(keys::service_account(cluster, namespace, name));
            }
        }
        if let Some(workload) = of.object("KubernetesDetails.KubernetesWorkloadDetails")? {
            let is_pod = workload.text("Type")?.is_some_and(|ty| ty.eq_ignore_ascii_case("pods"));
            let names = (workload.text("Namespace")?, workload.text("Name")?);
            if let (true, (Some(namespace), Some(name))) = (is_pod, names) {
                self.workload = Some(keys::pod(cluster, namespace, name));
            }
        }
        Ok(())
    }
}

/// GuardDuty writes findings on request, to be looked at. Nothing happened.
fn is_sample(one: Fields<'_>, service: Fields<'_>) -> Result<bool, Bad> {
    if one.text("Title")?.is_some_and(|title| title.starts_with("[SAMPLE]")) {
        return Ok(true);
    }
    if service.bool("AdditionalInfo.Sample")?.unwrap_or(false) {
        return Ok(true);
    }
    // In the API's answer it stands in a text that is JSON itself.
    let value: Option<Value> =
        service.text("AdditionalInfo.Value")?.and_then(|text| serde_json::from_str(text).ok());
    Ok(value.and_then(|value| value.get("sample")?.as_bool()).unwrap_or(false))
}

/// GuardDuty's bands.
fn severity(score: Option<f64>) -> Option<&'static str> {
    match score? {
        s if (1.0..4.0).contains(&s) => Some("low"),
        s if (4.0..7.0).contains(&s) => Some("medium"),
        s if (7.0..9.0).contains(&s) => Some("high"),
        s if (9.0..=10.0).contains(&s) => Some("critical"),
        _ => None,
    }
}
