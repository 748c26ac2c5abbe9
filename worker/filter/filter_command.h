/* `penstock filter`: patterns tried on records of files or of the live stream. It reads only, and takes no lease. */
#ifndef PENSTOCK_WORKER_FILTER_FILTER_COMMAND_H
#define PENSTOCK_WORKER_FILTER_FILTER_COMMAND_H

#include "worker/commands.h"

#define FILTER_DESCRIPTION                                                                                   \
    "Reads records and lets through those that a worker with the same --filter and --filter-file would "     \
    "carry: each is "                                                                                        \
    "printed as it came, one a line. With --dry-run it tells instead, for each record and each pattern, "    \
    "whether it "                                                                                            \
    "passes, and if not, at which field and why.\n\n"                                                        \
    "Records come from files: JSON of one record after the other (one a line or not), of lists of records, " \
    "of replies "                                                                                            \
    "of GetRecords, also as the AWS CLI prints them, and of Lambda's events. Without a file they come from " \
    "the stream "                                                                                            \
    "of --table or --stream-arn, until --records are read or --time has passed; that takes no lease and "    \
    "moves no "                                                                                              \
    "position, but counts as a reader of the shards, of which AWS allows two.\n\n"                           \
    "Patterns are those of AWS Lambda's event filtering and of EventBridge Pipes."

/* What the options say. Texts are owned by the parser and NULL when not given. */
struct filter_request {
    char *filter; /* patterns, one after the other */
    char *filter_file;
    bool dry_run;
    int64_t records; /* 0: no bound of files, FILTER_STREAM_RECORDS of a stream */
    char *table;
    char *stream_arn;
    int64_t start; /* enum setting_start */
    int64_t time_ms;
    char *region;
    char *profile;
    int64_t log_level; /* enum log_level */
    int64_t output; /* enum leases_form */
    bool no_headers;
    struct option_words files;
};

enum { FILTER_STREAM_RECORDS = 1000 };

extern const struct option_table *const filter_options[]; /* ends with NULL */
extern const struct option_words_rule filter_words;
extern const struct command_example filter_examples[];

int filter_run(const struct command_line *line);

#endif
