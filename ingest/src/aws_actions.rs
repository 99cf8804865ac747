//! Which AWS actions reach far: the table that gives grants and identities their level.
//!
//! The table is data. An action that is not in it is `limited`. Names are compared without regard to
//! case, as AWS does. What each class means:
//!
//! | class | level | dangerous |
//! | --- | --- | --- |
//! | [`Reach::Admin`] | total | yes: gives itself or another identity any right |
//! | [`Reach::Borrow`] | elevated | yes: acts with the role of something that exists |
//! | [`Reach::Pass`] | elevated, total on every role | only together with an action that starts something with the role |
//! | [`Reach::Launch`] | limited | no: starts something that a role can be passed to |
//! | [`Reach::Sensitive`] | elevated | no: reads secrets, destroys or opens data, blinds the log |

/// What an action lets its holder do beyond its own service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Starts something that runs with a passed role.
    Launch,
    /// Reads secrets, destroys or opens data, or blinds the audit log.
    Sensitive,
    /// Hands a role to something that is started.
    Pass,
    /// Acts with the role of something that exists already.
    Borrow,
    /// Gives itself or another identity any right.
    Admin,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// The action, `service:Name`.
    pub name: &'static str,
    /// Its class.
    pub reach: Reach,
}

/// Rows of one class.
macro_rules! rows {
    ($($reach:ident: $($name:literal)*;)*) => {
        &[$($(Action { name: $name, reach: Reach::$reach },)*)*]
    };
}

/// The table.
pub const ACTIONS: &[Action] = rows! {
    Admin:
        "iam:AddUserToGroup" "iam:AttachGroupPolicy" "iam:AttachRolePolicy" "iam:AttachUserPolicy"
        "iam:CreateAccessKey" "iam:CreateLoginProfile" "iam:CreatePolicyVersion"
        "iam:CreateServiceSpecificCredential" "iam:DeleteRolePermissionsBoundary"
        "iam:DeleteUserPermissionsBoundary" "iam:PutGroupPolicy" "iam:PutRolePolicy"
        "iam:PutUserPolicy" "iam:ResetServiceSpecificCredential" "iam:SetDefaultPolicyVersion"
        "iam:UpdateAssumeRolePolicy" "iam:UpdateLoginProfile"
        "sso:AttachManagedPolicyToPermissionSet" "sso:CreateAccountAssignment"
        "sso:PutInlinePolicyToPermissionSet";
    Borrow:
        "cloudformation:UpdateStack" "cloudformation:CreateChangeSet" "codebuild:UpdateProject"
        "ec2-instance-connect:SendSSHPublicKey" "ec2-instance-connect:SendSerialConsoleSSHPublicKey"
        "glue:UpdateDevEndpoint" "glue:UpdateJob" "lambda:UpdateFunctionCode"
        "lambda:UpdateFunctionConfiguration" "sagemaker:CreatePresignedNotebookInstanceUrl"
        "ssm:SendCommand" "ssm:StartSession" "ecs:ExecuteCommand";
    Pass:
        "iam:PassRole";
    Launch:
        "autoscaling:CreateLaunchConfiguration" "cloudformation:CreateStack" "codebuild:CreateProject"
        "datapipeline:PutPipelineDefinition" "ec2:AssociateIamInstanceProfile" "ec2:RunInstances"
        "ecs:RegisterTaskDefinition" "glue:CreateDevEndpoint" "glue:CreateJob" "lambda:CreateFunction"
        "sagemaker:CreateNotebookInstance" "sagemaker:CreateProcessingJob"
        "sagemaker:CreateTrainingJob" "states:CreateStateMachine" "batch:RegisterJobDefinition";
    Sensitive:
        "secretsmanager:GetSecretValue" "secretsmanager:BatchGetSecretValue"
        "secretsmanager:PutSecretValue" "secretsmanager:UpdateSecret"
        "secretsmanager:PutResourcePolicy" "secretsmanager:DeleteSecret"
        "ssm:GetParameter" "ssm:GetParameters" "ssm:GetParametersByPath" "ssm:GetParameterHistory"
        "kms:CreateGrant" "kms:Decrypt" "kms:DisableKey" "kms:PutKeyPolicy"
        "kms:ReEncryptFrom" "kms:ScheduleKeyDeletion"
        "s3:DeleteBucket" "s3:DeleteBucketPolicy" "s3:DeleteObject" "s3:DeleteObjectVersion"
        "s3:PutBucketAcl" "s3:PutBucketPolicy" "s3:PutLifecycleConfiguration"
        "s3:PutBucketPublicAccessBlock" "s3:PutBucketVersioning" "s3:PutEncryptionConfiguration"
        "s3:PutObject" "s3:PutObjectAcl" "s3:PutReplicationConfiguration"
        "cloudtrail:DeleteTrail" "cloudtrail:PutEventSelectors" "cloudtrail:StopLogging"
        "cloudtrail:UpdateTrail" "config:DeleteConfigurationRecorder"
        "config:StopConfigurationRecorder" "guardduty:DeleteDetector" "guardduty:UpdateDetector"
        "ec2:GetPasswordData" "ec2:ModifyImageAttribute" "ec2:ModifySnapshotAttribute"
        "rds:ModifyDBSnapshotAttribute" "dynamodb:DeleteTable" "rds:DeleteDBInstance"
        "ecr:SetRepositoryPolicy" "ecr:PutImage" "lambda:AddPermission"
        "iam:CreateRole" "iam:CreateUser" "iam:DeactivateMFADevice" "iam:UpdateAccessKey"
        "sts:AssumeRole";
};

/// Whether a pattern with `*` and `?` matches a text, without regard to case.
///
/// `?` is one byte: names in AWS are ASCII. Runs in the product of both lengths and never recurses.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0_usize, 0_usize);
    // Where the last star stands, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(have) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p = p.saturating_add(1);
            }
            Some(want) if *want == b'?' || want.eq_ignore_ascii_case(have) => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                let taken = taken.saturating_add(1);
                star = Some((at, taken));
                p = at.saturating_add(1);
                t = taken;
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_aws_matches_them() {
        for (pattern, text, expected) in [
            ("*", "iam:PassRole", true),
            ("iam:*", "iam:PassRole", true),
            ("iam:pass*", "iam:PassRole", true),
            ("ssm:sendCommand", "ssm:SendCommand", true),
            ("s3:Get?bject", "s3:GetObject", true),
            ("s3:*Object", "s3:GetObject", true),
            ("s3:*Object", "s3:GetObjectAcl", false),
            ("*a*b", "aXbXb", true),
            ("", "iam:PassRole", false),
            ("iam:PassRole", "", false),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let pattern = "*a".repeat(200);
        assert!(!glob(&pattern, &"a".repeat(199)));
    }

    #[test]
    fn every_action_stands_once_and_names_a_service() {
        let mut names: Vec<String> = ACTIONS.iter().map(|a| a.name.to_ascii_lowercase()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.split_once(':').is_some_and(|(s, a)| !s.is_empty() && !a.is_empty()))
        );
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
