//! gRPC's health protocol.

use assize_gateway::proto::health::HealthCheckRequest;
use assize_gateway::proto::health::health_check_response::ServingStatus;
use assize_gateway::proto::health::health_client::HealthClient;

use crate::support::Server;

#[test]
fn who_asks_by_grpc_is_told_and_hears_of_the_end() {
    let mut server = Server::plain();
    let address = format!("http://{}", server.tcp());
    let request = |service: &str| HealthCheckRequest { service: service.to_owned() };
    let mut waiting = server.block_on(async {
        let mut client = HealthClient::connect(address).await.unwrap();
        for service in ["", "envoy.service.auth.v3.Authorization"] {
            let status = client.check(request(service)).await.unwrap().into_inner().status();
            assert_eq!(status, ServingStatus::Serving);
        }
        let unknown = client.check(request("shop.Cart")).await.unwrap_err();
        assert_eq!(unknown.code(), tonic::Code::NotFound);
        let mut unknown = client.watch(request("shop.Cart")).await.unwrap().into_inner();
        assert_eq!(unknown.message().await.unwrap().unwrap().status(), ServingStatus::ServiceUnknown);
        let mut waiting = client.watch(request("")).await.unwrap().into_inner();
        assert_eq!(waiting.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        waiting
    });
    let begun = std::time::Instant::now();
    server.end();
    assert!(begun.elapsed().as_secs() < 8, "whoever waits keeps nobody");
    let last = server.block_on(async { waiting.message().await });
    if let Ok(Some(last)) = last {
        assert_eq!(last.status(), ServingStatus::NotServing);
    }
}
