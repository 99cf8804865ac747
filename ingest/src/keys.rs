//! Canonical keys: one thing has one key, whatever tool names it.

use assize::facts::Instant;

/// Joins the parts of a natural key with `#`, readable and without collisions: a `#` or `%` inside a part
/// is percent-encoded.
#[must_use]
pub fn natural(parts: &[&str]) -> String {
    let mut key = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            key.push('#');
        }
        for c in part.chars() {
            match c {
                '#' => key.push_str("%23"),
                '%' => key.push_str("%25"),
                c if c.is_control() => key.push_str(&format!("%{:02X}", u32::from(c))),
                c => key.push(c),
            }
        }
    }
    key
}

/// A repository as `host/org/name`, from any spelling of its remote: `https://`, `ssh://`, `git@host:`,
/// with or without `.git`. In lower case, as the hosts compare names. User, password and token of the URL
/// are dropped. `None` for a local path.
#[must_use]
pub fn repo(remote: &str) -> Option<String> {
    let remote = remote.trim();
    let remote = remote.strip_prefix("git+").unwrap_or(remote);
    let rest = match remote.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.to_owned(),
        // `git@host:org/name`; a Windows path has one letter before its colon.
        None => match remote.split_once(':') {
            Some((host, path)) if host.len() > 1 && !host.contains('/') => {
                format!("{host}/{}", path.trim_start_matches('/'))
            }
            Some(_) => return None,
            None => remote.to_owned(),
        },
    };
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next()?;
    let host = host.split(':').next()?;
    if !host.contains('.') || host.starts_with('.') {
        return None;
    }
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    if !path.contains('/') || path.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return None;
    }
    Some(format!("{host}/{path}").to_lowercase())
}

/// An address without the user and the password or token in it.
#[must_use]
pub fn without_user(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (host, path) = match rest.split_once('/') {
        Some((host, path)) => (host, format!("/{path}")),
        None => (rest, String::new()),
    };
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// An image reference in its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageRef {
    /// `registry/path`, written out: `docker.io/library/nginx` for `nginx`.
    pub repository: String,
    /// The tag, where one is named.
    pub tag: Option<String>,
    /// `sha256:` and 64 hex digits, where it is named.
    pub digest: Option<String>,
}

/// Reads `nginx`, `host:5000/a/b:tag@sha256:…`, `docker-pullable://…`. `None` where it is no reference.
#[must_use]
pub fn image(reference: &str) -> Option<ImageRef> {
    let reference = reference.trim();
    let reference = reference.split_once("://").map_or(reference, |(_, rest)| rest);
    let (name, digest) = match reference.split_once('@') {
        Some((name, given)) => (name, Some(digest(given)?)),
        None => (reference, None),
    };
    // A colon after the last slash is a tag's; an earlier one is a port's.
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
        _ => (name, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    if name.is_empty() || name.starts_with('/') || !name.chars().all(plain) || digest_like(name) {
        return None;
    }
    let repository = match name.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    };
    let repository = match repository.strip_prefix("index.docker.io/") {
        Some(rest) => format!("docker.io/{rest}"),
        None => repository,
    };
    Some(ImageRef { repository, tag: tag.filter(|tag| !tag.is_empty()), digest })
}

/// A bare digest (`sha256`) where a name should be.
fn digest_like(name: &str) -> bool {
    name == "sha256"
}

/// A digest `sha256:…` in lower case, from itself or from the end of a reference. `None` where the text
/// has none of 64 hex digits.
#[must_use]
pub fn digest(text: &str) -> Option<String> {
    let start = text.rfind("sha256:")?;
    let digits = text.get(start..)?.strip_prefix("sha256:")?;
    (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| format!("sha256:{}", digits.to_ascii_lowercase()))
}

/// A Kubernetes service account's identity: `k8s:CLUSTER/NAMESPACE/NAME`.
#[must_use]
pub fn service_account(cluster: &str, namespace: &str, name: &str) -> String {
    format!("k8s:{cluster}/{namespace}/{name}")
}

/// A pod's workload: `k8s:CLUSTER/NAMESPACE/pod/NAME`.
#[must_use]
pub fn pod(cluster: &str, namespace: &str, name: &str) -> String {
    format!("k8s:{cluster}/{namespace}/pod/{name}")
}

/// An object of kind `Secret`.
#[must_use]
pub fn kubernetes_secret(cluster: &str, namespace: &str, name: &str) -> String {
    format!("k8s:{cluster}/{namespace}/secret/{name}")
}

/// An AWS access key of which only the owner and the creation are known, as the credential report shows it:
/// `ARN/key@2025-01-01T00:00:00Z`. CloudTrail's `CreateAccessKey` makes it an alias of the key's own id.
#[must_use]
pub fn access_key_slot(arn: &str, created: Instant) -> String {
    format!("{arn}/key@{created}")
}

/// The ARN of an IAM user in no path.
#[must_use]
pub fn user_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:user/{name}")
}

/// A user's ARN as those name it who do not know the user's path; names are unique in their account.
/// `None` where there is no path, and for what is no user.
#[must_use]
pub fn without_path(arn: &str) -> Option<String> {
    let (_, path) = arn.split_once(":user/")?;
    let (_, name) = path.rsplit_once('/')?;
    Some(user_arn(arn_account(arn)?, name))
}

/// A key of a Google service account: `EMAIL/keys/ID`.
#[must_use]
pub fn google_key(email: &str, id: &str) -> String {
    format!("{email}/keys/{id}")
}

/// The same, from any of its names: `projects/P/serviceAccounts/EMAIL/keys/ID`, with or without
/// `//iam.googleapis.com/` before it. `None` where the text is no such name.
#[must_use]
pub fn google_key_name(name: &str) -> Option<String> {
    let (_, rest) = name.split_once("serviceAccounts/")?;
    let (email, id) = rest.split_once("/keys/")?;
    (!email.is_empty() && !id.is_empty() && !id.contains('/')).then(|| google_key(email, id))
}

/// An object of an Entra tenant by its object id, which is unique everywhere: `entra:ID`.
#[must_use]
pub fn entra(object: &str) -> String {
    format!("entra:{}", object.to_ascii_lowercase())
}

/// An app in an Entra tenant by its client id, which is the same in every tenant: `entra:TENANT/APPID`.
#[must_use]
pub fn entra_app(tenant: &str, app: &str) -> String {
    format!("entra:{}/{}", tenant.to_ascii_lowercase(), app.to_ascii_lowercase())
}

/// A secret or certificate of an Entra app by its key id: `entra-key:ID`.
#[must_use]
pub fn entra_key(id: &str) -> String {
    format!("entra-key:{}", id.to_ascii_lowercase())
}

/// A subject that an OpenID issuer names: `oidc:ISSUER#SUBJECT`, the issuer without scheme.
#[must_use]
pub fn oidc(issuer: &str, subject: &str) -> String {
    let issuer = issuer.split_once("://").map_or(issuer, |(_, rest)| rest).trim_end_matches('/');
    format!("oidc:{issuer}#{subject}")
}

/// A user of GitHub, by login: `github:user/LOGIN`.
#[must_use]
pub fn github_user(login: &str) -> String {
    format!("github:user/{}", login.to_ascii_lowercase())
}

/// A personal access token of GitHub, by the id that its audit log has too: `github:token/ID`.
#[must_use]
pub fn github_token(id: i64) -> String {
    format!("github:token/{id}")
}

/// A package's purl without qualifiers and subpath, in lower case where its type compares so, its percent
/// encoding as it is. `None` where the text is none. Keeps the version: [`purl_name`] is without.
#[must_use]
pub fn purl(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.split(['?', '#']).next()?.strip_prefix("pkg:")?.trim_start_matches('/');
    let (kind, name) = rest.split_once('/')?;
    let kind = kind.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".+-".contains(c);
    if name.is_empty() || kind.is_empty() || !kind.chars().all(plain) {
        return None;
    }
    // Names of these types are compared without case; versions are not.
    let (name, version) = match name.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !version.contains('/') => (name, Some(version)),
        _ => (name, None),
    };
    let lower = matches!(kind.as_str(), "github" | "bitbucket" | "deb" | "apk" | "rpm" | "pypi" | "oci");
    let name = if lower { name.to_ascii_lowercase() } else { name.to_owned() };
    // An npm scope may stand as it is or encoded.
    let name = name.strip_prefix('@').map_or(name.clone(), |rest| format!("%40{rest}"));
    let version = version
        .filter(|it| !it.is_empty())
        .map_or(String::new(), |it| format!("@{}", it.replace("%2B", "+").replace("%3A", ":")));
    Some(format!("pkg:{kind}/{name}{version}"))
}

/// A canonical purl without its version.
#[must_use]
pub fn purl_name(purl: &str) -> &str {
    purl.rsplit_once('@').map_or(purl, |(name, _)| name)
}

/// The account of an ARN. `None` where it is no ARN or names no account (an S3 bucket's).
#[must_use]
pub fn arn_account(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    (parts.next()? == "arn").then_some(())?;
    let account = parts.nth(3)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// A vulnerability's id in its canonical case: `CVE-…` and `GHSA-…` are compared without case by
/// everybody, and written as their issuers do.
#[must_use]
pub fn vulnerability(id: &str) -> String {
    let id = id.trim();
    let upper = id.to_ascii_uppercase();
    match upper.strip_prefix("GHSA-") {
        Some(rest) => format!("GHSA-{}", rest.to_ascii_lowercase()),
        None if upper.starts_with("CVE-") => upper,
        None => id.to_owned(),
    }
}

/// Whether an id is a CVE's: `CVE-`, a year, a number.
#[must_use]
pub fn is_cve(id: &str) -> bool {
    let digits = |text: &str, least: usize| text.len() >= least && text.bytes().all(|b| b.is_ascii_digit());
    id.strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| year.len() == 4 && digits(year, 4) && digits(number, 4))
}

/// A path in its repository or image: forward slashes, no `file://`, no leading `./` or `/`. An absolute
/// path below `root` becomes relative to it.
#[must_use]
pub fn path(text: &str, root: Option<&str>) -> String {
    let clean = |text: &str| {
        let text = text.strip_prefix("file://").unwrap_or(text).replace('\\', "/");
        text.trim_end_matches('/').to_owned()
    };
    let full = clean(text);
    let inside = root.map(clean).filter(|root| !root.is_empty()).and_then(|root| {
        let rest = full.strip_prefix(&root)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
    });
    let mut rest = inside.as_deref().unwrap_or(&full);
    loop {
        let next = rest.strip_prefix("./").or_else(|| rest.strip_prefix('/'));
        match next {
            Some(next) => rest = next,
            None => return rest.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_keys_do_not_collide() {
        assert_eq!(natural(&["a", "b@1", "c/d"]), "a#b@1#c/d");
        assert_ne!(natural(&["a#b", "c"]), natural(&["a", "b#c"]));
        assert_eq!(natural(&["a\nb"]), "a%0Ab");
    }

    #[test]
    fn every_spelling_of_a_remote_is_one_repository() {
        for remote in [
            "https://github.com/Northwind-Robotics/Arm.git",
            "https://github.com/northwind-robotics/arm/",
            "https://deploy:hunter2@github.com/northwind-robotics/arm",
            "git@github.com:northwind-robotics/arm.git",
            "ssh://git@github.com:22/northwind-robotics/arm.git",
            "git+https://github.com/northwind-robotics/arm.git?ref=main",
            "git://github.com/northwind-robotics/arm",
            "github.com/northwind-robotics/arm",
        ] {
            assert_eq!(repo(remote).as_deref(), Some("github.com/northwind-robotics/arm"), "{remote}");
        }
        for local in [
            "",
            ".",
            "/srv/arm",
            "file:///srv/a/arm",
            "C:\\src\\arm",
            "arm",
            "../a/b",
            "github.com/x",
            "src/a/b",
        ] {
            assert_eq!(repo(local), None, "{local}");
        }
    }

    #[test]
    fn an_address_loses_its_user() {
        for (text, bare) in [
            ("https://ci:hunter2@host/arm", "https://host/arm"),
            ("https://hunter2@host", "https://host"),
            ("https://host/a@b", "https://host/a@b"),
            ("../arm", "../arm"),
        ] {
            assert_eq!(without_user(text), bare);
        }
    }

    #[test]
    fn an_image_reference_falls_into_its_parts() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let cases = [
            ("nginx", "docker.io/library/nginx", None, false),
            ("nginx:1.25", "docker.io/library/nginx", Some("1.25"), false),
            ("northwind/arm:2", "docker.io/northwind/arm", Some("2"), false),
            ("index.docker.io/northwind/arm", "docker.io/northwind/arm", None, false),
            ("localhost:5000/arm", "localhost:5000/arm", None, false),
            ("docker-pullable://quay.io/n/arm:v1@DIGEST", "quay.io/n/arm", Some("v1"), true),
        ];
        for (text, repository, tag, has_digest) in cases {
            let parts = image(&text.replace("DIGEST", &digest)).unwrap();
            assert_eq!(parts.repository, repository, "{text}");
            assert_eq!(parts.tag.as_deref(), tag, "{text}");
            assert_eq!(parts.digest, has_digest.then(|| digest.clone()), "{text}");
        }
        for none in ["", "/var/arm.tar", "arm image", "sha256:abc", "nginx@sha256:abc"] {
            assert_eq!(image(none), None, "{none}");
        }
    }

    #[test]
    fn accounts_and_vulnerabilities() {
        assert_eq!(arn_account("arn:aws:iam::111122223333:user/ci"), Some("111122223333"));
        assert_eq!(arn_account("arn:aws:s3:::bucket"), None);
        assert_eq!(arn_account("user/ci"), None);
        assert_eq!(vulnerability("cve-2026-0001"), "CVE-2026-0001");
        assert_eq!(vulnerability("ghsa-ABCD-1234-wxyz"), "GHSA-abcd-1234-wxyz");
        assert!(is_cve("CVE-2026-0001") && !is_cve("CVE-2026-1") && !is_cve("GHSA-abcd-1234-wxyz"));
    }

    #[test]
    fn a_purl_loses_what_is_not_its_identity() {
        for (text, canonical) in [
            (
                "pkg:apk/alpine/apk-tools@2.10.6-r0?arch=x86_64&distro=3.10",
                "pkg:apk/alpine/apk-tools@2.10.6-r0",
            ),
            ("pkg:DEB/Debian/curl@7.88?arch=amd64#usr/bin", "pkg:deb/debian/curl@7.88"),
            (
                "pkg:maven/org.apache.logging.log4j/log4j-core",
                "pkg:maven/org.apache.logging.log4j/log4j-core",
            ),
            ("pkg:npm/@northwind/arm@1.0.0", "pkg:npm/%40northwind/arm@1.0.0"),
            ("pkg:npm/%40northwind/arm", "pkg:npm/%40northwind/arm"),
            ("pkg:golang/github.com/Northwind/arm@v1.2.0", "pkg:golang/github.com/Northwind/arm@v1.2.0"),
            ("pkg:deb/ubuntu/libzstd1@1.4.8%2Bdfsg-3build1", "pkg:deb/ubuntu/libzstd1@1.4.8+dfsg-3build1"),
        ] {
            assert_eq!(purl(text).as_deref(), Some(canonical), "{text}");
        }
        for none in ["", "pkg:", "pkg:npm", "pkg:npm/", "log4j@2", "acme-product", "urn:cdx:1/1#a"] {
            assert_eq!(purl(none), None, "{none}");
        }
        assert_eq!(purl_name("pkg:npm/%40northwind/arm@1.0.0"), "pkg:npm/%40northwind/arm");
    }

    #[test]
    fn a_user_is_known_without_its_path() {
        let known = without_path("arn:aws:iam::111122223333:user/automation/ci/deploy");
        assert_eq!(known.as_deref(), Some("arn:aws:iam::111122223333:user/deploy"));
        for other in ["arn:aws:iam::111122223333:user/deploy", "arn:aws:iam::111122223333:role/a/b", "deploy"]
        {
            assert_eq!(without_path(other), None, "{other}");
        }
    }

    #[test]
    fn keys_of_clouds_are_found_under_all_their_names() {
        for name in [
            "//iam.googleapis.com/projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com/keys/0a",
            "projects/-/serviceAccounts/ci@p.iam.gserviceaccount.com/keys/0a",
        ] {
            assert_eq!(google_key_name(name).as_deref(), Some("ci@p.iam.gserviceaccount.com/keys/0a"));
        }
        assert_eq!(google_key_name("projects/p/serviceAccounts/ci"), None);
        assert_eq!(entra_app("T1", "A1"), "entra:t1/a1");
    }

    #[test]
    fn paths_are_relative_to_their_root() {
        assert_eq!(path("file:///builds/arm/src/a.rs", Some("/builds/arm")), "src/a.rs");
        assert_eq!(path("/builds/armada/a.rs", Some("/builds/arm")), "builds/armada/a.rs");
        assert_eq!(path("./src\\a.rs", None), "src/a.rs");
    }
}
