/* `penstock leases ...`: what each command takes, in one table, and the functions behind them.
 *
 * A command that can change a row changes nothing unless --execute is given. All of them work on any lease table of
 * the Kinesis Client Library, ours or Java's, and leave rows that are no leases alone. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_COMMANDS_H
#define PENSTOCK_WORKER_LEASES_LEASES_COMMANDS_H

#include "worker/commands.h"

#define LEASES_DESCRIPTION                                                                                   \
    "The leases of an application are the rows of its lease table: which worker reads which shard of the "   \
    "stream, and "                                                                                           \
    "how far it is. These commands work on any lease table of the Kinesis Client Library, ours or Java's. "  \
    "Name it "                                                                                               \
    "by --app, or by --table when the application has its default name. Nothing is changed without "         \
    "--execute."

enum leases_output {
    LEASES_OUTPUT_TABLE,
    LEASES_OUTPUT_WIDE,
    LEASES_OUTPUT_JSON,
    LEASES_OUTPUT_JSONL,
    LEASES_OUTPUT_CSV
};

enum leases_export_form { LEASES_EXPORT_JSONL, LEASES_EXPORT_JSON };

enum leases_sort { LEASES_SORT_SHARD, LEASES_SORT_OWNER, LEASES_SORT_STATE, LEASES_SORT_LAG };

/* What the options of a command of this group say. Texts are owned by the parser and NULL when not given; what a
 * command does not take stays zero. */
struct leases_request {
    /* every command */
    char *app; /* the lease table; NULL: penstock-TABLE */
    char *table; /* the source table */
    char *stream_arn;
    char *region;
    char *profile;
    int64_t log_level; /* enum log_level */
    /* what is printed */
    int64_t output; /* enum leases_output */
    int64_t export_form; /* enum leases_export_form */
    bool no_headers;
    /* which rows */
    struct option_words shards;
    bool all;
    char *owner;
    int64_t state; /* 0: any; else enum leases_state + 1 */
    char *prefix; /* of shard ids */
    int64_t sort; /* enum leases_sort */
    /* is the fleet alive? */
    int64_t failover_ms;
    bool sample;
    bool watch;
    int64_t interval_ms; /* 0: not given */
    int64_t watch_ms; /* 0: until it is stopped */
    bool lag; /* ask the stream too */
    bool no_lag;
    int64_t max_lag_ms; /* 0: not given */
    /* changes */
    bool execute;
    bool force;
    bool yes;
    /* rewind */
    bool to_trim_horizon;
    bool to_latest;
    char *to_sequence;
    char *to_datetime;
    int64_t shift_by;
    char *undo;
    char *undo_dir;
    bool no_count;
    int64_t scan_limit;
};

/* Ends with a NULL name. */
extern const struct command leases_commands[];

/* Each returns the exit code. They print data on standard output and one line of error on standard error. Main
 * thread. */
int leases_list_run(const struct leases_request *request);
int leases_describe_run(const struct leases_request *request);
int leases_watch_run(const struct leases_request *request);
int leases_lag_run(const struct leases_request *request);
int leases_tree_run(const struct leases_request *request);
int leases_workers_run(const struct leases_request *request);
int leases_check_run(const struct leases_request *request);
int leases_export_run(const struct leases_request *request);
int leases_release_run(const struct leases_request *request);
int leases_rewind_run(const struct leases_request *request);
int leases_acknowledge_run(const struct leases_request *request);

#endif
