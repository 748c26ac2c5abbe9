/* Counters of what was called. Any thread may call. */
#ifndef PENSTOCK_FAULTD_STATS_H
#define PENSTOCK_FAULTD_STATS_H

#include "base/thread.h"
#include "tests/support/faultd/message.h"

enum { STATS_OPERATIONS = 256, STATS_CODES = 64 };

struct stats_operation {
    enum service service;
    char operation[64];
    char resource[RESOURCE_BYTES];
    uint64_t calls, replies, in_flight, request_bytes, reply_bytes, faults;
};

struct stats_code {
    char code[64];
    uint64_t count;
};

struct stats {
    struct mutex lock;
    struct stats_operation operations[STATS_OPERATIONS] GUARDED_BY(lock); /* the last takes what is over */
    size_t operation_count GUARDED_BY(lock);
    struct stats_code codes[STATS_CODES] GUARDED_BY(lock);
    size_t code_count GUARDED_BY(lock);
    uint64_t signatures_wrong GUARDED_BY(lock);
    uint64_t signatures_checked GUARDED_BY(lock);
    uint64_t records_read GUARDED_BY(lock);
    uint64_t records_put GUARDED_BY(lock);
    uint64_t lines_put GUARDED_BY(lock);
    uint64_t connections GUARDED_BY(lock);
    int64_t since_ms GUARDED_BY(lock); /* boot time of the last reset */
};

void stats_init(struct stats *stats);
void stats_reset(struct stats *stats) EXCLUDES(stats->lock);

/* A request has arrived whole; the place returned goes to stats_end. */
size_t stats_begin(struct stats *stats, const struct request *request) EXCLUDES(stats->lock);
/* Its reply has left, or will not. `code` is the error's, or NULL. */
void stats_end(struct stats *stats, size_t place, size_t reply_bytes, const char *code, bool fault)
    EXCLUDES(stats->lock);
void stats_note_signature(struct stats *stats, bool right) EXCLUDES(stats->lock);
void stats_note_records(struct stats *stats, uint64_t read, uint64_t put, uint64_t lines)
    EXCLUDES(stats->lock);
void stats_note_connection(struct stats *stats) EXCLUDES(stats->lock);

/* All of it as JSON. Owned. */
cJSON *stats_report(struct stats *stats) EXCLUDES(stats->lock);
/* {"total":n,"by":{"firehose.PutRecordBatch":{"orders":n}}}: what is in flight right now. Owned. */
cJSON *stats_in_flight(struct stats *stats) EXCLUDES(stats->lock);

#endif
