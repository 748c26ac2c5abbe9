/* The admin server of a worker: /, /leases, /metrics, /healthz and /readyz on one address, read-only.
 *
 * Up from before the worker's start to after its drain, so that a start or stop that takes long can be told from a
 * process that hangs. It answers from snapshots taken under short locks and never holds up the data path. There is
 * no authentication: by default it listens on the loopback address alone. */
#ifndef PENSTOCK_WORKER_ADMIN_ADMIN_H
#define PENSTOCK_WORKER_ADMIN_ADMIN_H

#include "worker/admin/snapshot.h"
#include "worker/settings.h"

struct admin; /* opaque */

#define ADMIN_DEFAULT "127.0.0.1:8787"

/* *ret_admin is NULL with --admin off, or when the default address cannot be had (logged). When the default port is
 * taken, a free one is used (logged by admin_attach); an address that was given has to be had. `settings` and `clock` are borrowed.
 */
struct status admin_open(const struct settings *settings, const struct clock *clock, struct admin **ret_admin)
    MUST_USE;

/* A worker runs: `sources` are copied, what they point to lives until admin_detach. NULL is fine. */
void admin_attach(struct admin *admin, const struct admin_sources *sources);

/* The worker drains. NULL is fine. */
void admin_drain(struct admin *admin);

/* Waits for an answer under way, then looks at nothing any more until another worker is attached. NULL is fine. */
void admin_detach(struct admin *admin);

/* NULL is fine. */
void admin_close(struct admin *admin);

#endif
