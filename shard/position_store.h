/* The SQLite file of a slot; the only place that knows SQL. One thread at a time. */
#ifndef PENSTOCK_SHARD_POSITION_STORE_H
#define PENSTOCK_SHARD_POSITION_STORE_H

#include "aws/streams.h"
#include "shard/positions.h"

struct position_store; /* opaque */

struct position_entry {
    char shard[STREAMS_SHARD_ID_BYTES];
    struct position_row row;
    bool dirty; /* not yet in the file */
    int64_t touched_boot_ms; /* last change by this process, or when it was loaded */
};

/* A gap that no operator has acknowledged, as the file has it. */
struct position_gap_entry {
    char shard[STREAMS_SHARD_ID_BYTES];
    struct sequence_number after;
    struct sequence_number until;
    int64_t found_wall_ms;
    bool certain;
    bool in_row; /* the shard's lease row carries it too */
    bool gone; /* acknowledged: to be removed from the file */
    bool dirty; /* not yet in the file as it is here */
    int64_t in_row_boot_ms; /* when this process learned that the row carries it; 0: an earlier one did */
};

/* Of a process that keeps a store open for long: pages are allocated when they are used, not twenty at the start
 * (https://www.sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_PAGECACHE). Main thread, before the first store and
 * any other thread. */
void position_store_prepare(void);

/* Opens or makes the file; brings one of the version before up to date. STATUS_CORRUPT: damaged, or
 * not a file of this program or of a later version; STATUS_IO: the disk refuses. */
struct status position_store_open(const char *path, const char *app, const char *stream_arn, int64_t wall_ms,
                                  struct position_store **ret_store) MUST_USE;
void position_store_close(struct position_store *store); /* NULL is allowed */

/* What the file holds of this application and stream. */
struct position_visitor {
    void (*position)(void *context, const struct position_entry *entry);
    void (*gap)(void *context, const struct position_gap_entry *entry);
    void *context;
};
struct status position_store_load(struct position_store *store, const struct position_visitor *visitor)
    MUST_USE;

/* All of it in one transaction; gaps that are `gone` are removed. With gaps it is on the disk (fsync) when this returns; positions alone may
 * be lost with the machine's power, which costs re-delivery. */
struct status position_store_write(struct position_store *store, const struct position_entry *entries,
                                   size_t entry_count, const struct position_gap_entry *gaps,
                                   size_t gap_count, int64_t wall_ms) MUST_USE;

/* Deletes positions that nobody wrote for a week: a stream keeps 24 hours. */
struct status position_store_forget_old(struct position_store *store, int64_t wall_ms) MUST_USE;

/* The version of SQLite that runs: "3.40.1". Borrowed for ever. */
const char *position_store_library_version(void);

#endif
