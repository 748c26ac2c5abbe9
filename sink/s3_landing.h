/* The landing layout in a bucket, without Firehose: PREFIX/dt=YYYY-MM-DD/HH=HH/NAME.gz in UTC, gzip'ed lines.
 * Any thread. */
#ifndef PENSTOCK_SINK_S3_LANDING_H
#define PENSTOCK_SINK_S3_LANDING_H

#include "aws/s3.h"

/* Borrowed; constant. */
struct s3_landing {
    const struct s3 *s3;
    struct s3_url url; /* the landing prefix itself: what Firehose's own prefix has before dt= */
};

/* `lines` are `count` pieces, joined. Once OK the object is there; the same hour and name replace it. `cancel` may
 * be NULL. */
struct s3_landed {
    int64_t wall_ms; /* whose hour it goes to */
    const char *name; /* A-Z a-z 0-9 . _ - */
    const struct slice *lines;
    size_t count;
};
struct status s3_landing_put(const struct s3_landing *landing, const struct s3_landed *landed,
                             struct stop *cancel) MUST_USE;

#endif
