//! The page of the metrics: which figure goes under which name.
//!
//! Lives on: the thread of the metrics; pure.
//! Promise: names, once published, keep their meaning. Times are in seconds, sizes in bytes.

use std::time::Duration;

use super::exposition::{Exposition, Family, Scale};
use super::figures::{CoreFigures, LogDirFigures, Requests};
use super::named;
use super::process::{Process, Room};

const MICROSECONDS: f64 = 1e-6;
/// From 16 µs to 33 s.
const LATENCY: Scale = Scale { powers: 4..=25, unit: MICROSECONDS };
/// From one block to the largest page.
const PAGE: Scale = Scale { powers: 12..=23, unit: 1.0 };

/// `room` tells how much room a log directory has.
pub(super) fn write(
    cores: &[CoreFigures],
    process: Process,
    room: impl Fn(&str) -> Option<Room>,
) -> String {
    let mut page = Exposition::default();
    page.gauge("build_info", "The version that runs.")
        .add(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    write_process(&mut page, process);
    write_connections(&mut page, cores);
    write_requests(&mut page, cores);
    write_quotas(&mut page, cores);
    write_request_memory(&mut page, cores);
    write_answer_memory(&mut page, cores);
    write_journals(&mut page, cores);
    write_data(&mut page, cores);
    write_room(&mut page, cores, room);
    named::write(&mut page, cores);
    page.into_text()
}

/// All cores have the same directories.
fn write_room(page: &mut Exposition, cores: &[CoreFigures], room: impl Fn(&str) -> Option<Room>) {
    let directories = cores.first().into_iter().flat_map(|core| &core.log_dirs);
    let rooms = directories.filter_map(|dir| Some((dir.path.as_str(), room(&dir.path)?)));
    let rooms: Vec<(&str, Room)> = rooms.collect();
    let mut family = page.gauge("log_directory_free_bytes", "Room on the directory's disk.");
    for (path, room) in &rooms {
        family.add(&[("directory", path)], room.free);
    }
    let mut family = page.gauge("log_directory_disk_bytes", "Size of the directory's disk.");
    for (path, room) in &rooms {
        family.add(&[("directory", path)], room.total);
    }
}

fn write_process(page: &mut Exposition, process: Process) {
    if let Some(bytes) = process.resident_bytes {
        page.gauge("process_resident_memory_bytes", "Memory of the process.").add(&[], bytes);
    }
    if let Some(seconds) = process.cpu_seconds {
        page.counter("process_cpu_seconds_total", "CPU time of the process.")
            .add_fraction(&[], seconds);
    }
    if let Some(seconds) = process.start_seconds {
        page.gauge("process_start_time_seconds", "When the process began, since 1970.")
            .add_fraction(&[], seconds);
    }
    if let Some(files) = process.open_files {
        page.gauge("process_open_fds", "Files and sockets that are open.").add(&[], files);
    }
}

fn write_connections(page: &mut Exposition, cores: &[CoreFigures]) {
    let mut family = page.gauge("connections_open", "Connections of clients.");
    each(&mut family, cores, |core| core.connections.open);
    let mut family = page.counter("connections_opened_total", "Connections that were accepted.");
    each(&mut family, cores, |core| core.connections.opened);
    let help = "Connections beyond max.connections or max.connections.per.ip.";
    let mut family = page.counter("connections_refused_total", help);
    each(&mut family, cores, |core| core.connections.refused);
    let help = "Connections above the connection_creation_rate of their address.";
    let mut family = page.counter("connections_above_rate_total", help);
    each(&mut family, cores, |core| core.connections.refused_by_rate);
    let mut family = page.counter("connections_closed_total", "Connections that ended, and why.");
    for core in cores {
        let name = core.core.to_string();
        for (reason, count) in &core.connections.closed {
            family.add(&[("core", &name), ("reason", reason)], *count);
        }
    }
    let mut family = page.counter("received_bytes_total", "Bytes from clients.");
    each(&mut family, cores, |core| core.connections.bytes_received);
    let mut family = page.counter("sent_bytes_total", "Bytes to clients.");
    each(&mut family, cores, |core| core.connections.bytes_sent);
    let mut family = page.gauge("fetch_sessions", "Incremental fetch sessions that are kept.");
    each(&mut family, cores, |core| core.fetch_sessions);
    let help = "Bytes that members of groups hold.";
    let mut family = page.gauge("group_members_bytes", help);
    each(&mut family, cores, |core| core.group_members.bytes_held);
    let help = "Requests of members of groups that were refused for want of memory.";
    let mut family = page.counter("group_members_refused_total", help);
    each(&mut family, cores, |core| core.group_members.refusals);
    write_groups(page, cores);
    write_transactions(page, cores);
}

fn write_groups(page: &mut Exposition, cores: &[CoreFigures]) {
    let mut family = page.gauge("groups", "Groups coordinated, by type and state.");
    for core in cores {
        let name = core.core.to_string();
        for ((kind, state), count) in &core.groups.groups {
            family.add(&[("core", &name), ("type", kind), ("state", state)], *count);
        }
    }
    let mut family = page.gauge("group_members", "Members of groups, by type of group.");
    for core in cores {
        let name = core.core.to_string();
        for (kind, count) in &core.groups.members {
            family.add(&[("core", &name), ("type", kind)], *count);
        }
    }
    let help = "Partitions that two members of a consumer group claim: a log was damaged.";
    let mut family = page.gauge("group_partitions_contested", help);
    each(&mut family, cores, |core| core.groups.contested);
    let help = "Epochs and generations that groups have begun, by type of group.";
    let mut family = page.counter("group_rebalances_total", help);
    for core in cores {
        let name = core.core.to_string();
        for (kind, count) in &core.groups.rebalances {
            family.add(&[("core", &name), ("type", kind)], *count);
        }
    }
}

fn write_transactions(page: &mut Exposition, cores: &[CoreFigures]) {
    let mut family = page.gauge("transactional_ids", "Transactional ids coordinated, by state.");
    for core in cores {
        let name = core.core.to_string();
        for (state, count) in &core.transactions.by_state {
            family.add(&[("core", &name), ("state", state)], *count);
        }
    }
    let help = "How long the oldest open transaction has been open, in whole seconds.";
    let mut family = page.gauge("transaction_oldest_open_seconds", help);
    each(&mut family, cores, |core| core.transactions.oldest_open_ms / 1000);
    let help = "Transactions that were aborted because they took too long.";
    let mut family = page.counter("transactions_timed_out_total", help);
    each(&mut family, cores, |core| core.transactions.timed_out);
    let help = "Transactions that are decided and whose markers are not all written.";
    let mut family = page.gauge("transactions_waiting_for_markers", help);
    each(&mut family, cores, |core| core.transactions.waiting);
}

fn write_requests(page: &mut Exposition, cores: &[CoreFigures]) {
    let mut family = page.counter("requests_total", "Requests that were begun.");
    each_api(&mut family, cores, |api| api.requests);
    let help = "Requests that ended with their connection closed instead of an answer.";
    let mut family = page.counter("requests_refused_total", help);
    each_api(&mut family, cores, |api| api.refusals);
    let mut family = page.gauge("requests_at_work", "Requests that are not answered yet.");
    each_api(&mut family, cores, |api| api.at_work);
    let help = "Partitions that Produce and Fetch asked for and were refused.";
    let mut family = page.counter("partition_errors_total", help);
    for core in cores {
        let name = core.core.to_string();
        for api in &core.requests {
            for (error, count) in &api.partition_errors {
                family.add(&[("core", &name), ("api", api.api), ("error", error)], *count);
            }
        }
    }
    let help = "From a request's start to its answer, waits that it asked for included.";
    let mut family = page.histogram("request_seconds", help);
    for core in cores {
        let name = core.core.to_string();
        // An API that nobody has used would be 20 lines of zeros.
        for api in core.requests.iter().filter(|api| api.requests > 0) {
            family.add_spread(&[("core", &name), ("api", api.api)], &api.latency_us, &LATENCY);
        }
    }
}

fn write_quotas(page: &mut Exposition, cores: &[CoreFigures]) {
    let help = "Requests whose clients have used more than their quota.";
    let mut family = page.counter("requests_throttled_total", help);
    each(&mut family, cores, |core| core.quotas.throttled);
    let help = "For how long these clients were not to be heard, in all.";
    let mut family = page.counter("requests_throttled_seconds_total", help);
    for core in cores {
        let seconds = Duration::from_millis(core.quotas.throttled_ms).as_secs_f64();
        family.add_fraction(&[("core", &core.core.to_string())], seconds);
    }
    let mut family = page.gauge("quota_meters", "Clients whose use of a quota is counted.");
    each(&mut family, cores, |core| core.quotas.meters);
    let help = "Uses of quotas that were not counted because there are too many clients.";
    let mut family = page.counter("quota_uses_uncounted_total", help);
    each(&mut family, cores, |core| core.quotas.uncounted);
}

fn write_request_memory(page: &mut Exposition, cores: &[CoreFigures]) {
    let help = "Bytes of requests being received and at work.";
    let mut family = page.gauge("request_memory_bytes", help);
    each(&mut family, cores, |core| core.request_memory.bytes_held);
    let mut family = page.gauge("request_memory_max_bytes", "Bytes that requests may hold.");
    each(&mut family, cores, |core| core.request_memory.bytes_max);
    let help = "Requests that had to wait till others gave their memory back.";
    let mut family = page.counter("request_memory_waits_total", help);
    each(&mut family, cores, |core| core.request_memory.waits);
}

fn write_answer_memory(page: &mut Exposition, cores: &[CoreFigures]) {
    let help = "Bytes of logs' memory that answers hold until they are sent.";
    let mut family = page.gauge("answer_memory_bytes", help);
    each(&mut family, cores, |core| core.answer_memory.bytes_held);
    let mut family = page.gauge("answer_memory_max_bytes", "Bytes that answers may hold.");
    each(&mut family, cores, |core| core.answer_memory.bytes_max);
    let help = "Reads of partitions that were cut because answers hold too much.";
    let mut family = page.counter("answer_memory_cuts_total", help);
    each(&mut family, cores, |core| core.answer_memory.cuts);
}

fn write_journals(page: &mut Exposition, cores: &[CoreFigures]) {
    let mut family = page.counter("journal_appends_total", "Appends to the journal.");
    each_dir(&mut family, cores, |dir| dir.journal.appends);
    let mut family = page.gauge("journal_live_bytes", "Journal that segments do not hold yet.");
    each_dir(&mut family, cores, |dir| dir.journal.live_bytes);
    let mut family = page.gauge("journal_capacity_bytes", "Size of the journal at present.");
    each_dir(&mut family, cores, |dir| dir.journal.capacity_bytes);
    let mut family = page.gauge("journal_waiting", "Appends that wait for room in the journal.");
    each_dir(&mut family, cores, |dir| dir.journal.waiting as u64);
    let help = "Waits of appends for room in the journal that have ended.";
    let mut family = page.histogram("journal_wait_seconds", help);
    each_dir_with(&mut family, cores, |family, labels, dir| {
        family.add_spread(labels, &dir.journal.wait_us, &LATENCY);
    });
    let mut family = page.histogram("journal_write_seconds", "Writes of journal pages.");
    each_dir_with(&mut family, cores, |family, labels, dir| {
        family.add_spread(labels, &dir.journal.write_us, &LATENCY);
    });
    let mut family = page.histogram("journal_page_bytes", "Sizes of journal pages.");
    each_dir_with(&mut family, cores, |family, labels, dir| {
        family.add_spread(labels, &dir.journal.page_bytes, &PAGE);
    });
}

fn write_data(page: &mut Exposition, cores: &[CoreFigures]) {
    let mut family = page.gauge("partitions", "Partitions that the core has open.");
    each(&mut family, cores, |core| core.partitions);
    let mut family = page.gauge("segment_files_open", "Files of segments that are open.");
    each(&mut family, cores, |core| core.segment_files.0);
    let help = "Files of segments that may stay open; others are closed for more.";
    let mut family = page.gauge("segment_files_max", help);
    each(&mut family, cores, |core| core.segment_files.1);
    let mut family = page.gauge("tail_memory_bytes", "Memory of the ends of logs.");
    each_dir(&mut family, cores, |dir| dir.memory_bytes);
    let mut family = page.gauge("tail_memory_max_bytes", "Memory that the ends of logs may take.");
    each_dir(&mut family, cores, |dir| dir.memory_bytes_max);
    let mut family = page.gauge("log_directory_online", "0 once the directory has failed.");
    for core in cores {
        let name = core.core.to_string();
        let opened = core.log_dirs.iter().map(|dir| &dir.path);
        let online = opened.filter(|path| !core.failed_log_dirs.contains(path));
        let failed = core.failed_log_dirs.iter().map(|path| (path, 0));
        for (path, value) in online.map(|path| (path, 1)).chain(failed) {
            family.add(&[("core", &name), ("directory", path)], value);
        }
    }
    let mut family = page.gauge("log_directory_full", "1 while the disk takes no more.");
    each_dir(&mut family, cores, |dir| u64::from(dir.is_full));
    write_cleanup(page, cores);
}

fn write_cleanup(page: &mut Exposition, cores: &[CoreFigures]) {
    let mut family = page.counter("segments_deleted_total", "Segments that retention deleted.");
    each_dir(&mut family, cores, |dir| dir.cleanup.segments_deleted);
    let mut family = page.counter("deleted_bytes_total", "Bytes that retention deleted.");
    each_dir(&mut family, cores, |dir| dir.cleanup.bytes_deleted);
    let mut family = page.counter("compactions_total", "Compactions of logs that were finished.");
    each_dir(&mut family, cores, |dir| dir.cleanup.compactions);
    let mut family = page.counter("compaction_read_bytes_total", "Bytes that compactions read.");
    each_dir(&mut family, cores, |dir| dir.cleanup.bytes_read);
    let help = "Bytes that compactions kept and wrote.";
    let mut family = page.counter("compaction_kept_bytes_total", help);
    each_dir(&mut family, cores, |dir| dir.cleanup.bytes_kept);
    let help = "Partitions that are not compacted any more; the log says why.";
    let mut family = page.gauge("uncleanable_partitions", help);
    each(&mut family, cores, |core| core.compaction.uncleanable);
    let help = "Of all partitions, the largest share that is to be compacted and is not yet.";
    let mut family = page.gauge("compaction_dirty_ratio_max", help);
    for core in cores {
        let ratio = core.compaction.dirty_ratio_max;
        family.add_fraction(&[("core", &core.core.to_string())], ratio);
    }
    let help = "Since a compaction was finished last; absent before the first.";
    let mut family = page.gauge("seconds_since_last_compaction", help);
    for core in cores {
        if let Some(ms) = core.compaction.since_last_ms {
            family.add_fraction(&[("core", &core.core.to_string())], ms as f64 / 1000.0);
        }
    }
}

fn each(family: &mut Family<'_>, cores: &[CoreFigures], value: impl Fn(&CoreFigures) -> u64) {
    for core in cores {
        family.add(&[("core", &core.core.to_string())], value(core));
    }
}

fn each_api(family: &mut Family<'_>, cores: &[CoreFigures], value: impl Fn(&Requests) -> u64) {
    for core in cores {
        let name = core.core.to_string();
        for api in &core.requests {
            family.add(&[("core", &name), ("api", api.api)], value(api));
        }
    }
}

fn each_dir(family: &mut Family<'_>, cores: &[CoreFigures], value: impl Fn(&LogDirFigures) -> u64) {
    each_dir_with(family, cores, |family, labels, dir| family.add(labels, value(dir)));
}

fn each_dir_with(
    family: &mut Family<'_>,
    cores: &[CoreFigures],
    add: impl Fn(&mut Family<'_>, &super::exposition::Labels<'_>, &LogDirFigures),
) {
    for core in cores {
        let name = core.core.to_string();
        for dir in &core.log_dirs {
            add(family, &[("core", &name), ("directory", &dir.path)], dir);
        }
    }
}
