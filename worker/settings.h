/* Every setting of `penstock run`, in one table (worker/settings_rows_*.c): flags, PENSTOCK_* variables, the file of
 * --config, the help, the man page and README's table are all made from it.
 *
 * Strength: flag, then variable, then file, then default. A setting has one name: `stop-timeout` is the flag
 * --stop-timeout, the variable PENSTOCK_STOP_TIMEOUT and the file's key "stop-timeout". An empty variable
 * counts as unset, as it does for the AWS CLI. A name that no setting has is an error with a suggestion, in
 * all three places. AWS's own settings (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL...) are read by
 * aws/session.
 *
 * To add a setting: a field in struct settings, an id, a row of the table. Nothing else parses or documents.
 */
#ifndef PENSTOCK_WORKER_SETTINGS_H
#define PENSTOCK_WORKER_SETTINGS_H

#include "worker/setting.h"

enum setting_id {
    SETTING_TABLE,
    SETTING_STREAM_ARN,
    SETTING_START,
    SETTING_FILTER,
    SETTING_FILTER_FILE,
    SETTING_FORMAT,
    SETTING_IMAGES,
    SETTING_OLD_IMAGE,
    SETTING_INCLUDE_ATTRIBUTES,
    SETTING_EXCLUDE_ATTRIBUTES,
    SETTING_FIREHOSE,
    SETTING_KINESIS,
    SETTING_FILE,
    SETTING_STDOUT,
    SETTING_FLUSH_AGE,
    SETTING_PACK_BYTES,
    SETTING_REQUESTS_IN_FLIGHT,
    SETTING_FIREHOSE_BYTES_PER_SECOND,
    SETTING_DEAD_LETTER,
    SETTING_LARGE_RECORDS,
    SETTING_SPILL,
    SETTING_SPILL_AFTER,
    SETTING_APP,
    SETTING_WORKER_ID,
    SETTING_FAILOVER,
    SETTING_MAX_LEASES,
    SETTING_STOP_TIMEOUT,
    SETTING_POLL,
    SETTING_POLL_IDLE,
    SETTING_POLL_BUDGET,
    SETTING_BUFFER_BYTES,
    SETTING_STATE_DIR,
    SETTING_CONFIG,
    SETTING_LOG_LEVEL,
    SETTING_PROGRESS,
    SETTING_ADMIN,
    SETTING_EMF,
    SETTING_METRICS_PER_SHARD,
    SETTING_REGION,
    SETTING_PROFILE,
    SETTING_COUNT
};

enum setting_group {
    SETTINGS_OF_STREAM,
    SETTINGS_OF_LINES,
    SETTINGS_OF_DESTINATION,
    SETTINGS_OF_FLEET,
    SETTINGS_OF_READING,
    SETTINGS_OF_PROCESS,
    SETTINGS_OF_AWS,
    SETTINGS_GROUP_COUNT
};

enum setting_source { SETTING_FROM_DEFAULT, SETTING_FROM_FILE, SETTING_FROM_VARIABLE, SETTING_FROM_FLAG };

/* What `penstock run` was told. Texts are owned and NULL when unset. */
struct settings {
    char *table;
    char *stream_arn;
    int64_t start; /* enum setting_start */
    char *filter; /* patterns, one after the other */
    char *filter_file;
    int64_t format; /* enum line_format */
    int64_t images; /* enum line_images */
    bool old_image;
    char *include_attributes;
    char *exclude_attributes;
    char *firehose;
    char *kinesis;
    char *file;
    bool to_stdout;
    int64_t flush_age_ms;
    int64_t pack_bytes;
    int64_t requests_in_flight;
    int64_t firehose_bytes_per_second; /* 0: no limit */
    char *dead_letter;
    char *large_records;
    char *spill;
    int64_t spill_after_ms;
    char *app;
    char *worker_id;
    int64_t failover_ms;
    int64_t max_leases; /* 0: no cap */
    int64_t stop_timeout_ms;
    int64_t poll_ms;
    int64_t poll_idle_ms;
    int64_t poll_budget; /* calls a second; 0: no limit */
    int64_t buffer_bytes;
    char *state_dir;
    char *config;
    int64_t log_level; /* enum log_level */
    int64_t progress_ms;
    char *admin;
    int64_t emf; /* enum setting_emf */
    int64_t metrics_per_shard; /* 0: off, 1: on */
    char *region;
    char *profile;
    enum setting_source sources[SETTING_COUNT];
};

enum setting_start { SETTING_START_TRIM_HORIZON, SETTING_START_LATEST };
enum setting_emf { SETTING_EMF_OFF, SETTING_EMF_STDOUT };

/* Where values come from; borrowed. `environment` is environ's array ("NAME=value", ends with NULL). */
struct settings_input {
    int argument_count; /* of the words behind `penstock run` */
    char *const *arguments;
    char *const *environment;
};

/* Reads all three places into `settings` (any memory). STATUS_INVALID names the setting, where its value came
 * from, the value and what is allowed; STATUS_NOT_FOUND, STATUS_DENIED, STATUS_IO: the file of --config
 * cannot be read. On failure nothing is owned. `*ret_help` becomes true, and nothing else is checked, when
 * --help or -h is among the arguments. */
struct status settings_load(const struct settings_input *input, struct settings *settings, bool *ret_help)
    MUST_USE;

/* Safe on zeroed memory. */
void settings_free(struct settings *settings);

/* The row of a setting. Never NULL. */
const struct setting *setting_of(enum setting_id id);

/* False when no setting has this name. */
bool setting_find(struct slice name, enum setting_id *ret_id) MUST_USE;

/* The setting meant by a misspelled name, or NULL when none is near. */
const char *setting_suggest(struct slice name);

/* "What to read": the heading of a group in help. */
const char *setting_group_title(enum setting_group group);

/* The steps of settings_load, for worker/settings_*.c and their tests. */

/* Parses `text` into the setting's field; `place` ("--failover", "PENSTOCK_FAILOVER", "'failover' in x.json")
 * is for the error. */
struct status settings_set(struct settings *settings, enum setting_id id, struct slice text,
                           enum setting_source source, const char *place) MUST_USE;

/* Reads a JSON object {"table":"orders","failover":"10s",...} of at most 1 MiB and sets what it holds. */
struct status settings_read_file(const char *path, struct settings *settings) MUST_USE;

/* Where to: SETTING_FIREHOSE, SETTING_KINESIS, SETTING_FILE or SETTING_STDOUT, the one that is set. */
enum setting_id settings_destination(const struct settings *settings);

/* Whether a setting beside the destination names a bucket, or a delivery stream. */
bool settings_need_s3(const struct settings *settings);
bool settings_need_firehose(const struct settings *settings);

/* Places that are written as URLs must be right, whatever the rest. */
struct status settings_check_places(const struct settings *settings) MUST_USE;

enum { SETTING_FILTER_BYTES = 512 * 1024 };

/* What must hold between settings: one table or stream, one destination, places that can be, sound patterns. */
struct status settings_check(const struct settings *settings) MUST_USE;

#endif
