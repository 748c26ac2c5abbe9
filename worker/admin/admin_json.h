/* What the admin server says in JSON: /leases, /healthz and /readyz, from a snapshot. Pure. */
#ifndef PENSTOCK_WORKER_ADMIN_ADMIN_JSON_H
#define PENSTOCK_WORKER_ADMIN_ADMIN_JSON_H

#include "worker/admin/problems.h"

/* The whole of /leases. Fields: README, "The page and its data". What is not known is null, never 0.
 * STATUS_TOO_LARGE over the ceiling of `target`, STATUS_NO_MEMORY. */
struct status admin_json_leases(const struct admin_snapshot *snapshot, struct bytes *target) MUST_USE;

/* {"status":"ok","problems":[]}: `good` or `bad` is the status, without and with problems. */
struct status admin_json_verdict(const struct problems *problems, const char *good, const char *bad,
                                 struct bytes *target) MUST_USE;

#endif
