#include "worker/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "worker/suggest.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, KIB = 1024, MIB = 1024 * KIB };

#define FIELD(name) offsetof(struct settings, name)

static const char *const start_choices[] = {"trim-horizon", "latest", NULL};
static const char *const switch_choices[] = {"off", "on", NULL};
static const char *const emf_choices[] = {"off", "stdout", NULL};
static const char *const level_choices[] = {"debug", "info", "warn", "error", NULL};

static const struct setting settings_table[SETTING_COUNT + 1] = {
    [SETTING_TABLE] = {.name = "table",
                       .type = SETTING_TYPE_TEXT,
                       .group = SETTINGS_OF_STREAM,
                       .placeholder = "NAME",
                       .least = 3,
                       .most = 255,
                       .characters = "_.-",
                       .help =
                           "The DynamoDB table whose changes are carried; its stream must show new images. "
                           "Needs the right to DescribeTable.",
                       .field = FIELD(table)},
    [SETTING_STREAM_ARN] = {.name = "stream-arn",
                            .type = SETTING_TYPE_TEXT,
                            .group = SETTINGS_OF_STREAM,
                            .placeholder = "ARN",
                            .least = 37,
                            .most = 1024,
                            .prefix = "arn:",
                            .help =
                                "The stream itself, instead of --table, where only the stream may be seen. "
                                "Gives the region too when none is set.",
                            .field = FIELD(stream_arn)},
    [SETTING_START] =
        {.name = "start",
         .type = SETTING_TYPE_CHOICE,
         .group = SETTINGS_OF_STREAM,
         .placeholder = "WHERE",
         .fallback = "trim-horizon",
         .choices = start_choices,
         .help = "Where the first worker of a new application starts: with the oldest change that the stream "
                 "holds "
                 "(24 hours), or with changes from now on. Later starts go on where the leases stand.",
         .field = FIELD(start)},
    [SETTING_OLD_IMAGE] =
        {.name = "old-image",
         .type = SETTING_TYPE_BOOL,
         .group = SETTINGS_OF_STREAM,
         .fallback = "false",
         .help =
             "Put the item as it was before the change into each line too. The stream must be of the kind "
             "NEW_AND_OLD_IMAGES.",
         .field = FIELD(old_image)},
    [SETTING_FIREHOSE] = {.name = "firehose",
                          .type = SETTING_TYPE_TEXT,
                          .group = SETTINGS_OF_DESTINATION,
                          .placeholder = "NAME",
                          .least = 1,
                          .most = 64,
                          .characters = "_.-",
                          .help = "Send to this Firehose delivery stream (a Direct PUT source, same region).",
                          .field = FIELD(firehose)},
    [SETTING_FILE] = {.name = "file",
                      .type = SETTING_TYPE_TEXT,
                      .group = SETTINGS_OF_DESTINATION,
                      .placeholder = "DIR",
                      .least = 1,
                      .most = 3000,
                      .help =
                          "Write gzip files under this folder instead, in the layout that Firehose gives S3: "
                          "ddb/TABLE/dt=YYYY-MM-DD/HH=HH/.",
                      .field = FIELD(file)},
    [SETTING_FLUSH_AGE] =
        {.name = "flush-age",
         .type = SETTING_TYPE_DURATION,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "TIME",
         .fallback = "1s",
         .least = 10,
         .most = 15 * MINUTE,
         .help = "No change waits longer than this for company before it is sent, or its file is closed.",
         .field = FIELD(flush_age_ms)},
    [SETTING_PACK_BYTES] =
        {.name = "pack-bytes",
         .type = SETTING_TYPE_SIZE,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "SIZE",
         .fallback = "64KiB",
         .least = 0,
         .most = 1024000,
         .help =
             "Lines share a Firehose record up to this size, since Firehose bills each record rounded up to "
             "5 KB. 0: one line a record.",
         .field = FIELD(pack_bytes)},
    [SETTING_REQUESTS_IN_FLIGHT] = {.name = "requests-in-flight",
                                    .type = SETTING_TYPE_NUMBER,
                                    .group = SETTINGS_OF_DESTINATION,
                                    .placeholder = "N",
                                    .fallback = "4",
                                    .least = 1,
                                    .most = 16,
                                    .help = "PutRecordBatch requests under way at once.",
                                    .field = FIELD(requests_in_flight)},
    [SETTING_DEAD_LETTER] =
        {.name = "dead-letter",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "file:DIR",
         .fallback_words = "none",
         .least = 6,
         .most = 3000,
         .prefix = "file:",
         .help = "Where a change that the destination can never take is stored, whole and with the reason. "
                 "Without it "
                 "the shard of such a change stops there, loudly, and the other shards go on.",
         .field = FIELD(dead_letter)},
    [SETTING_APP] =
        {.name = "app",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_FLEET,
         .placeholder = "NAME",
         .fallback_words = "penstock-TABLE",
         .least = 3,
         .most = 255,
         .characters = "_.-",
         .help = "The application: workers of one name share the stream's shards through the lease table of "
                 "that name, "
                 "which is made when absent. It is the applicationName of the Kinesis Client Library.",
         .field = FIELD(app)},
    [SETTING_WORKER_ID] = {.name = "worker-id",
                           .type = SETTING_TYPE_TEXT,
                           .group = SETTINGS_OF_FLEET,
                           .placeholder = "NAME",
                           .fallback_words = "ECS task id, else host name",
                           .least = 1,
                           .most = 100,
                           .characters = "_.:/@-",
                           .help = "This worker's name in leases and logs; eight random digits are added at "
                                   "each start, so that two "
                                   "processes are never taken for one.",
                           .field = FIELD(worker_id)},
    [SETTING_FAILOVER] = {.name = "failover",
                          .type = SETTING_TYPE_DURATION,
                          .group = SETTINGS_OF_FLEET,
                          .placeholder = "TIME",
                          .fallback = "10s",
                          .least = 2 * SECOND,
                          .most = 10 * MINUTE,
                          .help =
                              "A lease not renewed for this long is anybody's. Longer is cheaper in reads "
                              "and writes of the lease "
                              "table and slower after a crash. Give all workers of an application the same.",
                          .field = FIELD(failover_ms)},
    [SETTING_MAX_LEASES] = {.name = "max-leases",
                            .type = SETTING_TYPE_NUMBER,
                            .group = SETTINGS_OF_FLEET,
                            .placeholder = "N",
                            .fallback = "0",
                            .fallback_words = "0 (no cap)",
                            .least = 0,
                            .most = 1000000,
                            .help = "This worker holds no more leases than this at once.",
                            .field = FIELD(max_leases)},
    [SETTING_STOP_TIMEOUT] = {.name = "stop-timeout",
                              .type = SETTING_TYPE_DURATION,
                              .group = SETTINGS_OF_FLEET,
                              .placeholder = "TIME",
                              .fallback = "25s",
                              .least = 1 * SECOND,
                              .most = 1 * HOUR,
                              .help = "After SIGTERM or SIGINT what was read is delivered, checkpointed and "
                                      "the leases are released; at the "
                                      "latest after this time the process ends. Keep it 5s below the "
                                      "platform's own limit (30s on ECS).",
                              .field = FIELD(stop_timeout_ms)},
    [SETTING_POLL] = {.name = "poll",
                      .type = SETTING_TYPE_DURATION,
                      .group = SETTINGS_OF_READING,
                      .placeholder = "TIME",
                      .fallback = "200ms",
                      .least = 10,
                      .most = 1 * MINUTE,
                      .help = "Between two reads of an open shard while changes come, or while it is not "
                              "known whether more wait.",
                      .field = FIELD(poll_ms)},
    [SETTING_POLL_IDLE] =
        {.name = "poll-idle",
         .type = SETTING_TYPE_DURATION,
         .group = SETTINGS_OF_READING,
         .placeholder = "TIME",
         .fallback = "1s",
         .least = 10,
         .most = 5 * MINUTE,
         .help = "Between two reads of an open shard that has been read to its end. AWS bills each read.",
         .field = FIELD(poll_idle_ms)},
    [SETTING_BUFFER_BYTES] = {.name = "buffer-bytes",
                              .type = SETTING_TYPE_SIZE,
                              .group = SETTINGS_OF_READING,
                              .placeholder = "SIZE",
                              .fallback = "24MiB",
                              .least = 8 * MIB,
                              .most = INT64_C(64) * 1024 * MIB,
                              .help = "What pages being read and lines not yet accepted may hold in memory "
                                      "together. A slow destination "
                                      "stops the reading, it does not fill the memory.",
                              .field = FIELD(buffer_bytes)},
    [SETTING_STATE_DIR] =
        {.name = "state-dir",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_PROCESS,
         .placeholder = "DIR",
         .fallback_words = "the user's state folder",
         .least = 1,
         .most = 3000,
         .help = "Where this host keeps positions, so that a restart repeats less. Several workers can share "
                 "it; losing "
                 "it costs repetition, never a change. Default: $STATE_DIRECTORY, $XDG_STATE_HOME/penstock, "
                 "$HOME/.local/state/penstock or /var/lib/penstock, the first whose variable is set.",
         .field = FIELD(state_dir)},
    [SETTING_CONFIG] = {.name = "config",
                        .type = SETTING_TYPE_TEXT,
                        .group = SETTINGS_OF_PROCESS,
                        .placeholder = "FILE",
                        .fallback_words = "none",
                        .least = 1,
                        .most = 3000,
                        .help = "A JSON object of settings by these names; flags and variables are stronger.",
                        .field = FIELD(config)},
    [SETTING_LOG_LEVEL] = {.name = "log-level",
                           .type = SETTING_TYPE_CHOICE,
                           .group = SETTINGS_OF_PROCESS,
                           .placeholder = "LEVEL",
                           .fallback = "info",
                           .choices = level_choices,
                           .help =
                               "Log lines below this are left out. Each is a JSON object on standard error.",
                           .field = FIELD(log_level)},
    [SETTING_PROGRESS] = {.name = "progress",
                          .type = SETTING_TYPE_DURATION,
                          .group = SETTINGS_OF_PROCESS,
                          .placeholder = "TIME",
                          .fallback = "10s",
                          .least = 1 * SECOND,
                          .most = 1 * HOUR,
                          .help =
                              "Between two log lines \"progress\": leases, records, lag, what the sink did.",
                          .field = FIELD(progress_ms)},
    [SETTING_ADMIN] =
        {.name = "admin",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_PROCESS,
         .placeholder = "ADDR:PORT",
         .fallback = "127.0.0.1:8787",
         .least = 3,
         .most = 60,
         .help = "Where /metrics, /healthz, /readyz, /leases and a page for people are served, without any "
                 "authentication; off: nowhere. When the default port is taken a free one is used, and "
                 "logged; port 0 "
                 "takes a free one.",
         .field = FIELD(admin)},
    [SETTING_EMF] = {.name = "emf",
                     .type = SETTING_TYPE_CHOICE,
                     .group = SETTINGS_OF_PROCESS,
                     .placeholder = "WHERE",
                     .fallback = "off",
                     .choices = emf_choices,
                     .help = "Write a line of CloudWatch's embedded metric format a minute to standard "
                             "output, from which CloudWatch "
                             "Logs makes metrics in the namespace Penstock.",
                     .field = FIELD(emf)},
    [SETTING_METRICS_PER_SHARD] =
        {.name = "metrics-per-shard",
         .type = SETTING_TYPE_CHOICE,
         .group = SETTINGS_OF_PROCESS,
         .placeholder = "on|off",
         .fallback = "on",
         .choices = switch_choices,
         .help = "Give the series of single shards in /metrics too; they end with the lease.",
         .field = FIELD(metrics_per_shard)},
    [SETTING_REGION] = {.name = "region",
                        .type = SETTING_TYPE_TEXT,
                        .group = SETTINGS_OF_AWS,
                        .placeholder = "REGION",
                        .fallback_words = "as the AWS CLI",
                        .least = 1,
                        .most = 63,
                        .characters = "-",
                        .help = "The AWS region; stronger than AWS_REGION and AWS_DEFAULT_REGION.",
                        .field = FIELD(region)},
    [SETTING_PROFILE] =
        {.name = "profile",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_AWS,
         .placeholder = "NAME",
         .fallback_words = "as the AWS CLI",
         .least = 1,
         .most = 255,
         .help = "A profile of the shared AWS files; its credentials come before those in the environment.",
         .field = FIELD(profile)},
};

const struct setting *settings_rows(void)
{
    return settings_table;
}

const struct setting *setting_of(enum setting_id id)
{
    return &settings_table[id];
}

bool setting_find(struct slice name, enum setting_id *ret_id)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        if (slice_equals_text(name, settings_table[id].name)) {
            *ret_id = (enum setting_id)id;
            return true;
        }
    }
    return false;
}

const char *setting_suggest(struct slice name)
{
    const char *names[SETTING_COUNT];
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        names[id] = settings_table[id].name;
    }
    return suggest_nearest(name, names, SETTING_COUNT);
}

const char *setting_group_title(enum setting_group group)
{
    static const char *const titles[SETTINGS_GROUP_COUNT] = {
        [SETTINGS_OF_STREAM] = "What to carry (one of --table and --stream-arn)",
        [SETTINGS_OF_DESTINATION] = "Where to (one of --firehose and --file)",
        [SETTINGS_OF_FLEET] = "The fleet",
        [SETTINGS_OF_READING] = "Reading",
        [SETTINGS_OF_PROCESS] = "The process",
        [SETTINGS_OF_AWS] = "AWS",
    };
    return titles[group];
}

struct status settings_set(struct settings *settings, enum setting_id id, struct slice text,
                           enum setting_source source, const char *place)
{
    TRY(setting_put(setting_of(id), settings, text, place));
    settings->sources[id] = source;
    return status_ok();
}

void settings_free(struct settings *settings)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        setting_clear(setting_of((enum setting_id)id), settings);
    }
}
