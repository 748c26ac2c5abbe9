/* DynamoDB Streams:
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 * Any thread may call with a shared client. Status codes as aws_client_call. */
#ifndef PENSTOCK_AWS_STREAMS_H
#define PENSTOCK_AWS_STREAMS_H

#include "aws/client.h"
#include "aws/sequence_number.h"

enum {
    STREAMS_SHARD_ID_BYTES = 66,
    STREAMS_ARN_BYTES = 1025,
    STREAMS_LABEL_BYTES = 32,
    STREAMS_TABLE_BYTES = 256
};

struct stream_shard {
    char id[STREAMS_SHARD_ID_BYTES];
    char parent_id[STREAMS_SHARD_ID_BYTES]; /* empty: none */
    struct sequence_number first;
    struct sequence_number last; /* length 0: the shard is open */
};

/* Zeroed memory is a valid empty description. */
struct stream_description {
    char arn[STREAMS_ARN_BYTES];
    char label[STREAMS_LABEL_BYTES]; /* creation time, ISO 8601 */
    char table[STREAMS_TABLE_BYTES];
    char status[16]; /* ENABLING ENABLED DISABLING DISABLED */
    char view_type[24]; /* NEW_AND_OLD_IMAGES ... */
    struct stream_shard *shards; /* owned; in the order of the reply */
    size_t shard_count;
    char last_evaluated[STREAMS_SHARD_ID_BYTES]; /* empty: this was the last page */
};

void stream_description_free(struct stream_description *description);

struct streams_limits {
    int64_t attempt_timeout_ms; /* 0: 10 s */
    int64_t deadline_boot_ms; /* 0: none */
    uint32_t max_attempts; /* 0: the client's */
    size_t reply_expected; /* about how long a page will be; 0: short, or not known */
    struct buffers *buffers; /* where a page's memory comes from, or NULL */
    struct stop *cancel; /* or NULL */
};

/* One page of shards. `start_after` continues a listing, `children_of` asks for one shard's children only
 * (ShardFilter CHILD_SHARDS; servers may ignore it and give more); both may be NULL. */
struct status streams_describe_page(struct aws_client *client, const char *arn, const char *start_after,
                                    const char *children_of, const struct streams_limits *limits,
                                    struct stream_description *ret_description) MUST_USE;

/* All pages joined; at most `ceiling` shards, then STATUS_TOO_LARGE. */
struct status streams_describe(struct aws_client *client, const char *arn, size_t ceiling,
                               const struct streams_limits *limits,
                               struct stream_description *ret_description) MUST_USE;

enum { STREAMS_NAMES_MAX = 64 };

struct stream_names {
    char arns[STREAMS_NAMES_MAX][STREAMS_ARN_BYTES];
    size_t count;
};

/* The streams of a table, those that were switched off within 24 hours included (ListStreams). *ret_names is
 * undefined on failure. */
struct status streams_list(struct aws_client *client, const char *table, const struct streams_limits *limits,
                           struct stream_names *ret_names) MUST_USE;

enum stream_iterator_type {
    STREAM_TRIM_HORIZON,
    STREAM_LATEST,
    STREAM_AT_SEQUENCE_NUMBER,
    STREAM_AFTER_SEQUENCE_NUMBER
};

/* Replaces the content of `iterator` (made with a ceiling of 4 KiB at least) with the shard iterator's text.
 */
struct status streams_get_shard_iterator(struct aws_client *client, const char *arn, const char *shard_id,
                                         enum stream_iterator_type type,
                                         const struct sequence_number *sequence_number,
                                         const struct streams_limits *limits, struct bytes *iterator)
    MUST_USE;

/* One page, undecoded, in reply->http.body: shard/decode.h reads it. `limit` 1 to 1,000 records. */
struct status streams_get_records(struct aws_client *client, struct slice iterator, uint32_t limit,
                                  size_t reply_ceiling, const struct streams_limits *limits,
                                  struct aws_reply *reply) MUST_USE;

/* The parts of a stream ARN "arn:PARTITION:dynamodb:REGION:ACCOUNT:table/TABLE/stream/LABEL". */
struct stream_arn_parts {
    char region[64];
    char table[STREAMS_TABLE_BYTES];
    char label[STREAMS_LABEL_BYTES];
};
struct status stream_arn_parse(const char *arn, struct stream_arn_parts *ret_parts) MUST_USE;

#endif
