//! What is measured: the loads, by name.

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) load: Load,
}

pub(crate) enum Load {
    Produce(ProduceLoad),
    Fetch(FetchLoad),
    Latency(LatencyLoad),
    Idle,
}

/// As much as goes, with acks=1.
pub(crate) struct ProduceLoad {
    pub(crate) partitions: i32,
    pub(crate) batch_bytes: usize,
    pub(crate) record_bytes: usize,
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
}

/// Over and over what was just written.
pub(crate) struct FetchLoad {
    pub(crate) partitions: i32,
    pub(crate) held_bytes: usize,
    pub(crate) answer_bytes_max: i32,
    pub(crate) connections: usize,
}

/// Single records at a fixed rate, whether the broker keeps up or not.
pub(crate) struct LatencyLoad {
    pub(crate) partitions: i32,
    pub(crate) rate: u64,
    pub(crate) record_bytes: usize,
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    produce("produce 8 x 1 KB", 8, 1 << 10, 100, 5),
    produce("produce 8 x 16 KB", 8, 16 << 10, 100, 5),
    produce("produce 8 x 64 KB", 8, 64 << 10, 100, 5),
    produce("produce 8 x 1 MB", 8, 1_000_000, 1000, 5),
    produce("produce 1000 x 1 KB", 1000, 1 << 10, 100, 50),
    produce("produce 1000 x 16 KB", 1000, 16 << 10, 100, 50),
    produce("produce 2000 x 1 KB", 2000, 1 << 10, 100, 50),
    Scenario {
        name: "fetch 8, hot",
        load: Load::Fetch(FetchLoad {
            partitions: 8,
            held_bytes: 1 << 30,
            answer_bytes_max: 1 << 20,
            connections: 2,
        }),
    },
    latency("latency 1000/s on 1", 1, 1000),
    latency("latency 5000/s on 8", 8, 5000),
    Scenario { name: "started again, idle", load: Load::Idle },
];

const fn produce(
    name: &'static str,
    partitions: i32,
    batch_bytes: usize,
    record_bytes: usize,
    in_flight: usize,
) -> Scenario {
    let load = ProduceLoad { partitions, batch_bytes, record_bytes, connections: 2, in_flight };
    Scenario { name, load: Load::Produce(load) }
}

const fn latency(name: &'static str, partitions: i32, rate: u64) -> Scenario {
    Scenario { name, load: Load::Latency(LatencyLoad { partitions, rate, record_bytes: 100 }) }
}
