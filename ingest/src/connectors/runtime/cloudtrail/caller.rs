//! Who called, and with which key.

use crate::fields::{Bad, Fields};

/// The caller of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The identity's key: the role behind a session, else the caller's ARN, else its unique id, else the
    /// calling service's name. `None` where the event names nobody.
    pub identity: Option<String>,
    /// The account that the caller, and so its key, belongs to.
    pub account: Option<String>,
    /// The id of the key that signed the call.
    pub key: Option<String>,
    /// The caller's name in IAM, for users.
    pub user_name: Option<String>,
    /// Its ARN as the event has it.
    pub arn: Option<String>,
    /// `userIdentity.type`.
    pub kind: Option<String>,
}

impl Caller {
    /// Reads an event's `userIdentity`. Without one nothing is known of the caller, which is no error.
    pub fn read(event: Fields<'_>) -> Result<Self, Bad> {
        let Some(user) = event.object("userIdentity")? else { return Ok(Self::default()) };
        let owned = |path: &str| -> Result<Option<String>, Bad> { Ok(user.text(path)?.map(str::to_owned)) };
        let key = owned("accessKeyId")?;
        if let Some(key) = &key
            && !(key.len() <= 128 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            return Err(Bad::field("userIdentity.accessKeyId", "is not the id of a key"));
        }
        Ok(Self {
            identity: identity(user)?,
            account: owned("accountId")?,
            key,
            user_name: owned("userName")?,
            arn: owned("arn")?,
            kind: owned("type")?,
        })
    }

    /// The model's kind of the key, by the letters that AWS puts before it.
    pub fn secret_kind(&self) -> Option<&'static str> {
        self.is_static().map(|is_static| if is_static { "access_key" } else { "session" })
    }

    /// Whether the key lives until somebody ends it.
    pub fn is_static(&self) -> Option<bool> {
        match self.key.as_deref()? {
            key if key.starts_with("AKIA") => Some(true),
            key if key.starts_with("ASIA") => Some(false),
            _ => None,
        }
    }
}

fn identity(user: Fields<'_>) -> Result<Option<String>, Bad> {
    // The ARN of a role's session drops the role's path: the issuer's does not.
    if let Some(issuer) = user.text("sessionContext.sessionIssuer.arn")? {
        return Ok(Some(issuer.to_owned()));
    }
    let arn = user.text("arn")?;
    let session = arn.is_some_and(|arn| arn.contains(":assumed-role/"));
    if let Some(arn) = arn.filter(|_| !session) {
        return Ok(Some(arn.to_owned()));
    }
    if let (Some(provider), Some(subject)) = (user.text("identityProvider")?, user.text("userName")?) {
        return Ok(Some(format!("oidc:{provider}#{subject}")));
    }
    // `AROA…:SESSION`: what stands before the colon stays when the name is given to somebody else.
    let unique = user.text("principalId")?.and_then(|id| id.split(':').next()).filter(|id| !id.is_empty());
    Ok(unique.or(arn).or(user.text("invokedBy")?).map(str::to_owned))
}
