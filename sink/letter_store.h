/* The seam between dead letters and the places that keep them: one file a place. */
#ifndef PENSTOCK_SINK_LETTER_STORE_H
#define PENSTOCK_SINK_LETTER_STORE_H

#include "sink/dead_letter.h"
#include "sink/letter_text.h"

struct letter_store {
    /* Any thread. Durable when it returns OK. */
    struct status (*store)(struct letter_store *self, const struct dead_letter *letter,
                           const struct letter_stamp *stamp, struct stop *cancel) MUST_USE;
    void (*close)(struct letter_store *self);
};

/* DIR/dead-letters-WORKER.jsonl */
struct status letter_file_open(const char *folder, const char *worker, struct letter_store **ret_store)
    MUST_USE;
/* PREFIX/TABLE/SHARD/SEQUENCE.json, an object a letter; another delivery of the same record replaces it. */
struct status letter_s3_open(const struct s3 *s3, const struct s3_url *url, const char *table,
                             struct letter_store **ret_store) MUST_USE;
/* A record a letter; one that is over what a record takes goes in parts. */
struct status letter_firehose_open(struct aws_client *client, const char *stream,
                                   struct letter_store **ret_store) MUST_USE;

enum { LETTER_CEILING = 64 * 1024 * 1024 };

#endif
