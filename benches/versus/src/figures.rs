//! What one run measured, and the accounts it is taken from.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::broker::Broker;
use support::process;

use crate::Times;

#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) mb_per_second: f64,
    /// Of the broker's process.
    pub(crate) broker_cpu_s_per_gb: f64,
    /// Of the machine without the driver: with the kernel's threads that work for the broker.
    pub(crate) machine_cpu_s_per_gb: f64,
    pub(crate) broker_cpu_percent: f64,
    pub(crate) ack: Option<Percentiles>,
    pub(crate) end_to_end: Option<Percentiles>,
    pub(crate) resident_mb: f64,
    pub(crate) start_ms: f64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Percentiles {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
}

impl Percentiles {
    pub(crate) fn of(mut times: Vec<Duration>) -> Option<Percentiles> {
        times.sort_unstable();
        let at = |share: f64| {
            let index = (times.len().checked_sub(1)? as f64 * share) as usize;
            times.get(index).map(|time| time.as_secs_f64() * 1e3)
        };
        Some(Percentiles { p50_ms: at(0.5)?, p99_ms: at(0.99)?, p999_ms: at(0.999)? })
    }
}

/// The accounts at the beginning of the measured time.
pub(crate) struct Measurement {
    pid: u32,
    began: Instant,
    broker_cpu: f64,
    others_cpu: f64,
}

impl Measurement {
    pub(crate) fn begin(broker: &Broker) -> io::Result<Measurement> {
        let pid = broker.pid()?;
        let (broker_cpu, others_cpu) = (process::cpu_seconds(pid), others_cpu_seconds());
        Ok(Measurement { pid, began: Instant::now(), broker_cpu, others_cpu })
    }

    pub(crate) fn end(&self, bytes: u64) -> Figures {
        let seconds = self.began.elapsed().as_secs_f64();
        let gigabytes = bytes as f64 / 1e9;
        let broker_cpu = process::cpu_seconds(self.pid) - self.broker_cpu;
        Figures {
            mb_per_second: bytes as f64 / 1e6 / seconds,
            broker_cpu_s_per_gb: broker_cpu / gigabytes,
            machine_cpu_s_per_gb: (others_cpu_seconds() - self.others_cpu) / gigabytes,
            broker_cpu_percent: broker_cpu / seconds * 100.0,
            resident_mb: process::resident_mb(self.pid),
            ..Figures::default()
        }
    }
}

/// A broker that is started on the folder it had, and that nobody asks anything.
pub(crate) fn started_again_and_idle(broker: &mut Broker, times: Times) -> io::Result<Figures> {
    broker.stop()?;
    broker.restart()?;
    sleep(times.warm_up);
    let measurement = Measurement::begin(broker)?;
    sleep(times.measured);
    Ok(measurement.end(0))
}

fn others_cpu_seconds() -> f64 {
    process::machine_cpu_seconds() - process::cpu_seconds(std::process::id())
}
