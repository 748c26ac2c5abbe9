/* A PutRecordBatch or PutRecord body, read without a tree: what makes the local Firehose fast. */
#ifndef PENSTOCK_FAULTD_BATCH_H
#define PENSTOCK_FAULTD_BATCH_H

#include "tests/support/faultd/hose.h"

enum {
    BATCH_RECORDS = 500,
    BATCH_SEEN = 16384, /* more records than this are a bad request anyway */
    BATCH_BYTES = 4 * 1024 * 1024, /* over the sum of the base64 texts */
    BATCH_RECORD_BYTES = 1024000, /* decoded */
};

struct batch {
    char name[RESOURCE_BYTES]; /* of the delivery stream; empty: absent */
    struct slice *records; /* the base64 texts, borrowed from the body; owned array */
    size_t count;
    size_t encoded_bytes;
    cJSON *tree; /* holds the texts when the body needed a full parse; owned */
    bool single; /* PutRecord */
};

/* False when the body is not of the operation's shape. */
bool batch_read(struct slice body, bool single, struct batch *ret_batch) MUST_USE;
void batch_free(struct batch *batch);

/* The delivery stream's name alone, cheaply, for rules and statistics. */
void batch_peek_name(struct slice body, char *name, size_t size);

#endif
