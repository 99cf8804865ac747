package requests

import rego.v1

default allow := false

allow if {
	permitted
	not forbidden
}

# p01
permitted if {
	input.action in {"secrets:read", "secrets:list"}
	input.principal.environment == input.resource.environment
	input.principal.privilege >= input.resource.sensitivity
	input.workload_attested
}

# p02
permitted if {
	input.action == "secrets:read"
	input.principal.kind == "service_account"
	startswith(input.resource.path, "vault/prod/payments/")
	input.principal.owner == "team-payments"
	input.principal.age_days < 365
}

# p03
permitted if {
	input.action == "secrets:rotate"
	input.principal.privilege >= 4
	input.mfa
	input.hour >= 8
	input.hour < 20
}

# p04
permitted if {
	input.action in {"db:query", "db:describe"}
	input.principal.kind in {"service_account", "workload"}
	input.resource.sensitivity <= 2
	startswith(input.source_ip, "10.")
}

# p05
permitted if {
	input.action in {"metrics:read", "logs:read"}
	input.principal.last_seen_days < 30
	input.resource.environment != "prod"
}

# p06
permitted if {
	input.action == "deploy:apply"
	input.principal.kind == "ci_runner"
	input.principal.owner == input.resource.owner
	input.workload_attested
	input.resource.environment in {"stage", "dev"}
}

# p07
permitted if {
	input.action == "deploy:apply"
	input.principal.kind == "ci_runner"
	input.principal.owner == input.resource.owner
	input.resource.environment == "prod"
	input.hour >= 9
	input.hour < 17
}

# p08
permitted if {
	input.action in {"object:get", "object:head", "object:list"}
	startswith(input.resource.path, "bucket/public/")
	input.resource.sensitivity == 0
}

# p09
permitted if {
	input.action in {"object:get", "object:put"}
	input.principal.owner == input.resource.owner
	input.principal.environment == input.resource.environment
	input.principal.privilege >= 2
}

# p10
permitted if {
	input.action in {"tool:invoke", "tool:list"}
	input.principal.kind == "agent"
	startswith(input.resource.path, "tools/")
	input.resource.sensitivity <= 1
	input.workload_attested
}

# p11
permitted if {
	input.principal.privilege >= 5
	input.mfa
	startswith(input.source_ip, "10.0.")
}

# p12
permitted if {
	input.principal.environment == "dev"
	input.resource.environment == "dev"
	input.principal.last_seen_days <= 90
	input.resource.sensitivity <= 3
}

# f13
forbidden if {
	input.principal.age_days > 730
	input.resource.sensitivity >= 3
	not input.mfa
}

# f14
forbidden if {
	input.principal.last_seen_days > 90
	input.principal.privilege >= 3
	input.resource.environment == "prod"
}

# f15
forbidden if {
	input.action in {"secrets:read", "db:query", "object:get", "object:put"}
	input.principal.environment in {"dev", "stage"}
	input.resource.environment == "prod"
}

# f16
forbidden if {
	input.resource.sensitivity >= 4
	not startswith(input.source_ip, "10.")
	not startswith(input.source_ip, "192.168.")
}

# f17
forbidden if {
	input.action in {"secrets:rotate", "deploy:apply", "db:drop"}
	input.principal.kind == "agent"
	not input.workload_attested
}

# f18
forbidden if {
	input.action in {"deploy:apply", "secrets:rotate"}
	input.resource.environment == "prod"
	input.hour < 6
}

# f18
forbidden if {
	input.action in {"deploy:apply", "secrets:rotate"}
	input.resource.environment == "prod"
	input.hour >= 22
}

# f19
forbidden if {
	input.principal.kind == "ci_runner"
	startswith(input.resource.path, "vault/prod/")
	input.principal.owner != input.resource.owner
	not input.mfa
}

# f20
forbidden if {
	startswith(input.resource.path, "vault/prod/break-glass/")
	input.principal.privilege < 5
	input.principal.owner != "team-security"
}
