/* The options of the reading commands. */
#include "worker/leases/leases_view_help.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, SHARDS_MOST = 10000 };

#define FIELD(name) offsetof(struct leases_request, name)

static const char *const states[] = {"any",     "unknown",      "active",   "expired", "unowned",
                                     "waiting", "handing-over", "finished", "broken",  NULL};
static const char *const sorts[] = {"shard", "owner", "state", "lag", NULL};

#define OWNER_ROW                                                                                            \
    {.name = "owner",                                                                                        \
     .type = SETTING_TYPE_TEXT,                                                                              \
     .placeholder = "WORKER",                                                                                \
     .least = 1,                                                                                             \
     .most = 255,                                                                                            \
     .help = "Only leases of this worker, by its whole name as in the rows.",                                \
     .field = FIELD(owner)}

#define SHARD_ROW                                                                                            \
    {.name = "shard",                                                                                        \
     .type = SETTING_TYPE_TEXT,                                                                              \
     .placeholder = "PREFIX",                                                                                \
     .least = 1,                                                                                             \
     .most = 255,                                                                                            \
     .help = "Only leases whose shard id begins so.",                                                        \
     .field = FIELD(prefix)}

#define SORT_ROW(first)                                                                                      \
    {.name = "sort",                                                                                         \
     .type = SETTING_TYPE_CHOICE,                                                                            \
     .placeholder = "BY",                                                                                    \
     .fallback = (first),                                                                                    \
     .choices = sorts,                                                                                       \
     .help = "The order of the rows; lag: the furthest behind first, for which the stream is asked.",        \
     .field = FIELD(sort)}

static const struct setting choice_rows[] = {
    OWNER_ROW,
    {.name = "state",
     .type = SETTING_TYPE_CHOICE,
     .placeholder = "STATE",
     .fallback = "any",
     .choices = states,
     .help = "Only leases in this state. active and expired watch the counters, as --sample does.",
     .field = FIELD(state)},
    SHARD_ROW,
    SORT_ROW("shard"),
    {.name = NULL},
};
static const struct option_table choice_options = {"Which rows", choice_rows};

static const struct setting event_rows[] = {OWNER_ROW, SHARD_ROW, SORT_ROW("shard"), {.name = NULL}};
static const struct option_table event_options = {"Which rows", event_rows};

static const struct setting lag_choice_rows[] = {OWNER_ROW, SHARD_ROW, SORT_ROW("lag"), {.name = NULL}};
static const struct option_table lag_choice_options = {"Which rows", lag_choice_rows};

static const struct setting sample_rows[] = {
    {.name = "sample",
     .type = SETTING_TYPE_BOOL,
     .help = "Tell which owners live: read the table again at half of the failover time and, where rows are "
             "still "
             "undecided, at its end. Without it the state of an owned lease is unknown.",
     .field = FIELD(sample)},
    {.name = NULL},
};
static const struct option_table sample_options = {"States", sample_rows};

static const struct setting lag_rows[] = {
    {.name = "lag",
     .type = SETTING_TYPE_BOOL,
     .help = "Ask the stream how far each lease is behind. Without it the lag is unknown.",
     .field = FIELD(lag)},
    {.name = NULL},
};
static const struct option_table lag_options = {"Lag", lag_rows};

static const struct setting no_lag_rows[] = {
    {.name = "no-lag", .type = SETTING_TYPE_BOOL, .help = "Do not ask the stream.", .field = FIELD(no_lag)},
    {.name = NULL},
};
static const struct option_table no_lag_options = {"Lag", no_lag_rows};

static const struct setting max_lag_rows[] = {
    {.name = "max-lag",
     .type = SETTING_TYPE_DURATION,
     .placeholder = "TIME",
     .fallback_words = "5m",
     .least = 1 * SECOND,
     .most = 24 * HOUR,
     .help = "A lease further behind than this is a problem.",
     .field = FIELD(max_lag_ms)},
    {.name = "no-lag",
     .type = SETTING_TYPE_BOOL,
     .help = "Do not ask the stream: neither lag nor shards without a lease are looked at.",
     .field = FIELD(no_lag)},
    {.name = NULL},
};
static const struct option_table max_lag_options = {"Lag", max_lag_rows};

#define INTERVAL_ROWS                                                                                        \
    {.name = "interval",                                                                                     \
     .type = SETTING_TYPE_DURATION,                                                                          \
     .placeholder = "TIME",                                                                                  \
     .fallback_words = "2s",                                                                                 \
     .least = 500,                                                                                           \
     .most = 1 * HOUR,                                                                                       \
     .help = "Between two reads of the whole table, each of which AWS bills. Keep it below a third of the "  \
             "failover time to see renewals.",                                                               \
     .field = FIELD(interval_ms)},                                                                           \
    {                                                                                                        \
        .name = "for", .type = SETTING_TYPE_DURATION, .placeholder = "TIME",                                 \
        .fallback_words = "until it is stopped", .least = 0, .most = 24 * HOUR,                              \
        .help = "Stop watching after this time.", .field = FIELD(watch_ms)                                   \
    }

static const struct setting watch_rows[] = {INTERVAL_ROWS, {.name = NULL}};
static const struct option_table watch_options = {"Watching", watch_rows};

static const struct setting list_watch_rows[] = {
    {.name = "watch",
     .letter = 'w',
     .type = SETTING_TYPE_BOOL,
     .help = "Go on watching, as 'penstock leases watch' does.",
     .field = FIELD(watch)},
    INTERVAL_ROWS,
    {.name = NULL},
};
static const struct option_table list_watch_options = {"Watching", list_watch_rows};

const struct option_table *const leases_list_options[] = {
    &leases_place_options,    &leases_output_options, &choice_options,     &sample_options,
    &leases_failover_options, &lag_options,           &list_watch_options, NULL};
const struct option_table *const leases_describe_options[] = {&leases_place_options, &leases_output_options,
                                                              &sample_options,       &leases_failover_options,
                                                              &no_lag_options,       NULL};
const struct option_table *const leases_watch_options[] = {&leases_place_options,
                                                           &leases_output_options,
                                                           &event_options,
                                                           &watch_options,
                                                           &leases_failover_options,
                                                           &lag_options,
                                                           NULL};
const struct option_table *const leases_lag_options[] = {&leases_place_options, &leases_output_options,
                                                         &lag_choice_options, NULL};
const struct option_table *const leases_tree_options[] = {&leases_place_options, &leases_output_options,
                                                          &sample_options,       &leases_failover_options,
                                                          &lag_options,          NULL};
const struct option_table *const leases_workers_options[] = {&leases_place_options, &leases_output_options,
                                                             &sample_options, &leases_failover_options, NULL};
const struct option_table *const leases_check_options[] = {&leases_place_options, &leases_output_options,
                                                           &leases_failover_options, &max_lag_options, NULL};

const struct option_words_rule leases_describe_words = {
    .placeholder = "SHARD",
    .least = 1,
    .most = 1,
    .help = "A lease by its whole key, by its shard id, or by a beginning that only one has.",
    .field = FIELD(shards),
};
const struct option_words_rule leases_view_words = {
    .placeholder = "SHARD",
    .most = SHARDS_MOST,
    .help = "A lease by its whole key, by its shard id, or by a beginning that only one has.",
    .field = FIELD(shards),
};
