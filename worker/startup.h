/* What a start asks AWS: which stream there is to read, and where the leases are. */
#ifndef PENSTOCK_WORKER_STARTUP_H
#define PENSTOCK_WORKER_STARTUP_H

#include "worker/access.h"
#include "worker/startup_rules.h"

/* `compares_images`: the filter needs old images. By --table: DescribeTable. By --stream-arn: DescribeStream, which is all that is needed there. Failures
 * name the thing and the remedy (worker/startup_rules.h); STATUS_STOPPED once `cancel` is requested. */
struct status startup_resolve(const struct access *access, const struct settings *settings,
                              bool compares_images, struct stop *cancel, struct stream_target *ret_target)
    MUST_USE;

/* The lease table's name, and the table itself: made when absent, its shape checked otherwise. Refuses while a
 * Java fleet of KCL 3 runs on it (lease/kcl_fleet.h). */
struct status startup_prepare_leases(const struct access *access, const struct settings *settings,
                                     const struct stream_target *target, const struct clock *clock,
                                     struct stop *cancel, char ret_app[DYNAMODB_NAME_BYTES]) MUST_USE;

/* What startup_explain says of a scan of the lease table that failed; a good one stays good. */
struct status startup_explain_scan(const struct access *access, const char *app, struct status scan) MUST_USE;

#endif
