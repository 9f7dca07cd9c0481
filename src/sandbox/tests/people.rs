//! Who am I, and which pages are mine.

use super::*;

#[test]
fn userinfo_needs_openid_and_profile() {
    let mut world = World::new();
    let ask = || Ask::get("/v2/userinfo").without("linkedin-version");
    let got = world.ask(ask());
    assert_eq!(got.status, 200);
    assert_eq!(
        (&got.body["sub"], &got.body["name"]),
        (&json!("jane_B-9"), &json!("Jane Doe"))
    );
    assert_eq!(
        got.body["locale"],
        json!({"country": "US", "language": "en"})
    );
    let got = world.ask(ask().token_of(BOB));
    let message = "Not enough permissions to access: userinfo.GET.NO_VERSION";
    assert_eq!(
        (got.said(), got.message()),
        ((403, "ACCESS_DENIED"), message)
    );
}

#[test]
fn roles_are_found_by_member_and_by_page() {
    let mut world = World::new();
    let find = |query: &str| Ask::get(&format!("/rest/organizationAcls?{query}")).token_of(ACME);
    let row = json!({
        "organization": ACME, "role": "ADMINISTRATOR",
        "roleAssignee": "urn:li:person:admin-42", "state": "APPROVED",
    });
    let page = format!("q=organization&organization={}", encoded(ACME));
    for query in [
        "q=roleAssignee",
        "q=roleAssignee&role=ADMINISTRATOR&state=APPROVED",
        &page,
    ] {
        let got = world.ask(find(query));
        assert_eq!(
            (got.status, &got.body["elements"]),
            (200, &json!([row])),
            "{query}"
        );
    }
    let got = world.ask(find("q=roleAssignee&role=ANALYST"));
    assert_eq!(got.body["elements"], json!([]));
    let got = world.ask(find(
        "q=organization&organization=urn%3Ali%3Aorganization%3A7",
    ));
    assert_eq!(got.said(), (403, "ACCESS_DENIED"));
    assert_eq!(
        world.ask(find("q=everybody")).said(),
        (400, "ILLEGAL_ARGUMENT")
    );
    let got = world.ask(find("q=roleAssignee").token_of(JANE));
    let message = "Not enough permissions to access: \
                   organizationAcls.FINDER-roleAssignee.20260901";
    assert_eq!((got.status, got.message()), (403, message));
}
