/* Kinesis data streams: what they accepted. Records are not kept: their lines are marked (tracker.h). */
#ifndef PENSTOCK_FAULTD_DATA_STREAM_H
#define PENSTOCK_FAULTD_DATA_STREAM_H

#include <cjson/cJSON.h>

#include "base/bytes.h"
#include "base/thread.h"

enum { DATA_STREAMS = 32, DATA_STREAM_NAME_BYTES = 129 };

struct data_stream {
    char name[DATA_STREAM_NAME_BYTES];
    int64_t shards;
    int64_t record_kib; /* MaxRecordSizeInKiB */
    uint64_t records, bytes, failed;
    uint64_t repeated_keys; /* records of a request whose partition key another of the same request has */
};

struct data_streams {
    struct mutex lock;
    struct data_stream all[DATA_STREAMS] GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
};

void data_streams_init(struct data_streams *streams);
void data_streams_reset(struct data_streams *streams) EXCLUDES(streams->lock);
void data_streams_destroy(struct data_streams *streams);

/* NULL when there is none of this name. */
struct data_stream *data_stream_find(struct data_streams *streams, const char *name) REQUIRES(streams->lock);

/* name, shards (1), record_kib (1,024). NULL, or what is wrong. */
const char *data_stream_add(struct data_streams *streams, const cJSON *tree) MUST_USE EXCLUDES(streams->lock);

/* All of them for the control API. Owned. */
cJSON *data_streams_report(struct data_streams *streams) EXCLUDES(streams->lock);

#endif
