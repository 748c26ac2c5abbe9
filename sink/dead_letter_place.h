/* Where dead letters go, as a user writes it: "s3://BUCKET/PREFIX", "firehose:NAME" or "file:DIR". Pure. */
#ifndef PENSTOCK_SINK_DEAD_LETTER_PLACE_H
#define PENSTOCK_SINK_DEAD_LETTER_PLACE_H

#include "aws/s3_url.h"

enum dead_letter_kind { DEAD_LETTER_FILE, DEAD_LETTER_S3, DEAD_LETTER_FIREHOSE };

enum { DEAD_LETTER_STREAM_BYTES = 65 };

struct dead_letter_place {
    enum dead_letter_kind kind;
    const char *folder; /* DEAD_LETTER_FILE; borrowed from the text */
    struct s3_url url; /* DEAD_LETTER_S3 */
    char stream[DEAD_LETTER_STREAM_BYTES]; /* DEAD_LETTER_FIREHOSE */
};

/* STATUS_INVALID quotes the text, and says which character is wrong and what is allowed. */
struct status dead_letter_place_parse(const char *text, struct dead_letter_place *ret_place) MUST_USE;

#endif
