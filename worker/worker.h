/* The object that owns all others: made in the order in which they need each other, ended in the opposite
 * one. */
#ifndef PENSTOCK_WORKER_WORKER_H
#define PENSTOCK_WORKER_WORKER_H

#include "worker/exit_code.h"
#include "worker/settings.h"
#include "worker/signals.h"

struct worker; /* opaque */

/* Everything up to the point where leases could be taken. `settings` and `stop` are borrowed. Failures are
 * made for the user: they name the thing and the remedy. STATUS_STOPPED once `stop` is requested. */
struct status worker_open(const struct settings *settings, struct stop *stop, struct worker **ret_worker)
    MUST_USE;

/* Takes leases and reads from now on. */
struct status worker_start(struct worker *worker) MUST_USE;

/* Until `stop` is requested: a report every ten seconds. */
void worker_wait(struct worker *worker, struct stop *stop);

/* Drains: no more is read, what was read is delivered and checkpointed, the leases are released; what is not
 * delivered shortly before `deadline_boot_ms` is dropped and logged. EXIT_CODE_UNDELIVERED then, or when
 * leases are left. When it returns false through `ret_clean`, threads are still at work and the process has
 * to end without worker_close. */
int worker_stop(struct worker *worker, int64_t deadline_boot_ms, bool *ret_clean);

/* Frees what was opened; after a clean worker_stop, or when worker_start was not called or failed. */
void worker_close(struct worker *worker);

#endif
