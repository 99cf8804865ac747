//! Kubernetes' admission reviews.

use serde_json::{Value, json};

use crate::support::{Server, alike};

fn review(request: Value) -> String {
    let mut whole = json!({"uid": "u-1", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE",
        "namespace": "shop", "userInfo": {"username": "sasha", "groups": ["dev"]}, "dryRun": false});
    for (name, value) in request.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": whole}).to_string()
}

fn pod(images: &[&str]) -> Value {
    let containers: Vec<Value> = images.iter().map(|image| json!({"name": "c", "image": image})).collect();
    json!({"spec": {"containers": containers, "serviceAccountName": "web"}})
}

#[test]
fn reviews() {
    let server = Server::plain();
    let good = "ghcr.io/northwind/shop@sha256:0a";
    let shown: Vec<String> = [
        json!({"object": pod(&[good])}),
        json!({"object": pod(&[good]), "namespace": "odd"}),
        json!({"object": pod(&[good, "x@sha256:bad"])}),
        json!({"object": pod(&["ghcr.io/northwind/shop:latest"])}),
        json!({"object": {"spec": {"template": pod(&["x@sha256:bad"])}}}),
        json!({"kind": {"kind": "ClusterRoleBinding"}}),
        json!({"object": pod(&[good]), "dryRun": true}),
        json!({"object": pod(&[good]), "userInfo": {}, "kind": {"kind": "ClusterRoleBinding"}}),
        json!({"object": pod(&[good]), "operation": 7, "userInfo": {"username": ["x"]}, "kind": {"kind": 1}}),
    ]
    .map(|request| server.post("/v1/admission", &review(request)))
    .into();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    200 {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"auditAnnotations":{"decision-id":"ID","fact-watermark":"0@2026-06-01T00:00:00Z","policy-revision":"REVISION"},"uid":"u-1"}}
    200 {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"auditAnnotations":{"decision-id":"ID","fact-watermark":"0@2026-06-01T00:00:00Z","policy-revision":"REVISION"},"uid":"u-1","warnings":["odd namespace"]}}
    200 {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":false,"auditAnnotations":{"decision-id":"ID","fact-watermark":"0@2026-06-01T00:00:00Z","policy-revision":"REVISION"},"status":{"code":403,"message":"sha256:bad has holes; k8s:prod-eu/shop/web (decision ID)"},"uid":"u-1"}}
    200 {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":false,"auditAnnotations":{"decision-id":"ID","fact-watermark":"0@2026-06-01T00:00:00Z","policy-revision":"REVISION"},"status":{"code":403,"message":"ghcr.io/northwind/shop:latest may be anything (decision ID)"},"uid":"u-1"}}
    200 {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":false,"auditAnnotations":{"decision-id":"ID","fact-watermark":"0@2026-06-01T00:00:00Z","policy-revision":"REVISION"},"status":{"code":403,"message":"sha256:bad has holes; k8s:prod-eu/shop/web (decision ID)"},"uid":"u-1"}}
    200 {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":false,"auditAnnotations":{"decision-id":"ID","fact-watermark":"0@2026-06-01T00:00:00Z","policy-revision":"REVISION"},"status":{"code":403,"message":"sasha binds no cluster roles (decision ID)"},"uid":"u-1"}}
    200 {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"auditAnnotations":{"decision-id":"ID","fact-watermark":"0@2026-06-01T00:00:00Z","policy-revision":"REVISION"},"uid":"u-1","warnings":["only tried"]}}
    500 evidence is missing: `user` of Admission `u-1` was not collected; decision ID
    500 evidence is missing: `kind` of Admission `u-1` was not collected; `user` of Admission `u-1` was not collected; decision ID
    "#);
}

#[test]
fn what_is_no_review() {
    let server = Server::plain();
    let shown: Vec<String> = [
        "{}".to_owned(),
        json!({"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview"}).to_string(),
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {}}).to_string(),
        "[".to_owned(),
    ]
    .map(|body| server.post("/v1/admission", &body))
    .into();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    400 this is no AdmissionReview of admission.k8s.io/v1
    400 this is no AdmissionReview of admission.k8s.io/v1
    400 `request.uid` is missing
    400 the body is not JSON (line 1, column 1)
    "#);
    let elsewhere = server.post("/v1/admission/nobody", &review(json!({})));
    assert_eq!(alike(&elsewhere), "500 no entry `nobody` is asked here; decision ID");
}
