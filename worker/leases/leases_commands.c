#include "worker/leases/leases_commands.h"

#include "worker/leases/leases_options.h"
#include "worker/leases/leases_view_help.h"

#define TABLES(...)                                                                                          \
    (const struct option_table *const[])                                                                     \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

#define EXAMPLES(...)                                                                                        \
    (const struct command_example[])                                                                         \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            NULL, NULL                                                                                       \
        }                                                                                                    \
    }

enum { SHARDS_MOST = 10000 };

static const struct option_words_rule shard_words = {
    .placeholder = "SHARD",
    .most = SHARDS_MOST,
    .help = "A lease by its whole key, by its shard id, or by a beginning that only one has.",
    .field = offsetof(struct leases_request, shards),
};

#define REWIND_DESCRIPTION                                                                                   \
    "Sets the checkpoint of leases, as kafka-consumer-groups --reset-offsets does for consumers. A dry run " \
    "unless "                                                                                                \
    "--execute is given: it shows where each lease would go, how many records would be delivered again and " \
    "how many "                                                                                              \
    "would be SKIPPED. Nothing is changed while an owner of a chosen lease is alive, which is found out by " \
    "watching "                                                                                              \
    "the counters for the failover time; stop the fleet first.\n\n"                                          \
    "With --execute an undo file is written before anything else, with the rows as they are; 'leases "       \
    "rewind --undo "                                                                                         \
    "FILE' puts their positions back. On a terminal the table's name has to be typed; --yes does "           \
    "without.\n\n"                                                                                           \
    "Each row's owner is removed and its counter moves on, so nobody who held it can write an older "        \
    "position over the "                                                                                     \
    "new one, and the row gets a new mark (penstockRewind), by which workers know that positions on their "  \
    "own disks "                                                                                             \
    "do not count any more. Lines that are delivered again are the same lines with the same ord and "        \
    "event_id; the "                                                                                         \
    "epoch is not raised.\n\n"                                                                               \
    "Only leases that are in the table are moved. A finished shard is read again from there to its end; "    \
    "its children "                                                                                          \
    "keep their positions, and those of them that nobody holds wait until it is done. Shards whose leases "  \
    "were "                                                                                                  \
    "removed long since are not read again."

const struct command leases_commands[] = {
    {.name = "list",
     .synopsis = "[SHARD...] [options]",
     .summary = "List the leases: who has which shard, and where it stands.",
     .description = leases_list_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_list_options, .words = &leases_view_words},
     .examples = leases_list_examples,
     .run_leases = leases_list_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "describe",
     .synopsis = "SHARD [options]",
     .summary = "Tell everything about one lease.",
     .description = leases_describe_description,
     .rights = leases_rights_stream,
     .options = {.tables = leases_describe_options, .words = &leases_describe_words},
     .examples = leases_describe_examples,
     .run_leases = leases_describe_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "watch",
     .synopsis = "[options]",
     .summary = "Watch the leases change.",
     .description = leases_watch_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_watch_options},
     .examples = leases_watch_examples,
     .run_leases = leases_watch_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "lag",
     .synopsis = "[SHARD...] [options]",
     .summary = "Tell how far each lease is behind its stream.",
     .description = leases_lag_description,
     .rights = leases_rights_stream,
     .options = {.tables = leases_lag_options, .words = &leases_view_words},
     .examples = leases_lag_examples,
     .run_leases = leases_lag_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "tree",
     .synopsis = "[options]",
     .summary = "Show which shard was split into which, with their states.",
     .description = leases_tree_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_tree_options},
     .examples = leases_tree_examples,
     .run_leases = leases_tree_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "workers",
     .synopsis = "[options]",
     .summary = "List the workers, what each holds, and whether it lives.",
     .description = leases_workers_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_workers_options},
     .examples = leases_workers_examples,
     .run_leases = leases_workers_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "check",
     .synopsis = "[options]",
     .summary = "Tell what is wrong, by the exit code too: for cron and alarms.",
     .description = leases_check_description,
     .rights = leases_rights_stream,
     .options = {.tables = leases_check_options},
     .examples = leases_check_examples,
     .run_leases = leases_check_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "export",
     .synopsis = "[options]",
     .summary = "Print every row of the lease table whole, in DynamoDB's typed JSON.",
     .description = "One JSON object a line: the first says which table this is and when it was read, each "
                    "other one is a row "
                    "with all its attributes, those included that no version of anything knows. 'leases "
                    "rewind --undo FILE' puts "
                    "positions back from such a file. Rows that are no leases are exported too.",
     .rights = "On the lease table: dynamodb:GetItem, Scan.",
     .options = {.tables = TABLES(&leases_export_options, &leases_place_options)},
     .examples =
         EXAMPLES({"penstock leases export --table orders > leases.jsonl", "keep what the fleet knows"}),
     .run_leases = leases_export_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "release",
     .synopsis = "SHARD... | --owner WORKER | --all [options]",
     .summary = "Take leases from their owner, so that whoever has room takes them.",
     .description = "Removes the owner from the rows and moves their counters on, as the Kinesis Client "
                    "Library does when it "
                    "evicts: an owner that lives notices at its next renewal, stops that shard and may take "
                    "it again; positions "
                    "stay. For a lease that one who has gone still holds, or that hangs. Where a hand-over "
                    "is pending only the old "
                    "owner is removed, and the new one has the lease. Each write is made on the condition "
                    "that the owner is still "
                    "the one seen.",
     .rights = "On the lease table: dynamodb:GetItem, Scan; with --execute dynamodb:UpdateItem.",
     .options = {.tables = TABLES(&leases_choice_options, &leases_execute_options, &leases_output_options,
                                  &leases_place_options),
                 .words = &shard_words},
     .examples = EXAMPLES({"penstock leases release --table orders --owner w1-3fa9c04e --execute",
                           "all that one worker holds"},
                          {"penstock leases release --app orders-app shardId-00000001763900000000-1a2b3c4d",
                           "what would be done to one lease"}),
     .run_leases = leases_release_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "rewind",
     .synopsis = "(SHARD... | --owner WORKER | --all) (--to-... | --shift-by N) | --undo FILE",
     .summary = "Move positions back, so that records are delivered again, or forward, past records.",
     .description = REWIND_DESCRIPTION,
     .rights = "On the lease table: dynamodb:GetItem, Scan; with --execute dynamodb:UpdateItem. On the "
               "stream, to count "
               "and for --to-datetime and --shift-by: dynamodb:GetShardIterator, GetRecords. With --table: "
               "dynamodb:DescribeTable on it.",
     .options = {.tables = TABLES(&leases_rewind_to_options, &leases_choice_options, &leases_rewind_options,
                                  &leases_failover_options, &leases_output_options, &leases_place_options),
                 .words = &shard_words},
     .examples = EXAMPLES({"penstock leases rewind --table orders --all --to-datetime 2026-11-23T10:00:00Z",
                           "what a rewind of the whole stream to ten o'clock would do"},
                          {"penstock leases rewind --table orders --all --to-trim-horizon --execute",
                           "deliver again all that the stream still holds"},
                          {"penstock leases rewind --table orders --undo FILE --execute",
                           "put positions back where they were"}),
     .run_leases = leases_rewind_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "acknowledge",
     .synopsis = "SHARD... | --owner WORKER | --all [options]",
     .summary = "Take note of gaps: records that DynamoDB had trimmed before they were read.",
     .description = "A worker that finds that its next records have been trimmed (they are kept for 24 "
                    "hours) reads on at what is "
                    "left and writes the gap into the lease; /readyz fails until somebody has taken note of "
                    "it. This removes the "
                    "note, on the condition that it is still the one shown. A gap that is not certain may "
                    "have lost nothing: the "
                    "shard was quiet and only its old position was trimmed. Gaps that finished shards left "
                    "are told too.",
     .rights = "On the lease table: dynamodb:GetItem, Scan; with --execute dynamodb:UpdateItem.",
     .options = {.tables = TABLES(&leases_choice_options, &leases_execute_options, &leases_output_options,
                                  &leases_place_options),
                 .words = &shard_words},
     .examples =
         EXAMPLES({"penstock leases acknowledge --table orders --all --execute", "all gaps there are"}),
     .run_leases = leases_acknowledge_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = NULL},
};
