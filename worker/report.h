/* The worker's regular line in the log, for people, tests and the demo. All lines of component "worker":
 *
 *   "worker started"    table, stream, app, destination, region
 *   "shard started"     shard, tenure, from ("trim horizon", "latest", "after"), seq,
 *                       position_of ("lease", "state folder")
 *   "shard stopped"     shard, tenure, reason ("lease lost", "end of shard", "handed over", "worker stops", "gave up"),
 *                       records, records_given_up (read but not delivered: they are read again)
 *   "progress"          every --progress:
 *       leases                  held by this worker
 *       leases_total, leases_finished, leases_unowned, workers
 *                               of the application, at the last scan
 *       awaiting_children       held and read to their end, but the stream shows no children of them yet
 *       gaps_certain, gaps_possible
 *                               of these, rows with a gap that no operator acknowledged: records were, or may have
 *                               been, trimmed before they were read
 *       shards, shards_failed   with a thread here; of these standing still at a record that cannot be delivered
 *       records, records_per_s  delivered (or dropped by --start latest, or dead-lettered) since the start; over the last interval
 *       lag_max_ms              the greatest known lag; left out when none is known
 *       lag_unknown_shards      shards without a known one
 *       buffer_bytes            pages and lines in memory
 *       accepted, accepted_bytes, requests, requests_failed, records_retried, dead_lettered, refused
 *                               of the sink
 *       gaps                    of this state folder: stretches trimmed before they were read, not acknowledged
 *       state_degraded          1 while the state folder refuses writes
 *   "worker stopping"   signal, stop_timeout_ms
 *   "worker stopped"    the fields of "progress", and records_undelivered, leases_left, stop_ms
 */
#ifndef PENSTOCK_WORKER_REPORT_H
#define PENSTOCK_WORKER_REPORT_H

#include "base/clock.h"
#include "lease/keeper.h"
#include "shard/positions.h"
#include "sink/dead_letter.h"
#include "sink/sink.h"
#include "sink/spill.h"
#include "worker/supervisor.h"

/* What is reported on; all borrowed. */
struct report_sources {
    struct supervisor *supervisor;
    struct lease_keeper *keeper;
    struct dead_letters *letters; /* or NULL */
    struct spill *spill; /* or NULL */
    struct sink *sink;
    struct budget *budget;
    struct poll_budget *poll_budget; /* or NULL */
    struct positions *positions;
    const struct clock *clock;
};

/* The caller's; zeroed at first. */
struct report_memory {
    int64_t boot_ms; /* of the last line; 0: none yet */
    uint64_t records;
};

void report_progress(const struct report_sources *sources, struct report_memory *memory);

/* `undelivered` records were read and not accepted, `leases` could not be released. */
void report_stopped(const struct report_sources *sources, uint64_t undelivered, size_t leases,
                    int64_t stop_ms);

#endif
