/* The object that owns all others: made in the order in which they need each other, ended in the opposite
 * one. */
#ifndef PENSTOCK_WORKER_WORKER_H
#define PENSTOCK_WORKER_WORKER_H

#include "worker/admin/snapshot.h"
#include "worker/exit_code.h"
#include "worker/settings.h"
#include "worker/signals.h"

struct worker; /* opaque */

/* Everything up to the point where leases could be taken. `settings` and `stop` are borrowed. `drained` is the
 * ARN of the table's stream that this process has carried to its end, or empty. Failures are made for the user: they
 * name the thing and the remedy. STATUS_STOPPED once `stop` is requested. */
struct status worker_open(const struct settings *settings, const char *drained, struct stop *stop,
                          struct worker **ret_worker) MUST_USE;

/* The ARN of the stream that it carries; borrowed. */
const char *worker_stream_arn(const struct worker *worker);

/* Takes leases and reads from now on. */
struct status worker_start(struct worker *worker) MUST_USE;

/* What an admin server may look at, from worker_start to worker_close. */
void worker_read_sources(struct worker *worker, struct admin_sources *ret_sources);

enum worker_end {
    WORKER_STOPPED, /* `stop` is requested */
    WORKER_NEW_STREAM, /* all is carried, and the table has a new stream: stop, close, and open again */
    WORKER_SINK_GONE, /* the destination takes nothing more: stop and close */
};

/* Until there is a reason to end; a report every --progress, a line of metrics a minute with --emf. */
enum worker_end worker_wait(struct worker *worker, struct stop *stop) MUST_USE;

/* Drains: no more is read, what was read is delivered and checkpointed, the leases are released; what is not
 * delivered shortly before `deadline_boot_ms` is dropped and logged. EXIT_CODE_UNDELIVERED then, or when
 * leases are left. When it returns false through `ret_clean`, threads are still at work and the process has
 * to end without worker_close. */
int worker_stop(struct worker *worker, int64_t deadline_boot_ms, bool *ret_clean);

/* Frees what was opened; after a clean worker_stop, or when worker_start was not called or failed. */
void worker_close(struct worker *worker);

#endif
