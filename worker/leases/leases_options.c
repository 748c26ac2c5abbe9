#include "worker/leases/leases_options.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, SHIFT_MOST = 1000000, SCAN_MOST = 100000000 };

#define FIELD(name) offsetof(struct leases_request, name)

static const char *const outputs[] = {"table", "wide", "json", "jsonl", "csv", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

static const struct setting place_rows[] = {
    {.name = "app",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "NAME",
     .fallback_words = "penstock-TABLE",
     .least = 3,
     .most = 255,
     .characters = "_.-",
     .help =
         "The application: the name of its lease table, as in --app of run and in the applicationName of the "
         "Kinesis Client Library.",
     .field = FIELD(app)},
    {.name = "table",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "NAME",
     .least = 3,
     .most = 255,
     .characters = "_.-",
     .help = "The DynamoDB table whose changes are carried. Gives --app its default, and the stream to those "
             "commands "
             "that look at it.",
     .field = FIELD(table)},
    {.name = "stream-arn",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "ARN",
     .fallback_words = "what the rows say",
     .least = 37,
     .most = 1024,
     .prefix = "arn:",
     .help = "The stream, for those commands that look at it, where neither the rows nor --table tell.",
     .field = FIELD(stream_arn)},
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

const struct option_table leases_place_options = {"Which application", place_rows};

static const struct setting output_rows[] = {
    {.name = "output",
     .letter = 'o',
     .type = SETTING_TYPE_CHOICE,
     .placeholder = "FORMAT",
     .fallback = "table",
     .choices = outputs,
     .help = "How the result is printed: a table for people, a wide one, one JSON document, a JSON object a "
             "line, or "
             "CSV.",
     .field = FIELD(output)},
    {.name = "no-headers",
     .type = SETTING_TYPE_BOOL,
     .help = "Leave out the line of column names of table, wide and csv.",
     .field = FIELD(no_headers)},
    {.name = NULL},
};

const struct option_table leases_output_options = {"Output", output_rows};

static const struct setting failover_rows[] = {
    {.name = "failover",
     .type = SETTING_TYPE_DURATION,
     .placeholder = "TIME",
     .fallback = "10s",
     .least = 2 * SECOND,
     .most = 10 * MINUTE,
     .help = "The failover time of the fleet (--failover of run, failoverTimeMillis of the Kinesis Client "
             "Library): an "
             "owner whose counter stands still for this long is gone.",
     .field = FIELD(failover_ms)},
    {.name = NULL},
};

const struct option_table leases_failover_options = {"Is the owner alive", failover_rows};

static const struct setting choice_rows[] = {
    {.name = "all", .type = SETTING_TYPE_BOOL, .help = "All leases.", .field = FIELD(all)},
    {.name = "owner",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "WORKER",
     .least = 1,
     .most = 255,
     .help = "The leases of this worker, by its whole name as in the rows.",
     .field = FIELD(owner)},
    {.name = NULL},
};

const struct option_table leases_choice_options = {"Which leases", choice_rows};

static const struct setting execute_rows[] = {
    {.name = "execute",
     .type = SETTING_TYPE_BOOL,
     .help = "Make the change. Without it the command only tells what it would do.",
     .field = FIELD(execute)},
    {.name = NULL},
};

const struct option_table leases_execute_options = {"Making the change", execute_rows};

static const struct setting rewind_to_rows[] = {
    {.name = "to-trim-horizon",
     .type = SETTING_TYPE_BOOL,
     .help = "To the oldest record that the stream still holds.",
     .field = FIELD(to_trim_horizon)},
    {.name = "to-latest",
     .type = SETTING_TYPE_BOOL,
     .help = "To the end: what is not delivered yet is SKIPPED, never to be delivered.",
     .field = FIELD(to_latest)},
    {.name = "to-sequence",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "NUMBER",
     .least = 1,
     .most = 40,
     .help = "Behind the record of this sequence number: the next one delivered is the one after it. For one "
             "SHARD.",
     .field = FIELD(to_sequence)},
    {.name = "to-datetime",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "TIME",
     .least = 1,
     .most = 40,
     .help = "Before the first record of this time or later, such as 2026-11-23T10:00:00Z. DynamoDB Streams "
             "cannot be "
             "asked for a time, so the shards are read up to there.",
     .field = FIELD(to_datetime)},
    {.name = "shift-by",
     .type = SETTING_TYPE_NUMBER,
     .placeholder = "N",
     .least = -SHIFT_MOST,
     .most = SHIFT_MOST,
     .help = "By so many records in each shard: back with a minus sign (--shift-by -1000), else forward, "
             "which SKIPS "
             "them.",
     .field = FIELD(shift_by)},
    {.name = "undo",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "FILE",
     .least = 1,
     .most = 3000,
     .help = "To where each lease stood when this file was written, by rewind or export.",
     .field = FIELD(undo)},
    {.name = NULL},
};

const struct option_table leases_rewind_to_options = {"Where to (one of these)", rewind_to_rows};

static const struct setting rewind_rows[] = {
    {.name = "execute",
     .type = SETTING_TYPE_BOOL,
     .help = "Make the change. Without it the command only tells what it would do.",
     .field = FIELD(execute)},
    {.name = "force",
     .type = SETTING_TYPE_BOOL,
     .help = "Do not look whether owners are alive: they lose the lease at their next renewal. What they "
             "have in flight "
             "still lands, and what they deliver meanwhile is delivered again too.",
     .field = FIELD(force)},
    {.name = "yes",
     .letter = 'y',
     .type = SETTING_TYPE_BOOL,
     .help = "Do not ask for the table's name; needed where there is no terminal.",
     .field = FIELD(yes)},
    {.name = "undo-dir",
     .type = SETTING_TYPE_TEXT,
     .placeholder = "DIR",
     .fallback_words = "where you are",
     .least = 1,
     .most = 3000,
     .help = "Where the undo file is written before anything is changed.",
     .field = FIELD(undo_dir)},
    {.name = "no-count",
     .type = SETTING_TYPE_BOOL,
     .help = "Do not read the stream to count what is delivered again or skipped.",
     .field = FIELD(no_count)},
    {.name = "scan-limit",
     .type = SETTING_TYPE_NUMBER,
     .placeholder = "N",
     .fallback = "1000000",
     .least = 1000,
     .most = SCAN_MOST,
     .help = "Read no more than about this many records of a shard.",
     .field = FIELD(scan_limit)},
    {.name = NULL},
};

const struct option_table leases_rewind_options = {"Making the change", rewind_rows};

static const char *const export_forms[] = {"jsonl", "json", NULL};

static const struct setting export_rows[] = {
    {.name = "output",
     .letter = 'o',
     .type = SETTING_TYPE_CHOICE,
     .placeholder = "FORMAT",
     .fallback = "jsonl",
     .choices = export_forms,
     .help = "A JSON object a line, or one JSON document; 'leases rewind --undo' reads the first alone.",
     .field = FIELD(export_form)},
    {.name = NULL},
};

const struct option_table leases_export_options = {"Output", export_rows};
