//! What is there before anybody is known: the document of the API, and the loopback alone.

use crate::live::Service;
use serde_json::Value;

#[test]
fn without_accounts_it_keeps_to_the_loopback() {
    let service = Service::new("1", "[http]\naddress = \"0.0.0.0:0\"\n");
    let mut child = service.start(None);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(78), "{}", service.log());
    assert!(service.log().contains("[access]"), "{}", service.log());
}

#[test]
fn the_document_of_the_api_is_openapi_3_1_and_whole() {
    let document: Value = serde_json::from_str(&vestigo::http::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for path in ["warnings", "pairs", "tasks", "tasks/{id}/{act}", "stream", "audit"] {
        assert!(paths.contains_key(&format!("/api/v1/{path}")), "{path}");
    }
    let text = document.to_string();
    for name in text.split("#/components/schemas/").skip(1) {
        let name = name.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is not defined");
    }
}
