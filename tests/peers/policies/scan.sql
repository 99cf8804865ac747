b01|category = 'secret_exposed' AND status = 'open' AND public AND severity >= 4|50 + 10 * severity + 3 * w_criticality + 2 * i_privilege
b02|category IN ('secret_exposed', 'token_leak') AND starts_with(path, 'src/prod/') AND age_days > 7 AND i_privilege >= 3|40 + 10 * severity + 2 * w_criticality + 5 * i_privilege
b03|category = 'overprivileged' AND i_kind = 'service_account' AND i_privilege >= 4 AND i_last_seen_days > 60|30 + 5 * severity + 2 * w_criticality + 8 * i_privilege
b04|i_age_days > 365 AND NOT i_mfa AND i_privilege >= 3 AND status = 'open'|10 + 4 * severity + 2 * w_criticality + 6 * i_privilege
b05|w_internet_facing AND score10 >= 85 AND status IN ('open', 'ack') AND w_criticality >= 4|45 + 10 * severity + 8 * w_criticality + i_privilege
b06|env = 'prod' AND w_env = 'prod' AND severity = 5 AND age_days > 30|35 + 10 * severity + 6 * w_criticality + i_privilege
b07|severity >= 4 AND status = 'open' AND category = 'iam_drift' AND env <> w_env|20 + 8 * severity + 4 * w_criticality + i_privilege
b08|category = 'stale_credential' AND severity >= 3 AND i_last_seen_days > 90 AND w_team = i_owner|25 + 6 * severity + 2 * w_criticality + 5 * i_privilege
b09|w_runtime = 'lambda' AND category IN ('misconfig', 'vuln', 'iam_drift') AND score10 > 60 AND w_region IN ('us-east-1', 'eu-west-1')|15 + 6 * severity + 6 * w_criticality + i_privilege
b10|starts_with(w_image, 'registry/prod/') AND category = 'vuln' AND score10 >= 90 AND status = 'open'|40 + 10 * severity + 6 * w_criticality + i_privilege
b11|source IN ('gitleaks', 'trufflehog') AND starts_with(path, 'config/') AND status = 'open' AND last_seen_days < 7|20 + 8 * severity + 2 * w_criticality + 2 * i_privilege
b12|i_kind = 'agent' AND i_privilege >= 3 AND w_internet_facing AND severity >= 3 AND status <> 'resolved'|30 + 6 * severity + 4 * w_criticality + 7 * i_privilege
b13|i_provider = 'aws' AND i_kind IN ('service_account', 'ci_runner') AND i_last_seen_days > 180 AND status = 'open'|12 + 4 * severity + w_criticality + 6 * i_privilege
b14|starts_with(rule, 'rule-01') AND severity >= 4 AND age_days > 90 AND status = 'open'|18 + 9 * severity + 2 * w_criticality + i_privilege
b15|(severity = 5 OR score10 >= 95) AND status = 'open' AND w_criticality = 5|38 + 10 * severity + 5 * w_criticality + 2 * i_privilege
b16|w_team IN ('team-03', 'team-07', 'team-11') AND category = 'misconfig' AND severity >= 3 AND age_days > 14|14 + 6 * severity + 3 * w_criticality + i_privilege
b17|category = 'overprivileged' AND status = 'open' AND NOT i_mfa AND i_privilege > w_criticality|22 + 5 * severity + 2 * w_criticality + 7 * i_privilege
b18|public AND w_internet_facing AND category IN ('secret_exposed', 'token_leak', 'vuln') AND status = 'open' AND starts_with(path, 'src/')|48 + 10 * severity + 5 * w_criticality + 2 * i_privilege
b19|age_days > 180 AND status = 'ack' AND severity >= 4 AND w_env = 'prod'|16 + 7 * severity + 4 * w_criticality + i_privilege
b20|i_kind = 'workload' AND i_privilege >= 4 AND severity >= 4 AND status = 'open' AND i_owner <> w_team|19 + 7 * severity + 3 * w_criticality + 5 * i_privilege
