//! Words that have a better one here, each with the folders it is banned from.

use crate::assert_none;
use crate::sources::{Source, rust_sources, sources};

struct Ban {
    words: &'static [&'static str],
    /// Prefixes of the paths where the words are banned.
    inside: &'static [&'static str],
    /// Prefixes of the paths where they are allowed all the same.
    except: &'static [&'static str],
    instead: &'static str,
}

const PRODUCT: &[&str] = &["src/", "shards/", "quorum/"];

const BANS: &[Ban] = &[
    Ban {
        words: &["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "expect(unsafe_code"],
        inside: &[""],
        except: &["shards/src/io/"],
        instead: "a safe function of shards::io",
    },
    Ban {
        words: &["io_uring::", "libc::"],
        inside: PRODUCT,
        except: &["shards/src/io/"],
        instead: "an operation of shards::io",
    },
    Ban {
        words: &["std::fs", "fs::File", "tokio::fs"],
        inside: PRODUCT,
        except: &[
            "shards/src/io/",
            "shards/src/placement",
            "src/config",
            "src/cli",
            "src/boot",
            "src/observe",
            "src/main.rs",
        ],
        instead: "shards::io, which has a simulated twin",
    },
    Ban {
        words: &["std::net::Tcp", "TcpListener", "TcpStream", "UdpSocket"],
        inside: PRODUCT,
        except: &["shards/src/io/", "src/observe", "src/cli", "src/client"],
        instead: "shards::io::socket, which has a simulated twin",
    },
    Ban {
        words: &["Instant::now", "SystemTime::now", "thread::sleep"],
        inside: PRODUCT,
        except: &["shards/src/clock", "shards/src/io/", "src/observe", "src/cli", "src/client"],
        instead: "shards::clock, which a simulation can set",
    },
    Ban {
        words: &["Uuid::new_v4", "rand::", "getrandom"],
        inside: PRODUCT,
        except: &["shards/src/entropy", "shards/src/io/", "src/cli"],
        instead: "shards::entropy, which a seed decides",
    },
    Ban {
        words: &[
            "collections::HashMap",
            "collections::HashSet",
            "collections::{HashMap",
            "BTreeMap, HashMap",
            "RandomState",
        ],
        inside: PRODUCT,
        except: &["shards/src/entropy", "src/config/keys", "src/observe", "src/cli", "src/client"],
        instead: "HashMap of shards::entropy, whose order a seed decides",
    },
    Ban {
        words: &["Mutex<", "RwLock<", "Arc<RefCell"],
        inside: PRODUCT,
        except: &["shards/src/mesh", "src/observe"],
        instead: "state of one shard, and a message over shards::mesh",
    },
    Ban {
        words: &["ApiKey", "api_key", "ApiVersions", "Principal", "ErrorCode"],
        inside: &["shards/"],
        except: &[],
        instead: "words of logs and batches; src/ knows Kafka",
    },
    Ban {
        words: &["ErrorCode::"],
        inside: &["src/"],
        except: &[
            "src/handlers",
            "src/refusals",
            "src/protocol",
            "src/cli",
            "src/client",
            "src/simulation",
        ],
        instead: "a typed error that a handler turns into a code",
    },
    Ban {
        words: &["crate::handlers"],
        inside: &["src/routing", "src/hosting", "src/coordinators", "src/metadata", "src/refusals"],
        except: &[],
        instead: "what both sides may know, below `routing`",
    },
    Ban {
        words: &["#[allow("],
        inside: &[""],
        except: &[],
        instead: "#[expect(lint, reason = \"...\")]",
    },
    Ban {
        words: &["println!"],
        inside: PRODUCT,
        except: &["src/cli", "src/main.rs", "src/boot"],
        instead: "tracing",
    },
    Ban {
        words: &["struct Utils", "struct Helper", "mod utils", "mod helpers", "Manager {"],
        inside: &[""],
        except: &[],
        instead: "a noun of the field",
    },
];

#[test]
fn words_that_have_a_better_one_are_not_used() {
    let findings: Vec<String> = rust_sources().flat_map(banned).collect();
    assert_none(&findings);
}

fn banned(source: &Source) -> Vec<String> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| source.path.starts_with(prefix));
    let this_file = source.path.starts_with("tests/tidy/");
    let mut findings = Vec::new();
    for ban in BANS.iter().filter(|ban| starts(ban.inside) && !starts(ban.except)) {
        if this_file || (source.is_test() && ban.inside != [""]) {
            continue;
        }
        for (number, line) in source.code_lines() {
            let found = ban.words.iter().find(|word| line.contains(**word));
            findings.extend(
                found.map(|word| {
                    format!("{}:{number}: `{word}`: write {}", source.path, ban.instead)
                }),
            );
        }
    }
    findings
}

/// What would tie the tree to one machine. In two parts, so that this list is not found itself.
const PLACES: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("registry.np", "mjs.org"),
    ("pypi", ".org"),
    ("proxy.gol", "ang.org"),
    ("repo.maven", ".apache.org"),
    ("deb.deb", "ian.org"),
];

#[test]
fn no_file_names_a_machine() {
    let findings: Vec<String> = sources()
        .iter()
        .flat_map(|source| {
            source.text.lines().enumerate().filter_map(move |(index, line)| {
                let found = PLACES.iter().map(|(a, b)| format!("{a}{b}"));
                let place = found.into_iter().find(|place| line.contains(place.as_str()))?;
                Some(format!("{}:{}: names {place}", source.path, index + 1))
            })
        })
        .collect();
    assert_none(&findings);
}
