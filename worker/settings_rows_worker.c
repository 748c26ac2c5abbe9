#include "worker/settings_rows.h"

static const char *const switch_choices[] = {"off", "on", NULL};
static const char *const emf_choices[] = {"off", "stdout", NULL};
static const char *const level_choices[] = {"debug", "info", "warn", "error", NULL};

#define ROW(id)     [(id) - SETTING_APP]
#define FIELD(name) offsetof(struct settings, name)

const struct setting settings_worker_rows[SETTING_COUNT - SETTING_APP] = {
    ROW(SETTING_APP) =
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
    ROW(SETTING_WORKER_ID) = {.name = "worker-id",
                              .type = SETTING_TYPE_TEXT,
                              .group = SETTINGS_OF_FLEET,
                              .placeholder = "NAME",
                              .fallback_words = "ECS task id, else host name",
                              .least = 1,
                              .most = 100,
                              .characters = "_.:/@-",
                              .help =
                                  "This worker's name in leases and logs; eight random digits are added at "
                                  "each start, so that two "
                                  "processes are never taken for one.",
                              .field = FIELD(worker_id)},
    ROW(SETTING_FAILOVER) =
        {.name = "failover",
         .type = SETTING_TYPE_DURATION,
         .group = SETTINGS_OF_FLEET,
         .placeholder = "TIME",
         .fallback = "10s",
         .least = 2 * SECOND,
         .most = 10 * MINUTE,
         .help = "A lease not renewed for this long is anybody's. Longer is cheaper in reads "
                 "and writes of the lease "
                 "table and slower after a crash. Give all workers of an application the same.",
         .field = FIELD(failover_ms)},
    ROW(SETTING_MAX_LEASES) = {.name = "max-leases",
                               .type = SETTING_TYPE_NUMBER,
                               .group = SETTINGS_OF_FLEET,
                               .placeholder = "N",
                               .fallback = "0",
                               .fallback_words = "0 (no cap)",
                               .least = 0,
                               .most = 1000000,
                               .help = "This worker holds no more leases than this at once.",
                               .field = FIELD(max_leases)},
    ROW(SETTING_STOP_TIMEOUT) = {.name = "stop-timeout",
                                 .type = SETTING_TYPE_DURATION,
                                 .group = SETTINGS_OF_FLEET,
                                 .placeholder = "TIME",
                                 .fallback = "25s",
                                 .least = 1 * SECOND,
                                 .most = 1 * HOUR,
                                 .help =
                                     "After SIGTERM or SIGINT what was read is delivered, checkpointed and "
                                     "the leases are released; at the "
                                     "latest after this time the process ends. Keep it 5s below the "
                                     "platform's own limit (30s on ECS).",
                                 .field = FIELD(stop_timeout_ms)},
    ROW(SETTING_POLL) = {.name = "poll",
                         .type = SETTING_TYPE_DURATION,
                         .group = SETTINGS_OF_READING,
                         .placeholder = "TIME",
                         .fallback = "200ms",
                         .least = 10,
                         .most = 1 * MINUTE,
                         .help =
                             "Between the starts of two reads of an open shard while changes come, or while "
                             "it is not known whether more wait: at most this, at least a twentieth less. "
                             "Full pages are followed at once.",
                         .field = FIELD(poll_ms)},
    ROW(SETTING_POLL_IDLE) =
        {.name = "poll-idle",
         .type = SETTING_TYPE_DURATION,
         .group = SETTINGS_OF_READING,
         .placeholder = "TIME",
         .fallback = "1s",
         .least = 10,
         .most = 5 * MINUTE,
         .help =
             "Between two reads of an open shard that has been read to its end and stays quiet; from --poll "
             "to here the time grows by half with each empty read, and one change brings it back. AWS bills "
             "each read.",
         .field = FIELD(poll_idle_ms)},
    ROW(SETTING_POLL_BUDGET) =
        {.name = "poll-budget",
         .type = SETTING_TYPE_NUMBER,
         .group = SETTINGS_OF_READING,
         .placeholder = "N",
         .fallback = "0",
         .fallback_words = "0 (no limit)",
         .least = 0,
         .most = 100000,
         .help = "This worker makes no more reads (GetRecords calls) than this a second, all its shards "
                 "together, "
                 "and makes them where changes are: shards that are behind go first, then those with recent "
                 "changes, then quiet ones, each of which is still read every 10s plus shards / N seconds at "
                 "the latest. See penstock cost.",
         .field = FIELD(poll_budget)},
    ROW(SETTING_BUFFER_BYTES) = {.name = "buffer-bytes",
                                 .type = SETTING_TYPE_SIZE,
                                 .group = SETTINGS_OF_READING,
                                 .placeholder = "SIZE",
                                 .fallback = "14MiB",
                                 .least = 8 * MIB,
                                 .most = INT64_C(64) * 1024 * MIB,
                                 .help =
                                     "What pages being read and lines not yet accepted may hold in memory "
                                     "together. A slow destination "
                                     "stops the reading, it does not fill the memory.",
                                 .field = FIELD(buffer_bytes)},
    ROW(SETTING_STATE_DIR) =
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
    ROW(SETTING_CONFIG) = {.name = "config",
                           .type = SETTING_TYPE_TEXT,
                           .group = SETTINGS_OF_PROCESS,
                           .placeholder = "FILE",
                           .fallback_words = "none",
                           .least = 1,
                           .most = 3000,
                           .help =
                               "A JSON object of settings by these names; flags and variables are stronger.",
                           .field = FIELD(config)},
    ROW(SETTING_LOG_LEVEL) =
        {.name = "log-level",
         .type = SETTING_TYPE_CHOICE,
         .group = SETTINGS_OF_PROCESS,
         .placeholder = "LEVEL",
         .fallback = "info",
         .choices = level_choices,
         .help = "Log lines below this are left out. Each is a JSON object on standard error.",
         .field = FIELD(log_level)},
    ROW(SETTING_PROGRESS) =
        {.name = "progress",
         .type = SETTING_TYPE_DURATION,
         .group = SETTINGS_OF_PROCESS,
         .placeholder = "TIME",
         .fallback = "10s",
         .least = 1 * SECOND,
         .most = 1 * HOUR,
         .help = "Between two log lines \"progress\": leases, records, lag, what the sink did.",
         .field = FIELD(progress_ms)},
    ROW(SETTING_ADMIN) =
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
    ROW(SETTING_EMF) = {.name = "emf",
                        .type = SETTING_TYPE_CHOICE,
                        .group = SETTINGS_OF_PROCESS,
                        .placeholder = "WHERE",
                        .fallback = "off",
                        .choices = emf_choices,
                        .help = "Write a line of CloudWatch's embedded metric format a minute to standard "
                                "output, from which CloudWatch "
                                "Logs makes metrics in the namespace Penstock.",
                        .field = FIELD(emf)},
    ROW(SETTING_METRICS_PER_SHARD) =
        {.name = "metrics-per-shard",
         .type = SETTING_TYPE_CHOICE,
         .group = SETTINGS_OF_PROCESS,
         .placeholder = "on|off",
         .fallback = "on",
         .choices = switch_choices,
         .help = "Give the series of single shards in /metrics too; they end with the lease.",
         .field = FIELD(metrics_per_shard)},
    ROW(SETTING_REGION) = {.name = "region",
                           .type = SETTING_TYPE_TEXT,
                           .group = SETTINGS_OF_AWS,
                           .placeholder = "REGION",
                           .fallback_words = "as the AWS CLI",
                           .least = 1,
                           .most = 63,
                           .characters = "-",
                           .help = "The AWS region; stronger than AWS_REGION and AWS_DEFAULT_REGION.",
                           .field = FIELD(region)},
    ROW(SETTING_PROFILE) =
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
