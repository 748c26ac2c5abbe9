/* Whether a place in S3 can be written, found out before it is needed. */
#ifndef PENSTOCK_SINK_S3_TRY_H
#define PENSTOCK_SINK_S3_TRY_H

#include "aws/s3.h"

/* Puts PREFIX/.penstock-try, an empty object that readers of a landing prefix skip (a leading dot). What only a
 * person can mend is a failure; an outage is a warning in the log, and OK. */
struct status s3_try(const struct s3 *s3, const struct s3_url *url) MUST_USE;

#endif
