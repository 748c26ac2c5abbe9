/* A table's stream that was disabled and enabled again has a new ARN and new shards; the old one can be read for
 * 24 hours. One lease table serves both, one after the other: every shard of the old stream ends before the first
 * of the new one is read, on all workers, since a change of an item in the new stream is later than all in the
 * old. Here is which stream a worker reads, and when the next one's turn has come.
 */
#ifndef PENSTOCK_LEASE_STREAM_SUCCESSION_H
#define PENSTOCK_LEASE_STREAM_SUCCESSION_H

#include "aws/dynamodb.h"
#include "lease/lease_table.h"

enum { STREAM_TALLIES_MAX = 32, STREAM_UNSAID_MAX = 10000 };

struct stream_tally {
    char arn[STREAMS_ARN_BYTES];
    size_t rows;
    size_t unfinished;
};

/* One read of the lease table: its rows by the stream that they name. Zeroed memory is a valid empty survey. */
struct stream_survey {
    struct stream_tally at[STREAM_TALLIES_MAX]; /* of the latest stream and of earlier ones of its table */
    size_t count;
    /* Unfinished rows that name none, which a Java fleet left: their keys, the first STREAM_UNSAID_MAX of them. */
    char (*unsaid)[STREAMS_SHARD_ID_BYTES];
    size_t unsaid_count;
    size_t unsaid_capacity;
};
void stream_survey_free(struct stream_survey *survey);

/* Counts the row; rows that are no leases, cannot be understood, or are of another table's stream, are left out.
 * False when memory ran out. */
bool stream_survey_add(struct stream_survey *survey, struct slice item, const char *latest_arn) MUST_USE;

/* The whole table. Free in either case. */
struct status stream_survey_read(struct aws_client *dynamodb, const char *table, const char *latest_arn,
                                 struct stop *cancel, struct stream_survey *survey) MUST_USE;

/* A shard's id carries the time of its birth in milliseconds ("shardId-00000001763900000000-1a2b3c4d"), and a stream's
 * label is its own: true when the shard was born before the stream. False for another form. Pure. */
bool stream_shard_is_older(const char *shard, const char *label);

/* The stream to read: the earliest with an unfinished row; else `latest_arn`, but while it has no row yet, the
 * one before, unless that is `drained` (an ARN, or empty: none is known to be): whether it is is for
 * stream_is_drained. Borrowed from the arguments. Pure. */
const char *stream_survey_choose(const struct stream_survey *survey, const char *latest_arn,
                                 const char *drained);

/* Every shard of the stream has ended: each of its rows is finished, and its listing, which says DISABLED, has no
 * shard that wants a row. `listing` NULL: the stream does not exist any more. A scan is no snapshot, so one answer
 * proves nothing: a child's row is made before its parent's end, and the second of two scans sees it. `rows` as
 * read for that stream. False also when memory ran out. Pure. */
bool stream_is_drained(const struct lease *rows, size_t row_count, const struct stream_description *listing);

#endif
