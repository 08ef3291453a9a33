//! What is said to those who call wrongly, and where no broker is.

use crate::session::{Outcome, bare, run_bare};

#[test]
fn help_explains_and_wrong_calls_are_told_apart() {
    let help = run_bare("--help").succeeded();
    for command in ["serve", "format", "topic", "produce", "consume", "group", "config", "log"] {
        assert!(help.contains(&format!("  {command} ")), "{command}: {help}");
        let own = run_bare(&format!("{command} --help")).succeeded();
        assert!(own.contains("Usage: ringlog "), "{own}");
    }
    assert!(help.contains("Examples:"), "{help}");
    for wrong in ["nonsense", "topic", "topic create", "consume", "produce a --acks 7", "log dump"]
    {
        run_bare(wrong).failed(2);
    }
    for (wrong, words) in [
        ("topic create a -p 0", "`0` is no number from 1 on"),
        ("topic create a -r -1", "`-1` is no number from 1 on"),
        ("consume a -p -1", "they count from 0"),
        ("group reset g --topic a --to-offset x", "`x` is no offset"),
        ("produce a -z zstd --compression-level 23", "zstd has no level 23"),
        ("produce a -z snappy --compression-level 1", "snappy has no levels"),
    ] {
        let error = run_bare(wrong).failed(2);
        assert!(error.contains(words), "{wrong}: {error}");
    }
    assert!(run_bare("config docs").succeeded().starts_with("# Configuration\n"));
    // The example of its help finds what it says.
    let found = run_bare("config docs retention.ms").succeeded();
    assert!(found.contains("retention.ms (topic)\n"), "{found}");
    let unknown = run_bare("config docs no.such.key").failed(2);
    assert!(unknown.contains("no setting has `no.such.key`"), "{unknown}");
}

#[test]
fn a_broker_that_is_not_there() {
    // Port 1 is nobody's.
    let error = run_bare("topic list --server 127.0.0.1:1").failed(1);
    assert_eq!(
        error,
        "error: cannot reach 127.0.0.1:1: connection refused\nIs the broker running? Start one \
         with `ringlog serve`, or name another with --server.\n"
    );
    let error = run_bare("topic list --server http://a").failed(2);
    assert!(error.contains("write host:port"), "{error}");
    let mut verbose = bare("serve --set listeners=PLAINTEXT://127.0.0.1:0");
    let verbose = verbose.env("RINGLOG_LOG", "verbose").output().expect("it runs");
    let error = Outcome::of(verbose).failed(2);
    assert!(error.contains("RINGLOG_LOG=verbose: `verbose` is no level"), "{error}");
    let open = "serve --set authorizer.class.name=org.example.A --set super.users=User:admin";
    let error = run_bare(open).failed(1);
    assert!(error.contains("authorizer.class.name, super.users would restrict"), "{error}");
    let error = run_bare("serve nonexistent.properties").failed(1);
    assert!(error.contains("nonexistent.properties: No such file"), "{error}");
    let error = run_bare("log verify nonexistent").failed(1);
    assert!(error.contains("nonexistent: No such file"), "{error}");
    assert!(!error.contains("os error"), "{error}");
    let error = run_bare("log dump Cargo.toml").failed(1);
    assert!(error.contains("the directory of a partition"), "{error}");
}
