/* The landing layout on a local disk, as Firehose writes it to S3:
 * DIR/ddb/TABLE/dt=YYYY-MM-DD/HH=HH/NAME.gz, in UTC by the time of arrival.
 *
 * A file is written under DIR/ddb/TABLE/.penstock-writing/, which readers of the layout skip (a leading dot),
 * and renamed into its place when it is whole and synced. While it is written it is locked (flock), so a file
 * there that can be locked was left by a process that died: such files are removed at the next start. One
 * thread at a time.
 */
#ifndef PENSTOCK_SINK_LANDING_H
#define PENSTOCK_SINK_LANDING_H

#include <limits.h>

#include "base/bytes.h"

struct landing {
    char root[PATH_MAX]; /* DIR/ddb/TABLE */
    char writing[PATH_MAX]; /* the hidden folder */
    char name[256]; /* what all names of this process begin with */
    uint64_t files; /* begun so far, for the next name */
};

/* Makes the folders where absent, tries them by writing, removes what dead processes left. STATUS_INVALID:
 * `table` or `directory` make no path. `start_wall_ms` and `worker_id` make names unique. */
struct status landing_open(struct landing *landing, const char *directory, const char *table,
                           const char *worker_id, int64_t start_wall_ms) MUST_USE;

/* "dt=2026-11-23/HH=10", in UTC. STATUS_INTERNAL for a time without an hour. */
enum { LANDING_HOUR_BYTES = 32 };
struct status landing_hour(int64_t wall_ms, char ret_hour[LANDING_HOUR_BYTES]) MUST_USE;

/* Characters that a file name or a key should not have become '_'. */
void landing_clean_name(char *name);

/* A file on its way. Zeroed memory with descriptor -1 is none. */
struct landing_file {
    int descriptor;
    char hidden[PATH_MAX];
    char name[384];
};

/* Begins a hidden, locked file. */
struct status landing_begin(struct landing *landing, struct landing_file *ret_file) MUST_USE;

/* Syncs it and moves it to where it is seen, durably. The file is closed in either case; after a failure
 * nothing of it is left. */
struct status landing_finish(struct landing *landing, struct landing_file *file, int64_t wall_ms) MUST_USE;

/* Removes it. */
void landing_abandon(struct landing_file *file);

#endif
