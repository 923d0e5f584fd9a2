//! Secrets come from the environment and go nowhere but to the platform. The checker looks for them in every file and in all that is
//! printed; here are the moments in which they are most likely to slip out.

use crate::support::Bench;

#[test]
fn the_most_talkative_log_holds_no_secret() {
    for format in ["text", "json"] {
        let ran = Bench::new("delete-punches")
            .argument("--log-level")
            .argument("debug")
            .argument("--log-format")
            .argument(format)
            .run()
            .checked();
        assert!(
            ran.said.stderr.contains("call ended"),
            "{}",
            ran.said.stderr
        );
    }
}

#[test]
fn a_wrong_secret_is_not_told_to_anybody() {
    let ran = Bench::new("delete-punches")
        .environment("FEISHU_APP_SECRET", "canary-of-a-wrong-secret")
        .run();
    assert!(ran.refused().contains("10015"), "{}", ran.said.stderr);
}

#[test]
fn a_ready_token_that_the_platform_refuses_is_not_told_to_anybody() {
    let ran = Bench::new("delete-punches")
        .environment("FEISHU_APP_SECRET", "")
        .environment("FEISHU_TENANT_ACCESS_TOKEN", "t-canary-of-a-wrong-token")
        .run()
        .checked();
    assert_eq!(ran.said.exit, 3, "{}", ran.said.stderr);
    assert_eq!(ran.items().succeeded, 0);
}

#[test]
fn a_job_file_with_a_secret_is_refused_without_showing_it() {
    let ran = Bench::new("delete-punches")
        .job(|job| format!("app_secret = \"canary-in-a-job-file\"\n{job}"))
        .run();
    let said = ran.refused();
    assert!(
        said.contains("jobs/delete-punches.toml:1: this looks like a secret"),
        "{said}"
    );
    assert!(!said.contains("canary"), "{said}");
}
