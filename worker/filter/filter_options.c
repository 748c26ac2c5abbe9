#include "worker/filter/filter_command.h"
#include "worker/leases/leases_print.h"
#include "worker/settings.h"

enum { SECOND = 1000, HOUR = 3600 * SECOND, RECORDS_MOST = 10000000, FILES_MOST = 1000 };

#define FIELD(name) offsetof(struct filter_request, name)

static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const starts[] = {"trim-horizon", "latest", NULL};
static const char *const outputs[] = {"table", "wide", "json", "jsonl", "csv", NULL};

static const struct setting pattern_rows[] = {
    {.name = "filter",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "PATTERN",
     .least = 1,
     .most = SETTING_FILTER_BYTES,
     .glue = '\n',
     .help = "A pattern, as for run; can be given several times.",
     .field = FIELD(filter)},
    {.name = "filter-file",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "FILE",
     .least = 1,
     .most = 3000,
     .help = "A file of patterns, as for run.",
     .field = FIELD(filter_file)},
    {.name = NULL},
};
static const struct option_table pattern_options = {"Which records", pattern_rows};

static const struct setting trial_rows[] = {
    {.name = "dry-run",
     .type = SETTING_TYPE_BOOL,
     .help =
         "Tell for each record and each pattern whether it passes, and why not, instead of printing records.",
     .field = FIELD(dry_run)},
    {.name = "records",
     .type = SETTING_TYPE_NUMBER,
     .placeholder = "N",
     .fallback = "0",
     .fallback_words = "all of files, 1000 of a stream",
     .least = 0,
     .most = RECORDS_MOST,
     .help = "Read no more records than this.",
     .field = FIELD(records)},
    {.name = "output",
     .letter = 'o',
     .type = SETTING_TYPE_CHOICE,
     .placeholder = "FORMAT",
     .fallback = "table",
     .choices = outputs,
     .help = "How --dry-run prints: a table for people, a wide one, one JSON document, a JSON object a line, "
             "or CSV.",
     .field = FIELD(output)},
    {.name = "no-headers",
     .type = SETTING_TYPE_BOOL,
     .help = "Leave the line of titles out of tables and CSV.",
     .field = FIELD(no_headers)},
    {.name = NULL},
};
static const struct option_table trial_options = {"What is told", trial_rows};

static const struct setting stream_rows[] = {
    {.name = "table",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "NAME",
     .least = 3,
     .most = 255,
     .characters = "_.-",
     .help = "Read from the stream of this DynamoDB table, unless files are given.",
     .field = FIELD(table)},
    {.name = "stream-arn",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "ARN",
     .least = 37,
     .most = 1024,
     .prefix = "arn:",
     .help = "The stream itself, instead of --table.",
     .field = FIELD(stream_arn)},
    {.name = "start",
     .type = SETTING_TYPE_CHOICE,
     .placeholder = "WHERE",
     .fallback = "trim-horizon",
     .choices = starts,
     .help = "Begin with the oldest records that the stream holds, or with those from now on.",
     .field = FIELD(start)},
    {.name = "time",
     .type = SETTING_TYPE_DURATION,
     .placeholder = "TIME",
     .fallback = "10s",
     .least = SECOND / 10,
     .most = 24 * HOUR,
     .help = "Read a stream no longer than this.",
     .field = FIELD(time_ms)},
    {.name = "region",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "REGION",
     .fallback_words = "as the AWS CLI",
     .least = 1,
     .most = 63,
     .characters = "-",
     .help = "The AWS region; stronger than AWS_REGION and AWS_DEFAULT_REGION.",
     .field = FIELD(region)},
    {.name = "profile",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "NAME",
     .fallback_words = "as the AWS CLI",
     .least = 1,
     .most = 255,
     .help = "A profile of the shared AWS files; its credentials come before those in the environment.",
     .field = FIELD(profile)},
    {.name = "log-level",
     .type = SETTING_TYPE_CHOICE,
     .placeholder = "LEVEL",
     .fallback = "warn",
     .choices = levels,
     .help = "Log lines below this are left out. Each is a JSON object on standard error.",
     .field = FIELD(log_level)},
    {.name = NULL},
};
static const struct option_table stream_options = {"The stream", stream_rows};

const struct option_table *const filter_options[] = {&pattern_options, &trial_options, &stream_options, NULL};

const struct option_words_rule filter_words = {
    .placeholder = "FILE",
    .most = FILES_MOST,
    .help = "A file of records; - for standard input.",
    .field = FIELD(files),
};

const struct command_example filter_examples[] = {
    {"penstock filter --dry-run --filter '{\"eventName\":[\"INSERT\"]}' records.json",
     "what passes, and why not"},
    {"penstock filter --dry-run --filter-file orders.filter --table orders --time 1m -o json",
     "the same of the live stream"},
    {"penstock filter --filter '{\"changed\":[\"price\"]}' - < records.jsonl > passed.jsonl",
     "only what passes"},
    {NULL, NULL},
};
