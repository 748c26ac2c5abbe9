/* Where lines go past a sink that takes nothing: "s3://BUCKET/PREFIX" or "file:DIR". Pure. */
#ifndef PENSTOCK_SINK_SPILL_PLACE_H
#define PENSTOCK_SINK_SPILL_PLACE_H

#include "aws/s3_url.h"

struct spill_place {
    const char *folder; /* borrowed from the text; NULL: in S3 */
    struct s3_url url;
};

/* STATUS_INVALID quotes the text, and says which character is wrong and what is allowed. */
struct status spill_place_parse(const char *text, struct spill_place *ret_place) MUST_USE;

#endif
