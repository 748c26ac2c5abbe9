/* Streams of many shards whose records are generated: nothing of them is stored but templates and marks.
 *
 * A shard's records are a pure function of (seed, shard, index). All time is wall-clock milliseconds.
 */
#ifndef PENSTOCK_FAULTD_STREAM_H
#define PENSTOCK_FAULTD_STREAM_H

#include "base/thread.h"
#include "tests/support/faultd/message.h"
#include "tests/support/faultd/sequence.h"
#include "tests/support/faultd/template.h"

enum {
    SHARD_ID_BYTES = 66,
    STREAM_ARN_BYTES = 512,
    STREAM_SHARDS = 20000,
    SHARD_CHILDREN = 4,
    LATENCY_BUCKETS = 60001, /* a millisecond each, the last for all above */
};

#define NEVER INT64_MAX

/* What a test asks for; see README.md for the meaning of each. */
struct stream_shape {
    char table[RESOURCE_BYTES];
    char view[24];
    uint32_t shards;
    uint32_t generations; /* splits after the first */
    uint32_t children; /* of each split */
    uint64_t records; /* per shard */
    uint32_t record_bytes;
    uint32_t keys; /* items per first shard */
    double rate; /* records/s per shard; 0: all there at once */
    int64_t children_delay_ms;
    bool children_after_end_read;
    bool close_last;
    bool verify; /* compare landed lines with the records */
    uint64_t seed;
    uint32_t big_every; /* 0: none */
    uint32_t big_bytes;
    int64_t age_ms;
};

struct shard {
    char id[SHARD_ID_BYTES];
    struct stream *stream;
    struct shard *parent; /* or NULL */
    struct shard *children[SHARD_CHILDREN];
    uint32_t child_count;
    uint32_t ordinal;
    uint32_t root; /* number of the first shard that it descends from */
    uint32_t generation;
    uint32_t first_key, key_count; /* the items of this shard */
    struct sequence_space sequence;
    uint64_t records; /* in all */
    bool closes; /* after its last record */
    bool removed; /* aged out of the listing */
    int64_t open_ms; /* its first record can appear after this; NEVER: not yet born */
    int64_t listed_ms; /* DescribeStream shows it from here on */
    uint64_t trimmed; /* records before this index are gone */
    uint64_t end_reads; /* times its end was given to a reader */

    uint8_t *marks; /* times each record was accepted, up to 255 */
    uint64_t accepted; /* records with a mark */
    uint64_t duplicates; /* acceptances after the first */
    uint64_t highest; /* 1 + the greatest index accepted */
    uint64_t out_of_order; /* first acceptances below `highest` */
    uint32_t *key_highest; /* the same per item: 1 + greatest index accepted */
    uint64_t key_out_of_order;
    uint64_t before_parent; /* first acceptances while the parent lacked some */
    uint64_t different; /* lines whose content is not the record's */
    uint64_t reads; /* GetRecords calls */
    uint64_t read_records;
};

struct stream {
    struct stream_shape shape;
    char arn[STREAM_ARN_BYTES];
    char label[32];
    char region[64];
    int64_t created_ms;
    bool disabled;
    bool gone; /* disabled for a day: there is no such stream any more */
    struct template_set templates;
    struct shard **shards; /* in order of birth */
    size_t shard_count, shard_capacity;
    uint32_t *latency; /* LATENCY_BUCKETS; first acceptance less availability, with a rate only */
    uint64_t latency_count;
    int64_t first_accept_ms, last_accept_ms;
    struct stream *next;
};

/* All streams. One lock covers everything in them that changes; templates and sequences are constant. */
struct streams {
    struct mutex lock;
    struct stream *first GUARDED_BY(lock);
    struct stream *retired GUARDED_BY(lock); /* reset ones, kept until exit: a parked call may use them */
    struct shard **buckets GUARDED_BY(lock); /* open addressing by id */
    size_t bucket_count GUARDED_BY(lock);
    size_t bucket_used GUARDED_BY(lock);
    uint64_t unknown GUARDED_BY(lock); /* lines of no record of ours */
    char unknown_sample[512] GUARDED_BY(lock);
    uint64_t born GUARDED_BY(lock); /* streams so far; makes ids distinct */
};

void streams_init(struct streams *streams);
void streams_destroy(struct streams *streams);
void streams_reset(struct streams *streams) EXCLUDES(streams->lock);

/* Defaults, then the members of `tree`. NULL, or what is wrong (a literal). */
const char *stream_shape_read(const cJSON *tree, struct stream_shape *ret_shape) MUST_USE;

/* Makes a stream with all its shards. NULL when memory is out. */
struct stream *stream_create(struct streams *streams, const struct stream_shape *shape, const char *region,
                             int64_t now_ms) REQUIRES(streams->lock);

/* NULL when there is none. `name` is an ARN or a table's name (its newest stream). */
struct stream *stream_find(struct streams *streams, const char *name) REQUIRES(streams->lock);
struct shard *shard_find(struct streams *streams, struct slice id) REQUIRES(streams->lock);
struct shard *stream_shard(struct stream *stream, struct slice id);

/* Closes every open listed shard (or only `only`) where it stands and gives it children of `records` each.
 * Returns how many were closed. */
size_t stream_roll(struct streams *streams, struct stream *stream, struct shard *only, uint32_t children,
                   uint64_t records, int64_t now_ms) REQUIRES(streams->lock);

/* How many records there are by now. */
uint64_t shard_available(const struct shard *shard, int64_t now_ms);
/* When record `index` became available. */
int64_t shard_record_ms(const struct shard *shard, uint64_t index);
/* Closed by now: it has all its records and ends. */
bool shard_is_closed(const struct shard *shard, int64_t now_ms);
bool shard_is_listed(const struct shard *shard, int64_t now_ms);

/* A reader was told the end: children that waited for that are born. */
void shard_note_end_read(struct shard *shard, int64_t now_ms);

/* What varies from record to record. */
struct record_fields {
    const struct template *template;
    char key[TEMPLATE_KEY_BYTES + 1];
    uint32_t key_number; /* within the shard */
    char event_id[33];
    int64_t second; /* ApproximateCreationDateTime */
};
void shard_record_fields(const struct shard *shard, uint64_t index, struct record_fields *ret_fields);

/* Appends record `index` as GetRecords gives it; false when the target is full. */
bool shard_render(const struct shard *shard, uint64_t index, struct bytes *target) MUST_USE;

#endif
